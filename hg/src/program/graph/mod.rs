// SPDX-License-Identifier: GPL-2.0-or-later

//! The graph that `hg log --graph` draws to the left of changesets: what they are connected with.
//!
//! How that is drawn stands in `lines.rs`.

mod lines;

use std::collections::{HashMap, HashSet};

use vermilion_core::refs::Refs;
use vermilion_core::snapshot::Snapshot;
use vermilion_core::{Rev, RevSet};

use super::invocation::Invocation;
use crate::{Error, Result};
use lines::{Edge, Graph, Styles};

/// A graph of changesets that are shown one after the other.
pub(crate) struct Drawing<'s> {
    graph: Graph,
    refs: &'s Refs,
    shown: HashSet<Rev>,
    lowest: Rev,
    /// Which of them are found behind a changeset that is not shown, by that.
    behind: HashMap<Rev, Vec<Rev>>,
    is_doubtful: bool,
}

impl<'s> Drawing<'s> {
    /// Returns a drawing of changesets, which come in descending order.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where symbols are configured or there is a merge under way; those of
    /// reading obsolescence markers.
    pub(crate) fn new(
        hg: &Invocation,
        snapshot: &'s Snapshot,
        revs: &[Rev],
    ) -> Result<Drawing<'s>> {
        if hg.config.get("command-templates", "graphnode").is_some()
            || hg.config.get("ui", "graphnodetemplate").is_some()
        {
            return Err(Error::unsupported("a template for the nodes of graphs"));
        }
        if hg.repository()?.dot_hg().join("merge").exists() {
            return Err(Error::unsupported("a graph while files are merged"));
        }
        let is_plain = hg.config.environment().is_plain("graph");
        let plain = Styles {
            ancestor: Some(b'|'),
            missing: Some(b'|'),
        };
        let refs = snapshot.refs();
        Ok(Drawing {
            graph: Graph::new(if is_plain { plain } else { Styles::default() }),
            refs,
            shown: revs.iter().copied().collect(),
            lowest: revs.iter().copied().min().unwrap_or(Rev::NULL),
            behind: HashMap::new(),
            is_doubtful: !refs.history()?.markers().is_empty(),
        })
    }

    /// Returns how many columns the graph takes beside a changeset, if it is drawn next.
    ///
    /// # Errors
    /// Those of reading the graph.
    pub(crate) fn width(&mut self, rev: Rev) -> Result<usize> {
        let parents = self.parents(rev)?;
        Ok(self.graph.width(rev, &parents))
    }

    /// Returns the text of a changeset with its part of the graph.
    ///
    /// # Errors
    /// Those of reading the graph, and what a changeset is.
    pub(crate) fn draw(&mut self, rev: Rev, closes_branch: bool, text: &[u8]) -> Result<Vec<u8>> {
        let parents = self.parents(rev)?;
        let symbol = self.symbol(rev, closes_branch)?;
        let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
        if lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        let mut drawn = Vec::with_capacity(text.len() + 8 * lines.len());
        self.graph.draw(rev, symbol, &parents, &lines, &mut drawn);
        Ok(drawn)
    }

    fn symbol(&self, rev: Rev, closes_branch: bool) -> Result<u8> {
        let working = self.refs.working_parents();
        if working[0] == rev || working[1] == rev && !rev.is_null() {
            return Ok(b'@');
        }
        if self.is_doubtful {
            let known = self.refs.obsolete()?;
            if known.obsolete.contains(rev) {
                return Ok(b'x');
            }
            let sets: [&RevSet; 3] = [
                &known.orphan,
                &self.refs.phase_divergent()?,
                &self.refs.content_divergent()?,
            ];
            if sets.iter().any(|set| set.contains(rev)) {
                return Ok(b'*');
            }
        }
        Ok(if closes_branch { b'_' } else { b'o' })
    }

    /// Returns what a changeset is connected with.
    fn parents(&mut self, rev: Rev) -> Result<Vec<(Edge, Rev)>> {
        let all = self.refs.changelog().graph()?.parents(rev)?;
        let all = all.into_iter().filter(|parent| !parent.is_null());
        let (mut shown, others): (Vec<Rev>, Vec<Rev>) =
            all.partition(|parent| self.shown.contains(parent));
        shown.sort_unstable();
        shown.dedup();
        let mut seen: HashSet<Rev> = shown.iter().copied().collect();
        let mut parents: Vec<(Edge, Rev)> = shown
            .into_iter()
            .map(|parent| (Edge::Parent, parent))
            .collect();
        for other in others {
            if seen.contains(&other) {
                continue;
            }
            let found = self.found_behind(other)?;
            if found.is_empty() {
                parents.push((Edge::Missing, other));
                seen.insert(other);
            }
            for ancestor in found {
                if seen.insert(ancestor) {
                    parents.push((Edge::Ancestor, ancestor));
                }
            }
        }
        Ok(parents)
    }

    /// Returns the first changesets that are shown on the ways back from one that is not.
    fn found_behind(&mut self, rev: Rev) -> Result<Vec<Rev>> {
        if let Some(found) = self.behind.get(&rev) {
            return Ok(found.clone());
        }
        let graph = self.refs.changelog().graph()?;
        let (mut pending, mut seen) = (vec![rev], HashSet::from([rev]));
        let mut found = Vec::new();
        while let Some(next) = pending.pop() {
            if self.shown.contains(&next) {
                found.push(next);
                continue;
            }
            for parent in graph.parents(next)? {
                if parent >= self.lowest && !parent.is_null() && seen.insert(parent) {
                    pending.push(parent);
                }
            }
        }
        found.sort_unstable();
        self.behind.insert(rev, found.clone());
        Ok(found)
    }
}
