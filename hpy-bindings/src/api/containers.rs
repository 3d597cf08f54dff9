//! Lists, tuples, dicts and subscripts.

use hpy_shim::HPy;

use crate::api::Ctx;
use crate::convert::IntoPy;
use crate::error::{PyErr, PyResult};
use crate::handle::{Arg, Handle};

impl<'c> Ctx<'c> {
    pub(crate) fn is_list(self, h: Arg<'_>) -> bool {
        call!(self, ctx_List_Check, h.raw()) != 0
    }

    pub(crate) fn is_tuple(self, h: Arg<'_>) -> bool {
        call!(self, ctx_Tuple_Check, h.raw()) != 0
    }

    pub(crate) fn length(self, h: Arg<'_>) -> PyResult<usize> {
        let len = call!(self, ctx_Length, h.raw());
        usize::try_from(len).map_err(|_| PyErr::pending(self))
    }

    pub(crate) fn item(self, h: Arg<'_>, index: usize) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetItem_i, h.raw(), index as isize))
    }

    /// A tuple of these objects.
    pub fn pack(self, items: &[Arg<'_>]) -> PyResult<Handle<'c>> {
        let mut raw: Vec<HPy> = items.iter().map(|item| item.raw()).collect();
        self.own(call!(
            self,
            ctx_Tuple_FromArray,
            raw.as_mut_ptr(),
            raw.len() as isize
        ))
    }

    /// An empty dict.
    pub fn dict(self) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Dict_New))
    }

    pub(crate) fn is_dict(self, h: Arg<'_>) -> bool {
        call!(self, ctx_Dict_Check, h.raw()) != 0
    }

    /// The keys of a dict, as a list.
    pub(crate) fn dict_keys(self, h: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call_behind!(self, ctx_Dict_Keys, h.raw()))
    }

    pub(crate) fn dict_copy(self, h: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call_behind!(self, ctx_Dict_Copy, h.raw()))
    }

    pub(crate) fn get_item(self, h: Arg<'_>, key: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetItem, h.raw(), key.raw()))
    }

    pub(crate) fn set_item(self, h: Arg<'_>, key: Arg<'_>, value: Arg<'_>) -> PyResult<()> {
        let (key, value) = (key.raw(), value.raw());
        self.check(call!(self, ctx_SetItem, h.raw(), key, value))
            .map(drop)
    }

    pub(crate) fn delete_item(self, h: Arg<'_>, key: Arg<'_>) -> PyResult<()> {
        self.check(call!(self, ctx_DelItem, h.raw(), key.raw()))
            .map(drop)
    }

    pub(crate) fn set_index(self, h: Arg<'_>, index: usize, value: Arg<'_>) -> PyResult<()> {
        let index = index as isize;
        self.check(call!(self, ctx_SetItem_i, h.raw(), index, value.raw()))
            .map(drop)
    }

    pub(crate) fn delete_index(self, h: Arg<'_>, index: usize) -> PyResult<()> {
        self.check(call!(self, ctx_DelItem_i, h.raw(), index as isize))
            .map(drop)
    }

    pub(crate) fn contains(self, h: Arg<'_>, item: Arg<'_>) -> PyResult<bool> {
        self.check(call!(self, ctx_Contains, h.raw(), item.raw()))
            .map(|found| found == 1)
    }

    pub(crate) fn append(self, list: Arg<'_>, item: Arg<'_>) -> PyResult<()> {
        self.check(call!(self, ctx_List_Append, list.raw(), item.raw()))
            .map(drop)
    }

    /// A list of these items.
    pub fn list<T: IntoPy>(self, items: impl IntoIterator<Item = T>) -> PyResult<Handle<'c>> {
        // No builder: what one makes is never freed by PyPy 7.3.
        let list = self.own(call!(self, ctx_List_New, 0))?;
        for item in items {
            self.append(list.as_arg(), item.into_py(self)?.as_arg())?;
        }
        Ok(list)
    }

    /// A tuple of these items; see also [`Ctx::pack`].
    pub fn tuple<T: IntoPy>(self, items: impl IntoIterator<Item = T>) -> PyResult<Handle<'c>> {
        let items: PyResult<Vec<_>> = items.into_iter().map(|i| i.into_py(self)).collect();
        let items = items?;
        let items: Vec<_> = items.iter().map(Handle::as_arg).collect();
        self.pack(&items)
    }

    /// A set of these items.
    pub fn set<T: IntoPy>(self, items: impl IntoIterator<Item = T>) -> PyResult<Handle<'c>> {
        let list = self.list(items)?;
        self.builtin(c"set")?.call(&[list.as_arg()])
    }

    /// `slice(start, stop, step)`; `None` for what is left out.
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
            .call(&parts.each_ref().map(Handle::as_arg))
    }
}
