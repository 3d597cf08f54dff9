//! A setter whose result nobody sees.
use std::ffi::CStr;

use hpy_bindings::{Class, ClassDef, Ctx};

struct Mine(i64);

impl Class for Mine {
    const NAME: &'static CStr = c"example.Mine";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class.property(
            c"value",
            c"",
            |_: Ctx<'_>, mine: &Mine| mine.0,
            |_: Ctx<'_>, mine: &mut Mine, value: i64| std::mem::replace(&mut mine.0, value),
        );
    }
}

fn main() {}
