//! Python classes around Rust types.

use std::ffi::{CStr, CString};
use std::marker::PhantomData;

use hpy_shim::{self as shim, HPyDef};

use crate::api::Ctx;
use crate::body::{self, Body, Next, ReturnThis};
use crate::construct::{Constructor, NamedConstructor, NoConstructor};
use crate::convert::IntoPy;
use crate::error::{Exception, PyResult};
use crate::function::{Callable, MethodOf, Plain, Takes};
use crate::handle::{Arg, Handle};
use crate::instance;
use crate::results::{Plainly, Step};
use crate::stored::Global;
use crate::trampoline as t;

/// A Rust type whose values can be Python objects.
///
/// The class is sealed: Python code cannot subclass it. (PyPy lets it set attributes on
/// the objects, and on the class.) `Send + Sync`, because Python drops objects on any
/// thread and several threads may read one while the interpreter is left.
///
/// ```
/// use hpy_bindings::{Class, ClassDef, Ctx, Global, ModuleDef};
///
/// /// What Python sees as `example.Stack`.
/// struct Stack(Vec<i64>);
///
/// impl Class for Stack {
///     const NAME: &'static std::ffi::CStr = c"example.Stack";
///     const DOC: &'static std::ffi::CStr = c"Ints, the last in is the first out.";
///
///     fn type_global() -> &'static Global {
///         static TYPE: Global = Global::new();
///         &TYPE
///     }
///
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>| Stack(Vec::new()))
///             .method(c"push", c"", |_: Ctx<'_>, stack: &mut Stack, item: i64| stack.0.push(item))
///             .method(c"pop", c"", |_: Ctx<'_>, stack: &mut Stack| stack.0.pop());
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Stack>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> stack = example.Stack()
/// // >>> stack.push(3)
/// // >>> stack.pop(), stack.pop()
/// // (3, None)
/// // >>> stack.push("3")
/// // Traceback (most recent call last):
/// // TypeError: 'str' object cannot be interpreted as an integer
/// ```
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
///
/// ```
/// use hpy_bindings::{exactly, Access, Class, ClassDef, Ctx, Field, Global, ModuleDef};
///
/// struct Span {
///     start: i64,
///     stop: i64,
/// }
///
/// impl Class for Span {
/// #   const NAME: &'static std::ffi::CStr = c"example.Span";
/// #   const DOC: &'static std::ffi::CStr = c"The ints from start to stop.";
///     const FIELDS: usize = 1;
/// #   fn type_global() -> &'static Global {
/// #       static TYPE: Global = Global::new();
/// #       &TYPE
/// #   }
/// #
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor_named(|| ["start", "stop"], |_: Ctx<'_>, start: i64, stop: i64| Span { start, stop })
///             .method_named(
///                 c"moved",
///                 c"moved($self, by=1)\n--\n\nHow the span would be called, moved.",
///                 || ["by"],
///                 |_: Ctx<'_>, span: &Span, by: Option<i64>| {
///                     let by = by.unwrap_or(1);
///                     format!("{}..{}", span.start + by, span.stop + by)
///                 },
///             )
///             .method_raw(c"note", c"", |this, args| {
///                 let [note] = exactly(args)?;
///                 Field::of::<Span>(this, 0)?.store(note);
///                 Ok(this.ctx().none())
///             })
///             .member::<0>(c"noted", c"", Access::ReadOnly)
///             .getter(c"start", c"", |_: Ctx<'_>, span: &Span| span.start)
///             .property(
///                 c"stop",
///                 c"",
///                 |_: Ctx<'_>, span: &Span| span.stop,
///                 |_: Ctx<'_>, span: &mut Span, stop: i64| span.stop = stop,
///             )
///             .contains(|_: Ctx<'_>, span: &Span, item: i64| (span.start..span.stop).contains(&item))
///             .truth(|_: Ctx<'_>, span: &Span| span.start < span.stop)
///             .length(|_: Ctx<'_>, span: &Span| (span.start..span.stop).count())
///             .item(|_: Ctx<'_>, span: &Span, index: i64| span.start + index)
///             .repr(|_: Ctx<'_>, span: &Span| format!("Span({}, {})", span.start, span.stop));
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Span>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> span = example.Span(3, stop=7)
/// // >>> span.moved(by=10), span.moved(), 5 in span, bool(span), len(span), span[-1]
/// // ('13..17', '4..8', True, True, 4, 6)
/// // >>> span.note("half open"); span.noted
/// // 'half open'
/// // >>> span.stop = 4
/// // >>> span
/// // Span(3, 4)
/// ```
pub struct ClassDef<T> {
    defs: Vec<HPyDef>,
    /// Those of sequences, which come before: of what they share with mappings and
    /// numbers, PyPy takes what comes last.
    sequence: Vec<HPyDef>,
    /// Methods that Python's syntax calls. The ABI has no slots for most of them; setting
    /// the attribute again makes CPython fill its own.
    special: Vec<&'static CStr>,
    /// Methods that become Python's own `property`: calling `__get__` of the ABI's
    /// descriptors aborts PyPy.
    pub(crate) properties: Vec<Property>,
    constructed: bool,
    hashable: bool,
    hashed: bool,
    pub(crate) compared: bool,
    pub(crate) finalized: bool,
    pub(crate) viewed: bool,
    _class: PhantomData<T>,
}

/// The name under which a finalizer lies until the type is made.
pub(crate) const FINALIZER: &CStr = c"finalizer()";

/// A property to be: the names of the methods that read, set and delete it. The last two
/// are gone when the type is made.
pub(crate) struct Property {
    name: &'static CStr,
    accessors: [Option<&'static CStr>; 3],
}

impl Property {
    pub(crate) fn new(name: &'static CStr) -> Self {
        Property {
            name,
            accessors: [Some(name), None, None],
        }
    }

    /// A name for the method in this place. It lives as long as the type's table.
    pub(crate) fn accessor(&mut self, place: usize, does: &str) -> &'static CStr {
        let name = format!("{}.{does}", self.name.to_string_lossy());
        let name = CString::new(name).expect("made of a C string");
        let name: &'static CStr = Box::leak(name.into_boxed_c_str());
        self.accessors[place] = Some(name);
        name
    }

    fn make(self, ctx: Ctx<'_>, class: Arg<'_>) -> PyResult<()> {
        let mut found = Vec::new();
        for accessor in self.accessors {
            found.push(match accessor {
                Some(name) if name == self.name => class.attr(name)?,
                Some(name) => take_away(class, name)?,
                None => ctx.none(),
            });
        }
        let found: Vec<Arg<'_>> = found.iter().map(Handle::as_arg).collect();
        let property = ctx.builtin(c"property")?.call(&found)?;
        ctx.set_attr(class, self.name, property.as_arg())
    }
}

/// Removes an attribute, and returns it.
fn take_away<'c>(class: Arg<'c>, name: &CStr) -> PyResult<Handle<'c>> {
    let ctx = class.ctx();
    let found = class.attr(name)?;
    let name = ctx.str(&name.to_string_lossy())?;
    let delete = ctx.builtin(c"delattr")?;
    delete.call(&[class, name.as_arg()])?;
    Ok(found)
}

/// Methods that fill one slot: how many arguments it has, its name, its signature's trait and trampoline, and what
/// the function has to return.
macro_rules! slots {
    ($($(#[$doc:meta])* $name:ident($count:literal): $slot:ident, $trait:ident $trampoline:ident, $output:path;)*) => {$(
        $(#[$doc])*
        pub fn $name<M: MethodOf<T> + Takes<$count>, F: Callable<M>>(&mut self, _: F) -> &mut Self
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

    /// The constructor, with arguments that may be given by name; `names` returns the
    /// names, one for each parameter.
    pub fn constructor_named<M, F, N, const COUNT: usize>(&mut self, _: N, _: F) -> &mut Self
    where
        M: Plain + Takes<COUNT>,
        F: Callable<M>,
        F::Output: Plainly<T>,
        N: Fn() -> [&'static str; COUNT] + Copy + 'static,
    {
        self.constructed = true;
        type New<T, F, M, N> = NamedConstructor<T, F, M, N>;
        let function = <New<T, F, M, N> as t::NewFunc>::call as *const ();
        let trampoline = t::new_func::<New<T, F, M, N>> as *const ();
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
    pub fn getter<M: MethodOf<T> + Takes<0>, F: Callable<M>>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        function: F,
    ) -> &mut Self
    where
        F::Output: IntoPy,
    {
        self.properties.push(Property::new(name));
        self.add(body::callable(name, doc, function))
    }

    /// Makes the class an iterator whose steps `function` takes.
    pub fn iterator<M: MethodOf<T> + Takes<0>, F: Callable<M>>(&mut self, _: F) -> &mut Self
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
        contains(1): HPy_sq_contains, Contains contains, Plainly<bool>;
        /// `bool(object)`.
        truth(0): HPy_nb_bool, Inquiry inquiry, Plainly<bool>;
        /// `len(object)`.
        length(0): HPy_sq_length, LenFunc len_func, Plainly<usize>;
        /// `repr(object)`.
        repr(0): HPy_tp_repr, ReprFunc repr_func, IntoPy;
    }

    /// Makes `hash(object)` a TypeError, as classes do that can change and compare.
    pub fn unhashable(&mut self) -> &mut Self {
        self.hashable = false;
        self
    }

    pub(crate) fn add(&mut self, def: HPyDef) -> &mut Self {
        self.defs.push(def);
        self
    }

    pub(crate) fn add_sequence(&mut self, def: HPyDef) -> &mut Self {
        self.sequence.push(def);
        self
    }

    pub(crate) fn note_special(&mut self, name: &'static CStr) {
        let bytes = name.to_bytes();
        self.hashed |= bytes == b"__hash__";
        if bytes.starts_with(b"__") && bytes.ends_with(b"__") {
            self.special.push(name);
        }
    }
}

/// Makes the class object and keeps it in the class's global.
pub(crate) fn create<'c, T: Class>(ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
    let mut class = ClassDef::<T> {
        defs: Vec::new(),
        sequence: Vec::new(),
        special: Vec::new(),
        properties: Vec::new(),
        constructed: false,
        hashable: true,
        hashed: false,
        compared: false,
        finalized: false,
        viewed: false,
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

    let mut defs = class.sequence;
    defs.append(&mut class.defs);
    let mut spec = shim::HPyType_Spec {
        name: T::NAME.as_ptr(),
        basicsize: instance::size::<T>(class.viewed),
        itemsize: 0,
        flags: flags.into(),
        builtin_shape: shim::HPyType_BuiltinShape_Object,
        legacy_slots: std::ptr::null_mut(),
        defines: leak_table(defs),
        doc: T::DOC.as_ptr(),
    };
    let object = ctx.type_from_spec(&mut spec)?;
    for name in class.special {
        let method = object.attr(name)?;
        ctx.set_attr(object.as_arg(), name, method.as_arg())?;
    }
    for property in class.properties {
        property.make(ctx, object.as_arg())?;
    }
    // What compares is not hashable by itself; not all hosts say so.
    if !class.hashable || class.compared && !class.hashed {
        ctx.set_attr(object.as_arg(), c"__hash__", ctx.none().as_arg())?;
    }
    if class.finalized {
        install_finalizer(object.as_arg())?;
    }
    T::type_global().store(object.as_arg())?;
    Ok(object)
}

/// Puts the finalizer's method in the place of its slot, where Python sees that: CPython
/// calls a slot while an exception is pending, and the ABI cannot put that aside.
fn install_finalizer(class: Arg<'_>) -> PyResult<()> {
    let method = take_away(class, FINALIZER)?;
    match class.attr(c"__del__") {
        Ok(_) => class.ctx().set_attr(class, c"__del__", method.as_arg()),
        Err(error) if error.is(class.ctx(), Exception::Attribute) => {
            error.forget(class.ctx());
            Ok(())
        }
        Err(error) => Err(error),
    }
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
