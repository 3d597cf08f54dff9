//! What all objects have: attributes, types, calls.

use std::ffi::CStr;

use hpy_shim::{self as shim, HPy};

use crate::api::Ctx;
use crate::error::PyResult;
use crate::handle::{Arg, Handle};

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
}
