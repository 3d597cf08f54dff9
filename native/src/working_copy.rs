// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.WorkingCopy`: a working copy on disk, without Mercurial.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwapOption;
use hpy_bindings::{
    Borrowed, Bytes, Class, ClassDef, Ctx, Exception, Handle, IntoPy as _, IntoPyErr, New, PyErr,
    PyResult, Shared,
};
use vermilion_core::dirstate::Timestamp;
use vermilion_core::manifest::Manifest;
use vermilion_core::matcher::{Ignore, Warning, WarningKind};
use vermilion_core::repository::Repository;
use vermilion_core::repository::store::Store;
use vermilion_core::working_copy as core;
use vermilion_core::working_copy::compare::{Recorded, compare_contents};
use vermilion_core::working_copy::status::{Names, State};
use vermilion_core::working_copy::{Complaint, Reason, Status, StatusRequest};
use vermilion_core::{Node, RepoPath, RepoPathBuf};

use crate::dirstate::node_bytes;
use crate::error::{Error, Result};
use crate::head_start::HeadStart;
use crate::status::{Watch, watched};
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

/// A working copy, with what is kept between questions and reached without a lock: a child that was forked would
/// wait for ever for one that another thread held.
pub struct WorkingCopy {
    inner: core::WorkingCopy,
    ignore_files: Vec<PathBuf>,
    /// The rules as they were last read.
    ignore: ArcSwapOption<Ignore>,
    store: ArcSwapOption<Store>,
    /// The first parent's manifest, if files were compared with it.
    manifest: ArcSwapOption<(Node, Manifest)>,
}

pub fn open(ctx: Ctx<'_>, path: PathBuf, ignore_files: Vec<PathBuf>) -> Result<New<WorkingCopy>> {
    let inner = ctx.leave_python(|| core::WorkingCopy::open(&path))?;
    Ok(New(WorkingCopy {
        inner,
        ignore_files,
        ignore: ArcSwapOption::empty(),
        store: ArcSwapOption::empty(),
        manifest: ArcSwapOption::empty(),
    }))
}

impl WorkingCopy {
    fn parents(ctx: Ctx<'_>, this: &WorkingCopy) -> Result<(Bytes, Bytes)> {
        let [p1, p2] = ctx.leave_python(|| this.inner.parents())?;
        Ok((node_bytes(p1), node_bytes(p2)))
    }

    fn is_ignored(ctx: Ctx<'_>, this: &WorkingCopy, path: Bytes) -> Result<bool> {
        let ignore = this.rules(ctx)?;
        Ok(ignore.judge(RepoPath::new(&path.0))?)
    }

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

    fn manifest_text(_: Ctx<'_>, this: &WorkingCopy, node: Bytes) -> Option<Bytes> {
        let is_it = |kept: &(Node, Manifest)| kept.0.as_bytes()[..] == node.0[..];
        if !this.manifest.load().as_deref().is_some_and(is_it) {
            return None;
        }
        // Another thread may have put another one there meanwhile.
        let kept = this.manifest.swap(None).filter(|kept| is_it(kept))?;
        let (_, manifest) = Arc::into_inner(kept)?;
        Some(Bytes(manifest.into_text()))
    }

    fn content(_: Ctx<'_>, this: &WorkingCopy, path: Bytes, node: Bytes) -> Result<Bytes> {
        let node = Node::try_from(&*node.0)?;
        let store = match this.store.load_full() {
            Some(store) => store,
            None => {
                let opened = Arc::new(Repository::open(this.inner.root())?.store()?);
                this.store.store(Some(Arc::clone(&opened)));
                opened
            }
        };
        Ok(Bytes(store.content(RepoPath::new(&path.0), &node)?))
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

/// The method: `(bits, paths or None, function that is called now and then)`.
///
/// The result is `([(how many, block of paths)] for each list, (p1, p2), copies, complaints,
/// (warnings, why files are unsure or None))`.
fn status<'c>(this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    let ctx = this.ctx();
    let [wanted, paths, tick] = args else {
        let message = "status() takes three arguments";
        return Err(PyErr::new(Exception::Type, message));
    };
    let wanted: u32 = wanted.extract()?;
    let paths = paths.extract::<Option<Vec<Bytes>>>()?;
    let paths: Option<Vec<RepoPathBuf>> =
        paths.map(|paths| paths.into_iter().map(|path| path.0.into()).collect());
    let shared = this.extract::<Shared<WorkingCopy>>()?;
    let mut status =
        found(ctx, &shared, wanted, paths.as_deref(), *tick).map_err(IntoPyErr::into_py_err)?;
    let lists = LISTED.map(|state| {
        let names = status.take(state);
        (names.len(), Bytes(names.into_block()))
    });
    let [p1, p2] = status.parents.map(node_bytes);
    let copies = status.copies.into_iter();
    let copies: Vec<_> = copies
        .map(|(path, source)| (Bytes(path.into_bytes()), Bytes(source.into_bytes())))
        .collect();
    let complaints: Vec<_> = status.complaints.into_iter().map(complaint).collect();
    let warnings: Vec<_> = status.warnings.into_iter().map(warning).collect();
    let unsure_reason = status.unsure_reason.map(|error| error.to_string());
    let rest = (complaints, (warnings, unsure_reason));
    (Vec::from(lists), (p1, p2), copies, rest.0, rest.1).into_py(ctx)
}

fn found(
    ctx: Ctx<'_>,
    shared: &Shared<WorkingCopy>,
    wanted: u32,
    paths: Option<&[RepoPathBuf]>,
    tick: Borrowed<'_>,
) -> Result<Status> {
    let wants = |bit| wanted & bit != 0;
    let watch = Watch::default();
    let this = shared.borrow(ctx)?;
    let working_copy: &WorkingCopy = &this;
    let request = StatusRequest {
        tracked: wants(wanted::TRACKED),
        clean: wants(wanted::CLEAN),
        unknown: wants(wanted::UNKNOWN),
        ignored: wants(wanted::IGNORED),
        copies: wants(wanted::COPIES),
        paths,
        ignore_files: &working_copy.ignore_files,
        interrupt: &watch.interrupt,
        progress: &watch.progress,
    };
    Ok(watched(ctx, tick, &watch, || working_copy.run(&request))??)
}

/// `(path, errno or None, name of a kind of thing)`.
fn complaint(complaint: Complaint) -> (Bytes, Option<i32>, &'static str) {
    let path = Bytes(complaint.path.into_bytes());
    match complaint.reason {
        Reason::System(errno) => (path, Some(errno), ""),
        Reason::Kind(kind) => (path, None, kind),
    }
}

/// `(file, errno or None, name of a syntax)`.
fn warning(warning: Warning) -> (Bytes, Option<i32>, Bytes) {
    let file = Bytes(warning.file);
    match warning.kind {
        WarningKind::InvalidSyntax(name) => (file, None, Bytes(name)),
        WarningKind::Unreadable(errno) => (file, Some(errno), Bytes(Vec::new())),
    }
}

/// The method: `(node of the first parent, block of paths, (seconds, nanoseconds) of the file
/// system's clock before anybody looked at the files or None, function that is called now and
/// then, HeadStart that may have the manifest, or None)`.
///
/// The result is `(one byte for each file, [what may be recorded for each clean file])`. The
/// bytes are `C`lean, `M`odified, deleted (`!`), or `?` where contents cannot be read; what may
/// be recorded is `(mode, size, (seconds, nanoseconds, whether another write may be of the
/// same second))`, or None.
fn compare<'c>(this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    let ctx = this.ctx();
    let [p1, block, now, tick, head_start] = args else {
        let message = "compare() takes five arguments";
        return Err(PyErr::new(Exception::Type, message));
    };
    let p1 = Node::try_from(&*p1.extract::<Bytes>()?.0);
    let files = Names::from_block(block.extract::<Bytes>()?.0);
    let (Ok(p1), Some(files)) = (p1, files) else {
        let message = "compare() takes a node of 20 bytes and paths that end with NUL";
        return Err(PyErr::new(Exception::Value, message));
    };
    let shared = this.extract::<Shared<WorkingCopy>>()?;
    let this = shared.borrow(ctx).map_err(IntoPyErr::into_py_err)?;
    let root = this.inner.root();
    let watch = Watch::default();
    let known = match head_start.extract::<Option<Shared<HeadStart>>>()? {
        Some(head_start) => {
            let head_start = head_start.borrow(ctx).map_err(IntoPyErr::into_py_err)?;
            head_start.manifest_of(ctx, &p1)
        }
        None => None,
    };
    let now = now.extract::<Option<(i64, i64)>>()?;
    let now = now.map(|(seconds, nanoseconds)| Timestamp::of(seconds, nanoseconds));
    let work = || compare_contents(root, &p1, known, &files, now, &watch.interrupt);
    let compared = watched(ctx, *tick, &watch, work)?;
    let compared = compared.map_err(|error| Error::from(error).into_py_err())?;
    this.manifest.store(compared.manifest.map(Arc::new));
    let letters = compared.files.iter().map(|file| letter(file.state));
    let clean = compared.files.iter();
    let clean = clean.filter(|file| file.state == State::Clean);
    let recorded: Vec<_> = clean.map(|file| file.recorded.map(recorded)).collect();
    (Bytes(letters.collect()), recorded).into_py(ctx)
}

fn letter(state: State) -> u8 {
    match state {
        State::Clean => b'C',
        State::Modified => b'M',
        State::Deleted => b'!',
        _ => b'?',
    }
}

fn recorded(file: Recorded) -> (u32, u64, (i32, i32, bool)) {
    let mtime = file.mtime;
    let time = (mtime.seconds, mtime.nanoseconds, mtime.second_ambiguous);
    (file.mode, file.size, time)
}

/// Returns where every `step`-th name of a block begins.
pub fn name_offsets(_: Ctx<'_>, block: Bytes, step: usize) -> Result<Bytes> {
    let ends = block.0.iter().enumerate().filter(|(_, byte)| **byte == 0);
    let begins = std::iter::once(0).chain(ends.map(|(end, _)| end + 1));
    let mut offsets = Vec::new();
    for begin in begins
        .step_by(step.max(1))
        .filter(|begin| *begin < block.0.len())
    {
        offsets.extend_from_slice(&(begin as u64).to_ne_bytes());
    }
    Ok(Bytes(offsets))
}

impl Class for WorkingCopy {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.WorkingCopy";
    const DOC: &'static std::ffi::CStr = c"A working copy on disk, which is only read.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .getter(
                c"root",
                c"The root directory.",
                |_: Ctx<'_>, this: &WorkingCopy| this.inner.root().to_owned(),
            )
            .method(
                c"parents",
                c"parents($self)\n--\n\nThe nodes that the working copy is based on. O(1).",
                WorkingCopy::parents,
            )
            .method(
                c"is_ignored",
                c"is_ignored($self, path, /)\n--\n\n\
                  Whether a path, or a directory above it, is ignored.",
                WorkingCopy::is_ignored,
            )
            .method(
                c"manifest_text",
                c"manifest_text($self, node, /)\n--\n\n\
                  The text of the manifest that compare() has read, once, if that is its node.",
                WorkingCopy::manifest_text,
            )
            .method(
                c"content",
                c"content($self, path, node, /)\n--\n\n\
                  The content of a revision of a file, without metadata.",
                WorkingCopy::content,
            )
            .method_raw(
                c"compare",
                c"compare($self, p1, names, now, tick, head_start, /)\n--\n\n\
                  Whether files are as in a revision: C, M, ! or ? for each, and what may be\n\
                  recorded of clean ones. Names end with NUL; now is the file system's time\n\
                  before anybody looked at the files.",
                compare,
            )
            .method_raw(
                c"status",
                c"status($self, wanted, paths, tick, /)\n--\n\n\
                  The state of the files; see vermilion/workingcopy.py.",
                status,
            );
    }
}
