// SPDX-License-Identifier: GPL-2.0-or-later

//! Changes that are put aside: `.hg/shelved`.
//!
//! A shelf NAME has files `NAME.patch` and `NAME.hg`, and of newer Mercurials `NAME.shelve`, a line of
//! which says which changeset it is. That is mostly not in the repository, and the patch tells.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::FileKind;
use crate::platform::ext::{MetadataExt as _, OsStrExt as _, OsStringExt as _};
use crate::platform::files;
use crate::{Error, Node, Result};

/// No patch of a shelf that is read has more bytes, and no other file of one.
const LIMIT: u64 = 1 << 30;

/// Changes that are put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// Its name.
    pub name: Vec<u8>,
    /// When it was made, in seconds since 1970.
    pub seconds: i64,
    /// The changeset that it is, if it says so.
    pub node: Option<Node>,
    patch: PathBuf,
}

impl Shelf {
    /// Returns its patch, of which a header is the beginning.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Unsupported`] if it is no regular file; [`Error::Corrupt`] if it has
    /// more than a gigabyte.
    pub fn patch(&self) -> Result<Vec<u8>> {
        files::read(FileKind::Refs, &self.patch, LIMIT)
    }
}

/// Returns the shelves of a repository, by the place of its `.hg`, the newest first.
///
/// # Errors
/// [`Error::Io`]; [`Error::Unsupported`] for what is no regular file.
pub fn shelves(dot_hg: &Path) -> Result<Vec<Shelf>> {
    let folder = dot_hg.join("shelved");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(&folder, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let file = entry
            .map_err(|error| Error::io(&folder, error))?
            .file_name();
        let file = file.into_vec();
        let end = memchr::memrchr(b'.', &file).unwrap_or(file.len());
        names.push(file[..end].to_vec());
    }
    names.sort_unstable();
    names.dedup();
    let mut found = Vec::new();
    for name in names {
        let with = |suffix: &str| {
            let file = [&name[..], suffix.as_bytes()].concat();
            folder.join(std::ffi::OsStr::from_bytes(&file))
        };
        let (info, patch) = (with(".shelve"), with(".patch"));
        let dated = if info.exists() {
            &info
        } else if patch.exists() && with(".hg").exists() {
            &patch
        } else {
            continue;
        };
        let seconds = fs::metadata(dated).map_err(|error| Error::io(dated, error))?;
        let told = files::read_if_there(FileKind::Refs, &info, LIMIT)?;
        found.push(Shelf {
            seconds: seconds.mtime(),
            node: told.as_deref().and_then(node_of),
            patch,
            name,
        });
    }
    found.sort_by(|a, b| (b.seconds, &b.name).cmp(&(a.seconds, &a.name)));
    Ok(found)
}

/// Returns the node that a file of keys and values tells.
fn node_of(told: &[u8]) -> Option<Node> {
    let mut lines = told.split(|&byte| byte == b'\n');
    let digits = lines.find_map(|line| line.strip_prefix(b"node="))?;
    Node::from_hex(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shelves_are_listed_by_their_age() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path().join("shelved");
        assert_eq!(shelves(scratch.path()).expect("none"), []);
        fs::create_dir(&folder).expect("a folder");
        let digits = "ab".repeat(20);
        for (name, content, seconds) in [
            ("a.patch", "old", 10),
            ("a.hg", "", 10),
            ("b.shelve", &*format!("node={digits}\n"), 20),
            ("c.d.shelve", "", 20),
            ("half.patch", "", 30),
        ] {
            let path = folder.join(name);
            fs::write(&path, content).expect("a file");
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            let file = fs::File::options().append(true).open(path);
            file.and_then(|file| file.set_modified(time))
                .expect("a time");
        }
        let found = shelves(scratch.path()).expect("shelves");
        let told: Vec<_> = found
            .iter()
            .map(|shelf| (&shelf.name[..], shelf.seconds, shelf.node.is_some()))
            .collect();
        assert_eq!(
            told,
            [
                (&b"c.d"[..], 20, false),
                (b"b", 20, true),
                (b"a", 10, false)
            ]
        );
        assert_eq!(found[2].patch().expect("a patch"), b"old");
        assert!(found[0].patch().is_err());
    }
}
