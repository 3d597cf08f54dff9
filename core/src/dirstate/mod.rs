//! The dirstate: what Mercurial knows about the files of the working directory.
//!
//! [`Tree`] reads either file format, [`DirstateMap`] adds changes to it,
//! [`pack_v1`], [`pack_v2`] and [`append_v2`] write what comes out, and
//! [`Docket`] and [`read`] know the files.

mod append;
mod disk;
mod docket;
pub mod entry;
mod flat;
mod map;
mod order;
mod overlay;
mod pack;
mod path;
mod tree;
mod v1;
mod verify;

pub use append::append_v2;
pub use docket::{read, read_parents, Dirstate, Docket, Identity};
pub use entry::{Entry, Timestamp};
pub use map::DirstateMap;
pub use pack::{pack_v1, pack_v2};
pub use tree::{CachedDirectory, FileItem, Files, Siblings, Tree, TreeNode};
