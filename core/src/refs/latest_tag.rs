// SPDX-License-Identifier: GPL-2.0-or-later

//! The last tag before a changeset, as Mercurial's keyword `latesttag` finds it.

use std::collections::{HashMap, HashSet};

use super::Refs;
use crate::{Graph, Result, Rev};

/// The last tagged changeset before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatestTag {
    /// The tagged changeset, the null revision if there is none.
    pub rev: Rev,
    /// How many steps it is away, along the path on which it was found.
    pub distance: usize,
}

/// The same, with the date of the tagged changeset.
#[derive(Clone, Copy)]
struct Known {
    latest: LatestTag,
    date: i64,
}

/// The nearest ones of some tagged changesets, for one changeset after the other.
///
/// What was found for one is found at once for those after it.
pub struct LatestTags<'r> {
    refs: &'r Refs,
    tagged: HashSet<Rev>,
    known: HashMap<Rev, Known>,
}

impl<'r> LatestTags<'r> {
    /// Returns what finds the nearest ones of `tagged`.
    pub fn new(refs: &'r Refs, tagged: &[Rev]) -> LatestTags<'r> {
        let latest = LatestTag {
            rev: Rev::NULL,
            distance: 0,
        };
        LatestTags {
            refs,
            tagged: tagged.iter().copied().collect(),
            known: HashMap::from([(Rev::NULL, Known { latest, date: 0 })]),
        }
    }

    /// Returns the nearest one that is this one or an ancestor of it.
    ///
    /// # Errors
    /// Those of [`Refs::latest_tag`].
    pub fn of(&mut self, of: Rev) -> Result<LatestTag> {
        let changelog = self.refs.changelog();
        let graph = changelog.graph()?;
        let known = &mut self.known;
        let mut wanted = vec![of];
        while let Some(&rev) = wanted.last() {
            if known.contains_key(&rev) {
                wanted.pop();
                continue;
            }
            if self.tagged.contains(&rev) {
                let text = changelog.text(rev)?;
                let date = changelog.parse(rev, &text)?.date().seconds;
                let latest = LatestTag { rev, distance: 0 };
                known.insert(rev, Known { latest, date });
                continue;
            }
            let [p1, p2] = graph.parents(rev)?;
            let before = wanted.len();
            wanted.extend([p2, p1].iter().filter(|parent| !known.contains_key(parent)));
            if wanted.len() > before {
                continue;
            }
            let (first, second) = (known[&p1], known[&p2]);
            let mut found = match (p1.is_null(), p2.is_null()) {
                (_, true) => first,
                (true, false) => second,
                (false, false) => nearest(graph, rev, first, second)?,
            };
            found.latest.distance += 1;
            known.insert(rev, found);
        }
        Ok(known[&of].latest)
    }
}

impl Refs {
    /// Returns the nearest one of some tagged changesets that is this one or an ancestor of it.
    ///
    /// Where the parents of a merge lead to different ones, it is the one that fewer changesets came
    /// after, then the later one. Takes time linear in the ancestors since, and where such merges
    /// are, in the changesets for each.
    ///
    /// # Errors
    /// Those of [`Changelog::graph`](crate::changelog::Changelog::graph) and of reading changesets.
    pub fn latest_tag(&self, of: Rev, tagged: &[Rev]) -> Result<LatestTag> {
        LatestTags::new(self, tagged).of(of)
    }
}

/// Returns what counts for a merge.
fn nearest(graph: &Graph, rev: Rev, first: Known, second: Known) -> Result<Known> {
    let is_second = if first.latest.rev == second.latest.rev {
        second.latest.distance > first.latest.distance
    } else {
        let since =
            |one: Known| -> Result<usize> { Ok(graph.only(&[rev], &[one.latest.rev])?.len()) };
        let [first_since, second_since] = [since(first)?, since(second)?];
        (second_since, first.date) < (first_since, second.date)
    };
    Ok(if is_second { second } else { first })
}
