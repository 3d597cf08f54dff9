// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg branches`: the named branches, those with a head of the history first.

use std::collections::HashSet;

use vermilion_core::Rev;

use super::{Command, FLAG, TEMPLATE, VALUES};
use crate::Result;
use crate::program::invocation::Invocation;
use crate::program::printer::{called, columns};

pub(super) const COMMAND: Command = Command {
    names: &["branches"],
    options: &[
        ('a', "active", FLAG),
        ('c', "closed", FLAG),
        ('r', "rev", VALUES),
        TEMPLATE,
    ],
    is_coloured: true,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["active", "rev", "template"])?;
    hg.refuse_words()?;
    let snapshot = hg.snapshot()?;
    let heads: HashSet<Rev> = hg.evaluate(b"heads(all())")?.into_iter().collect();
    let branches = snapshot.refs().branches()?.iter().map(|(name, branch)| {
        let is_active = branch.open().any(|rev| heads.contains(&rev));
        (is_active, branch.tip(), name, !branch.is_closed())
    });
    let mut branches: Vec<_> = branches.collect();
    branches.sort_unstable();
    for (is_active, tip, name, is_open) in branches.into_iter().rev() {
        if !is_open && !hg.options.flag("closed") {
            continue;
        }
        let name = hg.text(name)?.into_owned();
        hg.out.print(&name);
        if !hg.is_quiet() {
            let space = 31_usize.saturating_sub(tip.to_string().len() + columns(&name)?);
            hg.out
                .print(format!("{:space$} {}", "", called(&snapshot, tip)?));
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
