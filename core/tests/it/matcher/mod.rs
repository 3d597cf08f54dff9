// SPDX-License-Identifier: GPL-2.0-or-later

//! Tests of `matcher`.

mod irregular;
mod load;
mod random;
mod support;
