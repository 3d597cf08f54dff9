// SPDX-License-Identifier: GPL-2.0-or-later

//! Reading all changesets, and what they say there should be.

use std::collections::{BTreeMap, HashMap};

use super::entries::{Entries, check_lengths};
use super::{Area, Context, Problem, Problems};
use crate::platform::pool;
use crate::{Error, Node, RepoPath, RepoPathBuf, Result, Rev};

/// Changesets that one thread reads at a time, and those blocks that are read before anybody looks.
const BLOCK: usize = 1024;
const BLOCKS: usize = 16;

/// What changesets name.
#[derive(Default)]
pub(super) struct Named {
    /// Manifests, and the changesets that have them, ascending.
    pub(super) manifests: HashMap<Node, Vec<Rev>>,
    /// Files, and the changesets that change them, ascending.
    pub(super) files: BTreeMap<RepoPathBuf, Vec<Rev>>,
}

/// The manifest of a changeset and its files, a line each.
type Read = Result<(Node, Vec<u8>)>;

pub(super) fn check(context: Context<'_>, all: &mut Vec<Problem>) -> Result<Named> {
    let changelog = context.snapshot.refs().changelog();
    let revlog = changelog.revlog();
    let mut problems = Problems::new(Area::Changelog, None);
    let mut named = Named::default();
    if revlog.is_empty() {
        let manifests = context.snapshot.manifests();
        if manifests.is_ok_and(|manifests| !manifests.revlog().is_empty()) {
            problems.error(Some(Rev::FIRST), "is empty or missing");
        }
    } else {
        check_lengths(revlog, None, &mut problems);
    }
    let mut entries = Entries::new(context, revlog);
    let revs: Vec<Rev> = (0..context.len).map(Rev::from_index).collect();
    for some in revs.chunks(BLOCK * BLOCKS) {
        let blocks: Vec<&[Rev]> = some.chunks(BLOCK).collect();
        let read = pool::map(&blocks, |revs| read(context, revs));
        let read: Result<Vec<Vec<Read>>> = read.into_iter().collect();
        for (&rev, read) in some.iter().zip(read?.into_iter().flatten()) {
            entries.check(rev, &[rev], &mut problems);
            match read {
                Ok((manifest, files)) => named.add(rev, manifest, &files),
                Err(error) => problems.error(Some(rev), error),
            }
        }
    }
    all.append(&mut problems.found);
    Ok(named)
}

fn read(context: Context<'_>, revs: &[Rev]) -> Result<Vec<Read>> {
    let changelog = context.snapshot.refs().changelog();
    let mut texts = changelog.revlog().texts(true);
    let mut read = Vec::with_capacity(revs.len());
    for &rev in revs {
        context.count()?;
        let one = texts.read(rev).and_then(|text| {
            let changeset = changelog.parse(rev, text)?;
            Ok((changeset.manifest(), changeset.files_block().to_vec()))
        });
        read.push(one);
    }
    Ok::<_, Error>(read)
}

impl Named {
    fn add(&mut self, rev: Rev, manifest: Node, files: &[u8]) {
        if manifest != Node::NULL {
            self.manifests.entry(manifest).or_default().push(rev);
        }
        for file in files
            .split(|&byte| byte == b'\n')
            .filter(|file| !file.is_empty())
        {
            let path = one_slash(file);
            match self.files.get_mut(RepoPath::new(&path)) {
                Some(revs) => revs.push(rev),
                None => {
                    self.files.insert(path.into_owned().into(), vec![rev]);
                }
            }
        }
    }
}

/// Returns a path in which no slash follows another, as Mercurial takes those that old versions
/// of `hg convert` have written.
pub(super) fn one_slash(path: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if !path.windows(2).any(|two| two == b"//") {
        return path.into();
    }
    let mut one = path.to_vec();
    one.dedup_by(|a, b| *a == b'/' && *b == b'/');
    one.into()
}
