// SPDX-License-Identifier: GPL-2.0-or-later

//! Tests of `working_copy`.

mod compare;
mod files;
mod mercurial;
mod recording;
mod status;
