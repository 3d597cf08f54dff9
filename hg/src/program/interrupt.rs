// SPDX-License-Identifier: GPL-2.0-or-later

//! Signals: at Ctrl-C the command ends with the words and the status that hg has for it; none ends it
//! while it writes.

use std::fs;
use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::GIVEN_UP;
use super::colors::Colors;

/// What an interrupt does.
static EFFECT: AtomicU8 = AtomicU8::new(ENDS);
const ENDS: u8 = 0;
const IS_NOTED: u8 = 1;
const IS_OTHERS: u8 = 2;

/// Whether one came that is noted only.
static HAS_COME: AtomicBool = AtomicBool::new(false);

/// What is said of one.
pub(super) const WORDS: &str = "interrupted!";

/// Looks out for interrupts from now on.
///
/// # Errors
/// The system's.
pub(super) fn watch(colors: &Colors) -> io::Result<()> {
    // Whoever started us in the background does not want us to have any.
    if is_ignored(SIGINT) {
        return Ok(());
    }
    let mut signals = Signals::new([SIGINT])?;
    let colors = colors.clone();
    thread::Builder::new().spawn(move || {
        for _ in &mut signals {
            match EFFECT.load(Ordering::SeqCst) {
                ENDS => end(&colors),
                IS_NOTED => HAS_COME.store(true, Ordering::SeqCst),
                _ => {}
            }
        }
    })?;
    Ok(())
}

fn end(colors: &Colors) -> ! {
    colors.complain(WORDS);
    process::exit(GIVEN_UP.into());
}

/// Does something that is not to be ended halfway, for a moment: what would end this process ends it
/// afterwards.
///
/// # Errors
/// The system's; nothing was done then.
pub(crate) fn hold<T>(colors: &Colors, work: impl FnOnce() -> T) -> io::Result<T> {
    let waiting = Arc::new(AtomicUsize::new(0));
    let is_over = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGTERM] {
        if !is_ignored(signal) {
            flag::register_conditional_default(signal, Arc::clone(&is_over))?;
            flag::register_usize(signal, Arc::clone(&waiting), signal as usize)?;
        }
    }
    // A file that would be longer than it may be is an error.
    flag::register(SIGXFSZ, Arc::default())?;
    let before = EFFECT.swap(IS_NOTED, Ordering::SeqCst);
    let done = work();
    EFFECT.store(before, Ordering::SeqCst);
    is_over.store(true, Ordering::SeqCst);
    match waiting.load(Ordering::SeqCst) {
        0 => {}
        signal => emulate_default_handler(signal as i32)?,
    }
    if before == ENDS && has_come() {
        end(colors);
    }
    Ok(done)
}

/// Has interrupts be noted only: a pager is on the screen, and has to be waited for.
pub(super) fn note() {
    EFFECT.store(IS_NOTED, Ordering::SeqCst);
}

/// Leaves interrupts to others.
pub(super) fn leave() {
    EFFECT.store(IS_OTHERS, Ordering::SeqCst);
}

/// Tells whether an interrupt was noted.
pub(super) fn has_come() -> bool {
    HAS_COME.load(Ordering::SeqCst)
}

/// Tells whether this process is not to get a signal, as far as that is known: Linux says it in
/// `/proc` (proc_pid_status(5)).
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut masks = status
        .lines()
        .filter_map(|line| line.strip_prefix("SigIgn:"));
    let mask = masks.find_map(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}
