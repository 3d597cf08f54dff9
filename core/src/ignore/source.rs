//! The files that are read, each once.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use crate::{files, Error, Result};

/// So many files may be read, a file that is included several times counted
/// every time: includes that double at each step have to end somewhere.
const MAX_READS: usize = 2000;

/// No more bytes than this are taken from all files together.
const MAX_BYTES: usize = 64 << 20;

/// A file's contents, or the number of the error that the system had.
pub(super) type Contents = Result<Arc<[u8]>, i32>;

/// Remembers what was read, so that rules and hash are made of the same bytes.
#[derive(Default)]
pub(super) struct Sources {
    files: HashMap<Vec<u8>, Contents>,
    reads: usize,
    bytes: usize,
}

impl Sources {
    /// What is in the file `path`.
    pub(super) fn read(&mut self, path: &[u8]) -> Result<Contents> {
        let not_for_me = |reason| Err(Error::not_for_me(shown(path), reason));
        if path.contains(&0) {
            return not_for_me("a file name with a NUL");
        }
        self.reads += 1;
        if self.reads > MAX_READS {
            return not_for_me("too many pattern files include each other");
        }
        if !self.files.contains_key(path) {
            let contents = match files::read(Path::new(OsStr::from_bytes(path)), MAX_BYTES as u64) {
                Ok(bytes) => Ok(Arc::from(bytes)),
                Err(Error::Io { source, .. }) => Err(source.raw_os_error().unwrap_or(0)),
                Err(Error::Corrupt { .. }) => return not_for_me("pattern files are too large"),
                Err(_) => return not_for_me("not a regular file"),
            };
            self.files.insert(path.to_owned(), contents);
        }
        let contents = self.files[path].clone();
        self.bytes += contents.as_ref().map_or(0, |bytes| bytes.len());
        if self.bytes > MAX_BYTES {
            return not_for_me("pattern files are too large");
        }
        Ok(contents)
    }
}

/// Bytes as they can be put into a message.
pub(super) fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
