// SPDX-License-Identifier: MIT OR Apache-2.0

//! Checks that a shared library's file is as long as its ELF header says.
//!
//! Offsets are those of the ELF specification (System V ABI, chapters 4 and 5), for 64 bits
//! and this machine's byte order.

/// Returns true if the segments of a file of `length` bytes, which begins with `start`, all lie in it.
///
/// True for whatever is no such file: the dynamic linker refuses that.
pub fn is_whole(start: &[u8], length: u64) -> bool {
    const HEADER: usize = 64;
    const SEGMENT: usize = 56;
    if start.len() < HEADER || !start.starts_with(b"\x7fELF\x02") {
        return true;
    }
    let number = |at: usize| -> u64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&start[at..at + 8]);
        u64::from_ne_bytes(bytes)
    };
    let count = u64::from(u16::from_ne_bytes([start[56], start[57]]));
    let table = number(32);
    let end = table.checked_add(count * SEGMENT as u64);
    if end.is_none_or(|end| end > length) {
        return false;
    }
    // The table is behind the header unless a tool has moved it: such a file is left to
    // the dynamic linker too.
    let entries = (table as usize..).step_by(SEGMENT).take(count as usize);
    entries
        .take_while(|at| {
            at.checked_add(SEGMENT)
                .is_some_and(|end| end <= start.len())
        })
        .all(|at| {
            let end = number(at + 8).checked_add(number(at + 32));
            end.is_some_and(|end| end <= length)
        })
}
