//! What all objects have: attributes, types, calls.

use std::ffi::CStr;

use hpy_shim::{self as shim, HPy};

use crate::api::Ctx;
use crate::error::{PyErr, PyResult};
use crate::handle::{Arg, Handle};
use crate::operators::Compare;

impl<'c> Ctx<'c> {
    pub(crate) fn get_attr(self, h: Arg<'_>, name: &CStr) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetAttr_s, h.raw(), name.as_ptr()))
    }

    pub(crate) fn set_attr(self, h: Arg<'_>, name: &CStr, value: Arg<'_>) -> PyResult<()> {
        self.check(call!(
            self,
            ctx_SetAttr_s,
            h.raw(),
            name.as_ptr(),
            value.raw()
        ))
        .map(drop)
    }

    pub(crate) fn call(self, callable: Arg<'_>, args: &[Arg<'_>]) -> PyResult<Handle<'c>> {
        let args = self.pack(args)?;
        let keywords = HPy { _i: 0 };
        let (callable, args) = (callable.raw(), args.as_arg().raw());
        self.own(call!(self, ctx_CallTupleDict, callable, args, keywords))
    }

    pub(crate) fn type_of(self, h: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Type, h.raw()))
    }

    pub(crate) fn has_type(self, h: Arg<'_>, class: Arg<'_>) -> bool {
        call!(self, ctx_TypeCheck, h.raw(), class.raw()) != 0
    }

    /// Imports a module, as `import name` does, and returns the innermost one.
    pub fn import(self, name: &CStr) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Import_ImportModule, name.as_ptr()))
    }

    pub(crate) fn as_struct(self, h: HPy) -> *mut std::ffi::c_void {
        call!(self, ctx_AsStruct_Object, h)
    }

    /// A new instance of a native type and its zeroed struct.
    pub(crate) fn new_instance(
        self,
        class: Arg<'_>,
    ) -> PyResult<(Handle<'c>, *mut std::ffi::c_void)> {
        let mut data = std::ptr::null_mut();
        let object = self.own(call!(self, ctx_New, class.raw(), &mut data))?;
        Ok((object, data))
    }

    pub(crate) fn type_from_spec(self, spec: &mut shim::HPyType_Spec) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Type_FromSpec, spec, std::ptr::null_mut()))
    }

    pub(crate) fn has_attr(self, h: Arg<'_>, name: &CStr) -> bool {
        call!(self, ctx_HasAttr_s, h.raw(), name.as_ptr()) != 0
    }

    pub(crate) fn delete_attr(self, h: Arg<'_>, name: &CStr) -> PyResult<()> {
        let no_value = HPy { _i: 0 };
        self.check(call!(self, ctx_SetAttr_s, h.raw(), name.as_ptr(), no_value))
            .map(drop)
    }

    pub(crate) fn get_attr_of(self, h: Arg<'_>, name: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetAttr, h.raw(), name.raw()))
    }

    pub(crate) fn is_callable(self, h: Arg<'_>) -> bool {
        call!(self, ctx_Callable_Check, h.raw()) != 0
    }

    /// Calls with a tuple and a dict of arguments.
    pub(crate) fn call_with(
        self,
        callable: Arg<'_>,
        args: Arg<'_>,
        keywords: Arg<'_>,
    ) -> PyResult<Handle<'c>> {
        let (callable, args) = (callable.raw(), args.raw());
        self.own(call!(
            self,
            ctx_CallTupleDict,
            callable,
            args,
            keywords.raw()
        ))
    }

    pub(crate) fn compare(self, a: Arg<'_>, b: Arg<'_>, op: Compare) -> PyResult<bool> {
        let op = match op {
            Compare::Lt => shim::HPy_LT,
            Compare::Le => shim::HPy_LE,
            Compare::Eq => shim::HPy_EQ,
            Compare::Ne => shim::HPy_NE,
            Compare::Gt => shim::HPy_GT,
            Compare::Ge => shim::HPy_GE,
        };
        self.check(call!(
            self,
            ctx_RichCompareBool,
            a.raw(),
            b.raw(),
            op as i32
        ))
        .map(|answer| answer == 1)
    }

    pub(crate) fn hash(self, h: Arg<'_>) -> PyResult<isize> {
        match call!(self, ctx_Hash, h.raw()) {
            -1 => Err(PyErr::pending(self)),
            hash => Ok(hash),
        }
    }

    /// `str(object)`.
    pub(crate) fn to_str(self, h: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Str, h.raw()))
    }

    pub(crate) fn repr(self, h: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Repr, h.raw()))
    }

    /// `ascii(object)`.
    pub(crate) fn ascii(self, h: Arg<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_ASCII, h.raw()))
    }

    /// Whether the class `a` is `b` or derives from it; both must be classes.
    pub(crate) fn is_subclass(self, a: Arg<'_>, b: Arg<'_>) -> bool {
        call_behind!(self, ctx_Type_IsSubtype, a.raw(), b.raw()) == 1
    }
}
