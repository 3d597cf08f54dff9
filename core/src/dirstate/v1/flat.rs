// SPDX-License-Identifier: GPL-2.0-or-later

//! A tree in memory, made of a list of files in any order.
//!
//! The paths stay where they are in one block of bytes: the dirstate-v1 file
//! itself, or a copy of all paths. Around them there are three arrays, without
//! an allocation for each file: files in the order of the list, nodes grouped
//! by directory and sorted by base name, and directories.

use std::collections::HashMap;

use crate::dirstate::Entry;
use crate::dirstate::node::{CachedDirectory, FileItem, Siblings, TreeNode};
use crate::error::FileKind;
use crate::repo_path::name_fault;
use crate::{Error, RepoPath, Result};

/// "Has none", for indexes into [`Flat::files`] and [`Flat::dirs`].
const NONE: u32 = u32::MAX;

/// So many directories may be in any file, and further ones as long as there is one in so
/// many bytes. A directory takes about 130 bytes here and as few as two in a file of
/// dirstate-v1, where people's trees have one in some hundred bytes; Mercurial makes
/// nothing of the directories while it reads.
const FREE_DIRS: usize = 1 << 13;
const BYTES_PER_DIR: usize = 32;

/// One file of the list: where its path is, and its entry.
#[derive(Clone, Copy, Debug)]
pub(in crate::dirstate) struct File {
    /// Where the path begins in the bytes.
    pub(in crate::dirstate) path: u32,
    /// The path's length; 0 for a file that another of the same path replaced.
    pub(in crate::dirstate) len: u16,
    /// Where in the path its base name begins.
    pub(in crate::dirstate) base: u16,
    /// The length of a NUL and the copy's source, which follow the path.
    pub(in crate::dirstate) copy: u32,
    pub(in crate::dirstate) entry: Entry,
}

/// A file, a directory, or both: a removed file may have made way for one.
#[derive(Clone, Copy, Debug)]
struct FlatNode {
    path: u32,
    len: u16,
    base: u16,
    file: u32,
    dir: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Dir {
    parent: u32,
    children: Siblings,
    descendants: u32,
    tracked: u32,
    cached: Option<CachedDirectory>,
}

#[derive(Debug, Default)]
pub(in crate::dirstate) struct Flat {
    bytes: Vec<u8>,
    files: Vec<File>,
    nodes: Vec<FlatNode>,
    /// The root first, parents before children.
    dirs: Vec<Dir>,
}

impl Flat {
    /// Groups and sorts files, whose paths and sources are in `bytes`.
    ///
    /// Of several files with the same path, the last one's entry takes the
    /// first one's place, as in a Python dict; a source of a copy stays until
    /// there is another. O(n log n) in the largest directory, else O(n). With
    /// `frugal`, more directories than the bytes are worth are refused as soon
    /// as they are met, so that memory stays in proportion.
    pub(in crate::dirstate) fn build(
        bytes: Vec<u8>,
        mut files: Vec<File>,
        frugal: bool,
        name: &str,
    ) -> Result<Flat> {
        // Two nodes a file at most would still be counted in 32 bits.
        if files.len() > (NONE / 4) as usize {
            return Err(Error::unsupported(
                FileKind::Dirstate,
                name,
                "more than 2³⁰ files",
            ));
        }
        let mut linker = Linker::new(&bytes, files.len());
        for (index, file) in (0..).zip(&files) {
            linker
                .add(index, file)
                .map_err(|fault| Error::unsupported(FileKind::Dirstate, name, fault))?;
            let worth = FREE_DIRS + file.path as usize / BYTES_PER_DIR;
            if frugal && linker.dirs.len() > worth {
                return Err(Error::unsupported(
                    FileKind::Dirstate,
                    name,
                    "far more directories than files",
                ));
            }
        }
        let Linker {
            nodes,
            parents,
            mut dirs,
            ..
        } = linker;
        let mut nodes = group(&nodes, &parents, &mut dirs);
        let mut replaced = false;
        for dir in &mut dirs {
            replaced |= order(&bytes, &mut nodes, &mut dir.children, &mut files);
        }
        if replaced {
            recount(&nodes, &mut dirs, &files);
        }
        add_up(&mut dirs);
        Ok(Flat {
            bytes,
            files,
            nodes,
            dirs,
        })
    }

    pub(in crate::dirstate) fn roots(&self) -> Siblings {
        self.dirs
            .first()
            .map_or(Siblings::default(), |root| root.children)
    }

    /// Returns how many entries there are, and how many of them are tracked.
    pub(in crate::dirstate) fn counts(&self) -> (u32, u32) {
        self.dirs
            .first()
            .map_or((0, 0), |root| (root.descendants, root.tracked))
    }

    fn flat_node(&self, of: Siblings, index: u32) -> Result<&FlatNode> {
        let inside = index < of.len && self.nodes.len() >= of.start as usize;
        let nodes = if inside {
            &self.nodes[of.start as usize..]
        } else {
            &[]
        };
        nodes
            .get(index as usize)
            .ok_or_else(|| Error::Invalid(format!("no node {index} of {of:?}")))
    }

    pub(in crate::dirstate) fn base(&self, of: Siblings, index: u32) -> Result<&[u8]> {
        Ok(base(&self.bytes, self.flat_node(of, index)?))
    }

    pub(in crate::dirstate) fn node(&self, of: Siblings, index: u32) -> Result<TreeNode<'_>> {
        let flat = self.flat_node(of, index)?;
        let file = self.files.get(flat.file as usize);
        let dir = self
            .dirs
            .get(flat.dir as usize)
            .copied()
            .unwrap_or_default();
        Ok(TreeNode {
            path: RepoPath::new(&self.bytes[flat.path as usize..][..flat.len.into()]),
            base: base(&self.bytes, flat),
            entry: file.map(|file| file.entry),
            copy_source: file.and_then(|file| self.copy_source(file)),
            children: dir.children,
            cached: dir.cached,
            tracked_descendants: dir.tracked,
            descendants: dir.descendants,
        })
    }

    fn copy_source(&self, file: &File) -> Option<&RepoPath> {
        let after = file.path as usize + usize::from(file.len);
        let source = || &self.bytes[after + 1..after + file.copy as usize];
        (file.copy != 0).then(|| RepoPath::new(source()))
    }

    /// Returns the files from `from` on that still are there: index, path, entry, source.
    pub(in crate::dirstate) fn file_from(&self, from: usize) -> Option<(usize, FileItem<'_>)> {
        let files = self.files.get(from..)?;
        let skipped = files.iter().position(|file| file.len != 0)?;
        let file = &files[skipped];
        let path = &self.bytes[file.path as usize..][..file.len.into()];
        let item = FileItem {
            path: RepoPath::new(path),
            entry: file.entry,
            copy_source: self.copy_source(file),
        };
        Some((from + skipped, item))
    }

    /// Notes what is cached about a directory, given where its node is.
    pub(in crate::dirstate) fn cache(&mut self, of: Siblings, index: u32, cached: CachedDirectory) {
        if let Ok(&FlatNode {
            dir, file: NONE, ..
        }) = self.flat_node(of, index)
            && let Some(dir) = self.dirs.get_mut(dir as usize)
        {
            dir.cached = Some(cached);
        }
    }
}

fn base<'a>(bytes: &'a [u8], node: &FlatNode) -> &'a [u8] {
    let path = &bytes[node.path as usize..][..node.len.into()];
    &path[node.base.into()..]
}

/// Puts files below directories, in the order in which they come.
///
/// Files of one directory mostly come together. So the linker knows the
/// directories of the file before, from the root down, goes up to the last one
/// that the next file shares, and down from there by a hash map that is keyed
/// by directory and component: every byte is hashed at most once.
struct Linker<'a> {
    bytes: &'a [u8],
    known: HashMap<(u32, &'a [u8]), u32>,
    /// The root first, with the counts of what is right in them.
    dirs: Vec<Dir>,
    nodes: Vec<FlatNode>,
    /// The directory of each node.
    parents: Vec<u32>,
    /// The directory of the file before, and where in it each of its
    /// ancestors ends, itself included.
    current: &'a [u8],
    stack: Vec<(usize, u32)>,
}

impl<'a> Linker<'a> {
    fn new(bytes: &'a [u8], files: usize) -> Linker<'a> {
        Linker {
            bytes,
            // About as many directories as there usually are.
            known: HashMap::with_capacity(files / 12),
            dirs: vec![Dir::default()],
            nodes: Vec::with_capacity(files + files / 8),
            parents: Vec::with_capacity(files + files / 8),
            current: b"",
            stack: vec![(0, 0)],
        }
    }

    fn add(&mut self, index: u32, file: &File) -> Result<(), &'static str> {
        let path = &self.bytes[file.path as usize..][..file.len.into()];
        if let Some(fault) = name_fault(&path[file.base.into()..]) {
            return Err(fault);
        }
        let dir = &path[..usize::from(file.base).saturating_sub(1)];
        if file.base == 1 {
            return Err("a path that begins with a slash");
        }
        if dir != self.current {
            self.enter(dir, file.path)?;
        }
        let (_, parent) = self.stack[self.stack.len() - 1];
        let of = &mut self.dirs[parent as usize];
        of.descendants += 1;
        of.tracked += u32::from(file.entry.tracked());
        self.push(parent, file, index, NONE);
        Ok(())
    }

    fn push(&mut self, parent: u32, at: &File, file: u32, dir: u32) {
        self.dirs[parent as usize].children.len += 1;
        self.parents.push(parent);
        self.nodes.push(FlatNode {
            path: at.path,
            len: at.len,
            base: at.base,
            file,
            dir,
        });
    }

    /// Moves to a directory, whose path is at `at`, making it if it is new.
    fn enter(&mut self, dir: &'a [u8], at: u32) -> Result<(), &'static str> {
        let common = dir.iter().zip(self.current).take_while(|(a, b)| a == b);
        let common = common.count();
        let shared =
            |end: usize| end == 0 || end <= common && dir.get(end).is_none_or(|&next| next == b'/');
        while !shared(self.stack[self.stack.len() - 1].0) {
            self.stack.pop();
        }
        self.current = dir;
        let (mut end, mut parent) = self.stack[self.stack.len() - 1];
        while end < dir.len() {
            let start = if end == 0 { 0 } else { end + 1 };
            let rest = dir.get(start..).unwrap_or_default();
            let length = rest.iter().position(|&byte| byte == b'/');
            let component = &rest[..length.unwrap_or(rest.len())];
            end = start + component.len();
            // As many directories as the bytes have components at most.
            let new = self.dirs.len() as u32;
            let found = *self.known.entry((parent, component)).or_insert(new);
            if found == new {
                self.create(parent, component, start, at)?;
            }
            parent = found;
            self.stack.push((end, parent));
            if self.stack.len() > RepoPath::MAX_DEPTH {
                return Err("a path deeper than 512 directories");
            }
        }
        Ok(())
    }

    fn create(
        &mut self,
        parent: u32,
        component: &[u8],
        start: usize,
        at: u32,
    ) -> Result<(), &'static str> {
        if let Some(fault) = name_fault(component) {
            return Err(fault);
        }
        let place = File {
            path: at,
            len: (start + component.len()) as u16,
            base: start as u16,
            copy: 0,
            entry: Entry::default(),
        };
        self.push(parent, &place, NONE, self.dirs.len() as u32);
        self.dirs.push(Dir {
            parent,
            ..Dir::default()
        });
        Ok(())
    }
}

/// Puts the nodes of each directory next to each other.
fn group(nodes: &[FlatNode], parents: &[u32], dirs: &mut [Dir]) -> Vec<FlatNode> {
    let mut start = 0;
    for dir in &mut *dirs {
        dir.children.start = start;
        start += dir.children.len;
        dir.children.len = 0;
    }
    let Some(&any) = nodes.first() else {
        return Vec::new();
    };
    let mut grouped = vec![any; nodes.len()];
    for (node, &parent) in nodes.iter().zip(parents) {
        let children = &mut dirs[parent as usize].children;
        grouped[(children.start + children.len) as usize] = *node;
        children.len += 1;
    }
    grouped
}

/// Sorts a directory's nodes by base name, and makes one of those that have
/// the same: files of the same path, a file and a directory. Returns whether a
/// file was replaced.
fn order(bytes: &[u8], nodes: &mut [FlatNode], of: &mut Siblings, files: &mut [File]) -> bool {
    let nodes = &mut nodes[of.start as usize..][..of.len as usize];
    let before = |a: &FlatNode, b: &FlatNode| base(bytes, a) < base(bytes, b);
    if nodes.windows(2).all(|pair| before(&pair[0], &pair[1])) {
        return false;
    }
    // Files in the order of the list, then the directory.
    nodes.sort_unstable_by(|a, b| base(bytes, a).cmp(base(bytes, b)).then(a.file.cmp(&b.file)));
    let (mut kept, mut replaced) = (0, false);
    for next in 1..nodes.len() {
        let node = nodes[next];
        if before(&nodes[kept], &node) {
            kept += 1;
            nodes[kept] = node;
        } else if node.file == NONE {
            nodes[kept].dir = node.dir;
        } else {
            replace(files, nodes[kept].file as usize, node.file as usize);
            replaced = true;
        }
    }
    of.len = kept as u32 + 1;
    replaced
}

/// Lets a later file of the same path replace an earlier one.
fn replace(files: &mut [File], first: usize, later: usize) {
    let new = files[later];
    files[later].len = 0;
    files[first].entry = new.entry;
    if new.copy != 0 {
        (files[first].path, files[first].copy) = (new.path, new.copy);
    }
}

/// Counts what is right in each directory once more.
fn recount(nodes: &[FlatNode], dirs: &mut [Dir], files: &[File]) {
    for dir in dirs {
        let of = &nodes[dir.children.start as usize..][..dir.children.len as usize];
        let there = of.iter().filter_map(|node| files.get(node.file as usize));
        let tracked = there.clone().filter(|file| file.entry.tracked());
        (dir.descendants, dir.tracked) = (there.clone().count() as u32, tracked.count() as u32);
    }
}

/// Adds to each directory what is further below; children come after parents.
fn add_up(dirs: &mut [Dir]) {
    for index in (1..dirs.len()).rev() {
        let below = dirs[index];
        let above = &mut dirs[below.parent as usize];
        above.descendants += below.descendants;
        above.tracked += below.tracked;
    }
}
