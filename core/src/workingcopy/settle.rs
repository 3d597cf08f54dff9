//! Files whose time stamps do not tell whether they are clean: their contents do.
//!
//! Follows Mercurial's `workingctx._checklookup`.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rayon::prelude::*;

use crate::map::open_regular;
use crate::revlog::manifest::Manifest;
use crate::status::{Names, State};
use crate::store::{compare_with_p1, Store};
use crate::{pool, Error, Node, Result};

const OWNER_EXECUTES: u32 = 0o100;

/// What the contents of files say.
#[derive(Debug)]
pub struct Settled {
    /// For each file whether it is modified, clean, deleted or still unsure.
    pub states: Vec<State>,
    /// Why the first of the unsure ones is.
    pub doubt: Option<Error>,
    /// The manifest that was needed, and its node.
    pub manifest: Option<(Node, Manifest)>,
}

/// Compares the files in the working copy at `root` with those of the revision `p1`: flags
/// and contents.
///
/// A file is unsure whose contents in `p1` cannot be read, because the store is of another
/// kind, or does not have them; or which Mercurial refuses to read, as the way to it leads
/// through a symlink or into another repository. Reads a manifest, unless it is known, and,
/// on all processors, each of the files.
///
/// # Errors
/// [`Error::Corrupt`] for a damaged store; [`Error::Interrupted`].
pub fn settle(
    root: &Path,
    p1: &Node,
    known: Option<(Node, Manifest)>,
    files: &Names,
    interrupt: &AtomicBool,
) -> Result<Settled> {
    let opened = Store::open(root).and_then(|store| {
        let manifest = match known {
            Some(manifest) => manifest,
            None => store.manifest(p1)?,
        };
        Ok((manifest, store))
    });
    let ((node, manifest), store) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let states = vec![State::Unsure; files.len()];
            return Ok(Settled {
                states,
                doubt: Some(doubt(error)?),
                manifest: None,
            });
        }
    };
    let paths: Vec<&[u8]> = files.iter().collect();
    let ways = Ways::to(root, &paths);
    let look = |path: &&[u8]| {
        if interrupt.load(Relaxed) {
            return Err(Error::Interrupted);
        }
        compare(root, &store, &manifest, &ways, path)
    };
    let found: Vec<Result<State>> = pool::run(|| paths.par_iter().map(look).collect());
    let mut settled = Settled {
        states: Vec::with_capacity(found.len()),
        doubt: None,
        manifest: Some((node, manifest)),
    };
    for state in found {
        settled.states.push(match state {
            Ok(state) => state,
            Err(error) => {
                let reason = doubt(error)?;
                settled.doubt.get_or_insert(reason);
                State::Unsure
            }
        });
    }
    Ok(settled)
}

/// An error after which a file just stays unsure, or one that ends everything.
fn doubt(error: Error) -> Result<Error> {
    match error {
        Error::Corrupt { .. } | Error::Interrupted => Err(error),
        other => Ok(other),
    }
}

/// The directories above some files, and those of them that Mercurial does not pass.
struct Ways<'p>(HashMap<&'p [u8], Option<&'static str>>);

impl<'p> Ways<'p> {
    fn to(root: &Path, paths: &[&'p [u8]]) -> Self {
        let mut directories = HashMap::new();
        for path in paths {
            for above in directories_above(path) {
                if directories.insert(above, None).is_some() {
                    break;
                }
            }
        }
        let mut directories: Vec<_> = directories.into_iter().collect();
        let look = || {
            let each = directories.par_iter_mut();
            each.for_each(|(directory, obstacle)| *obstacle = self::obstacle(root, directory));
        };
        pool::run(look);
        Ways(directories.into_iter().collect())
    }

    /// What is in the way to a file; follows Mercurial's `pathauditor`.
    fn check(&self, path: &[u8]) -> Result<()> {
        let mut above: Vec<&[u8]> = directories_above(path).collect();
        above.reverse();
        let found = above
            .into_iter()
            .find_map(|directory| Some((directory, self.0[directory]?)));
        let Some((directory, obstacle)) = found else {
            return Ok(());
        };
        Err(Error::NotForMe {
            name: String::from_utf8_lossy(path).into_owned(),
            reason: format!("{} is {obstacle}", String::from_utf8_lossy(directory)),
        })
    }
}

/// The directories above a path but the root, innermost first.
fn directories_above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slashes = path.iter().enumerate().rev();
    slashes
        .filter(|(_, byte)| **byte == b'/')
        .map(|(at, _)| &path[..at])
}

fn obstacle(root: &Path, directory: &[u8]) -> Option<&'static str> {
    let directory = root.join(OsStr::from_bytes(directory));
    if fs::symlink_metadata(&directory).ok()?.is_symlink() {
        return Some("a symbolic link");
    }
    directory
        .join(".hg")
        .is_dir()
        .then_some("a nested repository")
}

fn compare(
    root: &Path,
    store: &Store,
    manifest: &Manifest,
    ways: &Ways<'_>,
    path: &[u8],
) -> Result<State> {
    let file = root.join(OsStr::from_bytes(path));
    // What cannot be read, Mercurial takes for deleted.
    let Ok(metadata) = fs::symlink_metadata(&file) else {
        return Ok(State::Deleted);
    };
    let node = match manifest.find(path)? {
        Some((node, was)) if was == flag(&metadata) => node,
        _ => return Ok(State::Modified),
    };
    // Where a symlink points to, Mercurial reads whatever is in the way.
    let obstacle = ways.check(path).err().filter(|_| !metadata.is_symlink());
    if let Some(obstacle) = obstacle {
        // Mercurial looks at the size before it reads.
        return match store.content(path, &node)?.len() as u64 != metadata.len() {
            true => Ok(State::Modified),
            false => Err(obstacle),
        };
    }
    let Some(content) = content(&file, &metadata) else {
        return Ok(State::Deleted);
    };
    let compared = compare_with_p1(store, manifest, path, &content)?;
    Ok(match compared {
        Some(compared) if compared.same => State::Clean,
        _ => State::Modified,
    })
}

/// The flag that a manifest has for such a file.
fn flag(metadata: &Metadata) -> u8 {
    if metadata.is_symlink() {
        b'l'
    } else if metadata.mode() & OWNER_EXECUTES != 0 {
        b'x'
    } else {
        0
    }
}

/// A file's content, or where a symlink points to.
fn content(file: &Path, metadata: &Metadata) -> Option<Vec<u8>> {
    if metadata.is_symlink() {
        return Some(fs::read_link(file).ok()?.as_os_str().as_bytes().to_vec());
    }
    let mut content = Vec::new();
    open_regular(file).ok()?.read_to_end(&mut content).ok()?;
    Some(content)
}
