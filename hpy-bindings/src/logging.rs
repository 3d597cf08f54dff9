// SPDX-License-Identifier: MIT OR Apache-2.0

//! Records of the crates `log` and `tracing` in Python's module `logging`.
//!
//! Any thread may log, whether it holds the interpreter or not: a record goes into a queue, and
//! never waits. Whoever ends a call of a native function of this module hands the queue's records
//! to Python, in their order; so a function's own records are there when it returns. Those of threads that go
//! on alone come with the next call, or with [`flush`].
//!
//! A record has the time at which it was logged. Its logger has the target as its name, with dots:
//! `my_ext::parse` is `my_ext.parse`, which inherits from `my_ext`. `Trace` has the level 5. Python's
//! own levels and filters apply when the record is handed on; an exception there is reported
//! by `sys.unraisablehook`. More than 10,000 records that wait are counted, and dropped.
//!
//! ```
//! # #[hpy_bindings::pymodule]
//! # mod example {
//! use hpy_bindings::{Borrowed, Ctx, PyResult, logging, pyfunction};
//!
//! #[pymodule_init]
//! fn init(ctx: Ctx<'_>, _: Borrowed<'_>) -> PyResult<()> {
//!     logging::install(ctx, log::LevelFilter::Info)
//! }
//!
//! #[pyfunction]
//! fn measure(width: u32) {
//!     log::warn!(target: "example::ruler", "{width} is wide");
//!     log::debug!("this is below the level");
//! }
//! # }
//!
//! // >>> import logging, sys
//! // >>> handler = logging.StreamHandler(sys.stdout)
//! // >>> logging.getLogger("example").addHandler(handler)
//! // >>> example.measure(12)
//! // 12 is wide
//! // >>> logging.getLogger("example").removeHandler(handler)
//! ```

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::api::{Ctx, thread_state};
use crate::convert::IntoPy as _;
use crate::error::PyResult;
#[cfg(feature = "log")]
use crate::error::{Exception, PyErr};

#[cfg(feature = "tracing")]
pub use crate::tracing_layer::PyLayer;

/// A record on its way to Python.
pub(crate) struct Record {
    /// As Python counts them.
    pub(crate) level: u8,
    pub(crate) target: String,
    pub(crate) message: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    time: SystemTime,
    thread: Option<String>,
}

impl Record {
    pub(crate) fn new(level: u8, target: &str, message: String) -> Self {
        let thread = std::thread::current();
        Record {
            level,
            target: target.replace("::", "."),
            message,
            file: None,
            line: None,
            time: SystemTime::now(),
            thread: thread.name().map(str::to_owned),
        }
    }
}

/// The number of records that may wait.
const MOST: usize = 10_000;

/// The queue. Sending takes no lock that a fork could leave taken, and the receiving end is used
/// by the thread that holds the interpreter.
struct Queue {
    sender: Sender<Record>,
    receiver: Mutex<Receiver<Record>>,
    waiting: AtomicUsize,
    dropped: AtomicUsize,
    /// The end of a call has something to do.
    noted: AtomicBool,
}

fn queue() -> &'static Queue {
    static QUEUE: OnceLock<Queue> = OnceLock::new();
    QUEUE.get_or_init(|| {
        let (sender, receiver) = channel();
        Queue {
            sender,
            receiver: Mutex::new(receiver),
            waiting: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
            noted: AtomicBool::new(false),
        }
    })
}

thread_local! {
    /// This thread is handing records on; what logs meanwhile leaves its records to it.
    static FLUSHING: Cell<bool> = const { Cell::new(false) };
}

/// Puts a record into the queue.
pub(crate) fn send(record: Record) {
    let queue = queue();
    if queue.waiting.fetch_add(1, Ordering::Relaxed) >= MOST {
        queue.waiting.fetch_sub(1, Ordering::Relaxed);
        queue.dropped.fetch_add(1, Ordering::Relaxed);
        return;
    }
    // The receiver is never dropped.
    let _ = queue.sender.send(record);
    if !queue.noted.swap(true, Ordering::AcqRel) {
        thread_state::count_up();
    }
}

/// Hands all records that wait to Python's `logging`. The end of every native call does so, too.
pub fn flush(ctx: Ctx<'_>) {
    thread_state::check();
    if FLUSHING.replace(true) {
        return;
    }
    struct Done;
    impl Drop for Done {
        fn drop(&mut self) {
            FLUSHING.set(false);
        }
    }
    let _done = Done;
    let queue = queue();
    if queue.noted.swap(false, Ordering::AcqRel) {
        thread_state::count_down();
    }
    // Not more than there may be: other threads may log all the time.
    for _ in 0..MOST {
        let next = queue
            .receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_recv();
        let Ok(record) = next else { break };
        queue.waiting.fetch_sub(1, Ordering::Relaxed);
        hand_on(ctx, record);
    }
    let dropped = queue.dropped.swap(0, Ordering::Relaxed);
    if dropped > 0 {
        let message = format!("{dropped} records were dropped: too many waited");
        hand_on(ctx, Record::new(30, "hpy_bindings", message));
    }
}

/// Hands records on at the end of a call.
pub(crate) fn flush_at_end(ctx: Ctx<'_>) {
    if queue().noted.load(Ordering::Relaxed) {
        flush(ctx);
    }
}

fn hand_on(ctx: Ctx<'_>, record: Record) {
    if let Err(error) = emit(ctx, record) {
        error.write_unraisable(ctx, None);
    }
}

fn emit(ctx: Ctx<'_>, record: Record) -> PyResult<()> {
    let (name, level) = (record.target.into_py(ctx)?, record.level.into_py(ctx)?);
    let logger = ctx
        .import(c"logging")?
        .call_method(c"getLogger", &[name.as_borrowed()])?;
    let wanted = logger.call_method(c"isEnabledFor", &[level.as_borrowed()])?;
    if !wanted.truth()? {
        return Ok(());
    }
    let file = record
        .file
        .as_deref()
        .unwrap_or("(unknown file)")
        .into_py(ctx)?;
    let line = record.line.unwrap_or(0).into_py(ctx)?;
    let message = record.message.into_py(ctx)?;
    let (no_args, none) = (ctx.pack(&[])?, ctx.none());
    let made = [&name, &level, &file, &line, &message, &no_args, &none];
    let made = logger.call_method(c"makeRecord", &made.map(|part| part.as_borrowed()))?;
    let time = record.time.duration_since(UNIX_EPOCH).unwrap_or_default();
    made.set_attr(c"created", time.as_secs_f64())?;
    made.set_attr(c"msecs", f64::from(time.subsec_millis()))?;
    if let Some(thread) = record.thread {
        made.set_attr(c"threadName", thread)?;
    }
    logger.call_method(c"handle", &[made.as_borrowed()])?;
    Ok(())
}

/// Makes Python's `logging` the logger of the crate `log` in this extension, for records of these
/// levels. RuntimeError where another one is installed.
///
/// To be called when the module is executed; doing so again sets the level.
#[cfg(feature = "log")]
pub fn install(ctx: Ctx<'_>, level: log::LevelFilter) -> PyResult<()> {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    // Python's module is there when records come.
    ctx.import(c"logging")?;
    if !INSTALLED.load(Ordering::Relaxed) {
        let other = |_| PyErr::new(Exception::Runtime, "the crate log has another logger");
        log::set_logger(&PyLogger).map_err(other)?;
        INSTALLED.store(true, Ordering::Relaxed);
    }
    log::set_max_level(level);
    Ok(())
}

#[cfg(feature = "log")]
struct PyLogger;

#[cfg(feature = "log")]
impl log::Log for PyLogger {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let level = match record.level() {
            log::Level::Error => 40,
            log::Level::Warn => 30,
            log::Level::Info => 20,
            log::Level::Debug => 10,
            log::Level::Trace => 5,
        };
        let mut sent = Record::new(level, record.target(), record.args().to_string());
        sent.file = record.file().map(str::to_owned);
        sent.line = record.line();
        send(sent);
    }

    /// Does nothing: who has no context cannot. See [`flush`].
    fn flush(&self) {}
}
