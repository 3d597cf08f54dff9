// SPDX-License-Identifier: GPL-2.0-or-later

//! Comparing a revision of a file with content that need not fit into memory.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::filelog::{MARKER, filelog_text};
use crate::revlog::Revlog;
use crate::{Error, Node, Result};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 17;

/// Content that can be gone through several times.
pub trait Content {
    /// Returns how many bytes there are.
    fn len(&self) -> u64;

    /// Returns whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether it begins with `prefix`.
    ///
    /// # Errors
    /// Those of reading.
    fn starts_with(&mut self, prefix: &[u8]) -> Result<bool>;

    /// Hands all of it to `each`, piece by piece, until that returns `false`.
    ///
    /// # Errors
    /// Those of reading; [`Error::Io`] if there are more or fewer bytes than
    /// [`Content::len`] says.
    fn pieces(&mut self, each: &mut dyn FnMut(&[u8]) -> bool) -> Result<()>;
}

impl Content for &[u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn starts_with(&mut self, prefix: &[u8]) -> Result<bool> {
        Ok(<[u8]>::starts_with(self, prefix))
    }

    fn pieces(&mut self, each: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        each(self);
        Ok(())
    }
}

/// The content of an open file, of which only a piece is in memory.
#[derive(Debug)]
pub struct FileContent<'f> {
    file: File,
    len: u64,
    path: &'f Path,
    interrupt: &'f AtomicBool,
    buffer: Vec<u8>,
    bytes_read: u64,
}

impl<'f> FileContent<'f> {
    /// Returns the content of `file`, which has `len` bytes; `path` is for messages.
    ///
    /// Reading ends with [`Error::Interrupted`] once `interrupt` is set.
    pub fn new(file: File, len: u64, path: &'f Path, interrupt: &'f AtomicBool) -> Self {
        FileContent {
            file,
            len,
            path,
            interrupt,
            buffer: Vec::new(),
            bytes_read: 0,
        }
    }

    /// Returns how many bytes have been read, those that were read twice counted twice.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::io(self.path, error)
    }

    fn changed(&self) -> Error {
        self.failed(io::Error::other("changed while it was read"))
    }
}

impl Content for FileContent<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn starts_with(&mut self, prefix: &[u8]) -> Result<bool> {
        if self.len < prefix.len() as u64 {
            return Ok(false);
        }
        self.file.rewind().map_err(|error| self.failed(error))?;
        let mut start = vec![0; prefix.len()];
        match self.file.read_exact(&mut start) {
            Ok(()) => {
                self.bytes_read += start.len() as u64;
                Ok(start == prefix)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(self.changed()),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn pieces(&mut self, each: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        self.file
            .seek(SeekFrom::Start(0))
            .map_err(|error| self.failed(error))?;
        // One byte more than is expected shows whether the file grows.
        let most = usize::try_from(self.len).map_or(PIECE, |len| PIECE.min(len + 1));
        self.buffer.resize(most, 0);
        let mut left = self.len;
        loop {
            if self.interrupt.load(Relaxed) {
                return Err(Error::Interrupted);
            }
            let read = match self.file.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(|error| self.failed(error))?,
            };
            if read == 0 {
                return if left == 0 {
                    Ok(())
                } else {
                    Err(self.changed())
                };
            }
            self.bytes_read += read as u64;
            left = left
                .checked_sub(read as u64)
                .ok_or_else(|| self.changed())?;
            if !each(&self.buffer[..read]) {
                return Ok(());
            }
        }
    }
}

/// Returns whether a revision of a file has this content, as Mercurial's `filectx.cmp` does.
///
/// Lengths are compared before anything is read. Mostly they or the SHA-1 tell; only the
/// text of a file that was copied from another one has to be made. A content that is stored
/// elsewhere has to be there only then. Takes time linear in the
/// content, if the length is right, and constant memory for it.
///
/// # Errors
/// Those of [`Revlog::rev`], [`Revlog::raw_text`], [`filelog_text`] and of reading `content`.
pub fn has_content(filelog: &Revlog, node: &Node, content: &mut dyn Content) -> Result<bool> {
    let rev = filelog.rev(node)?;
    if rev.is_null() {
        return Ok(content.is_empty());
    }
    let pointer = filelog.pointer(rev)?;
    if pointer.is_some_and(|pointer| pointer.size() != content.len()) {
        return Ok(false);
    }
    let text_len = filelog.text_len(rev)?.map(|len| len as u64);
    let shortest = content.len();
    if text_len.is_some_and(|len| len < shortest) {
        return Ok(false);
    }
    // What begins like metadata is stored behind empty metadata.
    let escaped = content.starts_with(MARKER)?;
    let stored_len = shortest + if escaped { 2 * MARKER.len() as u64 } else { 0 };
    if text_len.is_none_or(|len| len == stored_len) {
        let mut hash = filelog.text_hash(rev)?;
        if escaped {
            hash.update(MARKER);
            hash.update(MARKER);
        }
        content.pieces(&mut |piece| {
            hash.update(piece);
            true
        })?;
        if hash.node() == *node {
            return Ok(true);
        }
    }
    // Metadata makes a text longer than its content.
    let longer = text_len.is_none_or(|len| len > stored_len);
    if !longer || !filelog.may_have_metadata(rev)? {
        return Ok(false);
    }
    let text = filelog.raw_text(rev)?;
    let (_, stored) = filelog_text(&text, &filelog.path().display())?;
    if stored.len() as u64 != content.len() {
        return Ok(false);
    }
    let (mut rest, mut same) = (stored, true);
    content.pieces(&mut |piece| {
        same = rest.starts_with(piece);
        rest = &rest[piece.len().min(rest.len())..];
        same
    })?;
    Ok(same)
}
