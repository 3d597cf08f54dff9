// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg branches`: the named branches, those with a head of the history first.

use std::collections::HashSet;
use std::ffi::OsString;

use vermilion_core::Rev;

use super::{Command, FLAG, TEMPLATE, VALUES};
use crate::program::invocation::Invocation;
use crate::program::printer::{called, columns, labels};
use crate::template::{Field, Fields};
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["branches"],
    options: &[
        ('a', "active", FLAG),
        ('c', "closed", FLAG),
        ('r', "rev", VALUES),
        TEMPLATE,
    ],
    is_paged: true,
    is_wordless: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse_words()?;
    let snapshot = hg.snapshot()?;
    let heads: HashSet<Rev> = hg.evaluate_own(b"heads(all())")?.into_iter().collect();
    let of_revs = of_revs(hg)?;
    let with_closed = hg.options.flag("closed");
    let only_active = hg.options.flag("active");
    let is_shown =
        |is_active: bool, is_open: bool| is_active || !only_active && (is_open || with_closed);
    let branches = snapshot.refs().branches()?.iter().map(|(name, branch)| {
        let is_active = branch.open().any(|rev| heads.contains(&rev));
        (is_active, branch.tip(), name, !branch.is_closed())
    });
    let is_asked_for = |(is_active, _, name, is_open): &(bool, Rev, &[u8], bool)| {
        let is_named = of_revs.as_ref().is_none_or(|names| names.contains(*name));
        is_named && is_shown(*is_active, *is_open)
    };
    let mut branches: Vec<_> = branches.filter(is_asked_for).collect();
    branches.sort_unstable();
    let fields = &["branch", "rev", "node", "active", "closed", "current"];
    if let Some(mut formatter) = hg.formatter("branches", fields)? {
        let current = hg.repository()?.working_branch()?;
        for (is_active, tip, name, is_open) in branches.into_iter().rev() {
            let item = Fields::new().about(Some(tip));
            let item = item.with("branch", hg.field(name)?);
            let item = item.with("active", Field::truth(is_active));
            let item = item.with("closed", Field::truth(!is_open));
            let item = item.with("current", Field::truth(name == current));
            formatter.add(item.of_revision(&snapshot, tip)?);
        }
        return formatter.print(hg).map(|()| 0);
    }
    let current = if hg.colors.is_none() {
        Vec::new()
    } else {
        hg.repository()?.working_branch()?
    };
    for (is_active, tip, name, is_open) in branches.into_iter().rev() {
        let label = if name == current {
            "branches.current"
        } else if is_active {
            "branches.active"
        } else if is_open {
            "branches.inactive"
        } else {
            "branches.closed"
        };
        let name = hg.text(name)?.into_owned();
        hg.out.print(hg.colors.label(&name, label));
        if !hg.is_quiet() {
            let space = 31_usize.saturating_sub(tip.to_string().len() + columns(&name)?);
            let node = format!("{:space$} {}", "", called(&snapshot, tip)?);
            let labels = format!("log.changeset{}", labels(&hg.colors, &snapshot, tip)?);
            hg.out.print(hg.colors.label(node.as_bytes(), labels));
        }
        let notice = if is_active || hg.is_quiet() {
            ""
        } else if is_open {
            " (inactive)"
        } else {
            " (closed)"
        };
        hg.out.line(notice);
    }
    Ok(0)
}

/// Returns the names of the branches of the changesets that `--rev` names.
fn of_revs(hg: &Invocation) -> Result<Option<HashSet<Vec<u8>>>> {
    let specs = hg.options.values("rev").into_iter();
    let specs: Vec<OsString> = specs.map(ToOwned::to_owned).collect();
    if specs.is_empty() {
        return Ok(None);
    }
    branches_of(hg, &specs).map(Some)
}

/// Returns the names of the branches of changesets.
///
/// # Errors
/// Those of [`Invocation::revs`] and of reading changesets; [`Error::Unsupported`] for the null
/// revision.
pub(super) fn branches_of(hg: &Invocation, specs: &[OsString]) -> Result<HashSet<Vec<u8>>> {
    let snapshot = hg.snapshot()?;
    let changelog = snapshot.refs().changelog();
    let mut names = HashSet::new();
    for rev in hg.revs(specs)? {
        if rev.is_null() {
            return Err(Error::unsupported("the branch of the null revision"));
        }
        let text = changelog.text(rev)?;
        names.insert(changelog.parse(rev, &text)?.branch().to_vec());
    }
    Ok(names)
}
