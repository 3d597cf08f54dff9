// SPDX-License-Identifier: GPL-2.0-or-later

//! What paths of the dirstate look like.
//!
//! A path is relative to the root of the working directory, with `/` between
//! its components. Mercurial takes any bytes; whoever walks the tree on disk
//! relies on what is checked here.

use crate::error::FileKind;
use crate::{Error, Result};

/// The longest path in bytes: what Linux takes, and far below what a node of
/// dirstate-v2 can hold. Keeps all checks linear in the length of the file.
pub(super) const MAX_LEN: usize = 4096;

/// The deepest path in components: pure Mercurial reads by recursion and does
/// not get much further.
pub(super) const MAX_DEPTH: usize = 512;

/// Returns what is wrong with a path, or `None` if it is one.
pub(super) fn fault(path: &[u8]) -> Option<&'static str> {
    if path.len() > MAX_LEN {
        return Some("a path longer than 4096 bytes");
    }
    let mut depth = 0;
    for component in path.split(|&byte| byte == b'/') {
        if let Some(fault) = component_fault(component) {
            return Some(fault);
        }
        depth += 1;
    }
    (depth > MAX_DEPTH).then_some("a path deeper than 512 directories")
}

/// Returns what is wrong with a component, which has no slash.
pub(super) fn component_fault(component: &[u8]) -> Option<&'static str> {
    if component.contains(&0) {
        return Some("a path with a NUL");
    }
    name_fault(component)
}

/// Returns what is wrong with a component, which has neither slash nor NUL.
pub(super) fn name_fault(component: &[u8]) -> Option<&'static str> {
    match component {
        b"" => Some("a path with an empty component"),
        b"." | b".." => Some("a path with a component `.` or `..`"),
        _ => None,
    }
}

/// Fails with [`Error::Unsupported`] unless it is a path.
pub(super) fn check(path: &[u8]) -> Result<()> {
    match fault(path) {
        Some(fault) => Err(Error::unsupported(FileKind::Dirstate, show(path), fault)),
        None => Ok(()),
    }
}

/// Returns where the base name begins.
pub(super) fn base_start(path: &[u8]) -> usize {
    path.iter()
        .rposition(|&byte| byte == b'/')
        .map_or(0, |slash| slash + 1)
}

/// Returns a path for messages.
pub(super) fn show(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
