// SPDX-License-Identifier: GPL-2.0-or-later

//! dirstate-v1: a file of records, one after the other.

pub(super) mod flat;
mod linker;
mod pack;
pub(super) mod read;

pub use pack::pack_v1;
