// SPDX-License-Identifier: GPL-2.0-or-later

//! Tests of `graph`.

mod labels;
mod model;
mod revset;
mod support;
