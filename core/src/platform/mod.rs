// SPDX-License-Identifier: GPL-2.0-or-later

//! The operating system: files, memory maps, directories, the clock, threads and forks.
//!
//! The only `unsafe` code of this crate is in [`mmap`].

pub(crate) mod bytes;
pub mod clock;
pub(crate) mod directory;
pub mod files;
pub(crate) mod fork_lock;
#[allow(unsafe_code)]
pub mod mmap;
pub mod pool;
pub(crate) mod process;
