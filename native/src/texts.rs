// SPDX-License-Identifier: GPL-2.0-or-later

//! Long texts, for interpreters where Mercurial has no C code for them.

use std::borrow::Cow;

use hpy_bindings::{Bytes, Ctx, pyfunction};
use vermilion_core::manifest::line_starts;
use vermilion_core::revlog::compression;

/// The data of a revlog's chunk that is compressed by zlib; None if it cannot be had.
// Then Python's zlib says what is wrong.
#[pyfunction(signature = (chunk, /))]
pub fn inflate(ctx: Ctx<'_>, chunk: &[u8]) -> Option<Bytes> {
    if chunk.first() != Some(&b'x') {
        return None;
    }
    let expected = chunk.len().saturating_mul(3);
    let inflated = ctx.leave_python(|| {
        compression::decompress(chunk, expected, i32::MAX as usize, &"a chunk").map(Cow::into_owned)
    });
    inflated.ok().map(Bytes)
}

/// Returns where the lines of a manifest begin: packed native int32; None if lines are out of
/// order or are none.
#[pyfunction(signature = (text, /))]
pub fn manifest_lines(ctx: Ctx<'_>, text: &[u8]) -> Option<Bytes> {
    let starts = ctx.leave_python(|| line_starts(text))?;
    let packed = starts.iter().flat_map(|start| start.to_ne_bytes());
    Some(Bytes(packed.collect()))
}
