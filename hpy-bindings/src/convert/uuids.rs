// SPDX-License-Identifier: MIT OR Apache-2.0

//! UUIDs of the crate `uuid`, which are those of Python's module of that name.

use uuid::Uuid;

use crate::api::Ctx;
use crate::convert::{Bytes, FromPy, IntoPy, expected};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};

fn class(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
    ctx.import(c"uuid")?.attr(c"UUID")
}

impl FromPy for Uuid {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        if !value.is_instance(class(value.ctx())?.as_borrowed())? {
            return Err(expected("UUID", value));
        }
        let Bytes(bytes) = value.attr(c"bytes")?.extract()?;
        let wrong = |error: uuid::Error| PyErr::new(Exception::Value, error.to_string());
        Uuid::from_slice(&bytes).map_err(wrong)
    }
}

impl IntoPy for Uuid {
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        let (text, bytes) = (ctx.none(), ctx.bytes(self.as_bytes())?);
        class(ctx)?.call(&[text.as_borrowed(), bytes.as_borrowed()])
    }
}
