// SPDX-License-Identifier: GPL-2.0-or-later

//! Paths as users see them.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use vermilion_core::RepoPath;

/// How paths of files are shown: from the root, or as seen from a directory.
#[derive(Default)]
pub struct ShownPaths {
    /// The directory from which they are seen, relative to the root; empty for the root itself.
    here: Vec<u8>,
}

impl ShownPaths {
    /// Returns paths as seen from a directory of the repository; from the root elsewhere.
    pub(crate) fn from(root: &Path, here: &Path) -> ShownPaths {
        let here = here
            .strip_prefix(root)
            .map(|here| here.as_os_str().as_bytes().to_vec());
        ShownPaths {
            here: here.unwrap_or_default(),
        }
    }

    /// Returns a path as it is shown.
    pub fn show(&self, path: &RepoPath) -> Vec<u8> {
        let path = path.as_bytes();
        if self.here.is_empty() {
            return path.to_vec();
        }
        let mut there = path.split(|&byte| byte == b'/').peekable();
        let mut here = self.here.split(|&byte| byte == b'/').peekable();
        while let (Some(a), Some(b)) = (there.peek(), here.peek()) {
            if a != b {
                break;
            }
            there.next();
            here.next();
        }
        let parts: Vec<&[u8]> = here.map(|_| &b".."[..]).chain(there).collect();
        let shown = parts.join(&b'/');
        if shown.is_empty() {
            b".".to_vec()
        } else {
            shown
        }
    }
}
