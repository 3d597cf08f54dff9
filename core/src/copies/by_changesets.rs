// SPDX-License-Identifier: GPL-2.0-or-later

//! Copies by what the changelog says of each changeset.
//!
//! From the changesets where the way begins on, each takes over the copies of its parents, with
//! its own behind them. Of two parents' answers for one file the one that was found later in
//! history counts, which each therefore knows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use super::Copies;
use crate::changelog::copies::Action;
use crate::history::{Files, PathId};
use crate::{Result, Rev};

/// Where a file was copied from, `None` if it was removed, and the changeset that says so.
type Found = (Rev, Option<PathId>);
/// What is found of each file.
type State = HashMap<PathId, Found>;

/// What one changeset says.
#[derive(Default)]
struct Changes {
    copies: [Vec<(PathId, PathId)>; 2],
    removed: Vec<PathId>,
    merged: HashSet<PathId>,
    salvaged: HashSet<PathId>,
}

impl Files<'_> {
    /// Returns whether copies are in the changelog, and not in files.
    pub(super) fn has_copies_in_changelog(&self) -> bool {
        self.copies_in_changelog
    }

    /// Returns the files of `to` that were copied since its ancestor `from`.
    pub(super) fn copies_by_changesets(&mut self, from: Rev, to: Rev) -> Result<Copies> {
        if from.is_null() || from == to {
            return Ok(Copies::new());
        }
        let (revs, mut children) = self.ways(from, to)?;
        let mut states: BTreeMap<Rev, Rc<State>> = BTreeMap::new();
        for &rev in &revs {
            self.check_interrupt()?;
            let parents = self.graph().parents(rev)?;
            let changes = self.changes(rev)?;
            let mut current: Option<Rc<State>> = None;
            for (which, parent) in parents.into_iter().enumerate() {
                if parent.is_null() {
                    continue;
                }
                let Some(left) = children.get_mut(&parent) else {
                    continue;
                };
                *left -= 1;
                let state = match *left {
                    0 => states.remove(&parent),
                    _ => states.get(&parent).cloned(),
                };
                let mut state = state.unwrap_or_default();
                if let Some(changes) = &changes {
                    apply(&mut state, changes, which, rev);
                }
                current = Some(match current {
                    None => state,
                    Some(first) => self.merged(state, &first, changes.as_ref(), rev)?,
                });
            }
            states.insert(rev, current.unwrap_or_default());
        }
        let state = states.remove(&to).unwrap_or_default();
        let copied = state
            .iter()
            .filter_map(|(&path, &(_, source))| Some((path, source?)));
        let copies =
            copied.map(|(path, source)| (self.path(path).to_owned(), self.path(source).to_owned()));
        Ok(copies.collect())
    }

    /// Returns the changesets, ascending, on ways from ancestors of `from` to `to`, without those
    /// ancestors, and of each on a way how many children it has there.
    fn ways(&self, from: Rev, to: Rev) -> Result<(Vec<Rev>, HashMap<Rev, usize>)> {
        let graph = self.graph();
        let mut revs: Vec<Rev> = graph.only(&[to], &[from])?.iter().collect();
        let (mut roots, mut begins) = (HashSet::new(), false);
        for &rev in &revs {
            let parents = graph.parents(rev)?;
            begins |= parents == [Rev::NULL; 2];
            for parent in parents {
                if !parent.is_null() && graph.is_ancestor(parent, from)? {
                    roots.insert(parent);
                }
            }
        }
        if roots.is_empty() {
            return Ok((Vec::new(), HashMap::new()));
        }
        if begins {
            // Other histories were merged in, which lead to nothing that `from` has.
            let mut reached = roots.clone();
            let mut on_way = Vec::new();
            for &rev in &revs {
                if graph
                    .parents(rev)?
                    .iter()
                    .any(|parent| reached.contains(parent))
                {
                    reached.insert(rev);
                    on_way.push(rev);
                }
            }
            revs = on_way;
        }
        let mut children: HashMap<Rev, usize> = roots.iter().map(|&root| (root, 0)).collect();
        for &rev in &revs {
            for parent in graph.parents(rev)? {
                if !parent.is_null() {
                    children.insert(rev, 0);
                    children.entry(parent).and_modify(|count| *count += 1);
                }
            }
        }
        Ok((revs, children))
    }

    /// Returns what a changeset says, if it says anything.
    fn changes(&mut self, rev: Rev) -> Result<Option<Changes>> {
        let changelog = self.changelog();
        changelog.file_changes(rev, |said| {
            let mut changes = Changes::default();
            for change in said {
                let path = self.id(change.path);
                match change.action {
                    Action::Removed => changes.removed.push(path),
                    Action::Merged => _ = changes.merged.insert(path),
                    Action::Salvaged => _ = changes.salvaged.insert(path),
                    Action::None | Action::Added | Action::Touched => {}
                }
                if let Some((parent, source)) = change.copied_from {
                    let source = self.id(source);
                    changes.copies[usize::from(parent)].push((path, source));
                }
            }
            changes
        })
    }

    /// Returns what the parents of a changeset have together; where both know of a file, and
    /// neither is right beyond doubt, the first parent is.
    fn merged(
        &self,
        mut second: Rc<State>,
        first: &Rc<State>,
        changes: Option<&Changes>,
        rev: Rev,
    ) -> Result<Rc<State>> {
        for (&path, &of_first) in first.iter() {
            let picked = match second.get(&path) {
                None => of_first,
                Some(&of_second) => self.pick(path, of_second, of_first, changes, rev)?,
            };
            if second.get(&path) != Some(&picked) {
                Rc::make_mut(&mut second).insert(path, picked);
            }
        }
        Ok(second)
    }

    fn pick(
        &self,
        path: PathId,
        second: Found,
        first: Found,
        changes: Option<&Changes>,
        rev: Rev,
    ) -> Result<Found> {
        if first.0 == second.0 {
            return Ok(second);
        }
        let says = |set: fn(&Changes) -> &HashSet<PathId>| {
            changes.is_some_and(|changes| set(changes).contains(&path))
        };
        if says(|changes| &changes.salvaged) {
            match (second.1, first.1) {
                (Some(_), None) => return Ok((rev, second.1)),
                (None, Some(_)) => return Ok((rev, first.1)),
                _ => {}
            }
        }
        let merged = says(|changes| &changes.merged);
        let graph = self.graph();
        if graph.is_ancestor(second.0, first.0)? {
            return Ok(if merged { (rev, first.1) } else { first });
        }
        if graph.is_ancestor(first.0, second.0)? {
            return Ok(if merged { (rev, first.1) } else { second });
        }
        Ok((
            rev,
            if first.1.is_none() && second.1.is_some() {
                second.1
            } else {
                first.1
            },
        ))
    }
}

/// Adds what a changeset says about a parent's files.
fn apply(state: &mut Rc<State>, changes: &Changes, which: usize, rev: Rev) {
    let copies = &changes.copies[which];
    if !copies.is_empty() {
        let before = Rc::clone(state);
        let state = Rc::make_mut(state);
        for &(path, source) in copies {
            let first = before.get(&source).and_then(|&(_, first)| first);
            state.insert(path, (rev, Some(first.unwrap_or(source))));
        }
    }
    for path in &changes.removed {
        if state.contains_key(path) {
            Rc::make_mut(state).insert(*path, (rev, None));
        }
    }
}
