// SPDX-License-Identifier: GPL-2.0-or-later

//! Standard streams that were closed when the process began, which is no reason to be silent.

use std::io;
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::fd::BorrowedFd;
use rustix::io::{Errno, FdFlags, fcntl_getfd, fcntl_setfd};
use rustix::stdio::{stderr, stdin, stdout};

/// Those that were closed, a bit each.
static CLOSED: AtomicU8 = AtomicU8::new(0);
const STDOUT: u8 = 2;

fn all() -> [(u8, BorrowedFd<'static>); 3] {
    [(1, stdin()), (STDOUT, stdout()), (4, stderr())]
}

/// Finds out which of them are closed, input, output and errors.
///
/// Where a Rust program begins, the standard library opens `/dev/null` in their place, so that this
/// is to be called before.
pub fn note() {
    for (bit, stream) in all() {
        if fcntl_getfd(stream) == Err(Errno::BADF) {
            CLOSED.fetch_or(bit, Ordering::Relaxed);
        }
    }
}

/// Fails where there is nothing to write to.
///
/// # Errors
/// `EBADF`, as of a write.
pub(super) fn has_stdout() -> io::Result<()> {
    if CLOSED.load(Ordering::Relaxed) & STDOUT != 0 {
        return Err(Errno::BADF.into());
    }
    Ok(())
}

/// Tells whether one of them is not there, which a server could not be told.
pub(super) fn is_any_closed() -> bool {
    CLOSED.load(Ordering::Relaxed) != 0
}

/// Has the program that this process becomes find them as they were.
pub(super) fn close_with_execution() {
    let closed = CLOSED.load(Ordering::Relaxed);
    for (_, stream) in all().into_iter().filter(|(bit, _)| closed & bit != 0) {
        // What stands there is nobody's.
        let _ = fcntl_setfd(stream, FdFlags::CLOEXEC);
    }
}
