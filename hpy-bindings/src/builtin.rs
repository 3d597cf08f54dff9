// SPDX-License-Identifier: MIT OR Apache-2.0

//! Members of the module `builtins` that are needed often: looked up once.

use std::ffi::CStr;

use crate::api::Ctx;
use crate::error::PyResult;
use crate::handle::Handle;
use crate::stored::Global;

/// A member of `builtins` as it was when it was first asked for.
pub(crate) struct Builtin {
    name: &'static CStr,
    loaded: Global,
}

pub(crate) static DICT: Builtin = Builtin::new(c"dict");
pub(crate) static FROZENSET: Builtin = Builtin::new(c"frozenset");
pub(crate) static ITER: Builtin = Builtin::new(c"iter");
pub(crate) static MEMORYVIEW: Builtin = Builtin::new(c"memoryview");
pub(crate) static NEXT: Builtin = Builtin::new(c"next");
pub(crate) static SET: Builtin = Builtin::new(c"set");

impl Builtin {
    const fn new(name: &'static CStr) -> Self {
        let loaded = Global::new();
        Builtin { name, loaded }
    }

    pub(crate) fn get<'c>(&'static self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        self.loaded.load_or(ctx, || ctx.builtin(self.name))
    }
}

/// Returns the places of all, for the module's table of globals.
pub(crate) fn globals() -> impl Iterator<Item = &'static Global> {
    let all = [&DICT, &FROZENSET, &ITER, &MEMORYVIEW, &NEXT, &SET];
    all.into_iter().map(|builtin| &builtin.loaded)
}
