// SPDX-License-Identifier: GPL-2.0-or-later

//! dirstate-v2: a docket, and a data file that is a tree.

mod append;
pub(super) mod disk;
mod docket;
mod pack;
mod verify;

pub use append::append_v2;
pub use docket::Docket;
pub use pack::pack_v2;

pub(super) use docket::MARKER;
