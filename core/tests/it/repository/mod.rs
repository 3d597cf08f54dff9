// SPDX-License-Identifier: GPL-2.0-or-later

//! Tests of `repository`.

mod nodemap_file;
mod open;
mod path_encoding;
mod store;
pub mod support;
mod trees;
