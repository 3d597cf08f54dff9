// SPDX-License-Identifier: MIT OR Apache-2.0

//! Every feature of `hpy-bindings` once, for the tests in `tests/hpy/python`.

mod arrow;
mod capsules;
mod current;
mod data;
mod kept;
mod macros;
mod protocols;
mod recursion;
mod slots;
mod soundness;
mod std_types;
mod subclass;
mod threads;
mod words;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hpy_bindings::{
    Bytes, Class, ClassDef, Ctx, Exception, Field, Follower, FromPy, Global, IntoPy as _,
    ModuleDef, New, OrNotImplemented, PyErr, PyResult, Shared, This, ThisObject, module,
};

static OWN_ERROR: Global = Global::new();
static KEPT: Global = Global::new();
static COUNTERS_ALIVE: AtomicUsize = AtomicUsize::new(0);

/// An error type of the user's own.
struct Refused(i64);

impl From<Refused> for PyErr {
    fn from(refused: Refused) -> Self {
        PyErr::new(
            Exception::Own(&OWN_ERROR),
            format!("{} is refused", refused.0),
        )
    }
}

/// A number that iterators count down from, whether it changes or not.
struct Counter {
    start: u32,
}

impl Drop for Counter {
    fn drop(&mut self) {
        COUNTERS_ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counter {
    fn new(_: Ctx<'_>, start: u32) -> Result<Counter, Refused> {
        if start == 13 {
            return Err(Refused(13));
        }
        COUNTERS_ALIVE.fetch_add(1, Ordering::Relaxed);
        Ok(Counter { start })
    }

    fn add(_: Ctx<'_>, counter: &mut Counter, n: u32) -> PyResult<ThisObject> {
        let overflow = || PyErr::new(Exception::Overflow, "the counter is full");
        counter.start = counter.start.checked_add(n).ok_or_else(overflow)?;
        Ok(ThisObject)
    }

    fn plus(ctx: Ctx<'_>, counter: &Counter, other: Operand) -> PyResult<OrNotImplemented<u64>> {
        let other = match other {
            Operand::Counter(other) => other.borrow(ctx)?.start,
            Operand::Other => return Ok(OrNotImplemented(None)),
        };
        Ok(OrNotImplemented(Some(
            u64::from(counter.start) + u64::from(other),
        )))
    }
}

/// The other side of a binary operator.
enum Operand {
    Counter(Shared<Counter>),
    Other,
}

impl FromPy for Operand {
    fn from_py(value: hpy_bindings::Borrowed<'_>) -> PyResult<Self> {
        match value.extract() {
            Ok(counter) => Ok(Operand::Counter(counter)),
            Err(error) if error.is(value.ctx(), Exception::Type) => Ok(Operand::Other),
            Err(error) => Err(error),
        }
    }
}

impl Class for Counter {
    const NAME: &'static std::ffi::CStr = c"probe.Counter";
    const DOC: &'static std::ffi::CStr = c"Counts down.";
    const FIELDS: usize = 2;

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(Counter::new)
            .method(c"__iadd__", c"Adds in place.", Counter::add)
            .method(c"__add__", c"The sum.", Counter::plus)
            .method(
                c"__iter__",
                c"Counts down.",
                |ctx: Ctx<'_>, this: This<Counter>| {
                    let follower = this.follow(ctx);
                    New(Countdown {
                        left: None,
                        follower,
                    })
                },
            )
            .method_named(
                c"scaled",
                c"scaled($self, by, plus=None)\n--\n\nstart * by + plus.",
                || ["by", "plus"],
                |_: Ctx<'_>, c: &Counter, by: i64, plus: Option<i64>| {
                    i64::from(c.start) * by + plus.unwrap_or(0)
                },
            )
            .method_raw(
                c"try_add_while_reading",
                c"Calls f() while the counter is read.",
                |this, args| {
                    let counter = this.extract::<Shared<Counter>>()?;
                    let _reading = counter.borrow(this.ctx())?;
                    args[0].call(&[])
                },
            )
            .method_raw(
                c"call_while_changing",
                c"Calls f() while the counter is changed.",
                |this, args| {
                    let counter = this.extract::<Shared<Counter>>()?;
                    let _changing = counter.borrow_mut(this.ctx())?;
                    args[0].call(&[])
                },
            )
            .method_raw(c"set_field", c"set_field(i, object).", |this, args| {
                let field = Field::of::<Counter>(this, args[0].extract()?)?;
                if args[1].is_none() {
                    field.clear();
                } else {
                    field.store(args[1]);
                }
                Ok(this.ctx().none())
            })
            .method_raw(
                c"get_field",
                c"The object in field i, or None.",
                |this, args| {
                    let field = Field::of::<Counter>(this, args[0].extract()?)?;
                    Ok(field.load()?.unwrap_or_else(|| this.ctx().none()))
                },
            )
            .getter(
                c"start",
                c"Where counting starts.",
                |_: Ctx<'_>, c: &Counter| c.start,
            )
            .contains(|_: Ctx<'_>, c: &Counter, n: u32| n <= c.start)
            .length(|_: Ctx<'_>, c: &Counter| c.start as usize)
            .truth(|_: Ctx<'_>, c: &Counter| c.start > 0)
            .repr(|_: Ctx<'_>, c: &Counter| format!("Counter({})", c.start))
            .unhashable();
    }
}

/// An object each of whose operations goes wrong, in the way it was made for.
struct Faulty(String);

impl Faulty {
    fn fail<T>(&self) -> Result<T, Refused> {
        match self.0.as_str() {
            "panic" => panic!("faulty"),
            _ => Err(Refused(1)),
        }
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        if self.0 == "drop" {
            panic!("faulty drop");
        }
    }
}

impl Class for Faulty {
    const NAME: &'static std::ffi::CStr = c"probe.Faulty";
    const DOC: &'static std::ffi::CStr = c"Nothing works.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>, how: String| match how.as_str() {
                "construct" => panic!("faulty constructor"),
                _ => Faulty(how),
            })
            .method(c"method", c"", |_: Ctx<'_>, this: &Faulty| {
                this.fail::<i32>()
            })
            .method(c"change", c"", |_: Ctx<'_>, this: &mut Faulty| {
                this.fail::<i32>()
            })
            .method(c"__eq__", c"", |_: Ctx<'_>, this: &Faulty, _: i64| {
                this.fail::<bool>()
            })
            .method_named(
                c"named",
                c"",
                || ["x"],
                |_: Ctx<'_>, this: &Faulty, _: Option<i64>| this.fail::<i32>(),
            )
            .method_raw(c"raw", c"", |this, _| {
                this.extract::<Shared<Faulty>>()?
                    .borrow(this.ctx())?
                    .fail::<()>()?;
                Ok(this.ctx().none())
            })
            .getter(c"property", c"", |_: Ctx<'_>, this: &Faulty| {
                this.fail::<i32>()
            })
            .contains(|_: Ctx<'_>, this: &Faulty, _: i64| this.fail::<bool>())
            .length(|_: Ctx<'_>, this: &Faulty| this.fail::<usize>())
            .truth(|_: Ctx<'_>, this: &Faulty| this.fail::<bool>())
            .repr(|_: Ctx<'_>, this: &Faulty| this.fail::<String>())
            .iterator(|_: Ctx<'_>, this: &Faulty| this.fail::<Option<i32>>());
    }
}

/// An iterator that ends with an error when its counter changes.
struct Countdown {
    left: Option<u32>,
    follower: Follower<Counter>,
}

impl Class for Countdown {
    const NAME: &'static std::ffi::CStr = c"probe.Countdown";
    const DOC: &'static std::ffi::CStr = c"Iterates over a Counter.";

    fn define(class: &mut ClassDef<Self>) {
        class.iterator(
            |ctx: Ctx<'_>, down: &mut Countdown| -> PyResult<Option<u32>> {
                let counter = down.follower.get(ctx, "Counter changed during iteration")?;
                let left = down.left.unwrap_or(counter.start);
                down.left = Some(left.saturating_sub(1));
                Ok((left > 0).then_some(left))
            },
        );
    }
}

fn echo<T>(_: Ctx<'_>, value: T) -> T {
    value
}

fn define(m: &mut ModuleDef) {
    capsules::define(m);
    kept::objects::__define(m);
    subclass::open_classes::__define(m);
    macros::declared::__define(m);
    protocols::define(m);
    slots::define(m);
    soundness::define(m);
    recursion::define(m);
    current::define(m);
    std_types::define(m);
    arrow::declared::__define(m);
    data::declared::__define(m);
    threads::declared::__define(m);
    words::declared::__define(m);
    m.doc(c"For the tests of hpy-bindings.")
        .exception(
            &OWN_ERROR,
            c"probe.Refused",
            c"A number was refused.",
            Exception::Value,
        )
        .global(&KEPT)
        .class::<Counter>()
        .class::<Countdown>()
        .class::<Faulty>()
        .function(c"noop", c"Nothing.", |_: Ctx<'_>| ())
        .function(c"add", c"a + b.", |_: Ctx<'_>, a: i64, b: i64| {
            a.wrapping_add(b)
        })
        .function(c"as_i8", c"", echo::<i8>)
        .function(c"as_u8", c"", echo::<u8>)
        .function(c"as_i16", c"", echo::<i16>)
        .function(c"as_u16", c"", echo::<u16>)
        .function(c"as_i32", c"", echo::<i32>)
        .function(c"as_u32", c"", echo::<u32>)
        .function(c"as_i64", c"", echo::<i64>)
        .function(c"as_u64", c"", echo::<u64>)
        .function(c"as_isize", c"", echo::<isize>)
        .function(c"as_usize", c"", echo::<usize>)
        .function(c"as_f64", c"", echo::<f64>)
        .function(c"as_bool", c"", echo::<bool>)
        .function(c"as_bytes", c"", echo::<Bytes>)
        .function(c"as_str", c"", echo::<String>)
        .function(c"as_path", c"", echo::<PathBuf>)
        .function(c"as_ints", c"", echo::<Vec<i32>>)
        .function(c"as_pairs", c"", echo::<Vec<(i64, String)>>)
        .function(c"as_option", c"", echo::<Option<i64>>)
        .function(c"as_triple", c"", echo::<(i64, Option<bool>, Bytes)>)
        .function(
            c"counter_start",
            c"",
            |ctx: Ctx<'_>, counter: Shared<Counter>| {
                counter.borrow(ctx).map(|counter| counter.start)
            },
        )
        .function_named(
            c"divide",
            c"divide(a, b=1)\n--\n\na // b.",
            || ["a", "b"],
            |_: Ctx<'_>, a: i64, b: Option<i64>| match a.checked_div(b.unwrap_or(1)) {
                Some(quotient) => Ok(quotient),
                None => Err(PyErr::new(
                    Exception::Value,
                    format!("{a} cannot be divided"),
                )),
            },
        )
        .function(c"panic", c"Panics.", |_: Ctx<'_>, message: String| -> () {
            panic!("{message}")
        })
        .function(
            c"refuse",
            c"Raises Refused.",
            |_: Ctx<'_>, n: i64| -> Result<(), Refused> { Err(Refused(n)) },
        )
        .function(
            c"os_error",
            c"Raises OSError.",
            |_: Ctx<'_>, errno: i32, file: Option<PathBuf>| {
                Err::<(), PyErr>(PyErr::os(errno, "made up", file))
            },
        )
        .function(
            c"sleep",
            c"Sleeps for ms, the interpreter left.",
            |ctx: Ctx<'_>, ms: u64| {
                ctx.leave_python(|| std::thread::sleep(Duration::from_millis(ms)));
            },
        )
        .function(
            c"panic_outside",
            c"Panics while the interpreter is left.",
            |ctx: Ctx<'_>| ctx.leave_python(|| -> () { panic!("outside") }),
        )
        .function_raw(c"keep", c"Keeps an object in a global.", |_, args| {
            KEPT.store(args[0])?;
            Ok(args[0].ctx().none())
        })
        .function_raw(c"kept", c"The kept object.", |this, _| {
            KEPT.load(this.ctx())
        })
        .function_raw(c"call", c"call(f, *args).", |_, args| {
            args[0].call(&args[1..])
        })
        .function_raw(
            c"call_or",
            c"f(), or the default where that raises TypeError.",
            |_, args| match args[0].call(&[]) {
                Err(error) if error.is(args[0].ctx(), Exception::Type) => {
                    error.forget(args[0].ctx());
                    Ok(args[1].to_owned())
                }
                other => other,
            },
        )
        .function_raw(
            c"call_for_better",
            c"f(), any error replaced by a KeyError.",
            |_, args| {
                let ctx = args[0].ctx();
                args[0]
                    .call(&[])
                    .map_err(|error| error.replace(ctx, Exception::Key, "better"))
            },
        )
        .function_raw(
            c"set_attr",
            c"object.attribute = None, then the attribute's name of type.",
            |_, args| {
                args[0].set_attr(c"attribute", Option::<i64>::None)?;
                args[0].type_name().into_py(args[0].ctx())
            },
        )
        .function_raw(
            c"look_at",
            c"(is a, is b, is None, is a sequence, length or None, first item or None).",
            |_, args| {
                let (object, ctx) = (args[0], args[0].ctx());
                let length = match object.len() {
                    Ok(length) => Some(length as i64),
                    Err(error) => {
                        error.forget(ctx);
                        None
                    }
                };
                let first = match object.item(0) {
                    Ok(item) => item,
                    Err(error) => {
                        error.forget(ctx);
                        ctx.none()
                    }
                };
                let is = |index: usize| args.get(index).is_some_and(|other| object.is(*other));
                let bools = (is(1), is(2), object.is_none(), object.is_sequence());
                let bools = bools.into_py(ctx)?;
                let length = length.into_py(ctx)?;
                ctx.pack(&[
                    bools.as_borrowed(),
                    length.as_borrowed(),
                    first.as_borrowed(),
                ])
            },
        )
        .function_raw(
            c"leak",
            c"Leaks a handle, for the test of tests.",
            |_, args| {
                std::mem::forget(args[0].to_owned());
                Ok(args[0].ctx().none())
            },
        )
        .function(
            c"same",
            c"Whether both are one value.",
            |_: Ctx<'_>, a: Shared<Counter>, b: Shared<Counter>| a.is(&b),
        )
        .function(
            c"counters_alive",
            c"How many Counter values exist.",
            |_: Ctx<'_>| COUNTERS_ALIVE.load(Ordering::Relaxed),
        );
}

module!("probe", define);
