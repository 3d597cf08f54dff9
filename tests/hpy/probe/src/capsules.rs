// SPDX-License-Identifier: MIT OR Apache-2.0

//! Capsules, for `tests/hpy/python/test_capsules.py`.

use std::ffi::CString;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hpy_bindings::{
    Borrowed, Capsule, Ctx, Exception, Handle, Header, IntoPy as _, ModuleDef, PyErr, PyResult,
    payload,
};

payload! {
    /// The functions of one module for another.
    struct Api = c"probe.api", version 1 {
        /// a + b.
        add: extern "C" fn(i64, i64) -> i64,
        /// The number of the payload.
        number: i64,
    }
}

/// The same in other declarations: later, larger, with other fields, of another name.
mod others {
    use super::payload;
    payload! {
        pub struct Later = c"probe.api", version 2 {
            pub add: extern "C" fn(i64, i64) -> i64, pub number: i64
        }
    }
    payload! {
        pub struct Larger = c"probe.api", version 1 {
            pub add: extern "C" fn(i64, i64) -> i64, pub number: i64, pub more: u8
        }
    }
    payload! {
        pub struct Unsigned = c"probe.api", version 1 {
            pub add: extern "C" fn(i64, i64) -> i64, pub number: u64
        }
    }
    payload! {
        pub struct Other = c"probe.other", version 1 { pub number: i64 }
    }
}

static ALIVE: AtomicUsize = AtomicUsize::new(0);
static KEPT: Mutex<Option<Capsule<Api>>> = Mutex::new(None);

impl Drop for Api {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
        assert!(self.number != 13, "dropped with a panic");
    }
}

extern "C" fn add(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

fn api(number: i64) -> Api {
    ALIVE.fetch_add(1, Ordering::Relaxed);
    Api { add, number }
}

/// `take(kind, capsule)`: a + b by each declaration.
fn take(kind: &str, capsule: Borrowed<'_>) -> PyResult<i64> {
    match kind {
        "api" => capsule
            .extract::<Capsule<Api>>()
            .map(|api| (api.add)(api.number, 0)),
        "later" => capsule
            .extract::<Capsule<others::Later>>()
            .map(|api| api.number),
        "larger" => capsule
            .extract::<Capsule<others::Larger>>()
            .map(|api| api.number),
        "unsigned" => capsule
            .extract::<Capsule<others::Unsigned>>()
            .map(|api| api.number as i64),
        _ => capsule
            .extract::<Capsule<others::Other>>()
            .map(|api| api.number),
    }
}

fn make<'c>(ctx: Ctx<'c>, kind: &str) -> PyResult<Handle<'c>> {
    match kind {
        "api" => ctx.capsule(api(1)),
        "later" => ctx.capsule(others::Later { add, number: 1 }),
        "larger" => ctx.capsule(others::Larger {
            add,
            number: 1,
            more: 0,
        }),
        "unsigned" => ctx.capsule(others::Unsigned { add, number: 1 }),
        _ => ctx.capsule(others::Other { number: 1 }),
    }
}

pub fn define(m: &mut ModuleDef) {
    m.exec(|ctx, module| module.set_attr(c"api", ctx.capsule(api(1000))?))
        .function(
            c"capsule",
            c"A capsule of Api.",
            |_: Ctx<'_>, number: i64| Capsule::new(api(number)),
        )
        .function_raw(
            c"make_capsule",
            c"A capsule of a declaration.",
            |this, args| make(this.ctx(), args[0].as_str()?),
        )
        .function_raw(
            c"take_capsule",
            c"Its number, by a declaration.",
            |this, args| take(args[0].as_str()?, args[1])?.into_py(this.ctx()),
        )
        .function(
            c"add_by",
            c"a + b, by the function in a capsule.",
            |_: Ctx<'_>, api: Capsule<Api>, a: i64, b: i64| (api.add)(a, b),
        )
        .function(
            c"import_api",
            c"The number of module.attribute.",
            |ctx: Ctx<'_>, module: String, attribute: String| -> PyResult<i64> {
                let (module, attribute) = (text(module)?, text(attribute)?);
                Capsule::<Api>::import(ctx, &module, &attribute).map(|api| api.number)
            },
        )
        .function(
            c"keep_api",
            c"Keeps the payload.",
            |_: Ctx<'_>, api: Capsule<Api>| {
                *KEPT.lock().unwrap() = Some(api);
            },
        )
        .function(
            c"kept_api",
            c"The kept payload's number.",
            |ctx: Ctx<'_>| {
                let kept = KEPT.lock().unwrap().clone();
                // Another thread may use it, the interpreter left.
                ctx.leave_python(|| kept.map(|api| (api.add)(api.number, 0)))
            },
        )
        .function(c"drop_api", c"Lets go of the payload.", |_: Ctx<'_>| {
            *KEPT.lock().unwrap() = None;
        })
        .function(c"new_from_kept", c"Another capsule of it.", |_: Ctx<'_>| {
            KEPT.lock().unwrap().clone()
        })
        .function(
            c"apis_alive",
            c"How many Api values exist.",
            |_: Ctx<'_>| ALIVE.load(Ordering::Relaxed),
        )
        .function(
            c"api_head",
            c"(magic of a static one, version, size).",
            |_: Ctx<'_>| {
                let head = Header::of::<Api>(Header::STATIC);
                (head.magic, head.version, head.size)
            },
        )
        .function(c"api_functions", c"The address of add.", |_: Ctx<'_>| {
            add as *const () as usize
        });
}

fn text(text: String) -> PyResult<CString> {
    CString::new(text).map_err(|_| PyErr::new(Exception::Value, "a null byte"))
}
