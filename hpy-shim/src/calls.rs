// SPDX-License-Identifier: MIT OR Apache-2.0

//! Calls of the interpreter from which a thread may never return.
//!
//! Before CPython 3.14, a thread that asks for the interpreter while the interpreter ends is
//! ended by `pthread_exit`, from wherever it is: [`HPyContext::ctx_ReenterPythonExecution`], or
//! any function that runs Python code. That unwinds the stack with the system's unwinder,
//! through frames of code that may be linked to another, and of Rust code, whose values
//! must not be dropped then (what they belong to is in use by nobody knows whom) and must not
//! vanish undropped either (other threads may borrow them).
//!
//! [`HPyContext::ctx_ReenterPythonExecution`]: crate::_HPyContext_s::ctx_ReenterPythonExecution

use std::ffi::c_void;
use std::mem::MaybeUninit;

unsafe extern "C-unwind" {
    fn hpy_shim_call(work: unsafe extern "C-unwind" fn(*mut c_void), data: *mut c_void);
}

/// Calls a function of the interpreter's; a thread that is to end in there stays there, asleep,
/// until the process ends.
///
/// That is what CPython does itself from 3.14 on. The main thread is never ended so, and pays
/// for no more than the question which thread it is; others pay a few nanoseconds.
///
/// # Safety
/// As for the function itself.
#[inline(always)]
pub unsafe fn call_host<F: HostFunction<Args>, Args>(function: F, args: Args) -> F::Output {
    // SAFETY: the caller's promise.
    unsafe {
        if main_thread::is_current() {
            function.call(args)
        } else {
            function.call_or_sleep(args)
        }
    }
}

/// A function of the interpreter's that takes the tuple `Args`.
pub trait HostFunction<Args>: Copy {
    /// The result.
    type Output;

    /// Calls it.
    ///
    /// # Safety
    /// As for the function itself.
    unsafe fn call(self, args: Args) -> Self::Output;

    /// Calls it in a frame that no unwinding passes.
    ///
    /// # Safety
    /// As for the function itself.
    unsafe fn call_or_sleep(self, args: Args) -> Self::Output;
}

/// A function with its arguments, and the place of its result.
struct Call<F, Args, R> {
    function: F,
    args: Args,
    result: MaybeUninit<R>,
}

/// Does a `Call`, for C. Nothing in here has a destructor, so that this frame has no part in any
/// unwinding.
///
/// # Safety
/// `data` is a `Call<F, Args, F::Output>`, of a function that may be called now.
unsafe extern "C-unwind" fn work<F: HostFunction<Args>, Args: Copy>(data: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe {
        let call = data.cast::<Call<F, Args, F::Output>>();
        let result = (*call).function.call((*call).args);
        (*call).result = MaybeUninit::new(result);
    }
}

macro_rules! host_function {
    ($($name:ident)*) => {
        #[allow(non_snake_case)]
        impl<R, $($name: Copy),*> HostFunction<($($name,)*)>
            for unsafe extern "C" fn($($name),*) -> R
        {
            type Output = R;

            #[inline(always)]
            unsafe fn call(self, ($($name,)*): ($($name,)*)) -> R {
                // SAFETY: the caller's promise.
                unsafe { self($($name),*) }
            }

            #[inline(always)]
            unsafe fn call_or_sleep(self, ($($name,)*): ($($name,)*)) -> R {
                /// Takes the arguments apart, so that they stay where the function wants them.
                #[cold]
                #[inline(never)]
                unsafe extern "C" fn from_c<R, $($name: Copy),*>(
                    $($name: $name,)*
                    function: unsafe extern "C" fn($($name),*) -> R,
                ) -> R {
                    let args = ($($name,)*);
                    let mut call = Call { function, args, result: MaybeUninit::uninit() };
                    let data = (&raw mut call).cast();
                    // SAFETY: `work` gets what it expects, and has written the result when it
                    // returns; the rest is the caller's promise.
                    unsafe {
                        hpy_shim_call(work::<unsafe extern "C" fn($($name),*) -> R, _>, data);
                        call.result.assume_init()
                    }
                }
                // SAFETY: the caller's promise.
                unsafe { from_c($($name,)* self) }
            }
        }
    };
}

host_function!(A);
host_function!(A B);
host_function!(A B C);
host_function!(A B C D);
host_function!(A B C D E);
host_function!(A B C D E F);
host_function!(A B C D E F G);

/// The process's first thread, told by its thread pointer: the least that can be
/// asked. Where that is not known, no thread is.
mod main_thread {
    use std::ffi::c_int;
    use std::sync::atomic::{AtomicUsize, Ordering};

    unsafe extern "C" {
        fn hpy_shim_is_main_thread() -> c_int;
    }

    static POINTER: AtomicUsize = AtomicUsize::new(usize::MAX);
    /// The thread pointer where nobody here knows how to ask for it.
    const UNKNOWN: usize = 0;

    /// Takes note of the current thread if it is the main thread.
    ///
    /// In a forked child that may be another; the parent's pointer then is no thread's.
    pub fn note() {
        // SAFETY: it compares two numbers that the system tells.
        if pointer() != UNKNOWN && unsafe { hpy_shim_is_main_thread() } != 0 {
            POINTER.store(pointer(), Ordering::Relaxed);
        }
    }

    /// Returns `true` in the process's first thread, where that is known.
    #[inline(always)]
    pub fn is_current() -> bool {
        pointer() == POINTER.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn pointer() -> usize {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        // SAFETY: the ABI has the thread pointer's own value there.
        unsafe {
            let pointer;
            std::arch::asm!("mov {}, fs:0", out(reg) pointer,
                options(pure, readonly, nostack, preserves_flags));
            pointer
        }
        #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
        // SAFETY: a register that every thread may read.
        unsafe {
            let pointer;
            std::arch::asm!("mrs {}, tpidr_el0", out(reg) pointer,
                options(pure, nomem, nostack, preserves_flags));
            pointer
        }
        #[cfg(not(all(
            target_os = "linux",
            any(target_arch = "x86_64", target_arch = "aarch64")
        )))]
        UNKNOWN
    }
}

pub use main_thread::{is_current as is_main_thread, note as note_main_thread};

/// Returns the number of this process, as `std::process::id` does, which asks the system each time.
pub fn process() -> u32 {
    unsafe extern "C" {
        fn hpy_shim_process() -> u32;
    }
    // SAFETY: it may be called at any time, by any thread.
    unsafe { hpy_shim_process() }
}

/// Returns where the stack of this thread ends and begins, the lower address first; two zeros
/// where nobody can tell.
pub fn stack() -> (usize, usize) {
    unsafe extern "C" {
        fn hpy_shim_stack(end: *mut usize, beginning: *mut usize);
    }
    let (mut end, mut beginning) = (0, 0);
    // SAFETY: it writes two numbers, or none.
    unsafe { hpy_shim_stack(&raw mut end, &raw mut beginning) };
    (end, beginning)
}
