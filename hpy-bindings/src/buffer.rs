// SPDX-License-Identifier: MIT OR Apache-2.0

//! The buffer protocol: views of the memory of a Rust slice.
//!
//! A view counts as a reader of the value, or as its writer, from the moment it is made until
//! the host says that it is released; nobody else changes the value as long. What PyPy 7.3 passes
//! then is filled in but for its first members: a view is known by its object alone. Therefore
//! the shape, which a view has to point to, lies in the object's struct.

use std::ffi::{CStr, c_int, c_void};
use std::marker::PhantomData;
use std::mem::{forget, size_of};

use hpy_shim::{HPy, HPy_buffer, HPyContext};

use crate::api::Ctx;
use crate::array::{Array, ArrayMut, Layout};
use crate::class::Class;
use crate::convert::FromPy;
use crate::error::{Exception, PyErr, PyResult};
use crate::instance;
use crate::shared::Inner;
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
pub trait Element: sealed::Sealed + FromPy + Copy + Sync + 'static {
    /// The format of the type, in the module `struct`'s notation.
    const FORMAT: &'static CStr;
}

pub(crate) mod sealed {
    pub trait Sealed: Sized {
        /// Reads as many bytes as the type has.
        fn from_bytes(bytes: &[u8]) -> Self;
        /// Appends the bytes of the number.
        fn append_to(self, bytes: &mut Vec<u8>);
    }
}

macro_rules! elements {
    ($($type:ty: $format:literal;)*) => {$(
        impl sealed::Sealed for $type {
            fn from_bytes(bytes: &[u8]) -> Self {
                <$type>::from_ne_bytes(bytes.try_into().expect("as many as the type has"))
            }

            fn append_to(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_ne_bytes());
            }
        }
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

/// The buffer of a class `T` with `N` dimensions, which `K` finds in the value.
pub(crate) struct Buffer<T, K, const N: usize>(PhantomData<(T, K)>);

/// A way to find the items in a value.
pub(crate) trait Exporter<T, const N: usize> {
    type Element: Element;
    const WRITABLE: bool;
    /// Finds the items, and keeps the value borrowed.
    fn look(inner: &Inner<T>) -> PyResult<Layout<N>>;
}

/// `F` reads the value, and returns a slice.
pub(crate) struct Slice<F, E>(PhantomData<(F, E)>);
/// `F` changes the value, and returns a slice.
pub(crate) struct SliceMut<F, E>(PhantomData<(F, E)>);
/// `F` reads the value, and returns an [`Array`].
pub(crate) struct Grid<F, E>(PhantomData<(F, E)>);
/// `F` changes the value, and returns an [`ArrayMut`].
pub(crate) struct GridMut<F, E>(PhantomData<(F, E)>);

impl<T, F, E> Exporter<T, 1> for Slice<F, E>
where
    F: for<'a> Fn(&'a T) -> &'a [E] + Copy + Send + 'static,
    E: Element,
{
    type Element = E;
    const WRITABLE: bool = false;

    fn look(inner: &Inner<T>) -> PyResult<Layout<1>> {
        let reading = inner.read()?;
        let items = zero_sized::<F>()(&reading);
        let layout = Layout::of(&Array::new(items, [items.len()])?);
        forget(reading);
        Ok(layout)
    }
}

impl<T, F, E, const N: usize> Exporter<T, N> for Grid<F, E>
where
    F: for<'a> Fn(&'a T) -> PyResult<Array<'a, E, N>> + Copy + Send + 'static,
    E: Element,
{
    type Element = E;
    const WRITABLE: bool = false;

    fn look(inner: &Inner<T>) -> PyResult<Layout<N>> {
        let reading = inner.read()?;
        let layout = Layout::of(&zero_sized::<F>()(&reading)?);
        forget(reading);
        Ok(layout)
    }
}

impl<T, F, E> Exporter<T, 1> for SliceMut<F, E>
where
    F: for<'a> Fn(&'a mut T) -> &'a mut [E] + Copy + Send + 'static,
    E: Element,
{
    type Element = E;
    const WRITABLE: bool = true;

    fn look(inner: &Inner<T>) -> PyResult<Layout<1>> {
        let mut writing = inner.write()?;
        let items = zero_sized::<F>()(&mut writing);
        let len = items.len();
        let layout = Layout::of_mut(ArrayMut::new(items, [len])?);
        forget(writing);
        Ok(layout)
    }
}

impl<T, F, E, const N: usize> Exporter<T, N> for GridMut<F, E>
where
    F: for<'a> Fn(&'a mut T) -> PyResult<ArrayMut<'a, E, N>> + Copy + Send + 'static,
    E: Element,
{
    type Element = E;
    const WRITABLE: bool = true;

    fn look(inner: &Inner<T>) -> PyResult<Layout<N>> {
        let mut writing = inner.write()?;
        let layout = Layout::of_mut(zero_sized::<F>()(&mut writing)?);
        forget(writing);
        Ok(layout)
    }
}

// CPython's flags, which HPy's headers lack.
const WRITABLE: c_int = 0x1;
const FORMAT: c_int = 0x4;
const WITH_SHAPE: c_int = 0x8;
const WITH_STRIDES: c_int = 0x10 | WITH_SHAPE;
const C_ORDER: c_int = 0x20 | WITH_STRIDES;
const FORTRAN_ORDER: c_int = 0x40 | WITH_STRIDES;
const ANY_ORDER: c_int = 0x80 | WITH_STRIDES;

/// Checks that a view can be what is asked for.
fn check<const N: usize>(
    flags: c_int,
    writable: bool,
    itemsize: isize,
    layout: &Layout<N>,
) -> PyResult<()> {
    let wants = |flag| flags & flag == flag;
    let (c, fortran) = (
        layout.is_c_order(itemsize),
        layout.is_fortran_order(itemsize),
    );
    let message = if wants(WRITABLE) && !writable {
        "the buffer is read-only"
    } else if !c && (wants(C_ORDER) || !wants(WITH_STRIDES)) {
        "the items are not in C's order"
    } else if !fortran && wants(FORTRAN_ORDER) {
        "the items are not in Fortran's order"
    } else if !c && !fortran && wants(ANY_ORDER) {
        "the items have gaps between them"
    } else {
        return Ok(());
    };
    Err(PyErr::new(Exception::BufferError, message))
}

impl<T, K, const N: usize> t::GetBuffer for Buffer<T, K, N>
where
    T: Class,
    K: Exporter<T, N>,
{
    unsafe extern "C" fn call(
        ctx: *mut HPyContext,
        this: HPy,
        view: *mut HPy_buffer,
        flags: c_int,
    ) -> c_int {
        const { assert!(0 < N && N <= 64, "hosts know up to 64 dimensions") };
        let body = |ctx: Ctx<'_>| {
            // SAFETY: the host checked the receiver.
            let inner = unsafe { instance::receiver::<T>(ctx, this) }?;
            // SAFETY: an instance of `T`, with a struct of that size behind its fields.
            let place = unsafe { instance::buffer_place::<T>(ctx, this) }.cast::<Layout<N>>();
            let viewed = inner.is_viewed();
            let layout = if K::WRITABLE && viewed {
                // The value is changed by another view: this one shows the same.
                // SAFETY: that one wrote it; only this function writes there, by the one thread
                // that holds the interpreter.
                unsafe { place.read() }
            } else {
                let layout = K::look(&inner)?;
                // SAFETY: as above.
                if viewed && unsafe { place.read() } != layout {
                    inner.end_borrow();
                    let message = "another view shows other items";
                    return Err(PyErr::new(Exception::BufferError, message));
                }
                // SAFETY: as above; the struct lives as long as the object.
                unsafe { place.write(layout) };
                layout
            };
            inner.begin_view(); // until `ReleaseBuffer`
            let itemsize = size_of::<K::Element>() as isize;
            if let Err(error) = check(flags, K::WRITABLE, itemsize, &layout) {
                inner.end_view();
                return Err(error);
            }
            let given = |flag, pointer: *mut isize| {
                if flags & flag == flag {
                    pointer
                } else {
                    std::ptr::null_mut()
                }
            };
            // SAFETY: addresses within the struct.
            let (shape, strides) = unsafe { (&raw mut (*place).shape, &raw mut (*place).strides) };
            let filled = HPy_buffer {
                buf: layout.start.cast::<c_void>(),
                obj: ctx.dup(this),
                len: layout.count() * itemsize,
                itemsize,
                readonly: (!K::WRITABLE).into(),
                ndim: if flags & WITH_SHAPE == 0 {
                    1
                } else {
                    N as c_int
                },
                format: match flags & FORMAT {
                    0 => std::ptr::null_mut(),
                    _ => K::Element::FORMAT.as_ptr().cast_mut(),
                },
                shape: given(WITH_SHAPE, shape.cast()),
                strides: given(WITH_STRIDES, strides.cast()),
                suboffsets: std::ptr::null_mut(),
                internal: std::ptr::null_mut(),
            };
            // SAFETY: the host's own memory, for this call.
            unsafe { view.write(filled) };
            Ok(0)
        };
        // SAFETY: the host's context, for this call.
        unsafe { guard(ctx, -1, body) }
    }
}

impl<T: Class, K, const N: usize> t::ReleaseBuffer for Buffer<T, K, N> {
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
