// SPDX-License-Identifier: GPL-2.0-or-later

//! Tests of `revlog`.

mod compression;
mod index_changes;
mod index_model;
mod index_parse;
pub mod index_support;
mod patch;
pub mod support;
mod texts;
mod zstd;
