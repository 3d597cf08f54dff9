//! `_native.Dirstate.status`: the walk, and somebody who looks after it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{sync_channel, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hpy_bindings::{Arg, Bytes, Ctx, Exception, Handle, IntoPy, PyErr, PyResult, Raise, Shared};
use vermilion_core::dirstate::{DirstateMap, Timestamp, Tree};
use vermilion_core::ignore::{Ignore, Warning, WarningKind};
use vermilion_core::status::{self as core, Options, Outcome, Scope, State, Unseen};
use vermilion_core::Result;

use crate::dirstate::Dirstate;
use crate::error::{Error, InWorkingCopy};

/// How long Python is left alone while a walk goes on.
const TICK: Duration = Duration::from_millis(50);

/// The bits of what is wanted; `hgext3rd/vermilion/common.py` has the same.
mod wanted {
    pub const CLEAN: u32 = 1;
    pub const UNKNOWN: u32 = 2;
    pub const IGNORED: u32 = 4;
    pub const DIRECTORIES: u32 = 8;
    pub const NO_EXEC: u32 = 16;
    pub const NO_LINK: u32 = 32;
    pub const STRICT: u32 = 64;
}

/// A part of a working copy, as Python names it.
#[derive(PartialEq)]
struct Where {
    search: Vec<Bytes>,
    all_tracked: bool,
    tracked_in: Vec<Bytes>,
    files: Vec<Bytes>,
}

impl Where {
    fn everywhere() -> Where {
        Where {
            search: vec![Bytes(Vec::new())],
            all_tracked: true,
            tracked_in: Vec::new(),
            files: Vec::new(),
        }
    }

    fn from_py(scope: Arg<'_>) -> PyResult<Where> {
        let (search, all_tracked, tracked_in, files) = scope.extract()?;
        Ok(Where {
            search,
            all_tracked,
            tracked_in,
            files,
        })
    }

    fn scope(&self) -> Scope<'_> {
        fn slices(paths: &[Bytes]) -> Vec<&[u8]> {
            paths.iter().map(|path| path.0.as_slice()).collect()
        }
        Scope {
            search: slices(&self.search),
            all_tracked: self.all_tracked,
            tracked_in: slices(&self.tracked_in),
            files: slices(&self.files),
        }
    }
}

/// What somebody sees of a walk from outside.
#[derive(Default)]
pub struct Watch {
    pub interrupt: AtomicBool,
    pub progress: AtomicUsize,
}

/// Does work without the interpreter, and calls `tick` with the progress now and then.
///
/// `tick` is Python code, before which Python runs handlers of signals: what it raises
/// interrupts the work. Where no thread can be started, this one does the work, and `tick`
/// is called at the end.
pub fn watched<R: Send>(
    ctx: Ctx<'_>,
    tick: Arg<'_>,
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

fn call(ctx: Ctx<'_>, tick: Arg<'_>, watch: &Watch) -> PyResult<()> {
    let count = watch.progress.load(Relaxed).into_py(ctx)?;
    tick.call(&[count.as_arg()]).map(drop)
}

/// What is to be found out.
pub struct Question {
    root: PathBuf,
    ignore_files: Vec<PathBuf>,
    place: Where,
    wanted: u32,
    now: Option<Timestamp>,
}

impl Question {
    /// One about a whole working copy.
    pub fn everywhere(
        root: PathBuf,
        ignore_files: Vec<PathBuf>,
        wanted: u32,
        now: Timestamp,
    ) -> Question {
        Question {
            root,
            ignore_files,
            place: Where::everywhere(),
            wanted,
            now: Some(now),
        }
    }

    /// Whether another one asks the same, at whatever time.
    pub fn is_like(&self, other: &Question) -> bool {
        self.root == other.root
            && self.ignore_files == other.ignore_files
            && self.place == other.place
            && self.wanted == other.wanted
            && self.now.is_some() == other.now.is_some()
    }

    fn wants(&self, bit: u32) -> bool {
        self.wanted & bit != 0
    }
}

/// What a walk found, and what the ignore files have to say.
pub struct Answer {
    outcome: Outcome,
    /// What time it was when the walk began.
    now: Option<Timestamp>,
    warnings: Vec<Warning>,
    ignore_hash: Option<[u8; 20]>,
    /// The dirstate knows more than before.
    news: bool,
}

pub fn ask(
    question: &Question,
    tree: &Tree,
    known_hash: [u8; 20],
    watch: &Watch,
) -> Result<Answer> {
    let reads_rules = question.wants(wanted::UNKNOWN | wanted::IGNORED);
    let (ignore, warnings) = if reads_rules {
        Ignore::load(&question.root, &question.ignore_files, &watch.interrupt)?
    } else {
        (Ignore::none(), Vec::new())
    };
    let options = Options {
        tracked: true,
        clean: question.wants(wanted::CLEAN),
        unknown: question.wants(wanted::UNKNOWN),
        ignored: question.wants(wanted::IGNORED),
        directories: question.wants(wanted::DIRECTORIES),
        check_exec: !question.wants(wanted::NO_EXEC),
        check_link: !question.wants(wanted::NO_LINK),
        unseen: if question.wants(wanted::STRICT) {
            Unseen::Fatal
        } else {
            Unseen::Missing
        },
        now: question.now,
        cache_is_valid: ignore.hash() == known_hash,
        interrupt: &watch.interrupt,
        progress: &watch.progress,
    };
    let scope = question.place.scope();
    let outcome = core::status(tree, &question.root, &ignore, &scope, &options)?;
    Ok(Answer {
        outcome,
        now: question.now,
        warnings,
        ignore_hash: reads_rules.then(|| ignore.hash()),
        news: false,
    })
}

impl Answer {
    /// Whether there may be a difference from the first parent.
    pub fn differs(&self) -> bool {
        let changes = [State::Modified, State::Added, State::Removed, State::Unsure];
        let found = |state| !self.outcome.list(state).is_empty();
        changes.into_iter().any(found)
    }
}

/// Keeps what the walk found out about directories; returns whether that is news.
fn remember(map: &mut DirstateMap, answer: &Answer) -> Result<bool> {
    let Some(hash) = answer.ignore_hash else {
        return Ok(false);
    };
    let outcome = &answer.outcome;
    for directory in &outcome.outdated {
        map.clear_cached_directory(directory)?;
    }
    for (directory, mtime) in &outcome.cacheable {
        map.set_cached_directory(directory, *mtime)?;
    }
    let news =
        map.ignore_hash() != hash || !outcome.outdated.is_empty() || !outcome.cacheable.is_empty();
    map.set_ignore_hash(hash);
    Ok(news)
}

/// The method: `(root, ignore files, (directories to search, whether all tracked files are
/// looked at, directories whose tracked files are, files), bits, (seconds, nanoseconds) of
/// the file system's clock or None, function that is called now and then)`.
///
/// The result is `(a block of paths for each state, [(directory, errno)], [(file, errno or
/// None, name of a syntax)], whether the dirstate should be written, the time before which
/// the walk began, or None)`; the time is another one than that given where the walk had been
/// begun before.
pub fn status<'c>(this: Arg<'c>, args: &[Arg<'c>]) -> PyResult<Handle<'c>> {
    let ctx = this.ctx();
    let [root, ignore_files, scope, wanted, now, tick] = args else {
        return Err(PyErr::new(Exception::Type, "status() takes six arguments"));
    };
    let now = now.extract::<Option<(i64, i64)>>()?;
    let question = Question {
        root: root.extract()?,
        ignore_files: ignore_files.extract()?,
        place: Where::from_py(*scope)?,
        wanted: wanted.extract()?,
        now: now.map(|(seconds, nanoseconds)| Timestamp::of(seconds, nanoseconds)),
    };
    let dirstate = this.extract::<Shared<Dirstate>>()?;
    let mut answer = answer(ctx, &dirstate, &question, *tick).map_err(Raise::into_exception)?;
    let lists = State::ALL.map(|state| Bytes(answer.outcome.take(state).into_block()));
    let bad = std::mem::take(&mut answer.outcome.bad);
    let bad = bad.into_iter().map(|(path, errno)| (Bytes(path), errno));
    let warnings = answer
        .warnings
        .into_iter()
        .map(|warning| match warning.kind {
            WarningKind::InvalidSyntax(name) => (Bytes(warning.file), None, Bytes(name)),
            WarningKind::Unreadable(errno) => (Bytes(warning.file), Some(errno), Bytes(Vec::new())),
        });
    let (bad, warnings): (Vec<_>, Vec<_>) = (bad.collect(), warnings.collect());
    let now = answer.now.map(|now| (now.seconds, now.nanoseconds));
    (Vec::from(lists), bad, warnings, answer.news, now).into_py(ctx)
}

fn answer(
    ctx: Ctx<'_>,
    dirstate: &Shared<Dirstate>,
    question: &Question,
    tick: Arg<'_>,
) -> std::result::Result<Answer, Error> {
    let begun = {
        let mut dirstate = dirstate.borrow_mut(ctx)?;
        let changed = dirstate.map.is_changed();
        dirstate
            .begun
            .take()
            .filter(|begun| !changed && begun.answers(question))
    };
    let found = match begun {
        Some(begun) => watched(ctx, tick, begun.watch(), || begun.answer())?,
        None => None,
    };
    let mut answer = match found {
        Some(answer) => answer,
        None => {
            let (tree, known_hash) = {
                let dirstate = dirstate.borrow(ctx)?;
                let tree = dirstate.map.tree().map_err(InWorkingCopy)?;
                (tree, dirstate.map.ignore_hash())
            };
            let watch = Watch::default();
            let work = || ask(question, &tree, known_hash, &watch);
            watched(ctx, tick, &watch, work)?.map_err(InWorkingCopy)?
        }
    };
    if dirstate.borrow(ctx)?.v2 {
        let mut dirstate = dirstate.borrow_mut(ctx)?;
        answer.news = remember(&mut dirstate.map, &answer).map_err(InWorkingCopy)?;
    }
    Ok(answer)
}
