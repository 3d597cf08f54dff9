// SPDX-License-Identifier: GPL-2.0-or-later

//! What a status found out and the dirstate can keep, so that the next one need not.
//!
//! Follows Mercurial's `workingctx._poststatusfixup`.

use std::path::PathBuf;

use super::compare::Recorded;
use super::status::Directories;
use crate::dirstate::entry::{HAS_MODE_AND_SIZE, HAS_MTIME, MTIME_SECOND_AMBIGUOUS, P2_INFO};
use crate::dirstate::{self, Dirstate, DirstateMap, Entry, Identity, Timestamp};
use crate::platform::lock_file::LockFile;
use crate::{Error, RepoPath, RepoPathBuf, Result};

/// The findings of a status, and the dirstate that they are about.
#[derive(Debug)]
pub(super) struct Findings {
    /// The `.hg` directory.
    pub(super) dot_hg: PathBuf,
    /// The dirstate as it was read.
    pub(super) dirstate: Dirstate,
    /// Which dirstate that was: nothing is kept in another one.
    pub(super) identity: Option<Identity>,
    /// The file system's time before anything was looked at, if it could be had.
    pub(super) now: Option<Timestamp>,
    /// What was found out about directories, with the hash of the ignore rules.
    pub(super) directories: Option<(Directories, [u8; 20])>,
    /// Clean files of which the dirstate did not know that, with what it may say of them.
    pub(super) clean: Vec<(RepoPathBuf, Recorded)>,
}

impl Findings {
    /// Returns the dirstate with the findings, `None` if it says all that already.
    pub(super) fn unrecorded(self) -> Result<Option<Unrecorded>> {
        let mut dirstate = self.dirstate;
        let mut is_new = false;
        for (path, recorded) in &self.clean {
            is_new |= set_clean(&mut dirstate.map, path, recorded)?;
        }
        if let Some((directories, hash)) = &self.directories {
            is_new |= directories.cache(&mut dirstate.map, *hash)?;
        }
        Ok(self.identity.filter(|_| is_new).map(|identity| Unrecorded {
            dot_hg: self.dot_hg,
            identity,
            dirstate,
        }))
    }
}

/// A dirstate that knows more than the one on disk.
#[derive(Debug)]
pub struct Unrecorded {
    dot_hg: PathBuf,
    identity: Identity,
    dirstate: Dirstate,
}

impl Unrecorded {
    /// Writes the dirstate; returns whether it did: not where somebody has the lock of the working
    /// copy, which is not waited for, or has changed the dirstate since it was read.
    ///
    /// # Errors
    /// Those of [`dirstate::write`]; the dirstate is as it was then.
    pub fn record(self) -> Result<bool> {
        let path = self.dot_hg.join("wlock");
        let lock = LockFile::try_take(&path).map_err(|error| Error::io(&path, error))?;
        // Nobody can replace the dirstate while we have the lock.
        if lock.is_none() || Identity::of(&self.dot_hg) != Some(self.identity) {
            return Ok(false);
        }
        dirstate::write(&self.dot_hg, &self.dirstate)?;
        Ok(true)
    }
}

/// Notes that a file is clean; returns whether the dirstate did not say so yet.
fn set_clean(map: &mut DirstateMap, path: &RepoPath, recorded: &Recorded) -> Result<bool> {
    let Some(old) = map.get(path)? else {
        return Ok(false);
    };
    // Those of merges, and copies, are modified whatever is in them.
    let is_usual = old.tracked() && old.p1_tracked() && old.flags & P2_INFO == 0;
    if !is_usual || map.copy_source(path)?.is_some() {
        return Ok(false);
    }
    let mut flags = (old.flags & !MTIME_SECOND_AMBIGUOUS) | HAS_MODE_AND_SIZE | HAS_MTIME;
    if recorded.mtime.second_ambiguous {
        flags |= MTIME_SECOND_AMBIGUOUS;
    }
    let new = Entry {
        flags,
        mode: recorded.mode as i32,
        size: (recorded.size & 0x7fff_ffff) as i32,
        mtime_s: recorded.mtime.seconds,
        mtime_ns: recorded.mtime.nanoseconds,
    };
    // Neither format keeps all of it.
    if (new.to_v1(), new.to_v2()) == (old.to_v1(), old.to_v2()) {
        return Ok(false);
    }
    map.set(path, new)?;
    Ok(true)
}
