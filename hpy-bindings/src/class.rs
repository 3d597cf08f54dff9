//! Python classes around Rust types.

use std::ffi::CStr;
use std::marker::PhantomData;

use hpy_shim::{self as shim, HPyDef};

use crate::api::Ctx;
use crate::body::{self, Body, Constructor, Next, NoConstructor, Plainly, ReturnThis, Step};
use crate::convert::IntoPy;
use crate::error::PyResult;
use crate::function::{Callable, MethodOf, Plain};
use crate::handle::{Arg, Handle};
use crate::instance;
use crate::stored::Global;
use crate::trampoline as t;

/// A Rust type whose values can be Python objects.
///
/// The class is sealed: Python code cannot subclass it. (PyPy lets it set attributes on
/// the objects, and on the class.) `Send + Sync`, because Python drops objects on any
/// thread and several threads may read one while the interpreter is left.
pub trait Class: Send + Sync + Sized + 'static {
    /// The full name, `package.module.Name`.
    const NAME: &'static CStr;
    /// The docstring.
    const DOC: &'static CStr;
    /// How many references to Python objects each object keeps; see [`crate::Field`].
    const FIELDS: usize = 0;

    /// Where the class object is kept: a `static` of the implementor's.
    fn type_global() -> &'static Global;

    /// Declares constructor, methods and properties.
    fn define(class: &mut ClassDef<Self>);
}

/// Collects what a class has. Docstrings may begin with a text signature,
/// `name($self, arg, /)\n--\n\n`.
pub struct ClassDef<T> {
    defs: Vec<HPyDef>,
    /// Methods that Python's syntax calls. The ABI has no slots for most of them; setting
    /// the attribute again makes CPython fill its own.
    special: Vec<&'static CStr>,
    /// Methods that become Python's own `property`: calling `__get__` of the ABI's
    /// descriptors aborts PyPy.
    properties: Vec<&'static CStr>,
    constructed: bool,
    hashable: bool,
    _class: PhantomData<T>,
}

/// Methods that fill one slot: its name, its signature's trait and trampoline, and what
/// the function has to return.
macro_rules! slots {
    ($($(#[$doc:meta])* $name:ident: $slot:ident, $trait:ident $trampoline:ident, $output:path;)*) => {$(
        $(#[$doc])*
        pub fn $name<M: MethodOf<T>, F: Callable<M>>(&mut self, _: F) -> &mut Self
        where
            F::Output: $output,
        {
            let function = <Body<F, M> as t::$trait>::call as *const ();
            let trampoline = t::$trampoline::<Body<F, M>> as *const ();
            self.add(body::slot(shim::$slot, function, trampoline))
        }
    )*};
}

impl<T: Class> ClassDef<T> {
    /// The constructor: a function that returns a `T` or a result of one. Without it,
    /// only native code makes objects. Arguments are positional.
    pub fn constructor<M: Plain, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: Plainly<T>,
    {
        self.constructed = true;
        let function = <Constructor<T, F, M> as t::NewFunc>::call as *const ();
        let trampoline = t::new_func::<Constructor<T, F, M>> as *const ();
        self.add(body::slot(shim::HPy_tp_new, function, trampoline))
    }

    /// A method with positional arguments. Special methods (`__or__`, `__eq__`,
    /// `__iter__` …) are declared the same way.
    pub fn method<M: MethodOf<T>, F: Callable<M>>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        function: F,
    ) -> &mut Self
    where
        F::Output: IntoPy,
    {
        self.note_special(name);
        self.add(body::callable(name, doc, function))
    }

    /// A method whose arguments may be given by name; `names` returns the names, one for
    /// each parameter.
    pub fn method_named<M, F, N, const COUNT: usize>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        names: N,
        function: F,
    ) -> &mut Self
    where
        M: MethodOf<T>,
        F: Callable<M>,
        F::Output: IntoPy,
        N: Fn() -> [&'static str; COUNT] + Copy + 'static,
    {
        self.add(body::named(name, doc, names, function))
    }

    /// A method that takes its arguments as they come: the object, then the rest.
    pub fn method_raw(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        function: impl for<'c> Fn(Arg<'c>, &[Arg<'c>]) -> PyResult<Handle<'c>> + Copy + 'static,
    ) -> &mut Self {
        self.note_special(name);
        self.add(body::raw(name, doc, function))
    }

    /// A read-only property.
    pub fn getter<M: MethodOf<T>, F: Callable<M>>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        function: F,
    ) -> &mut Self
    where
        F::Output: IntoPy,
    {
        const { assert!(F::ARITY == 0, "a property takes no arguments") };
        self.properties.push(name);
        self.add(body::callable(name, doc, function))
    }

    /// Makes the class an iterator whose steps `function` takes.
    pub fn iterator<M: MethodOf<T>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: Step,
    {
        let next = <Next<F, M> as t::NoArgs>::call as *const ();
        let next_trampoline = t::no_args::<Next<F, M>> as *const ();
        let iter = <ReturnThis as t::NoArgs>::call as *const ();
        let iter_trampoline = t::no_args::<ReturnThis> as *const ();
        for (name, function, trampoline) in [
            (c"__next__", next, next_trampoline),
            (c"__iter__", iter, iter_trampoline),
        ] {
            self.special.push(name);
            let doc = c"";
            self.add(body::method(
                name,
                doc,
                shim::HPyFunc_NOARGS,
                function,
                trampoline,
            ));
        }
        self
    }

    slots! {
        /// `item in object`.
        contains: HPy_sq_contains, Contains contains, Plainly<bool>;
        /// `bool(object)`.
        truth: HPy_nb_bool, Inquiry inquiry, Plainly<bool>;
        /// `len(object)`.
        length: HPy_sq_length, LenFunc len_func, Plainly<usize>;
        /// `repr(object)`.
        repr: HPy_tp_repr, ReprFunc repr_func, IntoPy;
    }

    /// Makes `hash(object)` a TypeError, as classes do that can change and compare.
    pub fn unhashable(&mut self) -> &mut Self {
        self.hashable = false;
        self
    }

    fn add(&mut self, def: HPyDef) -> &mut Self {
        self.defs.push(def);
        self
    }

    fn note_special(&mut self, name: &'static CStr) {
        let bytes = name.to_bytes();
        if bytes.starts_with(b"__") && bytes.ends_with(b"__") {
            self.special.push(name);
        }
    }
}

/// Makes the class object and keeps it in the class's global.
pub(crate) fn create<'c, T: Class>(ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
    let mut class = ClassDef::<T> {
        defs: Vec::new(),
        special: Vec::new(),
        properties: Vec::new(),
        constructed: false,
        hashable: true,
        _class: PhantomData,
    };
    T::define(&mut class);
    if !class.constructed {
        let function = <NoConstructor<T> as t::NewFunc>::call as *const ();
        let trampoline = t::new_func::<NoConstructor<T>> as *const ();
        class.add(body::slot(shim::HPy_tp_new, function, trampoline));
    }
    let destroy = instance::destroy as *const ();
    class.add(body::slot(
        shim::HPy_tp_destroy,
        destroy,
        t::never_called as *const (),
    ));
    let mut flags = shim::HPy_TPFLAGS_DEFAULT;
    if T::FIELDS > 0 {
        flags |= shim::HPy_TPFLAGS_HAVE_GC;
        let traverse = instance::traverse::<T> as *const ();
        let trampoline = t::traverse::<T> as *const ();
        class.add(body::slot(shim::HPy_tp_traverse, traverse, trampoline));
    }

    let mut spec = shim::HPyType_Spec {
        name: T::NAME.as_ptr(),
        basicsize: instance::size::<T>(),
        itemsize: 0,
        flags: flags.into(),
        builtin_shape: shim::HPyType_BuiltinShape_Object,
        legacy_slots: std::ptr::null_mut(),
        defines: leak_table(class.defs),
        doc: T::DOC.as_ptr(),
    };
    let object = ctx.type_from_spec(&mut spec)?;
    for name in class.special {
        let method = object.attr(name)?;
        ctx.set_attr(object.as_arg(), name, method.as_arg())?;
    }
    for name in class.properties {
        let method = object.attr(name)?;
        let property = ctx.builtin(c"property")?.call(&[method.as_arg()])?;
        ctx.set_attr(object.as_arg(), name, property.as_arg())?;
    }
    if !class.hashable {
        ctx.set_attr(object.as_arg(), c"__hash__", ctx.none().as_arg())?;
    }
    T::type_global().store(object.as_arg())?;
    Ok(object)
}

/// A null-terminated table of pointers, for as long as the process lives: hosts keep
/// pointers into it.
pub(crate) fn leak_table(defs: Vec<HPyDef>) -> *mut *mut HPyDef {
    let defs: &'static mut [HPyDef] = Vec::leak(defs);
    let mut table: Vec<*mut HPyDef> = defs.iter_mut().map(|def| def as *mut HPyDef).collect();
    table.push(std::ptr::null_mut());
    Vec::leak(table).as_mut_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_end_with_null() {
        let entry = || {
            body::slot(
                shim::HPy_tp_destroy,
                instance::destroy as *const (),
                std::ptr::null(),
            )
        };
        let table = leak_table(vec![entry(), entry()]);
        // SAFETY: made of two entries and the end.
        let pointers = unsafe { std::slice::from_raw_parts(table, 3) };
        assert!(!pointers[0].is_null() && !pointers[1].is_null());
        assert!(pointers[2].is_null());
    }
}
