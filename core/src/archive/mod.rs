// SPDX-License-Identifier: GPL-2.0-or-later

//! The files of a changeset as an archive, or in a directory: what `hg archive` writes.
//!
//! Names, modes, times and contents are Mercurial's (`mercurial/archival.py`), and so are the bytes
//! of what is not compressed. Contents are read, and for `.zip` compressed, some at a time on
//! several threads while those before are written, in the order of the paths. The same changeset
//! gives the same bytes again.

mod directory;
mod metadata;
mod names;
mod output;
mod tar;
mod zip;

use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use rayon::prelude::*;

use crate::error::FileKind;
use crate::manifest::{Flag, ManifestEntry};
use crate::platform::pool;
use crate::snapshot::Snapshot;
use crate::working_copy::status::request::Watch;
use crate::{Error, RepoPath, Result, Rev};

use directory::Directory;
use output::Output;
use tar::Tar;
use zip::{Zip, ZipMember};

pub use metadata::text as metadata_text;
pub use names::Kind;

/// The file that says which changeset an archive is of.
const METADATA: &[u8] = b".hg_archival.txt";
/// Files that are read, and written, at a time.
const BLOCK: usize = 64;

/// An archive to be written.
pub struct Request<'r> {
    /// The changeset.
    pub rev: Rev,
    /// The file to write, or for [`Kind::Files`] the directory.
    pub dest: &'r Path,
    /// The kind of archive.
    pub kind: Kind,
    /// What stands before all names: the name of `dest` without its suffix if there is nothing
    /// here, and nothing if it is empty.
    pub prefix: Option<&'r [u8]>,
    /// Whether a file `.hg_archival.txt` tells which changeset it is.
    pub metadata: bool,
    /// Whether a file is to be in it.
    pub is_wanted: &'r (dyn Fn(&RepoPath) -> bool + Sync),
}

/// A file as it is in an archive.
struct Member {
    /// The name, with the prefix.
    name: Vec<u8>,
    flag: Flag,
    content: Vec<u8>,
}

impl Member {
    /// Returns the permissions that it gets.
    fn mode(&self) -> u32 {
        match self.flag {
            Flag::Regular => 0o644,
            Flag::Executable => 0o755,
            Flag::Symlink => 0o777,
        }
    }
}

/// What there is to do with a file on any thread, in whatever order.
enum Packing {
    AsItIs,
    Zip { deflate: bool },
    Directory(Directory),
}

/// A file about which there is nothing left to do but to write it in its order.
enum Packed {
    Plain(Member),
    Zipped(ZipMember),
    Done,
}

impl Packing {
    fn pack(&self, member: Member) -> Result<Packed> {
        match self {
            Packing::AsItIs => Ok(Packed::Plain(member)),
            Packing::Zip { deflate } => Ok(Packed::Zipped(ZipMember::new(member, *deflate))),
            Packing::Directory(directory) => {
                directory.write(&member)?;
                Ok(Packed::Done)
            }
        }
    }
}

/// What writes files in order.
enum Sink {
    Tar(Tar),
    Zip(Zip),
    Nothing,
}

impl Sink {
    fn write(&mut self, packed: Packed) -> Result<()> {
        match (self, packed) {
            (Sink::Tar(tar), Packed::Plain(member)) => tar.write(&member),
            (Sink::Zip(zip), Packed::Zipped(member)) => zip.write(member),
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Sink::Tar(tar) => tar.finish(),
            Sink::Zip(zip) => zip.finish(),
            Sink::Nothing => Ok(()),
        }
    }
}

/// Writes the files of a changeset, and returns how many there were.
///
/// An archive is written beside `dest` and takes its place when it is complete. In a directory,
/// files are replaced one by one, and what else is there stays; symlinks there are replaced, and
/// never followed. Keeps the contents of two times 64 files in memory.
///
/// # Errors
/// [`Error::Invalid`] if no file is wanted, for the repository's root as destination, for a
/// prefix that leads outside, or one for a directory; [`Error::Unsupported`] for a path that is
/// not written into a directory; [`Error::Io`]; [`Error::Interrupted`]; those of
/// [`Snapshot::manifest`] and of reading contents.
pub fn archive(snapshot: &Snapshot, request: &Request<'_>, watch: &Watch) -> Result<usize> {
    let root = snapshot.repository().root();
    if request.dest.canonicalize().is_ok_and(|dest| dest == root) {
        let message = "the root of the repository cannot be the destination";
        return Err(Error::Invalid(message.to_owned()));
    }
    let prefix = names::prefix(request.dest, request.kind, request.prefix)?;
    let manifest = snapshot.manifest(request.rev)?;
    let mut files = Vec::new();
    for entry in manifest.iter() {
        let entry = entry?;
        if (request.is_wanted)(entry.path) {
            files.push(entry);
        }
    }
    if files.is_empty() {
        return Err(Error::Invalid("no file is to be archived".to_owned()));
    }
    let mtime = date(snapshot, request.rev)?;
    let (packing, mut sink) = open(request, mtime)?;
    if request.metadata && (request.is_wanted)(RepoPath::new(METADATA)) {
        let member = Member {
            name: [&prefix, METADATA].concat(),
            flag: Flag::Regular,
            content: metadata_text(snapshot, request.rev)?,
        };
        sink.write(packing.pack(member)?)?;
    }
    let pack = |entry: &ManifestEntry<'_>| -> Result<Packed> {
        watch.go_on()?;
        packing.pack(Member {
            name: [&prefix, entry.path.as_bytes()].concat(),
            flag: entry.flag,
            content: snapshot.store().content(entry.path, &entry.node)?,
        })
    };
    let mut write = |packed: Packed| -> Result<()> {
        watch.go_on()?;
        sink.write(packed)?;
        watch.progress.fetch_add(1, Relaxed);
        Ok(())
    };
    let mut blocks = files.chunks(BLOCK);
    let mut ready: Vec<Packed> = Vec::new();
    loop {
        let block = blocks.next().unwrap_or_default();
        let (next, written) = pool::join(
            || -> Vec<Result<Packed>> { block.par_iter().map(pack).collect() },
            || ready.into_iter().try_for_each(&mut write),
        );
        written?;
        ready = next.into_iter().collect::<Result<_>>()?;
        if ready.is_empty() {
            break;
        }
    }
    sink.finish()?;
    Ok(files.len())
}

/// Returns when a changeset was made, in seconds since 1970, UTC.
fn date(snapshot: &Snapshot, rev: Rev) -> Result<i64> {
    let changelog = snapshot.refs().changelog();
    let text = changelog.text(rev)?;
    Ok(changelog.parse(rev, &text)?.date().seconds)
}

fn open(request: &Request<'_>, mtime: i64) -> Result<(Packing, Sink)> {
    let dest = request.dest;
    Ok(match request.kind {
        Kind::Files => {
            let directory = Directory::open(dest, mtime)?;
            (Packing::Directory(directory), Sink::Nothing)
        }
        Kind::Zip | Kind::ZipStored => {
            let deflate = request.kind == Kind::Zip;
            let zip = Zip::new(Output::create(dest, request.kind, mtime)?, mtime);
            (Packing::Zip { deflate }, Sink::Zip(zip))
        }
        kind => {
            let tar = Tar::new(Output::create(dest, kind, mtime)?, mtime);
            (Packing::AsItIs, Sink::Tar(tar))
        }
    })
}

/// Returns the error for a path that is not for a working copy.
fn bad_path(path: &RepoPath, reason: &str) -> Error {
    Error::unsupported(FileKind::WorkingCopy, path, reason)
}
