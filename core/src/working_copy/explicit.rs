// SPDX-License-Identifier: GPL-2.0-or-later

//! Files and directories that are asked for by name.
//!
//! Which of them are searched, and what is said of those that do not exist, follows
//! `dirstate._walkexplicit`.

use std::fs::{self, FileType};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::compare::is_missing;
use super::status::Scope;
use crate::dirstate::Tree;
use crate::platform::ext::FileTypeExt as _;
use crate::{Error, RepoPath, RepoPathBuf, Result};

/// A complaint about a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Complaint {
    /// The path, relative to the root.
    pub path: RepoPathBuf,
    /// What is wrong with it.
    pub reason: Reason,
}

/// The reason why a path could not be looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// The system's error number.
    System(i32),
    /// It is no file, symlink or directory, but such a thing.
    Kind(&'static str),
}

impl Complaint {
    pub(super) fn unreadable(bad: Vec<(RepoPathBuf, i32)>) -> impl Iterator<Item = Complaint> {
        bad.into_iter().map(|(path, errno)| Complaint {
            path,
            reason: Reason::System(errno),
        })
    }
}

/// Returns where to look for these paths, and what there is to say about them.
pub(super) fn scope(
    root: &Path,
    tree: &Tree,
    paths: &[RepoPathBuf],
    interrupt: &AtomicBool,
) -> Result<(Scope, Vec<Complaint>)> {
    let check = || {
        if interrupt.load(Relaxed) {
            Err(Error::Interrupted)
        } else {
            Ok(())
        }
    };
    let mut wanted = Vec::new();
    for path in paths {
        check()?;
        wanted.push(normal(root, path)?);
    }
    wanted.sort();
    let mut named = Named::default();
    for path in wanted {
        check()?;
        named.add(root, tree, path)?;
    }
    let Named {
        mut scope,
        complaints,
    } = named;
    // Complaints are as many as there are paths.
    for paths in [&mut scope.search, &mut scope.tracked_in, &mut scope.files] {
        paths.dedup();
    }
    Ok((scope, complaints))
}

/// The scope and the complaints that named paths make.
#[derive(Default)]
struct Named {
    scope: Scope,
    complaints: Vec<Complaint>,
}

impl Named {
    fn add(&mut self, root: &Path, tree: &Tree, path: RepoPathBuf) -> Result<()> {
        if path.is_empty() {
            self.scope.search.push(path);
            return Ok(());
        }
        let node = tree.find(&path)?;
        let is_entry = node.as_ref().is_some_and(|node| node.entry.is_some());
        let reason = match fs::symlink_metadata(path.below(root)) {
            Ok(metadata) if metadata.is_dir() => {
                if is_entry {
                    self.scope.files.push(path.clone());
                }
                self.scope.search.push(path);
                return Ok(());
            }
            Ok(metadata) => match special(metadata.file_type()) {
                None => {
                    self.scope.files.push(path);
                    return Ok(());
                }
                Some(kind) => Reason::Kind(kind),
            },
            Err(_) if is_entry => {
                self.scope.files.push(path);
                return Ok(());
            }
            Err(_) if node.is_some_and(|node| !node.children.is_empty()) => {
                self.scope.tracked_in.push(path);
                return Ok(());
            }
            Err(error) => Reason::System(number(&error)),
        };
        if is_entry {
            self.scope.files.push(path.clone());
        }
        self.complaints.push(Complaint { path, reason });
        Ok(())
    }
}

/// The same number on every Unix, and for Python on Windows.
const EIO: i32 = 5;

fn number(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(EIO)
}

/// Returns what a thing is called that nobody tracks.
fn special(kind: FileType) -> Option<&'static str> {
    if kind.is_file() || kind.is_symlink() {
        None
    } else if kind.is_char_device() {
        Some("character device")
    } else if kind.is_block_device() {
        Some("block device")
    } else if kind.is_fifo() {
        Some("fifo")
    } else if kind.is_socket() {
        Some("socket")
    } else {
        Some("unknown")
    }
}

/// Returns the path without `.` and empty parts; an error if it leads out of the working copy.
fn normal(root: &Path, path: &RepoPath) -> Result<RepoPathBuf> {
    let refuse = |reason| Err(Error::Invalid(format!("{path}: {reason}")));
    if path.as_bytes().starts_with(b"/") {
        return refuse("is not relative to the root");
    }
    if path.as_bytes().contains(&0) {
        return refuse("has a NUL");
    }
    let mut normal = RepoPathBuf::default();
    for part in path.components() {
        if part.is_empty() || part == b"." {
            continue;
        }
        if part == b".." {
            return refuse("is not below the root");
        }
        if part.eq_ignore_ascii_case(b".hg") {
            return refuse("is not part of the working copy");
        }
        if !normal.is_empty() {
            let above = normal.below(root);
            match fs::symlink_metadata(&above) {
                Ok(metadata) if metadata.is_symlink() => {
                    return refuse("leads through a symbolic link");
                }
                Ok(_) if above.join(".hg").is_dir() => {
                    return refuse("is in another repository");
                }
                Ok(_) => {}
                // Whether it is one of these is of no interest if it is not there.
                Err(error) if is_missing(&error) => {}
                Err(error) => return Err(Error::io(&above, error)),
            }
        }
        normal.push(part);
    }
    Ok(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_root() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("other/.hg")).unwrap();
        std::os::unix::fs::symlink("/", root.path().join("link")).unwrap();
        let normal = |path: &str| normal(root.path(), RepoPath::new(path));
        assert_eq!(normal("a/./b//c/").unwrap(), "a/b/c".into());
        assert_eq!(normal(".").unwrap(), "".into());
        assert_eq!(normal("link").unwrap(), "link".into());
        assert_eq!(normal("other").unwrap(), "other".into());
        for bad in [
            "/a", "..", "a/../b", ".hg/x", "a/.Hg", "link/x", "other/x", "a\0",
        ] {
            assert!(matches!(normal(bad), Err(Error::Invalid(_))), "{bad}");
        }
    }
}
