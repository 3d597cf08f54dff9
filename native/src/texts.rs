// SPDX-License-Identifier: GPL-2.0-or-later

//! Long texts, for interpreters where Mercurial has no C code for them.

use std::borrow::Cow;

use hpy_bindings::{Bytes, Ctx};
use vermilion_core::manifest::line_starts;
use vermilion_core::revlog::compression;

/// Returns what is in a chunk of a revlog that zlib compressed, or `None` to let Python's zlib say
/// what is wrong.
pub fn inflate(ctx: Ctx<'_>, chunk: Bytes) -> Option<Bytes> {
    if chunk.0.first() != Some(&b'x') {
        return None;
    }
    let expected = chunk.0.len().saturating_mul(3);
    let inflated = ctx.leave_python(|| {
        compression::decompress(&chunk.0, expected, i32::MAX as usize, &"a chunk")
            .map(Cow::into_owned)
    });
    inflated.ok().map(Bytes)
}

/// Returns where the lines of a manifest begin, or `None` to let Mercurial look.
pub fn manifest_lines(ctx: Ctx<'_>, text: Bytes) -> Option<Bytes> {
    let starts = ctx.leave_python(|| line_starts(&text.0))?;
    let packed = starts.iter().flat_map(|start| start.to_ne_bytes());
    Some(Bytes(packed.collect()))
}
