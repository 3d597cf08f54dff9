// SPDX-License-Identifier: GPL-2.0-or-later

//! The walk through the revisions that a file was made of.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::pair::Sourced;
use super::{Annotated, AnnotatedLine, Annotating};
use crate::error::FileKind;
use crate::filelog::{Contents, Filelog};
use crate::history::{FileRev, Files, PathId};
use crate::{Error, RepoPath, Result, Rev};

/// Files whose last text is kept, as the next one is likely to be a delta to it.
const READERS: usize = 16;

/// A revision of a file, come to from one that was made of it.
///
/// It may be come to several times, and be introduced by another changeset each time: by an
/// ancestor of the one that it was come to from.
#[derive(Clone, Copy, Debug)]
struct Visit {
    file: FileRev,
    /// The changeset of what it was come to from.
    from: Rev,
    /// The changeset that introduced it, once it is known.
    changeset: Option<Rev>,
}

/// All revisions that a file was made of.
pub(super) struct Walk<'f, 'c, 's> {
    files: &'f mut Files<'c>,
    how: &'s Annotating<'s>,
    at: Rev,
    visits: Vec<Visit>,
    /// The visits to what each revision was made of, and how many times that is of use.
    parents: HashMap<FileRev, Vec<u32>>,
    needed: HashMap<FileRev, usize>,
    filelogs: HashMap<PathId, Arc<Filelog>>,
}

impl<'f, 'c, 's> Walk<'f, 'c, 's> {
    /// Walks from a file to all that it was made of, without reading contents.
    pub(super) fn of(
        files: &'f mut Files<'c>,
        path: &RepoPath,
        at: Rev,
        how: &'s Annotating<'s>,
    ) -> Result<Self> {
        let file = files.at(path, at)?;
        let changeset = files.introduction(file, at, true, at)?;
        let visit = Visit {
            file,
            from: at,
            changeset: Some(changeset),
        };
        let mut walk = Walk {
            files,
            how,
            at,
            visits: vec![visit],
            parents: HashMap::new(),
            needed: HashMap::new(),
            filelogs: HashMap::new(),
        };
        let mut todo = vec![0];
        while let Some(number) = todo.pop() {
            let visit = walk.visits[number as usize];
            if walk.parents.contains_key(&visit.file) {
                continue;
            }
            walk.files.check_interrupt()?;
            let parents = walk.go_on(number)?;
            for &parent in &parents {
                let file = walk.visits[parent as usize].file;
                *walk.needed.entry(file).or_default() += 1;
                if file != visit.file && !walk.parents.contains_key(&file) {
                    todo.push(parent);
                }
            }
            walk.parents.insert(visit.file, parents);
        }
        Ok(walk)
    }

    /// Makes visits to what a revision was made of.
    fn go_on(&mut self, number: u32) -> Result<Vec<u32>> {
        let file = self.visits[number as usize].file;
        let from = self.changeset(number)?;
        let filelog = self.files.filelog(file.path)?;
        self.filelogs.insert(file.path, filelog);
        let mut numbers = Vec::with_capacity(2);
        for parent in self.files.parents(file)? {
            if self.how.follow || parent.path == file.path {
                numbers.push(self.visits.len() as u32);
                self.visits.push(Visit {
                    file: parent,
                    from,
                    changeset: None,
                });
            }
        }
        Ok(numbers)
    }

    /// Returns the changeset of a visit.
    fn changeset(&mut self, number: u32) -> Result<Rev> {
        let visit = self.visits[number as usize];
        if let Some(changeset) = visit.changeset {
            return Ok(changeset);
        }
        let found = self
            .files
            .introduction(visit.file, visit.from, false, self.at)?;
        self.visits[number as usize].changeset = Some(found);
        Ok(found)
    }

    /// Reads all contents, those first that others were made of, and returns that of the file.
    pub(super) fn annotated(mut self) -> Result<Annotated> {
        let filelogs = std::mem::take(&mut self.filelogs);
        let mut readers: HashMap<PathId, Contents<'_>> = HashMap::new();
        let mut done: HashMap<FileRev, Sourced> = HashMap::new();
        let mut waiting: HashSet<FileRev> = HashSet::new();
        let mut todo = vec![0];
        let base = self.visits[0].file;
        while let Some(&number) = todo.last() {
            let file = self.visits[number as usize].file;
            if done.contains_key(&file) {
                todo.pop();
                continue;
            }
            let parents = self.parents.get(&file).map_or(&[][..], Vec::as_slice);
            let before = todo.len();
            for &parent in parents {
                if !done.contains_key(&self.visits[parent as usize].file) {
                    todo.push(parent);
                }
            }
            if todo.len() > before {
                if !waiting.insert(file) {
                    // Nodes do not allow it, but these are not checked here.
                    let name = filelogs[&file.path].revlog().at(file.rev);
                    return Err(Error::corrupt(FileKind::Revlog, name, "was made of itself"));
                }
                continue;
            }
            todo.pop();
            self.files.check_interrupt()?;
            let parents = self.parents.remove(&file).unwrap_or_default();
            if readers.len() >= READERS && !readers.contains_key(&file.path) {
                readers.clear();
            }
            let reader = readers
                .entry(file.path)
                .or_insert_with(|| filelogs[&file.path].contents(self.how.check));
            let mut sourced = Sourced::own(reader.read(file.rev)?.to_vec(), number);
            let skip = match self.how.skip {
                Some(revs) => revs.contains(self.changeset(number)?),
                None => false,
            };
            let parents = parents
                .iter()
                .map(|&parent| self.visits[parent as usize].file);
            let parents: Vec<FileRev> = parents.collect();
            let made: Vec<&Sourced> = parents.iter().map(|parent| &done[parent]).collect();
            sourced.give(&made, self.how, skip);
            for parent in parents {
                let left = self.needed.entry(parent).or_default();
                *left = left.saturating_sub(1);
                if *left == 0 {
                    done.remove(&parent);
                }
            }
            done.insert(file, sourced);
        }
        let Some(Sourced { text, lines }) = done.remove(&base) else {
            return Ok(Annotated::default());
        };
        let mut annotated = Vec::with_capacity(lines.len());
        for line in lines {
            annotated.push(AnnotatedLine {
                changeset: self.changeset(line.visit)?,
                path: self.visits[line.visit as usize].file.path,
                number: line.number,
                skipped: line.skipped,
            });
        }
        Ok(Annotated {
            text,
            lines: annotated,
        })
    }
}
