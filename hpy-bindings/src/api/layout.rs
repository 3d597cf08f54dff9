// SPDX-License-Identifier: MIT OR Apache-2.0

//! The offset of the members behind `h_Builtins` in this host's context.
//!
//! PyPy 7.3's context has one more constant there, `h_DictType`, so what follows
//! (capsules, context variables, `ctx_Call` …) lies one word further than hpy 0.9.0's
//! headers say. Whether a context has it is found out when the module is loaded, from the
//! word behind `h_Builtins`: a function in the one case, a handle in the other. A handle
//! must not be called, nor may a function be used as a handle; but the context has 83
//! handles and 161 functions in known places, and neither kind lies near the other:
//! handles are indices or point to objects, functions are machine code of one library.

use std::mem::offset_of;
use std::sync::atomic::{AtomicUsize, Ordering};

use hpy_shim::{HPy, HPyContext};

use crate::api::Ctx;
use crate::error::{PyErr, PyResult};
use crate::exception::Exception;
use crate::handle::Borrowed;

const WORD: usize = size_of::<HPy>();
/// The offset of the word that is one or the other.
const UNKNOWN_WORD: usize = offset_of!(HPyContext, h_Builtins) + WORD;
/// The groups of constants and functions before it: where each begins and ends.
const CONSTANTS: [(usize, usize); 2] = [
    (
        offset_of!(HPyContext, h_None),
        offset_of!(HPyContext, ctx_Dup),
    ),
    (offset_of!(HPyContext, h_ComplexType), UNKNOWN_WORD),
];
const FUNCTIONS: (usize, usize) = (
    offset_of!(HPyContext, ctx_Dup),
    offset_of!(HPyContext, h_ComplexType),
);

/// The number of bytes by which the members lie further; `NOT_YET` before a module is executed. The
/// same for all contexts of a host, its debug mode's included.
static FURTHER: AtomicUsize = AtomicUsize::new(NOT_YET);
const NOT_YET: usize = usize::MAX;

/// Reads a member that lies at `offset` or further.
///
/// # Safety
/// `raw` is a live context, and `offset` that of the member which `pick` picks.
pub(super) unsafe fn member<T>(
    raw: *const HPyContext,
    offset: usize,
    _pick: fn(&HPyContext) -> T,
) -> T {
    let further = FURTHER.load(Ordering::Relaxed);
    assert!(further != NOT_YET, "the module was not executed yet");
    // SAFETY: the caller's promise; `find` saw that this host has the members there, and
    // every host that has one constant more has as many functions behind it.
    unsafe { raw.cast::<u8>().add(offset + further).cast::<T>().read() }
}

impl Ctx<'_> {
    /// Returns `true` on PyPy 7.3's own host.
    pub(crate) fn is_pypys_own_host(self) -> bool {
        FURTHER.load(Ordering::Relaxed) == WORD
    }

    /// Finds the offset of the members, and sees that those before them are all there. Runs
    /// before anything else of the module does.
    pub(crate) fn find_layout(self) -> PyResult<()> {
        let raw = self.raw().as_ptr().cast::<u8>().cast_const();
        // SAFETY: a context begins with these members on every host of this ABI.
        let words = |(start, end): (usize, usize)| unsafe {
            std::slice::from_raw_parts(raw.add(start).cast::<usize>(), (end - start) / WORD)
        };
        if words(FUNCTIONS).contains(&0) {
            return Err(unknown());
        }
        // SAFETY: a context goes on behind that: see above.
        let word = unsafe { raw.add(UNKNOWN_WORD).cast::<usize>().read() };
        let handles = CONSTANTS.map(words).concat();
        let further = if is_handle(word, &handles, words(FUNCTIONS)) {
            // PyPy's trace mode leaves it null.
            let handle = Borrowed::new(self, HPy { _i: word as isize });
            if word != 0 && !handle.is(self.builtin(c"dict")?.as_borrowed()) {
                return Err(unknown());
            }
            WORD
        } else {
            0
        };
        match FURTHER.swap(further, Ordering::Relaxed) {
            before if before == NOT_YET || before == further => Ok(()),
            _ => Err(unknown()),
        }
    }
}

fn unknown() -> PyErr {
    let message = "this HPy context is neither that of HPy 0.9 nor that of PyPy 7.3";
    PyErr::new(Exception::Runtime, message)
}

/// Tells whether a word is a handle, as these handles are, and no function.
fn is_handle(word: usize, handles: &[usize], functions: &[usize]) -> bool {
    let nearest = |known: &[usize]| known.iter().map(|other| word.abs_diff(*other)).min();
    nearest(handles) < nearest(functions)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that contexts of real hosts held: behind `h_Builtins`, the nearest handles and
    /// functions.
    const SEEN: [(bool, usize, [usize; 2], [usize; 2]); 6] = [
        // PyPy 7.3.19, in trace mode (a null handle) and in debug mode.
        (true, 83, [81, 82], [0x7fee_5625_2a10, 0x7fee_5625_86b0]),
        (true, 0, [1, 0x52], [0x7fee_5625_2a10, 0x7fee_5625_86b0]),
        (
            true,
            0x557b_d6ce_6550,
            [0x557b_d6ce_6500, 0x557b_d6ce_65a0],
            [0x7fa4_4e04_8d10, 0x7fa4_4e05_0180],
        ),
        // hpy 0.9.0 on CPython 3.11, in trace mode and in debug mode.
        (
            false,
            0x7fe1_c1ac_2850,
            [0x7fe1_c1cd_0e41, 0x7fe1_c245_bbe1],
            [0x7fe1_c1ab_d870, 0x7fe1_c1ac_28f0],
        ),
        (
            false,
            0x7fb6_2e43_f600,
            [0x558f_1d2e_8500, 0x558f_1d2e_6690],
            [0x7fb6_2e43_af40, 0x7fb6_2e44_1c70],
        ),
        // A host whose handles are indices.
        (
            false,
            0x7f21_5c3e_1000,
            [3, 167],
            [0x7f21_5c3d_f000, 0x7f21_5c3e_2940],
        ),
    ];

    #[test]
    fn a_word_is_what_its_neighbours_are() {
        for (handle, word, handles, functions) in SEEN {
            assert_eq!(is_handle(word, &handles, &functions), handle, "{word:x}");
        }
    }

    #[test]
    fn the_groups_are_all_members_before_the_word() {
        let count = |(start, end): (usize, usize)| (end - start) / WORD;
        assert_eq!(CONSTANTS.map(count), [77, 6]);
        assert_eq!(count(FUNCTIONS), 161);
        assert_eq!(UNKNOWN_WORD, offset_of!(HPyContext, ctx_Capsule_New));
    }
}
