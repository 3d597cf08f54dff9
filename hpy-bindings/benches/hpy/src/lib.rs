// SPDX-License-Identifier: MIT OR Apache-2.0

//! The functions that `make bench` calls through HPy hosts. `../pyo3` has the same with PyO3, and
//! `calls.py` says what is measured.

use hpy_bindings::{
    Borrowed, Class, ClassDef, Ctx, Exception, Handle, IntoPy, List, ModuleDef, PyErr, PyResult,
    module,
};

fn too_large() -> PyErr {
    PyErr::new(Exception::Overflow, "the result is too large")
}

/// Counts down to one.
struct Countdown {
    left: i64,
}

impl Class for Countdown {
    const NAME: &'static std::ffi::CStr = c"ffi_hpy.Countdown";
    const DOC: &'static std::ffi::CStr = c"Counts down to one.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>, left: i64| Countdown { left })
            .iterator(|_: Ctx<'_>, c: &mut Countdown| {
                if c.left == 0 {
                    return None;
                }
                c.left -= 1;
                Some(c.left + 1)
            });
    }
}

/// A number with methods.
struct Number {
    value: i64,
}

impl Number {
    fn plus(_: Ctx<'_>, number: &Number, a: i64, b: i64) -> PyResult<i64> {
        let sum = number
            .value
            .checked_add(a)
            .and_then(|sum| sum.checked_add(b));
        sum.ok_or_else(too_large)
    }
}

impl Class for Number {
    const NAME: &'static std::ffi::CStr = c"ffi_hpy.Number";
    const DOC: &'static std::ffi::CStr = c"A number with methods.";

    fn define(class: &mut ClassDef<Self>) {
        class
            .constructor(|_: Ctx<'_>, value: i64| Number { value })
            .getter(c"value", c"The number.", |_: Ctx<'_>, n: &Number| n.value)
            .method(c"plus", c"The sum of three.", Number::plus)
            .method_named(
                c"plus_named",
                c"The sum of three; arguments may be given by name.",
                || ["a", "b"],
                Number::plus,
            );
    }
}

fn add(_: Ctx<'_>, a: i64, b: i64) -> PyResult<i64> {
    a.checked_add(b).ok_or_else(too_large)
}

fn total(_: Ctx<'_>, items: Vec<i64>) -> PyResult<i64> {
    let mut items = items.into_iter();
    items.try_fold(0i64, i64::checked_add).ok_or_else(too_large)
}

fn only<'c>(args: &[Borrowed<'c>]) -> PyResult<Borrowed<'c>> {
    match args {
        [argument] => Ok(*argument),
        _ => Err(PyErr::new(Exception::Type, "one argument is expected")),
    }
}

/// Returns the length without a copy of the text, which `String` as the parameter would make.
fn text_size<'c>(this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    only(args)?.as_str()?.len().into_py(this.ctx())
}

/// Returns the length without a copy of the bytes, which `Bytes` as the parameter would make.
fn bytes_size<'c>(this: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
    let expected = || PyErr::new(Exception::Type, "bytes are expected");
    let bytes = only(args)?.as_bytes().ok_or_else(expected)?;
    bytes.len().into_py(this.ctx())
}

fn fail(_: Ctx<'_>) -> PyResult<()> {
    Err(PyErr::new(Exception::Value, "as it should be"))
}

fn define(m: &mut ModuleDef) {
    m.function(c"nothing", c"Does nothing.", |_: Ctx<'_>| ())
        .function(c"add", c"The sum.", add)
        .function(c"total", c"The sum of a list.", total)
        .function(c"numbers", c"[0, 1, ..., n - 1]", |_: Ctx<'_>, n: usize| {
            List(0..n)
        })
        .function_raw(c"text_size", c"Bytes of UTF-8.", text_size)
        .function_raw(c"bytes_size", c"How many bytes.", bytes_size)
        .function(
            c"text",
            c"A str.",
            |_: Ctx<'_>| "some text to make a str of",
        )
        .function(c"fail", c"Raises ValueError.", fail)
        .class::<Countdown>()
        .class::<Number>();
}

module!("ffi_hpy", define);
