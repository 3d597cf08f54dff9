//! A buffer that does not outlive its function.
use std::ffi::CStr;

use hpy_bindings::{Class, ClassDef};

struct Mine(Vec<u8>);

impl Class for Mine {
    const NAME: &'static CStr = c"example.Mine";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class.buffer(|mine: &Mine| -> &[u8] {
            let sorted = mine.0.clone();
            &sorted
        });
    }
}

fn main() {}
