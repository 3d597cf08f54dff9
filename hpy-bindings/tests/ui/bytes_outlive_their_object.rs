//! The inside of a bytes object is read after its handle was closed.
use hpy_bindings::{Ctx, PyResult};

fn closed(ctx: Ctx<'_>) -> PyResult<Option<u8>> {
    let handle = ctx.builtin(c"bytes")?.call(&[])?;
    let bytes = handle.as_borrowed().as_bytes();
    drop(handle);
    Ok(bytes.and_then(|bytes| bytes.first().copied()))
}

fn main() {}
