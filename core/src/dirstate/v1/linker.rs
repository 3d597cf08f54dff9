// SPDX-License-Identifier: GPL-2.0-or-later

//! How the tree in memory is made of a list of files: nodes are put below directories, grouped
//! and sorted.

use std::collections::HashMap;

use super::flat::{Dir, File, FlatNode, NONE, base};
use crate::RepoPath;
use crate::dirstate::Entry;
use crate::dirstate::node::Siblings;
use crate::repo_path::name_fault;

/// Puts files below directories, in the order in which they come.
///
/// Files of one directory mostly come together. So the linker knows the
/// directories of the file before, from the root down, goes up to the last one
/// that the next file shares, and down from there by a hash map that is keyed
/// by directory and component: every byte is hashed at most once.
pub(super) struct Linker<'a> {
    bytes: &'a [u8],
    known: HashMap<(u32, &'a [u8]), u32>,
    /// The root first, with the counts of what is right in them.
    pub(super) dirs: Vec<Dir>,
    pub(super) nodes: Vec<FlatNode>,
    /// The directory of each node.
    pub(super) parents: Vec<u32>,
    /// The directory of the file before, and where in it each of its
    /// ancestors ends, itself included.
    current: &'a [u8],
    stack: Vec<(usize, u32)>,
}

impl<'a> Linker<'a> {
    pub(super) fn new(bytes: &'a [u8], files: usize) -> Linker<'a> {
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

    pub(super) fn add(&mut self, index: u32, file: &File) -> Result<(), &'static str> {
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
pub(super) fn group(nodes: &[FlatNode], parents: &[u32], dirs: &mut [Dir]) -> Vec<FlatNode> {
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
pub(super) fn order(
    bytes: &[u8],
    nodes: &mut [FlatNode],
    of: &mut Siblings,
    files: &mut [File],
) -> bool {
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
pub(super) fn recount(nodes: &[FlatNode], dirs: &mut [Dir], files: &[File]) {
    for dir in dirs {
        let of = &nodes[dir.children.start as usize..][..dir.children.len as usize];
        let there = of.iter().filter_map(|node| files.get(node.file as usize));
        let tracked = there.clone().filter(|file| file.entry.tracked());
        (dir.descendants, dir.tracked) = (there.clone().count() as u32, tracked.count() as u32);
    }
}

/// Adds to each directory what is further below; children come after parents.
pub(super) fn add_up(dirs: &mut [Dir]) {
    for index in (1..dirs.len()).rev() {
        let below = dirs[index];
        let above = &mut dirs[below.parent as usize];
        above.descendants += below.descendants;
        above.tracked += below.tracked;
    }
}
