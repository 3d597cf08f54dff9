// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg manifest`: the files of a changeset.

use super::{Command, FLAG, TEMPLATE, VALUE};
use crate::program::invocation::Invocation;
use crate::template::{Field, Fields};
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["manifest"],
    options: &[('r', "rev", VALUE), (' ', "all", FLAG), TEMPLATE],
    is_paged: true,
    is_wordless: true,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["all"])?;
    hg.refuse_words()?;
    if hg.is_verbose() {
        return Err(Error::unsupported("manifest --verbose"));
    }
    let word = hg.options.value("rev").unwrap_or(".".as_ref()).to_owned();
    let rev = hg
        .rev(&word)?
        .ok_or_else(|| Error::unsupported("manifest of the working copy"))?;
    let manifest = hg.snapshot()?.manifest(rev)?;
    let fields = &["hash", "mode", "type", "path"];
    if let Some(mut formatter) = hg.formatter("manifest", fields)? {
        for entry in manifest.iter() {
            let entry = entry?;
            let (mode, sign) = match entry.flag.letter() {
                b'x' => ("755", "*"),
                b'l' => ("644", "@"),
                _ => ("644", ""),
            };
            let item = Fields::new().about(Some(rev));
            let item = item.with("hash", Field::text(entry.node.to_string()));
            let item = item.with("mode", Field::text(mode));
            let item = item.with("type", Field::text(sign));
            formatter.add(item.with("path", Field::text(entry.path.as_bytes())));
        }
        return formatter.print(hg).map(|()| 0);
    }
    for entry in manifest.iter() {
        hg.out.line(entry?.path.as_bytes());
    }
    Ok(0)
}
