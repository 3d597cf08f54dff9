//! `_native.HeadStart`: a status that is begun while Mercurial still starts, before anybody
//! asks for it.
//!
//! Whoever asks in time, and for the same, gets its answer; nobody else notices that there
//! was one. For a diff that may have something to show, the manifest of the first parent is
//! read as well, which it needs next.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{sync_channel, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hpy_bindings::{Bytes, Class, ClassDef, Ctx, Global, New};
use vermilion_core::dirstate::{self, Identity};
use vermilion_core::revlog::manifest::Manifest;
use vermilion_core::status::file_system_now;
use vermilion_core::store::Store;
use vermilion_core::{Node, Result};

use crate::dirstate::Dirstate;
use crate::process::Own;
use crate::status::{ask, Answer, Question, Watch};

/// For how long an answer is good. Whoever asks later was stopped in between.
const GOOD_FOR: Duration = Duration::from_secs(3);

/// A dirstate as it was read, from which file.
struct Read {
    dirstate: dirstate::Dirstate,
    identity: Identity,
}

/// A status that is under way.
pub struct Begun {
    at: Instant,
    question: Arc<Question>,
    watch: Arc<Watch>,
    found: Own<Mutex<Receiver<Answer>>>,
}

impl Begun {
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Whether it finds out what somebody asks.
    pub fn answers(&self, question: &Question) -> bool {
        self.question.is_like(question) && self.at.elapsed() < GOOD_FOR
    }

    /// Waits for the answer; `None` if there is none, for whatever reason, as in a child of
    /// the process that began it.
    pub fn answer(&self) -> Option<Answer> {
        lock(self.found.get()?).recv().ok()
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.watch
            .interrupt
            .store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

/// The manifest of a changeset.
struct OfChangeset {
    changeset: Node,
    node: Node,
    manifest: Manifest,
}

/// The other ends of a status that goes on.
struct Started {
    read: Receiver<Read>,
    begun: Begun,
}

pub struct HeadStart {
    dot_hg: PathBuf,
    /// What goes on, once. Never locked while anybody waits.
    going: Own<Mutex<Going>>,
}

struct Going {
    started: Option<Started>,
    manifest: Option<Receiver<OfChangeset>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The function. What goes wrong, goes wrong again for whoever asks later.
pub fn begin(
    _: Ctx<'_>,
    root: PathBuf,
    v2: bool,
    ignore_files: Vec<PathBuf>,
    wanted: u32,
    diff: bool,
) -> New<HeadStart> {
    let dot_hg = root.join(".hg");
    let started = file_system_now(&dot_hg).ok().and_then(|now| {
        let store = diff.then(|| root.clone());
        let question = Question::everywhere(root, ignore_files, wanted, now);
        start(dot_hg.clone(), v2, question, store)
    });
    let (started, manifest) = started.unzip();
    New(HeadStart {
        dot_hg,
        going: Own::new(Mutex::new(Going {
            started,
            manifest: manifest.filter(|_| diff),
        })),
    })
}

/// `store` is the repository whose manifest may be read.
fn start(
    dot_hg: PathBuf,
    v2: bool,
    question: Question,
    store: Option<PathBuf>,
) -> Option<(Started, Receiver<OfChangeset>)> {
    let (read_by, read) = sync_channel(1);
    let (found_by, found) = sync_channel(1);
    let (manifest_by, manifest) = sync_channel(1);
    let begun = Begun {
        at: Instant::now(),
        question: Arc::new(question),
        watch: Arc::default(),
        found: Own::new(Mutex::new(found)),
    };
    let (question, watch) = (Arc::clone(&begun.question), Arc::clone(&begun.watch));
    let work = move || -> Result<()> {
        let Some(one) = read_once(&dot_hg, v2)? else {
            return Ok(());
        };
        let (tree, hash) = (one.dirstate.map.tree()?, one.dirstate.map.ignore_hash());
        let changeset = one.dirstate.p1;
        let _ = read_by.send(one);
        let answer = ask(&question, &tree, hash, &watch)?;
        let differs = answer.differs();
        let _ = found_by.send(answer);
        if let (Some(root), true) = (store, differs) {
            let (node, manifest) = Store::open(&root)?.manifest(&changeset)?;
            let _ = manifest_by.send(OfChangeset {
                changeset,
                node,
                manifest,
            });
        }
        Ok(())
    };
    let thread = std::thread::Builder::new().name("vermilion-start".into());
    thread.spawn(work).ok()?;
    Some((Started { read, begun }, manifest))
}

/// Reads the dirstate, unless it is changed meanwhile.
fn read_once(dot_hg: &Path, v2: bool) -> Result<Option<Read>> {
    let Some(identity) = Identity::of(dot_hg) else {
        return Ok(None);
    };
    let dirstate = dirstate::read(dot_hg, v2)?;
    let same = Identity::of(dot_hg) == Some(identity);
    Ok(same.then_some(Read { dirstate, identity }))
}

impl HeadStart {
    /// The dirstate, once, if it still is what was read.
    fn dirstate(
        ctx: Ctx<'_>,
        this: &HeadStart,
        docket: Option<(u32, Bytes)>,
    ) -> Option<(New<Dirstate>, Bytes, Bytes)> {
        let started = lock(this.going.get()?).started.take();
        let Started { read, begun } = started?;
        let Read { dirstate, identity } = ctx.leave_python(move || read.recv().ok())?;
        let fits = match (&dirstate.docket, &docket) {
            (Some(mine), Some((size, metadata))) => {
                mine.data_size == *size && mine.metadata[..] == metadata.0[..]
            }
            (None, None) => true,
            _ => false,
        };
        if !fits || Identity::of(&this.dot_hg) != Some(identity) {
            return None;
        }
        let (p1, p2) = (Bytes(dirstate.p1.to_vec()), Bytes(dirstate.p2.to_vec()));
        let made = Dirstate {
            map: dirstate.map,
            v2: docket.is_some(),
            begun: Some(begun),
        };
        Some((New(made), p1, p2))
    }

    /// The manifest that is read, once; waits for it.
    fn manifest(&self, ctx: Ctx<'_>) -> Option<OfChangeset> {
        let reading = lock(self.going.get()?).manifest.take()?;
        ctx.leave_python(move || reading.recv().ok())
    }

    /// The manifest of this changeset, and its node.
    pub fn manifest_of(&self, ctx: Ctx<'_>, changeset: &Node) -> Option<(Node, Manifest)> {
        let read = self.manifest(ctx)?;
        (read.changeset == *changeset).then_some((read.node, read.manifest))
    }

    fn manifest_text(ctx: Ctx<'_>, this: &HeadStart, node: Bytes) -> Option<Bytes> {
        let read = this.manifest(ctx)?;
        (read.node[..] == node.0[..]).then(|| Bytes(read.manifest.into_text()))
    }
}

impl Class for HeadStart {
    const NAME: &'static std::ffi::CStr = c"vermilion._native.HeadStart";
    const DOC: &'static std::ffi::CStr = c"A status that is begun before anybody asks for it.";

    fn type_global() -> &'static Global {
        static TYPE: Global = Global::new();
        &TYPE
    }

    fn define(class: &mut ClassDef<Self>) {
        class.method(
            c"dirstate",
            c"dirstate($self, docket, /)\n--\n\n\
              The Dirstate and its parents, once; None if they cannot be had. Its first status\n\
              takes what was begun, if it is the same question.\n\n\
              docket is (size of the data, metadata of the tree), or None for dirstate-v1.",
            HeadStart::dirstate,
        );
        class.method(
            c"manifest_text",
            c"manifest_text($self, node, /)\n--\n\n\
              The text of the first parent's manifest, once, if it has that node and was read\n\
              because a diff needs it; else None. Waits for it.",
            HeadStart::manifest_text,
        );
    }
}
