// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg tip`, `hg heads` and `hg parents`: changesets at certain places of the history.

use std::collections::HashSet;
use std::ffi::OsString;

use vermilion_core::Rev;

use super::branches::branches_of;
use super::{Command, FLAG, TEMPLATE, VALUE};
use crate::program::differences::Parts;
use crate::program::invocation::Invocation;
use crate::program::printer::Listing;
use crate::revset::{self, Value};
use crate::{Error, Result};

pub(super) const TIP: Command = Command {
    names: &["tip"],
    options: &[
        ('p', "patch", FLAG),
        ('g', "git", FLAG),
        (' ', "style", VALUE),
        TEMPLATE,
    ],
    is_paged: false,
    is_wordless: false,
    run: tip,
};

pub(super) const HEADS: Command = Command {
    names: &["heads"],
    options: &[
        ('r', "rev", VALUE),
        ('t', "topo", FLAG),
        ('a', "active", FLAG),
        ('c', "closed", FLAG),
        (' ', "style", VALUE),
        TEMPLATE,
    ],
    is_paged: true,
    is_wordless: false,
    run: heads,
};

pub(super) const PARENTS: Command = Command {
    names: &["parents"],
    options: &[('r', "rev", VALUE), (' ', "style", VALUE), TEMPLATE],
    is_paged: false,
    is_wordless: false,
    run: parents,
};

fn tip(hg: &mut Invocation) -> Result<u8> {
    hg.refuse_words()?;
    let parts = Parts {
        patch: hg.options.flag("patch"),
        ..Parts::default()
    };
    let tip = hg.snapshot()?.refs().tip()?;
    if tip.is_null() {
        return Err(Error::unsupported("the null revision"));
    }
    let listing = Listing {
        parts,
        ..Listing::default()
    };
    hg.print_changesets(&[tip], &listing)?;
    Ok(0)
}

fn heads(hg: &mut Invocation) -> Result<u8> {
    let snapshot = hg.snapshot()?;
    let start = match hg.options.value("rev").map(ToOwned::to_owned) {
        Some(word) => {
            let none = || Error::unsupported("heads of what comes behind the working copy");
            Some(
                hg.rev(&word)?
                    .filter(|rev| !rev.is_null())
                    .ok_or_else(none)?,
            )
        }
        None => None,
    };
    let behind: Option<HashSet<Rev>> = match start {
        Some(rev) => {
            let spec = revset::format(b"%d::", &[Value::Number(rev.get().into())])?;
            Some(hg.evaluate_own(&spec)?.into_iter().collect())
        }
        None => None,
    };
    // Mercurial calls those active that are of the history, not only of their branches.
    let is_topological = hg.options.flag("topo");
    let mut heads: Vec<Rev> = if is_topological {
        let heads = hg.evaluate_own(b"heads(all())")?;
        if heads.is_empty() {
            return Err(Error::unsupported("the null revision"));
        }
        heads
    } else {
        let with_closed = hg.options.flag("closed");
        let branches = snapshot.refs().branches()?;
        let of_branches = branches.iter().flat_map(|(_, heads)| heads.all());
        of_branches
            .filter(|(_, is_closed)| with_closed || !is_closed)
            .map(|(rev, _)| *rev)
            .collect()
    };
    heads.retain(|rev| behind.as_ref().is_none_or(|behind| behind.contains(rev)));
    let specs = hg.options.words.clone();
    if !specs.is_empty() {
        of_branches(hg, &specs, &mut heads)?;
    }
    heads.sort_unstable();
    heads.reverse();
    if heads.is_empty() {
        hg.out.page(None);
        return Ok(1);
    }
    hg.print_changesets(&heads, &Listing::default())?;
    Ok(0)
}

/// Keeps the heads of the branches that changesets are on.
fn of_branches(hg: &Invocation, specs: &[OsString], heads: &mut Vec<Rev>) -> Result<()> {
    if hg.options.flag("active") {
        return Err(Error::unsupported("heads --active"));
    }
    let names = branches_of(hg, specs)?;
    let snapshot = hg.snapshot()?;
    let changelog = snapshot.refs().changelog();
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for &rev in &*heads {
        let text = changelog.text(rev)?;
        let branch = changelog.parse(rev, &text)?.branch().to_vec();
        if names.contains(&branch) {
            seen.insert(branch);
            kept.push(rev);
        }
    }
    // Mercurial tells of those that have none.
    if seen.len() < names.len() {
        return Err(Error::unsupported("a branch without heads"));
    }
    *heads = kept;
    Ok(())
}

fn parents(hg: &mut Invocation) -> Result<u8> {
    hg.refuse_words()?;
    let snapshot = hg.snapshot()?;
    let rev = match hg.options.value("rev").map(ToOwned::to_owned) {
        Some(word) => hg.rev(&word)?,
        None => None,
    };
    let parents = match rev {
        Some(rev) => snapshot.parents(rev)?,
        None => snapshot.refs().working_parents(),
    };
    let parents: Vec<Rev> = parents.into_iter().filter(|rev| !rev.is_null()).collect();
    hg.print_changesets(&parents, &Listing::default())?;
    Ok(0)
}
