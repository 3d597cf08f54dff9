// SPDX-License-Identifier: GPL-2.0-or-later

//! Beginnings of nodes.
//!
//! As in Mercurial, hidden changesets are looked at as well: what is ambiguous with them is
//! ambiguous. The null node is one of the nodes, and what may be the beginning of the node that
//! stands for the working copy, of `f` alone, is not the beginning of another one.

use super::{Found, Refs};
use crate::text::integer;
use crate::{Error, Node, Result, Rev};

/// What the beginning of a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// One revision.
    One(Rev),
    /// The working copy.
    WorkingCopy,
    /// Several nodes.
    Many,
    /// None.
    None,
}

/// Returns a digit of a node, from 0 on.
fn digit(node: &Node, at: usize) -> u8 {
    let byte = node.as_bytes()[at / 2];
    byte >> (4 - at % 2 * 4) & 15
}

/// Returns how many digits two nodes have in common at their beginning.
fn common(a: &Node, b: &Node) -> usize {
    let digits = 0..Node::HEX_LEN;
    digits
        .take_while(|&at| digit(a, at) == digit(b, at))
        .count()
}

impl Refs {
    /// Returns what hexadecimal digits are the beginning of. Takes time in proportion to the
    /// revisions that there are for each value of as many digits.
    pub(super) fn prefix(&self, prefix: &[u8]) -> Result<Match> {
        let digits = prefix.iter().map(|&byte| char::from(byte).to_digit(16));
        let Some(digits) = digits
            .map(|d| d.map(|d| d as u8))
            .collect::<Option<Vec<u8>>>()
        else {
            return Ok(Match::None);
        };
        if digits.len() > Node::HEX_LEN {
            return Ok(Match::None);
        }
        let begins = |node: &Node| (0..digits.len()).all(|at| digit(node, at) == digits[at]);
        let mut found = begins(&Node::NULL).then_some(Rev::NULL);
        for &rev in self.changelog.nodes()?.candidates(digits.iter().copied()) {
            if begins(&self.changelog.node(rev)?) {
                if found.is_some() {
                    return Ok(Match::Many);
                }
                found = Some(rev);
            }
        }
        // Lower case only, as Mercurial writes that node.
        let working_copy = prefix.iter().all(|&byte| byte == b'f');
        Ok(match (found, working_copy) {
            (None, false) => Match::None,
            (None, true) => Match::WorkingCopy,
            (Some(rev), false) => Match::One(rev),
            (Some(_), true) => Match::Many,
        })
    }

    /// Returns what the beginning of a node stands for, which may be behind an `x`, whether that is
    /// hidden or not; nothing if that is none or several.
    ///
    /// # Errors
    /// Those of [`Changelog::node`](crate::changelog::Changelog::node).
    pub fn by_prefix(&self, prefix: &[u8]) -> Result<Option<Found>> {
        let found = self.prefix(prefix.strip_prefix(b"x").unwrap_or(prefix))?;
        Ok(match found {
            Match::One(rev) => Some(Found::Rev(rev)),
            Match::WorkingCopy => Some(Found::WorkingCopy),
            Match::Many | Match::None => None,
        })
    }

    /// Returns the shortest beginning of a revision's node that stands for it and nothing else,
    /// and is not a revision's number either, with at least `min_len` digits.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]; those of [`Changelog::node`](crate::changelog::Changelog::node).
    pub fn shortest(&self, rev: Rev, min_len: usize) -> Result<String> {
        let node = self.changelog.node(rev)?;
        let hex = node.to_string();
        let mut len = (self.longest_common(rev, &node)? + 1).max(min_len).max(1);
        while len < hex.len() {
            let prefix = &hex[..len];
            let working_copy = prefix.bytes().all(|byte| byte == b'f');
            if !working_copy && !self.may_be_number(prefix.as_bytes()) {
                return Ok(prefix.to_owned());
            }
            len += 1;
        }
        Ok(hex)
    }

    /// Returns how many digits a node has in common with the one that has most.
    fn longest_common(&self, rev: Rev, node: &Node) -> Result<usize> {
        let mut longest = if rev.is_null() {
            0
        } else {
            common(node, &Node::NULL)
        };
        // Where no other begins with so many digits, fewer are enough to find the longest.
        for len in (0..=8).rev() {
            let digits = (0..len).map(|at| digit(node, at));
            for &other in self.changelog.nodes()?.candidates(digits) {
                if other != rev {
                    longest = longest.max(common(node, &self.changelog.node(other)?));
                }
            }
            if longest >= len {
                break;
            }
        }
        Ok(longest)
    }

    /// Returns whether digits may be meant for a revision's number.
    fn may_be_number(&self, digits: &[u8]) -> bool {
        let leading_zero = digits.first() == Some(&b'0') && digits != b"0";
        !leading_zero && integer(digits).is_some_and(|n| n < self.changelog.len() as i64)
    }

    /// Returns the error for a symbol that stands for several nodes.
    pub(super) fn ambiguous(symbol: &[u8]) -> Error {
        Error::AmbiguousRevision {
            symbol: String::from_utf8_lossy(symbol).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits() {
        let node = |text: &str| Node::from_hex(text.repeat(20).as_bytes()).unwrap();
        assert_eq!((digit(&node("1f"), 0), digit(&node("1f"), 39)), (1, 15));
        assert_eq!(common(&node("12"), &node("13")), 1);
        assert_eq!(common(&node("12"), &node("12")), 40);
        assert_eq!(common(&node("22"), &node("12")), 0);
    }
}
