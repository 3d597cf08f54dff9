// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg files` and `hg cat`: the files of a changeset or of the working copy, and what is in them.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::AtomicBool;

use vermilion_core::manifest::Flag;
use vermilion_core::{Node, RepoPath, RepoPathBuf, Rev};

use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUE};
use crate::program::chosen::is_in;
use crate::program::invocation::Invocation;
use crate::program::subrepositories;
use crate::template::{Field, Fields, Formatter};
use crate::{Error, Result};

/// Bytes of contents that are read at a time.
const AT_A_TIME: usize = 16 << 20;

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
    is_paged: true,
    is_wordless: true,
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
    is_paged: true,
    is_wordless: true,
    run: cat,
};

fn files(hg: &mut Invocation) -> Result<u8> {
    let rev = match hg.options.value("rev").map(ToOwned::to_owned) {
        Some(word) => hg.rev(&word)?,
        None => None,
    };
    let formatter = hg.formatter("files", &["path", "size", "flags"])?;
    // Looked at only where they are asked for.
    let names = ["size", "flags"];
    let asks = |shown: &Formatter| names.iter().any(|name| shown.asks_for(name));
    let is_measured = hg.is_verbose() || formatter.as_ref().is_some_and(asks);
    let (found, measures) = match rev {
        Some(rev) => {
            let found = of_changeset(hg, rev)?;
            let measures = is_measured.then(|| measured(hg, rev, &found)).transpose()?;
            (found.into_iter().map(|(path, _)| path).collect(), measures)
        }
        None => {
            let found = of_working_copy(hg)?;
            let measures = is_measured.then(|| measured_here(hg, &found)).transpose()?;
            (found, measures)
        }
    };
    let measure = |at: usize| measures.as_ref().map(|measures| measures[at]);
    if let Some(mut formatter) = formatter {
        for (at, path) in found.iter().enumerate() {
            let mut item = Fields::new().about(rev);
            if let Some((size, flags)) = measure(at) {
                let flags = Field::text(flags.as_bytes());
                item = item.with("size", Field::number(size)).with("flags", flags);
            }
            formatter.add(item.with("path", Field::text(path.as_bytes())));
        }
        return formatter.print(hg).map(|()| u8::from(found.is_empty()));
    }
    let paths = hg.shown_paths(true)?;
    let end = [hg.line_end()];
    for (at, path) in found.iter().enumerate() {
        if let Some((size, flags)) = measure(at) {
            let flags = String::from_utf8_lossy(flags.as_bytes()).into_owned();
            hg.out
                .print(format!("{:>10} {flags:>1} ", format!(" {size}")));
        }
        hg.out.print(paths.show(path));
        hg.out.print(end);
    }
    Ok(u8::from(found.is_empty()))
}

/// Returns the sizes and the flags of files of a changeset.
fn measured(hg: &Invocation, rev: Rev, files: &[(RepoPathBuf, Node)]) -> Result<Vec<(i64, Flag)>> {
    let snapshot = hg.snapshot()?;
    let manifest = snapshot.manifest(rev)?;
    let interrupt = AtomicBool::new(false);
    let mut sizes = Vec::with_capacity(files.len());
    while let rest @ [_, ..] = &files[sizes.len()..] {
        let contents = snapshot.contents(rest, AT_A_TIME, &interrupt)?;
        sizes.extend(contents.iter().map(|content| content.len() as i64));
    }
    let measure = |((path, _), size): (&(RepoPathBuf, Node), i64)| {
        let entry = manifest.find(path)?;
        Ok((size, entry.map_or(Flag::Regular, |entry| entry.flag)))
    };
    files.iter().zip(sizes).map(measure).collect()
}

/// Returns the sizes and the flags of files of the working copy.
fn measured_here(hg: &Invocation, files: &[RepoPathBuf]) -> Result<Vec<(i64, Flag)>> {
    let root = hg.repository()?.root().to_path_buf();
    let measure = |path: &RepoPathBuf| {
        let found = fs::symlink_metadata(path.below(&root));
        let found =
            found.map_err(|_| Error::unsupported("the size of a file that is not there"))?;
        let flags = if found.is_symlink() {
            Flag::Symlink
        } else if found.mode() & 0o100 != 0 {
            Flag::Executable
        } else {
            Flag::Regular
        };
        Ok((found.len() as i64, flags))
    };
    files.iter().map(measure).collect()
}

fn cat(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["output", "decode"])?;
    let word = hg.options.value("rev").unwrap_or(".".as_ref()).to_owned();
    let rev = hg
        .rev(&word)?
        .ok_or_else(|| Error::unsupported("cat of the working copy"))?;
    if hg.options.words.is_empty() {
        return Err(Error::unsupported("cat of nothing"));
    }
    let found = of_changeset(hg, rev)?;
    if found.is_empty() {
        return Err(Error::unsupported("cat of no file"));
    }
    let mut formatter = hg.formatter("cat", &["data", "path"])?;
    if formatter.is_some() && hg.has_lfs() {
        return Err(Error::unsupported("cat of items, of which lfs has more"));
    }
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

/// Returns the files of a changeset that are chosen, with their nodes, in the manifest's order.
pub(super) fn of_changeset(hg: &mut Invocation, rev: Rev) -> Result<Vec<(RepoPathBuf, Node)>> {
    let chosen = hg.chosen_at(Some(rev))?;
    let manifest = hg.snapshot()?.manifest(rev)?;
    subrepositories::refuse_in(&manifest)?;
    let mut found = Vec::new();
    for entry in manifest.iter() {
        let entry = entry?;
        if chosen.has(entry.path) {
            found.push((entry.path.to_owned(), entry.node));
        }
    }
    chosen.check_named(|place| is_in(&manifest, place))?;
    Ok(found)
}

/// Returns the tracked files that are chosen, in the order of their paths.
pub(super) fn of_working_copy(hg: &mut Invocation) -> Result<Vec<RepoPathBuf>> {
    let chosen = hg.chosen_at(None)?;
    let dirstate = hg.repository()?.dirstate()?;
    subrepositories::refuse(|path| Ok(dirstate.map.contains(path)?))?;
    let found = chosen.tracked(&dirstate.map)?;
    chosen.check_named(|place| {
        let is_file = found.binary_search(&place.to_owned()).is_ok();
        Ok(is_file || dirstate.map.has_tracked_dir(place)?)
    })?;
    Ok(found)
}
