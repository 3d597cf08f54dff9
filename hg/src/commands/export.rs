// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg export`: changesets as patches that `hg import` takes.

use std::sync::atomic::AtomicBool;

use vermilion_core::Rev;
use vermilion_core::snapshot::{Patch, Snapshot};
use vermilion_core::text::trim_end;

use super::{Command, FLAG, TEMPLATE, VALUE, VALUES};
use crate::program::differences::{Files, Patches, text_of};
use crate::program::invocation::Invocation;
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["export"],
    options: &[
        ('B', "bookmark", VALUE),
        ('o', "output", VALUE),
        (' ', "switch-parent", FLAG),
        ('r', "rev", VALUES),
        ('a', "text", FLAG),
        ('g', "git", FLAG),
        (' ', "binary", FLAG),
        (' ', "nodates", FLAG),
        TEMPLATE,
    ],
    is_paged: true,
    is_wordless: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["bookmark", "output", "switch-parent", "template"])?;
    if hg.is_verbose() {
        return Err(Error::unsupported("export --verbose"));
    }
    let mut options = hg.diff_options()?;
    // A patch is to have all that there is to import.
    options.whitespace = Default::default();
    let snapshot = hg.snapshot()?;
    let revs = hg.named()?;
    if revs.is_empty() || revs.contains(&Rev::NULL) {
        return Err(Error::unsupported("nothing to export"));
    }
    let interrupt = AtomicBool::new(false);
    let mut patches = Patches::new(&snapshot, &options, &Files::All, &revs, &interrupt);
    for &rev in &revs {
        let text = exported(hg, &snapshot, rev, &patches.next()?)?;
        hg.out.print(text);
    }
    Ok(0)
}

fn exported(hg: &Invocation, snapshot: &Snapshot, rev: Rev, patch: &Patch) -> Result<Vec<u8>> {
    let changelog = snapshot.refs().changelog();
    let text = changelog.text(rev)?;
    let changeset = changelog.parse(rev, &text)?;
    let [first, second] = snapshot.parents(rev)?;
    let mut lines: Vec<Vec<u8>> = vec![b"# HG changeset patch".to_vec()];
    lines.push([b"# User ", &hg.text(changeset.user())?[..]].concat());
    let date = changeset.date();
    lines.push(format!("# Date {} {}", date.seconds, date.offset).into_bytes());
    lines.push(format!("#      {date}").into_bytes());
    if changeset.branch() != b"default" {
        lines.push([b"# Branch ", &hg.text(changeset.branch())?[..]].concat());
    }
    lines.push(format!("# Node ID {}", changelog.node(rev)?).into_bytes());
    lines.push(format!("# Parent  {}", changelog.node(first)?).into_bytes());
    if !second.is_null() {
        lines.push(format!("# Parent  {}", changelog.node(second)?).into_bytes());
    }
    let description = hg.text(changeset.description())?;
    lines.push(trim_end(&description).to_vec());
    lines.push(b"\n".to_vec());
    let mut exported = lines.join(&b'\n');
    exported.extend_from_slice(&hg.colors.patch(&text_of(patch)?));
    Ok(exported)
}
