// SPDX-License-Identifier: GPL-2.0-or-later

//! What the system alone takes to look at a tree of files: `floor ROOT`, for `make bench`.
//!
//! Reads lines `MODE THREADS` and answers each with `SECONDS PROCESSOR FILES`, by the
//! clock and by the processor's of all threads. The modes:
//!
//! - `stat`: every file that was there at the start, by names relative to its directory;
//! - `walk`: every directory is read, and its files are looked at.
//!
//! Nothing is kept or compared: whoever must know every file's time stamp and size, or
//! find files that are new, takes at least that long.

#![forbid(unsafe_code)]

use std::io::{BufRead as _, Write as _};
use std::mem::MaybeUninit;
use std::time::Instant;

use rayon::prelude::*;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, openat, statat};
use rustix::io::Result;
use rustix::time::{ClockId, clock_gettime};

type Name = std::ffi::CString;

/// A directory's path and the names of its files.
struct Directory {
    path: Name,
    files: Vec<Name>,
}

fn open(parent: &impl std::os::fd::AsFd, name: &Name) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    openat(parent, name.as_c_str(), flags, Mode::empty())
}

/// Calls `each` with every name in a directory but `.`, `..` and `.hg`.
fn entries(directory: &OwnedFd, mut each: impl FnMut(&std::ffi::CStr, FileType)) -> Result<()> {
    let mut buffer = [MaybeUninit::uninit(); 16 * 1024];
    let mut raw = RawDir::new(directory, &mut buffer);
    while let Some(entry) = raw.next() {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b".." | b".hg") {
            each(entry.file_name(), entry.file_type());
        }
    }
    Ok(())
}

fn look(directory: &OwnedFd, name: &std::ffi::CStr) -> usize {
    usize::from(statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).is_ok())
}

/// Reads a directory and all below and looks at the files; returns how many there are.
fn walk(directory: OwnedFd) -> Result<usize> {
    let (mut found, mut below) = (0, Vec::new());
    entries(&directory, |name, kind| match kind {
        FileType::Directory => below.push(name.to_owned()),
        _ => found += look(&directory, name),
    })?;
    let parts = below.par_iter().map(|name| walk(open(&directory, name)?));
    Ok(found + parts.sum::<Result<usize>>()?)
}

fn collect(path: Name, into: &mut Vec<Directory>) -> Result<()> {
    let (mut files, mut below) = (Vec::new(), Vec::new());
    entries(&open(&CWD, &path)?, |name, kind| match kind {
        FileType::Directory => {
            let joined = [path.to_bytes(), b"/", name.to_bytes()].concat();
            below.extend(Name::new(joined).ok());
        }
        _ => files.push(name.to_owned()),
    })?;
    into.push(Directory { path, files });
    below.into_iter().try_for_each(|path| collect(path, into))
}

fn stat(directories: &[Directory]) -> Result<usize> {
    let counts = directories.par_iter().map(|directory| {
        let handle = open(&CWD, &directory.path)?;
        let files = directory.files.iter();
        Ok(files.map(|name| look(&handle, name)).sum::<usize>())
    });
    counts.sum()
}

fn processor() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let root = std::env::args().nth(1).ok_or("floor ROOT")?;
    let root = Name::new(root)?;
    let mut directories = Vec::new();
    collect(root.clone(), &mut directories)?;
    let pools: Vec<_> = [1, 2]
        .into_iter()
        .map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build())
        .collect::<std::result::Result<_, _>>()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (mode, threads) = line.split_once(' ').ok_or("MODE THREADS")?;
        let pool = pools
            .get(threads.parse::<usize>()? - 1)
            .ok_or("1 or 2 threads")?;
        let (busy, start) = (processor(), Instant::now());
        let files = pool.install(|| match mode {
            "stat" => stat(&directories),
            _ => walk(open(&CWD, &root)?),
        })?;
        let (seconds, busy) = (start.elapsed().as_secs_f64(), processor() - busy);
        println!("{seconds} {busy} {files}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
