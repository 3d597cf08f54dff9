// SPDX-License-Identifier: GPL-2.0-or-later

//! Signals that this process gets and its server is meant to get.

use std::io;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// The last one that was forwarded and can end a process, or 0.
static DEADLY: AtomicI32 = AtomicI32::new(0);

/// Forwards them from now on: those that a terminal sends to a group go to the server's group.
///
/// A second SIGTERM ends this process, should the server not.
pub(super) fn forward(pid: Option<i32>, group: Option<i32>) -> io::Result<()> {
    let Some(pid) = pid.filter(|&pid| pid > 1).and_then(Pid::from_raw) else {
        return Ok(());
    };
    let group = group.filter(|&group| group > 1).and_then(Pid::from_raw);
    let wanted = [
        SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH,
    ];
    let mut signals = Signals::new(wanted)?;
    thread::spawn(move || {
        let mut is_ending = false;
        for signal in &mut signals {
            let Some(named) = Signal::from_named_raw(signal) else {
                continue;
            };
            if !matches!(signal, SIGCONT | SIGTSTP | SIGWINCH) {
                DEADLY.store(signal, Ordering::SeqCst);
            }
            // The server may have ended meanwhile, which the other thread will see.
            let _ = match (signal, group) {
                (SIGHUP | SIGINT, Some(group)) => kill_process_group(group, named),
                (SIGTSTP, _) => kill_process(pid, Signal::STOP),
                _ => kill_process(pid, named),
            };
            if signal == SIGTSTP || signal == SIGTERM && is_ending {
                let _ = emulate_default_handler(signal);
            }
            is_ending |= signal == SIGTERM;
        }
    });
    Ok(())
}

/// Ends this process as a forwarded signal has ended the server, which Mercurial does not catch;
/// returns if there was none.
pub(super) fn end_like_server() {
    let signal = DEADLY.load(Ordering::SeqCst);
    if signal != 0 {
        let _ = emulate_default_handler(signal);
    }
}
