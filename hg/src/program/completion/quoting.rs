// SPDX-License-Identifier: GPL-2.0-or-later

//! Words as they are written on a line of bash's.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// Returns a word without its quotes, the last of which may be missing.
pub(super) fn plain(written: &[u8]) -> Vec<u8> {
    let mut word = Vec::with_capacity(written.len());
    let mut quote = None;
    let mut rest = written.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match (byte, quote) {
            (_, Some(open)) if byte == open => quote = None,
            (b'\'' | b'"', None) => quote = Some(byte),
            (b'\\', Some(b'"')) => {
                let is_special = |next: &u8| matches!(next, b'\\' | b'"' | b'$' | b'`');
                word.push(rest.next_if(is_special).unwrap_or(byte));
            }
            (b'\\', None) => word.extend(rest.next()),
            _ => word.push(byte),
        }
    }
    word
}

/// Tells whether the shell makes something else of a word, such as of one with a variable in it.
pub(super) fn is_expanded(written: &[u8]) -> bool {
    let mut quote = None;
    let mut rest = written.iter().copied();
    while let Some(byte) = rest.next() {
        match (byte, quote) {
            (_, Some(open)) if byte == open => quote = None,
            (b'\'' | b'"', None) => quote = Some(byte),
            (b'\\', None | Some(b'"')) => {
                rest.next();
            }
            (b'$' | b'`', None | Some(b'"')) => return true,
            _ => {}
        }
    }
    written.starts_with(b"~")
}

/// Replaces `~/` at the beginning of a word, as shells do.
pub(super) fn expand_home(word: &mut OsString) {
    let Some(rest) = word.as_bytes().strip_prefix(b"~/") else {
        return;
    };
    if let Some(mut home) = std::env::var_os("HOME") {
        home.push("/");
        home.push(OsString::from_vec(rest.to_vec()));
        *word = home;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_go_away() {
        for (written, word) in [
            ("a", "a"),
            (r"a\ b", "a b"),
            (r#""a b"#, "a b"),
            (r#""a \"b\" \c"#, r#"a "b" \c"#),
            (r"'a \b'c", r"a \bc"),
            (r"a\", "a"),
            ("'", ""),
        ] {
            assert_eq!(plain(written.as_bytes()), word.as_bytes(), "{written}");
        }
    }

    #[test]
    fn variables_are_seen() {
        for written in ["$HOME/x", "\"$x", "~/x", "a`b", "~"] {
            assert!(is_expanded(written.as_bytes()), "{written}");
        }
        for written in [r"\$x", "'$x", r#""\$x"#, "a~", "", "'~'"] {
            assert!(!is_expanded(written.as_bytes()), "{written}");
        }
    }
}
