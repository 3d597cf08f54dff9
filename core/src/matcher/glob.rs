// SPDX-License-Identifier: GPL-2.0-or-later

//! Globs as Python's regular expressions (`match._globre`).
//!
//! They become text, as in Mercurial, and not automata at once: what a glob
//! means is what Python makes of that text, and how long it is matters.

/// Bytes that get a backslash wherever they stand for themselves.
const SPECIAL: &[u8] = b"()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c";

/// Returns a glob's regular expression, for Python's `re`, without what belongs before and after it.
pub fn glob(pattern: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(pattern.len() * 2);
    let mut rest = pattern;
    let mut open = 0;
    // Whether a bracket that closes may follow: where one is missing, all are.
    let mut closing = true;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'*' => {
                let (wildcard, after) = stars(rest);
                made.extend(wildcard);
                rest = after;
            }
            b'?' => made.push(b'.'),
            b'[' => match closing.then(|| set_end(rest)).flatten() {
                Some(end) => {
                    set(&rest[..end], &mut made);
                    rest = &rest[end + 1..];
                }
                None => {
                    closing = false;
                    literal(byte, &mut made);
                }
            },
            b'{' => {
                open += 1;
                made.extend(b"(?:");
            }
            b'}' if open > 0 => {
                open -= 1;
                made.push(b')');
            }
            b',' if open > 0 => made.push(b'|'),
            b'\\' => match rest.split_first() {
                Some((&escaped, after)) => {
                    literal(escaped, &mut made);
                    rest = after;
                }
                None => literal(byte, &mut made),
            },
            _ => literal(byte, &mut made),
        }
    }
    made
}

fn literal(byte: u8, made: &mut Vec<u8>) {
    if SPECIAL.contains(&byte) {
        made.push(b'\\');
    }
    made.push(byte);
}

/// Returns what one star means together with what follows it, and what is left.
fn stars(rest: &[u8]) -> (&'static [u8], &[u8]) {
    match rest {
        [b'*', b'/', after @ ..] => (b"(?:.*/)?", after),
        [b'*', after @ ..] => (b".*", after),
        _ => (b"[^/]*", rest),
    }
}

/// Returns where the bracket of a set closes; one that comes first does not.
fn set_end(rest: &[u8]) -> Option<usize> {
    let skip = usize::from(matches!(rest.first(), Some(b'!' | b']')));
    let end = rest.iter().skip(skip).position(|&byte| byte == b']')?;
    Some(skip + end)
}

fn set(inside: &[u8], made: &mut Vec<u8>) {
    made.push(b'[');
    let inside = match inside.split_first() {
        Some((b'!', rest)) => {
            made.push(b'^');
            rest
        }
        Some((b'^', _)) => {
            made.push(b'\\');
            inside
        }
        _ => inside,
    };
    for &byte in inside {
        if byte == b'\\' {
            made.push(b'\\');
        }
        made.push(byte);
    }
    made.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let cases = [
            ("a.b", r"a\.b"),
            ("*", "[^/]*"),
            ("a***b", "a.*[^/]*b"),
            ("**/a/**/b", "(?:.*/)?a/(?:.*/)?b"),
            ("{a,b{c,d}},e}", r"(?:a|b(?:c|d)),e\}"),
            ("[!a][^a][]a][a", r"[^a][\^a][]a]\[a"),
            (r"[\]a\*\", r"[\\]a\*\\"),
            ("a b~", r"a\ b\~"),
            ("[!]", "[^]"),
            ("[!", r"\[!"),
            ("{a", "(?:a"),
        ];
        for (pattern, expected) in cases {
            let made = glob(pattern.as_bytes());
            assert_eq!(String::from_utf8(made).unwrap(), expected, "{pattern}");
        }
    }
}
