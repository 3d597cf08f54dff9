// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lists, tuples, dicts and subscripts.

use std::ffi::CStr;

use hpy_shim::HPy;
use smallvec::SmallVec;

use crate::api::Ctx;
use crate::builtin;
use crate::convert::IntoPy;
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::operators::Binary;

impl<'c> Ctx<'c> {
    pub(crate) fn is_list(self, h: Borrowed<'_>) -> bool {
        call!(self, ctx_List_Check, h.raw()) != 0
    }

    pub(crate) fn is_tuple(self, h: Borrowed<'_>) -> bool {
        call!(self, ctx_Tuple_Check, h.raw()) != 0
    }

    pub(crate) fn length(self, h: Borrowed<'_>) -> PyResult<usize> {
        let len = call!(self, ctx_Length, h.raw());
        usize::try_from(len).map_err(|_| PyErr::pending(self))
    }

    pub(crate) fn item(self, h: Borrowed<'_>, index: usize) -> PyResult<Handle<'c>> {
        let index = signed(index)?;
        self.own(call!(self, ctx_GetItem_i, h.raw(), index))
    }

    /// Makes a tuple of these objects.
    pub fn pack(self, items: &[Borrowed<'_>]) -> PyResult<Handle<'c>> {
        let mut raw: SmallVec<[HPy; 8]> = items.iter().map(|item| item.raw()).collect();
        self.own(call!(
            self,
            ctx_Tuple_FromArray,
            raw.as_mut_ptr(),
            raw.len() as isize
        ))
    }

    /// Makes an empty dict.
    pub fn dict(self) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Dict_New))
    }

    pub(crate) fn is_dict(self, h: Borrowed<'_>) -> bool {
        call!(self, ctx_Dict_Check, h.raw()) != 0
    }

    /// Returns the keys of a dict as a list.
    pub(crate) fn dict_keys(self, h: Borrowed<'_>) -> PyResult<Handle<'c>> {
        self.own(call_behind!(self, ctx_Dict_Keys, h.raw()))
    }

    pub(crate) fn dict_copy(self, h: Borrowed<'_>) -> PyResult<Handle<'c>> {
        self.own(call_behind!(self, ctx_Dict_Copy, h.raw()))
    }

    pub(crate) fn get_item(self, h: Borrowed<'_>, key: Borrowed<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetItem, h.raw(), key.raw()))
    }

    /// Returns the item of a name.
    pub(crate) fn named_item(self, h: Borrowed<'_>, name: &CStr) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetItem_s, h.raw(), name.as_ptr()))
    }

    /// Sets the item of a name.
    pub(crate) fn set_named_item(
        self,
        h: Borrowed<'_>,
        name: &CStr,
        value: Borrowed<'_>,
    ) -> PyResult<()> {
        let (name, value) = (name.as_ptr(), value.raw());
        self.check(call!(self, ctx_SetItem_s, h.raw(), name, value))
            .map(drop)
    }

    pub(crate) fn set_item(
        self,
        h: Borrowed<'_>,
        key: Borrowed<'_>,
        value: Borrowed<'_>,
    ) -> PyResult<()> {
        let (key, value) = (key.raw(), value.raw());
        self.check(call!(self, ctx_SetItem, h.raw(), key, value))
            .map(drop)
    }

    pub(crate) fn delete_item(self, h: Borrowed<'_>, key: Borrowed<'_>) -> PyResult<()> {
        self.check(call!(self, ctx_DelItem, h.raw(), key.raw()))
            .map(drop)
    }

    pub(crate) fn set_index(
        self,
        h: Borrowed<'_>,
        index: usize,
        value: Borrowed<'_>,
    ) -> PyResult<()> {
        let index = signed(index)?;
        self.check(call!(self, ctx_SetItem_i, h.raw(), index, value.raw()))
            .map(drop)
    }

    pub(crate) fn delete_index(self, h: Borrowed<'_>, index: usize) -> PyResult<()> {
        let index = signed(index)?;
        self.check(call!(self, ctx_DelItem_i, h.raw(), index))
            .map(drop)
    }

    pub(crate) fn contains(self, h: Borrowed<'_>, item: Borrowed<'_>) -> PyResult<bool> {
        self.check(call!(self, ctx_Contains, h.raw(), item.raw()))
            .map(|found| found == 1)
    }

    pub(crate) fn append(self, list: Borrowed<'_>, item: Borrowed<'_>) -> PyResult<()> {
        self.check(call!(self, ctx_List_Append, list.raw(), item.raw()))
            .map(drop)
    }

    /// Makes a list of so many `None`.
    pub(crate) fn nones(self, count: usize) -> PyResult<Handle<'c>> {
        let (list, count) = (self.list([()])?, count.into_py(self)?);
        self.binary(Binary::Multiply, list.as_borrowed(), count.as_borrowed())
    }

    /// Makes a list of these items.
    pub fn list<T: IntoPy>(self, items: impl IntoIterator<Item = T>) -> PyResult<Handle<'c>> {
        // No builder: what one makes is never freed by PyPy 7.3.
        let list = self.own(call!(self, ctx_List_New, 0))?;
        for item in items {
            self.append(list.as_borrowed(), item.into_py(self)?.as_borrowed())?;
        }
        Ok(list)
    }

    /// Makes a tuple of these items; see also [`Ctx::pack`].
    pub fn tuple<T: IntoPy>(self, items: impl IntoIterator<Item = T>) -> PyResult<Handle<'c>> {
        let items: PyResult<Vec<_>> = items.into_iter().map(|i| i.into_py(self)).collect();
        let items = items?;
        let items: Vec<_> = items.iter().map(Handle::as_borrowed).collect();
        self.pack(&items)
    }

    /// Makes a set of these items.
    pub fn set<T: IntoPy>(self, items: impl IntoIterator<Item = T>) -> PyResult<Handle<'c>> {
        let list = self.list(items)?;
        builtin::SET.get(self)?.call(&[list.as_borrowed()])
    }

    /// Makes `slice(start, stop, step)`; a part that is left out is `None`.
    pub fn slice(
        self,
        start: Option<isize>,
        stop: Option<isize>,
        step: Option<isize>,
    ) -> PyResult<Handle<'c>> {
        let parts = [
            start.into_py(self)?,
            stop.into_py(self)?,
            step.into_py(self)?,
        ];
        self.builtin(c"slice")?
            .call(&parts.each_ref().map(Handle::as_borrowed))
    }
}

/// Returns an index as C passes it. One that is too large for that would count from the end.
fn signed(index: usize) -> PyResult<isize> {
    isize::try_from(index).map_err(|_| PyErr::new(Exception::Index, "index out of range"))
}
