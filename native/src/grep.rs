// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.grep`: lines of files that match a pattern.

use hpy_bindings::{Borrowed, Bytes, Shared, pyfunction};
use vermilion_core as core;
use vermilion_core::error::FileKind;
use vermilion_core::grep::{Answer, Request, grep as search};
use vermilion_core::matcher::python_re::PythonSearch;
use vermilion_core::{RepoPath, RepoPathBuf, Rev};

use crate::error::Result;
use crate::repository::{Repository, is_in};
use crate::revs::Revs;

/// Where to go on: (how many changesets are done, the last file of the next one that is).
type Position = (usize, Option<Bytes>);

/// Files: (paths that end with NUL, revisions, how many lines each has).
type Files = (Bytes, Bytes, Bytes);

/// Lines: (numbers, signs, texts after each other, where they end, how many matches each has,
/// beginnings and ends of these).
type Lines = (Bytes, Bytes, Bytes, Bytes, Bytes, Bytes);

/// Searches changesets until about so many bytes were found.
#[pyfunction(signature = (
    repository, revs, after, pattern, ignore_case, paths, changes, files_only, most, tick, /
))]
#[allow(clippy::too_many_arguments)] // Python's
pub fn grep(
    repository: Shared<Repository>,
    revs: Revs,
    after: Option<Bytes>,
    pattern: &[u8],
    ignore_case: bool,
    paths: Option<Vec<Bytes>>,
    changes: bool,
    files_only: bool,
    most: usize,
    tick: Borrowed<'_>,
) -> Result<(Position, Files, Lines)> {
    let pattern = PythonSearch::new(pattern, ignore_case).map_err(|reason| {
        let name = format!("the pattern {}", pattern.escape_ascii());
        core::Error::unsupported(FileKind::Repository, name, reason)
    })?;
    let request = Request {
        pattern: &pattern,
        changes,
        files_only,
        is_wanted: &|path| paths.as_ref().is_none_or(|places| is_in(path, places)),
    };
    let after = after.map(|path| RepoPathBuf::from(path.0));
    let after: Option<&RepoPath> = after.as_deref();
    let answer = repository
        .borrow(tick.ctx())?
        .watch(tick, |snapshot, watch| {
            search(snapshot, &revs.0, after, &request, most, watch)
        })?;
    Ok(columns(answer))
}

fn columns(answer: Answer) -> (Position, Files, Lines) {
    let position = (
        answer.done,
        answer.after.map(|path| Bytes(path.into_bytes())),
    );
    let (mut paths, mut revs, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut numbers, mut signs, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ends, mut matches, mut spans) = (Vec::new(), Vec::new(), Vec::new());
    for file in answer.found {
        paths.extend_from_slice(file.path.as_bytes());
        paths.push(0);
        revs.push(file.rev);
        counts.extend((file.lines.len() as i32).to_ne_bytes());
        for line in file.lines {
            numbers.extend(line.number.to_ne_bytes());
            signs.push(line.sign.letter());
            texts.extend_from_slice(&line.text);
            ends.extend((texts.len() as i64).to_ne_bytes());
            matches.extend((line.spans.len() as i32).to_ne_bytes());
            spans.extend(line.spans.into_iter().flatten().flat_map(u32::to_ne_bytes));
        }
    }
    (
        position,
        (
            Bytes(paths),
            Bytes(Rev::packed(&revs).to_vec()),
            Bytes(counts),
        ),
        (
            Bytes(numbers),
            Bytes(signs),
            Bytes(texts),
            Bytes(ends),
            Bytes(matches),
            Bytes(spans),
        ),
    )
}
