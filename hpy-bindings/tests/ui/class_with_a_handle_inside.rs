//! A native object keeps a handle; that is what `Field` is for.
use std::ffi::CStr;

use hpy_bindings::{Class, ClassDef, Handle};

struct Keeper(Handle<'static>);

impl Class for Keeper {
    const NAME: &'static CStr = c"example.Keeper";
    const DOC: &'static CStr = c"";

    fn define(_: &mut ClassDef<Self>) {}
}

fn main() {}
