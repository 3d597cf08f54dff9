// SPDX-License-Identifier: GPL-2.0-or-later

//! What a symbol stands for, in Mercurial's order.
//!
//! 1. `.`, the working copy's first parent, `tip` and `null`;
//! 2. a revision's number, counted from the end if it is negative;
//! 3. a node in 40 hexadecimal digits;
//! 4. a bookmark, a tag, a branch;
//! 5. the beginning of a node, behind an `x` if it is to be told from other things.

use super::Refs;
use super::prefix::Match;
use crate::text::integer;
use crate::{Error, Node, Result, Rev};

/// The number that stands for the working copy.
const WORKING_COPY: i64 = i32::MAX as i64;

/// What a symbol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A revision, which may be the null revision.
    Rev(Rev),
    /// The working copy, which has a number and a node of its own, both the greatest.
    WorkingCopy,
}

impl Refs {
    /// Returns what a symbol stands for.
    ///
    /// Takes constant time for the first three things on the list, otherwise that of
    /// [`Refs::tags`] and [`Refs::branches`].
    ///
    /// # Errors
    /// [`Error::UnknownRevision`], [`Error::HiddenRevision`], [`Error::AmbiguousRevision`]; those of
    /// [`Refs::bookmarks`], [`Refs::tags`] and [`Refs::branches`].
    pub fn lookup(&self, symbol: &[u8]) -> Result<Found> {
        match symbol {
            b"." => return self.shown(self.working_parents[0], symbol),
            b"tip" => return Ok(Found::Rev(self.tip()?)),
            b"null" => return Ok(Found::Rev(Rev::NULL)),
            _ => {}
        }
        if let Some(found) = self.by_number(symbol)? {
            return Ok(found);
        }
        if let Some(found) = self.by_node(symbol)? {
            return Ok(found);
        }
        if let Some(rev) = self.by_name(symbol)? {
            return Ok(Found::Rev(rev));
        }
        match self.prefix(symbol.strip_prefix(b"x").unwrap_or(symbol))? {
            Match::One(rev) => self.shown(rev, symbol),
            Match::WorkingCopy => Ok(Found::WorkingCopy),
            Match::Many => Err(Refs::ambiguous(symbol)),
            Match::None => Err(Error::UnknownRevision {
                symbol: String::from_utf8_lossy(symbol).into_owned(),
            }),
        }
    }

    /// Returns the last revision that counts.
    ///
    /// # Errors
    /// Those of [`Refs::hidden`].
    pub fn tip(&self) -> Result<Rev> {
        let filtered = self.filtered()?;
        let revs = Rev::range(Rev::FIRST..Rev::from_index(self.changelog.len()));
        let last = revs.rev().find(|&rev| !filtered.contains(rev));
        Ok(last.unwrap_or(Rev::NULL))
    }

    fn by_number(&self, symbol: &[u8]) -> Result<Option<Found>> {
        let number = integer(symbol).filter(|number| number.to_string().as_bytes() == symbol);
        let Some(number) = number else {
            return Ok(None);
        };
        if number == WORKING_COPY {
            return Ok(Some(Found::WorkingCopy));
        }
        let len = self.changelog.len() as i64;
        let rev = if number < 0 { number + len } else { number };
        match i32::try_from(rev) {
            Ok(rev) if (0..len).contains(&i64::from(rev)) => {
                self.shown(Rev::new(rev), symbol).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn by_node(&self, symbol: &[u8]) -> Result<Option<Found>> {
        match Node::from_hex(symbol) {
            None => Ok(None),
            Some(node) if node.as_bytes() == &[0xff; Node::LEN] => Ok(Some(Found::WorkingCopy)),
            Some(node) => match self.changelog.rev_of(&node)? {
                None => Ok(None),
                Some(rev) => self.shown(rev, symbol).map(Some),
            },
        }
    }

    /// Returns the revision of the first kind of name that there is, if it counts.
    fn by_name(&self, symbol: &[u8]) -> Result<Option<Rev>> {
        if let Some(rev) = self.bookmarks()?.get(symbol) {
            return Ok(Some(rev));
        }
        let tags = self.tags()?;
        if tags.has(symbol) {
            return Ok(tags.get(symbol));
        }
        let branch = self.branches()?.get(symbol);
        Ok(branch.map(|branch| branch.tip()))
    }

    /// Returns a revision unless it is hidden.
    fn shown(&self, rev: Rev, symbol: &[u8]) -> Result<Found> {
        if self.filtered()?.contains(rev) {
            return Err(Error::HiddenRevision {
                symbol: String::from_utf8_lossy(symbol).into_owned(),
                rev,
            });
        }
        Ok(Found::Rev(rev))
    }
}
