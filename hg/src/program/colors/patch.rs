// SPDX-License-Identifier: GPL-2.0-or-later

//! Patches and tables of changed lines, of which each line says what it is.

use std::borrow::Cow;

use vermilion_core::diff::{Algorithm, Kind, Lines, Whitespace, typed_blocks};
use vermilion_core::text::trim_end;

use super::Colors;

/// The label of white space at ends of lines.
const AT_END: &str = "diff.trailingwhitespace";

impl Colors {
    /// Returns the text of a patch, of whose lines the kinds are labelled.
    pub fn patch<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        if self.is_none() {
            return Cow::Borrowed(text);
        }
        let mut shown = Vec::with_capacity(text.len() + text.len() / 4);
        let mut is_head = false;
        let mut changed: Vec<&[u8]> = Vec::new();
        for whole in text.split_inclusive(|&byte| byte == b'\n') {
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            match line.first() {
                Some(b'@') => is_head = false,
                Some(b' ' | b'+' | b'-' | b'\\') | None => {}
                Some(_) => is_head = true,
            }
            if !is_head && matches!(line.first(), Some(b'+' | b'-')) {
                changed.push(whole);
                continue;
            }
            self.changed(&changed, &mut shown);
            changed.clear();
            let stripped = trim_end(line);
            match label_of_line(stripped, is_head) {
                Some(label) => {
                    shown.extend_from_slice(&self.label(stripped, label));
                    let rest = &line[stripped.len()..];
                    shown.extend_from_slice(&self.label(rest, AT_END));
                }
                None => shown.extend_from_slice(line),
            }
            shown.extend_from_slice(&whole[line.len()..]);
        }
        self.changed(&changed, &mut shown);
        Cow::Owned(shown)
    }

    /// Appends lines that a patch adds or removes, without others between them.
    fn changed(&self, lines: &[&[u8]], shown: &mut Vec<u8>) {
        let of = |sign: u8| {
            let lines = lines.iter().filter(move |line| line[0] == sign);
            lines.flat_map(|line| &line[1..]).copied()
        };
        if self.by_words {
            let (old, new): (Vec<u8>, Vec<u8>) = (of(b'-').collect(), of(b'+').collect());
            if !old.is_empty() && !new.is_empty() {
                let [old, new] = differing(&old, &new);
                self.words(b"-", "diff.deleted", &old, shown);
                self.words(b"+", "diff.inserted", &new, shown);
                return;
            }
        }
        for whole in lines {
            let label = if whole[0] == b'+' {
                "diff.inserted"
            } else {
                "diff.deleted"
            };
            let end = whole.iter().rposition(|byte| !b"\r\n".contains(byte));
            let line = &whole[..end.map_or(0, |last| last + 1)];
            let stripped = trim_end(line);
            self.with_tabs(stripped, label, shown);
            shown.extend_from_slice(&self.label(&line[stripped.len()..], AT_END));
            shown.extend_from_slice(&whole[line.len()..]);
        }
    }

    /// Appends lines of which each part says whether the others have it, too.
    fn words(&self, sign: &[u8], label: &str, parts: &[(bool, Vec<u8>)], shown: &mut Vec<u8>) {
        let mut is_begin = true;
        for (is_changed, part) in parts {
            if is_begin {
                shown.extend_from_slice(&self.label(sign, label));
            }
            let line = part.strip_suffix(b"\n");
            is_begin = line.is_some();
            let line = line.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
            let text = line.map_or(&part[..], trim_end);
            let change = if *is_changed { "changed" } else { "unchanged" };
            self.with_tabs(text, &format!("{label}.{change}"), shown);
            if let Some(line) = line {
                shown.extend_from_slice(&self.label(&line[text.len()..], AT_END));
                shown.extend_from_slice(&part[line.len()..]);
            }
        }
    }

    /// Appends a text whose tabs have a label of their own.
    fn with_tabs(&self, text: &[u8], label: &str, shown: &mut Vec<u8>) {
        for run in text.chunk_by(|a, b| (*a == b'\t') == (*b == b'\t')) {
            let label = if run[0] == b'\t' { "diff.tab" } else { label };
            shown.extend_from_slice(&self.label(run, label));
        }
    }

    /// Returns the text of a table of changed lines, whose bars are labelled.
    pub fn stat<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        if self.is_none() {
            return Cow::Borrowed(text);
        }
        let mut shown = Vec::with_capacity(2 * text.len());
        for whole in text.split_inclusive(|&byte| byte == b'\n') {
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            let bars = memchr::memrchr(b' ', line).map_or(0, |space| space + 1);
            if !matches!(line.last(), Some(b'+' | b'-')) || bars == 0 {
                shown.extend_from_slice(whole);
                continue;
            }
            let (name, bars) = line.split_at(bars);
            shown.extend_from_slice(name);
            let added = bars.iter().take_while(|&&byte| byte == b'+').count();
            let (added, removed) = bars.split_at(added);
            shown.extend_from_slice(&self.label(added, "diffstat.inserted"));
            shown.extend_from_slice(&self.label(removed, "diffstat.deleted"));
            shown.extend_from_slice(&whole[line.len()..]);
        }
        Cow::Owned(shown)
    }
}

/// Returns the label of a line of a patch that is neither added nor removed.
fn label_of_line(line: &[u8], is_head: bool) -> Option<&'static str> {
    const HEAD: [(&str, &str); 10] = [
        ("diff", "diff.diffline"),
        ("copy", "diff.extended"),
        ("rename", "diff.extended"),
        ("old", "diff.extended"),
        ("new", "diff.extended"),
        ("deleted", "diff.extended"),
        ("index", "diff.extended"),
        ("similarity", "diff.extended"),
        ("---", "diff.file_a"),
        ("+++", "diff.file_b"),
    ];
    if !is_head {
        return line.starts_with(b"@").then_some("diff.hunk");
    }
    let begins = |(beginning, _): &&(&str, &str)| line.starts_with(beginning.as_bytes());
    HEAD.iter().find(begins).map(|&(_, label)| label)
}

/// Returns the parts of two texts, and whether the other one lacks them; none is longer than a line.
fn differing(old: &[u8], new: &[u8]) -> [Vec<(bool, Vec<u8>)>; 2] {
    // Lines are compared, so that each word becomes one.
    let lines_of = |words: &[&[u8]]| {
        let mut lines = Vec::new();
        for word in words {
            lines.extend_from_slice(word);
            if *word != b"\n" {
                lines.push(b'\n');
            }
        }
        lines
    };
    let words = [words(old), words(new)];
    let [old, new] = [lines_of(&words[0]), lines_of(&words[1])];
    let (old_lines, new_lines) = (Lines::new(&old), Lines::new(&new));
    let (whitespace, algorithm) = (Whitespace::default(), Algorithm::Bdiff);
    let blocks = typed_blocks(&old_lines, &new_lines, &whitespace, algorithm);
    let mut parts = [Vec::new(), Vec::new()];
    for (block, kind) in blocks {
        let is_changed = kind != Kind::Equal;
        let ranges = [block.a1..block.a2, block.b1..block.b2];
        for (side, range) in ranges.into_iter().enumerate() {
            let text = words[side][range].concat();
            let lines = text.split_inclusive(|&byte| byte == b'\n');
            parts[side].extend(lines.map(|line| (is_changed, line.to_vec())));
        }
    }
    parts
}

/// Splits a text into words, runs of spaces or tabs, and single characters.
fn words(text: &[u8]) -> Vec<&[u8]> {
    let kind = |byte: u8| match byte {
        b'\t' => 0,
        b' ' => 1,
        b'_' | 0x80.. => 2,
        _ if byte.is_ascii_alphanumeric() => 2,
        _ => 3,
    };
    text.chunk_by(|&a, &b| kind(a) == kind(b) && kind(a) != 3)
        .collect()
}
