// SPDX-License-Identifier: GPL-2.0-or-later

//! What a command prints, held back until it is certain that it will come to its end.

use std::io::{self, Write as _};

/// More than this is not held back once the command is certain.
const FULL: usize = 64 << 10;

/// What goes to standard output.
///
/// Nothing is written before [`Output::certain`]: until then another way may still be taken,
/// and nothing must have been printed.
pub struct Output {
    held: Vec<u8>,
    is_certain: bool,
    has_written: bool,
    is_kept: bool,
    failed: Option<io::Error>,
}

impl Output {
    /// Returns an output to which nothing was printed.
    #[must_use]
    pub fn new() -> Output {
        Output {
            held: Vec::new(),
            is_certain: false,
            has_written: false,
            is_kept: true,
            failed: None,
        }
    }

    /// Prints bytes.
    pub fn print(&mut self, bytes: impl AsRef<[u8]>) {
        self.held.extend_from_slice(bytes.as_ref());
        if self.is_certain && self.held.len() > FULL {
            self.flush();
        }
    }

    /// Prints bytes and a newline.
    pub fn line(&mut self, bytes: impl AsRef<[u8]>) {
        self.held.extend_from_slice(bytes.as_ref());
        self.print(b"\n");
    }

    /// Returns an output that goes nowhere.
    #[must_use]
    pub fn nowhere() -> Output {
        Output {
            is_kept: false,
            ..Output::new()
        }
    }

    /// Promises that the command will not be left to another way any more.
    pub fn certain(&mut self) {
        self.is_certain = true;
    }

    /// Tells whether something is printed that cannot be taken back.
    pub fn has_written(&self) -> bool {
        self.has_written
    }

    fn flush(&mut self) {
        if !self.is_kept {
            self.held.clear();
            return;
        }
        self.has_written = true;
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&self.held).and_then(|()| stdout.flush());
        self.held.clear();
        if self.failed.is_none() {
            self.failed = written.err();
        }
    }

    /// Writes what is held back.
    ///
    /// # Errors
    /// The first of the system's.
    pub fn finish(mut self) -> io::Result<()> {
        if !self.held.is_empty() {
            self.flush();
        }
        self.failed.map_or(Ok(()), Err)
    }
}

impl Default for Output {
    fn default() -> Output {
        Output::new()
    }
}
