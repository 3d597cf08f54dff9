// SPDX-License-Identifier: GPL-2.0-or-later

//! What a file system can keep, and which of its files are the same.

use std::fs::Metadata;
use std::io;
use std::path::Path;

/// File systems that know no permission to execute, by the kernel's numbers
/// (`linux/magic.h`): FAT, exFAT, NTFS of two kinds, CIFS, SMB2.
#[cfg(target_os = "linux")]
const WITHOUT_PERMISSIONS: &[i64] = &[
    0x4d44,
    0x2011_bab0,
    0x5346_544e,
    0x7366_746e,
    0xff53_4d42,
    0xfe53_4d42,
];

/// Returns whether files of the file system of a directory have a permission to execute.
///
/// # Errors
/// Those of the system.
#[cfg(target_os = "linux")]
pub(crate) fn has_permissions(directory: &Path) -> io::Result<bool> {
    let kind = rustix::fs::statfs(directory)?;
    #[allow(clippy::unnecessary_cast)] // its type is not the same everywhere
    let kind = kind.f_type as i64;
    Ok(!WITHOUT_PERMISSIONS.contains(&kind))
}

/// Returns whether files have a permission to execute: those of Unix, whatever file system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn has_permissions(_: &Path) -> io::Result<bool> {
    Ok(cfg!(unix))
}

/// Returns what is the same for two paths that lead to one file; `metadata` is what the system says
/// of the path.
#[cfg(unix)]
pub fn identity(_: &Path, metadata: &Metadata) -> impl PartialEq + use<> {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

/// Returns what is the same for two paths that lead to one file: the path without symlinks, as the
/// file system writes it.
#[cfg(not(unix))]
pub fn identity(path: &Path, _: &Metadata) -> impl PartialEq + use<> {
    path.canonicalize().ok()
}
