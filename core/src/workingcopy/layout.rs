//! What a repository's directories say about how its working copy is to be read.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::dirstate::Docket;
use crate::repo::Repository;
use crate::{files, Error, Node, Result};

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

/// What a dirstate-v2 docket begins with.
const DOCKET: &[u8] = b"dirstate-v2\n";

/// More than any docket has.
const DOCKET_LIMIT: u64 = 4096;

/// File systems that know no permission to execute, by the kernel's numbers
/// (`linux/magic.h`): FAT, exFAT, NTFS of two kinds, CIFS, SMB2.
const WITHOUT_PERMISSIONS: &[i64] = &[
    0x4d44,
    0x2011_bab0,
    0x5346_544e,
    0x7366_746e,
    0xff53_4d42,
    0xfe53_4d42,
];

/// A repository's `.hg` directory, and what it requires.
pub(super) struct Layout {
    pub(super) dot_hg: PathBuf,
    requirements: BTreeSet<String>,
}

impl Layout {
    /// Reads and checks it.
    pub(super) fn read(root: &Path) -> Result<Layout> {
        let repository = Repository::find(root)?;
        // Says whether all requirements are known.
        repository.changelog()?;
        let requirements = repository.of_working_copy();
        let dot_hg = repository.dot_hg;
        for (name, reason) in UNUSUAL {
            if requirements.contains(*name) {
                return Err(Error::unsupported(root.display(), reason));
            }
        }
        if dot_hg.join("sparse").exists() {
            return Err(Error::unsupported(root.display(), UNUSUAL[0].1));
        }
        check_file_system(root)?;
        Ok(Layout {
            dot_hg,
            requirements,
        })
    }

    /// Whether the dirstate is in the format dirstate-v2.
    pub(super) fn is_v2(&self) -> bool {
        self.requirements.contains("dirstate-v2")
    }

    /// The parents of the working copy, without reading more of the dirstate.
    pub(super) fn parents(&self) -> Result<[Node; 2]> {
        let path = self.dot_hg.join("dirstate");
        let name = path.display().to_string();
        let start = files::beginning_if_there(&path, DOCKET_LIMIT)?.unwrap_or_default();
        if start.is_empty() {
            return Ok([[0; 20]; 2]);
        }
        if self.is_v2() && start.starts_with(DOCKET) {
            let docket = Docket::parse(&start, &name)?;
            return Ok([docket.p1, docket.p2]);
        }
        match start.as_chunks::<20>().0 {
            [p1, p2, ..] => Ok([*p1, *p2]),
            _ => Err(Error::corrupt(
                name,
                format!("{} bytes are too few", start.len()),
            )),
        }
    }
}

fn check_file_system(root: &Path) -> Result<()> {
    let inode = |name| {
        let metadata = fs::symlink_metadata(root.join(name)).ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    let own = inode(".hg");
    if own.is_some() && own == inode(".HG") {
        let reason = "names that differ in case alone are the same here, which is not supported";
        return Err(Error::unsupported(root.display(), reason));
    }
    let kind = rustix::fs::statfs(root).map_err(|error| Error::io(root, error.into()))?;
    #[allow(clippy::unnecessary_cast)] // its type is not the same everywhere
    let kind = kind.f_type as i64;
    if WITHOUT_PERMISSIONS.contains(&kind) {
        let reason = "the file system has no permission to execute, which is not supported";
        return Err(Error::unsupported(root.display(), reason));
    }
    Ok(())
}
