//! A hash of two, and a sum of one.
use std::ffi::CStr;

use hpy_bindings::{Binary, Class, ClassDef, Ctx, Shared};

struct Mine(u64);

impl Class for Mine {
    const NAME: &'static CStr = c"example.Mine";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class.hash(|_: Ctx<'_>, mine: &Mine, other: u64| mine.0 ^ other);
        class.binary(Binary::Add, |_: Ctx<'_>, _: Shared<Mine>| 0);
    }
}

fn main() {}
