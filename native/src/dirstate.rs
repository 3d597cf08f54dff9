// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Dirstate`: what Mercurial knows of the files of a working copy, with changes.

use std::path::PathBuf;

use hpy_bindings::{Bytes, Class, ClassDef, Ctx, Exception, New, PyErr};
use vermilion_core::dirstate::{DirstateMap, Entry, Tree, append_v2, pack_v1, pack_v2};
use vermilion_core::working_copy::head_start::StatusAhead;
use vermilion_core::working_copy::status::Names;
use vermilion_core::{Node, RepoPath};

use crate::error::Result;

pub struct Dirstate {
    pub map: DirstateMap,
    /// It is kept in the format dirstate-v2, which knows things about directories.
    pub v2: bool,
    /// A status that goes on with it.
    pub ahead: Option<StatusAhead>,
}

impl Dirstate {
    fn new(map: DirstateMap, v2: bool) -> Dirstate {
        Dirstate {
            map,
            v2,
            ahead: None,
        }
    }
}

/// An entry as Python sees it: dirstate-v2's flags, st_mode, size, and the time stamp's
/// seconds and nanoseconds.
type Item = (u16, i32, i32, i32, i32);

fn item(entry: Entry) -> Item {
    let Entry {
        flags,
        mode,
        size,
        mtime_s,
        mtime_ns,
    } = entry;
    (flags, mode, size, mtime_s, mtime_ns)
}

/// Returns a node as Python sees it.
pub fn node_bytes(node: Node) -> Bytes {
    Bytes(node.as_bytes().to_vec())
}

/// Returns a path as Python sees it.
pub fn path_bytes(path: &RepoPath) -> Bytes {
    Bytes(path.as_bytes().to_vec())
}

pub fn empty(_: Ctx<'_>, v2: bool) -> New<Dirstate> {
    let map = DirstateMap::new(Tree::empty());
    New(Dirstate::new(map, v2))
}

pub fn from_v1(ctx: Ctx<'_>, data: Bytes, name: PathBuf) -> Result<(New<Dirstate>, Bytes, Bytes)> {
    let name = name.display().to_string();
    let (tree, [p1, p2]) = ctx.leave_python(|| Tree::from_v1(data.0, &name))?;
    let map = DirstateMap::new(tree);
    Ok((
        New(Dirstate::new(map, false)),
        node_bytes(p1),
        node_bytes(p2),
    ))
}

pub fn from_v2(ctx: Ctx<'_>, file: PathBuf, size: u32, metadata: Bytes) -> Result<New<Dirstate>> {
    let metadata = metadata.0.as_slice().try_into().map_err(|_| {
        let message = format!("tree metadata have 44 bytes, not {}", metadata.0.len());
        PyErr::new(Exception::Value, message)
    })?;
    let tree = ctx.leave_python(|| Tree::open_v2(&file, size, metadata))?;
    let map = DirstateMap::new(tree);
    Ok(New(Dirstate::new(map, true)))
}

impl Dirstate {
    fn get(_: Ctx<'_>, this: &Dirstate, path: Bytes) -> Result<Option<Item>> {
        Ok(this.map.get(RepoPath::new(&path.0))?.map(item))
    }

    fn set(_: Ctx<'_>, this: &mut Dirstate, path: Bytes, entry: Item) -> Result<()> {
        let (flags, mode, size, mtime_s, mtime_ns) = entry;
        let entry = Entry {
            flags,
            mode,
            size,
            mtime_s,
            mtime_ns,
        };
        Ok(this.map.set(RepoPath::new(&path.0), entry)?)
    }

    fn remove(_: Ctx<'_>, this: &mut Dirstate, path: Bytes) -> Result<Option<Item>> {
        Ok(this.map.remove(RepoPath::new(&path.0))?.map(item))
    }

    fn set_copy(_: Ctx<'_>, this: &mut Dirstate, path: Bytes, source: Option<Bytes>) -> Result<()> {
        let source = source.as_ref().map(|source| RepoPath::new(&source.0));
        Ok(this.map.set_copy(RepoPath::new(&path.0), source)?)
    }

    fn has_dir(_: Ctx<'_>, this: &Dirstate, path: Bytes) -> Result<bool> {
        Ok(this.map.has_dir(RepoPath::new(&path.0))?)
    }

    fn has_tracked_dir(_: Ctx<'_>, this: &Dirstate, path: Bytes) -> Result<bool> {
        Ok(this.map.has_tracked_dir(RepoPath::new(&path.0))?)
    }

    fn paths(_: Ctx<'_>, this: &Dirstate) -> Result<Bytes> {
        let mut names = Names::default();
        for file in this.map.iter() {
            names.push(file?.path);
        }
        Ok(Bytes(names.into_block()))
    }

    /// Returns the paths, and five native int32 for each.
    fn items(_: Ctx<'_>, this: &Dirstate) -> Result<(Bytes, Bytes)> {
        let (mut names, mut items) = (Names::default(), Vec::new());
        for file in this.map.iter() {
            let file = file?;
            names.push(file.path);
            let (flags, mode, size, mtime_s, mtime_ns) = item(file.entry);
            for number in [i32::from(flags), mode, size, mtime_s, mtime_ns] {
                items.extend_from_slice(&number.to_ne_bytes());
            }
        }
        Ok((Bytes(names.into_block()), Bytes(items)))
    }

    fn copies(_: Ctx<'_>, this: &Dirstate) -> Result<Vec<(Bytes, Bytes)>> {
        let copies = this.map.copies().map(|copy| {
            let (path, source) = copy?;
            Ok((path_bytes(path), path_bytes(source)))
        });
        copies.collect()
    }

    fn pack_v1(_: Ctx<'_>, this: &Dirstate, p1: Bytes, p2: Bytes) -> Result<Bytes> {
        let packed = pack_v1(&this.map, &(&*p1.0).try_into()?, &(&*p2.0).try_into()?);
        Ok(Bytes(packed?))
    }

    fn pack_v2(_: Ctx<'_>, this: &Dirstate) -> Result<(Bytes, Bytes)> {
        let (data, metadata) = pack_v2(&this.map)?;
        Ok((Bytes(data), Bytes(metadata.to_vec())))
    }

    fn append_v2(_: Ctx<'_>, this: &Dirstate) -> Result<Option<(Bytes, Bytes)>> {
        let appended = append_v2(&this.map)?;
        Ok(appended.map(|(data, metadata)| (Bytes(data), Bytes(metadata.to_vec()))))
    }
}

impl Class for Dirstate {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.Dirstate";
    const DOC: &'static std::ffi::CStr =
        c"What Mercurial knows of the files of a working copy, in the order of its dict.\n\n\
        An entry is a tuple: dirstate-v2's flags, st_mode, size, and the time stamp's seconds\n\
        and nanoseconds. Paths are bytes. Looking one up is O(depth * log(siblings)).";

    fn define(class: &mut ClassDef<Self>) {
        class
            .length(|_: Ctx<'_>, this: &Dirstate| this.map.len())
            .contains(|_: Ctx<'_>, this: &Dirstate, path: Bytes| -> Result<bool> {
                Ok(this.map.contains(RepoPath::new(&path.0))?)
            })
            .method(
                c"get",
                c"get($self, path, /)\n--\n\nThe entry of a path, or None.",
                Dirstate::get,
            )
            .method(
                c"set",
                c"set($self, path, entry, /)\n--\n\n\
                  Sets the entry of a path; ValueError for one that nobody tracks.",
                Dirstate::set,
            )
            .method(
                c"remove",
                c"remove($self, path, /)\n--\n\nForgets a path; returns its entry, or None.",
                Dirstate::remove,
            )
            .method(
                c"set_copy",
                c"set_copy($self, path, source, /)\n--\n\n\
                  Notes what a file is a copy of, or with None that it is none.",
                Dirstate::set_copy,
            )
            .method(
                c"clear",
                c"clear($self)\n--\n\nForgets everything.",
                |_: Ctx<'_>, this: &mut Dirstate| this.map.clear(),
            )
            .method(
                c"has_dir",
                c"has_dir($self, path, /)\n--\n\nWhether any entry is below a directory.",
                Dirstate::has_dir,
            )
            .method(
                c"has_tracked_dir",
                c"has_tracked_dir($self, path, /)\n--\n\nWhether a tracked file is below a directory.",
                Dirstate::has_tracked_dir,
            )
            .method(
                c"paths",
                c"paths($self)\n--\n\nAll paths, each followed by a NUL. O(n).",
                Dirstate::paths,
            )
            .method(
                c"items",
                c"items($self)\n--\n\nAll paths, and five native int32 for each entry. O(n).",
                Dirstate::items,
            )
            .method(
                c"copies",
                c"copies($self)\n--\n\nPairs of a path and what it is a copy of. O(n).",
                Dirstate::copies,
            )
            .method(
                c"pack_v1",
                c"pack_v1($self, p1, p2, /)\n--\n\nThe file in the format dirstate-v1. O(n).",
                Dirstate::pack_v1,
            )
            .method(
                c"pack_v2",
                c"pack_v2($self)\n--\n\nThe data and the tree metadata of dirstate-v2. O(n).",
                Dirstate::pack_v2,
            )
            .method(
                c"append_v2",
                c"append_v2($self)\n--\n\n\
                  What to append to the data file this was read from, and the new tree metadata;\n\
                  None where a new file is due. O(changes).",
                Dirstate::append_v2,
            )
            .method_raw(
                c"status",
                c"status($self, root, ignore_files, scope, wanted, now, tick, /)\n--\n\n\
                  Compares the working copy with this; see vermilion/_status.py.",
                crate::status::status,
            );
    }
}
