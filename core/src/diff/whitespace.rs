// SPDX-License-Identifier: GPL-2.0-or-later

//! Texts without the whitespace that a diff is told to ignore.

use std::borrow::Cow;

/// Changes in whitespace that a diff does not show: the options `-w`, `-b`, `-B` and `-Z` of
/// `hg diff`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Whitespace {
    /// All whitespace within lines is ignored.
    pub all: bool,
    /// The amount of whitespace is ignored.
    pub amount: bool,
    /// Lines that are blank are ignored.
    pub blank_lines: bool,
    /// Whitespace at the ends of lines is ignored.
    pub at_end: bool,
}

impl Whitespace {
    /// Returns a text whose lines are equal where only ignored whitespace differs; blank lines
    /// stay.
    pub fn clean<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        self.clean_as(text, false)
    }

    /// Returns the same without blank lines, if these are ignored.
    pub fn clean_with_blank_lines<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        self.clean_as(text, self.blank_lines)
    }

    fn clean_as<'t>(&self, text: &'t [u8], blank_lines: bool) -> Cow<'t, [u8]> {
        let mut text = Cow::Borrowed(text);
        if self.all {
            text.to_mut()
                .retain(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        } else if self.amount {
            text = with_single_spaces(&text).into();
        }
        if blank_lines {
            text = without_blank_lines(&text).into();
        }
        if self.at_end {
            text = without_ends(&text).into();
        }
        text
    }
}

/// Makes one space of each run of whitespace, and none at the end of a line.
fn with_single_spaces(text: &[u8]) -> Vec<u8> {
    let mut cleaned = Vec::with_capacity(text.len());
    for &byte in text {
        match (byte, cleaned.last_mut()) {
            (b' ' | b'\t' | b'\r', Some(b' ')) => {}
            (b' ' | b'\t' | b'\r', _) => cleaned.push(b' '),
            (b'\n', Some(space @ b' ')) => *space = b'\n',
            _ => cleaned.push(byte),
        }
    }
    cleaned
}

fn without_blank_lines(text: &[u8]) -> Vec<u8> {
    let lines = text.split(|&byte| byte == b'\n');
    let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(&b'\n')
}

/// Removes whitespace before newlines, of which a text's end is none.
fn without_ends(text: &[u8]) -> Vec<u8> {
    let mut cleaned = Vec::with_capacity(text.len());
    for &byte in text {
        if byte == b'\n' {
            while let Some(b' ' | b'\t' | b'\r' | b'\x0c') = cleaned.last() {
                cleaned.pop();
            }
        }
        cleaned.push(byte);
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(whitespace: Whitespace, text: &str) -> String {
        let text = whitespace
            .clean_with_blank_lines(text.as_bytes())
            .into_owned();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn each_option() {
        let text = " a \t b\t\n\n\nc\r\n \nd ";
        let of = |all, amount, blank_lines, at_end| Whitespace {
            all,
            amount,
            blank_lines,
            at_end,
        };
        assert_eq!(cleaned(of(false, false, false, false), text), text);
        assert_eq!(
            cleaned(of(true, true, false, false), text),
            "ab\n\n\nc\n\nd"
        );
        assert_eq!(
            cleaned(of(false, true, false, false), text),
            " a b\n\n\nc\n\nd "
        );
        assert_eq!(cleaned(of(true, false, true, false), text), "ab\nc\nd");
        assert_eq!(
            cleaned(of(false, false, false, true), text),
            " a \t b\n\n\nc\n\nd "
        );
        assert_eq!(
            cleaned(of(false, false, true, false), text),
            " a \t b\t\nc\r\n \nd "
        );
    }
}
