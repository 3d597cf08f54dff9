// SPDX-License-Identifier: MIT OR Apache-2.0

//! Calls of native functions by themselves, with no frame of Python's in between, for
//! `tests/hpy/python/test_soundness.py`.

use std::ffi::CStr;
use std::hint::black_box;

use hpy_bindings::{
    Borrowed, Class, ClassDef, Ctx, Field, Global, Handle, IntoPy as _, ModuleDef, PyResult,
    exactly,
};

/// An object that asks another one for whatever it is asked.
struct Mirror;

impl Mirror {
    fn other(this: Borrowed<'_>) -> PyResult<Handle<'_>> {
        let other = Field::of::<Mirror>(this, 0)?.load()?;
        Ok(other.unwrap_or_else(|| this.ctx().none()))
    }
}

macro_rules! asks {
    ($class:ident: $($name:literal $other:ident $(, $arg:ident)* => $ask:expr;)*) => {$(
        $class.method_raw($name, c"", |this, args| {
            let [$($arg),*] = exactly(args)?;
            let $other = Mirror::other(this)?;
            $ask?.into_py(this.ctx())
        });
    )*};
}

impl Class for Mirror {
    const NAME: &'static CStr = c"probe.Mirror";
    const DOC: &'static CStr = c"Asks another object for whatever it is asked.";
    const FIELDS: usize = 1;

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>| Mirror)
            .method_raw(c"face", c"", |this, args| {
                let [other] = exactly(args)?;
                Field::of::<Mirror>(this, 0)?.store(other);
                Ok(this.ctx().none())
            });
        asks! { class:
            c"__repr__" other => other.repr();
            c"__str__" other => other.str();
            c"__hash__" other => other.hash();
            c"__len__" other => other.len();
            c"__bool__" other => other.truth();
            c"__int__" other => other.int();
            c"__index__" other => other.index();
            c"__float__" other => other.float();
            c"__neg__" other => other.negative();
            c"__iter__" other => other.iter().map(|_| ());
            c"__getitem__" other, key => other.get(key);
            c"__setitem__" other, key, value => other.set(key, value);
            c"__delitem__" other, key => other.delete(key);
            c"__contains__" other, item => other.contains(item);
            c"__eq__" other, to => other.equals(to);
            c"__add__" other, to => other.add(to);
            c"again" other => other.call_method(c"again", &[]);
            c"with_arguments" other, one => other.call_method(c"with_arguments", &[one]);
        }
        class.method_raw(c"large", c"With a large frame.", |this, _| {
            let frame = [0u8; 100_000];
            black_box(&frame);
            let result = Mirror::other(this)?.call_method(c"large", &[]);
            black_box(&frame);
            result
        });
        class.getter(
            c"attribute",
            c"",
            |ctx: Ctx<'_>, _: &Mirror| -> PyResult<i64> {
                MIRROR.load(ctx)?.attr(c"attribute")?.extract()
            },
        );
    }
}

/// The object that the property asks.
static MIRROR: Global = Global::new();

pub fn define(m: &mut ModuleDef) {
    m.class::<Mirror>()
        .global(&MIRROR)
        .function_raw(c"set_mirror", c"", |this, args| {
            let [mirror] = exactly(args)?;
            MIRROR.store(mirror)?;
            Ok(this.ctx().none())
        })
        .function_raw(c"call_with_itself", c"f(f)", |_, args| {
            let [f] = exactly(args)?;
            f.call(&[f])
        })
        .function_raw(
            c"make_with_itself",
            c"f(f), by a conversion of the result",
            |this, args| {
                let [f] = exactly(args)?;
                let made = f.call(&[f])?;
                this.ctx().list([made])
            },
        );
}
