//! A function that captures a token of the thread which declares it.
use std::marker::PhantomData;

use hpy_bindings::{Ctx, ModuleDef};

#[derive(Clone, Copy)]
struct OnlyHere(PhantomData<*mut ()>);

impl OnlyHere {
    fn answer(self) -> u32 {
        42
    }
}

fn define(m: &mut ModuleDef) {
    let token = OnlyHere(PhantomData);
    m.function(c"answer", c"", move |_: Ctx<'_>| token.answer());
}

fn main() {}
