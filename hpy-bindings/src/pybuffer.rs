// SPDX-License-Identifier: MIT OR Apache-2.0

//! Buffers of other objects, with checked formats.
//!
//! HPy 0.9 has no way to ask for one. Python has: `memoryview` tells format and shape, and
//! `ctypes.c_char.from_buffer` holds a writable buffer whose address it gives away.

use std::cell::Cell;
use std::marker::PhantomData;

use crate::api::Ctx;
use crate::buffer::Element;
use crate::builtin;
use crate::convert::{Bytes, IntoPy as _};
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::receiver::{FromArg, view_of};

/// A parameter that takes the numbers in the buffer of any object: a NumPy array, an
/// `array.array`, a `bytearray`, a `memoryview`, an object of a class with a buffer.
///
/// The numbers must be of the type `E`, whatever the shape is: else TypeError. Where the buffer
/// can be written to, lies in C's order and is aligned, CPython gives it away without a copy;
/// `bytes` are never copied as `u8`. In all other cases, and on PyPy, whose objects move and grow
/// below their views, this is a copy. [`PyBuffer::write`] takes changes back to the object in both.
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{PyBuffer, PyResult, pyfunction};
///
/// #[pyfunction]
/// fn norm(numbers: PyBuffer<'_, f64>) -> f64 {
///     numbers.iter().map(|number| number * number).sum::<f64>().sqrt()
/// }
///
/// /// Doubles the numbers where they are.
/// #[pyfunction]
/// fn double(numbers: PyBuffer<'_, i32>) -> PyResult<()> {
///     numbers.write(|cells| cells.iter().for_each(|cell| cell.set(cell.get().wrapping_mul(2))))
/// }
/// # }
///
/// // >>> import array
/// // >>> example.norm(array.array("d", [3, 4]))
/// // 5.0
/// // >>> numbers = array.array("i", [1, -7])
/// // >>> example.double(numbers); numbers.tolist()
/// // [2, -14]
/// // >>> example.norm(numbers)
/// // Traceback (most recent call last):
/// // TypeError: expected a buffer of the format d, got i
/// ```
pub struct PyBuffer<'a, E> {
    view: Handle<'a>,
    content: Content<'a, E>,
    shape: Vec<usize>,
}

enum Content<'a, E> {
    /// The memory of the object that was given, `ctypes`' hold on which is kept.
    Shared {
        start: *const Cell<E>,
        len: usize,
        _hold: Handle<'a>,
    },
    /// The memory of a `bytes`, which nobody writes to.
    Fixed(*const Cell<E>, usize, PhantomData<&'a E>),
    Copied(Vec<Cell<E>>),
}

/// Splits a format of the module `struct` into the kind of a number; `None` for what is no plain
/// number of this machine's byte order.
fn kind(format: &str) -> Option<char> {
    let order = if cfg!(target_endian = "little") {
        '<'
    } else {
        '>'
    };
    let plain = format.strip_prefix(['@', '=', order]).unwrap_or(format);
    let mut letters = plain.chars();
    let kind = match letters.next()? {
        'b' | 'h' | 'i' | 'l' | 'q' | 'n' => 'i',
        'B' | 'H' | 'I' | 'L' | 'Q' | 'N' => 'u',
        'f' | 'd' => 'f',
        _ => return None,
    };
    letters.next().is_none().then_some(kind)
}

impl<'a, E: Element> PyBuffer<'a, E> {
    fn of(value: Borrowed<'a>) -> PyResult<Self> {
        let ctx = value.ctx();
        let view = view_of(value, "an object with a buffer")?;
        let format: String = view.attr(c"format")?.extract()?;
        let itemsize: usize = view.attr(c"itemsize")?.extract()?;
        let wanted = E::FORMAT.to_str().unwrap_or_default();
        if kind(&format) != kind(wanted) || itemsize != size_of::<E>() {
            let message = format!("expected a buffer of the format {wanted}, got {format}");
            return Err(PyErr::new(Exception::Type, message));
        }
        let shape = view.attr(c"shape")?;
        let shape = shape
            .iter()?
            .map(|extent| extent?.extract())
            .collect::<PyResult<_>>()?;
        let content = match content_of_bytes(value) {
            Some(content) => content,
            None => match share(ctx, view.as_borrowed())? {
                Some(content) => content,
                None => copy(view.as_borrowed())?,
            },
        };
        Ok(PyBuffer {
            view,
            content,
            shape,
        })
    }

    /// Returns the number of numbers.
    pub fn len(&self) -> usize {
        self.cells().len()
    }

    /// Returns `true` if there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the extent of each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns `true` if the numbers are a copy of the object's.
    pub fn is_copy(&self) -> bool {
        matches!(self.content, Content::Copied(_))
    }

    /// Returns a number, counted in C's order through all dimensions.
    pub fn get(&self, index: usize) -> Option<E> {
        self.cells().get(index).map(Cell::get)
    }

    /// Returns the numbers, in C's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = E> {
        self.cells().iter().map(Cell::get)
    }

    /// Copies the numbers, in C's order: for work without the interpreter, which this itself
    /// cannot go to, as other threads may change the numbers.
    pub fn to_vec(&self) -> Vec<E> {
        self.iter().collect()
    }

    /// Lets `change` change the numbers, in C's order, and takes a copy back to the object.
    /// BufferError where the object cannot be written to, or its numbers do not lie one behind the other
    /// in C's order.
    pub fn write<R>(&self, change: impl FnOnce(&[Cell<E>]) -> R) -> PyResult<R> {
        if matches!(self.content, Content::Fixed(..)) || self.view.attr(c"readonly")?.truth()? {
            let message = "the buffer is read-only";
            return Err(PyErr::new(Exception::BufferError, message));
        }
        // PyPy takes what has gaps for a block when it writes there.
        if !self.view.attr(c"c_contiguous")?.truth()? {
            let message = "the buffer has gaps, or is not in C's order";
            return Err(PyErr::new(Exception::BufferError, message));
        }
        let result = change(self.cells());
        if let Content::Copied(cells) = &self.content {
            self.take_back(cells)?;
        }
        Ok(result)
    }

    fn take_back(&self, cells: &[Cell<E>]) -> PyResult<()> {
        let ctx = self.view.ctx();
        let mut bytes = Vec::with_capacity(size_of_val(cells));
        for cell in cells {
            cell.get().append_to(&mut bytes);
        }
        if self.shape.len() == 1 {
            let format = self.view.attr(c"format")?;
            let bytes = Bytes(bytes).into_py(ctx)?;
            let new = builtin::MEMORYVIEW.get(ctx)?.call(&[bytes.as_borrowed()])?;
            let new = new.call_method(c"cast", &[format.as_borrowed()])?;
            return self.view.set(ctx.slice(None, None, None)?, &new);
        }
        let letter = ctx.str("B")?;
        let flat = self.view.call_method(c"cast", &[letter.as_borrowed()])?;
        flat.set(ctx.slice(None, None, None)?, Bytes(bytes))
    }

    fn cells(&self) -> &[Cell<E>] {
        match &self.content {
            Content::Copied(cells) => cells,
            // SAFETY: `share` and `content_of_bytes` checked address and length; the memory stays
            // where it is as long as this holds it.
            Content::Shared { start, len, .. } | Content::Fixed(start, len, _) => unsafe {
                std::slice::from_raw_parts(*start, *len)
            },
        }
    }
}

/// Returns the content of a `bytes` object that is taken as bytes.
fn content_of_bytes<E: Element>(value: Borrowed<'_>) -> Option<Content<'_, E>> {
    let bytes = value.as_bytes()?;
    // Nobody writes to the cells: `bytes` have a view that is read-only.
    (size_of::<E>() == 1).then(|| Content::Fixed(bytes.as_ptr().cast(), bytes.len(), PhantomData))
}

/// Holds the buffer behind a view where it is; `None` where it must be copied.
fn share<'a, E: Element>(ctx: Ctx<'a>, view: Borrowed<'_>) -> PyResult<Option<Content<'a, E>>> {
    // PyPy lets an `array.array` grow whose memory is looked at.
    if ctx.is_pypy() || view.attr(c"readonly")?.truth()? {
        return Ok(None);
    }
    let bytes: usize = view.attr(c"nbytes")?.extract()?;
    if bytes == 0 || !view.attr(c"c_contiguous")?.truth()? {
        return Ok(None);
    }
    let ctypes = ctx.import(c"ctypes")?;
    let hold = ctypes
        .attr(c"c_char")?
        .call_method(c"from_buffer", &[view])?;
    let address = ctypes.call_method(c"addressof", &[hold.as_borrowed()])?;
    let start = std::ptr::with_exposed_provenance::<Cell<E>>(address.extract()?);
    if !start.is_aligned() || start.is_null() {
        return Ok(None);
    }
    Ok(Some(Content::Shared {
        start,
        len: bytes / size_of::<E>(),
        _hold: hold,
    }))
}

fn copy<'a, E: Element>(view: Borrowed<'_>) -> PyResult<Content<'a, E>> {
    let ctx = view.ctx();
    if ctx.is_pypy() && !view.attr(c"c_contiguous")?.truth()? {
        // Its `tobytes` takes several dimensions for a block.
        let mut cells = Vec::new();
        let dimensions: usize = view.attr(c"ndim")?.extract()?;
        flatten(
            view.call_method(c"tolist", &[])?.as_borrowed(),
            dimensions,
            &mut cells,
        )?;
        return Ok(Content::Copied(cells));
    }
    let Bytes(bytes) = view.call_method(c"tobytes", &[])?.extract()?;
    let cells = bytes.chunks_exact(size_of::<E>());
    let cells = cells.map(|bytes| Cell::new(E::from_bytes(bytes)));
    Ok(Content::Copied(cells.collect()))
}

/// Reads the numbers of lists within lists.
fn flatten<E: Element>(
    items: Borrowed<'_>,
    dimensions: usize,
    cells: &mut Vec<Cell<E>>,
) -> PyResult<()> {
    for item in items.iter()? {
        match dimensions {
            0 | 1 => cells.push(Cell::new(item?.extract()?)),
            more => flatten(item?.as_borrowed(), more - 1, cells)?,
        }
    }
    Ok(())
}

impl<E> Drop for PyBuffer<'_, E> {
    fn drop(&mut self) {
        if matches!(self.content, Content::Shared { .. }) {
            return; // CPython lets go of both with their handles
        }
        // On PyPy it would hold the buffer until the collector runs.
        if let Err(error) = self.view.call_method(c"release", &[]) {
            error.forget(self.view.ctx());
        }
    }
}

impl<'a, E: Element> FromArg<'a> for PyBuffer<'a, E> {
    fn from_arg(value: Borrowed<'a>) -> PyResult<Self> {
        PyBuffer::of(value)
    }
}

impl<'a, E: Element> FromArg<'a> for Option<PyBuffer<'a, E>> {
    fn from_arg(value: Borrowed<'a>) -> PyResult<Self> {
        (!value.is_none()).then(|| PyBuffer::of(value)).transpose()
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}
