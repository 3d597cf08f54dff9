// SPDX-License-Identifier: GPL-2.0-or-later

//! The list of the store's files, `fncache` or `fileindex`.
//!
//! The [latter](crate::repository::file_index) has their paths. The former has a line for each file
//! of a revlog of files, as its name is before it is encoded for the file system, but with
//! directories marked ([`path_encoding`](crate::repository::path_encoding)).

use std::collections::BTreeSet;

use super::{Area, Context, Problem, Problems};
use crate::error::FileKind;
use crate::platform::files;
use crate::repository::file_index;
use crate::repository::store::FILE_INDEX;
use crate::revlog::Revlog;
use crate::{RepoPath, RepoPathBuf};

/// Nobody has as many files as a longer list would have.
const LIMIT: u64 = 1 << 32;

/// The files of the list that nobody has asked for yet.
pub(super) struct Listed {
    names: BTreeSet<RepoPathBuf>,
    /// What it is called.
    list: &'static str,
}

impl Listed {
    /// Reads the list, `None` if the repository has none.
    pub(super) fn read(context: Context<'_>, all: &mut Vec<Problem>) -> Option<Listed> {
        let required = context.snapshot.repository().requirements().all();
        if required.contains(FILE_INDEX) {
            return Some(Listed::read_index(context, all));
        }
        if !required.contains("fncache") {
            return None;
        }
        let path = context.snapshot.store().dir().join("fncache");
        let mut problems = Problems::new(Area::Store, Some(RepoPath::new("fncache")));
        let content = match files::read_if_there(FileKind::Repository, &path, LIMIT) {
            Ok(content) => content.unwrap_or_default(),
            Err(error) => {
                problems.error(None, error);
                Vec::new()
            }
        };
        let mut names = BTreeSet::new();
        for line in content.split_inclusive(|&byte| byte == b'\n') {
            match line {
                [name @ .., b'\n'] if !name.is_empty() => {
                    if name.starts_with(b"data/") && is_of_revlog(name) {
                        names.insert(unmark_directories(name).into());
                    }
                }
                [b'\n'] => problems.error(None, "has an empty line"),
                _ => problems.error(None, "does not end with a newline"),
            }
        }
        all.append(&mut problems.found);
        Some(Listed {
            names,
            list: "fncache",
        })
    }

    /// Reads an index of files.
    fn read_index(context: Context<'_>, all: &mut Vec<Problem>) -> Listed {
        let list = "fileindex";
        let mut problems = Problems::new(Area::Store, Some(RepoPath::new(list)));
        let read = file_index::read(context.snapshot.store().dir());
        let paths = read.unwrap_or_else(|error| {
            problems.error(None, error);
            Vec::new()
        });
        all.append(&mut problems.found);
        let name = |path: RepoPathBuf| [b"data/", path.as_bytes(), b".i"].concat().into();
        Listed {
            names: paths.into_iter().map(name).collect(),
            list,
        }
    }

    /// Takes the files of a revlog, and says which are not in the list.
    pub(super) fn take(&mut self, names: Vec<Vec<u8>>, all: &mut Vec<Problem>) {
        for name in names {
            let name = RepoPath::new(&name);
            if self.list != "fncache" && !name.as_bytes().ends_with(b".i") {
                continue;
            }
            if !self.names.remove(name) {
                let mut problems = Problems::new(Area::Store, Some(name));
                let list = self.list;
                let message =
                    format!("not in {list}, though a file of a changeset is stored there");
                problems.warning(None, message);
                all.append(&mut problems.found);
            }
        }
    }

    /// Says which are left.
    pub(super) fn report(self, all: &mut Vec<Problem>) {
        for name in self.names {
            let mut problems = Problems::new(Area::Store, Some(&name));
            let list = self.list;
            let message = format!("in {list}, but no file in a changeset is stored there");
            problems.warning(None, message);
            all.append(&mut problems.found);
        }
    }
}

/// Returns the names that the files of a revlog have in the list.
pub(super) fn names(path: &RepoPath, revlog: &Revlog) -> Vec<Vec<u8>> {
    let name = |suffix: &[u8]| [b"data/", path.as_bytes(), suffix].concat();
    let mut names = vec![name(b".i")];
    if !revlog.is_inline() && !revlog.is_empty() {
        names.push(name(b".d"));
    }
    names
}

fn is_of_revlog(name: &[u8]) -> bool {
    name.ends_with(b".i") || name.ends_with(b".d")
}

/// Returns a name whose directories are as they are in the repository.
fn unmark_directories(name: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(name.len());
    for part in name.split_inclusive(|&byte| byte == b'/') {
        let marked = [&b".i.hg/"[..], b".d.hg/", b".hg.hg/"];
        if marked.iter().any(|end| part.ends_with(end)) {
            plain.extend_from_slice(&part[..part.len() - b".hg/".len()]);
            plain.push(b'/');
        } else {
            plain.extend_from_slice(part);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_directories() {
        for (marked, plain) in [
            ("data/a.i", "data/a.i"),
            (
                "data/a.i.hg/b.hg.hg/c.d.hg/d.hg.i",
                "data/a.i/b.hg/c.d/d.hg.i",
            ),
            ("data/a.hg/b.i", "data/a.hg/b.i"),
        ] {
            assert_eq!(unmark_directories(marked.as_bytes()), plain.as_bytes());
        }
    }
}
