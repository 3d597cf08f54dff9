// SPDX-License-Identifier: GPL-2.0-or-later

//! A status that is begun before anybody asks for it.
//!
//! Whoever asks in time, and for the same, gets its result; nobody else notices that there
//! was one. For a diff that may have something to show, the manifest of the first parent is
//! read as well, which it needs next.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::status::request::{Report, Request, Watch};
use crate::dirstate::{self, Dirstate, Identity};
use crate::manifest::Manifest;
use crate::platform::process::OfProcess;
use crate::repository::Repository;
use crate::{Node, Result};

/// For how long a result is good. Whoever asks later was stopped in between.
const GOOD_FOR: Duration = Duration::from_secs(3);

/// A status that goes on in a thread of its own.
///
/// In a process that was forked meanwhile, there is nothing to be had of it.
#[derive(Debug)]
pub struct HeadStart {
    dot_hg: PathBuf,
    /// Never locked while anybody waits.
    receivers: OfProcess<Mutex<Receivers>>,
}

/// The other ends of what goes on, each of which is taken once.
#[derive(Debug)]
struct Receivers {
    started: Option<(Receiver<DirstateRead>, StatusAhead)>,
    manifest: Option<Receiver<ManifestRead>>,
}

/// A dirstate as it was read, from which file.
#[derive(Debug)]
struct DirstateRead {
    dirstate: Dirstate,
    identity: Identity,
}

/// The manifest of a changeset.
#[derive(Debug)]
pub struct ManifestRead {
    changeset: Node,
    node: Node,
    manifest: Manifest,
}

impl ManifestRead {
    /// Returns the manifest and its node, if it is that of `changeset`.
    pub fn of_changeset(self, changeset: &Node) -> Option<(Node, Manifest)> {
        (self.changeset == *changeset).then_some((self.node, self.manifest))
    }

    /// Returns the text of the manifest, if that is its node.
    pub fn text_of(self, node: &[u8]) -> Option<Vec<u8>> {
        (self.node.as_bytes()[..] == *node).then(|| self.manifest.into_text())
    }
}

/// The result of a status that goes on.
#[derive(Debug)]
pub struct StatusAhead {
    at: Instant,
    request: Arc<Request>,
    watch: Arc<Watch>,
    report: OfProcess<Mutex<Receiver<Report>>>,
}

impl StatusAhead {
    /// Returns what can be seen of it from outside.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Returns whether its result is also that of another request.
    pub fn answers(&self, request: &Request) -> bool {
        self.request.is_like(request) && self.at.elapsed() < GOOD_FOR
    }

    /// Waits for the result; `None` if there is none, for whatever reason, as in a child of
    /// the process that began it.
    pub fn wait(&self) -> Option<Report> {
        lock(self.report.get()?).recv().ok()
    }
}

impl Drop for StatusAhead {
    fn drop(&mut self) {
        self.watch.interrupt.store(true, Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HeadStart {
    /// Starts a status on another thread; with `diff`, the manifest of the first parent is
    /// read too, if there may be a difference.
    ///
    /// Errors are not told: they come up again for whoever asks later. Where no thread can
    /// be started, or there is no `request`, there will be nothing to be had.
    pub fn begin(root: &Path, v2: bool, request: Option<Request>, diff: bool) -> HeadStart {
        let dot_hg = root.join(".hg");
        let started = request.and_then(|request| start(&dot_hg, v2, request, diff));
        let (started, manifest) = started.unzip();
        HeadStart {
            dot_hg,
            receivers: OfProcess::new(Mutex::new(Receivers {
                started,
                manifest: manifest.filter(|_| diff),
            })),
        }
    }

    /// Returns the dirstate, once, if the files still are what was read, and the status that
    /// goes on with it; waits for the former.
    ///
    /// `docket` is the size of the data and the metadata of the tree that dirstate-v2's docket
    /// is known to have, `None` for dirstate-v1.
    pub fn dirstate(&self, docket: Option<(u32, &[u8])>) -> Option<(Dirstate, StatusAhead)> {
        let started = lock(self.receivers.get()?).started.take();
        let (read, ahead) = started?;
        let DirstateRead { dirstate, identity } = read.recv().ok()?;
        let fits = match (&dirstate.docket, docket) {
            (Some(read), Some((size, metadata))) => {
                read.data_size == size && read.metadata[..] == *metadata
            }
            (None, None) => true,
            _ => false,
        };
        let same = fits && Identity::of(&self.dot_hg) == Some(identity);
        same.then_some((dirstate, ahead))
    }

    /// Returns the manifest that is read, once; waits for it.
    pub fn manifest(&self) -> Option<ManifestRead> {
        let reading = lock(self.receivers.get()?).manifest.take()?;
        reading.recv().ok()
    }
}

type Started = (
    (Receiver<DirstateRead>, StatusAhead),
    Receiver<ManifestRead>,
);

fn start(dot_hg: &Path, v2: bool, request: Request, diff: bool) -> Option<Started> {
    let (dirstate_sender, dirstate) = sync_channel(1);
    let (report_sender, report) = sync_channel(1);
    let (manifest_sender, manifest) = sync_channel(1);
    let ahead = StatusAhead {
        at: Instant::now(),
        request: Arc::new(request),
        watch: Arc::default(),
        report: OfProcess::new(Mutex::new(report)),
    };
    let (request, watch) = (Arc::clone(&ahead.request), Arc::clone(&ahead.watch));
    let dot_hg = dot_hg.to_owned();
    let work = move || -> Result<()> {
        let Some(read) = read_dirstate(&dot_hg, v2)? else {
            return Ok(());
        };
        let map = &read.dirstate.map;
        let (tree, hash, changeset) = (map.tree()?, map.ignore_hash(), read.dirstate.p1);
        let _ = dirstate_sender.send(read);
        let report = request.run(&tree, hash, &watch)?;
        let differs = report.differs();
        let _ = report_sender.send(report);
        if diff && differs {
            let store = Repository::open(&request.root)?.store()?;
            let (node, manifest) = store.manifest(&changeset)?;
            let _ = manifest_sender.send(ManifestRead {
                changeset,
                node,
                manifest,
            });
        }
        Ok(())
    };
    let thread = std::thread::Builder::new().name("vermilion-start".into());
    thread.spawn(work).ok()?;
    Some(((dirstate, ahead), manifest))
}

/// Reads the dirstate, unless it is changed meanwhile.
fn read_dirstate(dot_hg: &Path, v2: bool) -> Result<Option<DirstateRead>> {
    let Some(identity) = Identity::of(dot_hg) else {
        return Ok(None);
    };
    let dirstate = dirstate::read(dot_hg, v2)?;
    let same = Identity::of(dot_hg) == Some(identity);
    Ok(same.then_some(DirstateRead { dirstate, identity }))
}
