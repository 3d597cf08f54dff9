// SPDX-License-Identifier: GPL-2.0-or-later

//! Which names are similar to one that is not known: Python's `difflib.SequenceMatcher`.

use std::collections::HashMap;

/// How similar a name is that is worth to be named.
const SIMILAR: f64 = 0.6;
/// Longer names than any that there is.
const LONGEST: usize = 100;

/// Returns what is to be advised where a name is not known.
pub(super) fn advice(name: &[u8], known: &[&str]) -> Option<String> {
    if name.len() > LONGEST {
        return None;
    }
    let similar = known.iter().copied();
    let mut similar: Vec<&str> = similar
        .filter(|other| ratio(name, other.as_bytes()) > SIMILAR)
        .collect();
    similar.sort_unstable();
    match similar[..] {
        [] => None,
        [one] => Some(format!("did you mean {one}?")),
        _ => Some(format!("did you mean one of {}?", similar.join(", "))),
    }
}

/// Returns how much of two texts is in blocks that they have in common, in the same order.
fn ratio(a: &[u8], b: &[u8]) -> f64 {
    let mut places: HashMap<u8, Vec<usize>> = HashMap::new();
    for (at, &byte) in b.iter().enumerate() {
        places.entry(byte).or_default().push(at);
    }
    let mut pending = vec![(0, a.len(), 0, b.len())];
    let mut common = 0;
    while let Some((a_start, a_end, b_start, b_end)) = pending.pop() {
        let (at_a, at_b, len) = longest(a, &places, [a_start, a_end, b_start, b_end]);
        if len > 0 {
            common += len;
            pending.push((a_start, at_a, b_start, at_b));
            pending.push((at_a + len, a_end, at_b + len, b_end));
        }
    }
    let total = a.len() + b.len();
    if total == 0 {
        1.0
    } else {
        2.0 * common as f64 / total as f64
    }
}

/// Returns the first of the longest blocks in parts of both texts.
fn longest(a: &[u8], places: &HashMap<u8, Vec<usize>>, part: [usize; 4]) -> (usize, usize, usize) {
    let [a_start, a_end, b_start, b_end] = part;
    let mut best = (a_start, b_start, 0);
    let mut lengths: HashMap<usize, usize> = HashMap::new();
    for (at_a, byte) in a.iter().enumerate().take(a_end).skip(a_start) {
        let mut next = HashMap::new();
        for &at_b in places.get(byte).into_iter().flatten() {
            if at_b < b_start || at_b >= b_end {
                continue;
            }
            let before = at_b.checked_sub(1).and_then(|b| lengths.get(&b));
            let len = before.copied().unwrap_or(0) + 1;
            next.insert(at_b, len);
            if len > best.2 {
                best = (at_a + 1 - len, at_b + 1 - len, len);
            }
        }
        lengths = next;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_tells() {
        assert!((ratio(b"abcd", b"bcde") - 0.75).abs() < 1e-9);
        assert!((ratio(b"qabxcd", b"abycdf") - 2.0 / 3.0).abs() < 1e-9);
        let known = ["bookmark", "branch", "branchpoint", "user"];
        assert_eq!(advice(b"brunch", &known).unwrap(), "did you mean branch?");
        assert_eq!(advice(b"xyz", &known), None);
    }
}
