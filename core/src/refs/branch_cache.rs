// SPDX-License-Identifier: GPL-2.0-or-later

//! Mercurial's cache of branch heads, `cache/branch2` and `cache/branch2-VIEW`.
//!
//! The first line has a node and its revision, up to which all revisions are taken into account,
//! and a SHA-1 if there are any that do not count, being obsolete or not of the view: that of
//! their numbers, ascending, each with a semicolon after it. Each other line is a head: its
//! node, `o` or `c` if it closes its branch, and the branch's name.

use std::fmt::Write as _;

use sha1::{Digest as _, Sha1};

use super::hex_bytes;
use crate::text::{integer, trim};
use crate::{Node, Rev};

/// The content of a cache, not compared with anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchCache<'f> {
    /// The last revision that is taken into account.
    pub tip: (Rev, Node),
    /// The SHA-1 of the revisions that do not count.
    pub key: Option<Vec<u8>>,
    /// Heads: node, whether it closes its branch, and the branch.
    pub heads: Vec<(Node, bool, &'f [u8])>,
}

/// Reads a cache, `None` if it is none. Takes time linear in its length.
pub fn parse(content: &[u8]) -> Option<BranchCache<'_>> {
    let mut lines = content.split(|&byte| byte == b'\n');
    let mut words = lines.next()?.splitn(3, |&byte| byte == b' ');
    let node = Node::from_hex(words.next()?)?;
    let rev = i32::try_from(integer(words.next()?)?).ok()?;
    let key = match words.next() {
        None => None,
        Some(digits) => Some(hex_bytes(digits)?),
    };
    let mut heads = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let mut words = line.splitn(3, |&byte| byte == b' ');
        let node = Node::from_hex(words.next()?)?;
        let closes = match words.next()? {
            b"o" => false,
            b"c" => true,
            _ => return None,
        };
        heads.push((node, closes, trim(words.next()?)));
    }
    Some(BranchCache {
        tip: (Rev::new(rev), node),
        key,
        heads,
    })
}

/// Returns the SHA-1 of revisions that do not count, `None` if there are none.
pub(super) fn key(revs: impl Iterator<Item = Rev>) -> Option<Vec<u8>> {
    let (mut hash, mut number, mut any) = (Sha1::new(), String::new(), false);
    for rev in revs {
        any = true;
        number.clear();
        // Writing to a string does not fail.
        let _ = write!(number, "{rev};");
        hash.update(&number);
    }
    any.then(|| hash.finalize().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches() {
        let node = "0123456789".repeat(4);
        let file = format!("{node} 7 00ff\n{node} o default\n\n{node} c a b \n");
        let cache = parse(file.as_bytes()).unwrap();
        assert_eq!((cache.tip.0, cache.key), (Rev::new(7), Some(vec![0, 255])));
        let heads: Vec<_> = cache.heads.iter().map(|head| (head.1, head.2)).collect();
        assert_eq!(heads, [(false, &b"default"[..]), (true, b"a b")]);
        assert_eq!(parse(format!("{node} 7\n").as_bytes()).unwrap().key, None);
        for bad in [
            "",
            "7 7\n",
            &node,
            &format!("{node} x\n"),
            &format!("{node} 1 0\n"),
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad:?}");
        }
        for bad in [format!("{node} x b"), format!("{node} o"), "b".to_owned()] {
            assert_eq!(
                parse(format!("{node} 7\n{bad}\n").as_bytes()),
                None,
                "{bad:?}"
            );
        }
        assert_eq!(key(std::iter::empty()), None);
        let some = key([1, 23].into_iter().map(Rev::new)).unwrap();
        assert_eq!(some, Sha1::digest(b"1;23;")[..]);
    }
}
