// SPDX-License-Identifier: GPL-2.0-or-later

//! What entries of revlogs say of their revisions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Context, Problems};
use crate::revlog::Revlog;
use crate::{Node, Rev};

/// Looks at the entries of a revlog, one after the other.
pub(super) struct Entries<'r> {
    revlog: &'r Revlog,
    len: usize,
    seen: HashMap<Node, Rev>,
}

/// What an entry says.
pub(super) struct Claim {
    pub(super) node: Node,
    /// The changeset that the revision came with, if that may be so.
    pub(super) link: Option<Rev>,
}

impl<'r> Entries<'r> {
    pub(super) fn new(context: Context<'_>, revlog: &'r Revlog) -> Entries<'r> {
        Entries {
            revlog,
            len: context.len,
            seen: HashMap::new(),
        }
    }

    /// Checks an entry; `expected` are the changesets that it may say it came with, ascending.
    ///
    /// `None` if it cannot be read.
    pub(super) fn check(
        &mut self,
        rev: Rev,
        expected: &[Rev],
        problems: &mut Problems,
    ) -> Option<Claim> {
        let (node, claimed) = match self.revlog.claim(rev) {
            Ok(claim) => claim,
            Err(error) => {
                problems.error(None, error);
                return None;
            }
        };
        let is_there = claimed >= Rev::FIRST && claimed.index() < self.len;
        let is_good =
            claimed >= Rev::FIRST && (self.len == 0 || expected.binary_search(&claimed).is_ok());
        let link = is_good.then_some(claimed);
        if !is_good {
            let which = if is_there {
                "unexpected"
            } else {
                "nonexistent"
            };
            let expected: Vec<String> = expected.iter().take(8).map(Rev::to_string).collect();
            let instead = match &expected[..] {
                [] => String::new(),
                some => format!(", and not to {}", some.join(" or ")),
            };
            let message = format!("revision {rev} belongs to the {which} changeset {claimed}");
            problems.error(None, message + &instead);
        }
        match self.revlog.parents(rev) {
            Err(error) => problems.error(link, error),
            Ok(parents) => {
                // Parents are earlier revisions, all of which were seen, unless they cannot be read.
                for parent in parents.into_iter().filter(|parent| !parent.is_null()) {
                    let known = self.revlog.node(parent);
                    if !known.is_ok_and(|node| self.seen.contains_key(&node)) {
                        let message = format!("{} has an unknown parent {parent}", short(&node));
                        problems.error(link, message);
                    }
                }
            }
        }
        match self.seen.entry(node) {
            Entry::Vacant(place) => {
                place.insert(rev);
            }
            Entry::Occupied(mut first) => {
                let message = format!("revision {rev} is revision {} again", first.get());
                problems.error(link, message);
                first.insert(rev);
            }
        }
        Some(Claim { node, link })
    }
}

/// Returns the first digits of a node.
pub(super) fn short(node: &Node) -> String {
    let mut digits = node.to_string();
    digits.truncate(12);
    digits
}

/// Checks that files are as long as the entries tell; `rev` is for messages.
pub(super) fn check_lengths(revlog: &Revlog, rev: Option<Rev>, problems: &mut Problems) {
    match revlog.extra_bytes() {
        Ok(0) => {}
        Ok(more) if more > 0 => problems.error(rev, format!("the data is {more} bytes too long")),
        Ok(less) => problems.error(rev, format!("the data is {} bytes too short", -less)),
        Err(error) => problems.error(rev, error),
    }
}
