// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.WorkingCopy`: a working copy on disk, without Mercurial.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwapOption;
use hpy_bindings::{Borrowed, Bytes, Ctx, Exception, PyErr, pyclass, pyfunction, pymethods};
use vermilion_core::dirstate::Timestamp;
use vermilion_core::manifest::Manifest;
use vermilion_core::matcher::Ignore;
use vermilion_core::working_copy as core;
use vermilion_core::working_copy::compare::{Recorded, compare_contents};
use vermilion_core::working_copy::status::{Names, State};
use vermilion_core::working_copy::{Complaint, Reason, Status, StatusRequest};
use vermilion_core::{Node, RepoPath, RepoPathBuf};

use crate::dirstate::node_bytes;
use crate::error::Result;
use crate::head_start::HeadStart;
use crate::status::{AboutFile, Watch, warning, watched};
use crate::wanted;

/// The lists that Python gets, in its order.
const LISTED: [State; 8] = [
    State::Modified,
    State::Added,
    State::Removed,
    State::Deleted,
    State::Unknown,
    State::Ignored,
    State::Clean,
    State::Unsure,
];

/// A working copy on disk, which is only read.
// What is kept between questions is reached without a lock: a child that was forked would wait
// for ever for one that another thread held.
#[pyclass(module = "vermilion._native")]
pub struct WorkingCopy {
    inner: core::WorkingCopy,
    ignore_files: Vec<PathBuf>,
    /// The rules as they were last read.
    ignore: ArcSwapOption<Ignore>,
    /// The first parent's manifest, if files were compared with it.
    manifest: ArcSwapOption<(Node, Manifest)>,
}

/// The WorkingCopy that has this path in it.
#[pyfunction(signature = (path, ignore_files, /))]
pub fn open_working_copy(
    ctx: Ctx<'_>,
    path: PathBuf,
    ignore_files: Vec<PathBuf>,
) -> Result<WorkingCopy> {
    let inner = ctx.leave_python(|| core::WorkingCopy::open(&path))?;
    Ok(WorkingCopy {
        inner,
        ignore_files,
        ignore: ArcSwapOption::empty(),
        manifest: ArcSwapOption::empty(),
    })
}

impl WorkingCopy {
    fn rules(&self, ctx: Ctx<'_>) -> Result<Arc<Ignore>> {
        if let Some(ignore) = self.ignore.load_full() {
            return Ok(ignore);
        }
        let (ignore, _) = ctx.leave_python(|| {
            self.inner
                .ignore(&self.ignore_files, &AtomicBool::new(false))
        })?;
        Ok(self.keep(ignore))
    }

    fn keep(&self, ignore: Ignore) -> Arc<Ignore> {
        let ignore = Arc::new(ignore);
        self.ignore.store(Some(Arc::clone(&ignore)));
        ignore
    }

    fn run(&self, request: &StatusRequest<'_>) -> vermilion_core::Result<Status> {
        let mut status = self.inner.status(request)?;
        if let Some(ignore) = status.ignore.take() {
            self.keep(ignore);
        }
        self.inner.compare_contents(&mut status, request)?;
        Ok(status)
    }
}

/// The result of a status: ([(how many, block of paths)] for each list, (p1, p2), copies,
/// complaints, (warnings, why files are unsure or None)).
type Found = (
    Vec<(usize, Bytes)>,
    (Bytes, Bytes),
    Vec<(Bytes, Bytes)>,
    Vec<AboutPath>,
    (Vec<AboutFile>, Option<String>),
);

/// A complaint: (path, errno or None, name of a kind of thing).
type AboutPath = (Bytes, Option<i32>, &'static str);

/// A clean file as it may be recorded: (mode, size, (seconds, nanoseconds, whether another
/// write may be of the same second)).
type Clean = (u32, u64, (i32, i32, bool));

#[pymethods(positional_only)]
impl WorkingCopy {
    /// The root directory.
    #[getter]
    fn root(&self) -> PathBuf {
        self.inner.root().to_owned()
    }

    /// The nodes that the working copy is based on. O(1).
    fn parents(&self, ctx: Ctx<'_>) -> Result<(Bytes, Bytes)> {
        let [p1, p2] = ctx.leave_python(|| self.inner.parents())?;
        Ok((node_bytes(p1), node_bytes(p2)))
    }

    /// Returns whether a path, or a directory above it, is ignored.
    fn is_ignored(&self, ctx: Ctx<'_>, path: &[u8]) -> Result<bool> {
        let ignore = self.rules(ctx)?;
        Ok(ignore.judge(RepoPath::new(path))?)
    }

    /// The text of the manifest that compare() has read, once, if that is its node.
    fn manifest_text(&self, node: &[u8]) -> Option<Bytes> {
        let is_it = |kept: &(Node, Manifest)| kept.0.as_bytes()[..] == *node;
        if !self.manifest.load().as_deref().is_some_and(is_it) {
            return None;
        }
        // Another thread may have put another one there meanwhile.
        let kept = self.manifest.swap(None).filter(|kept| is_it(kept))?;
        let (_, manifest) = Arc::into_inner(kept)?;
        Some(Bytes(manifest.into_text()))
    }

    /// Compares files with a revision: C, M, ! or ? for each, and what may be
    /// recorded of clean ones. Names end with NUL; now is the file system's time
    /// before anybody looked at the files.
    // The letters stand for clean, modified, deleted, and contents that cannot be read. The
    // HeadStart may have the manifest; tick is called now and then.
    #[py(signature = (p1, names, now, tick, head_start, /))]
    fn compare(
        &self,
        p1: &[u8],
        names: Bytes,
        now: Option<(i64, i64)>,
        tick: Borrowed<'_>,
        head_start: Option<&HeadStart>,
    ) -> Result<(Bytes, Vec<Option<Clean>>)> {
        let ctx = tick.ctx();
        let (Ok(p1), Some(files)) = (Node::try_from(p1), Names::from_block(names.0)) else {
            let message = "compare() takes a node of 20 bytes and paths that end with NUL";
            return Err(PyErr::new(Exception::Value, message).into());
        };
        let root = self.inner.root();
        let watch = Watch::default();
        let known = head_start.and_then(|head_start| head_start.manifest_of(ctx, &p1));
        let now = now.map(|(seconds, nanoseconds)| Timestamp::of(seconds, nanoseconds));
        let work = || compare_contents(root, &p1, known, &files, now, &watch.interrupt);
        let compared = watched(ctx, tick, &watch, work)??;
        self.manifest.store(compared.manifest.map(Arc::new));
        let letters = compared.files.iter().map(|file| letter(file.state));
        let clean = compared.files.iter();
        let clean = clean.filter(|file| file.state == State::Clean);
        let recorded = clean.map(|file| file.recorded.map(recorded));
        Ok((Bytes(letters.collect()), recorded.collect()))
    }

    /// The state of the files; see vermilion/workingcopy.py.
    #[py(signature = (wanted, paths, tick, /))]
    fn status(&self, wanted: u32, paths: Option<Vec<Bytes>>, tick: Borrowed<'_>) -> Result<Found> {
        let wants = |bit| wanted & bit != 0;
        let watch = Watch::default();
        let paths: Option<Vec<RepoPathBuf>> =
            paths.map(|paths| paths.into_iter().map(|path| path.0.into()).collect());
        let request = StatusRequest {
            tracked: wants(wanted::TRACKED),
            clean: wants(wanted::CLEAN),
            unknown: wants(wanted::UNKNOWN),
            ignored: wants(wanted::IGNORED),
            copies: wants(wanted::COPIES),
            paths: paths.as_deref(),
            ignore_files: &self.ignore_files,
            interrupt: &watch.interrupt,
            progress: &watch.progress,
        };
        let mut status = watched(tick.ctx(), tick, &watch, || self.run(&request))??;
        let lists = LISTED.map(|state| {
            let names = status.take(state);
            (names.len(), Bytes(names.into_block()))
        });
        let [p1, p2] = status.parents.map(node_bytes);
        let copies = status.copies.into_iter();
        let copies = copies.map(|(a, b)| (Bytes(a.into_bytes()), Bytes(b.into_bytes())));
        let complaints = status.complaints.into_iter().map(complaint);
        let warnings = status.warnings.into_iter().map(warning);
        let unsure_reason = status.unsure_reason.map(|error| error.to_string());
        Ok((
            lists.into(),
            (p1, p2),
            copies.collect(),
            complaints.collect(),
            (warnings.collect(), unsure_reason),
        ))
    }
}

fn complaint(complaint: Complaint) -> AboutPath {
    let path = Bytes(complaint.path.into_bytes());
    match complaint.reason {
        Reason::System(errno) => (path, Some(errno), ""),
        Reason::Kind(kind) => (path, None, kind),
    }
}

fn letter(state: State) -> u8 {
    match state {
        State::Clean => b'C',
        State::Modified => b'M',
        State::Deleted => b'!',
        _ => b'?',
    }
}

fn recorded(file: Recorded) -> Clean {
    let mtime = file.mtime;
    let time = (mtime.seconds, mtime.nanoseconds, mtime.second_ambiguous);
    (file.mode, file.size, time)
}

/// Returns where every step-th name of a block begins: packed native uint64.
#[pyfunction(signature = (block, step, /))]
pub fn name_offsets(block: &[u8], step: usize) -> Bytes {
    let ends = block.iter().enumerate().filter(|(_, byte)| **byte == 0);
    let begins = std::iter::once(0).chain(ends.map(|(end, _)| end + 1));
    let mut offsets = Vec::new();
    for begin in begins
        .step_by(step.max(1))
        .filter(|begin| *begin < block.len())
    {
        offsets.extend_from_slice(&(begin as u64).to_ne_bytes());
    }
    Bytes(offsets)
}
