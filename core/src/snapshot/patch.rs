// SPDX-License-Identifier: GPL-2.0-or-later

//! The difference of two changesets as a patch.

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use super::{ChangeKind, Snapshot, go_on};
use crate::copies::Copies;
use crate::diff::{FileDiff, FileStat, Options, Origin, Side, Stat};
use crate::manifest::ManifestEntry;
use crate::platform::pool;
use crate::{RepoPath, RepoPathBuf, Result, Rev};

/// The digits of a node in a patch's headers.
const SHORT: usize = 12;

/// The difference of two changesets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// The files of which it says something, in its order, which is that of their paths.
    pub files: Vec<PatchedFile>,
}

/// What a patch says of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchedFile {
    /// The path, that in the first changeset for a file that is gone.
    pub path: RepoPathBuf,
    /// Another path that the file has come from, and how.
    pub source: Option<(RepoPathBuf, Origin)>,
    /// What has become of it.
    pub kind: ChangeKind,
    /// How many lines are new, and how many are gone.
    pub lines: (usize, usize),
    /// Whether it is binary in either changeset, and not shown as text.
    pub is_binary: bool,
    /// Its part of the patch.
    pub text: Vec<u8>,
}

impl Patch {
    /// Returns the whole patch, as `hg diff` prints it.
    pub fn text(&self) -> Vec<u8> {
        let len = self.files.iter().map(|file| file.text.len()).sum();
        let mut text = Vec::with_capacity(len);
        for file in &self.files {
            text.extend_from_slice(&file.text);
        }
        text
    }

    /// Returns how many lines of each file are new and gone.
    pub fn stat(&self) -> Stat {
        let files = self.files.iter();
        let files = files.filter(|file| !file.text.is_empty());
        let files = files.map(|file| FileStat {
            name: match &file.source {
                Some((from, Origin::Renamed)) => {
                    [from.as_bytes(), b" => ", file.path.as_bytes()].concat()
                }
                _ => file.path.as_bytes().to_vec(),
            },
            added: file.lines.0,
            removed: file.lines.1,
            binary: file.is_binary,
        });
        Stat {
            files: files.collect(),
        }
    }
}

/// A file that differs, before its contents are read.
struct Pair<'m> {
    old: Option<ManifestEntry<'m>>,
    new: Option<ManifestEntry<'m>>,
    kind: ChangeKind,
    origin: Option<Origin>,
}

/// What the headers say of the two changesets.
struct Heading {
    revs: [String; 2],
    dates: [String; 2],
}

impl Snapshot {
    /// Returns the difference between two changesets in the files that `is_wanted` tells.
    ///
    /// Takes time linear in the manifests and the contents that differ, and that of
    /// [`matching_blocks`](crate::diff::matching_blocks), on several threads; in git's format,
    /// which tells copies, also that of [`Files::copies`](crate::history::Files::copies).
    ///
    /// # Errors
    /// Those of [`Snapshot::manifest`], of reading contents and of
    /// [`Files::copies`](crate::history::Files::copies);
    /// [`Error::Interrupted`](crate::Error::Interrupted).
    pub fn patch(
        &self,
        between: [Rev; 2],
        is_wanted: impl Fn(&RepoPath) -> bool,
        options: &Options,
        interrupt: &AtomicBool,
    ) -> Result<Patch> {
        let [old, new] = [self.manifest(between[0])?, self.manifest(between[1])?];
        let mut changes = old.changes_to(&new)?;
        changes.retain(|change| is_wanted(change.path));
        let mut pairs: Vec<Pair<'_>> = changes
            .iter()
            .map(|change| Pair {
                old: change.old,
                new: change.new,
                kind: change.kind(),
                origin: None,
            })
            .collect();
        if options.git && pairs.iter().any(|pair| pair.kind == ChangeKind::Added) {
            let copies = self.files(interrupt)?.copies(between[0], between[1])?;
            trace(&mut pairs, &copies, |path| old.find(path))?;
        }
        let heading = self.heading(between)?;
        let made: Vec<Result<PatchedFile>> = pool::run(|| {
            let pairs = pairs.par_iter();
            pairs
                .map(|pair| {
                    go_on(interrupt)?;
                    self.patched(pair, &heading, options)
                })
                .collect()
        });
        let files: Result<Vec<PatchedFile>> = made.into_iter().collect();
        files.map(|files| Patch { files })
    }

    fn heading(&self, between: [Rev; 2]) -> Result<Heading> {
        let changelog = self.refs.changelog();
        let one = |rev: Rev| -> Result<(String, String)> {
            let text = changelog.text(rev)?;
            let mut short = changelog.node(rev)?.to_string();
            short.truncate(SHORT);
            Ok((short, changelog.parse(rev, &text)?.date().to_string()))
        };
        let [(a, from), (b, to)] = [one(between[0])?, one(between[1])?];
        Ok(Heading {
            revs: [a, b],
            dates: [from, to],
        })
    }

    fn patched(
        &self,
        pair: &Pair<'_>,
        heading: &Heading,
        options: &Options,
    ) -> Result<PatchedFile> {
        let content = |entry: Option<ManifestEntry<'_>>| match entry {
            Some(entry) => self.store.content(entry.path, &entry.node),
            None => Ok(Vec::new()),
        };
        let contents = [content(pair.old)?, content(pair.new)?];
        let side = |at: usize| {
            let entry = [pair.old, pair.new][at]?;
            Some(Side {
                path: entry.path.as_bytes(),
                content: &contents[at],
                flag: entry.flag,
                date: heading.dates[at].as_bytes(),
            })
        };
        let revs = [&heading.revs[0][..], &heading.revs[1]];
        let diff = FileDiff {
            old: side(0),
            new: side(1),
            origin: pair.origin,
            revs: if options.git { &[] } else { &revs },
        };
        let mut text = Vec::new();
        let lines = diff.write(options, &mut text);
        let path = pair.new.or(pair.old).map_or(RepoPath::root(), |e| e.path);
        let source = pair.old.zip(pair.origin);
        Ok(PatchedFile {
            path: path.to_owned(),
            source: source.map(|(old, how)| (old.path.to_owned(), how)),
            kind: pair.kind,
            lines,
            is_binary: diff.is_binary(options),
            text,
        })
    }
}

/// Has new files come from others, as `copies` says, and leaves those out that have become others.
fn trace<'m>(
    pairs: &mut Vec<Pair<'m>>,
    copies: &Copies,
    find: impl Fn(&RepoPath) -> Result<Option<ManifestEntry<'m>>>,
) -> Result<()> {
    let removed: HashSet<&RepoPath> = pairs
        .iter()
        .filter(|pair| pair.kind == ChangeKind::Removed)
        .filter_map(|pair| pair.old.map(|old| old.path))
        .collect();
    let mut used: HashSet<&RepoPath> = HashSet::new();
    for pair in pairs.iter_mut() {
        let (ChangeKind::Added, Some(new)) = (pair.kind, pair.new) else {
            continue;
        };
        let Some(from) = copies.get(new.path) else {
            continue;
        };
        let Some(old) = find(from)? else {
            continue;
        };
        let renamed = used.insert(old.path) && removed.contains(old.path);
        pair.origin = Some(if renamed {
            Origin::Renamed
        } else {
            Origin::Copied
        });
        pair.old = Some(old);
    }
    pairs.retain(|pair| match (pair.kind, pair.old) {
        (ChangeKind::Removed, Some(old)) => !used.contains(old.path),
        _ => true,
    });
    Ok(())
}
