// SPDX-License-Identifier: GPL-2.0-or-later

//! The encoding of what people read (`hg help environment`, HGENCODING).
//!
//! Repositories have UTF-8. Some are older than that rule: text that is not UTF-8 is taken for
//! ISO-8859-1, as Mercurial takes it.

use std::borrow::Cow;

use crate::config::Config;
use crate::{Error, Result};

/// An encoding of a user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// ASCII: other characters are shown as question marks.
    Ascii,
    /// ISO-8859-1: the first 256 characters.
    Latin1,
    /// One that depends on Python, or that is not known here.
    Other,
}

impl Encoding {
    /// Returns the encoding that the environment asks for.
    pub fn of(config: &Config) -> Encoding {
        let environment = config.environment();
        if config.get("ui", "fallbackencoding").is_some() {
            return Encoding::Other;
        }
        if let Some(name) = environment
            .var("HGENCODING")
            .filter(|name| !name.is_empty())
        {
            let name = String::from_utf8_lossy(name)
                .to_ascii_lowercase()
                .replace('_', "-");
            return match name.as_str() {
                "utf-8" | "utf8" => Encoding::Utf8,
                "ascii" | "us-ascii" => Encoding::Ascii,
                "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Encoding::Latin1,
                _ => Encoding::Other,
            };
        }
        let set = ["LC_ALL", "LC_CTYPE", "LANG"];
        let set = set
            .iter()
            .filter_map(|name| environment.var(name))
            .find(|value| !value.is_empty());
        let set = set.unwrap_or_default().to_ascii_lowercase();
        if set.ends_with(b".utf-8") || set.ends_with(b".utf8") {
            Encoding::Utf8
        } else {
            Encoding::Other
        }
    }

    /// Returns text of a repository's as the user reads it.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for text beyond ASCII in an encoding that is not known.
    pub fn show(self, text: &[u8]) -> Result<Cow<'_, [u8]>> {
        if text.is_ascii() {
            return Ok(Cow::Borrowed(text));
        }
        let text = crate::text::shown(text);
        let characters = String::from_utf8_lossy(&text);
        let shown = |character: char, last: u32| {
            if u32::from(character) <= last {
                u32::from(character) as u8
            } else {
                b'?'
            }
        };
        match self {
            Encoding::Utf8 => Ok(text),
            Encoding::Ascii => Ok(characters.chars().map(|c| shown(c, 0x7f)).collect()),
            Encoding::Latin1 => Ok(characters.chars().map(|c| shown(c, 0xff)).collect()),
            Encoding::Other => Err(Error::unsupported("text in another encoding")),
        }
    }

    /// Returns what a user has written, as a repository has it.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for text beyond ASCII that is not UTF-8.
    pub fn read(self, text: &[u8]) -> Result<&[u8]> {
        let is_same =
            text.is_ascii() || self == Encoding::Utf8 && std::str::from_utf8(text).is_ok();
        is_same
            .then_some(text)
            .ok_or_else(|| Error::unsupported("words in another encoding"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown() {
        let show = |encoding: Encoding, text: &[u8]| encoding.show(text).map(Cow::into_owned).ok();
        assert_eq!(show(Encoding::Utf8, "ä€".as_bytes()), Some("ä€".into()));
        assert_eq!(show(Encoding::Utf8, b"\xe4"), Some("ä".into()));
        assert_eq!(
            show(Encoding::Ascii, "ä€x".as_bytes()),
            Some(b"??x".to_vec())
        );
        assert_eq!(
            show(Encoding::Latin1, "ä€".as_bytes()),
            Some(b"\xe4?".to_vec())
        );
        assert_eq!(show(Encoding::Other, "ä".as_bytes()), None);
        assert_eq!(show(Encoding::Other, b"a"), Some(b"a".to_vec()));
    }
}
