// SPDX-License-Identifier: GPL-2.0-or-later

//! Patches: of two changesets here, of the working copy in `working.rs`.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{ChangeKind, Snapshot, go_on};
use crate::copies::Copies;
use crate::diff::{FileDiff, FileStat, Heading, Options, Origin, Stat};
use crate::manifest::{Flag, Manifest, ManifestEntry};
use crate::platform::pool;
use crate::working_copy::file;
use crate::{Error, Node, RepoPath, RepoPathBuf, Result, Rev};

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

    /// Returns how many lines of each file are new and gone; `shown` says how paths are shown.
    pub fn stat(&self, shown: impl Fn(&RepoPath) -> Vec<u8>) -> Stat {
        let files = self.files.iter();
        let files = files.filter(|file| !file.text.is_empty());
        let files = files.map(|file| FileStat {
            name: match &file.source {
                Some((from, Origin::Renamed)) => {
                    [&shown(from)[..], b" => ", &shown(&file.path)].concat()
                }
                _ => shown(&file.path),
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

/// A file on one side of a patch, before its content is read.
#[derive(Clone, Copy)]
pub(super) struct FileAt<'m> {
    pub(super) path: &'m RepoPath,
    pub(super) flag: Flag,
    /// Its revision, `None` in the working copy.
    pub(super) node: Option<Node>,
}

impl<'m> From<ManifestEntry<'m>> for FileAt<'m> {
    fn from(entry: ManifestEntry<'m>) -> Self {
        FileAt {
            path: entry.path,
            flag: entry.flag,
            node: Some(entry.node),
        }
    }
}

/// A file that differs, before its contents are read.
pub(super) struct Pair<'m> {
    pub(super) old: Option<FileAt<'m>>,
    pub(super) new: Option<FileAt<'m>>,
    pub(super) origin: Option<Origin>,
}

impl<'m> Pair<'m> {
    pub(super) fn new(
        old: Option<impl Into<FileAt<'m>>>,
        new: Option<impl Into<FileAt<'m>>>,
    ) -> Self {
        Pair {
            old: old.map(Into::into),
            new: new.map(Into::into),
            origin: None,
        }
    }

    pub(super) fn kind(&self) -> ChangeKind {
        match (self.old, self.new) {
            (Some(_), None) => ChangeKind::Removed,
            (Some(_), Some(_)) if self.origin.is_none() => ChangeKind::Modified,
            _ => ChangeKind::Added,
        }
    }
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
        let manifests = [self.manifest(between[0])?, self.manifest(between[1])?];
        self.patch_of(between, &manifests, is_wanted, options, interrupt)
    }

    /// Returns the patches of several pairs of changesets, made on several threads while the
    /// manifests are read one after the other; `is_wanted` gets the number of the pair.
    ///
    /// Takes memory for all of them.
    ///
    /// # Errors
    /// Those of [`Snapshot::patch`], for each.
    pub fn patches(
        &self,
        pairs: &[[Rev; 2]],
        is_wanted: impl Fn(usize, &RepoPath) -> bool + Sync,
        options: &Options,
        interrupt: &AtomicBool,
    ) -> Vec<Result<Patch>> {
        if let &[between] = pairs {
            return vec![self.patch(between, |path| is_wanted(0, path), options, interrupt)];
        }
        // Each has a place of its own, which is always filled.
        let unmade = pairs.iter().map(|_| Err(Error::Interrupted));
        let mut made: Vec<Result<Patch>> = unmade.collect();
        pool::run(|| {
            rayon::scope(|scope| {
                for (at, (place, &between)) in made.iter_mut().zip(pairs).enumerate() {
                    let manifests = self.manifest(between[0]);
                    let manifests = manifests.and_then(|old| Ok([old, self.manifest(between[1])?]));
                    let is_wanted = &is_wanted;
                    scope.spawn(move |_| {
                        let is_wanted = |path: &RepoPath| is_wanted(at, path);
                        *place = manifests.and_then(|manifests| {
                            self.patch_of(between, &manifests, is_wanted, options, interrupt)
                        });
                    });
                }
            });
        });
        made
    }

    fn patch_of(
        &self,
        between: [Rev; 2],
        [old, new]: &[Arc<Manifest>; 2],
        is_wanted: impl Fn(&RepoPath) -> bool,
        options: &Options,
        interrupt: &AtomicBool,
    ) -> Result<Patch> {
        let mut changes = old.changes_to(new)?;
        changes.retain(|change| options.root.contains(change.path) && is_wanted(change.path));
        let pairs = changes.iter();
        let mut pairs: Vec<Pair<'_>> = pairs.map(|c| Pair::new(c.old, c.new)).collect();
        if options.git && pairs.iter().any(|pair| pair.old.is_none()) {
            let mut copies = self.files(interrupt)?.copies(between[0], between[1])?;
            copies.retain(|_, from| options.root.contains(from));
            trace(&mut pairs, &copies, |path| old.find(path))?;
        }
        let [(a, from), (b, to)] = [self.heading(between[0])?, self.heading(between[1])?];
        let heading = Heading {
            revs: &[&a, &b],
            dates: [from.as_bytes(), to.as_bytes()],
        };
        self.patched(&pairs, &heading, options, interrupt)
    }

    /// Returns a changeset in short, and its date, as headers have them.
    pub(super) fn heading(&self, rev: Rev) -> Result<(String, String)> {
        let changelog = self.refs.changelog();
        let text = changelog.text(rev)?;
        let mut short = changelog.node(rev)?.to_string();
        short.truncate(SHORT);
        Ok((short, changelog.parse(rev, &text)?.date().to_string()))
    }

    /// Returns the patch of files that differ.
    pub(super) fn patched(
        &self,
        pairs: &[Pair<'_>],
        heading: &Heading<'_>,
        options: &Options,
        interrupt: &AtomicBool,
    ) -> Result<Patch> {
        let made = pool::map(pairs, |pair| {
            go_on(interrupt)?;
            self.patched_file(pair, heading, options)
        });
        let files: Result<Vec<_>> = made.into_iter().filter_map(Result::transpose).collect();
        files.map(|files| Patch { files })
    }

    /// Returns what there is to say of a file, `None` for one that turns out to be the same.
    fn patched_file(
        &self,
        pair: &Pair<'_>,
        heading: &Heading<'_>,
        options: &Options,
    ) -> Result<Option<PatchedFile>> {
        let contents = self.contents_of(pair)?;
        if let (Some(old), Some(new)) = (pair.old, pair.new) {
            // Of files that are committed, another revision is a change by itself.
            let is_working = old.node.is_none() || new.node.is_none();
            let is_same = (old.path, old.flag) == (new.path, new.flag);
            if is_working && is_same && contents[0] == contents[1] {
                return Ok(None);
            }
        }
        let files = [pair.old, pair.new];
        let shown = files.map(|file| file.map(|file| (options.shown(file.path), file.flag)));
        let diff = FileDiff::new(shown, &contents, pair.origin, heading);
        let mut text = Vec::new();
        let lines = diff.write(options, &mut text);
        let path = pair.new.or(pair.old).map_or(RepoPath::root(), |e| e.path);
        let source = pair.old.zip(pair.origin);
        Ok(Some(PatchedFile {
            path: path.to_owned(),
            source: source.map(|(old, how)| (old.path.to_owned(), how)),
            kind: pair.kind(),
            lines,
            is_binary: diff.is_binary(options),
            text,
        }))
    }

    fn contents_of(&self, pair: &Pair<'_>) -> Result<[Vec<u8>; 2]> {
        if let (Some(old), Some(new)) = (pair.old, pair.new)
            && let (Some(before), Some(after)) = (&old.node, &new.node)
        {
            return self
                .store
                .two_contents([(old.path, before), (new.path, after)]);
        }
        Ok([self.content(pair.old)?, self.content(pair.new)?])
    }

    pub(super) fn content(&self, file: Option<FileAt<'_>>) -> Result<Vec<u8>> {
        match file {
            None => Ok(Vec::new()),
            Some(FileAt {
                path,
                node: Some(node),
                ..
            }) => self.store.content(path, &node),
            Some(FileAt { path, flag, .. }) => {
                file::content(&path.below(self.repository.root()), flag)
            }
        }
    }
}

/// Has new files come from others, as `copies` says, and leaves those out that have become others.
pub(super) fn trace<'m>(
    pairs: &mut Vec<Pair<'m>>,
    copies: &Copies,
    find: impl Fn(&RepoPath) -> Result<Option<ManifestEntry<'m>>>,
) -> Result<()> {
    let removed: HashSet<&RepoPath> = pairs
        .iter()
        .filter(|pair| pair.kind() == ChangeKind::Removed)
        .filter_map(|pair| pair.old.map(|old| old.path))
        .collect();
    let mut used: HashSet<&RepoPath> = HashSet::new();
    for pair in pairs.iter_mut() {
        let (ChangeKind::Added, Some(new)) = (pair.kind(), pair.new) else {
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
        pair.old = Some(old.into());
    }
    pairs.retain(|pair| match (pair.kind(), pair.old) {
        (ChangeKind::Removed, Some(old)) => !used.contains(old.path),
        _ => true,
    });
    Ok(())
}
