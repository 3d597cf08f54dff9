// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg tags`: the tags, the latest first.

use vermilion_core::refs::tags::TagKind;

use super::{Command, TEMPLATE};
use crate::Result;
use crate::program::invocation::Invocation;
use crate::program::printer::{columns, short};

pub(super) const COMMAND: Command = Command {
    names: &["tags"],
    options: &[TEMPLATE],
    is_coloured: true,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["template"])?;
    hg.refuse_words()?;
    let snapshot = hg.snapshot()?;
    let refs = snapshot.refs();
    let tags = refs
        .tags()?
        .iter()
        .map(|(name, rev, kind)| (rev, name, kind == TagKind::Local));
    let mut tags: Vec<_> = tags.chain([(refs.tip()?, &b"tip"[..], false)]).collect();
    tags.sort_unstable();
    for (rev, name, is_local) in tags.into_iter().rev() {
        let name = hg.text(name)?.into_owned();
        hg.out.print(&name);
        if !hg.is_quiet() {
            let space = 30_usize.saturating_sub(columns(&name)?);
            let node = short(&snapshot, rev)?;
            hg.out
                .print(format!("{:space$} {:>5}:{node}", "", rev.get()));
            if is_local && hg.is_verbose() {
                hg.out.print(" local");
            }
        }
        hg.out.print("\n");
    }
    Ok(0)
}
