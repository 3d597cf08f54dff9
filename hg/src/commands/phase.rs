// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg phase`: the phases of changesets.

use super::{Command, FLAG, VALUES};
use crate::Result;
use crate::program::invocation::Invocation;

pub(super) const COMMAND: Command = Command {
    names: &["phase"],
    options: &[
        ('p', "public", FLAG),
        ('d', "draft", FLAG),
        ('s', "secret", FLAG),
        ('f', "force", FLAG),
        ('r', "rev", VALUES),
    ],
    is_paged: false,
    is_wordless: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["public", "draft", "secret", "force"])?;
    let snapshot = hg.snapshot()?;
    let revs = if hg.options.words.is_empty() && hg.options.values("rev").is_empty() {
        // What is committed gets the phase of either parent.
        let [first, second] = snapshot.refs().working_parents();
        let second = Some(second).filter(|rev| !rev.is_null());
        [Some(first), second].into_iter().flatten().collect()
    } else {
        hg.named()?
    };
    for rev in revs {
        let phase = snapshot.refs().phases()?.get(rev).name();
        hg.out.line(format!("{rev}: {phase}"));
    }
    Ok(0)
}
