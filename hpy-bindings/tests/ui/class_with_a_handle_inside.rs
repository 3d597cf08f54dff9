//! A native object keeps a handle; that is what `Field` is for.
use std::ffi::CStr;

use hpy_bindings::{Class, ClassDef, Global, Handle};

struct Keeper(Handle<'static>);

impl Class for Keeper {
    const NAME: &'static CStr = c"example.Keeper";
    const DOC: &'static CStr = c"";

    fn type_global() -> &'static Global {
        static TYPE: Global = Global::new();
        &TYPE
    }

    fn define(_: &mut ClassDef<Self>) {}
}

fn main() {}
