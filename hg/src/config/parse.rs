// SPDX-License-Identifier: GPL-2.0-or-later

//! The lines of a configuration file (`hg help config`, "Syntax").

use vermilion_core::text::{is_space, trim, trim_end};

/// What a configuration file says, piece by piece.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'f> {
    /// `[section]`
    Section(&'f [u8]),
    /// `item = value`
    Item(&'f [u8], &'f [u8]),
    /// A line that continues the item before.
    Continued(&'f [u8]),
    /// `%unset item`
    Unset(&'f [u8]),
    /// `%include file`
    Include(&'f [u8]),
    /// Anything else, which is an error.
    Bad(&'f [u8]),
}

/// Returns what a file says, with the number of each line, from 1.
pub(crate) fn lines(content: &[u8]) -> impl Iterator<Item = (usize, Line<'_>)> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    // Whether the last line was an item or continued one: comments may stand between.
    let mut in_item = false;
    split(content).enumerate().filter_map(move |(index, line)| {
        let said = parse(line, in_item);
        match said {
            None => in_item = in_item && begins(line, is_comment),
            Some(Line::Item(..) | Line::Continued(_)) => in_item = true,
            // What stands behind an included file continues nothing, as what came before it
            // may be another file's.
            Some(_) => in_item = false,
        }
        Some((index + 1, said?))
    })
}

/// Splits at `\n`, `\r` and `\r\n`, as Python splits bytes.
fn split(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = content;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        let width = if rest[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        rest = rest.get(end + width..).unwrap_or_default();
        Some(line)
    })
}

fn begins(line: &[u8], is: impl Fn(u8) -> bool) -> bool {
    line.first().is_some_and(|&byte| is(byte))
}

fn is_comment(byte: u8) -> bool {
    matches!(byte, b';' | b'#')
}

fn parse(line: &[u8], in_item: bool) -> Option<Line<'_>> {
    let content = trim(line);
    if content.is_empty() || begins(line, is_comment) {
        return None;
    }
    if in_item && begins(line, is_space) {
        return Some(Line::Continued(content));
    }
    let after = |word: &[u8]| {
        let rest = line.strip_prefix(word)?;
        let named = trim(rest);
        (begins(rest, is_space) && !named.is_empty()).then_some(named)
    };
    if let Some(name) = after(b"%include") {
        return Some(Line::Include(name));
    }
    if let Some(name) = section(line) {
        return Some(Line::Section(name));
    }
    if let Some((name, value)) = item(line) {
        return Some(Line::Item(name, value));
    }
    if let Some(rest) = after(b"%unset") {
        let end = rest.iter().position(|&byte| is_space(byte));
        return Some(Line::Unset(&rest[..end.unwrap_or(rest.len())]));
    }
    Some(Line::Bad(trim_end(line)))
}

/// Returns what stands between the first bracket and the last one that closes before another opens.
fn section(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"[")?;
    let run = &rest[..memchr::memchr(b'[', rest).unwrap_or(rest.len())];
    let end = memchr::memrchr(b']', run)?;
    (end > 0).then(|| &run[..end])
}

fn item(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = memchr::memchr(b'=', line)?;
    let starts = !begins(line, |byte| is_space(byte) || byte == b'=');
    starts.then(|| (trim_end(&line[..equals]), trim(&line[equals + 1..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(content: &str) -> Vec<(usize, Line<'_>)> {
        lines(content.as_bytes()).collect()
    }

    #[test]
    fn each_kind_of_line() {
        let said =
            all("\u{feff}[a]\r\nb = c d \n  e\n# x\n  f\n\n  g\n%unset b c\n%include  h i\n");
        let wanted = [
            (1, Line::Section(b"a")),
            (2, Line::Item(b"b", b"c d")),
            (3, Line::Continued(b"e")),
            (5, Line::Continued(b"f")),
            (7, Line::Bad(b"  g")),
            (8, Line::Unset(b"b")),
            (9, Line::Include(b"h i")),
        ];
        assert_eq!(said, wanted);
    }

    #[test]
    fn brackets_and_signs() {
        assert_eq!(all("[a]b]c"), [(1, Line::Section(b"a]b"))]);
        assert_eq!(all("[a[b]"), [(1, Line::Bad(b"[a[b]"))]);
        assert_eq!(all("a=b=c"), [(1, Line::Item(b"a", b"b=c"))]);
        assert_eq!(all("a ="), [(1, Line::Item(b"a", b""))]);
        assert_eq!(all("=a"), [(1, Line::Bad(b"=a"))]);
        assert_eq!(all("%include"), [(1, Line::Bad(b"%include"))]);
    }
}
