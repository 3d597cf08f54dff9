//! A class of values that cannot go from thread to thread, as Python's objects do.
use std::ffi::CStr;
use std::rc::Rc;

use hpy_bindings::{Class, ClassDef};

struct Local(Rc<u32>);

impl Class for Local {
    const NAME: &'static CStr = c"example.Local";
    const DOC: &'static CStr = c"";

    fn define(_: &mut ClassDef<Self>) {}
}

fn main() {}
