// SPDX-License-Identifier: GPL-2.0-or-later

//! Reading the texts of many revisions, one after the other.

use super::entries::{Base, Stored};
use super::{Link, Revlog, patch};
use crate::error::check_rev;
use crate::{Error, Result, Rev};

/// Reads texts in an order in which a revision often comes after the one that its delta applies
/// to: then that delta is applied to the text that is still there, and the rest of the chain
/// is not read again.
///
/// Keeps the last text.
#[derive(Debug)]
pub struct Texts<'r> {
    revlog: &'r Revlog,
    check: bool,
    last: Rev,
    text: Vec<u8>,
    /// Memory of an earlier text.
    spare: Vec<u8>,
}

impl Revlog {
    /// Returns a reader of many texts; with `check` each is compared with its node, as
    /// [`Revlog::raw_text`] does.
    pub fn texts(&self, check: bool) -> Texts<'_> {
        Texts {
            revlog: self,
            check,
            last: Rev::NULL,
            text: Vec::new(),
            spare: Vec::new(),
        }
    }
}

impl Texts<'_> {
    /// Returns the text of a revision, empty for the null revision.
    ///
    /// # Errors
    /// Those of [`Revlog::raw_text`].
    pub fn read(&mut self, rev: Rev) -> Result<&[u8]> {
        if rev.is_null() {
            return Ok(&[]);
        }
        check_rev(rev, self.revlog.len())?;
        // After an error there is no last text.
        let last = std::mem::replace(&mut self.last, Rev::NULL);
        if rev != last {
            let stored = self.revlog.readable(rev)?;
            if stored.flags != 0 {
                // No delta applies to what this stands for.
                self.text = self.revlog.raw_text(rev)?;
                return Ok(&self.text);
            }
            self.make(rev, &stored, last)
                .map_err(|error| self.revlog.blame_torn(error))?;
        }
        self.last = rev;
        Ok(&self.text)
    }

    /// Takes this for the text of the last revision that was read, as somebody knows it to be.
    pub(crate) fn begin_with(&mut self, rev: Rev, text: &[u8]) {
        self.last = rev;
        self.text.clear();
        self.text.extend_from_slice(text);
    }

    /// Makes a text of the last one, or without.
    fn make(&mut self, rev: Rev, stored: &Stored, last: Rev) -> Result<()> {
        let revlog = self.revlog;
        match self.chain_to(last, rev, stored)? {
            None => self.text = revlog.text_of_chain(rev, stored)?,
            Some(chain) => {
                let mut before = Some(self.text.len());
                let mut deltas = Vec::with_capacity(chain.len());
                for link in chain.iter().rev() {
                    deltas.push(revlog.chunk(link, before)?);
                    before = link.text_len;
                }
                if !deltas.iter().all(|delta| delta.is_empty()) {
                    patch::apply_into(&self.text, &deltas, &revlog.at(rev), &mut self.spare)?;
                    std::mem::swap(&mut self.text, &mut self.spare);
                }
            }
        }
        if self.check {
            revlog.check_text(rev, stored, &self.text)?;
        }
        Ok(())
    }

    /// Returns the links, the last first, that make a text of that of `last`, if there are any.
    fn chain_to(&self, last: Rev, rev: Rev, stored: &Stored) -> Result<Option<Vec<Link>>> {
        let mut chain = vec![Link::of(rev, stored)];
        let mut base = stored.base;
        while let Base::Rev(rev) = base {
            // A chain only leads to earlier revisions.
            if rev <= last || last.is_null() {
                return Ok((rev == last).then_some(chain));
            }
            let stored = self.revlog.stored(rev)?;
            base = stored.base;
            chain.push(Link::of(rev, &stored));
        }
        Ok(None)
    }
}

impl Revlog {
    /// Returns an error, or what is behind it if files were cut short.
    pub(super) fn blame_torn(&self, error: Error) -> Error {
        let data = self.data.get().is_some_and(|data| data.torn());
        if self.index.torn() || data {
            self.truncated()
        } else {
            error
        }
    }
}
