// SPDX-License-Identifier: GPL-2.0-or-later

//! Looking at directories and files, by handles and names relative to them.

#[cfg(not(unix))]
mod elsewhere;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use elsewhere as system;
#[cfg(unix)]
use unix as system;

pub(crate) use system::{Base, Directory, Errno, Stat, ctime, is_denied, kind, mtime};

/// The kind of thing that a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Symlink,
    Directory,
    /// Devices and so on, which nobody tracks.
    Other,
}

/// Returns whether this is something that can be tracked.
pub(crate) fn is_file(stat: &Stat) -> bool {
    matches!(kind(stat), Kind::File | Kind::Symlink)
}

/// The reason why a directory could not be read.
pub(crate) enum Unread {
    All(Errno),
    /// One of its entries could not be looked at.
    Name(Vec<u8>, Errno),
}

/// So many names are gone through before somebody is asked whether to go on.
pub(crate) const SOME: usize = 1024;

/// The entries of a directory, by name.
#[derive(Default)]
pub(crate) struct Entries {
    names: Vec<u8>,
    entries: Vec<(u32, u16, Kind)>,
}

fn name_of<'a>(names: &'a [u8], entry: &(u32, u16, Kind)) -> &'a [u8] {
    let start = entry.0 as usize;
    &names[start..start + usize::from(entry.1)]
}

impl Entries {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], Kind)> {
        self.entries
            .iter()
            .map(|entry| (name_of(&self.names, entry), entry.2))
    }

    /// Returns whether there is a directory of this name.
    pub(crate) fn has_directory(&self, name: &[u8]) -> bool {
        self.iter().any(|entry| entry == (name, Kind::Directory))
    }

    /// Forgets the entry of this name.
    pub(crate) fn remove(&mut self, name: &[u8]) {
        let Entries { names, entries } = self;
        entries.retain(|entry| name_of(names, entry) != name);
    }
}
