// SPDX-License-Identifier: MIT OR Apache-2.0

//! Rust functions as native functions: their parameters are converted by
//! [`FromPy`], their result by [`IntoPy`].

use std::cell::Cell;

use hpy_shim::HPy;

use crate::api::Ctx;
use crate::class::Class;
use crate::convert::FromPy;
use crate::error::{Exception, PyErr, PyResult};
use crate::handle::Borrowed;
use crate::instance;
use crate::receiver::FromArg;
use crate::shared::Shared;

/// The arguments of one call, by position in the parameter list.
pub struct Args<'a, 'c> {
    ctx: Ctx<'c>,
    given: &'a [HPy],
    names: &'a [&'static str],
    /// The first argument where C passes an index.
    index: Option<isize>,
    /// The parameter for which `None` is a value like others.
    assigned: usize,
    /// Where to note that an argument could not be converted.
    unfit: Option<&'a Cell<bool>>,
    /// Those of `*args` where no tuple is made of them.
    rest: &'a [HPy],
}

impl<'a, 'c> Args<'a, 'c> {
    /// Makes the arguments of a call; `given` has null handles for parameters that were left out.
    pub(crate) fn new(ctx: Ctx<'c>, given: &'a [HPy], names: &'a [&'static str]) -> Self {
        Args {
            ctx,
            given,
            names,
            index: None,
            assigned: usize::MAX,
            unfit: None,
            rest: &[],
        }
    }

    /// Returns the same with arguments of `*args` as they came.
    #[inline(always)]
    pub(crate) fn with_rest(mut self, rest: &'a [HPy]) -> Self {
        self.rest = rest;
        self
    }

    /// Returns the arguments of `*args` as they came.
    pub(crate) fn rest(&self) -> (Ctx<'c>, &'a [HPy]) {
        (self.ctx, self.rest)
    }

    /// Returns the same; `unfit` becomes `true` where an argument cannot be converted.
    pub(crate) fn with_note(mut self, unfit: &'a Cell<bool>) -> Self {
        self.unfit = Some(unfit);
        self
    }

    /// Returns the same where the first argument is an index; `given` has anything in its place.
    pub(crate) fn with_index(mut self, index: isize) -> Self {
        self.index = Some(index);
        self
    }

    /// Returns the same where the second argument is a value that is assigned, or null: then an
    /// `Option` is `None` for null only.
    pub(crate) fn with_assigned(mut self) -> Self {
        self.assigned = 1;
        self
    }

    /// Returns the context of the call.
    #[inline(always)]
    pub(crate) fn ctx(&self) -> Ctx<'c> {
        self.ctx
    }

    /// Returns an argument, or `None` where it was left out.
    #[inline(always)]
    pub(crate) fn given(&self, place: usize) -> Option<Borrowed<'a>>
    where
        'c: 'a,
    {
        let raw = self.given.get(place).filter(|raw| raw._i != 0)?;
        Some(Borrowed::new(self.ctx, *raw))
    }

    /// Returns the handle of an argument, null where it was left out.
    #[inline(always)]
    pub(crate) fn raw(&self, place: usize) -> HPy {
        self.given.get(place).copied().unwrap_or(HPy { _i: 0 })
    }

    /// Returns `true` if an argument was not left out.
    #[inline(always)]
    pub(crate) fn is_given(&self, place: usize) -> bool {
        self.given.get(place).is_some_and(|raw| raw._i != 0)
    }

    /// Converts an argument; where it was left out, the value is what `absent` returns.
    #[inline(always)]
    pub(crate) fn take<T: FromArg<'a>>(
        &self,
        place: usize,
        absent: impl FnOnce() -> Option<T>,
    ) -> PyResult<T>
    where
        'c: 'a,
    {
        let Some(value) = self.given(place) else {
            return absent().ok_or_else(|| self.missing(place));
        };
        let converted = T::from_arg(value);
        if let (Some(unfit), Err(_)) = (self.unfit, &converted) {
            unfit.set(true);
        }
        converted
    }

    // Inlined, so that most calls do not ask what is special about few.
    #[inline(always)]
    fn get<T: FromPy>(&self, place: usize) -> PyResult<T> {
        let converted = self.convert(place);
        if let (Some(unfit), Err(_)) = (self.unfit, &converted) {
            unfit.set(true);
        }
        converted
    }

    #[inline(always)]
    fn convert<T: FromPy>(&self, place: usize) -> PyResult<T> {
        if let (0, Some(index)) = (place, self.index) {
            let ctx = self.ctx;
            return T::from_index(ctx, index).map_err(|error| out_of_range(ctx, error));
        }
        match self.given.get(place) {
            Some(raw) if raw._i != 0 => {
                let value = Borrowed::new(self.ctx, *raw);
                if place == self.assigned {
                    T::from_given(value)
                } else {
                    T::from_py(value)
                }
            }
            _ => T::absent().ok_or_else(|| self.missing(place)),
        }
    }

    #[cold]
    fn missing(&self, place: usize) -> PyErr {
        let message = match self.names.get(place) {
            Some(name) => format!("the argument '{name}' is missing"),
            None => format!("argument {} is missing", place + 1),
        };
        PyErr::new(Exception::Type, message)
    }
}

/// Turns the OverflowError of an index that a type cannot hold into an IndexError.
#[cold]
fn out_of_range(ctx: Ctx<'_>, error: PyErr) -> PyErr {
    if error.is(ctx, Exception::Overflow) {
        error.replace(ctx, Exception::Index, "index out of range")
    } else {
        error
    }
}

/// A Rust function that Python can call: `fn(Ctx, A, B, …) -> R`, for methods with
/// `&T`, `&mut T` or [`This<T>`] for the object behind the context.
///
/// Implemented for all such functions of up to twelve parameters; the type parameter
/// only tells the forms apart and is always inferred.
///
/// ```
/// use hpy_bindings::{Ctx, ModuleDef};
///
/// /// Optional parameters are `Option`s.
/// fn repeated(_: Ctx<'_>, text: String, times: Option<usize>) -> String {
///     text.repeat(times.unwrap_or(2))
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function_named(
///         c"repeated",
///         c"repeated(text, times=2)\n--\n\n",
///         || ["text", "times"],
///         repeated,
///     )
///     .function(c"larger", c"", |_: Ctx<'_>, a: f64, b: f64| a.max(b));
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.repeated("no"), example.repeated("no", times=1)
/// // ('nono', 'no')
/// // >>> example.larger(1, 2.5)
/// // 2.5
/// // >>> example.larger(1)
/// // Traceback (most recent call last):
/// // TypeError: argument 2 is missing
/// ```
pub trait Callable<Form>: Copy + Send + 'static {
    /// The result of the function.
    type Output;
    /// The number of its parameters, the context and the object not counted.
    const ARITY: usize;
    /// `true` if none of them may be left out.
    const ALL_REQUIRED: bool;
    /// `true` if the last of them may be left out.
    const LAST_OPTIONAL: bool;
    #[doc(hidden)]
    /// # Safety
    /// For a method, `this` is an instance of its class.
    unsafe fn invoke(&self, this: Borrowed<'_>, args: Args<'_, '_>) -> PyResult<Self::Output>;
}

/// The object of a method that borrows it by itself, or passes it on.
///
/// ```
/// # use hpy_bindings::{Class, ClassDef, Ctx, ModuleDef, PyResult, Shared, This};
/// struct Purse(u64);
///
/// impl Class for Purse {
/// #   const NAME: &'static std::ffi::CStr = c"example.Purse";
/// #   const DOC: &'static std::ffi::CStr = c"Holds money.";
///     fn define(class: &mut ClassDef<Self>) {
///         class
///             .constructor(|_: Ctx<'_>, money: u64| Purse(money))
///             // with `&mut Purse`, `purse.take_from(purse)` would be an error
///             .method(
///                 c"take_from",
///                 c"",
///                 |ctx: Ctx<'_>, this: This<Purse>, other: Shared<Purse>| -> PyResult<u64> {
///                     let found = std::mem::take(&mut other.borrow_mut(ctx)?.0);
///                     let mut purse = this.borrow_mut(ctx)?;
///                     purse.0 += found;
///                     Ok(purse.0)
///                 },
///             );
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.class::<Purse>();
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> purse = example.Purse(5)
/// // >>> purse.take_from(example.Purse(2)), purse.take_from(purse)
/// // (7, 7)
/// ```
pub struct This<T>(pub(crate) Shared<T>);

impl<T> std::ops::Deref for This<T> {
    type Target = Shared<T>;
    fn deref(&self) -> &Shared<T> {
        &self.0
    }
}

/// The form of a function of a module.
pub struct Free<A>(std::marker::PhantomData<A>);
/// The form of a method that reads its object.
pub struct Reads<T, A>(std::marker::PhantomData<(T, A)>);
/// The form of a method that changes its object.
pub struct Writes<T, A>(std::marker::PhantomData<(T, A)>);
/// The form of a method that borrows its object by itself.
pub struct Holds<T, A>(std::marker::PhantomData<(T, A)>);

/// Forms that are methods of `T`.
pub trait MethodOf<T> {}
impl<T, A> MethodOf<T> for Reads<T, A> {}
impl<T, A> MethodOf<T> for Writes<T, A> {}
impl<T, A> MethodOf<T> for Holds<T, A> {}

/// Forms that are functions of a module.
#[diagnostic::on_unimplemented(
    message = "this takes functions without an object behind the context",
    note = "an operator gets both operands as parameters, in Python's order: `Shared<T>` is one of type `T`"
)]
pub trait FreeFunction {}
impl<A> FreeFunction for Free<A> {}

/// Forms with `COUNT` parameters behind the context and the object.
#[diagnostic::on_unimplemented(
    message = "this takes functions with another number of parameters",
    label = "a function of the form `{Self}`",
    note = "behind the context, and the object where there is one, it wants {COUNT}"
)]
pub trait Arity<const COUNT: usize> {}

// Arguments are converted before the object is borrowed: a conversion may run Python
// code, and that may use the object.
macro_rules! callable {
    ($form:ty, [$($class:tt)*], ($($taken:ty)?), $this:ident: $object:ident = $find:expr, ($($passed:expr)?),
     $arity:literal: $($name:ident $index:tt)*) => {
        #[allow(non_snake_case, unused_variables, unused_assignments, unused_mut)]
        impl<$($class)* F, R, $($name: FromPy),*> Callable<$form> for F
        where
            F: Fn(Ctx<'_>, $($taken,)? $($name),*) -> R + Copy + Send + 'static,
        {
            type Output = R;
            const ARITY: usize = $arity;
            const ALL_REQUIRED: bool = true $(&& !$name::OPTIONAL)*;
            const LAST_OPTIONAL: bool = {
                let mut last = false;
                $(last = $name::OPTIONAL;)*
                last
            };
            // A call is its own fast path, however many entries share the function.
            #[inline(always)]
            unsafe fn invoke(&self, $this: Borrowed<'_>, args: Args<'_, '_>) -> PyResult<R> {
                let $object = $find;
                $(let $name = args.get::<$name>($index)?;)*
                // A borrow in the call ends before the object is let go of.
                let result = self(args.ctx, $($passed,)? $($name),*);
                Ok(result)
            }
        }

        impl<$($class)* $($name: FromPy),*> Arity<$arity> for $form {}
    };
}

macro_rules! callables {
    ($($arity:literal: $($name:ident $index:tt)*;)*) => {$(
        callable! {
            Free<($($name,)*)>, [], (), this: object = (), (),
            $arity: $($name $index)*
        }
        callable! {
            Reads<T, ($($name,)*)>, [T: Class,], (&T),
            // SAFETY: the caller's promise.
            this: object = unsafe { instance::receiver::<T>(this.ctx(), this.raw()) }?,
            (&*object.read()?),
            $arity: $($name $index)*
        }
        callable! {
            Writes<T, ($($name,)*)>, [T: Class,], (&mut T),
            // SAFETY: the caller's promise.
            this: object = unsafe { instance::receiver::<T>(this.ctx(), this.raw()) }?,
            (&mut *object.write()?),
            $arity: $($name $index)*
        }
        callable! {
            Holds<T, ($($name,)*)>, [T: Class,], (This<T>),
            this: object = This(this.extract::<Shared<T>>()?),
            (object),
            $arity: $($name $index)*
        }
    )*};
}

callables! {
    0:;
    1: A0 0;
    2: A0 0 A1 1;
    3: A0 0 A1 1 A2 2;
    4: A0 0 A1 1 A2 2 A3 3;
    5: A0 0 A1 1 A2 2 A3 3 A4 4;
    6: A0 0 A1 1 A2 2 A3 3 A4 4 A5 5;
    7: A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6;
    8: A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7;
    9: A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8;
    10: A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9;
    11: A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10;
    12: A0 0 A1 1 A2 2 A3 3 A4 4 A5 5 A6 6 A7 7 A8 8 A9 9 A10 10 A11 11;
}
