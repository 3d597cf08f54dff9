// SPDX-License-Identifier: MIT OR Apache-2.0

//! Futures as awaitables of `asyncio`, each in a thread of the loop's executor.

use std::ffi::CStr;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::api::Ctx;
use crate::class::{Class, ClassDef};
use crate::convert::{IntoPy, New};
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};
use crate::module::ModuleDef;
use crate::object::exactly;
use crate::shared::Shared;

/// Converts what a future returned.
type Outcome = Box<dyn for<'c> FnOnce(Ctx<'c>) -> PyResult<Handle<'c>> + Send>;
/// Runs a future to its end; `None` where it was cancelled.
type Work = Box<dyn FnOnce(&Arc<Runner>) -> Option<Outcome> + Send>;

/// The thread that runs a future.
#[derive(Default)]
struct Runner {
    thread: Mutex<Option<Thread>>,
    cancelled: AtomicBool,
}

impl Runner {
    /// Returns the thread, which nobody keeps locked.
    fn set_thread(&self, thread: Option<Thread>) {
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = thread;
    }
}

impl Wake for Runner {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = &*thread {
            thread.unpark();
        }
    }
}

/// Polls a future until it is ready, or cancelled; the thread sleeps in between.
fn run<F: Future>(future: F, runner: &Arc<Runner>) -> Option<F::Output> {
    let waker = Waker::from(Arc::clone(runner));
    let mut future = pin!(future);
    runner.set_thread(Some(thread::current()));
    let result = loop {
        if runner.cancelled.load(Ordering::Acquire) {
            break None;
        }
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => break Some(result),
            Poll::Pending => thread::park(),
        }
    };
    runner.set_thread(None);
    result
}

/// A future on its way to a thread.
pub(crate) struct Job {
    work: Mutex<Option<Work>>,
    runner: Arc<Runner>,
}

impl Class for Job {
    const NAME: &'static CStr = c"hpy_bindings._Job";
    const DOC: &'static CStr = c"Work that is awaited.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .method_raw(c"run", c"Does the work.", run_job)
            .method_raw(c"done", c"Stops work that nobody waits for.", stop_job);
    }
}

fn run_job<'c>(this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    let (ctx, []) = (this.ctx(), exactly(args)?);
    let job = this.extract::<Shared<Job>>()?;
    let (work, runner) = {
        let job = job.borrow(ctx)?;
        let mut work = job.work.lock().unwrap_or_else(PoisonError::into_inner);
        (work.take(), Arc::clone(&job.runner))
    };
    let outcome = work.and_then(|work| ctx.leave_python(|| work(&runner)));
    outcome.map_or_else(|| Ok(ctx.none()), |outcome| outcome(ctx))
}

fn stop_job<'c>(this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    let (ctx, [future]) = (this.ctx(), exactly(args)?);
    if future.call_method(c"cancelled", &[])?.truth()? {
        let job = this.extract::<Shared<Job>>()?;
        let runner = Arc::clone(&job.borrow(ctx)?.runner);
        runner.cancelled.store(true, Ordering::Release);
        runner.wake();
    }
    Ok(ctx.none())
}

impl<'c> Ctx<'c> {
    /// Starts a future, and returns a `Future` of `asyncio` for its result: `await` it. The module
    /// has to declare [`ModuleDef::awaitables`].
    ///
    /// HPy has no slots for awaitables and no way into the interpreter for threads of Rust. So the
    /// future runs in a thread of the event loop's default executor, as with `asyncio.to_thread`,
    /// without the interpreter; there are as many at a time as that executor has threads. It begins
    /// at once, awaited or not, and has a copy of the context variables, which the conversion of its
    /// result sees.
    ///
    /// Cancelling the awaitable drops the future the next time that it would be polled, which happens
    /// at once where it sleeps; what blocks the thread goes on. There is no reactor: sockets and
    /// timers are those of a runtime of yours, whose futures may be polled in any thread. A function
    /// cannot be `async` itself, and Rust cannot await what Python awaits.
    ///
    /// RuntimeError where no event loop is running in this thread.
    ///
    /// ```
    /// # #[hpy_bindings::pymodule]
    /// # mod example {
    /// use hpy_bindings::{Ctx, Handle, ModuleDef, PyResult, pyfunction};
    ///
    /// #[pymodule_define]
    /// fn define(module: &mut ModuleDef) {
    ///     module.awaitables();
    /// }
    ///
    /// async fn sum(numbers: Vec<i64>) -> i64 {
    ///     numbers.iter().sum()
    /// }
    ///
    /// #[pyfunction]
    /// fn summed_later(ctx: Ctx<'_>, numbers: Vec<i64>) -> PyResult<Handle<'_>> {
    ///     ctx.awaitable(sum(numbers))
    /// }
    /// # }
    ///
    /// // >>> import asyncio
    /// // >>> async def main():
    /// // ...     return await example.summed_later([1, 2, 3])
    /// // >>> asyncio.run(main())
    /// // 6
    /// ```
    pub fn awaitable<F>(self, future: F) -> PyResult<Handle<'c>>
    where
        F: Future + Send + 'static,
        F::Output: IntoPy + Send + 'static,
    {
        let event_loop = self
            .import(c"asyncio")?
            .call_method(c"get_running_loop", &[])?;
        let work: Work = Box::new(|runner| {
            let result = run(future, runner)?;
            Some(Box::new(move |ctx| result.into_py(ctx)))
        });
        let job = New(Job {
            work: Mutex::new(Some(work)),
            runner: Arc::default(),
        });
        let job = job.into_py(self)?;
        let context = self
            .import(c"contextvars")?
            .call_method(c"copy_context", &[])?;
        let parts = [self.none(), context.attr(c"run")?, job.attr(c"run")?];
        let awaitable = event_loop.call_method(
            c"run_in_executor",
            &parts.each_ref().map(Handle::as_borrowed),
        )?;
        let done = job.attr(c"done")?;
        awaitable.call_method(c"add_done_callback", &[done.as_borrowed()])?;
        Ok(awaitable)
    }
}

impl ModuleDef {
    /// Declares what [`Ctx::awaitable`] needs.
    pub fn awaitables(&mut self) -> &mut Self {
        self.class::<Job>()
    }
}
