// SPDX-License-Identifier: MIT OR Apache-2.0

//! The buffer protocol: views of the memory of a Rust slice.
//!
//! A view counts as a reader of the value, from the moment it is made until the host says
//! that it is released; nobody changes the value as long. What PyPy 7.3 passes then is
//! filled in but for its first members: a view is known by its object alone. Therefore
//! the number of items, which a view has to point to, lies in the object's struct.

use std::ffi::{CStr, c_int, c_void};
use std::marker::PhantomData;
use std::mem::size_of;

use hpy_shim::{HPy, HPy_buffer, HPyContext};

use crate::api::Ctx;
use crate::class::Class;
use crate::error::{Exception, PyErr};
use crate::instance;
use crate::trampoline::cpython as t;
use crate::trampoline::function::zero_sized;
use crate::trampoline::guard;

/// A plain number that a buffer may consist of.
///
/// ```
/// use hpy_bindings::{Class, ClassDef, Ctx, ModuleDef};
///
/// struct Samples(Vec<f32>);
///
/// impl Class for Samples {
/// #   const NAME: &'static std::ffi::CStr = c"example.Samples";
/// #   const DOC: &'static std::ffi::CStr = c"Samples of a sound.";
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>, samples: Vec<f32>| Samples(samples))
///             .buffer(|samples: &Samples| &samples.0[..]);
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Samples>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> view = memoryview(example.Samples([0.5, -1]))
/// // >>> view.format, view.tolist()
/// // ('f', [0.5, -1.0])
/// // >>> view.release()
/// ```
pub trait Element: sealed::Sealed + Copy + Sync + 'static {
    /// The format of the type, in the module `struct`'s notation.
    const FORMAT: &'static CStr;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! elements {
    ($($type:ty: $format:literal;)*) => {$(
        impl sealed::Sealed for $type {}
        impl Element for $type {
            const FORMAT: &'static CStr = $format;
        }
    )*};
}

elements! {
    u8: c"B";
    i8: c"b";
    u16: c"H";
    i16: c"h";
    u32: c"I";
    i32: c"i";
    u64: c"Q";
    i64: c"q";
    f32: c"f";
    f64: c"d";
}

/// The buffer of a class `T`: the slice that `F` finds in the value.
pub(crate) struct Buffer<T, F, E>(PhantomData<(T, F, E)>);

// CPython's flags, which HPy's headers lack.
const WRITABLE: c_int = 0x1;
const FORMAT: c_int = 0x4;
const WITH_SHAPE: c_int = 0x8;
const WITH_STRIDES: c_int = 0x10 | WITH_SHAPE;

/// The distance of two items; views point to it.
struct Stride<E>(PhantomData<E>);

impl<E> Stride<E> {
    const VALUE: &'static isize = &(size_of::<E>() as isize);
}

impl<T, F, E> t::GetBuffer for Buffer<T, F, E>
where
    T: Class,
    F: for<'a> Fn(&'a T) -> &'a [E] + Copy + Send + 'static,
    E: Element,
{
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        view: *mut HPy_buffer,
        flags: c_int,
    ) -> c_int {
        let body = |ctx: Ctx<'_>| {
            // SAFETY: the host checked the receiver.
            let inner = unsafe { instance::receiver::<T>(ctx, this) }?;
            if flags & WRITABLE != 0 {
                let message = "the buffer is read-only";
                return Err(PyErr::new(Exception::BufferError, message));
            }
            let reading = inner.read()?;
            let items = zero_sized::<F>()(&reading);
            // SAFETY: an instance of `T`, see above.
            let shape = unsafe { instance::buffer_shape::<T>(ctx, this) };
            let len = items.len() as isize;
            // SAFETY: the struct lives as long as the object; only this function writes
            // there, by the one thread that holds the interpreter.
            unsafe {
                if inner.is_viewed() && *shape != len {
                    let message = "another view shows another number of items";
                    return Err(PyErr::new(Exception::BufferError, message));
                }
                *shape = len;
            }
            let given = |flag, pointer: *const isize| {
                if flags & flag == flag {
                    pointer.cast_mut()
                } else {
                    std::ptr::null_mut()
                }
            };
            let filled = HPy_buffer {
                buf: items.as_ptr().cast_mut().cast::<c_void>(),
                obj: ctx.dup(this),
                len: len * size_of::<E>() as isize,
                itemsize: size_of::<E>() as isize,
                readonly: 1,
                ndim: 1,
                format: match flags & FORMAT {
                    0 => std::ptr::null_mut(),
                    _ => E::FORMAT.as_ptr().cast_mut(),
                },
                shape: given(WITH_SHAPE, shape),
                strides: given(WITH_STRIDES, Stride::<E>::VALUE),
                suboffsets: std::ptr::null_mut(),
                internal: std::ptr::null_mut(),
            };
            // SAFETY: the host's own memory, for this call.
            unsafe { view.write(filled) };
            // Until `ReleaseBuffer`.
            inner.begin_view(reading);
            Ok(0)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, -1, body) }
    }
}

impl<T: Class, F, E> t::ReleaseBuffer for Buffer<T, F, E> {
    unsafe extern "C" fn call(ctx: *mut HPyContext, this: HPy, _: *mut HPy_buffer) {
        let body = |ctx: Ctx<'_>| {
            // SAFETY: the host passes the object that the view was made of.
            if let Ok(inner) = unsafe { instance::receiver::<T>(ctx, this) } {
                inner.end_view();
            }
            Ok(())
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, (), body) }
    }
}
