// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg tags`: the tags, the latest first.

use vermilion_core::refs::tags::TagKind;

use super::{Command, TEMPLATE};
use crate::Result;
use crate::program::invocation::Invocation;
use crate::program::printer::{columns, short};
use crate::template::{Field, Fields};

pub(super) const COMMAND: Command = Command {
    names: &["tags"],
    options: &[TEMPLATE],
    is_paged: true,
    is_wordless: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse_words()?;
    let snapshot = hg.snapshot()?;
    let refs = snapshot.refs();
    let tags = refs
        .tags()?
        .iter()
        .map(|(name, rev, kind)| (rev, name, kind == TagKind::Local));
    let mut tags: Vec<_> = tags.chain([(refs.tip()?, &b"tip"[..], false)]).collect();
    tags.sort_unstable();
    if let Some(mut formatter) = hg.formatter("tags", &["tag", "rev", "node", "type"])? {
        for (rev, name, is_local) in tags.into_iter().rev() {
            let item = Fields::new().in_repository();
            let item = item.with("tag", hg.field(name)?);
            let item = item.with("type", Field::text(if is_local { "local" } else { "" }));
            formatter.add(item.of_revision(&snapshot, rev)?);
        }
        return formatter.print(hg).map(|()| 0);
    }
    for (rev, name, is_local) in tags.into_iter().rev() {
        let name = hg.text(name)?.into_owned();
        let label = if is_local {
            "tags.local"
        } else {
            "tags.normal"
        };
        hg.out.print(hg.colors.label(&name, label));
        if !hg.is_quiet() {
            let space = 30_usize.saturating_sub(columns(&name)?);
            let node = short(&snapshot, rev)?;
            let node = format!("{:space$} {:>5}:{node}", "", rev.get());
            hg.out.print(hg.colors.label(node.as_bytes(), label));
            if is_local && hg.is_verbose() {
                hg.out.print(hg.colors.label(b" local", label));
            }
        }
        hg.out.print("\n");
    }
    Ok(0)
}
