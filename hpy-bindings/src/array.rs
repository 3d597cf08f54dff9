// SPDX-License-Identifier: MIT OR Apache-2.0

//! Slices with a shape, for buffers with several dimensions.

use std::ptr;

use crate::buffer::Element;
use crate::error::{Exception, PyErr, PyResult};

/// A slice whose items Python sees with a shape: the result of a method that exports a buffer.
///
/// [`ArrayMut`] likewise lets Python change the items. While a view of that lives, the value
/// counts as being changed, and other methods cannot be called.
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{Array, ArrayMut, PyResult, pyclass, pymethods};
///
/// /// Pixels in rows, which cannot be changed.
/// #[pyclass]
/// struct Picture(Vec<u8>);
///
/// #[pymethods]
/// impl Picture {
///     #[new]
///     fn new(pixels: Vec<u8>) -> Self {
///         Picture(pixels)
///     }
///
///     #[buffer]
///     fn pixels(&self) -> PyResult<Array<'_, u8, 2>> {
///         Array::new(&self.0, [self.0.len() / 3, 3])
///     }
/// }
///
/// /// Nine numbers that Python may change.
/// #[pyclass(get_all)]
/// struct Matrix([[f64; 3]; 3]);
///
/// #[pymethods]
/// impl Matrix {
///     #[new]
///     fn new() -> Self {
///         Matrix([[0.0; 3]; 3])
///     }
///
///     #[buffer]
///     fn cells(&mut self) -> PyResult<ArrayMut<'_, f64, 2>> {
///         ArrayMut::new(self.0.as_flattened_mut(), [3, 3])
///     }
///
///     fn trace(&self) -> f64 {
///         (0..3).map(|n| self.0[n][n]).sum()
///     }
/// }
/// # }
///
/// // >>> memoryview(example.Picture([1, 2, 3, 4, 5, 6])).tolist()
/// // [[1, 2, 3], [4, 5, 6]]
/// // >>> matrix = example.Matrix()
/// // >>> view = memoryview(matrix)
/// // >>> view[1, 1] = 2.5
/// // >>> view.release(); del view
/// // >>> import gc; _ = gc.collect(), gc.collect(), gc.collect()
/// // >>> matrix.trace()
/// // 2.5
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Array<'a, E, const N: usize> {
    items: &'a [E],
    form: Form<N>,
}

/// A slice whose items Python sees with a shape, and may change; see [`Array`].
#[derive(Debug)]
pub struct ArrayMut<'a, E, const N: usize> {
    items: &'a mut [E],
    form: Form<N>,
}

/// The place of the first item, and how the others lie around it, counted in items.
#[derive(Debug, Clone, Copy)]
struct Form<const N: usize> {
    first: usize,
    shape: [usize; N],
    strides: [isize; N],
}

impl<'a, E: Element, const N: usize> Array<'a, E, N> {
    /// Gives a slice a shape, in C's order: the last index runs first. ValueError where it has
    /// another number of items.
    pub fn new(items: &'a [E], shape: [usize; N]) -> PyResult<Self> {
        let form = Form::c_order(items.len(), shape)?;
        Ok(Array { items, form })
    }

    /// Gives a slice a shape in any order: from the item `first` on, the next ones in each direction
    /// are so many items away. ValueError where one would lie outside.
    ///
    /// PyPy 8 makes no views of what is not in C's order: there they are a ValueError.
    pub fn strided(
        items: &'a [E],
        first: usize,
        shape: [usize; N],
        strides: [isize; N],
    ) -> PyResult<Self> {
        let form = Form::strided(items.len(), first, shape, strides)?;
        Ok(Array { items, form })
    }
}

impl<'a, E: Element, const N: usize> ArrayMut<'a, E, N> {
    /// Gives a slice a shape, as [`Array::new`] does.
    pub fn new(items: &'a mut [E], shape: [usize; N]) -> PyResult<Self> {
        let form = Form::c_order(items.len(), shape)?;
        Ok(ArrayMut { items, form })
    }

    /// Gives a slice a shape in any order, as [`Array::strided`] does.
    pub fn strided(
        items: &'a mut [E],
        first: usize,
        shape: [usize; N],
        strides: [isize; N],
    ) -> PyResult<Self> {
        let form = Form::strided(items.len(), first, shape, strides)?;
        Ok(ArrayMut { items, form })
    }
}

#[cold]
fn wrong() -> PyErr {
    PyErr::new(Exception::Value, "the items do not have this shape")
}

impl<const N: usize> Form<N> {
    fn c_order(len: usize, shape: [usize; N]) -> PyResult<Self> {
        let mut strides = [0; N];
        let mut items = 1_usize;
        for (stride, extent) in strides.iter_mut().zip(shape).rev() {
            *stride = isize::try_from(items).map_err(|_| wrong())?;
            items = items.checked_mul(extent).ok_or_else(wrong)?;
        }
        if items != len {
            return Err(wrong());
        }
        Form::strided(len, 0, shape, strides)
    }

    fn strided(len: usize, first: usize, shape: [usize; N], strides: [isize; N]) -> PyResult<Self> {
        // In wide numbers, which 64 products cannot overflow.
        let (mut lowest, mut highest) = (first as i128, first as i128);
        for (extent, stride) in shape.into_iter().zip(strides) {
            isize::try_from(extent).map_err(|_| wrong())?;
            let span = (extent as i128 - 1) * stride as i128;
            lowest += span.min(0);
            highest += span.max(0);
        }
        let count = shape
            .iter()
            .try_fold(1_usize, |count, extent| count.checked_mul(*extent));
        // The bytes of the items are counted in an isize.
        let count = count
            .filter(|count| *count <= isize::MAX as usize / 16)
            .ok_or_else(wrong)?;
        let inside = lowest >= 0 && highest < len as i128;
        if !(inside || count == 0 && first <= len) {
            return Err(wrong());
        }
        Ok(Form {
            first,
            shape,
            strides,
        })
    }

    fn layout<E>(self, items: *mut E) -> Layout<N> {
        Layout {
            start: items.wrapping_add(self.first).cast(),
            shape: self.shape.map(|extent| extent as isize),
            strides: self
                .strides
                .map(|stride| stride.wrapping_mul(size_of::<E>() as isize)),
        }
    }
}

/// The place of the items as the buffer protocol tells it, in bytes. An object's struct has
/// room for one.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout<const N: usize> {
    pub(crate) start: *mut u8,
    pub(crate) shape: [isize; N],
    pub(crate) strides: [isize; N],
}

impl<const N: usize> Layout<N> {
    /// The number of words in an object's struct.
    pub(crate) const WORDS: usize = size_of::<Self>() / size_of::<usize>();

    pub(crate) fn of<E>(array: &Array<'_, E, N>) -> Self {
        array
            .form
            .layout(ptr::from_ref(array.items).cast::<E>().cast_mut())
    }

    pub(crate) fn of_mut<E>(array: ArrayMut<'_, E, N>) -> Self {
        array.form.layout(ptr::from_mut(array.items).cast::<E>())
    }

    /// Returns the number of items.
    pub(crate) fn count(&self) -> isize {
        self.shape.iter().product()
    }

    pub(crate) fn is_c_order(&self, itemsize: isize) -> bool {
        self.is_dense(itemsize, (0..N).rev())
    }

    pub(crate) fn is_fortran_order(&self, itemsize: isize) -> bool {
        self.is_dense(itemsize, 0..N)
    }

    /// Tells whether the items lie one behind the other, with this order of the dimensions.
    fn is_dense(&self, itemsize: isize, dimensions: impl Iterator<Item = usize>) -> bool {
        if self.shape.contains(&0) {
            return true;
        }
        let mut distance = itemsize;
        for dimension in dimensions {
            if self.shape[dimension] != 1 && self.strides[dimension] != distance {
                return false;
            }
            distance *= self.shape[dimension];
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_fit_their_items() {
        let items = [0_u16; 6];
        let array = Array::new(&items, [2, 3]).unwrap();
        let layout = Layout::of(&array);
        assert_eq!((layout.shape, layout.strides), ([2, 3], [6, 2]));
        assert!(layout.is_c_order(2) && !layout.is_fortran_order(2));
        for wrong in [[2, 2], [3, 3], [usize::MAX, 2], [0, 6]] {
            assert!(Array::new(&items, wrong).is_err(), "{wrong:?}");
        }
        assert!(Array::new(&[0_u8; 0], [0, 5]).is_ok());
    }

    #[test]
    fn no_item_lies_outside() {
        let items = [0_u8; 6];
        let fits = |first, shape, strides| Array::strided(&items, first, shape, strides).is_ok();
        assert!(fits(0, [3, 2], [1, 3]));
        assert!(fits(5, [2, 3], [-3, -1]));
        assert!(fits(0, [1000, 1], [0, 77]));
        assert!(fits(6, [0, 9], [1, 1]));
        assert!(!fits(0, [3, 2], [2, 3]));
        assert!(!fits(4, [2, 3], [-3, -1]));
        assert!(!fits(6, [1, 1], [0, 0]));
        assert!(!fits(7, [0, 1], [1, 1]));
        assert!(!fits(0, [2, 2], [isize::MAX, 1]) && !fits(0, [2, 2], [isize::MIN, 1]));
        assert!(!fits(0, [usize::MAX, 1], [0, 0]));
        let fortran = Layout::of(&Array::strided(&items, 0, [2, 3], [1, 2]).unwrap());
        assert!(fortran.is_fortran_order(1) && !fortran.is_c_order(1));
    }
}
