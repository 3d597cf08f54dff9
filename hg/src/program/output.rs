// SPDX-License-Identifier: GPL-2.0-or-later

//! What a command prints, held back until it is certain that it will come to its end.

use std::io::{self, Write as _};

use super::colors::Colors;
use super::interrupt;
use super::pager::{Pager, Running};
use super::streams;

/// More than this is not held back once the command is certain.
const FULL: usize = 64 << 10;

/// What goes to standard output, or through a pager.
///
/// Nothing is written, and no pager started, before [`Output::certain`]: until then another way may still be taken,
/// and nothing must have been printed.
pub struct Output {
    held: Vec<u8>,
    is_certain: bool,
    holds_all: bool,
    has_written: bool,
    is_kept: bool,
    failed: Option<io::Error>,
    pager: Option<Pager>,
    running: Option<Running>,
}

impl Output {
    /// Returns an output to which nothing was printed.
    #[must_use]
    pub fn new() -> Output {
        Output {
            held: Vec::new(),
            is_certain: false,
            holds_all: false,
            has_written: false,
            is_kept: true,
            failed: None,
            pager: None,
            running: None,
        }
    }

    /// Has a pager show what is printed, or none.
    pub(crate) fn page(&mut self, pager: Option<Pager>) {
        self.pager = pager;
    }

    /// Prints bytes.
    pub fn print(&mut self, bytes: impl AsRef<[u8]>) {
        self.held.extend_from_slice(bytes.as_ref());
        if self.is_certain && !self.holds_all && self.held.len() > FULL {
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

    /// Holds back everything until the end, whatever is promised.
    pub(crate) fn hold(&mut self) {
        self.holds_all = true;
    }

    /// Promises that the command will not be left to another way any more.
    pub fn certain(&mut self) {
        self.is_certain = true;
    }

    /// Tells whether something is printed that cannot be taken back.
    pub fn has_written(&self) -> bool {
        self.has_written
    }

    /// Tells whether nobody will see what is printed from now on.
    pub(crate) fn is_over(&self) -> bool {
        self.failed.is_some()
    }

    /// Fails where nobody waits for the rest.
    pub(crate) fn still_wanted(&self) -> vermilion_core::Result<()> {
        if self.is_over() {
            return Err(vermilion_core::Error::Interrupted);
        }
        Ok(())
    }

    fn flush(&mut self) {
        if !self.is_kept {
            self.held.clear();
            return;
        }
        self.has_written = true;
        let written = self.write();
        self.held.clear();
        if self.failed.is_none() {
            self.failed = written.err();
        }
    }

    fn write(&mut self) -> io::Result<()> {
        if let Some(pager) = self.pager.take() {
            self.running = pager.start()?;
        }
        let Some(running) = &mut self.running else {
            streams::has_stdout()?;
            let mut stdout = io::stdout().lock();
            stdout.write_all(&self.held)?;
            return stdout.flush();
        };
        if interrupt::has_come() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        running.write_all(&self.held)
    }

    /// Writes what is held back, and what there is to say at the end; waits for the pager.
    ///
    /// # Errors
    /// The first of the system's.
    pub fn finish(mut self, colors: &Colors, last_words: Option<&str>) -> io::Result<()> {
        if !self.held.is_empty() || self.pager.is_some() {
            self.flush();
        }
        let said = match (&self.failed, &self.running) {
            (Some(error), Some(_)) if error.kind() == io::ErrorKind::Interrupted => {
                interrupt::WORDS
            }
            (Some(error), Some(_)) if error.kind() == io::ErrorKind::BrokenPipe => "killed!",
            _ => last_words.unwrap_or_default(),
        };
        if !said.is_empty() {
            colors.complain(said);
        }
        if let Some(running) = self.running {
            running.wait()?;
        }
        self.failed.map_or(Ok(()), Err)
    }
}

impl Default for Output {
    fn default() -> Output {
        Output::new()
    }
}
