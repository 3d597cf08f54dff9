// SPDX-License-Identifier: GPL-2.0-or-later

//! Which working copies are read here.

use std::fs;
use std::path::Path;

use crate::error::FileKind;
use crate::platform::file_system::{has_permissions, identity};
use crate::repository::Repository;
use crate::{Error, Result};

/// Requirements under which there is more, or less, in a working copy than its first
/// parent and the dirstate tell.
const UNUSUAL: &[(&str, &str)] = &[
    ("exp-sparse", "sparse working copies are not supported"),
    (
        "narrowhg-experimental",
        "narrow working copies are not supported",
    ),
    ("largefiles", "large files are not supported"),
];

/// Opens the repository with this root, if its working copy is one that is read here.
///
/// # Errors
/// Those of [`Repository::open`], as errors about a working copy; [`Error::Unsupported`].
pub(super) fn open(root: &Path) -> Result<Repository> {
    // Whoever asks for a working copy wants to know that it is not one.
    let opened = Repository::open(root).and_then(|repository| {
        repository.changelog_path()?;
        Ok(repository)
    });
    let repository = opened.map_err(|error| error.about(FileKind::WorkingCopy))?;
    let requirements = repository.requirements().of_working_copy();
    for (name, reason) in UNUSUAL {
        if requirements.contains(*name) {
            return Err(Error::unsupported(
                FileKind::WorkingCopy,
                root.display(),
                reason,
            ));
        }
    }
    // A link that leads nowhere, or in a circle, is one, too.
    if fs::symlink_metadata(repository.dot_hg().join("sparse")).is_ok() {
        return Err(Error::unsupported(
            FileKind::WorkingCopy,
            root.display(),
            UNUSUAL[0].1,
        ));
    }
    check_file_system(root)?;
    Ok(repository)
}

fn check_file_system(root: &Path) -> Result<()> {
    let inode = |name| {
        let path = root.join(name);
        let metadata = fs::symlink_metadata(&path).ok()?;
        Some(identity(&path, &metadata))
    };
    let own = inode(".hg");
    if own.is_some() && own == inode(".HG") {
        let reason = "names that differ in case alone are the same here, which is not supported";
        return Err(Error::unsupported(
            FileKind::WorkingCopy,
            root.display(),
            reason,
        ));
    }
    if !has_permissions(root).map_err(|error| Error::io(root, error))? {
        let reason = "the file system has no permission to execute, which is not supported";
        return Err(Error::unsupported(
            FileKind::WorkingCopy,
            root.display(),
            reason,
        ));
    }
    Ok(())
}
