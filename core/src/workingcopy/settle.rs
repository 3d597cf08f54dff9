//! Files whose time stamps do not tell whether they are clean: their contents do.
//!
//! Follows Mercurial's `workingctx._checklookup`.

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
    /// The manifest that had to be read, and its node.
    pub manifest: Option<(Node, Manifest)>,
}

/// Compares the files in the working copy at `root` with those of the revision `p1`: flags
/// and contents.
///
/// A file is unsure whose contents in `p1` cannot be read, because the store is of another
/// kind, or does not have them. Reads a manifest and, on all processors, each of the files.
///
/// # Errors
/// [`Error::Corrupt`] for a damaged store; [`Error::Interrupted`].
pub fn settle(root: &Path, p1: &Node, files: &Names, interrupt: &AtomicBool) -> Result<Settled> {
    let opened = Store::open(root).and_then(|store| Ok((store.manifest(p1)?, store)));
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
    let look = |path: &&[u8]| {
        if interrupt.load(Relaxed) {
            return Err(Error::Interrupted);
        }
        compare(root, &store, &manifest, path)
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

fn compare(root: &Path, store: &Store, manifest: &Manifest, path: &[u8]) -> Result<State> {
    let file = root.join(OsStr::from_bytes(path));
    // What cannot be read, Mercurial takes for deleted.
    let Ok(metadata) = fs::symlink_metadata(&file) else {
        return Ok(State::Deleted);
    };
    match manifest.find(path)? {
        Some((_, was)) if was == flag(&metadata) => {}
        _ => return Ok(State::Modified),
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
