// SPDX-License-Identifier: GPL-2.0-or-later

//! The kinds of words.

/// What a word may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something that cannot be known.
    Nothing,
    /// A word of a list.
    List(&'static str),
    /// A command.
    Commands,
    /// A file, in some states.
    Paths(Paths),
    /// Any file.
    Files,
    /// Any directory.
    Directories,
    /// A configured name of a repository, or where one is.
    Repositories,
    /// A configured name of a repository.
    PathNames,
    /// Names in the history.
    Labels(Labels),
    /// A section of the configuration, or an item.
    Items,
    /// An item that is set.
    Assignments,
    /// A configured tool for merges.
    Tools,
    /// What was shelved.
    Shelves,
    /// A patch of the extension mq.
    Patches,
}

/// States of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paths {
    /// Tracked, whatever else.
    Tracked,
    /// Not as in the first parent.
    Changed,
    /// Not tracked, nor ignored.
    Unknown,
    /// Not tracked, or missing.
    Unfollowed,
    /// Not clean.
    Any,
    /// With conflicts.
    Unresolved,
}

/// Names in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    /// All that name a changeset.
    Revisions,
    /// Bookmarks.
    Bookmarks,
    /// Branches.
    Branches,
    /// Tags, but for `tip`.
    Tags,
}

impl Kind {
    /// Returns a kind by its name in the table.
    pub(super) fn read(name: &'static str) -> Option<Kind> {
        if let Some(list) = name.strip_prefix('@') {
            return Some(Kind::List(list));
        }
        Some(match name {
            "none" => Kind::Nothing,
            "commands" => Kind::Commands,
            "tracked" => Kind::Paths(Paths::Tracked),
            "changed" => Kind::Paths(Paths::Changed),
            "unknown" => Kind::Paths(Paths::Unknown),
            "unfollowed" => Kind::Paths(Paths::Unfollowed),
            "any" => Kind::Paths(Paths::Any),
            "unresolved" => Kind::Paths(Paths::Unresolved),
            "files" => Kind::Files,
            "directories" => Kind::Directories,
            "repositories" => Kind::Repositories,
            "names" => Kind::PathNames,
            "revisions" => Kind::Labels(Labels::Revisions),
            "bookmarks" => Kind::Labels(Labels::Bookmarks),
            "branches" => Kind::Labels(Labels::Branches),
            "tags" => Kind::Labels(Labels::Tags),
            "items" => Kind::Items,
            "assignments" => Kind::Assignments,
            "tools" => Kind::Tools,
            "shelves" => Kind::Shelves,
            "patches" => Kind::Patches,
            _ => return None,
        })
    }

    /// Returns several kinds, with `+` between their names.
    pub(super) fn all(names: &'static str) -> Vec<Kind> {
        names.split('+').filter_map(Kind::read).collect()
    }
}
