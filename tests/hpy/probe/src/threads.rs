// SPDX-License-Identifier: MIT OR Apache-2.0

//! Values that threads share, records of loggers and futures, for
//! `tests/hpy/python/test_threads.py`.

#[hpy_bindings::pymodule(no_export)]
pub mod declared {
    use std::future::{Future, poll_fn};
    use std::pin::Pin;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex as StdMutex};
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use hpy_bindings::{
        Borrowed, Ctx, Exception, Handle, ModuleDef, Mutex, OnceCell, PyErr, PyResult, logging,
        pyfunction,
    };
    use tracing_subscriber::layer::SubscriberExt as _;

    static CELL: OnceCell<i64> = OnceCell::new();
    static SUM: Mutex<i64> = Mutex::new(0);

    /// Returns the value that is made once, of what `make()` returns.
    #[pyfunction]
    fn once(ctx: Ctx<'_>, make: Borrowed<'_>) -> PyResult<i64> {
        CELL.get_or_try_init(ctx, || make.call(&[])?.extract())
            .copied()
    }

    /// Adds 1, and calls `during` while it has the mutex.
    #[pyfunction]
    fn add_locked(ctx: Ctx<'_>, during: Borrowed<'_>) -> PyResult<i64> {
        let mut sum = SUM.lock(ctx)?;
        let before = *sum;
        during.call(&[])?;
        assert_eq!(*sum, before, "somebody else was here");
        *sum += 1;
        Ok(*sum)
    }

    #[pyfunction]
    fn try_add() -> PyResult<bool> {
        let Some(mut sum) = SUM.try_lock()? else {
            return Ok(false);
        };
        *sum += 1;
        Ok(true)
    }

    #[pyfunction]
    fn panic_locked(ctx: Ctx<'_>) -> PyResult<()> {
        let _sum = SUM.lock(ctx)?;
        panic!("while it has the mutex");
    }

    #[pyfunction]
    fn clear_poison() -> bool {
        let was = SUM.is_poisoned();
        SUM.clear_poison();
        was
    }

    #[pymodule_init]
    fn init(ctx: Ctx<'_>, _: Borrowed<'_>) -> PyResult<()> {
        logging::install(ctx, log::LevelFilter::Trace)?;
        let subscriber = tracing_subscriber::registry().with(logging::PyLayer::new());
        // Of a module that is executed again.
        let _ = tracing::subscriber::set_global_default(subscriber);
        Ok(())
    }

    #[pyfunction]
    fn log_levels() {
        log::error!(target: "probe::levels", "e{}", 1);
        log::warn!(target: "probe::levels", "w");
        log::info!(target: "probe::levels", "i");
        log::debug!(target: "probe::levels", "d");
        log::trace!(target: "probe::levels", "t");
    }

    #[pyfunction]
    fn log_and_fail() -> PyResult<()> {
        log::info!(target: "probe::failing", "before the error");
        Err(PyErr::new(Exception::Lookup, "after the record"))
    }

    /// Logs in a thread of Rust, with the interpreter left.
    #[pyfunction]
    fn log_in_thread(ctx: Ctx<'_>, count: usize) {
        let work = move || {
            for number in 0..count {
                log::info!(target: "probe::thread", "{number}");
            }
        };
        ctx.leave_python(|| {
            let thread = std::thread::Builder::new().name("rusty".to_owned());
            thread
                .spawn(work)
                .expect("a thread")
                .join()
                .expect("no panic");
        });
    }

    #[pyfunction]
    fn trace(line: u32) {
        let _outer = tracing::info_span!("outer").entered();
        let _inner = tracing::info_span!("inner").entered();
        tracing::warn!(target: "probe::traced", line, text = "a", "found {}", 1);
    }

    /// The tokens of futures that are alive.
    static ALIVE: AtomicUsize = AtomicUsize::new(0);

    struct Token;

    impl Token {
        fn new() -> Self {
            ALIVE.fetch_add(1, Ordering::SeqCst);
            Token
        }
    }

    impl Drop for Token {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::SeqCst);
        }
    }

    #[pyfunction]
    fn futures_alive() -> usize {
        ALIVE.load(Ordering::SeqCst)
    }

    #[pymodule_define]
    fn define(module: &mut ModuleDef) {
        module.awaitables();
    }

    /// Is ready when another thread says so.
    #[derive(Default)]
    struct Bell {
        rung: AtomicBool,
        waker: StdMutex<Option<Waker>>,
    }

    struct Rings(Arc<Bell>);

    impl Future for Rings {
        type Output = ();
        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            *self.0.waker.lock().unwrap() = Some(context.waker().clone());
            if self.0.rung.load(Ordering::SeqCst) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }
    }

    /// Returns `value` after some polls and a wake by another thread.
    #[pyfunction]
    fn later(ctx: Ctx<'_>, value: i64) -> PyResult<Handle<'_>> {
        let token = Token::new();
        ctx.awaitable(async move {
            let _token = token;
            let bell = Arc::new(Bell::default());
            let other = Arc::clone(&bell);
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(5));
                other.rung.store(true, Ordering::SeqCst);
                if let Some(waker) = other.waker.lock().unwrap().take() {
                    waker.wake();
                }
            });
            Rings(bell).await;
            let mut polls = 0;
            poll_fn(|context| {
                polls += 1;
                context.waker().wake_by_ref();
                if polls > 3 {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
            match value {
                -1 => Err(PyErr::new(Exception::Lookup, "minus one")),
                -2 => panic!("minus two"),
                _ => Ok(value),
            }
        })
    }

    /// Never ends.
    #[pyfunction]
    fn never(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let token = Token::new();
        ctx.awaitable(async move {
            let _token = token;
            std::future::pending::<()>().await;
        })
    }

    /// Sees the context variable `variable` when its result is converted.
    #[pyfunction]
    fn variable_later(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.awaitable(async { Looked })
    }

    struct Looked;

    impl hpy_bindings::IntoPy for Looked {
        fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
            let variables = ctx
                .import(c"contextvars")?
                .call_method(c"copy_context", &[])?;
            let names = variables.iter()?;
            let mut found = Vec::new();
            for variable in names {
                let variable = variable?;
                if variable.attr(c"name")?.equals("probe.variable")? {
                    found.push(variable.call_method(c"get", &[])?.extract::<i64>()?);
                }
            }
            hpy_bindings::IntoPy::into_py(found, ctx)
        }
    }
}
