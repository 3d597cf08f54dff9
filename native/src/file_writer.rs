// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.FileWriter`: files that Mercurial writes one by one.

use std::path::PathBuf;

use hpy_bindings::{Ctx, pyclass, pyfunction, pymethods};
use vermilion_core::RepoPath;
use vermilion_core::working_copy::file_writer::{self, Attributes};

use crate::error::Result;

/// What writes the files of an archive into a directory.
#[pyclass(module = "vermilion._native")]
pub struct FileWriter {
    inner: file_writer::FileWriter,
}

/// A writer of files below this directory, which is there.
#[pyfunction(signature = (root, /))]
pub fn open_file_writer(root: PathBuf) -> Result<FileWriter> {
    let inner = file_writer::FileWriter::new(&root)?;
    Ok(FileWriter { inner })
}

#[pymethods(positional_only)]
impl FileWriter {
    /// Writes a regular file with these permissions and this time of modification, in seconds;
    /// returns False where that is left to Mercurial.
    fn write(&mut self, ctx: Ctx<'_>, path: &[u8], content: &[u8], mode: u32, mtime: i64) -> bool {
        let attributes = Attributes::Archived { mode, mtime };
        let path = RepoPath::new(path);
        let written = ctx.leave_python(|| self.inner.write(path, content, attributes));
        written.is_some()
    }
}
