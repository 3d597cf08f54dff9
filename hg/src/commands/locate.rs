// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg locate`: files whose names match, wherever they are.

use std::os::unix::ffi::OsStrExt as _;

use vermilion_core::RepoPathBuf;

use super::{Command, EXCLUDE, FLAG, INCLUDE, VALUE};
use crate::Result;
use crate::fileset;
use crate::patterns::Kind;
use crate::program::invocation::Invocation;
use crate::program::subrepositories;

pub(super) const COMMAND: Command = Command {
    names: &["locate"],
    options: &[
        ('r', "rev", VALUE),
        ('0', "print0", FLAG),
        ('f', "fullpath", FLAG),
        INCLUDE,
        EXCLUDE,
    ],
    is_paged: true,
    is_wordless: true,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    let rev = match hg.options.value("rev").map(ToOwned::to_owned) {
        Some(word) => hg.rev(&word)?,
        None => None,
    };
    let filesets = |expression: &[u8]| fileset::of(hg, rev, expression);
    let chosen = hg.chosen_by(&hg.words(), Kind::RelGlob, &filesets)?;
    let mut found: Vec<RepoPathBuf> = Vec::new();
    match rev {
        Some(rev) => {
            let manifest = hg.snapshot()?.manifest(rev)?;
            for entry in manifest.iter() {
                let path = entry?.path;
                found.extend(chosen.has(path).then(|| path.to_owned()));
            }
        }
        None => {
            // Also those that are removed.
            let dirstate = hg.repository()?.dirstate()?;
            for item in dirstate.map.iter() {
                let path = item?.path;
                found.extend(chosen.has(path).then(|| path.to_owned()));
            }
            found.sort_unstable();
        }
    }
    chosen.check()?;
    subrepositories::refuse(|path| Ok(found.iter().any(|found| **found == *path)))?;
    let is_relative = !hg.options.words.is_empty();
    let paths = hg.shown_paths(is_relative)?;
    let root = hg.repository()?.root().to_path_buf();
    let end = [hg.line_end()];
    for path in &found {
        if hg.options.flag("fullpath") {
            hg.out.print(path.below(&root).as_os_str().as_bytes());
        } else {
            hg.out.print(paths.show(path));
        }
        hg.out.print(end);
    }
    Ok(u8::from(found.is_empty()))
}
