// SPDX-License-Identifier: MIT OR Apache-2.0

//! Python classes around Rust types.

mod create;
mod parts;

pub(crate) use create::{FINALIZER, create, set_attributes};
use parts::Attribute;
pub(crate) use parts::{Property, StaticMethod};

use std::ffi::CStr;
use std::marker::PhantomData;

use hpy_shim::{self as shim, HPyDef};

use crate::api::Ctx;
use crate::convert::IntoPy;
use crate::error::PyResult;
use crate::function::{Arity, Callable, FreeFunction, MethodOf};
use crate::handle::{Borrowed, Handle};
use crate::results::{IntoResult, IterationResult};
use crate::signature::Parameters;
use crate::trampoline::constructor::{Constructor, NamedConstructor};
use crate::trampoline::cpython as t;
use crate::trampoline::function::{Function, IteratorNext, ReturnSelf};
use crate::trampoline::slot::SetValue;
use crate::trampoline::table;

/// A Rust type whose values can be Python objects.
///
/// The class is sealed unless it is a [`Class::SUBCLASS`]. Its objects cannot be copied or
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
    /// `true` if values of the class keep Python objects; see [`crate::Object`].
    const OBJECTS: bool = false;
    /// `true` if Python classes may derive from the class.
    ///
    /// They may have attributes and methods of their own, `super()` finds those of the class, and
    /// native functions take their objects where they take one of the class. Without that, and
    /// where one insists on the package hpy as the host, which cannot have such objects, deriving
    /// from the class or making an object of such a class is a TypeError.
    ///
    /// An object has one more field, which PyPy 7.3 uses: there, the value belongs to a second
    /// object. That PyPy aborts where an object of a derived class has a finalizer; so there,
    /// making one is a TypeError if the class or the derived one has one.
    ///
    /// ```
    /// # #[hpy_bindings::pymodule]
    /// # mod example {
    /// use hpy_bindings::{Borrowed, Handle, PyResult, pyclass, pymethods};
    ///
    /// #[pyclass(subclass)]
    /// struct Shape;
    ///
    /// #[pymethods]
    /// impl Shape {
    ///     #[new]
    ///     fn new() -> Self {
    ///         Shape
    ///     }
    ///
    ///     fn area(&self) -> f64 {
    ///         0.0
    ///     }
    ///
    ///     /// Asks whatever class the object has.
    ///     fn describe(slf: Borrowed<'_>) -> PyResult<String> {
    ///         let area: f64 = slf.call_method(c"area", &[])?.extract()?;
    ///         Ok(format!("a {} of {area}", slf.type_name()))
    ///     }
    /// }
    /// # }
    ///
    /// // >>> class Square(example.Shape):
    /// // ...     side = 3
    /// // ...     def area(self):
    /// // ...         return super().area() + self.side ** 2
    /// // >>> Square().describe()
    /// // 'a Square of 9'
    /// ```
    const SUBCLASS: bool = false;

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
    /// The number of words that views of the buffer need.
    pub(crate) view_words: usize,
    /// The parameters of the constructor, as Python shows them.
    text_signature: Option<&'static str>,
    /// Functions that are attributes of the class itself; the module makes them.
    statics: Vec<StaticMethod>,
    attributes: Vec<Attribute>,
    /// What macros say of the types of its members, for stubs.
    types: Vec<&'static str>,
    _class: PhantomData<T>,
}

impl<T> Default for ClassDef<T> {
    fn default() -> Self {
        ClassDef {
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
            view_words: 0,
            text_signature: None,
            statics: Vec::new(),
            attributes: Vec::new(),
            types: Vec::new(),
            _class: PhantomData,
        }
    }
}

/// The methods of which one says how an object is pickled and copied.
const PICKLING: [&CStr; 5] = [
    c"__reduce__",
    c"__reduce_ex__",
    c"__getstate__",
    c"__getnewargs__",
    c"__getnewargs_ex__",
];

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
    pub fn constructor_named<M, F, N, P>(&mut self, _: N, _: F) -> &mut Self
    where
        M: FreeFunction,
        F: Callable<M>,
        F::Output: IntoResult<T>,
        N: Fn() -> P + Copy + Send + 'static,
        P: Parameters,
    {
        const { assert!(P::COUNT == F::ARITY, "one name for each parameter") };
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
    pub fn method_named<M, F, N, P>(
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
        N: Fn() -> P + Copy + Send + 'static,
        P: Parameters,
    {
        self.note_special(name);
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

    /// Notes the types of a member, for stubs.
    #[doc(hidden)]
    pub fn types(&mut self, text: &'static str) {
        self.types.push(text);
    }

    pub(crate) fn take_types(&mut self) -> Vec<&'static str> {
        std::mem::take(&mut self.types)
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

    /// Declares the setter of a property, which takes the new value. Without a getter of that name,
    /// declared before, the property can only be set.
    pub fn setter<M: MethodOf<T> + Arity<1>, F: Callable<M>>(
        &mut self,
        name: &'static CStr,
        _: F,
    ) -> &mut Self
    where
        F::Output: IntoResult<()>,
    {
        let setter = self.property_named(name).accessor(1, "set");
        let function = <SetValue<F, M> as t::OneArg>::call as *const ();
        let trampoline = t::one_arg::<SetValue<F, M>> as *const ();
        self.add(table::method(
            setter,
            c"",
            shim::HPyFunc_O,
            function,
            trampoline,
        ))
    }

    /// Declares the deleter of a property, as [`setter`](Self::setter) does.
    pub fn deleter<M: MethodOf<T> + Arity<0>, F: Callable<M>>(
        &mut self,
        name: &'static CStr,
        function: F,
    ) -> &mut Self
    where
        F::Output: IntoPy,
    {
        let deleter = self.property_named(name).accessor(2, "delete");
        self.add(table::callable(deleter, c"", function))
    }

    fn property_named(&mut self, name: &'static CStr) -> &mut Property {
        match self.properties.iter().position(|p| p.is_named(name)) {
            Some(index) => &mut self.properties[index],
            None => {
                self.properties.push(Property::set_only(name));
                self.properties
                    .last_mut()
                    .expect("pushed in the line before")
            }
        }
    }

    /// Declares a static method: a function that is an attribute of the class.
    ///
    /// ```
    /// # use hpy_bindings::{Class, ClassDef, Ctx, Handle, IntoPy, ModuleDef, New};
    /// struct Angle(f64);
    ///
    /// impl Class for Angle {
    /// #   const NAME: &'static std::ffi::CStr = c"example.Angle";
    /// #   const DOC: &'static std::ffi::CStr = c"An angle in degrees.";
    ///     fn define(class: &mut ClassDef<Self>) {
    ///         class
    ///             .static_method(c"full", c"", || [], |_: Ctx<'_>| New(Angle(360.0)))
    ///             .attribute(c"UNIT", |ctx| "degree".into_py(ctx))
    ///             .getter(c"value", c"", |_: Ctx<'_>, angle: &Angle| angle.0);
    ///     }
    /// }
    ///
    /// fn define(m: &mut ModuleDef) {
    ///     m.class::<Angle>();
    /// }
    /// # hpy_bindings::module!("example", define);
    ///
    /// // >>> example.Angle.full().value, example.Angle.UNIT
    /// // (360.0, 'degree')
    /// ```
    pub fn static_method<M, F, N, P>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        names: N,
        function: F,
    ) -> &mut Self
    where
        M: FreeFunction,
        F: Callable<M>,
        F::Output: IntoPy,
        N: Fn() -> P + Copy + Send + 'static,
        P: Parameters,
    {
        let wrapper = c"staticmethod";
        let made = StaticMethod::new::<T>(name, wrapper, |name| {
            table::named(name, doc, names, function)
        });
        self.statics.push(made);
        self
    }

    /// Declares a class method: a function that is an attribute of the class, and gets it as
    /// its first argument. That cannot be given by name.
    pub fn class_method<M, F, N, P>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        names: N,
        function: F,
    ) -> &mut Self
    where
        M: FreeFunction,
        F: Callable<M>,
        F::Output: IntoPy,
        N: Fn() -> P + Copy + Send + 'static,
        P: Parameters,
    {
        let wrapper = c"classmethod";
        let made = StaticMethod::new::<T>(name, wrapper, |name| {
            table::named(name, doc, names, function)
        });
        self.statics.push(made);
        self
    }

    /// Declares an attribute of the class, which is set once, when the class is there: it may be
    /// one of its objects.
    pub fn attribute(
        &mut self,
        name: &'static CStr,
        value: impl for<'c> Fn(Ctx<'c>) -> PyResult<Handle<'c>> + 'static,
    ) -> &mut Self {
        self.attributes.push((name, Box::new(value)));
        self
    }

    /// Says what the constructor's parameters are called in Python, defaults included:
    /// `(start, stop=None)`. `help` and `inspect` show it, on CPython.
    pub fn text_signature(&mut self, parameters: &'static str) -> &mut Self {
        self.text_signature = Some(parameters);
        self
    }

    /// Makes the class an iterator whose steps `function` takes.
    pub fn iterator<M: MethodOf<T> + Arity<0>, F: Callable<M>>(&mut self, function: F) -> &mut Self
    where
        F::Output: IterationResult,
    {
        let iter = <ReturnSelf as t::NoArgs>::call as *const ();
        let trampoline = t::no_args::<ReturnSelf> as *const ();
        self.next(function)
            .add_special(c"__iter__", iter, trampoline)
    }

    /// Declares `next(object)`, for a class that has its own `__iter__`.
    pub fn next<M: MethodOf<T> + Arity<0>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IterationResult,
    {
        let next = <IteratorNext<F, M> as t::NoArgs>::call as *const ();
        let trampoline = t::no_args::<IteratorNext<F, M>> as *const ();
        self.add_special(c"__next__", next, trampoline)
    }

    /// Adds a special method without arguments.
    fn add_special(
        &mut self,
        name: &'static CStr,
        function: *const (),
        trampoline: *const (),
    ) -> &mut Self {
        self.special.push(name);
        let signature = shim::HPyFunc_NOARGS;
        self.add(table::method(name, c"", signature, function, trampoline))
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

    /// Returns the functions for the module's table.
    pub(crate) fn take_statics(&mut self) -> Vec<StaticMethod> {
        std::mem::take(&mut self.statics)
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
