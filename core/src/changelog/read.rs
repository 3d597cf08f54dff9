// SPDX-License-Identifier: GPL-2.0-or-later

//! Reading many changesets: in blocks, by several threads, handed on in order.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Changelog, Changeset};
use crate::platform::pool;
use crate::{Error, Result, Rev};

/// Changesets that one thread reads at a time: enough to make handing out work cheap, few
/// enough for one thread not to be left alone with many at the end.
const BLOCK: usize = 512;

/// How changesets are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'i> {
    /// Whether each text is compared with its node, which takes about as long as
    /// decompressing it.
    pub check: bool,
    /// Ends the work once it is set.
    pub interrupt: &'i AtomicBool,
}

impl Changelog {
    /// Reads changesets, has `make` make something of each on some thread, and calls `each` with
    /// these in the order of `revs`, on this thread.
    ///
    /// Takes time linear in the texts, where revisions are in ascending order, and memory for
    /// what was made of some thousand changesets. The null revision has an empty text.
    ///
    /// # Errors
    /// Those of [`Revlog::raw_text`](crate::revlog::Revlog::raw_text), [`Changelog::parse`],
    /// `make` and `each`, the first in the order of `revs`; [`Error::Interrupted`].
    pub fn for_each<T: Send>(
        &self,
        revs: &[Rev],
        reading: &Reading<'_>,
        make: impl Fn(Rev, &Changeset<'_>) -> Result<T> + Sync,
        mut each: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let block = |revs: &[Rev]| {
            let mut made = Vec::with_capacity(revs.len());
            let read = self.read_block(revs, reading, |rev, changeset| {
                made.push(make(rev, changeset)?);
                Ok(())
            });
            // What is before an error is handed on.
            Ok((made, read))
        };
        self.in_blocks(revs, block, |(made, read)| {
            made.into_iter().try_for_each(&mut each)?;
            read
        })
    }

    /// Reads blocks of changesets on several threads, and calls `each` with what `block` makes
    /// of them, in order.
    pub(super) fn in_blocks<B: Send>(
        &self,
        revs: &[Rev],
        block: impl Fn(&[Rev]) -> Result<B> + Sync,
        mut each: impl FnMut(B) -> Result<()>,
    ) -> Result<()> {
        if revs.len() <= BLOCK {
            return if revs.is_empty() {
                Ok(())
            } else {
                each(block(revs)?)
            };
        }
        let blocks: Vec<&[Rev]> = revs.chunks(BLOCK).collect();
        for some in blocks.chunks(4 * pool::threads()) {
            let made = pool::map(some, |revs| block(revs));
            made.into_iter().try_for_each(|made| each(made?))?;
        }
        Ok(())
    }

    /// Reads changesets one after the other.
    pub(super) fn read_block(
        &self,
        revs: &[Rev],
        reading: &Reading<'_>,
        mut each: impl FnMut(Rev, &Changeset<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut texts = self.revlog.texts(reading.check);
        for &rev in revs {
            if reading.interrupt.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            each(rev, &self.parse(rev, texts.read(rev)?)?)?;
        }
        Ok(())
    }
}
