// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Dirstate`: what Mercurial knows of the files of a working copy, with changes.

use std::path::PathBuf;

use hpy_bindings::{
    Borrowed, Bytes, Ctx, Exception, PyErr, Shared, pyclass, pyfunction, pymethods,
};
use vermilion_core::dirstate::{self as core, DirstateMap, Entry, Timestamp, Tree};
use vermilion_core::working_copy::head_start::StatusAhead;
use vermilion_core::working_copy::status::request::Request;
use vermilion_core::working_copy::status::{Names, Scope};
use vermilion_core::{Node, RepoPath};

use crate::error::Result;
use crate::status::{self, Answer};

/// The files of a working copy as Mercurial knows them, in the order of its dict.
///
/// An entry is a tuple: dirstate-v2's flags, st_mode, size, and the time stamp's seconds
/// and nanoseconds. Paths are bytes. Looking one up is O(depth * log(siblings)).
#[pyclass(module = "vermilion._native")]
pub struct Dirstate {
    pub map: DirstateMap,
    /// It is kept in the format dirstate-v2, which knows things about directories.
    pub v2: bool,
    /// A status that goes on with it.
    pub ahead: Option<StatusAhead>,
}

impl Dirstate {
    fn new(tree: Tree, v2: bool) -> Dirstate {
        Dirstate {
            map: DirstateMap::new(tree),
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

/// A part of a working copy as Python names it; see [`Scope`].
pub type Part = (Vec<Bytes>, bool, Vec<Bytes>, Vec<Bytes>);

/// Returns that part.
pub fn scope((search, all_tracked, tracked_in, files): Part) -> Scope {
    let paths = |blocks: Vec<Bytes>| blocks.into_iter().map(|path| path.0.into()).collect();
    Scope {
        search: paths(search),
        all_tracked,
        tracked_in: paths(tracked_in),
        files: paths(files),
    }
}

/// An empty Dirstate, for the format dirstate-v2 or not.
#[pyfunction(signature = (v2, /))]
pub fn dirstate(v2: bool) -> Dirstate {
    Dirstate::new(Tree::empty(), v2)
}

/// A Dirstate, and its parents, of the bytes of a dirstate-v1 file of that name.
#[pyfunction(signature = (data, name, /))]
pub fn dirstate_from_v1(
    ctx: Ctx<'_>,
    data: Bytes,
    name: PathBuf,
) -> Result<(Dirstate, Bytes, Bytes)> {
    let name = name.display().to_string();
    let (tree, [p1, p2]) = ctx.leave_python(|| Tree::from_v1(data.0, &name))?;
    Ok((Dirstate::new(tree, false), node_bytes(p1), node_bytes(p2)))
}

/// The Dirstate of a dirstate-v2 data file, and what its docket says of it.
#[pyfunction(signature = (file, size, metadata, /))]
pub fn dirstate_from_v2(
    ctx: Ctx<'_>,
    file: PathBuf,
    size: u32,
    metadata: &[u8],
) -> Result<Dirstate> {
    let metadata = metadata.try_into().map_err(|_| {
        let message = format!("tree metadata have 44 bytes, not {}", metadata.len());
        PyErr::new(Exception::Value, message)
    })?;
    let tree = ctx.leave_python(|| Tree::open_v2(&file, size, metadata))?;
    Ok(Dirstate::new(tree, true))
}

#[pymethods(positional_only)]
impl Dirstate {
    fn __len__(&self) -> usize {
        self.map.len()
    }

    fn __contains__(&self, path: &[u8]) -> Result<bool> {
        Ok(self.map.contains(RepoPath::new(path))?)
    }

    /// The entry of a path, or None.
    fn get(&self, path: &[u8]) -> Result<Option<Item>> {
        Ok(self.map.get(RepoPath::new(path))?.map(item))
    }

    /// Sets the entry of a path; ValueError for one that nobody tracks.
    fn set(&mut self, path: &[u8], entry: Item) -> Result<()> {
        let (flags, mode, size, mtime_s, mtime_ns) = entry;
        let entry = Entry {
            flags,
            mode,
            size,
            mtime_s,
            mtime_ns,
        };
        Ok(self.map.set(RepoPath::new(path), entry)?)
    }

    /// Forgets a path; returns its entry, or None.
    fn remove(&mut self, path: &[u8]) -> Result<Option<Item>> {
        Ok(self.map.remove(RepoPath::new(path))?.map(item))
    }

    /// Notes what a file is a copy of, or with None that it is none.
    #[py(signature = (path, source, /))]
    fn set_copy(&mut self, path: &[u8], source: Option<&[u8]>) -> Result<()> {
        let source = source.map(RepoPath::new);
        Ok(self.map.set_copy(RepoPath::new(path), source)?)
    }

    /// Forgets everything.
    fn clear(&mut self) {
        self.map.clear();
    }

    /// Returns whether any entry is below a directory.
    fn has_dir(&self, path: &[u8]) -> Result<bool> {
        Ok(self.map.has_dir(RepoPath::new(path))?)
    }

    /// Returns whether a tracked file is below a directory.
    fn has_tracked_dir(&self, path: &[u8]) -> Result<bool> {
        Ok(self.map.has_tracked_dir(RepoPath::new(path))?)
    }

    /// All paths, each followed by a NUL. O(n).
    fn paths(&self) -> Result<Bytes> {
        let mut names = Names::default();
        for file in self.map.iter() {
            names.push(file?.path);
        }
        Ok(Bytes(names.into_block()))
    }

    /// All paths, and five native int32 for each entry. O(n).
    fn items(&self) -> Result<(Bytes, Bytes)> {
        let (mut names, mut items) = (Names::default(), Vec::new());
        for file in self.map.iter() {
            let file = file?;
            names.push(file.path);
            let (flags, mode, size, mtime_s, mtime_ns) = item(file.entry);
            for number in [i32::from(flags), mode, size, mtime_s, mtime_ns] {
                items.extend_from_slice(&number.to_ne_bytes());
            }
        }
        Ok((Bytes(names.into_block()), Bytes(items)))
    }

    /// Pairs of a path and what it is a copy of. O(n).
    fn copies(&self) -> Result<Vec<(Bytes, Bytes)>> {
        let copies = self.map.copies().map(|copy| {
            let (path, source) = copy?;
            Ok((path_bytes(path), path_bytes(source)))
        });
        copies.collect()
    }

    /// The file in the format dirstate-v1. O(n).
    fn pack_v1(&self, p1: &[u8], p2: &[u8]) -> Result<Bytes> {
        let packed = core::pack_v1(&self.map, &p1.try_into()?, &p2.try_into()?);
        Ok(Bytes(packed?))
    }

    /// The data and the tree metadata of dirstate-v2. O(n).
    fn pack_v2(&self) -> Result<(Bytes, Bytes)> {
        let (data, metadata) = core::pack_v2(&self.map)?;
        Ok((Bytes(data), Bytes(metadata.to_vec())))
    }

    /// Returns what to append to the data file this was read from, and the new tree metadata;
    /// None where a new file is due. O(changes).
    fn append_v2(&self) -> Result<Option<(Bytes, Bytes)>> {
        let appended = core::append_v2(&self.map)?;
        Ok(appended.map(|(data, metadata)| (Bytes(data), Bytes(metadata.to_vec()))))
    }

    /// Compares the working copy with this; see vermilion/_status.py.
    // The scope is (directories to search, whether all tracked files are looked at, directories
    // whose tracked files are, files); now is (seconds, nanoseconds) of the file system's clock
    // or None; tick is called now and then.
    #[py(signature = (root, ignore_files, scope, wanted, now, tick, /))]
    fn status(
        this: Shared<Self>,
        root: PathBuf,
        ignore_files: Vec<PathBuf>,
        scope: Part,
        wanted: u32,
        now: Option<(i64, i64)>,
        tick: Borrowed<'_>,
    ) -> Result<Answer> {
        let request = Request {
            root,
            ignore_files,
            scope: self::scope(scope),
            wanted: crate::wanted::wanted(wanted),
            now: now.map(|(seconds, nanoseconds)| Timestamp::of(seconds, nanoseconds)),
        };
        status::status(&this, &request, tick)
    }
}
