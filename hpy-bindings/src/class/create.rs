// SPDX-License-Identifier: MIT OR Apache-2.0

//! Making the class objects.

use std::ffi::{CStr, CString};

use hpy_shim as shim;

use super::parts::take_away;
use super::{Class, ClassDef};
use crate::api::Ctx;
use crate::error::{Exception, PyResult};
use crate::handle::{Borrowed, Handle};
use crate::instance;
use crate::trampoline::constructor::{NoConstructor, NotReduced};
use crate::trampoline::cpython as t;
use crate::trampoline::table;

/// The name of a finalizer until the type is made.
pub(crate) const FINALIZER: &CStr = c"finalizer()";

/// Sets the attributes of a class that is made and stored: they may be its objects.
pub(crate) fn set_attributes<T: Class>(class: Borrowed<'_>) -> PyResult<()> {
    let ctx = class.ctx();
    let mut def = ClassDef::<T>::default();
    T::define(&mut def);
    for (name, value) in def.attributes {
        ctx.set_attr(class, name, value(ctx)?.as_borrowed())?;
    }
    Ok(())
}

/// Returns the docstring as the host wants it: CPython's has the signature at its top, PyPy has no
/// place for it. It lives as long as the process, as the class does.
fn doc<T: Class>(ctx: Ctx<'_>, text_signature: Option<&str>) -> &'static CStr {
    let Some(parameters) = text_signature.filter(|_| !ctx.is_pypy()) else {
        return T::DOC;
    };
    let mut text = short_name::<T>().into_bytes();
    text.extend_from_slice(parameters.as_bytes());
    text.extend_from_slice(b"\n--\n\n");
    text.extend_from_slice(T::DOC.to_bytes());
    let text = CString::new(text).expect("made of C strings and names");
    Box::leak(text.into_boxed_c_str())
}

/// Returns the name of a class without its module.
pub(super) fn short_name<T: Class>() -> String {
    let full = T::NAME.to_string_lossy();
    full.rsplit('.').next().unwrap_or_default().to_owned()
}

/// Makes the class object.
pub(crate) fn create<T: Class>(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
    let mut class = ClassDef::<T>::default();
    T::define(&mut class);
    if !class.constructed {
        let function = <NoConstructor<T> as t::NewFunc>::call as *const ();
        let trampoline = t::new_func::<NoConstructor<T>> as *const ();
        class.add(table::slot(shim::HPy_tp_new, function, trampoline));
    }
    if !class.reduced {
        // Else PyPy would make another object by the constructor.
        let function = <NotReduced<T> as t::NoArgs>::call as *const ();
        let trampoline = t::no_args::<NotReduced<T>> as *const ();
        let (name, signature) = (super::PICKLING[0], shim::HPyFunc_NOARGS);
        class.add(table::method(name, c"", signature, function, trampoline));
    }
    // PyPy's own host aborts where an object of a derived class has one.
    if !(T::SUBCLASS && ctx.is_pypys_own_host()) {
        class.add(table::slot(
            shim::HPy_tp_destroy,
            instance::destroy as *const (),
            t::never_called as *const (),
        ));
    }
    let mut flags = shim::HPy_TPFLAGS_DEFAULT;
    if ctx.may_be_derived_from::<T>() {
        flags |= shim::HPy_TPFLAGS_BASETYPE;
    }
    // The last field of what may be derived from is for PyPy's own host alone.
    let own_fields = T::FIELDS > 0 || T::OBJECTS;
    if own_fields || T::SUBCLASS && ctx.is_pypys_own_host() {
        flags |= shim::HPy_TPFLAGS_HAVE_GC;
        let traverse = instance::traverse::<T> as *const ();
        let trampoline = t::traverse::<T> as *const ();
        class.add(table::slot(shim::HPy_tp_traverse, traverse, trampoline));
    }

    let mut defs = class.sequence;
    defs.append(&mut class.defs);
    let mut spec = shim::HPyType_Spec {
        name: T::NAME.as_ptr(),
        basicsize: instance::size::<T>(class.view_words),
        itemsize: 0,
        flags: flags.into(),
        builtin_shape: shim::HPyType_BuiltinShape_Object,
        legacy_slots: std::ptr::null_mut(),
        defines: table::leak(defs),
        doc: doc::<T>(ctx, class.text_signature).as_ptr(),
    };
    let object = ctx.type_from_spec(&mut spec)?;
    for name in class.special {
        let method = object.attr(name)?;
        ctx.set_attr(object.as_borrowed(), name, method.as_borrowed())?;
    }
    for property in class.properties {
        property.make(ctx, object.as_borrowed())?;
    }
    // What compares is not hashable by itself; not all hosts say so.
    if !class.hashable || class.compared && !class.hashed {
        ctx.set_attr(object.as_borrowed(), c"__hash__", ctx.none().as_borrowed())?;
    }
    // Where the host calls a slot, the constructor of a derived class looks for the method.
    if class.finalized && !(T::SUBCLASS && ctx.is_pypys_own_host()) {
        install_finalizer(object.as_borrowed())?;
    }
    Ok(object)
}

/// Puts the finalizer's method in the place of its slot, where Python sees that: CPython
/// calls a slot while an exception is pending, and the ABI cannot put that aside.
fn install_finalizer(class: Borrowed<'_>) -> PyResult<()> {
    let method = take_away(class, FINALIZER)?;
    match class.attr(c"__del__") {
        Ok(_) => class
            .ctx()
            .set_attr(class, c"__del__", method.as_borrowed()),
        Err(error) if error.is(class.ctx(), Exception::Attribute) => {
            error.forget(class.ctx());
            Ok(())
        }
        Err(error) => Err(error),
    }
}
