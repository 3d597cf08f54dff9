// SPDX-License-Identifier: GPL-2.0-or-later

//! Lines of files that match a pattern: in changesets, or where changesets change them, as
//! `hg grep` finds them.
//!
//! What lines are and where the pattern matches is Mercurial's (`mercurial/grep.py`, see
//! `lines.rs`), and so is the order. Of a changeset that changes a file, the matching lines there
//! and in the first parent are compared (`sequence.rs`).

mod changed;
mod lines;
mod working;

use std::collections::HashMap;
use std::sync::Arc;

use crate::manifest::ManifestEntry;
use crate::matcher::python_re::PythonSearch;
use crate::platform::pool;
use crate::snapshot::Snapshot;
use crate::working_copy::status::request::Watch;
use crate::{Node, RepoPath, RepoPathBuf, Result, Rev};

use lines::{Line, Searched, matching};
pub use working::grep_working_copy;

/// Files that all threads read before anybody looks how much was found.
const BLOCK: usize = 64;

/// What is searched for.
pub struct Request<'r> {
    /// The pattern.
    pub pattern: &'r PythonSearch,
    /// Whether lines are wanted that changesets add or remove, and not all that they have.
    pub changes: bool,
    /// Whether only the first line of each file is wanted.
    pub files_only: bool,
    /// Whether a file is searched.
    pub is_wanted: &'r (dyn Fn(&RepoPath) -> bool + Sync),
}

/// What has become of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It is there; nobody asked for changes.
    There,
    /// The changeset adds it.
    Added,
    /// The changeset removes it.
    Removed,
}

impl Sign {
    /// Returns the character that `hg grep --diff` has for it, a space for none.
    pub fn letter(self) -> u8 {
        match self {
            Sign::There => b' ',
            Sign::Added => b'+',
            Sign::Removed => b'-',
        }
    }
}

/// A line with matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLine {
    /// Its number, counted from 1: in the parent's file for one that is removed.
    pub number: u32,
    /// What has become of it.
    pub sign: Sign,
    /// The text without the line feed at its end. It has some in it where the match has.
    pub text: Vec<u8>,
    /// Where the pattern matches in it: beginnings and ends.
    pub spans: Vec<[u32; 2]>,
}

/// Lines of one file of a changeset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub path: RepoPathBuf,
    /// The changeset; the null revision for the working copy.
    pub rev: Rev,
    /// Whether the file is binary.
    pub is_binary: bool,
    /// The lines, at least one.
    pub lines: Vec<FoundLine>,
}

impl Found {
    fn bytes(&self) -> usize {
        let lines = self.lines.iter();
        let lines =
            lines.map(|line| size_of::<FoundLine>() + line.text.len() + 8 * line.spans.len());
        self.path.len() + lines.sum::<usize>()
    }
}

/// What was found, and where to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The files, in the order of the changesets, then of the paths.
    pub found: Vec<Found>,
    /// How many changesets are done.
    pub done: usize,
    /// The last file of the next changeset that is done, if there is one.
    pub after: Option<RepoPathBuf>,
}

/// Searches changesets in the order of `revs`, the first one behind the file `after`, until about
/// `most` bytes were found.
///
/// Files are searched on several threads. A file that is the same in the changeset before is
/// searched once.
///
/// # Errors
/// Those of reading changesets, manifests and contents; [`Error::Interrupted`](crate::Error::Interrupted).
pub fn grep(
    snapshot: &Snapshot,
    revs: &[Rev],
    after: Option<&RepoPath>,
    request: &Request<'_>,
    most: usize,
    watch: &Watch,
) -> Result<Answer> {
    if request.changes {
        return changed::grep(snapshot, revs, request, most, watch);
    }
    let mut answer = Answer::default();
    let mut after = after;
    let mut known = Known::new();
    let mut bytes = 0;
    for (at, &rev) in revs.iter().enumerate() {
        let manifest = snapshot.manifest(rev)?;
        let mut files = Vec::new();
        for entry in manifest.iter() {
            let entry = entry?;
            let is_next = after.is_none_or(|after| entry.path > after);
            if is_next && (request.is_wanted)(entry.path) {
                files.push(entry);
            }
        }
        after = None;
        let mut blocks = files.chunks(BLOCK).peekable();
        while let Some(block) = blocks.next() {
            let searched = pool::map(block, |file| search(snapshot, file, request, &known, watch));
            for (file, searched) in block.iter().zip(searched) {
                let searched = searched?;
                if revs.len() > 1 {
                    known.insert(file.path.to_owned(), (file.node, Arc::clone(&searched)));
                }
                if let Some(found) = found_all(file.path, &searched, request) {
                    bytes += found.bytes();
                    answer.found.push(Found { rev, ..found });
                }
            }
            if bytes >= most && blocks.peek().is_some() {
                answer.after = block.last().map(|file| file.path.to_owned());
                return Ok(answer);
            }
        }
        answer.done = at + 1;
        if bytes >= most {
            break;
        }
    }
    Ok(answer)
}

/// Files as they were searched last.
type Known = HashMap<RepoPathBuf, (Node, Arc<Searched>)>;

fn search(
    snapshot: &Snapshot,
    file: &ManifestEntry<'_>,
    request: &Request<'_>,
    known: &Known,
    watch: &Watch,
) -> Result<Arc<Searched>> {
    let known = known.get(file.path).filter(|known| known.0 == file.node);
    if let Some((_, searched)) = known {
        return Ok(Arc::clone(searched));
    }
    let content = snapshot.store().content(file.path, &file.node)?;
    let most = if request.files_only { 1 } else { usize::MAX };
    matching(&content, request.pattern, most, watch).map(Arc::new)
}

/// Returns all lines as they are told, `None` if there are none.
fn found_all(path: &RepoPath, searched: &Searched, request: &Request<'_>) -> Option<Found> {
    let lines = searched.lines.iter().map(|line| (Sign::There, line));
    found(path, lines, searched.is_binary, request)
}

/// Returns lines as they are told, without a changeset; `None` if there are none.
fn found<'l>(
    path: &RepoPath,
    lines: impl Iterator<Item = (Sign, &'l Line)>,
    is_binary: bool,
    request: &Request<'_>,
) -> Option<Found> {
    let most = if request.files_only { 1 } else { usize::MAX };
    let mut finder = request.pattern.finder();
    let lines = lines.take(most).map(|(sign, line)| FoundLine {
        number: line.number,
        sign,
        text: line.text.clone(),
        spans: line.spans(&mut finder),
    });
    let lines: Vec<FoundLine> = lines.collect();
    (!lines.is_empty()).then(|| Found {
        path: path.to_owned(),
        rev: Rev::NULL,
        is_binary,
        lines,
    })
}
