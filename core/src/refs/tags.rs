// SPDX-License-Identifier: GPL-2.0-or-later

//! Tags: names that are committed, in the file `.hgtags`, or local, in `.hg/localtags`.
//!
//! A line is a node in hexadecimal digits, a space, and a name in UTF-8. A later line for the
//! same name counts, and the null node removes it. Each head of the history has a `.hgtags` of its
//! own: they are put together from the oldest head to the latest, and local tags at the
//! end. Of two that have another node for a name, the later one counts, unless the earlier one
//! knows its node as a former one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crate::changelog::Changelog;
use crate::error::FileKind;
use crate::filelog::filelog_text;
use crate::manifest::{Manifests, manifest_of};
use crate::platform::ext::FileExt as _;
use crate::platform::files;
use crate::repository::store::Store;
use crate::revlog::Revlog;
use crate::text::trim;
use crate::{Error, Node, RepoPath, Result, Rev};

/// The file that has the tags.
const HGTAGS: &[u8] = b".hgtags";

/// A record of the cache `hgtagsfnodes1`: the beginning of a changeset's node, and the node of
/// its `.hgtags`.
const RECORD: usize = 4 + Node::LEN;
const NO_RECORD: [u8; RECORD] = [0xff; RECORD];

/// Who has a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagKind {
    /// Everybody who has the changeset in which it was committed.
    Global,
    /// Only this repository.
    Local,
}

/// The tags of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    tags: BTreeMap<Vec<u8>, (Option<Rev>, TagKind)>,
}

impl Tags {
    /// Returns the revision of a tag, `None` if there is no such tag, or its changeset is not
    /// there or hidden. `tip` is not one of them.
    pub fn get(&self, name: &[u8]) -> Option<Rev> {
        self.tags.get(name).and_then(|tag| tag.0)
    }

    /// Returns whether a name is that of a tag, even of one whose changeset is not there.
    pub fn has(&self, name: &[u8]) -> bool {
        self.tags.contains_key(name)
    }

    /// Returns all tags whose changesets are there, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Rev, TagKind)> {
        let tags = self.tags.iter();
        tags.filter_map(|(name, &(rev, kind))| Some((&name[..], rev?, kind)))
    }

    pub(super) fn new(
        merged: &Merged,
        mut rev_of: impl FnMut(&[u8]) -> Result<Option<Rev>>,
    ) -> Result<Tags> {
        let mut tags = BTreeMap::new();
        for (name, tag) in &merged.tags {
            let node = &merged.nodes[tag.node as usize];
            // The tip is the last changeset, whatever a file says.
            if node[..] != Node::NULL.as_bytes()[..] && name != b"tip" {
                tags.insert(name.clone(), (rev_of(node)?, tag.kind));
            }
        }
        Ok(Tags { tags })
    }
}

/// A tag while several files are put together.
#[derive(Clone, Debug)]
struct Tag {
    node: u32,
    earlier: Vec<u32>,
    kind: TagKind,
}

/// The tags of several files.
#[derive(Debug, Default)]
pub(super) struct Merged {
    nodes: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, u32>,
    tags: BTreeMap<Vec<u8>, Tag>,
}

/// Reads a file of tags: names and nodes, in the order of the lines. Takes time linear in its
/// length.
///
/// Nodes are what the digits say, which need not be 20 bytes; lines that are none are left out.
pub fn parse(content: &[u8]) -> impl Iterator<Item = (&[u8], Vec<u8>)> {
    // Carriage returns end lines too; those without anything do not matter.
    let lines = content.split(|&byte| byte == b'\n' || byte == b'\r');
    lines.filter_map(|line| {
        let space = line.iter().position(|&byte| byte == b' ')?;
        Some((trim(&line[space + 1..]), super::hex_bytes(&line[..space])?))
    })
}

impl Merged {
    fn number(&mut self, node: Vec<u8>) -> u32 {
        let (nodes, next) = (&mut self.nodes, self.numbers.len() as u32);
        *self.numbers.entry(node).or_insert_with_key(|node| {
            nodes.push(node.clone());
            next
        })
    }

    /// Adds the tags of a file that counts more than those before.
    ///
    /// Of a file of local tags, only those count whose changesets are there, as `is_there` says.
    pub(super) fn add(
        &mut self,
        content: &[u8],
        kind: TagKind,
        mut is_there: impl FnMut(&[u8]) -> Result<bool>,
    ) -> Result<()> {
        let mut found: BTreeMap<&[u8], Vec<u32>> = BTreeMap::new();
        for (name, node) in parse(content) {
            let node = self.number(node);
            found.entry(name).or_default().push(node);
        }
        for (name, mut earlier) in found {
            let Some(node) = earlier.pop() else { continue };
            if kind == TagKind::Local && !is_there(&self.nodes[node as usize])? {
                continue;
            }
            let new = Tag {
                node,
                earlier,
                kind,
            };
            let tag = match self.tags.remove(name) {
                None => new,
                Some(old) => merge(old, new),
            };
            self.tags.insert(name.to_vec(), tag);
        }
        Ok(())
    }

    /// Returns the nodes that names have.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &[u8]> {
        let tags = self.tags.values();
        tags.map(|tag| &self.nodes[tag.node as usize][..])
    }
}

/// Puts together what two files say of a tag.
fn merge(old: Tag, new: Tag) -> Tag {
    let known: HashSet<u32> = new.earlier.iter().copied().collect();
    let superseded = old.node != new.node
        && old.earlier.contains(&new.node)
        && (!known.contains(&old.node) || old.earlier.len() > new.earlier.len());
    let mut earlier = new.earlier;
    earlier.extend(old.earlier.iter().filter(|node| !known.contains(node)));
    let (node, kind) = if superseded {
        (old.node, old.kind)
    } else {
        (new.node, new.kind)
    };
    Tag {
        node,
        earlier,
        kind,
    }
}

/// Adds the tags that are committed in some heads, which are ascending.
///
/// The revisions of `.hgtags` are taken from Mercurial's cache `hgtagsfnodes1` in the directory
/// `cache` where it has them, and otherwise from manifests.
pub(super) fn add_global(
    merged: &mut Merged,
    heads: &[Rev],
    changelog: &Changelog,
    store: &Store,
    cache: &Path,
) -> Result<()> {
    let filelog = match store.filelog(RepoPath::new(HGTAGS)) {
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(());
        }
        filelog => filelog?,
    };
    let mut seen = HashSet::new();
    let mut file_nodes = FileNodes::new(changelog, store, cache)?;
    for &head in heads {
        let Some(node) = file_nodes.get(head, &filelog)? else {
            continue;
        };
        if seen.insert(node) {
            let text = filelog.raw_text(filelog.rev(&node)?)?;
            let (_, content) = filelog_text(&text, &filelog.path().display())?;
            merged.add(content, TagKind::Global, |_| Ok(true))?;
        }
    }
    Ok(())
}

/// The revisions of `.hgtags` in changesets.
struct FileNodes<'s> {
    changelog: &'s Changelog,
    store: &'s Store,
    cache: Option<std::fs::File>,
    manifests: Option<Manifests>,
}

impl<'s> FileNodes<'s> {
    fn new(changelog: &'s Changelog, store: &'s Store, cache: &Path) -> Result<FileNodes<'s>> {
        // A cache that cannot be read is of no use, and of no importance.
        let cache = files::open(FileKind::Refs, &cache.join("hgtagsfnodes1"));
        Ok(FileNodes {
            changelog,
            store,
            cache: cache.ok(),
            manifests: None,
        })
    }

    fn get(&mut self, rev: Rev, filelog: &Revlog) -> Result<Option<Node>> {
        if let Some(node) = self.cached(rev)? {
            if node.is_null() {
                return Ok(None);
            }
            if filelog.rev_of(&node)?.is_some() {
                return Ok(Some(node));
            }
        }
        self.read(rev)
    }

    /// Returns what the cache says; the null node where there is no such file.
    fn cached(&self, rev: Rev) -> Result<Option<Node>> {
        let Some(cache) = &self.cache else {
            return Ok(None);
        };
        let mut record = NO_RECORD;
        let read = cache.read_exact_at(&mut record, (rev.index() * RECORD) as u64);
        if read.is_err() || record == NO_RECORD {
            return Ok(None);
        }
        let (prefix, node) = record.split_at(4);
        if !self.changelog.node(rev)?.as_ref().starts_with(prefix) {
            return Ok(None);
        }
        Node::try_from(node).map(Some)
    }

    fn read(&mut self, rev: Rev) -> Result<Option<Node>> {
        let manifest = manifest_of(&self.changelog.text(rev)?)?;
        if manifest.is_null() {
            return Ok(None);
        }
        let manifests = match &self.manifests {
            Some(manifests) => manifests,
            None => self.manifests.insert(self.store.manifests()?),
        };
        let found = manifests.find(&manifest, rev, RepoPath::new(HGTAGS))?;
        Ok(found.map(|(node, _)| node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let content = b"aB01 x\r\n01 y z \nqq a\n012 a\nnothing\n\n00 \n b\n";
        let found: Vec<(&[u8], Vec<u8>)> = parse(content).collect();
        let expected = [
            (&b"x"[..], vec![0xab, 1]),
            (b"y z", vec![1]),
            (b"", vec![0]),
            (b"b", vec![]),
        ];
        assert_eq!(found, expected);
    }

    fn merged(files: &[&str]) -> Vec<(String, u8)> {
        let mut merged = Merged::default();
        for file in files {
            merged
                .add(file.as_bytes(), TagKind::Global, |_| Ok(true))
                .unwrap();
        }
        let tags = merged.tags.iter();
        let node = |tag: &Tag| merged.nodes[tag.node as usize][0];
        tags.map(|(name, tag)| (String::from_utf8(name.clone()).unwrap(), node(tag)))
            .collect()
    }

    #[test]
    fn the_later_file_counts_unless_it_is_behind() {
        let one = |files: &[&str]| merged(files)[0].1;
        assert_eq!(one(&["01 a\n02 a\n"]), 2);
        assert_eq!(one(&["01 a\n", "02 a\n"]), 2);
        assert_eq!(one(&["01 a\n02 a\n", "01 a\n"]), 2);
        assert_eq!(one(&["01 a\n02 a\n", "01 a\n03 a\n"]), 3);
        // both know the other's
        assert_eq!(one(&["01 a\n02 a\n", "02 a\n01 a\n"]), 1);
        assert_eq!(one(&["03 a\n01 a\n02 a\n", "02 a\n01 a\n"]), 2);
        assert_eq!(merged(&["01 a\n", "02 b\n"]).len(), 2);
    }

    #[test]
    fn local_tags() {
        let mut merged = Merged::default();
        merged
            .add(b"01 a\n01 b\n02 b\n01 c\n", TagKind::Global, |_| Ok(true))
            .unwrap();
        let there = |node: &[u8]| Ok(node != [9]);
        merged
            .add(b"03 a\n01 b\n09 c\n04 d\n", TagKind::Local, there)
            .unwrap();
        let tags = Tags::new(&merged, |node| Ok(Some(Rev::new(node[0].into())))).unwrap();
        let all: Vec<_> = tags
            .iter()
            .map(|(name, rev, kind)| (name[0], rev.get(), kind))
            .collect();
        let expected = [
            (b'a', 3, TagKind::Local),
            (b'b', 2, TagKind::Global),
            (b'c', 1, TagKind::Global),
            (b'd', 4, TagKind::Local),
        ];
        assert_eq!(all, expected);
    }
}
