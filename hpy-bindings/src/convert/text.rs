// SPDX-License-Identifier: MIT OR Apache-2.0

//! `bytes`, `str` and paths.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::api::Ctx;
use crate::convert::{Bytes, FromPy, IntoPy, expected};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

impl FromPy for Bytes {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        match value.as_bytes() {
            Some(bytes) => Ok(Bytes(bytes.to_vec())),
            None => Err(expected("bytes", value)),
        }
    }
}

impl IntoPy for Bytes {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.bytes(&self.0)
    }
}

impl FromPy for String {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl IntoPy for String {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.str(&self)
    }
}

impl IntoPy for &str {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.str(self)
    }
}

impl FromPy for PathBuf {
    /// Takes what `os.fspath` does: a `str`, by the file system's encoding as `os.fsencode` has
    /// it, `bytes`, or an object such as a `pathlib.Path`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let ctx = value.ctx();
        if !ctx.is_str(value) && value.as_bytes().is_none() {
            if !value.has_attr(c"__fspath__") {
                return Err(expected("str, bytes or a path", value));
            }
            let path = ctx.import(c"os")?.attr(c"fspath")?.call(&[value])?;
            return path.extract();
        }
        let bytes = match value.as_bytes() {
            Some(bytes) => bytes.to_vec(),
            None => ctx.fs_encode(value)?.extract::<Bytes>()?.0,
        };
        if bytes.contains(&0) {
            return Err(PyErr::new(Exception::Value, "a path has a null byte"));
        }
        path_of(bytes)
    }
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PyResult<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Ok(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

/// The file system's encoding is UTF-8 there, but for halves of surrogate pairs.
#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PyResult<PathBuf> {
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| PyErr::new(Exception::Value, "a path has half a character"))?;
    Ok(PathBuf::from(text))
}

impl IntoPy for PathBuf {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.fs_decode(self.as_os_str().as_encoded_bytes())
    }
}

impl IntoPy for Cow<'_, str> {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.str(&self)
    }
}

impl FromPy for char {
    /// Takes the one character of a `str`.
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        let text = value.as_str()?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(char), None) => Ok(char),
            _ => {
                let message = format!("expected one character, got {}", text.chars().count());
                Err(PyErr::new(Exception::Value, message))
            }
        }
    }
}

impl IntoPy for char {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        ctx.str(self.encode_utf8(&mut [0; 4]))
    }
}
