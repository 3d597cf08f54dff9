//! A buffer of what is no plain number.
use std::ffi::CStr;

use hpy_bindings::{Class, ClassDef};

struct Mine(Vec<String>);

impl Class for Mine {
    const NAME: &'static CStr = c"example.Mine";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class.buffer(|mine: &Mine| -> &[String] { &mine.0 });
    }
}

fn main() {}
