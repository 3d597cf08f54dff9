// SPDX-License-Identifier: GPL-2.0-or-later

//! What an entry says about its revision, besides where the data is.

use std::io::ErrorKind;

use super::entries::Base;
use super::{Link, Revlog, patch};
use crate::error::{FileKind, check_rev};
use crate::{Error, Node, Result, Rev};

/// The revision's text was taken away.
pub const CENSORED: u16 = 1 << 15;
/// The revision's parents may not be those that the node is made of.
pub const ELLIPSIS: u16 = 1 << 14;
/// The revision's text says where the content is, as with the extension lfs.
pub const EXTERNALLY_STORED: u16 = 1 << 13;

/// Says what stands against reading a revision with these flags, of which there are some.
pub(super) fn reason(flags: u16) -> String {
    match flags {
        CENSORED => "its text was censored".to_owned(),
        ELLIPSIS => "a shallow repository has only a part of its history".to_owned(),
        EXTERNALLY_STORED => "its content is stored elsewhere".to_owned(),
        flags => format!("revisions with the flags {flags:#06x} are not supported"),
    }
}

impl Revlog {
    /// Returns the parents of a revision, in the order of its entry; those of the null revision
    /// are null.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; [`Error::Corrupt`] if the entry makes no sense or the file was cut
    /// short after it was opened.
    pub fn parents(&self, rev: Rev) -> Result<[Rev; 2]> {
        check_rev(rev, self.len())?;
        if rev.is_null() {
            return Ok([Rev::NULL; 2]);
        }
        let stored = self.stored(rev)?;
        self.check_whole()?;
        Ok(stored.parents)
    }

    /// Returns the changeset that a revision came with, which is the first of those that have
    /// it; the null revision's is null.
    ///
    /// It is a revision of a changelog that may have been written to since another one was opened:
    /// whoever asks looks whether it is there.
    ///
    /// # Errors
    /// Those of [`Revlog::parents`], and [`Error::Corrupt`] for a number that is no revision's.
    pub fn link_rev(&self, rev: Rev) -> Result<Rev> {
        check_rev(rev, self.len())?;
        if rev.is_null() {
            return Ok(Rev::NULL);
        }
        let link = self.stored(rev)?.link;
        self.check_whole()?;
        if link < Rev::FIRST {
            let reason = format!("it cannot have come with changeset {link}");
            return Err(Error::corrupt(FileKind::Revlog, self.at(rev), reason));
        }
        Ok(link)
    }

    /// Returns the flags of a revision that change what its data means, such as [`CENSORED`].
    ///
    /// # Errors
    /// Those of [`Revlog::parents`].
    pub fn flags(&self, rev: Rev) -> Result<u16> {
        check_rev(rev, self.len())?;
        if rev.is_null() {
            return Ok(0);
        }
        let stored = self.stored(rev)?;
        self.check_whole()?;
        Ok(stored.flags)
    }

    /// Returns what an entry says of its node and of the changeset that it came with, whatever else
    /// is wrong with it.
    ///
    /// # Errors
    /// Those of [`Revlog::node`].
    pub(crate) fn claim(&self, rev: Rev) -> Result<(Node, Rev)> {
        check_rev(rev, self.len())?;
        let claim = self
            .layout
            .claim(self.index.get(), rev, &self.path.display());
        self.check_whole()?;
        claim
    }

    /// Returns how many bytes there are more than the entries tell, in the data file and in the
    /// index; fewer are negative.
    ///
    /// # Errors
    /// [`Error::Io`] for a data file that is there but not to be asked; those of
    /// [`Revlog::parents`] for the last revision.
    pub(crate) fn extra_bytes(&self) -> Result<i64> {
        if self.is_inline() || self.sidedata_path.is_some() {
            // What is inline was looked through, and dockets tell lengths.
            return Ok(0);
        }
        let actual = match std::fs::metadata(&self.data_path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(Error::io(&self.data_path, error)),
        };
        let mut expected = 0;
        if !self.is_empty() {
            let last = self.stored(Rev::from_index(self.len() - 1))?;
            expected = last.at + last.len as u64;
        }
        Ok(actual as i64 - expected as i64)
    }

    /// Returns what a revision has in place of some of another one's text, if it is stored as a
    /// delta to that: the bytes that the hunks put in, one after the other.
    ///
    /// # Errors
    /// Those of [`Revlog::put_into_parent`].
    pub(crate) fn put_into_base(&self, rev: Rev) -> Result<Option<Vec<u8>>> {
        let stored = self.plain(rev)?;
        let Base::Rev(base) = stored.base else {
            return Ok(None);
        };
        let before = self.stored(base).ok().and_then(|base| base.text_len);
        let delta = self.chunk(&Link::of(rev, &stored), before);
        let put = delta.and_then(|delta| patch::put(&delta, &self.at(rev)));
        put.map(Some).map_err(|error| self.blame_torn(error))
    }

    /// Returns what a revision has in place of some of a parent's text, if it is stored as a
    /// delta to that: the bytes that the hunks put in, one after the other.
    ///
    /// Of a manifest these are the lines that are not the parent's. Takes time linear in the
    /// delta, and is not compared with the node.
    ///
    /// # Errors
    /// Those of [`Revlog::raw_text`], as far as the entry and its own data are concerned.
    pub(crate) fn put_into_parent(&self, rev: Rev) -> Result<Option<Vec<u8>>> {
        if rev.is_null() {
            return Ok(None);
        }
        let stored = self.plain(rev)?;
        let before = match stored.base {
            Base::Rev(base) if stored.parents.contains(&base) => self.stored(base)?.text_len,
            _ => return Ok(None),
        };
        let delta = self.chunk(&Link::of(rev, &stored), before);
        let put = delta.and_then(|delta| patch::put(&delta, &self.at(rev)));
        put.map(Some).map_err(|error| self.blame_torn(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons() {
        assert_eq!(reason(CENSORED), "its text was censored");
        assert!(reason(CENSORED | EXTERNALLY_STORED).contains("0xa000"));
    }
}
