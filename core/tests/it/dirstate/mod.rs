// SPDX-License-Identifier: GPL-2.0-or-later

//! Tests of `dirstate`.

mod entries;
mod files;
mod formats;
mod model;
mod support;
