// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg grep`: lines that match, in the working copy or in a changeset.

use std::os::unix::ffi::OsStrExt as _;

use vermilion_core::Rev;
use vermilion_core::grep::{Found, Request, grep, grep_working_copy};
use vermilion_core::matcher::python_re::PythonSearch;
use vermilion_core::working_copy::status::request::Watch;

use super::{Command, EXCLUDE, FLAG, INCLUDE, TEMPLATE, VALUES};
use crate::encoding::Encoding;
use crate::patterns::Kind;
use crate::program::invocation::Invocation;
use crate::text::short_user;
use crate::{Error, Result};

pub(super) const COMMAND: Command = Command {
    names: &["grep"],
    options: &[
        ('0', "print0", FLAG),
        (' ', "all", FLAG),
        (' ', "diff", FLAG),
        ('a', "text", FLAG),
        ('f', "follow", FLAG),
        ('i', "ignore-case", FLAG),
        ('l', "files-with-matches", FLAG),
        ('n', "line-number", FLAG),
        ('r', "rev", VALUES),
        (' ', "all-files", FLAG),
        ('u', "user", FLAG),
        ('d', "date", FLAG),
        TEMPLATE,
        INCLUDE,
        EXCLUDE,
    ],
    is_coloured: true,
    is_wordless: false,
    run,
};

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["all", "diff", "follow", "all-files", "template"])?;
    let words: Vec<&[u8]> = hg
        .options
        .words
        .iter()
        .map(|word| word.as_bytes())
        .collect();
    let Some((pattern, words)) = words.split_first() else {
        return Err(Error::unsupported("grep for nothing"));
    };
    let pattern = PythonSearch::new(pattern, hg.options.flag("ignore-case"));
    let pattern = pattern.map_err(|reason| Error::unsupported(format!("the pattern: {reason}")))?;
    let chosen = hg.chosen_by(words, Kind::RelPath)?;
    let rev = rev(hg)?;
    let request = Request {
        pattern: &pattern,
        changes: false,
        files_only: hg.options.flag("files-with-matches"),
        is_wanted: &|path| chosen.has(path),
    };
    let watch = Watch::default();
    let found = match rev {
        Some(rev) => grep(&*hg.snapshot()?, &[rev], None, &request, usize::MAX, &watch)?.found,
        None => {
            let repository = hg.repository()?;
            let dirstate = repository.dirstate()?;
            let mut files = Vec::new();
            for item in dirstate.map.iter() {
                let item = item?;
                if item.entry.tracked() && chosen.has(item.path) {
                    files.push(item.path.to_owned());
                }
            }
            files.sort_unstable();
            grep_working_copy(repository.root(), &files, &request, &watch)?
        }
    };
    chosen.check()?;
    let shown = shown(hg, rev, &found)?;
    hg.out.print(shown);
    Ok(u8::from(found.is_empty()))
}

/// Returns the changeset that is searched, `None` for the working copy.
fn rev(hg: &Invocation) -> Result<Option<Rev>> {
    match hg.options.values("rev")[..] {
        [] => Ok(None),
        [word] => match hg.evaluate(word.as_bytes())?[..] {
            [rev] => Ok(Some(rev)),
            _ => Err(Error::unsupported("grep of another number of changesets")),
        },
        _ => Err(Error::unsupported("grep of several changesets")),
    }
}

/// Returns the lines as they are printed.
fn shown(hg: &Invocation, rev: Option<Rev>, found: &[Found]) -> Result<Vec<u8>> {
    let separators: [&[u8]; 2] = if hg.options.flag("print0") {
        [b"\0", b"\0"]
    } else {
        [b":", b"\n"]
    };
    let [separator, end] = separators;
    let [mut before_number, mut behind_number] = [Vec::new(), Vec::new()];
    let add = |place: &mut Vec<u8>, text: &[u8]| {
        place.extend_from_slice(separator);
        place.extend_from_slice(text);
    };
    let (user, date) = (hg.options.flag("user"), hg.options.flag("date"));
    match rev {
        None if user || date => return Err(Error::unsupported("who commits next")),
        None => {}
        Some(rev) => {
            add(&mut before_number, rev.to_string().as_bytes());
            let snapshot = hg.snapshot()?;
            let changelog = snapshot.refs().changelog();
            let text = changelog.text(rev)?;
            let changeset = changelog.parse(rev, &text)?;
            if user {
                let name = Encoding::of(&hg.config).show(changeset.user())?;
                let name = if hg.is_verbose() {
                    &name
                } else {
                    short_user(&name)
                };
                add(&mut behind_number, name);
            }
            if date && hg.is_quiet() {
                add(&mut behind_number, changeset.date().day().as_bytes());
            } else if date {
                add(&mut behind_number, changeset.date().to_string().as_bytes());
            }
        }
    }
    let paths = hg.shown_paths(false)?;
    let mut shown = Vec::new();
    for file in found {
        let path = paths.show(&file.path);
        for line in &file.lines {
            shown.extend_from_slice(&path);
            shown.extend_from_slice(&before_number);
            if hg.options.flag("line-number") {
                add(&mut shown, line.number.to_string().as_bytes());
            }
            shown.extend_from_slice(&behind_number);
            if !hg.options.flag("files-with-matches") {
                let is_shown = hg.options.flag("text") || !file.is_binary;
                let text: &[u8] = if is_shown {
                    &line.text
                } else {
                    b" Binary file matches"
                };
                add(&mut shown, text);
            }
            shown.extend_from_slice(end);
        }
    }
    Ok(shown)
}
