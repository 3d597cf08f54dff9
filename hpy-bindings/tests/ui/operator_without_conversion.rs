//! A sum that cannot become a Python object.
use std::ffi::CStr;

use hpy_bindings::{Binary, Class, ClassDef, Ctx, Shared};

struct Mine(());

impl Class for Mine {
    const NAME: &'static CStr = c"example.Mine";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class.binary(Binary::Add, |_: Ctx<'_>, _: Shared<Mine>, _: Shared<Mine>| Mine(()));
    }
}

fn main() {}
