// SPDX-License-Identifier: GPL-2.0-or-later

//! Where servers listen: in a directory that nobody else can reach, by a name for all that a
//! server keeps from its beginning.

use std::env;
use std::fs::{self, DirBuilder, Metadata};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::process::{Resource, getegid, geteuid, getgid, getrlimit, getuid};

/// The longest path that a socket can have, with the terminating zero, and what Mercurial
/// appends to the one that it is given.
const LONGEST: usize = 108 - 1 - "-0123456789ab.4294967295.tmp".len();

/// What a process cannot change later, or what only it has: a server is for those with the same.
const LIMITS: [Resource; 10] = [
    Resource::As,
    Resource::Core,
    Resource::Cpu,
    Resource::Data,
    Resource::Fsize,
    Resource::Memlock,
    Resource::Nofile,
    Resource::Nproc,
    Resource::Rss,
    Resource::Stack,
];
#[cfg(target_os = "linux")]
const LINUX_LIMITS: [Resource; 6] = [
    Resource::Locks,
    Resource::Msgqueue,
    Resource::Nice,
    Resource::Rtprio,
    Resource::Rttime,
    Resource::Sigpending,
];
#[cfg(not(target_os = "linux"))]
const LINUX_LIMITS: [Resource; 0] = [];
/// Namespaces: other files, hosts, processes and users by the same names.
const NAMESPACES: [&str; 5] = ["mnt", "net", "pid", "user", "uts"];
/// What Linux tells of a process's rights, by the beginnings of lines.
const RIGHTS: [&str; 4] = ["Cap", "Groups", "NoNewPrivs", "Seccomp"];

/// Returns the path of the server for a program hg.
///
/// # Errors
/// Where there is no directory that only the user gets into.
pub(super) fn of(hg: &Path) -> io::Result<PathBuf> {
    let folder = folder()?;
    let mut hasher = DefaultHasher::new();
    hg.hash(&mut hasher);
    identity(hg).hash(&mut hasher);
    // Another root: other files by the same names.
    identity(Path::new("/")).hash(&mut hasher);
    for name in NAMESPACES {
        let link = Path::new("/proc/self/ns").join(name);
        fs::read_link(link).ok().hash(&mut hasher);
    }
    for &limit in LIMITS.iter().chain(&LINUX_LIMITS) {
        let found = getrlimit(limit);
        (found.current, found.maximum).hash(&mut hasher);
    }
    (getuid().as_raw(), getgid().as_raw(), getegid().as_raw()).hash(&mut hasher);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let is_right = |line: &&str| RIGHTS.iter().any(|right| line.starts_with(right));
    for line in status.lines().filter(is_right) {
        line.hash(&mut hasher);
    }
    let address = folder.join(format!("hg{:016x}", hasher.finish()));
    if address.as_os_str().len() > LONGEST {
        return Err(io::Error::other("the path of the socket would be too long"));
    }
    Ok(address)
}

fn identity(path: &Path) -> Option<(u64, u64, i64, i64, u64)> {
    let found = fs::metadata(path).ok()?;
    let (seconds, nanoseconds) = if found.is_dir() {
        (0, 0)
    } else {
        (found.mtime(), found.mtime_nsec())
    };
    Some((
        found.dev(),
        found.ino(),
        seconds,
        nanoseconds,
        if found.is_dir() { 0 } else { found.len() },
    ))
}

/// Returns the directory of the user's sockets, which is made if need be.
fn folder() -> io::Result<PathBuf> {
    let own = geteuid().as_raw();
    let is_private =
        |found: &Metadata| found.is_dir() && found.uid() == own && found.mode() & 0o077 == 0;
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let runtime = runtime.filter(|path| {
        path.is_absolute() && fs::symlink_metadata(path).is_ok_and(|f| is_private(&f))
    });
    let folder = if let Some(runtime) = runtime {
        runtime.join("vermilion")
    } else {
        let scratch = env::var_os("TMPDIR").filter(|path| Path::new(path).is_absolute());
        PathBuf::from(scratch.unwrap_or_else(|| "/tmp".into())).join(format!("vermilion-{own}"))
    };
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // Not through a link that somebody else has put there.
    let found = fs::symlink_metadata(&folder)?;
    if !is_private(&found) {
        let reason = format!("{}: others may get in", folder.display());
        return Err(io::Error::other(reason));
    }
    Ok(folder)
}
