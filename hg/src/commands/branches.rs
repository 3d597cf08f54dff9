// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg branches`: the named branches, those with a head of the history first.

use std::collections::HashSet;

use vermilion_core::Rev;

use super::{Command, FLAG, TEMPLATE, VALUES};
use crate::Result;
use crate::program::invocation::Invocation;
use crate::program::printer::{called, columns, labels};
use crate::template::{Field, Fields};

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
    hg.refuse(&["active", "rev"])?;
    hg.refuse_words()?;
    let snapshot = hg.snapshot()?;
    let heads: HashSet<Rev> = hg.evaluate(b"heads(all())")?.into_iter().collect();
    let branches = snapshot.refs().branches()?.iter().map(|(name, branch)| {
        let is_active = branch.open().any(|rev| heads.contains(&rev));
        (is_active, branch.tip(), name, !branch.is_closed())
    });
    let mut branches: Vec<_> = branches.collect();
    branches.sort_unstable();
    let fields = &["branch", "rev", "node", "active", "closed", "current"];
    if let Some(mut formatter) = hg.formatter("branches", fields)? {
        let current = hg.repository()?.working_branch()?;
        for (is_active, tip, name, is_open) in branches.into_iter().rev() {
            if !is_open && !hg.options.flag("closed") {
                continue;
            }
            let item = Fields::new().about(Some(tip));
            let item = item.with("branch", Field::text(hg.text(name)?));
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
        if !is_open && !hg.options.flag("closed") {
            continue;
        }
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
