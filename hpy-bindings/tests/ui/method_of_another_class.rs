//! A class gets a method of another one.
use std::ffi::CStr;

use hpy_bindings::{Class, ClassDef, Ctx};

struct Mine;
struct Other(u32);

impl Class for Mine {
    const NAME: &'static CStr = c"example.Mine";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class.method(c"value", c"", |_: Ctx<'_>, other: &Other| other.0);
    }
}

impl Class for Other {
    const NAME: &'static CStr = c"example.Other";
    const DOC: &'static CStr = c"";

    fn define(_: &mut ClassDef<Self>) {}
}

fn main() {}
