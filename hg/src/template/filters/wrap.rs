// SPDX-License-Identifier: GPL-2.0-or-later

//! Wrapping paragraphs, by the rules of Python's `textwrap`.

use vermilion_core::text::is_space;

use super::odd;
use crate::Result;

/// Returns paragraphs in lines of `width` columns, the first of each behind `initial`, the others
/// behind `hanging`.
pub(in super::super) fn fill(
    text: &[u8],
    width: i64,
    initial: &[u8],
    hanging: &[u8],
) -> Result<Vec<u8>> {
    let (initial, hanging) = (checked(initial)?, checked(hanging)?);
    let text = checked(text)?;
    let mut made = String::new();
    let mut rest = text;
    loop {
        let (paragraph, between, after) = match next_break(rest) {
            Some((start, end)) => (&rest[..start], &rest[start..end], Some(&rest[end..])),
            None => {
                let paragraph = rest.trim_end_matches(is_python_space);
                (paragraph, &rest[paragraph.len()..], None)
            }
        };
        let once = wrapped(paragraph, width, "", "");
        made.push_str(&wrapped(&single_spaces(&once), width, initial, hanging));
        made.push_str(between);
        match after {
            Some(after) => rest = after,
            None => return Ok(made.into_bytes()),
        }
    }
}

/// Returns text whose characters are of a kind that is treated the same everywhere: letters, and
/// punctuation, each in one column.
fn checked(text: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(text).map_err(|_| odd("fill"))?;
    let is_plain = |character: char| matches!(character, ..'\u{300}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}');
    if text.chars().all(is_plain) {
        Ok(text)
    } else {
        Err(odd("fill"))
    }
}

/// Returns where the next paragraph's end is, and where the one behind it begins: two newlines, or
/// one before the sign of an item of a list.
fn next_break(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let past_spaces = |mut at: usize| {
        while bytes.get(at).copied().is_some_and(is_space) {
            at += 1;
        }
        at
    };
    for start in memchr::memchr_iter(b'\n', bytes) {
        if bytes.get(start + 1) == Some(&b'\n') {
            return Some((start, start + 2));
        }
        let sign = past_spaces(start + 1);
        if matches!(bytes.get(sign), Some(b'-' | b'*')) {
            return Some((start, past_spaces(sign + 1)));
        }
    }
    None
}

fn single_spaces(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for character in text.chars() {
        if character != ' ' || !made.ends_with(' ') {
            made.push(character);
        }
    }
    made
}

/// Tells whether Python takes a character for white space.
fn is_python_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// Tells whether a character is white space between words, or becomes a space there.
fn is_break(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ')
}

fn wrapped(text: &str, width: i64, initial: &str, hanging: &str) -> String {
    let most = initial.len().max(hanging.len()) as i64;
    let width = if width <= most {
        78.max(most + 1)
    } else {
        width
    };
    let mut chunks: Vec<String> = chunks(&expanded(text));
    chunks.reverse();
    let mut lines: Vec<String> = Vec::new();
    while !chunks.is_empty() {
        let indent = if lines.is_empty() { initial } else { hanging };
        let room = (width - indent.chars().count() as i64).max(0) as usize;
        let is_blank =
            |chunk: Option<&String>| chunk.is_some_and(|chunk| chunk.chars().all(is_python_space));
        if is_blank(chunks.last()) && !lines.is_empty() {
            chunks.pop();
        }
        let (mut line, mut taken) = (Vec::new(), 0);
        while let Some(chunk) = chunks.last() {
            let len = chunk.chars().count();
            if taken + len > room {
                break;
            }
            taken += len;
            line.extend(chunks.pop());
        }
        if let Some(long) = chunks
            .last_mut()
            .filter(|chunk| chunk.chars().count() > room)
        {
            let left = room.saturating_sub(taken).max(1);
            let cut = long
                .char_indices()
                .nth(left)
                .map_or(long.len(), |(at, _)| at);
            let rest = long.split_off(cut);
            line.push(std::mem::replace(long, rest));
        }
        if is_blank(line.last()) {
            line.pop();
        }
        if !line.is_empty() {
            lines.push([indent, &line.concat()].concat());
        }
    }
    lines.join("\n")
}

/// Returns text with a tabulator as so many spaces as there are to a multiple of eight columns, and
/// other white space as one each.
fn expanded(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut column = 0;
    for character in text.chars() {
        match character {
            '\t' => {
                let spaces = 8 - column % 8;
                made.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            '\n' | '\r' => {
                made.push(' ');
                column = 0;
            }
            _ => {
                made.push(if is_break(character) { ' ' } else { character });
                column += 1;
            }
        }
    }
    made
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Tells whether a character may be before a dash between words.
fn is_word_or_sign(character: char) -> bool {
    is_word(character) || "!\"'&.,?".contains(character)
}

/// Tells whether a character may be beside a hyphen within a word.
fn is_letter(character: char) -> bool {
    is_word(character) && !character.is_ascii_digit()
}

/// Splits text where lines may be broken: at spaces, dashes, and behind hyphens.
fn chunks(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().collect();
    let mut chunks = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = chunk_end(&text, at);
        chunks.push(text[at..end].iter().collect());
        at = end;
    }
    chunks
}

fn chunk_end(text: &[char], start: usize) -> usize {
    let get = |at: usize| text.get(at).copied();
    let is = |at: usize, test: fn(char) -> bool| get(at).is_some_and(test);
    let run_of_hyphens = |from: usize| text[from..].iter().take_while(|&&c| c == '-').count();
    if is(start, |c| c == ' ') {
        return start + text[start..].iter().take_while(|&&c| c == ' ').count();
    }
    let hyphens = run_of_hyphens(start);
    if hyphens >= 2 && start > 0 && is_word_or_sign(text[start - 1]) && is(start + hyphens, is_word)
    {
        return start + hyphens;
    }
    for end in start + 1..=text.len() {
        // A hyphen within a word, which may not be the first character of a chunk.
        let ends_in_hyphen = is(end, |c| c == '-');
        if ends_in_hyphen {
            let letter_before = |back: usize| end >= back && is(end - back, is_letter);
            let two_before = letter_before(1) && letter_before(2);
            let hyphenated = letter_before(3) && get(end - 2) == Some('-') && letter_before(1);
            let after = is(end + 1, is_letter)
                && (is(end + 2, is_letter) || get(end + 2) == Some('-') && is(end + 3, is_letter));
            if (two_before || hyphenated) && after {
                return end + 1;
            }
        }
        if end == text.len() || is(end, |c| c == ' ') {
            return end;
        }
        let dash = run_of_hyphens(end);
        if dash >= 2 && is_word_or_sign(text[end - 1]) && is(end + dash, is_word) {
            return end;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_as_python_has_them() {
        let of = |text: &str| chunks(text).join("|");
        assert_eq!(
            of("Look, goof-ball -- use the -b option!"),
            "Look,| |goof-|ball| |--| |use| |the| |-b| |option!"
        );
        assert_eq!(
            of("this--that three---four"),
            "this|--|that| |three|---|four"
        );
        assert_eq!(
            of("a-b 1-2 e-mail co-op-er"),
            "a-b| |1-2| |e-mail| |co-|op-|er"
        );
    }
}
