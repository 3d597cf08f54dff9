// SPDX-License-Identifier: GPL-2.0-or-later

//! Reading all manifests, and which revisions of files they say there should be.

use std::collections::{BTreeMap, HashMap};

use super::changesets::one_slash;
use super::entries::{Entries, check_lengths, short};
use super::{Area, Context, Problem, Problems};
use crate::manifest::{Manifest, Manifests};
use crate::platform::pool;
use crate::{Node, RepoPath, RepoPathBuf, Result, Rev};

/// Manifests that one thread reads at a time, and those blocks that are read before anybody looks.
const BLOCK: usize = 64;
const BLOCKS: usize = 16;
/// Mercurial's mark for no file, which very old repositories have among the files.
const DEV_NULL: &[u8] = b"/dev/null";

/// What manifests name.
#[derive(Default)]
pub(super) struct Present {
    /// How many manifests there are.
    pub(super) count: usize,
    /// Files and their revisions.
    pub(super) files: BTreeMap<RepoPathBuf, FileNodes>,
}

/// The revisions of a file in manifests, each with the first changeset that has it.
#[derive(Default)]
pub(super) struct FileNodes {
    found: Vec<(Node, Option<Rev>)>,
    /// How many these were when they last were in order.
    in_order: usize,
}

impl FileNodes {
    fn add(&mut self, node: Node, rev: Option<Rev>) {
        self.found.push((node, rev));
        if self.found.len() >= 2 * self.in_order.max(16) {
            self.sort();
        }
    }

    fn sort(&mut self) {
        // Of equal ones, the one that was there first stays first.
        self.found.sort_by_key(|found| found.0);
        self.found.dedup_by_key(|found| found.0);
        self.in_order = self.found.len();
    }

    /// Returns the revisions in the order of their nodes.
    pub(super) fn into_sorted(mut self) -> Vec<(Node, Option<Rev>)> {
        self.sort();
        self.found
    }
}

/// What there is to say of a manifest besides its entry.
#[derive(Default)]
struct Read {
    /// Its files that are not those of the one that it is a delta to: paths, each with its end.
    paths: Vec<u8>,
    nodes: Vec<(Node, usize)>,
    errors: Vec<String>,
}

pub(super) fn check(
    context: Context<'_>,
    full: bool,
    mut named: HashMap<Node, Vec<Rev>>,
    all: &mut Vec<Problem>,
) -> Result<Present> {
    let mut problems = Problems::new(Area::Manifest, None);
    let mut present = Present::default();
    let manifests = match context.snapshot.manifests() {
        Ok(manifests) => manifests,
        Err(error) => {
            problems.error(named.values().flatten().min().copied(), error);
            all.append(&mut problems.found);
            return Ok(present);
        }
    };
    let revlog = manifests.revlog();
    present.count = revlog.len();
    if !named.is_empty() {
        if revlog.is_empty() {
            problems.error(Some(Rev::FIRST), "is empty or missing");
        } else {
            check_lengths(revlog, None, &mut problems);
        }
    }
    let mut entries = Entries::new(context, revlog);
    let revs: Vec<Rev> = (0..revlog.len()).map(Rev::from_index).collect();
    for some in revs.chunks(BLOCK * BLOCKS) {
        let blocks: Vec<&[Rev]> = some.chunks(BLOCK).collect();
        let read = pool::map(&blocks, |revs| read(context, manifests, revs, full));
        let read: Result<Vec<Vec<Read>>> = read.into_iter().collect();
        for (&rev, read) in some.iter().zip(read?.into_iter().flatten()) {
            // A manifest that is there twice is named once.
            let node = revlog.claim(rev).map(|claim| claim.0);
            let changesets = node.as_ref().ok().and_then(|node| named.remove(node));
            let expected = changesets.as_deref().unwrap_or_default();
            let claim = entries.check(rev, expected, &mut problems);
            let link = claim.as_ref().and_then(|claim| claim.link);
            if let Some(claim) = claim.filter(|_| changesets.is_none()) {
                problems.error(link, format!("no changeset has {}", short(&claim.node)));
            }
            for error in &read.errors {
                problems.error(link, error);
            }
            present.add(&read, link);
        }
    }
    if !revlog.is_empty() {
        let missing = named
            .iter()
            .flat_map(|(node, revs)| revs.iter().map(move |&rev| (rev, node)));
        let mut missing: Vec<(Rev, &Node)> = missing.collect();
        missing.sort_unstable();
        for (rev, node) in missing {
            let message = format!("the changeset has an unknown manifest {}", short(node));
            problems.error(Some(rev), message);
        }
    }
    all.append(&mut problems.found);
    Ok(present)
}

impl Present {
    fn add(&mut self, read: &Read, link: Option<Rev>) {
        let mut start = 0;
        for &(node, end) in &read.nodes {
            let path = &read.paths[start..end];
            start = end;
            if path == DEV_NULL {
                continue;
            }
            let path = one_slash(path);
            match self.files.get_mut(RepoPath::new(&path)) {
                Some(nodes) => nodes.add(node, link),
                None => {
                    let mut nodes = FileNodes::default();
                    nodes.add(node, link);
                    self.files.insert(path.into_owned().into(), nodes);
                }
            }
        }
    }
}

fn read(
    context: Context<'_>,
    manifests: &Manifests,
    revs: &[Rev],
    full: bool,
) -> Result<Vec<Read>> {
    let revlog = manifests.revlog();
    // The lines of one that is not its node's are those that there are.
    let mut texts = revlog.texts(false);
    let mut all = Vec::with_capacity(revs.len());
    for &rev in revs {
        context.count()?;
        let mut read = Read::default();
        let delta = revlog.put_into_base(rev);
        let is_whole = matches!(delta, Ok(None));
        let added = delta.and_then(|lines| lines.map_or(Ok(()), |lines| read.add(lines)));
        read.note(added);
        if full || is_whole {
            let text = texts.read(rev).map(<[u8]>::to_vec);
            let checked = text.and_then(|text| {
                if !revlog.is_text(rev, &text)? {
                    read.errors
                        .push("the node is not that of the text".to_owned());
                }
                if is_whole {
                    return read.add(text);
                }
                // Each line is looked at.
                let manifest = Manifest::new(text)?;
                manifest.iter().try_for_each(|entry| entry.map(drop))
            });
            read.note(checked);
        }
        all.push(read);
    }
    Ok(all)
}

impl Read {
    fn note(&mut self, done: Result<()>) {
        if let Err(error) = done {
            self.errors.push(error.to_string());
        }
    }

    /// Adds files by their lines.
    fn add(&mut self, lines: Vec<u8>) -> Result<()> {
        for entry in Manifest::new(lines)?.iter() {
            let entry = entry?;
            self.paths.extend_from_slice(entry.path.as_bytes());
            self.nodes.push((entry.node, self.paths.len()));
        }
        Ok(())
    }
}
