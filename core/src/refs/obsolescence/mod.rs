// SPDX-License-Identifier: GPL-2.0-or-later

//! Obsolescence: which changesets have been rewritten, and by what.
//!
//! [`markers`] reads what was recorded, [`History`] knows which changesets that is about,
//! and [`sets`] what follows for those that are there.

mod history;
pub mod markers;
pub mod sets;
mod successors;

pub use history::History;
pub(super) use history::NodeId;
pub use markers::{Marker, Markers};
