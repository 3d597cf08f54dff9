// SPDX-License-Identifier: GPL-2.0-or-later

//! Tests of the crate from outside, in one program; the folders are those of `src/`.
//!
//! What needs a process of its own, as it forks, handles signals, measures time or counts what
//! is allocated, is a program beside this one.

mod changelog;
mod dirstate;
mod files;
mod fuzz_replay;
mod graph;
mod hg;
mod manifest;
mod matcher;
mod refs;
mod repositories;
mod repository;
mod revlog;
mod revs;
mod working_copy;
