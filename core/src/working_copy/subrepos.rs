// SPDX-License-Identifier: GPL-2.0-or-later

//! What `.hgsub` and `.hgsubstate` say of subrepositories.
//!
//! Follows Mercurial's `subrepoutil.state`, which reads both files before each status, and
//! ends it where they make no sense.

use std::path::Path;

use crate::dirstate::DirstateMap;
use crate::error::FileKind;
use crate::platform::files;
use crate::text::{is_space, trim_start};
use crate::{Error, RepoPath, Result};

/// More than either file has.
const LIMIT: u64 = 16 << 20;

/// Refuses subrepositories that are not Mercurial's: their directories do not look like
/// repositories to the walk, and Mercurial does not look into them.
///
/// # Errors
/// [`Error::Unsupported`] for those; [`Error::Corrupt`] for what Mercurial makes nothing of;
/// [`Error::Io`].
pub(super) fn check(root: &Path, map: &DirstateMap) -> Result<()> {
    let tracked = |name: &str| -> Result<bool> {
        let entry = map.get(RepoPath::new(name))?;
        Ok(entry.is_some_and(|entry| entry.tracked()))
    };
    if !tracked(".hgsub")? {
        return Ok(());
    }
    let path = root.join(".hgsub");
    if let Some(content) = files::tracked_if_there(FileKind::WorkingCopy, &path, LIMIT)? {
        check_sources(&content, &path)?;
    }
    if !tracked(".hgsubstate")? {
        return Ok(());
    }
    let path = root.join(".hgsubstate");
    match files::tracked_if_there(FileKind::WorkingCopy, &path, LIMIT)? {
        Some(content) => check_revisions(&content, &path),
        None => Ok(()),
    }
}

/// A line of a configuration file.
enum Line<'l> {
    Nothing,
    Section(&'l [u8]),
    Item(&'l [u8]),
    /// `%include` and the like.
    Directive,
    Nonsense,
}

/// Checks the lines of `.hgsub`.
fn check_sources(content: &[u8], path: &Path) -> Result<()> {
    let unsupported = |reason| {
        Err(Error::unsupported(
            FileKind::WorkingCopy,
            path.display(),
            reason,
        ))
    };
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut section: &[u8] = b"";
    let mut in_item = false;
    for (number, line) in (1..).zip(lines(content)) {
        let damaged = |what: &str| {
            let reason = format!("line {number}: {what}");
            Err(Error::corrupt(
                FileKind::WorkingCopy,
                path.display(),
                reason,
            ))
        };
        if in_item && (is_comment(line) || is_continuation(line)) {
            continue;
        }
        in_item = false;
        match parsed(line) {
            Line::Nothing => {}
            Line::Section(name) => section = name,
            Line::Item(value) => {
                in_item = true;
                let kind = match value.strip_prefix(b"[").filter(|_| section.is_empty()) {
                    Some(rest) => rest.split(|byte| *byte == b']').next(),
                    None => continue,
                };
                match kind {
                    Some(kind) if kind.len() + 1 == value.len() => {
                        return damaged("the source of a subrepository has a [ without its ]");
                    }
                    Some(b"hg") => {}
                    _ => {
                        return unsupported(
                            "subrepositories of other kinds than Mercurial's are not supported",
                        );
                    }
                }
            }
            Line::Directive => {
                return unsupported("subrepositories that other files name are not supported");
            }
            Line::Nonsense => return damaged("neither a section nor a name with a value"),
        }
    }
    Ok(())
}

/// Checks the lines of `.hgsubstate`: a node, a space and a path.
fn check_revisions(content: &[u8], path: &Path) -> Result<()> {
    for (number, line) in (1..).zip(lines(content)) {
        let line = trim_start(line);
        if !line.is_empty() && !line.contains(&b' ') {
            let reason = format!("line {number} is not a subrepository's revision and path");
            return Err(Error::corrupt(
                FileKind::WorkingCopy,
                path.display(),
                reason,
            ));
        }
    }
    Ok(())
}

/// Returns the lines as `bytes.splitlines` gives them: `\n`, `\r` and `\r\n` end them.
fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = content.split_inclusive(|byte| *byte == b'\n');
    lines.flat_map(|line| {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.split(|byte| *byte == b'\r')
    })
}

fn is_comment(line: &[u8]) -> bool {
    matches!(line.first(), Some(b';' | b'#'))
}

/// Returns whether a line goes on with the value before it: it is indented, and not blank.
fn is_continuation(line: &[u8]) -> bool {
    let rest = trim_start(line);
    !rest.is_empty() && rest.len() < line.len()
}

fn parsed(line: &[u8]) -> Line<'_> {
    if is_comment(line) || trim_start(line).is_empty() {
        return Line::Nothing;
    }
    let directive = |word: &[u8]| {
        let rest = line.strip_prefix(word);
        rest.is_some_and(is_continuation)
    };
    if directive(b"%include") {
        return Line::Directive;
    }
    if let Some(name) = section(line) {
        return Line::Section(name);
    }
    let equals = line.iter().position(|byte| *byte == b'=');
    if let (Some(at @ 1..), false) = (equals, is_space(line[0])) {
        return Line::Item(trim_start(&line[at + 1..]));
    }
    if directive(b"%unset") {
        Line::Directive
    } else {
        Line::Nonsense
    }
}

/// Returns the name between brackets, which has no `[` and is not empty.
fn section(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"[")?;
    let end = rest.iter().position(|byte| *byte == b'[');
    let rest = &rest[..end.unwrap_or(rest.len())];
    // As long a name as possible, which may have a ].
    let end = rest.iter().rposition(|byte| *byte == b']')?;
    Some(&rest[..end]).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(content: &[u8]) -> Result<()> {
        check_sources(content, Path::new("/r/.hgsub"))
    }

    #[test]
    fn subrepositories_of_other_kinds_are_noticed() {
        for content in [
            &b"nested = ../nested"[..],
            b"nested = [hg]https://example.org/a\nother=x",
            b"# [git]\n; x\n\n  \t\n",
            b"[subpaths]\n(.*) = [git]\\1\n",
            b"\xef\xbb\xbfa = b\r\nc = d\re = f",
            b"a = b\n  goes on\n# and\n\ton\n",
            b"a =",
            b"",
        ] {
            assert!(sources(content).is_ok(), "{content:?}");
        }
        for content in [
            &b"nested = [git]https://example.org/a"[..],
            b"a = b\nnested=[svn]x",
            b"%include others",
            b"a = b\n%unset a",
        ] {
            let refused = sources(content);
            assert!(
                matches!(refused, Err(Error::Unsupported { .. })),
                "{content:?}"
            );
        }
    }

    #[test]
    fn damage_is_told_with_its_line() {
        for (content, line) in [
            (&b"nonsense"[..], 1),
            (b"a = b\n\n  indented", 3),
            (b"=b", 1),
            (b"a = b\r[]", 2),
            (b"a = [hg", 1),
            (b"%include", 1),
            (b"\n\0", 2),
        ] {
            match sources(content) {
                Err(Error::Corrupt { name, reason, .. }) => {
                    assert_eq!(name, "/r/.hgsub");
                    assert!(reason.starts_with(&format!("line {line}: ")), "{reason}");
                }
                other => panic!("{content:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn revisions_of_subrepositories() {
        let revisions = |content: &[u8]| check_revisions(content, Path::new("/r/.hgsubstate"));
        for content in [&b""[..], b"\n \n\x0b\n", b"00 sub\r\n  11 a b\r22 c", b"x "] {
            assert!(revisions(content).is_ok(), "{content:?}");
        }
        for (content, line) in [(&b"x"[..], 1), (b"00 a\n\nb\n", 3), (b"00 a\r b", 2)] {
            match revisions(content) {
                Err(Error::Corrupt { reason, .. }) => {
                    assert!(reason.contains(&format!("line {line} ")), "{reason}");
                }
                other => panic!("{content:?}: {other:?}"),
            }
        }
    }
}
