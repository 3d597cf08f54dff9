// SPDX-License-Identifier: GPL-2.0-or-later

//! What values mean (`hg help config`: booleans, numbers, lists).

use vermilion_core::text::is_space;

/// Returns what a word says where `yes` or `no` is wanted.
pub fn parse_bool(value: &[u8]) -> Option<bool> {
    match value.to_ascii_lowercase().as_slice() {
        b"1" | b"yes" | b"true" | b"on" | b"always" => Some(true),
        b"0" | b"no" | b"false" | b"off" | b"never" => Some(false),
        _ => None,
    }
}

/// Returns the members of a list, which commas or white space separate, and quotes hold together.
pub fn parse_list(value: &[u8]) -> Vec<Vec<u8>> {
    let start = value.iter().position(|byte| !b" ,\n".contains(byte));
    list(&value[start.unwrap_or(value.len())..])
}

fn list(value: &[u8]) -> Vec<Vec<u8>> {
    let end = value.iter().rposition(|byte| !b" ,".contains(byte));
    let value = &value[..end.map_or(0, |last| last + 1)];
    if value.is_empty() {
        return Vec::new();
    }
    let mut parts = vec![Vec::new()];
    let mut at = 0;
    while at < value.len() {
        let gap = value[at..]
            .iter()
            .take_while(|&&byte| is_space(byte) || byte == b',')
            .count();
        at += gap;
        let Some(&byte) = value.get(at) else { break };
        if gap > 0 {
            parts.push(Vec::new());
        }
        at += 1;
        let last = parts.last_mut().expect("never empty");
        if byte != b'"' {
            last.push(byte);
        } else if last.is_empty() {
            match quoted(value, at, &mut parts) {
                Some(next) => at = next,
                None => break,
            }
        } else if last.last() == Some(&b'\\') {
            *last.last_mut().expect("never empty") = b'"';
        } else {
            last.push(byte);
        }
    }
    parts
}

/// Reads a quoted member from behind its first quote; returns where to go on, `None` at the end.
fn quoted(value: &[u8], mut at: usize, parts: &mut Vec<Vec<u8>>) -> Option<usize> {
    if value.get(at) == Some(&b'"') {
        parts.push(Vec::new());
        at += 1;
        at += value[at..]
            .iter()
            .take_while(|&&byte| is_space(byte) || byte == b',')
            .count();
        return Some(at);
    }
    let mut text = Vec::new();
    while at < value.len() && value[at] != b'"' {
        if value[at..].starts_with(b"\\\"") {
            at += 1;
        }
        text.push(value[at]);
        at += 1;
    }
    if at >= value.len() {
        // The quote was never closed: it is a quote, and the rest a list.
        parts.pop();
        let mut rest = list(&text);
        match rest.first_mut() {
            Some(first) => first.insert(0, b'"'),
            None => rest.push(vec![b'"']),
        }
        parts.append(&mut rest);
        return None;
    }
    parts.last_mut().expect("never empty").append(&mut text);
    at += 1;
    at += value[at..]
        .iter()
        .take_while(|&&byte| byte == b' ' || byte == b',')
        .count();
    if at >= value.len() {
        return None;
    }
    if &value[at..] == b"\"" {
        parts.last_mut().expect("never empty").push(b'"');
        return None;
    }
    parts.push(Vec::new());
    Some(at)
}

/// Returns a number of bytes, which may have a unit: `k`, `kb`, `m`, `mb`, `g`, `gb`, `b`.
pub fn parse_size(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim().to_ascii_lowercase();
    let units = [
        ("kb", 10),
        ("mb", 20),
        ("gb", 30),
        ("k", 10),
        ("m", 20),
        ("g", 30),
        ("b", 0),
    ];
    let (number, shift) = units
        .iter()
        .find_map(|&(unit, shift)| Some((text.strip_suffix(unit)?, shift)))
        .unwrap_or((&text, 0));
    let number: f64 = number.trim().parse().ok()?;
    // As Python's int() of a float: cut off.
    (number >= 0.0 && number.is_finite()).then(|| (number * f64::from(1_u32 << shift)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(value: &str) -> Vec<String> {
        let members = parse_list(value.as_bytes());
        members
            .into_iter()
            .map(|m| String::from_utf8(m).expect("text"))
            .collect()
    }

    // What Mercurial's own parser says of the same.
    #[test]
    fn lists() {
        assert_eq!(
            parsed(r#"this,is "a small" ,test"#),
            ["this", "is", "a small", "test"]
        );
        assert_eq!(parsed(r#""in, a",value"#), ["in, a", "value"]);
        assert_eq!(parsed(r#""""#), ["", ""]);
        assert_eq!(parsed(r#" a "b c"#), ["a", "\"b", "c"]);
        assert_eq!(parsed(r#"a\"b "c\"d""#), ["a\"b", "c\"d"]);
        assert_eq!(parsed(", ,"), [""; 0]);
    }

    #[test]
    fn sizes() {
        assert_eq!(parse_size(b"1.5 kB"), Some(1536));
        assert_eq!(parse_size(b"2m"), Some(2 << 20));
        assert_eq!(parse_size(b"x"), None);
    }
}
