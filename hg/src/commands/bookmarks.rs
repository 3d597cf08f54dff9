// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg bookmarks`: the bookmarks, and which one is active.

use super::{Command, FLAG, TEMPLATE, VALUE};
use crate::Result;
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
    is_coloured: true,
    is_wordless: false,
    run,
};

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
            let item = item.with("bookmark", Field::text(hg.text(name)?));
            let item = item.with("active", Field::truth(bookmarks.active() == Some(name)));
            formatter.add(item.of_revision(&snapshot, rev)?);
        }
        return formatter.print(hg).map(|()| 0);
    }
    if all.is_empty() && !hg.is_quiet() {
        hg.out.line("no bookmarks set");
    }
    for (name, rev) in all {
        let is_active = bookmarks.active() == Some(name);
        let name = hg.text(name)?.into_owned();
        if hg.is_quiet() {
            hg.out.line(name);
            continue;
        }
        hg.out.print(if is_active { " * " } else { "   " });
        hg.out.print(&name);
        let space = 25_usize.saturating_sub(columns(&name)?);
        hg.out
            .line(format!("{:space$} {}", "", called(&snapshot, rev)?));
    }
    Ok(0)
}
