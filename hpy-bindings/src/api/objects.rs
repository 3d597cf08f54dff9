// SPDX-License-Identifier: MIT OR Apache-2.0

//! The operations that all objects have: attributes, types, calls.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};

use hpy_shim::{self as shim, HPy};

use crate::api::Ctx;
use crate::error::{PyErr, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::operators::Compare;

/// `true` if the host is one of PyPy's.
static IS_PYPY: AtomicBool = AtomicBool::new(false);

/// `true` if the host is PyPI's package hpy: it takes the struct of an object of a derived class for
/// the object itself, and writes over it.
static IS_HPYS: AtomicBool = AtomicBool::new(false);
/// How the names of its contexts begin.
const HPYS_NAMES: [&[u8]; 3] = [
    b"HPy Universal ABI (CPython",
    b"HPy Debug Mode",
    b"HPy Trace Mode",
];

impl<'c> Ctx<'c> {
    pub(crate) fn get_attr(self, h: Borrowed<'_>, name: &CStr) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetAttr_s, h.raw(), name.as_ptr()))
    }

    pub(crate) fn set_attr(
        self,
        h: Borrowed<'_>,
        name: &CStr,
        value: Borrowed<'_>,
    ) -> PyResult<()> {
        self.check(call!(
            self,
            ctx_SetAttr_s,
            h.raw(),
            name.as_ptr(),
            value.raw()
        ))
        .map(drop)
    }

    pub(crate) fn call(
        self,
        callable: Borrowed<'_>,
        args: &[Borrowed<'_>],
    ) -> PyResult<Handle<'c>> {
        let args = self.pack(args)?;
        let keywords = HPy { _i: 0 };
        let (callable, args) = (callable.raw(), args.as_borrowed().raw());
        self.own(call!(self, ctx_CallTupleDict, callable, args, keywords))
    }

    pub(crate) fn type_of(self, h: Borrowed<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Type, h.raw()))
    }

    /// Tells whether the object is an instance of `class`, which must be a class: hosts do not
    /// check that.
    pub(crate) fn has_type(self, h: Borrowed<'_>, class: Borrowed<'_>) -> bool {
        call!(self, ctx_TypeCheck, h.raw(), class.raw()) != 0
    }

    /// Returns the class object of `T`; RuntimeError where the module has no such class, or not
    /// yet.
    pub fn class<T: crate::Class>(self) -> PyResult<Handle<'c>> {
        crate::registry::class::<T>(self)
    }

    /// Imports a module, as `import name` does, and returns the innermost one.
    pub fn import(self, name: &CStr) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Import_ImportModule, name.as_ptr()))
    }

    pub(crate) fn as_struct(self, h: HPy) -> *mut std::ffi::c_void {
        call!(self, ctx_AsStruct_Object, h)
    }

    /// Makes an instance of a native type and its zeroed struct.
    pub(crate) fn new_instance(
        self,
        class: Borrowed<'_>,
    ) -> PyResult<(Handle<'c>, *mut std::ffi::c_void)> {
        let mut data = std::ptr::null_mut();
        let object = self.own(call!(self, ctx_New, class.raw(), &raw mut data))?;
        Ok((object, data))
    }

    pub(crate) fn type_from_spec(self, spec: &mut shim::HPyType_Spec) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Type_FromSpec, spec, std::ptr::null_mut()))
    }

    pub(crate) fn has_attr(self, h: Borrowed<'_>, name: &CStr) -> bool {
        call!(self, ctx_HasAttr_s, h.raw(), name.as_ptr()) != 0
    }

    pub(crate) fn delete_attr(self, h: Borrowed<'_>, name: &CStr) -> PyResult<()> {
        let no_value = HPy { _i: 0 };
        self.check(call!(self, ctx_SetAttr_s, h.raw(), name.as_ptr(), no_value))
            .map(drop)
    }

    pub(crate) fn get_attr_of(self, h: Borrowed<'_>, name: Borrowed<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_GetAttr, h.raw(), name.raw()))
    }

    pub(crate) fn is_callable(self, h: Borrowed<'_>) -> bool {
        call!(self, ctx_Callable_Check, h.raw()) != 0
    }

    /// Calls with a tuple and a dict of arguments.
    pub(crate) fn call_with(
        self,
        callable: Borrowed<'_>,
        args: Borrowed<'_>,
        keywords: Borrowed<'_>,
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

    pub(crate) fn compare(self, a: Borrowed<'_>, b: Borrowed<'_>, op: Compare) -> PyResult<bool> {
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

    pub(crate) fn hash(self, h: Borrowed<'_>) -> PyResult<isize> {
        match call!(self, ctx_Hash, h.raw()) {
            -1 => Err(PyErr::pending(self)),
            hash => Ok(hash),
        }
    }

    /// Returns `str(object)`.
    pub(crate) fn to_str(self, h: Borrowed<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Str, h.raw()))
    }

    pub(crate) fn repr(self, h: Borrowed<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_Repr, h.raw()))
    }

    /// Returns `ascii(object)`.
    pub(crate) fn ascii(self, h: Borrowed<'_>) -> PyResult<Handle<'c>> {
        self.own(call!(self, ctx_ASCII, h.raw()))
    }

    /// Tells whether the host holds the objects of a call as long as that lasts. (Those for
    /// which a handle is the object's pointer do not.)
    pub(crate) fn host_holds_objects(self) -> bool {
        self.is_pypy()
    }

    /// Returns `true` if the host is one of PyPy's.
    pub(crate) fn is_pypy(self) -> bool {
        IS_PYPY.load(Ordering::Relaxed)
    }

    /// Returns `true` if Python classes can derive from the class `T` on this host.
    pub(crate) fn may_be_derived_from<T: crate::Class>(self) -> bool {
        T::SUBCLASS && !IS_HPYS.load(Ordering::Relaxed)
    }

    /// Finds out what kind of host this is, when the module is executed.
    pub(crate) fn find_host(self) -> PyResult<()> {
        let name = self
            .import(c"sys")?
            .attr(c"implementation")?
            .attr(c"name")?;
        let is_pypy = name.equals("pypy")?;
        IS_PYPY.store(is_pypy, Ordering::Relaxed);
        // The package hpy is what has a context of one of these names, on CPython.
        let is_hpys = HPYS_NAMES
            .iter()
            .any(|known| self.host_name().starts_with(known));
        IS_HPYS.store(!is_pypy && is_hpys, Ordering::Relaxed);
        Ok(())
    }

    /// Tells whether the object is a class.
    pub(crate) fn is_class(self, h: Borrowed<'_>) -> bool {
        self.has_type(h, self.constant(|c| c.h_TypeType))
    }

    /// Tells whether the object is a class whose instances can be raised.
    pub(crate) fn is_exception_class(self, h: Borrowed<'_>) -> bool {
        self.is_class(h) && self.is_subclass(h, self.constant(|c| c.h_BaseException))
    }

    /// Tells whether the class `a` is `b` or derives from it; both must be classes.
    pub(crate) fn is_subclass(self, a: Borrowed<'_>, b: Borrowed<'_>) -> bool {
        call_behind!(self, ctx_Type_IsSubtype, a.raw(), b.raw()) == 1
    }
}
