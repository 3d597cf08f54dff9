// SPDX-License-Identifier: GPL-2.0-or-later

//! The dirstate: what Mercurial knows about the files of the working directory.
//!
//! [`Tree`] reads either file format, [`DirstateMap`] adds changes to it,
//! [`pack_v1`], [`pack_v2`] and [`append_v2`] write what comes out, and
//! [`Docket`] and [`read`] know the files.

pub mod entry;
mod files;
mod map;
mod node;
mod order;
mod overlay;
mod tree;
mod v1;
mod v2;
mod write;

pub use entry::{Entry, StatV1, StatV2, Timestamp};
pub use files::{Dirstate, Identity, read, read_parents};
pub use map::DirstateMap;
pub use node::{CachedDirectory, FileItem, Siblings, TreeNode};
pub use tree::{Files, Tree};
pub use v1::pack_v1;
pub use v2::{Docket, append_v2, pack_v2};
pub use write::write;
