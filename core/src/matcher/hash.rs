// SPDX-License-Identifier: GPL-2.0-or-later

//! The hash of ignore patterns in `dirstate-v2`.
//!
//! For each of the root files, sorted by name, the name relative to the root,
//! a space, the SHA-1 of the contents and a line end go into one SHA-1, and
//! each file that it includes follows it in the same way, where it is included
//! (`mercurial/helptext/internals/dirstate-v2.txt`, but hashed file by file,
//! as the implementation does it). Which line includes a file is read here as
//! Mercurial's Rust code reads it, which is not always how its Python code
//! does.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

use super::file::without_comment;
use super::paths::normpath;
use super::source::Sources;
use crate::error::FileKind;
use crate::platform::ext::OsStrExt as _;
use crate::{Error, Result};

/// The hash of no files: SHA-1 of nothing.
pub(super) const EMPTY: [u8; 20] = [
    0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60, 0x18, 0x90,
    0xaf, 0xd8, 0x07, 0x09,
];

/// Deeper than this no file is followed.
const MAX_DEPTH: usize = 80;

/// The prefixes and names of syntaxes that Mercurial's Rust code knows beside
/// the two that matter here.
const OTHERS: [&[u8]; 10] = [
    b"re",
    b"regexp",
    b"path",
    b"filepath",
    b"relpath",
    b"rootfilesin",
    b"relglob",
    b"relre",
    b"glob",
    b"rootglob",
];

/// Returns the hash for these root files.
pub(super) fn hash(sources: &mut Sources<'_>, root: &Path, files: &[PathBuf]) -> Result<[u8; 20]> {
    let mut files: Vec<&PathBuf> = files.iter().collect();
    files.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    let mut hasher = Hasher {
        sources,
        root,
        sha: Sha1::new(),
    };
    for file in files {
        hasher.file(root, file, 0)?;
    }
    Ok(hasher.sha.finalize().into())
}

struct Hasher<'a, 'i> {
    sources: &'a mut Sources<'i>,
    root: &'a Path,
    sha: Sha1,
}

/// The meaning of a pattern file's line for the hash.
#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    Include,
    SubInclude,
    Nothing,
}

impl Hasher<'_, '_> {
    /// Adds `path` and what it includes; `root` is what inclusions in it are
    /// relative to. A file that cannot be read adds nothing.
    fn file(&mut self, root: &Path, path: &Path, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            let reason = "pattern files include each other too deeply";
            return Err(Error::unsupported(
                FileKind::IgnoreFile,
                path.display(),
                reason,
            ));
        }
        let Ok(contents) = self.sources.read(path.as_os_str().as_bytes())? else {
            return Ok(());
        };
        let name = path.strip_prefix(self.root).unwrap_or(path);
        self.sha.update(name.as_os_str().as_bytes());
        self.sha.update(b" ");
        self.sha.update(Sha1::digest(&contents));
        self.sha.update(b"\n");
        let mut syntax = Meaning::Nothing;
        for line in contents.split(|&byte| byte == b'\n') {
            self.sources.go_on()?;
            let (meaning, named) = line_meaning(line, &mut syntax);
            let named = Path::new(OsStr::from_bytes(&named));
            match meaning {
                Meaning::Include => self.file(root, &root.join(named), depth + 1)?,
                Meaning::SubInclude => {
                    let source = normpath(path.as_os_str().as_bytes());
                    let source = Path::new(OsStr::from_bytes(&source));
                    let file = source.parent().unwrap_or(source).join(named);
                    let below = file.parent().unwrap_or(&file);
                    self.file(below, &file, depth + 1)?;
                }
                Meaning::Nothing => {}
            }
        }
        Ok(())
    }
}

/// Returns which file a line includes, if any; remembers what `syntax:` says.
fn line_meaning(line: &[u8], syntax: &mut Meaning) -> (Meaning, Vec<u8>) {
    let line = without_comment(line);
    let line = match line.iter().rposition(|byte| !byte.is_ascii_whitespace()) {
        Some(last) => &line[..=last],
        None => return (Meaning::Nothing, Vec::new()),
    };
    if let Some(name) = line.strip_prefix(b"syntax:") {
        *syntax = match name.trim_ascii() {
            b"include" => Meaning::Include,
            b"subinclude" => Meaning::SubInclude,
            name if OTHERS.contains(&name) => Meaning::Nothing,
            _ => *syntax,
        };
        return (Meaning::Nothing, Vec::new());
    }
    let prefixed = |name: &[u8]| line.strip_prefix(name)?.strip_prefix(b":");
    let (meaning, named) = match (prefixed(b"include"), prefixed(b"subinclude")) {
        (Some(named), _) => (Meaning::Include, named),
        (_, Some(named)) => (Meaning::SubInclude, named),
        _ if OTHERS.iter().any(|name| prefixed(name).is_some()) => (Meaning::Nothing, line),
        _ => (*syntax, line),
    };
    (meaning, named.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_include() {
        let mut syntax = Meaning::Nothing;
        let mut check = |line: &[u8], meaning, named: &[u8]| {
            let found = line_meaning(line, &mut syntax);
            assert!(found.0 == meaning, "{line:?}");
            if meaning != Meaning::Nothing {
                assert_eq!(found.1, named);
            }
        };
        check(b"include:a # b", Meaning::Include, b"a");
        check(b"subinclude: a", Meaning::SubInclude, b" a");
        check(b"includes", Meaning::Nothing, b"");
        check(b"syntax: include", Meaning::Nothing, b"");
        check(b"a", Meaning::Include, b"a");
        check(b"path:a", Meaning::Nothing, b"");
        check(b"syntax: what", Meaning::Nothing, b"");
        check(b"a", Meaning::Include, b"a");
        check(b"syntax: relglob", Meaning::Nothing, b"");
        check(b"a", Meaning::Nothing, b"");
    }

    #[test]
    fn of_nothing() {
        assert_eq!(EMPTY, <[u8; 20]>::from(Sha1::digest(b"")));
    }
}
