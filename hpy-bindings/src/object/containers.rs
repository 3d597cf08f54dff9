// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sequences and mappings.

use crate::convert::{IntoPy, expected};
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};

methods! {
    /// Returns `len(this)`.
    |ctx, this| len() -> PyResult<usize> {
        ctx.length(this)
    }

    /// Returns `true` if `len(this)` is 0.
    |ctx, this| is_empty() -> PyResult<bool> {
        Ok(ctx.length(this)? == 0)
    }

    /// Returns `this[key]`.
    |ctx, this| get(key: impl IntoPy) -> PyResult<Handle<'c>> {
        ctx.get_item(this, key.into_py(ctx)?.as_borrowed())
    }

    /// Sets `this[key] = value`.
    |ctx, this| set(key: impl IntoPy, value: impl IntoPy) -> PyResult<()> {
        let (key, value) = (key.into_py(ctx)?, value.into_py(ctx)?);
        ctx.set_item(this, key.as_borrowed(), value.as_borrowed())
    }

    /// Deletes `this[key]`.
    |ctx, this| delete(key: impl IntoPy) -> PyResult<()> {
        ctx.delete_item(this, key.into_py(ctx)?.as_borrowed())
    }

    /// Returns `item in this`.
    |ctx, this| contains(item: impl IntoPy) -> PyResult<bool> {
        ctx.contains(this, item.into_py(ctx)?.as_borrowed())
    }

    /// Returns `this[index]`, without making an int where the object is a sequence.
    |ctx, this| item(index: usize) -> PyResult<Handle<'c>> {
        ctx.item(this, index)
    }

    /// Sets `this[index] = value`.
    |ctx, this| set_item(index: usize, value: impl IntoPy) -> PyResult<()> {
        ctx.set_index(this, index, value.into_py(ctx)?.as_borrowed())
    }

    /// Deletes `this[index]`.
    |ctx, this| delete_item(index: usize) -> PyResult<()> {
        ctx.delete_index(this, index)
    }

    /// Appends to a list; TypeError for any other object.
    |ctx, this| append(item: impl IntoPy) -> PyResult<()> {
        if !ctx.is_list(this) {
            return Err(expected("list", this));
        }
        ctx.append(this, item.into_py(ctx)?.as_borrowed())
    }

    /// Returns `true` for a `list` or a `tuple` (or of a subclass).
    |ctx, this| is_sequence() -> bool {
        ctx.is_list(this) || ctx.is_tuple(this)
    }

    /// Returns `true` for a `dict` (or of a subclass).
    |ctx, this| is_dict() -> bool {
        ctx.is_dict(this)
    }

    /// Returns the keys of a dict as a list; TypeError for any other object.
    |ctx, this| dict_keys() -> PyResult<Handle<'c>> {
        if !ctx.is_dict(this) {
            return Err(expected("dict", this));
        }
        ctx.dict_keys(this)
    }

    /// Copies a dict; TypeError for any other object.
    |ctx, this| dict_copy() -> PyResult<Handle<'c>> {
        if !ctx.is_dict(this) {
            return Err(expected("dict", this));
        }
        ctx.dict_copy(this)
    }

    /// Returns start, stop and step of a slice of a sequence of this length, as `slice.indices`
    /// gives them; TypeError for any other object.
    |ctx, this| slice_indices(length: usize) -> PyResult<(isize, isize, isize)> {
        if !ctx.has_type(this, ctx.constant(|c| c.h_SliceType)) {
            return Err(expected("slice", this));
        }
        let length = length.into_py(ctx)?;
        this.call_method(c"indices", &[length.as_borrowed()])?.extract()
    }
}
