// SPDX-License-Identifier: GPL-2.0-or-later

//! The operating system: files, memory maps, directories, the clock, threads and forks.
//!
//! The only `unsafe` code of this crate is in [`mmap`]. What is not the same on every system is
//! told apart in here; the rest of the crate knows no system.

pub(crate) mod atomic;
pub(crate) mod bytes;
pub mod clock;
// Elsewhere, nobody makes what stands for directories.
#[cfg_attr(not(unix), allow(dead_code))]
pub(crate) mod directory;
pub mod ext;
pub mod file_system;
pub mod files;
pub(crate) mod folder;
pub(crate) mod fork_lock;
pub(crate) mod lock_file;
#[allow(unsafe_code)]
pub mod mmap;
pub mod pool;
pub(crate) mod process;
