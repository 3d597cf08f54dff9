// SPDX-License-Identifier: MIT OR Apache-2.0

//! The declarations of a class for Python's operators and protocols.
//!
//! PyPy 7.3 never asks the right operand of an operator, and has not always known slots
//! for `hash` and `str`: where that matters, a method stands beside the slot or in its
//! place. Of two entries of one name CPython keeps the slot's, PyPy 7.3 the later one.

use std::cmp;
use std::ffi::CStr;

use hpy_shim as shim;

use crate::api::Ctx;
use crate::array::{Array, ArrayMut, Layout};
use crate::buffer::{Buffer, Element, Exporter, Grid, GridMut, Slice, SliceMut};
use crate::class::{Class, ClassDef, FINALIZER, Property};
use crate::convert::{FromPy, IntoPy};
use crate::error::PyResult;
use crate::function::{Arity, Callable, FreeFunction, MethodOf};
use crate::handle::Borrowed;
use crate::operators::{Binary, Compare, Unary};
use crate::receiver::{Arguments, Receiver};
use crate::results::{IntoResult, OperatorResult};
use crate::signature::Parameters;
use crate::trampoline::cpython as t;
use crate::trampoline::function::{Function, NamedFunction};
use crate::trampoline::slot::{
    Comparing, ComparingWith, DeleteMember, Finalizer, Hash, InPlace, Item, Member, Operand,
    Operator, Ordering, Reflected, SetValue,
};
use crate::trampoline::table;

/// The access that Python code has to a [`ClassDef::member`].
///
/// ```
/// # use hpy_bindings::{Access, Class, ClassDef, Ctx, ModuleDef};
/// struct Node;
///
/// impl Class for Node {
/// #   const NAME: &'static std::ffi::CStr = c"example.Node";
/// #   const DOC: &'static std::ffi::CStr = c"Has a parent, perhaps.";
///     const FIELDS: usize = 1;
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>| Node)
///             .member::<0>(c"parent", c"", Access::ReadWrite);
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Node>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> node = example.Node()
/// // >>> node.parent is None
/// // True
/// // >>> node.parent = 3
/// // >>> node.parent
/// // 3
/// // >>> del node.parent
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It can be read.
    ReadOnly,
    /// It can be read, set and deleted.
    ReadWrite,
}

/// Makes a slot's entry of a trampoline and its signature.
macro_rules! slot {
    ($slot:expr, $body:ty, $trait:ident $trampoline:ident) => {
        table::slot(
            $slot,
            <$body as t::$trait>::call as *const (),
            t::$trampoline::<$body> as *const (),
        )
    };
}

/// Makes a method's entry likewise.
macro_rules! method {
    ($name:expr, $body:ty, $signature:ident, $trait:ident $trampoline:ident) => {
        table::method(
            $name,
            c"",
            shim::$signature,
            <$body as t::$trait>::call as *const (),
            t::$trampoline::<$body> as *const (),
        )
    };
}

impl<T: Class> ClassDef<T> {
    /// Declares a property that can be set: `get` reads it, `set` takes the new value. Deleting it
    /// is an AttributeError.
    pub fn property<M, G, N, S>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        get: G,
        _: S,
    ) -> &mut Self
    where
        M: MethodOf<T> + Arity<0>,
        G: Callable<M>,
        G::Output: IntoPy,
        N: MethodOf<T> + Arity<1>,
        S: Callable<N>,
        S::Output: IntoResult<()>,
    {
        let mut property = Property::new(name);
        let setter = property.accessor(1, "set");
        self.properties.push(property);
        self.add(table::callable(name, doc, get));
        self.add(method!(setter, SetValue<S, N>, HPyFunc_O, OneArg one_arg))
    }

    /// Shows the object that field `INDEX` keeps, `None` where it is empty, as Python's
    /// members of native structs do: `class.member::<0>(c"partner", c"", Access::ReadOnly)`.
    // A property and not the ABI's member: PyPy 7.3 does not check whose struct it reads.
    pub fn member<const INDEX: usize>(
        &mut self,
        name: &'static CStr,
        doc: &'static CStr,
        access: Access,
    ) -> &mut Self {
        const { assert!(INDEX < T::FIELDS, "the class has fewer fields") };
        let mut property = Property::new(name);
        self.add(table::method(
            name,
            doc,
            shim::HPyFunc_NOARGS,
            <Member<T, INDEX> as t::NoArgs>::call as *const (),
            t::no_args::<Member<T, INDEX>> as *const (),
        ));
        if access == Access::ReadWrite {
            let (set, delete) = (property.accessor(1, "set"), property.accessor(2, "delete"));
            self.add(method!(set, Member<T, INDEX>, HPyFunc_O, OneArg one_arg));
            self.add(method!(delete, DeleteMember<T, INDEX>, HPyFunc_NOARGS, NoArgs no_args));
        }
        self.properties.push(property);
        self
    }

    /// Declares the comparisons `<`, `<=`, `==`, `!=`, `>` and `>=`. The answer is a `bool`, an
    /// [`OrNotImplemented`](crate::OrNotImplemented) or a result of either; it is
    /// `NotImplemented` too where the other object's conversion raises TypeError.
    ///
    /// Without [`hash`](Self::hash), the objects are not hashable.
    pub fn compare<F, B, R>(&mut self, _: F) -> &mut Self
    where
        F: Fn(Ctx<'_>, &T, B, Compare) -> R + Copy + Send + 'static,
        B: FromPy,
        R: OperatorResult<bool>,
    {
        self.compared = true;
        self.add(slot!(
            shim::HPy_tp_richcompare,
            Comparing<T, F, B, R>,
            RichCompare rich_compare
        ))
    }

    /// Declares comparisons whose function fetches the other object; `None` is `NotImplemented`.
    #[doc(hidden)]
    pub fn compare_with<F>(&mut self, _: F) -> &mut Self
    where
        F: for<'a, 'c> Fn(Receiver<'c, T>, Arguments<'a, 'c, 1>, Compare) -> PyResult<Option<bool>>
            + Copy
            + Send
            + 'static,
    {
        self.compared = true;
        self.add(slot!(
            shim::HPy_tp_richcompare,
            ComparingWith<T, F>,
            RichCompare rich_compare
        ))
    }

    /// Declares all six comparisons by one order; otherwise as [`compare`](Self::compare).
    pub fn order<F, B, R>(&mut self, _: F) -> &mut Self
    where
        F: Fn(Ctx<'_>, &T, B) -> R + Copy + Send + 'static,
        B: FromPy,
        R: IntoResult<cmp::Ordering>,
    {
        self.compared = true;
        self.add(slot!(
            shim::HPy_tp_richcompare,
            Ordering<T, F, B, R>,
            RichCompare rich_compare
        ))
    }

    /// Declares `hash(object)`: a `u64`, or a result of one. Objects that are equal need the same.
    pub fn hash<M: MethodOf<T> + Arity<0>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IntoResult<u64>,
    {
        self.note_special(c"__hash__");
        self.add(method!(c"__hash__", Hash<F, M>, HPyFunc_NOARGS, NoArgs no_args))
    }

    /// Declares `object(…)`; `names` returns the names of the parameters.
    pub fn call<M, F, N, P>(&mut self, _: N, _: F) -> &mut Self
    where
        M: MethodOf<T>,
        F: Callable<M>,
        F::Output: IntoPy,
        N: Fn() -> P + Copy + Send + 'static,
        P: Parameters,
    {
        const { assert!(P::COUNT == F::ARITY, "one name for each parameter") };
        self.add(slot!(shim::HPy_tp_call, NamedFunction<F, M, N>, Keywords keywords))
    }

    /// Declares `str(object)`.
    pub fn text<M: MethodOf<T> + Arity<0>, F: Callable<M>>(&mut self, function: F) -> &mut Self
    where
        F::Output: IntoPy,
    {
        self.method(c"__str__", c"", function)
    }

    /// Declares an operator or a conversion of the object alone.
    pub fn unary<M: MethodOf<T> + Arity<0>, F: Callable<M>>(
        &mut self,
        operator: Unary,
        _: F,
    ) -> &mut Self
    where
        F::Output: IntoPy,
    {
        self.add(slot!(operator.slot(), Function<F, M>, UnaryFunc unary_func))
    }

    /// Declares an operator of two operands, in Python's order: the object may be the left one, the
    /// right one or both. Where the conversion of one raises TypeError, the result is
    /// `NotImplemented`; so a `Shared<T>` on the left means "only where the left operand
    /// is one of mine".
    ///
    /// ```
    /// use hpy_bindings::{Binary, Class, ClassDef, Ctx, New, PyResult, Shared};
    ///
    /// struct Money(i64);
    ///
    /// impl Class for Money {
    ///     const NAME: &'static std::ffi::CStr = c"example.Money";
    ///     const DOC: &'static std::ffi::CStr = c"An amount of money.";
    ///
    ///     fn define(class: &mut ClassDef<Self>) {
    ///         class
    ///             // money + money
    ///             .binary(Binary::Add, |ctx: Ctx<'_>, a: Shared<Money>, b: Shared<Money>| {
    ///                 let sum = a.borrow(ctx)?.0 + b.borrow(ctx)?.0;
    ///                 PyResult::Ok(New(Money(sum)))
    ///             })
    ///             // money -= money
    ///             .in_place(
    ///                 Binary::Subtract,
    ///                 |ctx: Ctx<'_>, a: &mut Money, b: Shared<Money>| -> PyResult<()> {
    ///                     a.0 -= b.borrow(ctx)?.0;
    ///                     Ok(())
    ///                 },
    ///             )
    ///             // money < money, money == money …
    ///             .order(|ctx: Ctx<'_>, a: &Money, b: Shared<Money>| -> PyResult<_> {
    ///                 Ok(a.0.cmp(&b.borrow(ctx)?.0))
    ///             })
    ///             .hash(|_: Ctx<'_>, a: &Money| a.0 as u64);
    ///     }
    /// }
    /// ```
    pub fn binary<M: FreeFunction + Arity<2>, F: Callable<M>>(
        &mut self,
        operator: Binary,
        _: F,
    ) -> &mut Self
    where
        F::Output: IntoPy,
    {
        let reflected = operator.reflected();
        self.add(slot!(operator.slot(), Operator<F, M>, BinaryFunc binary_func));
        self.add(method!(reflected, Reflected<F, M>, HPyFunc_O, OneArg one_arg))
    }

    /// Declares `object += other` and the like: changes the object, which stays what it is. Returns
    /// `()`, an [`OrNotImplemented`](crate::OrNotImplemented) of it or a result of either;
    /// after `NotImplemented`, Python tries the operator itself.
    pub fn in_place<M: MethodOf<T> + Arity<1>, F: Callable<M>>(
        &mut self,
        operator: Binary,
        _: F,
    ) -> &mut Self
    where
        F::Output: OperatorResult<()>,
    {
        self.add(slot!(operator.in_place_slot(), InPlace<F, M>, BinaryFunc binary_func))
    }

    /// Declares `base ** exponent`, where the object may be either, and `pow(base, exponent,
    /// modulus)`, where it may be any of them; PyPy asks the first alone of three.
    pub fn power<M: FreeFunction + Arity<3>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IntoPy,
    {
        self.add(slot!(shim::HPy_nb_power, Operator<F, M>, TernaryFunc ternary_func));
        self.add(method!(c"__rpow__", Reflected<F, M>, HPyFunc_VARARGS, VarArgs var_args))
    }

    /// Declares `object **= exponent`, as [`in_place`](Self::in_place) does other operators.
    // By an attribute: not all hosts have the slot.
    pub fn power_in_place<M: MethodOf<T> + Arity<1>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: OperatorResult<()>,
    {
        self.note_special(c"__ipow__");
        self.add(method!(c"__ipow__", InPlace<F, M>, HPyFunc_O, OneArg one_arg))
    }

    /// Declares `object[index]` of a sequence. Where the class has a length, Python has added it to
    /// negative indexes. IndexError ends iterations.
    pub fn item<M: MethodOf<T> + Arity<1>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IntoPy,
    {
        self.add_sequence(slot!(shim::HPy_sq_item, Item<F, M>, IndexFunc index_func))
    }

    /// Declares `object[index] = value` of a sequence; `del object[index]` where the value is an
    /// `Option`, with `None`.
    pub fn set_item<M: MethodOf<T> + Arity<2>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IntoResult<()>,
    {
        self.add_sequence(slot!(shim::HPy_sq_ass_item, Item<F, M>, SetIndex set_index))
    }

    /// Declares `object + other` of sequences: a method of the left operand.
    // By the slots of numbers. CPython hands on what the slots of sequences return, be it
    // NotImplemented, and would never ask the other operand.
    pub fn concat<M: MethodOf<T> + Arity<1>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IntoPy,
    {
        type Left<T, F, M> = Operand<T, F, M, false>;
        self.add(slot!(shim::HPy_nb_add, Left<T, F, M>, BinaryFunc binary_func))
    }

    /// Declares `object * count` and `count * object` of sequences.
    pub fn repeat<M: MethodOf<T> + Arity<1>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IntoPy,
    {
        type Either<T, F, M> = Operand<T, F, M, true>;
        self.add(slot!(shim::HPy_nb_multiply, Either<T, F, M>, BinaryFunc binary_func));
        self.add(method!(c"__rmul__", Either<T, F, M>, HPyFunc_O, OneArg one_arg))
    }

    /// Declares `object += other` of sequences.
    pub fn concat_in_place<M: MethodOf<T> + Arity<1>, F: Callable<M>>(
        &mut self,
        function: F,
    ) -> &mut Self
    where
        F::Output: OperatorResult<()>,
    {
        self.in_place(Binary::Add, function)
    }

    /// Declares `object *= count` of sequences.
    pub fn repeat_in_place<M: MethodOf<T> + Arity<1>, F: Callable<M>>(
        &mut self,
        function: F,
    ) -> &mut Self
    where
        F::Output: OperatorResult<()>,
    {
        self.in_place(Binary::Multiply, function)
    }

    /// Declares `object[key]`, whatever the key is.
    pub fn subscript<M: MethodOf<T> + Arity<1>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IntoPy,
    {
        self.add(slot!(shim::HPy_mp_subscript, Function<F, M>, BinaryFunc binary_func))
    }

    /// Declares `object[key] = value`; `del object[key]` where the value is an `Option`, with
    /// `None`.
    pub fn set_subscript<M: MethodOf<T> + Arity<2>, F: Callable<M>>(&mut self, _: F) -> &mut Self
    where
        F::Output: IntoResult<()>,
    {
        self.add(slot!(shim::HPy_mp_ass_subscript, SetValue<F, M>, SetKey set_key))
    }

    /// Lets Python look at a slice that the value holds: `memoryview(object)`, read-only
    /// and with one dimension. While a view lives, the value counts as being read, and
    /// cannot be changed. On PyPy views that nobody released live until the garbage
    /// collector runs; with our host for PyPy 8, released ones too.
    pub fn buffer<F, E>(&mut self, _: F) -> &mut Self
    where
        F: for<'a> Fn(&'a T) -> &'a [E] + Copy + Send + 'static,
        E: Element,
    {
        self.add_buffer::<Slice<F, E>, 1>()
    }

    /// Lets Python look at a slice of the value, and change it. While a view lives, the value counts
    /// as being changed: other views show the same, and methods cannot be called.
    pub fn buffer_mut<F, E>(&mut self, _: F) -> &mut Self
    where
        F: for<'a> Fn(&'a mut T) -> &'a mut [E] + Copy + Send + 'static,
        E: Element,
    {
        self.add_buffer::<SliceMut<F, E>, 1>()
    }

    /// Lets Python look at an [`Array`] in the value, as [`buffer`](Self::buffer) does.
    pub fn buffer_array<F, E, const N: usize>(&mut self, _: F) -> &mut Self
    where
        F: for<'a> Fn(&'a T) -> PyResult<Array<'a, E, N>> + Copy + Send + 'static,
        E: Element,
    {
        self.add_buffer::<Grid<F, E>, N>()
    }

    /// Lets Python change an [`ArrayMut`] in the value, as [`buffer_mut`](Self::buffer_mut) does.
    pub fn buffer_array_mut<F, E, const N: usize>(&mut self, _: F) -> &mut Self
    where
        F: for<'a> Fn(&'a mut T) -> PyResult<ArrayMut<'a, E, N>> + Copy + Send + 'static,
        E: Element,
    {
        self.add_buffer::<GridMut<F, E>, N>()
    }

    fn add_buffer<K: Exporter<T, N>, const N: usize>(&mut self) -> &mut Self {
        self.view_words = Layout::<N>::WORDS;
        self.add(slot!(shim::HPy_bf_getbuffer, Buffer<T, K, N>, GetBuffer get_buffer));
        self.add(slot!(
            shim::HPy_bf_releasebuffer,
            Buffer<T, K, N>,
            ReleaseBuffer release_buffer
        ))
    }

    /// Declares a finalizer: it runs when nobody can reach the object any more, before it is
    /// gone. Errors are reported, not raised. A value's own `Drop` comes later, without
    /// the interpreter.
    pub fn finalizer<F, R>(&mut self, _: F) -> &mut Self
    where
        F: for<'c> Fn(Ctx<'c>, Borrowed<'c>) -> R + Copy + Send + 'static,
        R: IntoResult<()>,
    {
        self.finalized = true;
        self.add(slot!(shim::HPy_tp_finalize, Finalizer<F, R>, Finalize finalize));
        self.add(method!(FINALIZER, Finalizer<F, R>, HPyFunc_NOARGS, NoArgs no_args))
    }
}
