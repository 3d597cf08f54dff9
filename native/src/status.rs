// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Dirstate.status`: the walk, and somebody who looks after it.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hpy_bindings::{Borrowed, Bytes, Ctx, IntoPy as _, PyResult, Shared};
use vermilion_core::matcher::{Warning, WarningKind};
use vermilion_core::working_copy::status::State;
use vermilion_core::working_copy::status::request::{Report, Request};

use crate::dirstate::Dirstate;
use crate::error::Result;

pub use vermilion_core::working_copy::status::request::Watch;

/// The time for which Python is left alone while a walk goes on.
const TICK: Duration = Duration::from_millis(50);

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

/// The result of a status: (a block of paths for each state, [(directory, errno)], warnings,
/// whether the dirstate should be written, the time before which the walk began, or None). The
/// time is another one than that given where the walk had been begun before.
pub type Answer = (
    Vec<Bytes>,
    Vec<(Bytes, i32)>,
    Vec<AboutFile>,
    bool,
    Option<(i32, i32)>,
);

/// A warning about an ignore file: (file, errno or None, name of a syntax).
pub type AboutFile = (Bytes, Option<i32>, Bytes);

/// Compares the working copy with a dirstate.
pub fn status(
    dirstate: &Shared<Dirstate>,
    request: &Request,
    tick: Borrowed<'_>,
) -> Result<Answer> {
    let (mut report, is_news) = report(tick.ctx(), dirstate, request, tick)?;
    let lists = State::ALL.map(|state| Bytes(report.outcome.take(state).into_block()));
    let bad = std::mem::take(&mut report.outcome.bad).into_iter();
    let bad = bad.map(|(path, errno)| (Bytes(path.into_bytes()), errno));
    let warnings = report.warnings.into_iter().map(warning);
    let now = report.now.map(|now| (now.seconds, now.nanoseconds));
    Ok((
        lists.into(),
        bad.collect(),
        warnings.collect(),
        is_news,
        now,
    ))
}

pub fn warning(warning: Warning) -> AboutFile {
    let file = Bytes(warning.file);
    match warning.kind {
        WarningKind::InvalidSyntax(name) => (file, None, Bytes(name)),
        WarningKind::Unreadable(errno) => (file, Some(errno), Bytes(Vec::new())),
    }
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
