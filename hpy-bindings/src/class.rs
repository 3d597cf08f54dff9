// SPDX-License-Identifier: MIT OR Apache-2.0

//! Python classes around Rust types.

use std::ffi::{CStr, CString};
use std::marker::PhantomData;

use hpy_shim::{self as shim, HPyDef};

use crate::api::Ctx;
use crate::convert::IntoPy;
use crate::error::{Exception, PyResult};
use crate::function::{Arity, Callable, FreeFunction, MethodOf};
use crate::handle::{Borrowed, Handle};
use crate::instance;
use crate::results::{IntoResult, IterationResult};
use crate::trampoline::constructor::{Constructor, NamedConstructor, NoConstructor, NotReduced};
use crate::trampoline::cpython as t;
use crate::trampoline::function::{Function, IteratorNext, ReturnSelf};
use crate::trampoline::table;

/// A Rust type whose values can be Python objects.
///
/// The class is sealed: Python code cannot subclass it. Its objects cannot be copied or
/// pickled, unless it has a `__reduce__` or another method for that. (PyPy lets it set attributes on
/// the objects, and on the class.) `Send + Sync`, because Python drops objects on any
/// thread and several threads may read one while the interpreter is left.
///
/// ```
/// use hpy_bindings::{Class, ClassDef, Ctx, ModuleDef};
///
/// /// The class `example.Stack`.
/// struct Stack(Vec<i64>);
///
/// impl Class for Stack {
///     const NAME: &'static std::ffi::CStr = c"example.Stack";
///     const DOC: &'static std::ffi::CStr = c"Ints, the last in is the first out.";
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
    /// The number of references to Python objects that each object keeps; see [`crate::Field`].
    ///
    /// The struct of an object has less than 2 GiB. More fields do not compile:
    ///
    /// ```compile_fail,E0080
    /// # use hpy_bindings::{Class, ClassDef, ModuleDef};
    /// struct Huge;
    ///
    /// impl Class for Huge {
    /// #   const NAME: &'static std::ffi::CStr = c"example.Huge";
    /// #   const DOC: &'static std::ffi::CStr = c"Is too large.";
    ///     const FIELDS: usize = 1 << 29;
    /// #   fn define(_: &mut ClassDef<Self>) {}
    /// }
    ///
    /// # fn main() {
    /// ModuleDef::default().class::<Huge>();
    /// # }
    /// ```
    const FIELDS: usize = 0;

    /// Declares constructor, methods and properties.
    fn define(class: &mut ClassDef<Self>);
}

/// Collects the methods, properties and slots of a class. Docstrings may begin with a text signature,
/// `name($self, arg, /)\n--\n\n`.
///
/// ```
/// use hpy_bindings::{exactly, Access, Class, ClassDef, Ctx, Field, ModuleDef};
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
    /// It says itself how its objects are pickled and copied.
    reduced: bool,
    hashable: bool,
    hashed: bool,
    pub(crate) compared: bool,
    pub(crate) finalized: bool,
    pub(crate) viewed: bool,
    _class: PhantomData<T>,
}

/// The name of a finalizer until the type is made.
pub(crate) const FINALIZER: &CStr = c"finalizer()";

/// The methods of which one says how an object is pickled and copied.
const PICKLING: [&CStr; 5] = [
    c"__reduce__",
    c"__reduce_ex__",
    c"__getstate__",
    c"__getnewargs__",
    c"__getnewargs_ex__",
];

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

    /// Returns a name for the method in this place. It lives as long as the type's table.
    pub(crate) fn accessor(&mut self, place: usize, does: &str) -> &'static CStr {
        let name = format!("{}.{does}", self.name.to_string_lossy());
        let name = CString::new(name).expect("made of a C string");
        let name: &'static CStr = Box::leak(name.into_boxed_c_str());
        self.accessors[place] = Some(name);
        name
    }

    fn make(self, ctx: Ctx<'_>, class: Borrowed<'_>) -> PyResult<()> {
        let mut found = Vec::new();
        for accessor in self.accessors {
            found.push(match accessor {
                Some(name) if name == self.name => class.attr(name)?,
                Some(name) => take_away(class, name)?,
                None => ctx.none(),
            });
        }
        let found: Vec<Borrowed<'_>> = found.iter().map(Handle::as_borrowed).collect();
        let property = ctx.builtin(c"property")?.call(&found)?;
        ctx.set_attr(class, self.name, property.as_borrowed())
    }
}

/// Removes an attribute, and returns it.
fn take_away<'c>(class: Borrowed<'c>, name: &CStr) -> PyResult<Handle<'c>> {
    let ctx = class.ctx();
    let found = class.attr(name)?;
    let name = ctx.str(&name.to_string_lossy())?;
    let delete = ctx.builtin(c"delattr")?;
    delete.call(&[class, name.as_borrowed()])?;
    Ok(found)
}

/// Methods that fill one slot: the number of arguments, the slot's name, the trait and the
/// trampoline of its signature, and the bound of the function's result.
macro_rules! slots {
    ($($(#[$doc:meta])* $name:ident($count:literal): $slot:ident, $trait:ident $trampoline:ident, $output:path;)*) => {$(
        $(#[$doc])*
        pub fn $name<M: MethodOf<T> + Arity<$count>, F: Callable<M>>(&mut self, _: F) -> &mut Self
        where
            F::Output: $output,
        {
            let function = <Function<F, M> as t::$trait>::call as *const ();
            let trampoline = t::$trampoline::<Function<F, M>> as *const ();
            self.add(table::slot(shim::$slot, function, trampoline))
        }
    )*};
}

impl<T: Class> ClassDef<T> {
    /// Declares the constructor: a function that returns a `T` or a result of one. Without it,
    /// only native code makes objects. Arguments are positional.
    pub fn constructor<M: FreeFunction, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IntoResult<T>,
    {
        self.constructed = true;
        let function = <Constructor<T, F, M> as t::NewFunc>::call as *const ();
        let trampoline = t::new_func::<Constructor<T, F, M>> as *const ();
        self.add(table::slot(shim::HPy_tp_new, function, trampoline))
    }

    /// Declares the constructor, with arguments that may be given by name; `names` returns the
    /// names, one for each parameter.
    pub fn constructor_named<M, F, N, const COUNT: usize>(&mut self, _: N, _: F) -> &mut Self
    where
        M: FreeFunction + Arity<COUNT>,
        F: Callable<M>,
        F::Output: IntoResult<T>,
        N: Fn() -> [&'static str; COUNT] + Copy + Send + 'static,
    {
        self.constructed = true;
        type New<T, F, M, N> = NamedConstructor<T, F, M, N>;
        let function = <New<T, F, M, N> as t::NewFunc>::call as *const ();
        let trampoline = t::new_func::<New<T, F, M, N>> as *const ();
        self.add(table::slot(shim::HPy_tp_new, function, trampoline))
    }

    /// Declares a method with positional arguments. Special methods (`__or__`, `__eq__`,
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
        self.add(table::callable(name, doc, function))
    }

    /// Declares a method whose arguments may be given by name; `names` returns the names, one for
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
        N: Fn() -> [&'static str; COUNT] + Copy + Send + 'static,
    {
        self.add(table::named(name, doc, names, function))
    }

    /// Declares a method that takes its arguments as they come: the object, then the rest.
    pub fn method_raw(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        function: impl for<'c> Fn(Borrowed<'c>, &[Borrowed<'c>]) -> PyResult<Handle<'c>>
        + Copy
        + Send
        + 'static,
    ) -> &mut Self {
        self.note_special(name);
        self.add(table::raw::<_, true>(name, doc, function))
    }

    /// Declares a read-only property.
    pub fn getter<M: MethodOf<T> + Arity<0>, F: Callable<M>>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        function: F,
    ) -> &mut Self
    where
        F::Output: IntoPy,
    {
        self.properties.push(Property::new(name));
        self.add(table::callable(name, doc, function))
    }

    /// Makes the class an iterator whose steps `function` takes.
    pub fn iterator<M: MethodOf<T> + Arity<0>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IterationResult,
    {
        let next = <IteratorNext<F, M> as t::NoArgs>::call as *const ();
        let next_trampoline = t::no_args::<IteratorNext<F, M>> as *const ();
        let iter = <ReturnSelf as t::NoArgs>::call as *const ();
        let iter_trampoline = t::no_args::<ReturnSelf> as *const ();
        for (name, function, trampoline) in [
            (c"__next__", next, next_trampoline),
            (c"__iter__", iter, iter_trampoline),
        ] {
            self.special.push(name);
            let doc = c"";
            self.add(table::method(
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
        /// Declares `item in object`.
        contains(1): HPy_sq_contains, Contains contains, IntoResult<bool>;
        /// Declares `bool(object)`.
        truth(0): HPy_nb_bool, Inquiry inquiry, IntoResult<bool>;
        /// Declares `len(object)`.
        length(0): HPy_sq_length, LenFunc len_func, IntoResult<usize>;
        /// Declares `repr(object)`.
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
        self.reduced |= PICKLING.iter().any(|name| name.to_bytes() == bytes);
        if bytes.starts_with(b"__") && bytes.ends_with(b"__") {
            self.special.push(name);
        }
    }
}

/// Makes the class object.
pub(crate) fn create<T: Class>(ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
    let mut class = ClassDef::<T> {
        defs: Vec::new(),
        sequence: Vec::new(),
        special: Vec::new(),
        properties: Vec::new(),
        constructed: false,
        reduced: false,
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
        class.add(table::slot(shim::HPy_tp_new, function, trampoline));
    }
    if !class.reduced {
        // Else PyPy would make another object by the constructor.
        let function = <NotReduced<T> as t::NoArgs>::call as *const ();
        let trampoline = t::no_args::<NotReduced<T>> as *const ();
        let (name, signature) = (PICKLING[0], shim::HPyFunc_NOARGS);
        class.add(table::method(name, c"", signature, function, trampoline));
    }
    let destroy = instance::destroy as *const ();
    class.add(table::slot(
        shim::HPy_tp_destroy,
        destroy,
        t::never_called as *const (),
    ));
    let mut flags = shim::HPy_TPFLAGS_DEFAULT;
    if T::FIELDS > 0 {
        flags |= shim::HPy_TPFLAGS_HAVE_GC;
        let traverse = instance::traverse::<T> as *const ();
        let trampoline = t::traverse::<T> as *const ();
        class.add(table::slot(shim::HPy_tp_traverse, traverse, trampoline));
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
        defines: table::leak(defs),
        doc: T::DOC.as_ptr(),
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
    if class.finalized {
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
