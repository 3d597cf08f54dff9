// SPDX-License-Identifier: MIT OR Apache-2.0

//! Errors of the standard library, many parameters and long tuples, for
//! `tests/hpy/python/test_std_types.py`.

use std::ffi::CString;
use std::num::{ParseFloatError, ParseIntError, TryFromIntError};
use std::str::{ParseBoolError, Utf8Error};
use std::string::FromUtf8Error;

use hpy_bindings::{Bytes, Ctx, Exception, IntoPy as _, ModuleDef, PyErr, PyResult, exactly};

type Twelve = (
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    i64,
    String,
);

#[allow(clippy::too_many_arguments)] // that many are what is tested
fn many(
    _: Ctx<'_>,
    a: i64,
    b: i64,
    c: i64,
    d: i64,
    e: i64,
    f: i64,
    g: i64,
    h: i64,
    i: i64,
    j: i64,
    k: Option<i64>,
    l: Option<String>,
) -> Twelve {
    let (k, l) = (k.unwrap_or(-1), l.unwrap_or_default());
    (a, b, c, d, e, f, g, h, i, j, k, l)
}

/// Returns the small number at an index of the lines of a file; each step has an error of its own.
fn number_in_file(ctx: Ctx<'_>, path: std::path::PathBuf, index: i64) -> PyResult<u8> {
    let content = std::fs::read(path)?;
    let text = std::str::from_utf8(&content)?;
    let index = usize::try_from(index)?;
    let line = ctx.list(text.lines())?.item(index)?.extract::<String>()?;
    Ok(line.parse::<i64>()?.try_into()?)
}

const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

pub fn define(m: &mut ModuleDef) {
    m.function(c"many", c"", many)
        .function_named(c"many_named", c"", || NAMES, many)
        .function(c"twelve", c"", |_: Ctx<'_>, twelve: Twelve| twelve)
        .function(
            c"parse_int",
            c"",
            |_: Ctx<'_>, text: String| -> Result<i64, ParseIntError> { text.parse() },
        )
        .function(
            c"parse_float",
            c"",
            |_: Ctx<'_>, text: String| -> Result<f64, ParseFloatError> { text.parse() },
        )
        .function(
            c"parse_bool",
            c"",
            |_: Ctx<'_>, text: String| -> Result<bool, ParseBoolError> { text.parse() },
        )
        .function(
            c"utf8",
            c"",
            |_: Ctx<'_>, bytes: Bytes| -> Result<usize, Utf8Error> {
                std::str::from_utf8(&bytes.0).map(str::len)
            },
        )
        .function(
            c"into_utf8",
            c"",
            |_: Ctx<'_>, bytes: Bytes| -> Result<String, FromUtf8Error> {
                String::from_utf8(bytes.0)
            },
        )
        .function(c"c_string", c"", |_: Ctx<'_>, text: String| {
            CString::new(text).map(|_| ())
        })
        .function(
            c"small",
            c"",
            |_: Ctx<'_>, number: i64| -> Result<u8, TryFromIntError> { u8::try_from(number) },
        )
        .function(c"read_file", c"", |_: Ctx<'_>, path: std::path::PathBuf| {
            std::fs::read(path).map(Bytes)
        })
        .function(c"number_in_file", c"", number_in_file)
        .function_raw(c"raise_with", c"KeyError(argument)", |this, args| {
            let [argument] = exactly(args)?;
            Err(PyErr::with_argument(this.ctx(), Exception::Key, argument))
        })
        .function_raw(c"report", c"Reports what f() raises.", |this, args| {
            let [f] = exactly(args)?;
            let reported: PyResult<()> = f.call(&[]).map(drop);
            let raised = reported.is_err();
            if let Err(error) = reported {
                error.write_unraisable(this.ctx(), Some(f));
            }
            raised.into_py(this.ctx())
        });
}
