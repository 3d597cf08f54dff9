// SPDX-License-Identifier: GPL-2.0-or-later

//! Read-only maps of files that survive being cut short by another process.
//!
//! A revlog index is append-only, so mapping it costs nothing and shares its
//! pages with every other reader. It is cut short only when a transaction is
//! rolled back or changesets are stripped. Reading a page that is no longer in
//! the file then raises SIGBUS, which ends a process that is not prepared.
//!
//! [`Mapped`] is prepared: the first map installs a handler that knows all the
//! maps of this module. When a read faults in one of them, the handler puts
//! zeros over the rest of that map and marks it as *torn*; the read goes on,
//! and [`Mapped::torn`] tells the reader afterwards that what it saw is
//! worthless. Faults anywhere else go to the handler that was there before, so
//! Python's faulthandler and other libraries work as they did. Who installs a
//! handler later gets the signal first, until the next map is made, which puts
//! ours back in front.
//!
//! A page that still holds the last byte of the shortened file does not fault:
//! its remainder silently reads as zeros. Whoever interprets the bytes has to
//! recognise that by itself, as [`Index`](crate::Index) does.
//!
//! This is the only module of the crate with `unsafe` code.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use memmap2::{Mmap, MmapOptions};

use crate::{Error, Result};

/// A read-only map of a whole regular file.
#[derive(Debug)]
pub struct Mapped {
    // Before `map`: the guard has to forget the addresses while they are
    // still ours, not when somebody else may have got them.
    watch: Option<guard::Watch>,
    // None for an empty file, which the system does not map.
    map: Option<Mmap>,
}

impl Mapped {
    /// Maps the file at `path` as long as it is now.
    ///
    /// Takes constant time; what is appended later is not seen.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be opened or mapped, or is a directory;
    /// [`Error::Invalid`] if it is neither a directory nor a regular file.
    pub fn open(path: &Path) -> Result<Mapped> {
        let file = open_regular(path)?;
        let stamp = Stamp::of(&file, path)?;
        Mapped::of(&file, stamp.len, path)
    }

    /// Maps the first `len` bytes of `file`; `path` is for messages.
    pub(crate) fn of(file: &File, len: u64, path: &Path) -> Result<Mapped> {
        if len == 0 {
            return Ok(Mapped {
                watch: None,
                map: None,
            });
        }
        let len = usize::try_from(len)
            .map_err(|_| Error::io(path, io::Error::from(io::ErrorKind::FileTooLarge)))?;
        // SAFETY: what memmap2 asks for is that the file is not changed while
        // it is mapped. Nobody can promise that. Appending does not touch the
        // mapped bytes; truncation is what the guard is for; and no reader of
        // this crate relies on reading the same bytes twice.
        let map =
            unsafe { MmapOptions::new().len(len).map(file) }.map_err(|e| Error::io(path, e))?;
        let watch = guard::Watch::new(&map).map_err(|e| Error::io(path, e))?;
        Ok(Mapped {
            watch: Some(watch),
            map: Some(map),
        })
    }

    /// Returns the bytes, zeros where the file has been cut off since.
    pub fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }

    /// Tells the system whether the bytes are going to be read from beginning
    /// to end: it then reads ahead further, for a file that is not in memory.
    pub(crate) fn expect_sequential(&self, sequential: bool) {
        #[cfg(unix)]
        if let Some(map) = &self.map {
            let advice = if sequential {
                memmap2::Advice::Sequential
            } else {
                memmap2::Advice::Normal
            };
            // Without the hint it is merely slower.
            let _ = map.advise(advice);
        }
        #[cfg(not(unix))]
        let _ = sequential;
    }

    /// Returns whether a read ran into a part that is no longer in the file.
    ///
    /// To be asked *after* reading; once true, it stays true.
    pub fn torn(&self) -> bool {
        self.watch.as_ref().is_some_and(guard::Watch::torn)
    }
}

/// Opens a regular file for reading, without waiting for a pipe's other end.
pub(crate) fn open_regular(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path).map_err(|e| Error::io(path, e))?;
    let kind = file.metadata().map_err(|e| Error::io(path, e))?.file_type();
    if kind.is_dir() {
        #[cfg(unix)]
        let error = io::Error::from_raw_os_error(libc::EISDIR);
        #[cfg(not(unix))]
        let error = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(Error::io(path, error));
    }
    if !kind.is_file() {
        let message = format!("{}: not a regular file", path.display());
        return Err(Error::Invalid(message));
    }
    Ok(file)
}

/// The data of a file that change when somebody writes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The file's length in bytes.
    pub(crate) len: u64,
    // None where the system does not keep it.
    modified: Option<SystemTime>,
}

impl Stamp {
    /// Returns the stamp of an open file; `path` is for messages.
    pub(crate) fn of(file: &File, path: &Path) -> Result<Stamp> {
        let metadata = file.metadata().map_err(|e| Error::io(path, e))?;
        Ok(Stamp {
            len: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

#[cfg(unix)]
mod guard {
    //! The SIGBUS handler and its table of maps.
    //!
    //! All that the handler touches are atomics in memory that is never
    //! freed, and system calls; it takes no lock and allocates nothing, so it
    //! may interrupt anything, and a forked child inherits it in a usable state.

    use std::ffi::{c_int, c_void};
    use std::io;
    use std::mem;
    use std::ptr;
    use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

    /// Slots in one block of the table; a process seldom has more maps.
    const BLOCK: usize = 64;
    /// `Slot::start` of a slot that nobody uses.
    const FREE: usize = 0;
    /// `Slot::start` while a slot is being filled in: above every address.
    const TAKEN: usize = usize::MAX;

    /// One map: its addresses in whole pages, and whether it is torn.
    #[derive(Debug)]
    struct Slot {
        start: AtomicUsize,
        end: AtomicUsize,
        torn: AtomicBool,
    }

    /// Blocks are chained and never freed, their slots are used again.
    struct Block {
        slots: [Slot; BLOCK],
        next: AtomicPtr<Block>,
    }

    impl Block {
        const fn new() -> Block {
            Block {
                slots: [const {
                    Slot {
                        start: AtomicUsize::new(FREE),
                        end: AtomicUsize::new(0),
                        torn: AtomicBool::new(false),
                    }
                }; BLOCK],
                next: AtomicPtr::new(ptr::null_mut()),
            }
        }

        fn next(&self) -> Option<&'static Block> {
            let next = self.next.load(Ordering::Acquire);
            // SAFETY: null, or set once by `next_or_new` from a leaked box.
            unsafe { next.as_ref() }
        }

        fn next_or_new(&self) -> &'static Block {
            if let Some(next) = self.next() {
                return next;
            }
            let ours = Box::into_raw(Box::new(Block::new()));
            let set = self.next.compare_exchange(
                ptr::null_mut(),
                ours,
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            match set {
                // SAFETY: just leaked, and from now on never freed.
                Ok(_) => unsafe { &*ours },
                Err(theirs) => {
                    // SAFETY: the exchange failed, so nobody else has seen it.
                    drop(unsafe { Box::from_raw(ours) });
                    // SAFETY: as in `next`, and not null, or the exchange
                    // would have succeeded.
                    unsafe { &*theirs }
                }
            }
        }
    }

    static TABLE: Block = Block::new();
    static PAGE: AtomicUsize = AtomicUsize::new(4096);

    /// Keeps one map in the table for as long as it lives.
    #[derive(Debug)]
    pub(super) struct Watch(&'static Slot);

    impl Watch {
        /// Watches over a map, which begins on a page boundary.
        pub(super) fn new(map: &[u8]) -> io::Result<Watch> {
            install()?;
            let start = map.as_ptr() as usize;
            let end = (start + map.len()).next_multiple_of(PAGE.load(Ordering::Relaxed));
            let mut block = &TABLE;
            loop {
                for slot in &block.slots {
                    let claim = slot.start.compare_exchange(
                        FREE,
                        TAKEN,
                        Ordering::Acquire,
                        Ordering::Relaxed,
                    );
                    if claim.is_ok() {
                        slot.torn.store(false, Ordering::Relaxed);
                        slot.end.store(end, Ordering::Relaxed);
                        slot.start.store(start, Ordering::Release);
                        return Ok(Watch(slot));
                    }
                }
                block = block.next_or_new();
            }
        }

        pub(super) fn torn(&self) -> bool {
            self.0.torn.load(Ordering::Acquire)
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            self.0.start.store(FREE, Ordering::Release);
        }
    }

    /// Returns the slot of the map that an address belongs to, and the map's end.
    fn find(address: usize) -> Option<(&'static Slot, usize)> {
        let mut block = Some(&TABLE);
        while let Some(current) = block {
            for slot in &current.slots {
                let start = slot.start.load(Ordering::Acquire);
                let end = slot.end.load(Ordering::Relaxed);
                if start != FREE && start <= address && address < end {
                    return Some((slot, end));
                }
            }
            block = current.next();
        }
        None
    }

    /// A handler that was installed where ours is now.
    struct Previous {
        /// The function, 0 for an unused place.
        function: AtomicUsize,
        /// Whether it takes three arguments.
        siginfo: AtomicBool,
        /// The thread in which we are calling it, 0 for none.
        caller: AtomicUsize,
    }

    /// The latest last. Somebody who installs and removes handlers all the
    /// time always brings the same few functions.
    static PREVIOUS: [Previous; 8] = [const {
        Previous {
            function: AtomicUsize::new(0),
            siginfo: AtomicBool::new(false),
            caller: AtomicUsize::new(0),
        }
    }; 8];
    /// True if SIGBUS was ignored before.
    static IGNORED: AtomicBool = AtomicBool::new(false);

    type Plain = extern "C" fn(c_int);
    type WithInfo = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

    fn ours() -> usize {
        on_sigbus as WithInfo as usize
    }

    /// Makes our handler the one that is called first, if it is not already.
    ///
    /// Done for every map: somebody may have put another handler on top since,
    /// or "restored" one from before our time.
    fn install() -> io::Result<()> {
        // SAFETY: plain data, for which all zeros are valid; the calls get
        // pointers to it or null, as sigaction(2) and sysconf(3) allow.
        unsafe {
            let mut current: libc::sigaction = mem::zeroed();
            if libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut current) != 0 {
                return Err(io::Error::last_os_error());
            }
            if current.sa_sigaction == ours() {
                return Ok(());
            }
            remember(&current);
            if let Ok(page) = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)) {
                PAGE.store(page, Ordering::Relaxed);
            }
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = ours();
            // NODEFER: a previous handler may end by raising the signal again,
            // and has to get through.
            action.sa_flags =
                libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_ONSTACK | libc::SA_RESTART;
            libc::sigemptyset(&raw mut action.sa_mask);
            if libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    }

    /// Notes whom to call about faults that are not ours.
    fn remember(current: &libc::sigaction) {
        let function = current.sa_sigaction;
        IGNORED.store(function == libc::SIG_IGN, Ordering::Relaxed);
        if function == libc::SIG_DFL || function == libc::SIG_IGN {
            return;
        }
        let siginfo = current.sa_flags & libc::SA_SIGINFO != 0;
        for place in &PREVIOUS {
            if place.function.load(Ordering::Acquire) == function {
                return;
            }
            if place.function.load(Ordering::Acquire) == 0 {
                place.siginfo.store(siginfo, Ordering::Relaxed);
                let set = place.function.compare_exchange(
                    0,
                    function,
                    Ordering::Release,
                    Ordering::Acquire,
                );
                if set.is_ok() || set == Err(function) {
                    return;
                }
            }
        }
    }

    extern "C" fn on_sigbus(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        // SAFETY: the system passes a valid siginfo_t to a SA_SIGINFO handler,
        // and so does a handler that passes its own arguments on.
        let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
        // Codes up to 0 are signals that a process sent; they have no address.
        let sent = code <= 0;
        if sent || !cover(address) {
            pass_on(signal, info, context, sent);
        }
    }

    /// Puts zeros over a map from the page of `address` on, if it is one of ours.
    ///
    /// Up to the end, because what follows a missing page is missing as well;
    /// a page at a time would also use up the system's limit of maps.
    fn cover(address: usize) -> bool {
        let Some((slot, end)) = find(address) else {
            return false;
        };
        let page = address & !(PAGE.load(Ordering::Relaxed) - 1);
        // Before the zeros can be seen, as readers look at the mark afterwards.
        slot.torn.store(true, Ordering::SeqCst);
        // SAFETY: the pages belong to a live map of this module, which its
        // owner will unmap as a whole; mmap(2) is a bare system call.
        let zeros = unsafe {
            libc::mmap(
                page as *mut c_void,
                end - page,
                libc::PROT_READ,
                libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED,
                -1,
                0,
            )
        };
        zeros != libc::MAP_FAILED
    }

    /// Does about a signal what would have happened without us.
    fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void, sent: bool) {
        // SAFETY: has no preconditions.
        let thread = unsafe { libc::pthread_self() } as usize;
        for place in PREVIOUS.iter().rev() {
            let function = place.function.load(Ordering::Acquire);
            // Being called by us already means that it raised the signal again
            // for whoever was there before it.
            if function == 0 || place.caller.load(Ordering::Relaxed) == thread {
                continue;
            }
            place.caller.store(thread, Ordering::Relaxed);
            if place.siginfo.load(Ordering::Relaxed) {
                // SAFETY: it was installed as a handler with three arguments.
                let handler = unsafe { mem::transmute::<usize, WithInfo>(function) };
                handler(signal, info, context);
            } else {
                // SAFETY: it was installed as a handler with one argument.
                let handler = unsafe { mem::transmute::<usize, Plain>(function) };
                handler(signal);
            }
            place.caller.store(0, Ordering::Relaxed);
            return;
        }
        // A fault cannot be ignored: the system would end the process.
        if sent && IGNORED.load(Ordering::Relaxed) {
            return;
        }
        // SAFETY: as in `install`; both calls are async-signal-safe. A fault
        // repeats itself when we return, a sent signal has to be sent again.
        unsafe {
            let mut default: libc::sigaction = mem::zeroed();
            default.sa_sigaction = libc::SIG_DFL;
            libc::sigaction(libc::SIGBUS, &raw const default, ptr::null_mut());
            if sent {
                libc::raise(libc::SIGBUS);
            }
        }
    }
}

#[cfg(not(unix))]
mod guard {
    //! Systems without SIGBUS do not let a mapped file be cut short.

    use std::io;

    /// Nothing to watch over.
    #[derive(Debug)]
    pub(super) struct Watch;

    impl Watch {
        pub(super) fn new(_map: &[u8]) -> io::Result<Watch> {
            Ok(Watch)
        }

        pub(super) fn torn(&self) -> bool {
            false
        }
    }
}
