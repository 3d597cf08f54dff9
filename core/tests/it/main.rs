// SPDX-License-Identifier: GPL-2.0-or-later

//! Tests of the crate from outside, in one program; the folders are those of `src/`.
//!
//! What needs a process of its own, as it forks, handles signals, measures time or counts what
//! is allocated, is a program beside this one.

mod dirstate;
mod fuzz_replay;
mod graph;
mod manifest;
mod matcher;
mod repository;
mod revlog;
mod revs;
mod working_copy;
