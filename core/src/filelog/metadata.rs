// SPDX-License-Identifier: GPL-2.0-or-later

//! What the metadata of a file's revision says.

use std::fmt::Display;

use crate::error::FileKind;
use crate::text::lines;
use crate::{Error, Node, RepoPathBuf, Result};

/// What a file was copied from, or moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySource {
    /// The path that the other file had.
    pub path: RepoPathBuf,
    /// Its revision.
    pub node: Node,
}

/// Returns what a file was copied from by its metadata, which is without the markers; `None` if
/// it does not say that. `name` is for messages.
///
/// The lines are `key: value`, as Mercurial's `parsemeta` reads them; if a key comes twice, the
/// last counts. Takes time linear in their length.
///
/// # Errors
/// [`Error::Corrupt`] for a line that is none, and for a source whose node is none.
pub fn copy_source(metadata: &[u8], name: &dyn Display) -> Result<Option<CopySource>> {
    let corrupt = |what: &[u8], why: &str| {
        let what = String::from_utf8_lossy(what);
        Error::corrupt(
            FileKind::Revlog,
            name,
            format!("{what:?} in its metadata {why}"),
        )
    };
    let (mut path, mut node) = (None, None);
    for line in lines(metadata) {
        let colon = line.windows(2).position(|two| two == b": ");
        let colon = colon.ok_or_else(|| corrupt(line, "is not a line"))?;
        let value = &line[colon + 2..];
        match &line[..colon] {
            b"copy" => path = Some(value),
            b"copyrev" => node = Some(value),
            _ => {}
        }
    }
    // Mercurial takes one without the other for none, as old faults have left such.
    let (Some(path), Some(node)) = (path, node) else {
        return Ok(None);
    };
    Ok(Some(CopySource {
        path: path.to_vec().into(),
        node: Node::from_hex(node).ok_or_else(|| corrupt(node, "is not a node"))?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: &str = "00112233445566778899aabbccddeeff00112233";

    fn source(metadata: &str) -> Result<Option<(String, String)>> {
        let source = copy_source(metadata.as_bytes(), &"f")?;
        Ok(source.map(|source| (source.path.to_string(), source.node.to_string())))
    }

    #[test]
    fn sources() {
        let expected = Some(("a: b".to_owned(), NODE.to_owned()));
        for metadata in [
            format!("copy: a: b\ncopyrev: {NODE}\n"),
            format!("copyrev: {NODE}\r\ncopy: c\rx: \ncopy: a: b"),
        ] {
            assert_eq!(source(&metadata).unwrap(), expected);
        }
        for metadata in ["", "copy: a\n", &format!("copyrev: {NODE}\n"), "x: y\n"] {
            assert_eq!(source(metadata).unwrap(), None);
        }
    }

    #[test]
    fn lines_that_are_none() {
        for metadata in ["x\n", "\n", "copy: a\ncopyrev: 12\n", "copy:a\n"] {
            let error = source(metadata).unwrap_err();
            assert!(error.to_string().starts_with("f: "), "{error}");
        }
    }
}
