//! An operator of two operands, written as a method of one.
use std::ffi::CStr;

use hpy_bindings::{Binary, Class, ClassDef, Ctx};

struct Mine(i64);

impl Class for Mine {
    const NAME: &'static CStr = c"example.Mine";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class.binary(Binary::Add, |_: Ctx<'_>, mine: &Mine, other: i64| mine.0 + other);
    }
}

fn main() {}
