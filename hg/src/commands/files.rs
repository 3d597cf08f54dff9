// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg files` and `hg cat`: the files of a changeset or of the working copy, and what is in them.

use std::sync::atomic::AtomicBool;

use vermilion_core::{Node, RepoPath, RepoPathBuf, Rev};

use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUE};
use crate::program::invocation::Invocation;
use crate::template::{Field, Fields};
use crate::{Error, Result};

/// Bytes of contents that are read at a time.
const AT_A_TIME: usize = 16 << 20;
const SUBREPOSITORIES: &[u8] = b".hgsubstate";

pub(super) const FILES: Command = Command {
    names: &["files"],
    options: &[
        ('r', "rev", VALUE),
        ('0', "print0", FLAG),
        INCLUDE,
        EXCLUDE,
        TEMPLATE,
        ('S', "subrepos", FLAG),
    ],
    is_coloured: true,
    run: files,
};

pub(super) const CAT: Command = Command {
    names: &["cat"],
    options: &[
        ('o', "output", VALUE),
        ('r', "rev", VALUE),
        (' ', "decode", FLAG),
        INCLUDE,
        EXCLUDE,
        TEMPLATE,
    ],
    is_coloured: true,
    run: cat,
};

fn files(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["subrepos"])?;
    if hg.is_verbose() {
        return Err(Error::unsupported("files --verbose"));
    }
    let rev = match hg.options.value("rev").map(ToOwned::to_owned) {
        Some(word) => hg.rev(&word)?,
        None => None,
    };
    let found: Vec<RepoPathBuf> = match rev {
        Some(rev) => of_changeset(hg, rev)?
            .into_iter()
            .map(|(path, _)| path)
            .collect(),
        None => of_working_copy(hg)?,
    };
    if let Some(mut formatter) = hg.formatter("files", &["path", "size", "flags"])? {
        // Looked at only where they are asked for.
        if formatter.asks_for("size") || formatter.asks_for("flags") {
            return Err(Error::unsupported("sizes and flags of files"));
        }
        for path in &found {
            let item = Fields::new().about(rev);
            formatter.add(item.with("path", Field::text(path.as_bytes())));
        }
        return formatter.print(hg).map(|()| u8::from(found.is_empty()));
    }
    let paths = hg.shown_paths(true)?;
    let end: &[u8] = if hg.options.flag("print0") {
        b"\0"
    } else {
        b"\n"
    };
    for path in &found {
        hg.out.print(paths.show(path));
        hg.out.print(end);
    }
    Ok(u8::from(found.is_empty()))
}

fn cat(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["output", "decode"])?;
    let word = hg.options.value("rev").unwrap_or(".".as_ref()).to_owned();
    let rev = hg
        .rev(&word)?
        .ok_or_else(|| Error::unsupported("cat of the working copy"))?;
    let places = hg
        .places()?
        .ok_or_else(|| Error::unsupported("cat of everything"))?;
    let found = of_changeset(hg, rev)?;
    // Mercurial has something to say of those that are not there.
    let is_there = |place: &RepoPathBuf| found.iter().any(|(path, _)| place.contains(path));
    if !places.iter().all(is_there) {
        return Err(Error::unsupported("a path that is not there"));
    }
    let mut formatter = hg.formatter("cat", &["data", "path"])?;
    let reads = formatter.as_ref();
    let reads = reads.is_none_or(|shown| shown.is_json() || shown.asks_for("data"));
    let interrupt = AtomicBool::new(false);
    if !reads && let Some(formatter) = &mut formatter {
        for (path, _) in &found {
            formatter.add(catted(rev, path, Vec::new()));
        }
    }
    let mut rest = &found[..];
    while reads && !rest.is_empty() {
        let contents = hg.snapshot()?.contents(rest, AT_A_TIME, &interrupt)?;
        let (read, left) = rest.split_at(contents.len());
        rest = left;
        for ((path, _), content) in read.iter().zip(contents) {
            match &mut formatter {
                Some(formatter) => formatter.add(catted(rev, path, content)),
                None => hg.out.print(content),
            }
        }
    }
    if let Some(formatter) = formatter {
        formatter.print(hg)?;
    }
    Ok(0)
}

fn catted(rev: Rev, path: &RepoPath, content: Vec<u8>) -> Fields {
    let item = Fields::new()
        .about(Some(rev))
        .with("data", Field::text(content));
    item.with("path", Field::text(path.as_bytes()))
}

/// Returns the files of a changeset that are named, with their nodes, in the manifest's order.
fn of_changeset(hg: &mut Invocation, rev: Rev) -> Result<Vec<(RepoPathBuf, Node)>> {
    let places = hg.places()?;
    let manifest = hg.snapshot()?.manifest(rev)?;
    if manifest.find(RepoPath::new(SUBREPOSITORIES))?.is_some() {
        return Err(Error::unsupported("subrepositories"));
    }
    let mut wanted = Wanted::new(places);
    let mut found = Vec::new();
    for entry in manifest.iter() {
        let entry = entry?;
        if wanted.has(entry.path) {
            found.push((entry.path.to_owned(), entry.node));
        }
    }
    wanted.check()?;
    Ok(found)
}

fn of_working_copy(hg: &mut Invocation) -> Result<Vec<RepoPathBuf>> {
    let mut wanted = Wanted::new(hg.places()?);
    let dirstate = hg.repository()?.dirstate()?;
    let mut found = Vec::new();
    for item in dirstate.map.iter() {
        let item = item?;
        let (path, entry) = (item.path, item.entry);
        if path.as_bytes() == SUBREPOSITORIES {
            return Err(Error::unsupported("subrepositories"));
        }
        if entry.tracked() && wanted.has(path) {
            found.push(path.to_owned());
        }
    }
    wanted.check()?;
    found.sort_unstable();
    Ok(found)
}

/// The files and directories that are named, and whether each was met.
struct Wanted(Option<Vec<(RepoPathBuf, bool)>>);

impl Wanted {
    fn new(places: Option<Vec<RepoPathBuf>>) -> Wanted {
        Wanted(places.map(|places| places.into_iter().map(|place| (place, false)).collect()))
    }

    fn has(&mut self, path: &RepoPath) -> bool {
        let Some(places) = &mut self.0 else {
            return true;
        };
        let mut is_wanted = false;
        for (place, is_met) in places {
            if place.contains(path) {
                (is_wanted, *is_met) = (true, true);
            }
        }
        is_wanted
    }

    /// Fails if one was not met: Mercurial has something to say of it.
    fn check(&self) -> Result<()> {
        match self.0.iter().flatten().find(|(_, is_met)| !is_met) {
            Some(_) => Err(Error::unsupported("a path that is not there")),
            None => Ok(()),
        }
    }
}
