// SPDX-License-Identifier: GPL-2.0-or-later

//! What file revisions are besides the file's content.
//!
//! A revision's text is the content, except if there is metadata, or the content
//! itself begins with the marker `\1\n`: then it begins with this marker, lines
//! `key: value`, and the marker again. The keys that Mercurial writes are `copy`
//! and `copyrev`: the file, and its node, that this one was copied from.

pub mod content;
mod file;
mod metadata;

use std::fmt::Display;

use crate::error::FileKind;
use crate::{Error, Result};

pub use file::{Contents, Filelog};
pub use metadata::{CopySource, copy_source};

/// The marker before and after metadata.
pub const MARKER: &[u8; 2] = b"\x01\n";

/// Divides the text of a file revision into metadata, without the markers, and
/// content.
///
/// Takes time linear in the metadata.
///
/// # Errors
/// [`Error::Corrupt`], with `name`, if metadata does not end.
pub fn filelog_text<'a>(raw: &'a [u8], name: &dyn Display) -> Result<(Option<&'a [u8]>, &'a [u8])> {
    let Some(rest) = raw.strip_prefix(MARKER) else {
        return Ok((None, raw));
    };
    match rest.windows(MARKER.len()).position(|two| two == MARKER) {
        Some(end) => Ok((Some(&rest[..end]), &rest[end + MARKER.len()..])),
        None => Err(Error::corrupt(
            FileKind::Revlog,
            name,
            "the metadata of a file does not end",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_without_metadata() {
        for raw in [&b""[..], b"\x01", b"text", b"a\x01\nb\x01\n"] {
            assert_eq!(filelog_text(raw, &"f").unwrap(), (None, raw));
        }
    }

    #[test]
    fn metadata_and_content() {
        let (meta, content) = filelog_text(b"\x01\ncopy: a\n\x01\ntext\x01\n", &"f").unwrap();
        assert_eq!(
            (meta, content),
            (Some(&b"copy: a\n"[..]), &b"text\x01\n"[..])
        );
        let (meta, content) = filelog_text(b"\x01\n\x01\n\x01\n", &"f").unwrap();
        assert_eq!((meta, content), (Some(&b""[..]), &b"\x01\n"[..]));
    }

    #[test]
    fn metadata_without_end() {
        for raw in [&b"\x01\n"[..], b"\x01\n\x01", b"\x01\ncopy: a\n"] {
            assert!(matches!(
                filelog_text(raw, &"f"),
                Err(Error::Corrupt { .. })
            ));
        }
    }
}
