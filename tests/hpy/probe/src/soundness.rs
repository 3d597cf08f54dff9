// SPDX-License-Identifier: MIT OR Apache-2.0

//! Attacks on what hpy-bindings promises, all in safe code, for
//! `tests/hpy/python/test_soundness.py`.

use std::ffi::CStr;
use std::panic::panic_any;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use hpy_bindings::{
    Anything, Borrowed, Class, ClassDef, Ctx, Exception, Field, FromPy, Global, Handle,
    IntoPy as _, ModuleDef, New, PyErr, PyResult, Shared, ThisObject, exactly, pyclass, pymethods,
    record,
};
use send_wrapper::SendWrapper;

/// Keeps `N` objects: a generic class, as large as its parameter says.
struct Slots<const N: usize>;

impl<const N: usize> Class for Slots<N> {
    const NAME: &'static CStr = c"probe.Slots";
    const DOC: &'static CStr = c"Keeps some objects.";
    const FIELDS: usize = N;

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>| Slots::<N>)
            .method_raw(
                c"fill",
                c"Stores the object in each field.",
                |this, args| {
                    let [value] = exactly(args)?;
                    for index in 0..N {
                        Field::of::<Slots<N>>(this, index)?.store(value);
                    }
                    Ok(this.ctx().none())
                },
            )
            .method_raw(c"items", c"The objects.", |this, _| {
                let items = (0..N).map(|index| Field::of::<Slots<N>>(this, index)?.load());
                this.ctx().list(items.collect::<PyResult<Vec<_>>>()?)
            });
    }
}

/// Makes the larger one, whose name in the module is another's by now.
fn make_slots(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
    New(Slots::<64>).into_py(ctx)
}

/// A class that is not in the module.
struct Undeclared;

impl Class for Undeclared {
    const NAME: &'static CStr = c"probe.Undeclared";
    const DOC: &'static CStr = c"";

    fn define(_: &mut ClassDef<Self>) {}
}

/// A global that is registered with a definition of which no module is made.
static UNREGISTERED: Global = Global::new();

fn classes(m: &mut ModuleDef) {
    ModuleDef::default()
        .global(&UNREGISTERED)
        .class::<Undeclared>();
    m.class::<Slots<64>>()
        .class::<Slots<1>>()
        .function_raw(c"make_slots", c"", |this, _| make_slots(this.ctx()))
        .function(c"take_slots", c"", |_: Ctx<'_>, _: Shared<Slots<64>>| ())
        .function(c"take_slot", c"", |_: Ctx<'_>, _: Shared<Slots<1>>| ())
        .function(c"make_undeclared", c"", |_: Ctx<'_>| New(Undeclared))
        .function_raw(c"store_unregistered", c"", |this, args| {
            let [value] = exactly(args)?;
            UNREGISTERED.store(value)?;
            Ok(this.ctx().none())
        })
        .function_raw(c"class_of_slots", c"", |this, _| {
            this.ctx().class::<Slots<64>>()
        });
}

/// A value that counts its borrows.
struct Value(u64);

impl Class for Value {
    const NAME: &'static CStr = c"probe.Value";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class.constructor(|_: Ctx<'_>| Value(0)).method(
            c"add",
            c"",
            |_: Ctx<'_>, value: &mut Value| {
                value.0 += 1;
                value.0
            },
        );
    }
}

/// Uses Python in one way or another where the interpreter is left.
fn use_outside(ctx: Ctx<'_>, how: String, value: Shared<Value>) -> PyResult<u64> {
    let list = ctx.list([1, 2])?;
    let borrow = match how.as_str() {
        "drop a borrow" => Some(value.borrow(ctx)?),
        _ => None,
    };
    let carried = SendWrapper::new((ctx, list, borrow));
    ctx.leave_python(move || match how.as_str() {
        "make" => carried.0.list([0; 9])?.len().map(|len| len as u64),
        "use a handle" => carried.1.item(0)?.extract(),
        "borrow" => Ok(value.borrow(carried.0)?.0),
        "leave" => Ok(carried.0.leave_python(|| 5)),
        "drop a handle" => {
            drop(carried.take().1);
            Ok(0)
        }
        "drop a borrow" => {
            drop(carried.take().2);
            Ok(0)
        }
        "panic" => panic!("with Python's objects at hand"),
        _ => Ok(0),
    })
}

fn outside(m: &mut ModuleDef) {
    m.class::<Value>()
        .function(c"use_outside", c"", use_outside);
}

/// What is used as an exception class without being one: any object, or nothing yet.
static NO_EXCEPTION: Global = Global::new();
static UNSET: Global = Global::new();

/// An object whose operations raise an exception of a class that there is not.
struct Unset;

fn raise_unset<T>() -> PyResult<T> {
    Err(PyErr::new(Exception::Own(&UNSET), "of no class"))
}

impl Class for Unset {
    const NAME: &'static CStr = c"probe.Unset";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>| Unset)
            .length(|_: Ctx<'_>, _: &Unset| raise_unset::<usize>())
            .truth(|_: Ctx<'_>, _: &Unset| raise_unset::<bool>())
            .contains(|_: Ctx<'_>, _: &Unset, _: Anything| raise_unset::<bool>())
            .iterator(|_: Ctx<'_>, _: &Unset| raise_unset::<Option<i64>>())
            .repr(|_: Ctx<'_>, _: &Unset| raise_unset::<String>());
    }
}

/// Uses a class that is none: the one of the global, or one of `builtins` by its name.
fn use_no_exception(ctx: Ctx<'_>, name: String, how: String) -> PyResult<bool> {
    let class = match name.as_str() {
        "len" => Exception::Builtin(c"len"),
        "int" => Exception::Builtin(c"int"),
        _ => Exception::Own(&NO_EXCEPTION),
    };
    match how.as_str() {
        "raise" => Err(PyErr::new(class, "no exception")),
        "cause" => {
            let cause = PyErr::new(class, "no exception");
            Err(PyErr::new(Exception::Value, "caused").caused_by(cause))
        }
        "warn" => ctx.warn(class, "no warning").map(|()| true),
        "new is" => Ok(PyErr::new(Exception::Value, "x").is(ctx, class)),
        "is" => Ok(PyErr::new(class, "x").is(ctx, Exception::Value)),
        "os is" => Ok(PyErr::os(2, "x", None).is(ctx, class)),
        _ => match ctx.builtin(c"no_such_thing") {
            Ok(_) => Ok(true),
            Err(error) => {
                let is = error.is(ctx, class);
                error.forget(ctx);
                Ok(is)
            }
        },
    }
}

fn exceptions(m: &mut ModuleDef) {
    m.global(&NO_EXCEPTION)
        .global(&UNSET)
        .class::<Unset>()
        .function(c"raise_unset", c"", |_: Ctx<'_>| raise_unset::<i64>())
        .function(c"use_no_exception", c"", use_no_exception)
        .function_raw(c"set_no_exception", c"", |this, args| {
            let [object] = exactly(args)?;
            NO_EXCEPTION.store(object)?;
            Ok(this.ctx().none())
        });
}

/// Errors that functions keep, and others return.
static KEPT: Mutex<Vec<PyErr>> = Mutex::new(Vec::new());

fn raise_kept<T: Default>() -> PyResult<T> {
    match KEPT.lock().expect("no panic").pop() {
        Some(error) => Err(error),
        None => Ok(T::default()),
    }
}

/// An object whose operations raise the error that was kept last.
struct Kept;

impl Class for Kept {
    const NAME: &'static CStr = c"probe.Kept";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>| Kept)
            .length(|_: Ctx<'_>, _: &Kept| raise_kept::<usize>())
            .truth(|_: Ctx<'_>, _: &Kept| raise_kept::<bool>())
            .contains(|_: Ctx<'_>, _: &Kept, _: Anything| raise_kept::<bool>())
            .iterator(|_: Ctx<'_>, _: &Kept| raise_kept::<Option<i64>>())
            .repr(|_: Ctx<'_>, _: &Kept| raise_kept::<String>());
    }
}

fn errors(m: &mut ModuleDef) {
    m.class::<Kept>()
        .function(c"raise_kept", c"", |_: Ctx<'_>| raise_kept::<i64>())
        .function(c"forget_kept", c"", |ctx: Ctx<'_>| {
            ctx.leave_python(|| KEPT.lock().expect("no panic").clear());
        })
        .function_raw(c"keep_error", c"Keeps what f() raises.", |this, args| {
            let [f] = exactly(args)?;
            KEPT.lock().expect("no panic").extend(f.call(&[]).err());
            Ok(this.ctx().none())
        })
        .function_raw(c"drop_error", c"f() for nothing, then g().", |_, args| {
            let [f, g] = exactly(args)?;
            let _ = f.call(&[]).ok();
            g.call(&[])
        })
        .function_raw(c"drop_at_the_end", c"f() for nothing.", |this, args| {
            let [f] = exactly(args)?;
            let none = this.ctx().none();
            let _ = f.call(&[]).ok();
            Ok(none)
        })
        .function_raw(
            c"drop_outside",
            c"f() for nothing, then g().",
            |this, args| {
                let [f, g] = exactly(args)?;
                let error = f.call(&[]).err();
                this.ctx().leave_python(move || drop(error));
                g.call(&[])
            },
        )
        .function_raw(c"int_or_zero", c"", |this, args| {
            let [object] = exactly(args)?;
            object.extract::<i64>().unwrap_or(0).into_py(this.ctx())
        })
        .function_raw(
            c"clean_up",
            c"f(), whose error waits for g().",
            |_, args| {
                let [f, g] = exactly(args)?;
                let result = f.call(&[]);
                g.call(&[])?;
                result
            },
        )
        .function_raw(
            c"either",
            c"The error of f() or g(), both called.",
            |_, args| {
                let [f, g, first] = exactly(args)?;
                let (f, g) = (f.call(&[]), g.call(&[]));
                if first.truth()? { f } else { g }
            },
        )
        .function_raw(c"kinds", c"The classes of both errors.", |this, args| {
            let [f, g] = exactly(args)?;
            let ctx = this.ctx();
            let errors = [f.call(&[]).err(), g.call(&[]).err()];
            let kinds = [
                Exception::Key,
                Exception::Builtin(c"KeyError"),
                Exception::Lookup,
                Exception::Value,
                Exception::Builtin(c"ValueError"),
            ];
            let is = |error: &PyErr| kinds.map(|kind| error.is(ctx, kind)).to_vec();
            let found: Vec<_> = errors.iter().flatten().map(is).collect();
            found.into_py(ctx)
        })
        .function_raw(c"objects", c"The exceptions of both.", |this, args| {
            let [f, g] = exactly(args)?;
            let errors = [f.call(&[]).err(), g.call(&[]).err()];
            let objects = errors.into_iter().flatten();
            let objects: PyResult<Vec<_>> = objects.map(|e| e.into_object(this.ctx())).collect();
            this.ctx().list(objects?)
        });
}

/// An object whose methods call a function that lets go of it, and then use it.
struct Fleeting(Vec<u64>);

/// The function that fleeting objects call.
static FAREWELL: Global = Global::new();

static FLEETING_ALIVE: AtomicUsize = AtomicUsize::new(0);
static LAST_SUM: AtomicU64 = AtomicU64::new(0);

impl Fleeting {
    fn new() -> Self {
        FLEETING_ALIVE.fetch_add(1, Ordering::Relaxed);
        Fleeting(vec![1; 1000])
    }

    fn sum(&self) -> u64 {
        let sum = self.0.iter().fold(0u64, |sum, one| sum.wrapping_add(*one));
        LAST_SUM.store(sum, Ordering::Relaxed);
        sum
    }
}

impl Drop for Fleeting {
    fn drop(&mut self) {
        self.0.fill(u64::MAX / 2);
        FLEETING_ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

fn farewell(ctx: Ctx<'_>) -> PyResult<()> {
    FAREWELL.load(ctx)?.call(&[]).map(drop)
}

/// A parameter whose conversion says farewell.
struct Farewell;

impl FromPy for Farewell {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        farewell(value.ctx()).map(|()| Farewell)
    }
}

impl Class for Fleeting {
    const NAME: &'static CStr = c"probe.Fleeting";
    const DOC: &'static CStr = c"";
    const FIELDS: usize = 1;

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>| Fleeting::new())
            .call(
                || [],
                |ctx: Ctx<'_>, this: &Fleeting| -> PyResult<u64> {
                    farewell(ctx)?;
                    Ok(this.sum())
                },
            )
            .iterator(|ctx: Ctx<'_>, this: &Fleeting| -> PyResult<Option<u64>> {
                farewell(ctx)?;
                Ok(Some(this.sum()))
            })
            .order(|_: Ctx<'_>, this: &Fleeting, _: Farewell| this.sum().cmp(&1000));
    }
}

/// The same with methods that get their object, or return it.
struct FleetingObject(Fleeting);

impl Class for FleetingObject {
    const NAME: &'static CStr = c"probe.FleetingObject";
    const DOC: &'static CStr = c"";
    const FIELDS: usize = 1;

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>| FleetingObject(Fleeting::new()))
            .method(c"__iter__", c"", |_: Ctx<'_>, _: &FleetingObject| {
                ThisObject
            })
            .method_raw(c"__next__", c"", |this, _| {
                farewell(this.ctx())?;
                Field::of::<FleetingObject>(this, 0)?
                    .store("kept".into_py(this.ctx())?.as_borrowed());
                let sum = this.extract::<Shared<FleetingObject>>()?;
                let sum = sum.borrow(this.ctx())?.0.sum();
                sum.into_py(this.ctx())
            })
            .call(
                || [],
                |ctx: Ctx<'_>, _: &FleetingObject| farewell(ctx).map(|()| ThisObject),
            )
            .getter(c"total", c"", |_: Ctx<'_>, this: &FleetingObject| {
                this.0.sum()
            });
    }
}

/// The same, declared by macros.
#[pyclass(module = "probe", fields = 1)]
struct FleetingDeclared(Fleeting);

#[pymethods]
impl FleetingDeclared {
    #[new]
    fn new() -> Self {
        FleetingDeclared(Fleeting::new())
    }

    fn __iter__(slf: Borrowed<'_>) -> Borrowed<'_> {
        slf
    }

    fn __next__(slf: Borrowed<'_>, ctx: Ctx<'_>) -> PyResult<Option<u64>> {
        farewell(ctx)?;
        Field::of::<Self>(slf, 0)?.store("kept".into_py(ctx)?.as_borrowed());
        let this = slf.extract::<Shared<Self>>()?;
        Ok(Some(this.borrow(ctx)?.0.sum()))
    }

    fn __call__(slf: Borrowed<'_>) -> PyResult<Borrowed<'_>> {
        farewell(slf.ctx())?;
        Ok(slf)
    }

    #[getter]
    fn total(&self) -> u64 {
        self.0.sum()
    }
}

fn lifetimes(m: &mut ModuleDef) {
    m.global(&FAREWELL)
        .class::<Fleeting>()
        .class::<FleetingDeclared>()
        .class::<FleetingObject>()
        .function(c"last_sum", c"", |_: Ctx<'_>| {
            LAST_SUM.load(Ordering::Relaxed)
        })
        .function(c"fleeting_alive", c"", |_: Ctx<'_>| {
            FLEETING_ALIVE.load(Ordering::Relaxed)
        })
        .function_raw(c"set_farewell", c"", |this, args| {
            let [f] = exactly(args)?;
            FAREWELL.store(f)?;
            Ok(this.ctx().none())
        });
}

/// An object of any length.
struct Long(usize);

impl Class for Long {
    const NAME: &'static CStr = c"probe.Long";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>, length: usize| Long(length))
            .length(|_: Ctx<'_>, long: &Long| long.0)
            .item(|_: Ctx<'_>, _: &Long, index: i64| index);
    }
}

fn sizes(m: &mut ModuleDef) {
    m.class::<Long>()
        .function_raw(
            c"use_item",
            c"Gets, sets or deletes an item.",
            |this, args| {
                let [object, index, how] = exactly(args)?;
                let index = index.extract::<usize>()?;
                match how.as_str()? {
                    "get" => return object.item(index),
                    "set" => object.set_item(index, 5)?,
                    _ => object.delete_item(index)?,
                }
                Ok(this.ctx().none())
            },
        )
        .function(c"count_ints", c"", |_: Ctx<'_>, ints: Vec<i64>| ints.len())
        .function(c"count_three", c"", |_: Ctx<'_>, ints: [i64; 3]| ints.len());
}

record! {
    /// A record of its own kind.
    struct Tree { children: Option<Vec<Tree>> }
}

impl Tree {
    fn size(&self) -> usize {
        1 + self
            .children
            .iter()
            .flatten()
            .map(Tree::size)
            .sum::<usize>()
    }
}

/// Panics when it is dropped, with another one inside the panic.
struct Bomb(u8);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Bomb(self.0 - 1));
        }
    }
}

impl Class for Bomb {
    const NAME: &'static CStr = c"probe.Bomb";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class.constructor(|_: Ctx<'_>, panics: u8| Bomb(panics));
    }
}

/// A link of a chain in Rust.
struct Link {
    _next: Option<Shared<Link>>,
}

impl Class for Link {
    const NAME: &'static CStr = c"probe.Link";
    const DOC: &'static CStr = c"";

    fn define(class: &mut ClassDef<Self>) {
        class.constructor(|_: Ctx<'_>, next: Option<Shared<Link>>| Link { _next: next });
    }
}

fn panics(m: &mut ModuleDef) {
    m.class::<Bomb>()
        .class::<Link>()
        .function(c"tree_size", c"", |_: Ctx<'_>, tree: Tree| tree.size())
        .function(
            c"panic_with_bomb",
            c"",
            |ctx: Ctx<'_>, panics: u8, outside: bool| -> () {
                if outside {
                    ctx.leave_python(|| panic_any(Bomb(panics)));
                }
                panic_any(Bomb(panics))
            },
        );
}

pub fn define(m: &mut ModuleDef) {
    panics(m);
    sizes(m);
    classes(m);
    outside(m);
    exceptions(m);
    errors(m);
    lifetimes(m);
}
