// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg manifest`: the files of a changeset.

use super::{Command, FLAG, TEMPLATE, VALUE};
use crate::program::invocation::Invocation;
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["manifest"],
    options: &[('r', "rev", VALUE), (' ', "all", FLAG), TEMPLATE],
    is_coloured: true,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["all", "template"])?;
    hg.refuse_words()?;
    if hg.is_verbose() {
        return Err(Error::unsupported("manifest --verbose"));
    }
    let word = hg.options.value("rev").unwrap_or(".".as_ref()).to_owned();
    let rev = hg
        .rev(&word)?
        .ok_or_else(|| Error::unsupported("manifest of the working copy"))?;
    let manifest = hg.snapshot()?.manifest(rev)?;
    for entry in manifest.iter() {
        hg.out.line(entry?.path.as_bytes());
    }
    Ok(0)
}
