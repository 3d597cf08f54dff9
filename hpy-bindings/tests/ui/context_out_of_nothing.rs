//! Safe code makes a context, or a handle, of its own.
use hpy_bindings::{Borrowed, Ctx, Handle};

fn made() {
    let ctx = Ctx::new(std::ptr::null_mut());
    let handle = Handle::new(ctx, Default::default());
    let _: usize = handle.into_raw();
    let _ = Borrowed { ctx };
}

fn main() {}
