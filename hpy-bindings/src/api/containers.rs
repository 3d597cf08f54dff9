//! Lists, tuples, dicts and subscripts.

use hpy_shim::HPy;

use crate::api::Ctx;
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

    pub(crate) fn list(
        self,
        len: usize,
        items: impl Iterator<Item = PyResult<Handle<'c>>>,
    ) -> PyResult<Handle<'c>> {
        let builder = call!(self, ctx_ListBuilder_New, len as isize);
        let mut filled = 0;
        for item in items.take(len) {
            match item {
                Ok(item) => call!(
                    self,
                    ctx_ListBuilder_Set,
                    builder,
                    filled,
                    item.as_arg().raw()
                ),
                Err(error) => {
                    call!(self, ctx_ListBuilder_Cancel, builder);
                    return Err(error);
                }
            }
            filled += 1;
        }
        assert_eq!(filled, len as isize, "an iterator is shorter than it said");
        self.own(call!(self, ctx_ListBuilder_Build, builder))
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
}
