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
    let revs = hg.named()?;
    for rev in revs {
        let phase = snapshot.refs().phases()?.get(rev).name();
        hg.out.line(format!("{rev}: {phase}"));
    }
    Ok(0)
}
