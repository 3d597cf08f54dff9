// SPDX-License-Identifier: GPL-2.0-or-later

//! Patterns from the root on, with what files list in the place of those that name these files.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use vermilion_core::error::FileKind;
use vermilion_core::matcher::paths::{BaseDir, join, normpath};
use vermilion_core::matcher::pattern_file;
use vermilion_core::platform::ext::OsStrExt as _;
use vermilion_core::platform::file_system::identity;
use vermilion_core::platform::files;

use super::{Kind, Place, refused, split};
use crate::text::lossy;
use crate::{Error, Result};

/// Files may include files so many times, and patterns may be so many.
const MAX_DEPTH: usize = 40;
const MAX_PATTERNS: usize = 50_000;
/// No file has more bytes.
const MAX_BYTES: u64 = 1 << 20;

/// A pattern as its kind wants it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    pub(super) kind: Kind,
    pub(super) text: Vec<u8>,
    /// The file that it is from, empty for none.
    pub(super) source: Vec<u8>,
}

/// Returns patterns from the root on.
pub(super) fn normalized(
    place: Place<'_>,
    patterns: &[&[u8]],
    default: Kind,
) -> Result<Vec<Pattern>> {
    let mut all = Vec::new();
    for pattern in patterns {
        add(place, pattern, default, &mut all, 0)?;
    }
    Ok(all)
}

fn add(
    place: Place<'_>,
    pattern: &[u8],
    default: Kind,
    all: &mut Vec<Pattern>,
    depth: usize,
) -> Result<()> {
    if depth > MAX_DEPTH || all.len() > MAX_PATTERNS {
        return Err(refused(pattern, "there are too many"));
    }
    let (kind, text) = split(pattern);
    let kind = kind.unwrap_or(default);
    let start = all.len();
    let text = match kind {
        Kind::Glob | Kind::RelPath => canonical(place, text)?,
        Kind::RelGlob | Kind::Path | Kind::FilePath | Kind::RootFilesIn | Kind::RootGlob => {
            normpath(text)
        }
        Kind::ListFile | Kind::ListFile0 => {
            let Some(content) = read(&place.cwd.join(OsStr::from_bytes(text)))? else {
                let message = format!("unable to read file list ({})", lossy(text));
                return Err(Error::abort(message));
            };
            let ends = |byte: &u8| match kind {
                Kind::ListFile0 => *byte == 0,
                _ => matches!(byte, b'\n' | b'\r'),
            };
            for line in content.split(ends).filter(|line| !line.is_empty()) {
                add(place, line, default, all, depth + 1)?;
            }
            for listed in &mut all[start..] {
                listed.source = text.to_vec();
            }
            return Ok(());
        }
        Kind::Include => {
            // A file that cannot be read is none, about which Mercurial only tells the user.
            let content = read(&place.root.join(OsStr::from_bytes(text)))?;
            for line in pattern_file(&content.unwrap_or_default()) {
                add(place, &line, default, all, depth + 1)?;
            }
            for included in &mut all[start..] {
                if included.source.is_empty() {
                    included.source = text.to_vec();
                }
            }
            return Ok(());
        }
        Kind::Re | Kind::RelRe | Kind::Set | Kind::SubInclude => text.to_vec(),
    };
    let is_path = !matches!(kind, Kind::Re | Kind::RelRe | Kind::Set | Kind::SubInclude);
    if is_path && (text.contains(&0) || text.starts_with(b"//")) {
        return Err(refused(pattern, "a path that none has"));
    }
    all.push(Pattern {
        kind,
        text,
        source: Vec::new(),
    });
    Ok(())
}

/// Returns what is in a file, `None` if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    if path.as_os_str().as_bytes().contains(&0) {
        return Err(refused(
            path.as_os_str().as_bytes(),
            "a file name with a NUL",
        ));
    }
    match files::read(FileKind::IgnoreFile, path, MAX_BYTES) {
        Ok(content) => Ok(Some(content)),
        Err(vermilion_core::Error::Io { .. }) => Ok(None),
        Err(_) => Err(refused(
            path.as_os_str().as_bytes(),
            "no ordinary file, or a very large one",
        )),
    }
}

/// Returns a path that a user wrote as one from the root.
pub(super) fn canonical(place: Place<'_>, path: &[u8]) -> Result<Vec<u8>> {
    let full = join(place.cwd.as_os_str().as_bytes(), path);
    let inside = BaseDir::root(place.root)?.canonical(&full);
    if let Ok(inside) = inside {
        return Ok(inside);
    }
    let (full, root) = (normpath(&full), place.root.as_os_str().as_bytes());
    let below = full
        .strip_prefix(root)
        .is_some_and(|rest| rest.starts_with(b"/"));
    if below || leads_in(&full, place.root) {
        return Err(refused(path, "a path that needs a closer look"));
    }
    let message = format!("{} not under root '{}'", lossy(path), place.root.display());
    Err(Error::abort(message))
}

/// Returns whether a path that is not below the root by its name leads there all the same.
fn leads_in(path: &[u8], root: &Path) -> bool {
    let id = |path: &Path| {
        let found = fs::metadata(path).ok()?;
        Some(identity(path, &found))
    };
    let root = id(root);
    let mut above = Path::new(OsStr::from_bytes(path)).ancestors();
    root.is_some() && above.any(|above| id(above) == root)
}
