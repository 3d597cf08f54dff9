// SPDX-License-Identifier: GPL-2.0-or-later

//! Histories of files: functions of `_native.Repository`, each of which may take long.

use std::sync::Arc;

use hpy_bindings::{Borrowed, Bytes, Ctx, Exception, PyErr, Shared, pyfunction};
use vermilion_core as core;
use vermilion_core::annotate::Annotating;
use vermilion_core::copies::Copies;
use vermilion_core::filelog::Filelog;
use vermilion_core::history::{FileVersion, Files, Following};
use vermilion_core::{Node, RepoPath, Rev};

use crate::diff::{DiffOptions, whitespace};
use crate::error::Result;
use crate::repository::Repository;
use crate::revs::{OneRev, Revs, set_of};
use crate::status::{Watch, watched};

/// Versions of files: (packed revisions, packed numbers of paths, nodes, the paths).
type Versions = (Bytes, Bytes, Bytes, Vec<Bytes>);

/// Where lines come from: (content, packed revisions, packed numbers of paths, packed numbers of
/// lines, bytes of 0 or 1 that say which only stand in, the paths).
type Annotation = (Bytes, Bytes, Bytes, Bytes, Bytes, Vec<Bytes>);

/// Asks about files, without the interpreter; `tick` may end it.
fn ask<R: Send>(
    repository: &Shared<Repository>,
    tick: Borrowed<'_>,
    work: impl FnOnce(&mut Files<'_>) -> core::Result<R> + Send,
) -> Result<R> {
    let ctx = tick.ctx();
    // Nothing may be borrowed meanwhile: in a child that is forked, nobody would end that.
    let snapshot = Arc::clone(repository.borrow(ctx)?.snapshot());
    let watch = Watch::default();
    let asked = || work(&mut snapshot.files(&watch.interrupt)?);
    Ok(watched(ctx, tick, &watch, asked)??)
}

fn no_such_file(path: &[u8], rev: Rev) -> PyErr {
    let path = RepoPath::new(path);
    PyErr::new(Exception::Key, format!("{path} is not in revision {rev}"))
}

/// Returns what is found of a file that has to be there.
fn of_file<R: Send>(
    repository: &Shared<Repository>,
    path: &[u8],
    at: Rev,
    tick: Borrowed<'_>,
    work: impl FnOnce(&mut Files<'_>, &RepoPath) -> core::Result<R> + Send,
) -> Result<R> {
    let path_there = RepoPath::new(path);
    let found = ask(repository, tick, |files| {
        if files.manifest(at)?.find(path_there)?.is_none() {
            return Ok(None);
        }
        work(files, path_there).map(Some)
    })?;
    found.ok_or_else(|| no_such_file(path, at).into())
}

fn paths(files: &Files<'_>) -> Vec<Bytes> {
    let paths = files.paths().iter();
    paths.map(|path| Bytes(path.as_bytes().to_vec())).collect()
}

fn packed(numbers: impl Iterator<Item = i32>) -> Bytes {
    Bytes(numbers.flat_map(i32::to_ne_bytes).collect())
}

fn versions(files: &Files<'_>, found: &[FileVersion]) -> Versions {
    let nodes = found.iter().flat_map(|version| *version.node.as_bytes());
    (
        packed(found.iter().map(|version| version.changeset.get())),
        packed(found.iter().map(|version| version.path.index() as i32)),
        Bytes(nodes.collect()),
        paths(files),
    )
}

/// The versions of a file that came before the one of a changeset, under whatever names.
#[pyfunction(signature = (repository, path, at, first_parent, hidden, tick, /))]
pub fn followed(
    repository: Shared<Repository>,
    path: &[u8],
    at: OneRev,
    first_parent: bool,
    hidden: Revs,
    tick: Borrowed<'_>,
) -> Result<Versions> {
    let hidden = set_of(hidden.0)?;
    of_file(&repository, path, at.0, tick, |files, path| {
        let how = Following {
            first_parent,
            hidden: Some(&hidden),
            limit: None,
        };
        let found = files.follow(&[(path, at.0)], &how)?;
        Ok(versions(files, &found))
    })
}

/// The versions of a file of this name.
#[pyfunction(signature = (repository, path, hidden, ancestors_of, tick, /))]
pub fn versions_of(
    repository: Shared<Repository>,
    path: &[u8],
    hidden: Revs,
    ancestors_of: Option<OneRev>,
    tick: Borrowed<'_>,
) -> Result<Versions> {
    let hidden = set_of(hidden.0)?;
    ask(&repository, tick, |files| {
        let within = ancestors_of.map(|rev| rev.0);
        let found = files.changes_of(RepoPath::new(path), &hidden, within)?;
        Ok(versions(files, &found))
    })
}

/// The changeset that introduced the version of a file that a changeset has.
#[pyfunction(signature = (repository, path, at, tick, /))]
pub fn introduced_by(
    repository: Shared<Repository>,
    path: &[u8],
    at: OneRev,
    tick: Borrowed<'_>,
) -> Result<OneRev> {
    of_file(&repository, path, at.0, tick, |files, path| {
        files.introduced_by(path, at.0).map(OneRev)
    })
}

/// The path and the node that a version of a file was copied from, None for one that was not.
#[pyfunction(signature = (repository, path, node, /))]
pub fn copied_from(
    ctx: Ctx<'_>,
    repository: Shared<Repository>,
    path: &[u8],
    node: &[u8],
) -> Result<Option<(Bytes, Bytes)>> {
    let snapshot = Arc::clone(repository.borrow(ctx)?.snapshot());
    let node = Node::try_from(node)?;
    let source = ctx.leave_python(|| {
        let filelog = Filelog::open(snapshot.store(), RepoPath::new(path))?;
        filelog.copied_from(filelog.rev(&node)?)
    })?;
    Ok(source.map(|source| {
        let node = source.node.as_bytes().to_vec();
        (Bytes(source.path.into_bytes()), Bytes(node))
    }))
}

/// The entries of a directory: (name, whether it is one itself, the last changeset that changed
/// it).
#[pyfunction(signature = (repository, directory, at, tick, /))]
pub fn last_changed(
    repository: Shared<Repository>,
    directory: &[u8],
    at: OneRev,
    tick: Borrowed<'_>,
) -> Result<Vec<(Bytes, bool, OneRev)>> {
    let found = ask(&repository, tick, |files| {
        files.last_changed(RepoPath::new(directory), at.0)
    })?;
    let start = directory.len() + usize::from(!directory.is_empty());
    let entries = found.into_iter().map(|entry| {
        let name = entry.path.as_bytes()[start..].to_vec();
        (Bytes(name), entry.is_directory, OneRev(entry.changeset))
    });
    Ok(entries.collect())
}

fn pairs(copies: Copies) -> Vec<(Bytes, Bytes)> {
    let pairs = copies.into_iter();
    pairs
        .map(|(to, from)| (Bytes(to.into_bytes()), Bytes(from.into_bytes())))
        .collect()
}

/// The files of a revision that come from others of another one: pairs of paths, that there last.
#[pyfunction(signature = (repository, a, b, tick, /))]
pub fn copies(
    repository: Shared<Repository>,
    a: OneRev,
    b: OneRev,
    tick: Borrowed<'_>,
) -> Result<Vec<(Bytes, Bytes)>> {
    ask(&repository, tick, |files| files.copies(a.0, b.0)).map(pairs)
}

/// The files that a changeset copied from those of its first parent, and of its second one.
#[pyfunction(signature = (repository, rev, tick, /))]
#[allow(clippy::type_complexity)] // the same twice
pub fn copies_of_changeset(
    repository: Shared<Repository>,
    rev: OneRev,
    tick: Borrowed<'_>,
) -> Result<(Vec<(Bytes, Bytes)>, Vec<(Bytes, Bytes)>)> {
    let found = ask(&repository, tick, |files| files.copies_of_changeset(rev.0))?;
    Ok((pairs(found.p1), pairs(found.p2)))
}

/// Where the lines of a file of a changeset come from.
#[pyfunction(signature = (repository, path, at, follow, skip, options, difflib, tick, /))]
#[allow(clippy::too_many_arguments)] // Python's
pub fn annotate(
    repository: Shared<Repository>,
    path: &[u8],
    at: OneRev,
    follow: bool,
    skip: Option<Revs>,
    options: DiffOptions,
    difflib: bool,
    tick: Borrowed<'_>,
) -> Result<Annotation> {
    let skip = skip.map(|revs| set_of(revs.0)).transpose()?;
    let how = Annotating {
        follow,
        skip: skip.as_ref(),
        whitespace: whitespace(&options),
        algorithm: options.algorithm(difflib),
        check: true,
    };
    of_file(&repository, path, at.0, tick, |files, path| {
        let found = files.annotate(path, at.0, &how)?;
        let lines = || found.lines.iter();
        Ok((
            packed(lines().map(|line| line.changeset.get())),
            packed(lines().map(|line| line.path.index() as i32)),
            packed(lines().map(|line| line.number as i32)),
            Bytes(lines().map(|line| u8::from(line.skipped)).collect()),
            paths(files),
            found.text,
        ))
    })
    .map(|(revs, paths, numbers, skipped, names, text)| {
        (Bytes(text), revs, paths, numbers, skipped, names)
    })
}
