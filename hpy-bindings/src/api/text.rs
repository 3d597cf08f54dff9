// SPDX-License-Identifier: MIT OR Apache-2.0

//! `bytes` and `str`.

use std::ffi::{CString, c_char};

use crate::api::Ctx;
use crate::error::{PyErr, PyResult};
use crate::exception::Exception;
use crate::handle::{Borrowed, Handle};

impl<'c> Ctx<'c> {
    pub(crate) fn bytes(self, data: &[u8]) -> PyResult<Handle<'c>> {
        let start = data.as_ptr().cast::<c_char>();
        self.own(call!(
            self,
            ctx_Bytes_FromStringAndSize,
            start,
            data.len() as isize
        ))
    }

    /// Returns the bytes of a `bytes` object, without a copy; `None` for another type.
    pub(crate) fn as_bytes(self, h: Borrowed<'c>) -> Option<&'c [u8]> {
        if call!(self, ctx_Bytes_Check, h.raw()) == 0 {
            return None;
        }
        let len = call!(self, ctx_Bytes_GET_SIZE, h.raw());
        let start = call!(self, ctx_Bytes_AS_STRING, h.raw());
        // SAFETY: bytes are immutable, and the object lives as long as the handle `h`,
        // which lives at least for `'c`.
        Some(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len as usize) })
    }

    pub(crate) fn str(self, text: &str) -> PyResult<Handle<'c>> {
        if text.is_ascii() {
            let (start, len) = (text.as_ptr().cast::<c_char>(), text.len() as isize);
            let errors = std::ptr::null();
            return self.own(call!(self, ctx_Unicode_DecodeASCII, start, len, errors));
        }
        // The ABI's str from UTF-8 and a length, HPyUnicode_FromEncodedObject, is one of
        // the members that PyPy has elsewhere.
        match CString::new(text) {
            Ok(text) => self.own(call!(self, ctx_Unicode_FromString, text.as_ptr())),
            Err(_has_null) => {
                let decode = self.bytes(text.as_bytes())?.attr(c"decode")?;
                decode.call(&[])
            }
        }
    }

    pub(crate) fn is_str(self, h: Borrowed<'_>) -> bool {
        call!(self, ctx_Unicode_Check, h.raw()) != 0
    }

    /// Returns a `str` in UTF-8, as the host has it: PyPy passes lone surrogates on.
    pub(crate) fn utf8(self, h: Borrowed<'c>) -> PyResult<&'c [u8]> {
        let mut len = 0;
        let start = call!(self, ctx_Unicode_AsUTF8AndSize, h.raw(), &raw mut len);
        if start.is_null() {
            return Err(PyErr::pending(self));
        }
        // SAFETY: the host returned this many bytes, kept by the str object, which
        // lives as long as the handle `h`, at least for `'c`.
        Ok(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len as usize) })
    }

    pub(crate) fn as_str(self, h: Borrowed<'c>) -> PyResult<&'c str> {
        let bytes = self.utf8(h)?;
        if !self.is_pypy() {
            // SAFETY: CPython's is UTF-8, for which it has refused lone surrogates.
            return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
        }
        std::str::from_utf8(bytes).or_else(|_lone_surrogate| {
            // str.encode raises what CPython has raised already.
            h.attr(c"encode")?.call(&[])?;
            Err(PyErr::new(
                Exception::Value,
                "the host's UTF-8 of a str is broken",
            ))
        })
    }

    /// Encodes a `str` as the bytes of a file name, as `os.fsencode` makes them.
    pub(crate) fn fs_encode(self, h: Borrowed<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Unicode_EncodeFSDefault, h.raw()))
    }

    /// Decodes the bytes of a file name to a `str`, as `os.fsdecode` makes it.
    pub(crate) fn fs_decode(self, name: &[u8]) -> PyResult<Handle<'c>> {
        let start = name.as_ptr().cast::<c_char>();
        self.own(call!(
            self,
            ctx_Unicode_DecodeFSDefaultAndSize,
            start,
            name.len() as isize
        ))
    }
}
