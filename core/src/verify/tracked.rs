// SPDX-License-Identifier: GPL-2.0-or-later

//! The dirstate beside the manifests of the working copy's parents.

use super::{Area, Context, Problem, Problems};
use crate::Result;

/// Reports what the dirstate says of files that the parents' manifests do not.
pub(super) fn check(context: Context<'_>, all: &mut Vec<Problem>) {
    if let Err(error) = compare(context, all) {
        let mut problems = Problems::new(Area::Dirstate, None);
        problems.error(None, error);
        all.append(&mut problems.found);
    }
}

fn compare(context: Context<'_>, all: &mut Vec<Problem>) -> Result<()> {
    let snapshot = context.snapshot;
    let [p1, p2] = snapshot.refs().working_parents();
    let (first, second) = (snapshot.manifest(p1)?, snapshot.manifest(p2)?);
    let map = snapshot.repository().dirstate()?.map;
    for item in map.iter() {
        let item = item?;
        let (path, entry) = (item.path, item.entry);
        let in_first = first.find(path)?.is_some();
        let mut problems = Problems::new(Area::Dirstate, Some(path));
        if entry.p1_tracked() && !in_first {
            let in_second = || -> Result<bool> { Ok(second.find(path)?.is_some()) };
            if entry.modified() && !in_second()? {
                problems.error(None, "it counts as modified, but neither parent has it");
            } else {
                problems.error(
                    None,
                    "it counts as the first parent's, which does not have it",
                );
            }
        }
        if entry.added() && in_first {
            problems.error(None, "it counts as added, but the first parent has it");
        }
        all.append(&mut problems.found);
    }
    for file in first.iter() {
        let path = file?.path;
        if !map.get(path)?.is_some_and(|entry| entry.p1_tracked()) {
            let mut problems = Problems::new(Area::Dirstate, Some(path));
            problems.error(
                None,
                "the first parent has it, but it does not count as tracked there",
            );
            all.append(&mut problems.found);
        }
    }
    Ok(())
}
