// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Dirstate.status`: the walk, and somebody who looks after it.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hpy_bindings::{
    Borrowed, Bytes, Ctx, Exception, Handle, IntoPy as _, IntoPyErr, PyErr, PyResult, Shared,
};
use vermilion_core::dirstate::Timestamp;
use vermilion_core::matcher::WarningKind;
use vermilion_core::working_copy::status::request::{Report, Request};
use vermilion_core::working_copy::status::{Scope, State};

use crate::dirstate::Dirstate;
use crate::error::Result;

pub use vermilion_core::working_copy::status::request::Watch;

/// The time for which Python is left alone while a walk goes on.
const TICK: Duration = Duration::from_millis(50);

/// Returns a part of a working copy, as Python names it.
fn scope(scope: Borrowed<'_>) -> PyResult<Scope> {
    let paths = |blocks: Vec<Bytes>| blocks.into_iter().map(|path| path.0.into()).collect();
    let (search, all_tracked, tracked_in, files) = scope.extract()?;
    Ok(Scope {
        search: paths(search),
        all_tracked,
        tracked_in: paths(tracked_in),
        files: paths(files),
    })
}

/// Does work without the interpreter, and calls `tick` with the progress now and then.
///
/// `tick` is Python code, before which Python runs handlers of signals: what it raises
/// interrupts the work. Where no thread can be started, this one does the work, and `tick`
/// is called at the end.
pub fn watched<R: Send>(
    ctx: Ctx<'_>,
    tick: Borrowed<'_>,
    watch: &Watch,
    work: impl FnOnce() -> R + Send,
) -> PyResult<R> {
    let (sender, mut receiver) = sync_channel(1);
    // A thread that is not started does not give it back.
    let work = Mutex::new(Some(work));
    let take = || work.lock().unwrap_or_else(PoisonError::into_inner).take();
    std::thread::scope(|scope| {
        let job = || {
            let sender = sender;
            take().map(|work| sender.send(work()))
        };
        let Ok(worker) = std::thread::Builder::new().spawn_scoped(scope, job) else {
            let work = take().expect("nobody else has taken it");
            let result = ctx.leave_python(work);
            call(ctx, tick, watch)?;
            return Ok(result);
        };
        let mut raised = None;
        loop {
            let received;
            (received, receiver) =
                ctx.leave_python(move || (receiver.recv_timeout(TICK), receiver));
            match received {
                Ok(result) => return raised.map_or(Ok(result), Err),
                Err(RecvTimeoutError::Timeout) if raised.is_none() => {
                    if let Err(error) = call(ctx, tick, watch) {
                        watch.interrupt.store(true, Relaxed);
                        raised = Some(error);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => match worker.join() {
                    Err(panic) => std::panic::resume_unwind(panic),
                    Ok(_) => unreachable!("a worker that ends has sent its result"),
                },
            }
        }
    })
}

fn call(ctx: Ctx<'_>, tick: Borrowed<'_>, watch: &Watch) -> PyResult<()> {
    let count = watch.progress.load(Relaxed).into_py(ctx)?;
    tick.call(&[count.as_borrowed()]).map(drop)
}

/// The method: `(root, ignore files, (directories to search, whether all tracked files are
/// looked at, directories whose tracked files are, files), bits, (seconds, nanoseconds) of
/// the file system's clock or None, function that is called now and then)`.
///
/// The result is `(a block of paths for each state, [(directory, errno)], [(file, errno or
/// None, name of a syntax)], whether the dirstate should be written, the time before which
/// the walk began, or None)`; the time is another one than that given where the walk had been
/// begun before.
pub fn status<'c>(this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    let ctx = this.ctx();
    let [root, ignore_files, scope, wanted, now, tick] = args else {
        return Err(PyErr::new(Exception::Type, "status() takes six arguments"));
    };
    let now = now.extract::<Option<(i64, i64)>>()?;
    let request = Request {
        root: root.extract()?,
        ignore_files: ignore_files.extract()?,
        scope: self::scope(*scope)?,
        wanted: crate::wanted::wanted(wanted.extract()?),
        now: now.map(|(seconds, nanoseconds)| Timestamp::of(seconds, nanoseconds)),
    };
    let dirstate = this.extract::<Shared<Dirstate>>()?;
    let (mut report, is_news) =
        report(ctx, &dirstate, &request, *tick).map_err(IntoPyErr::into_py_err)?;
    let lists = State::ALL.map(|state| Bytes(report.outcome.take(state).into_block()));
    let bad = std::mem::take(&mut report.outcome.bad);
    let bad = bad
        .into_iter()
        .map(|(path, errno)| (Bytes(path.into_bytes()), errno));
    let warnings = report
        .warnings
        .into_iter()
        .map(|warning| match warning.kind {
            WarningKind::InvalidSyntax(name) => (Bytes(warning.file), None, Bytes(name)),
            WarningKind::Unreadable(errno) => (Bytes(warning.file), Some(errno), Bytes(Vec::new())),
        });
    let (bad, warnings): (Vec<_>, Vec<_>) = (bad.collect(), warnings.collect());
    let now = report.now.map(|now| (now.seconds, now.nanoseconds));
    (Vec::from(lists), bad, warnings, is_news, now).into_py(ctx)
}

/// Returns the result of a request, and whether the dirstate knows more than before.
fn report(
    ctx: Ctx<'_>,
    dirstate: &Shared<Dirstate>,
    request: &Request,
    tick: Borrowed<'_>,
) -> Result<(Report, bool)> {
    let ahead = {
        let mut dirstate = dirstate.borrow_mut(ctx)?;
        let changed = dirstate.map.is_changed();
        let ahead = dirstate.ahead.take();
        ahead.filter(|ahead| !changed && ahead.answers(request))
    };
    let found = match ahead {
        Some(ahead) => watched(ctx, tick, ahead.watch(), || ahead.wait())?,
        None => None,
    };
    let report = match found {
        Some(report) => report,
        None => {
            let (tree, known_hash) = {
                let dirstate = dirstate.borrow(ctx)?;
                (dirstate.map.tree()?, dirstate.map.ignore_hash())
            };
            let watch = Watch::default();
            let work = || request.run(&tree, known_hash, &watch);
            watched(ctx, tick, &watch, work)??
        }
    };
    let mut is_news = false;
    if dirstate.borrow(ctx)?.v2 {
        let mut dirstate = dirstate.borrow_mut(ctx)?;
        is_news = report.cache_directories(&mut dirstate.map)?;
    }
    Ok((report, is_news))
}
