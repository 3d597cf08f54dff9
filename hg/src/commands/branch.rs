// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg branch`: the branch of the working copy.

use super::{Command, FLAG, VALUES};
use crate::Result;
use crate::program::invocation::Invocation;

pub(super) const COMMAND: Command = Command {
    names: &["branch"],
    options: &[
        ('f', "force", FLAG),
        ('C', "clean", FLAG),
        ('r', "rev", VALUES),
    ],
    is_paged: false,
    is_wordless: true,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["force", "clean", "rev"])?;
    hg.refuse_words()?;
    let branch = hg.repository()?.working_branch()?;
    let branch = hg.text(&branch)?;
    hg.out.line(branch);
    Ok(0)
}
