// SPDX-License-Identifier: GPL-2.0-or-later

//! The contents of many files.

use std::sync::atomic::AtomicBool;

use super::{Snapshot, go_on};
use crate::platform::pool;
use crate::{Node, RepoPathBuf, Result};

/// The files that all threads read before anybody looks how much that was.
const BLOCK: usize = 64;

impl Snapshot {
    /// Returns the contents of files, without metadata, of the first ones if all would be more
    /// than about `most` bytes: as many as are read until it is that much, at least one.
    ///
    /// Takes the time of [`Store::content`](crate::repository::store::Store::content) for each, on
    /// several threads.
    ///
    /// # Errors
    /// Those of [`Store::content`](crate::repository::store::Store::content), for the first file
    /// only: others before which there is an error end the list;
    /// [`Error::Interrupted`](crate::Error::Interrupted).
    pub fn contents(
        &self,
        files: &[(RepoPathBuf, Node)],
        most: usize,
        interrupt: &AtomicBool,
    ) -> Result<Vec<Vec<u8>>> {
        let mut contents = Vec::new();
        let mut bytes = 0;
        for block in files.chunks(BLOCK) {
            let read = pool::map(block, |(path, node)| {
                go_on(interrupt)?;
                self.store.content(path, node)
            });
            for content in read {
                match content {
                    Ok(content) => {
                        bytes += content.len();
                        contents.push(content);
                    }
                    // Whoever asks again for the rest gets it.
                    Err(_) if !contents.is_empty() => return Ok(contents),
                    Err(error) => return Err(error),
                }
            }
            if bytes >= most {
                break;
            }
        }
        Ok(contents)
    }
}
