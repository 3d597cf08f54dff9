// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg bookmarks`: the bookmarks, and which one is active.

use super::{Command, FLAG, TEMPLATE, VALUE};
use crate::Result;
use crate::program::colors::MESSAGE;
use crate::program::invocation::Invocation;
use crate::program::printer::{called, columns};
use crate::template::{Field, Fields};

pub(super) const COMMAND: Command = Command {
    names: &["bookmarks", "bookmark"],
    options: &[
        ('f', "force", FLAG),
        ('r', "rev", VALUE),
        ('d', "delete", FLAG),
        ('m', "rename", VALUE),
        ('i', "inactive", FLAG),
        ('l', "list", FLAG),
        TEMPLATE,
    ],
    is_paged: false,
    is_wordless: false,
    run,
};

/// The labels of the active one.
pub(super) const ACTIVE: &str = "bookmarks.active bookmarks.current";

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["force", "rev", "delete", "rename", "inactive"])?;
    hg.refuse_words()?;
    let snapshot = hg.snapshot()?;
    let bookmarks = snapshot.refs().bookmarks()?;
    let mut all: Vec<_> = bookmarks.iter().collect();
    all.sort_unstable();
    let fields = &["bookmark", "rev", "node", "active"];
    if let Some(mut formatter) = hg.formatter("bookmarks", fields)? {
        for (name, rev) in all {
            let item = Fields::new().in_repository();
            let item = item.with("bookmark", hg.field(name)?);
            let item = item.with("active", Field::truth(bookmarks.active() == Some(name)));
            formatter.add(item.of_revision(&snapshot, rev)?);
        }
        return formatter.print(hg).map(|()| 0);
    }
    if all.is_empty() && !hg.is_quiet() {
        hg.out
            .print(hg.colors.label(b"no bookmarks set\n", MESSAGE));
    }
    for (name, rev) in all {
        let is_active = bookmarks.active() == Some(name);
        let label = if is_active { ACTIVE } else { "" };
        let name = hg.text(name)?.into_owned();
        let shown = hg.colors.label(&name, label);
        if hg.is_quiet() {
            hg.out.line(shown);
            continue;
        }
        let sign: &[u8] = if is_active { b" * " } else { b"   " };
        hg.out.print(hg.colors.label(sign, label));
        hg.out.print(shown);
        let space = 25_usize.saturating_sub(columns(&name)?);
        let node = format!("{:space$} {}", "", called(&snapshot, rev)?);
        hg.out.line(hg.colors.label(node.as_bytes(), label));
    }
    Ok(0)
}
