// SPDX-License-Identifier: GPL-2.0-or-later

//! The files that are read, each once.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::error::FileKind;
use crate::platform::ext::OsStrExt as _;
use crate::platform::files;
use crate::{Error, Result};

/// So many files may be read, a file that is included several times counted
/// every time: includes that double at each step have to end somewhere.
const MAX_READS: usize = 2000;

/// No more bytes than this are taken from all files together, a file that is included
/// several times counted every time. What is made of them takes about a hundred times as
/// much, and Python takes ten seconds and more.
const MAX_BYTES: usize = 1 << 20;

/// So many patterns and other lines that mean something may be in all files together.
const MAX_LINES: usize = 50_000;

/// A file's contents, or the number of the error that the system had.
pub(super) type Contents = Result<Arc<[u8]>, i32>;

/// Remembers what was read, so that rules and hash are made of the same bytes.
pub(super) struct Sources<'a> {
    files: HashMap<Vec<u8>, Contents>,
    reads: usize,
    bytes: usize,
    lines: usize,
    interrupt: &'a AtomicBool,
}

impl Sources<'_> {
    pub(super) fn new(interrupt: &AtomicBool) -> Sources<'_> {
        Sources {
            files: HashMap::new(),
            reads: 0,
            bytes: 0,
            lines: 0,
            interrupt,
        }
    }

    /// Counts anew; what was read is kept.
    pub(super) fn start_over(&mut self) {
        (self.reads, self.bytes, self.lines) = (0, 0, 0);
    }

    /// Counts a line that means something.
    pub(super) fn line(&mut self, file: &[u8]) -> Result<()> {
        self.lines += 1;
        if self.lines > MAX_LINES {
            return Err(Error::unsupported(
                FileKind::IgnoreFile,
                shown(file),
                "too many patterns",
            ));
        }
        self.go_on()
    }

    /// Fails with [`Error::Interrupted`] if somebody wants that.
    pub(super) fn go_on(&self) -> Result<()> {
        if self.interrupt.load(Relaxed) {
            Err(Error::Interrupted)
        } else {
            Ok(())
        }
    }

    /// Returns what is in the file `path`.
    pub(super) fn read(&mut self, path: &[u8]) -> Result<Contents> {
        let unsupported = |reason| {
            Err(Error::unsupported(
                FileKind::IgnoreFile,
                shown(path),
                reason,
            ))
        };
        if path.contains(&0) {
            return unsupported("a file name with a NUL");
        }
        self.reads += 1;
        self.go_on()?;
        if self.reads > MAX_READS {
            return unsupported("too many pattern files include each other");
        }
        if !self.files.contains_key(path) {
            let contents = match files::read(
                FileKind::IgnoreFile,
                Path::new(OsStr::from_bytes(path)),
                MAX_BYTES as u64,
            ) {
                Ok(bytes) => Ok(Arc::from(bytes)),
                Err(Error::Io { source, .. }) => Err(source.raw_os_error().unwrap_or(0)),
                Err(Error::Corrupt { .. }) => return unsupported("pattern files are too large"),
                Err(_) => return unsupported("not a regular file"),
            };
            self.files.insert(path.to_owned(), contents);
        }
        let contents = self.files[path].clone();
        self.bytes += contents.as_ref().map_or(0, |bytes| bytes.len());
        if self.bytes > MAX_BYTES {
            return unsupported("pattern files are too large");
        }
        Ok(contents)
    }
}

/// Bytes as they can be put into a message, which need not have all of a long pattern.
pub(super) fn shown(bytes: &[u8]) -> String {
    match bytes.get(..MAX_SHOWN) {
        Some(beginning) if bytes.len() > MAX_SHOWN => {
            format!("{}...", String::from_utf8_lossy(beginning))
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

const MAX_SHOWN: usize = 1000;
