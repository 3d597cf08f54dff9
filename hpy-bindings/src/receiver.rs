// SPDX-License-Identifier: MIT OR Apache-2.0

//! Functions that fetch their arguments themselves, one by one, and may borrow from them: what
//! the attribute macros write.

use std::cell::{Cell, OnceCell};
use std::marker::PhantomData;

use hpy_shim::HPy;

use crate::api::Ctx;
use crate::builtin;
use crate::class::Class;
use crate::convert::{Bytes, FromPy, IntoPy, expected_text};
use crate::error::{Exception, PyResult};
use crate::function::{Args, Arity, Callable, FreeFunction, MethodOf, This};
use crate::handle::{Borrowed, Handle};
use crate::instance;
use crate::registry;
use crate::results::{self, IterationResult};
use crate::shared::{Pinned, Reading, Shared, Writing};
use crate::varargs::VarArgs;

/// A parameter of a function that a macro declares: whatever is [`FromPy`], and what borrows
/// from the argument for the time of the call.
///
/// The latter are [`Borrowed`] and [`Handle`] (any object), `&str` (a `str`) and `&[u8]` (a
/// `bytes`), none of them with a copy, [`BytesLike`] (any buffer), and an `Option` of each. A
/// parameter `&T` is an instance of the class `T`, borrowed from its [`Shared`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made of a Python object",
    label = "not a parameter that Python can fill",
    note = "a class of this crate is taken as `&{Self}`, or as `Shared<{Self}>` to keep it",
    note = "a struct or an enum of such values can `#[derive(FromPy)]`",
    note = "any object is taken as `Borrowed<'_>`"
)]
pub trait FromArg<'a>: Sized {
    /// Converts the argument.
    fn from_arg(value: Borrowed<'a>) -> PyResult<Self>;

    /// Returns the value of a parameter that was left out; `None` where it is required.
    fn absent() -> Option<Self> {
        None
    }
}

impl<'a, T: FromPy> FromArg<'a> for T {
    #[inline(always)]
    fn from_arg(value: Borrowed<'a>) -> PyResult<Self> {
        T::from_py(value)
    }

    #[inline(always)]
    fn absent() -> Option<Self> {
        T::absent()
    }
}

macro_rules! borrowing {
    ($($type:ty: $value:ident => $converted:expr;)*) => {$(
        impl<'a> FromArg<'a> for $type {
            #[inline(always)]
            fn from_arg($value: Borrowed<'a>) -> PyResult<Self> {
                $converted
            }
        }

        impl<'a> FromArg<'a> for Option<$type> {
            #[inline(always)]
            fn from_arg(value: Borrowed<'a>) -> PyResult<Self> {
                (!value.is_none()).then(|| FromArg::from_arg(value)).transpose()
            }

            fn absent() -> Option<Self> {
                Some(None)
            }
        }
    )*};
}

borrowing! {
    Borrowed<'a>: value => Ok(value);
    Handle<'a>: value => Ok(value.to_owned());
    &'a str: value => value.as_str();
    &'a [u8]: value => {
        let wrong = || crate::convert::expected("bytes", value);
        value.as_bytes().ok_or_else(wrong)
    };
    BytesLike<'a>: value => BytesLike::of(value);
}

/// An `Option` as a parameter of a macro's function; `None` stands for `None`.
pub struct Maybe<T>(pub Option<T>);

impl<'a, T: FromArg<'a>> FromArg<'a> for Maybe<T> {
    #[inline(always)]
    fn from_arg(value: Borrowed<'a>) -> PyResult<Self> {
        let given = !value.is_none();
        let converted = given.then(|| T::from_arg(value)).transpose();
        converted.map(Maybe)
    }

    #[inline(always)]
    fn absent() -> Option<Self> {
        Some(Maybe(None))
    }
}

/// A parameter that takes the bytes of any object with a buffer: `bytes` without a copy, a
/// `bytearray`, a `memoryview` or an array with one, as the ABI has no way to look into those.
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{BytesLike, pyfunction};
///
/// #[pyfunction]
/// fn checksum(data: BytesLike<'_>) -> u32 {
///     data.iter().map(|byte| u32::from(*byte)).sum()
/// }
/// # }
///
/// // >>> example.checksum(b"abc"), example.checksum(bytearray(b"abc"))
/// // (294, 294)
/// // >>> example.checksum("abc")
/// // Traceback (most recent call last):
/// // TypeError: expected a bytes-like object, got str
/// ```
pub struct BytesLike<'a> {
    content: Content<'a>,
    /// `None` for bytes.
    format: Option<String>,
    has_gaps: bool,
}

enum Content<'a> {
    Given(&'a [u8]),
    Copied(Vec<u8>),
}

impl<'a> BytesLike<'a> {
    fn of(value: Borrowed<'a>) -> PyResult<Self> {
        if let Some(bytes) = value.as_bytes() {
            return Ok(BytesLike {
                content: Content::Given(bytes),
                format: None,
                has_gaps: false,
            });
        }
        let view = view_of(value, "a bytes-like object")?;
        let read = || -> PyResult<Self> {
            let has_gaps = !view.attr(c"c_contiguous")?.truth()?;
            let Bytes(copy) = view.call_method(c"tobytes", &[])?.extract()?;
            let format = view.attr(c"format")?.extract()?;
            Ok(BytesLike {
                content: Content::Copied(copy),
                format: Some(format),
                has_gaps,
            })
        };
        let read = read();
        view.call_method(c"release", &[])?;
        read
    }

    /// Returns the format of the buffer's items, as the module `struct` has it: that of bytes is
    /// `B`.
    pub fn format(&self) -> &str {
        self.format.as_deref().unwrap_or("B")
    }

    /// Returns `true` if the items did not lie one behind the other in C's order; here they do.
    pub fn has_gaps(&self) -> bool {
        self.has_gaps
    }
}

/// Returns a `memoryview` of the object; TypeError that says what was wanted.
pub(crate) fn view_of<'c>(value: Borrowed<'c>, wanted: &str) -> PyResult<Handle<'c>> {
    let ctx = value.ctx();
    match builtin::MEMORYVIEW.get(ctx)?.call(&[value]) {
        Err(error) if error.is(ctx, Exception::Type) => {
            Err(error.replace(ctx, Exception::Type, expected_text(wanted, value)))
        }
        view => view,
    }
}

impl std::ops::Deref for BytesLike<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.content {
            Content::Given(bytes) => bytes,
            Content::Copied(bytes) => bytes,
        }
    }
}

/// The arguments of one call, in the order of the `N` parameters.
pub struct Arguments<'a, 'c, const N: usize>(Args<'a, 'c>);

impl<'a, 'c, const N: usize> Arguments<'a, 'c, N> {
    #[inline(always)]
    pub(crate) fn new(args: Args<'a, 'c>) -> Self {
        Arguments(args)
    }

    /// Returns the context of the call.
    #[inline(always)]
    pub fn ctx(&self) -> Ctx<'c> {
        self.0.ctx()
    }

    /// Converts the argument of a parameter; TypeError where it is required and missing.
    #[inline(always)]
    pub fn get<T: FromArg<'a>>(&self, place: usize) -> PyResult<T>
    where
        'c: 'a,
    {
        self.0.take(place, T::absent)
    }

    /// Converts the argument of a parameter that is required, whatever its type is.
    #[inline(always)]
    pub fn required<T: FromArg<'a>>(&self, place: usize) -> PyResult<T>
    where
        'c: 'a,
    {
        self.0.take(place, || None)
    }

    /// Converts the argument of a parameter, which has a default.
    #[inline(always)]
    pub fn get_or<T: FromArg<'a>>(&self, place: usize, default: impl FnOnce() -> T) -> PyResult<T>
    where
        'c: 'a,
    {
        self.0.take(place, || Some(default()))
    }

    /// Returns `true` if the argument was given.
    #[inline(always)]
    pub fn is_given(&self, place: usize) -> bool {
        self.0.is_given(place)
    }

    /// Calls the method of an operator, if the operand at `place` is a `T` and the others fit;
    /// those are its `K` arguments.
    #[inline(always)]
    pub fn operate<T: Class, const K: usize>(
        &self,
        place: usize,
        method: impl FnOnce(Receiver<'c, T>, Arguments<'_, 'c, K>) -> PyResult<Handle<'c>>,
    ) -> PyResult<Option<Handle<'c>>> {
        const { assert!(K < N) };
        let ctx = self.ctx();
        let this = self.0.raw(place);
        let class = registry::class::<T>(ctx)?;
        if !ctx.has_type(Borrowed::new(ctx, this), class.as_borrowed()) {
            return Ok(None);
        }
        // SAFETY: checked in the lines before.
        let receiver = unsafe { Receiver::new(ctx, this) }?;
        let mut others = [HPy { _i: 0 }; K];
        let left = (0..N).filter(|&other| other != place);
        for (other, index) in others.iter_mut().zip(left) {
            *other = self.0.raw(index);
        }
        let unfit = Cell::new(false);
        let arguments = Arguments(Args::new(ctx, &others, &[]).with_note(&unfit));
        let result = method(receiver, arguments);
        if unfit.get() {
            results::if_it_fits(ctx, result)
        } else {
            result.map(Some)
        }
    }

    /// Returns the arguments of `*args` as they came.
    #[inline(always)]
    pub fn rest(&self) -> VarArgs<'a>
    where
        'c: 'a,
    {
        let (ctx, given) = self.0.rest();
        VarArgs::new(ctx, given)
    }

    /// Converts the result.
    #[inline(always)]
    pub fn finish<R: IntoPy>(&self, result: R) -> PyResult<Handle<'c>> {
        result.into_py(self.ctx())
    }
}

/// The object of a method, whose value is not borrowed yet: first come the arguments, whose
/// conversion may run Python code.
pub struct Receiver<'c, T> {
    this: Borrowed<'c>,
    pinned: Pinned<T>,
    /// The object, where the method uses it and the host may let go of it meanwhile.
    held: OnceCell<Handle<'c>>,
}

impl<'c, T: Class> Receiver<'c, T> {
    /// # Safety
    /// As for [`instance::receiver`].
    #[inline(always)]
    pub(crate) unsafe fn new(ctx: Ctx<'c>, this: HPy) -> PyResult<Self> {
        // SAFETY: the caller's promise.
        let pinned = unsafe { instance::receiver::<T>(ctx, this) }?;
        Ok(Receiver {
            this: Borrowed::new(ctx, this),
            pinned,
            held: OnceCell::new(),
        })
    }

    /// Returns the object, which lives at least as long as this: CPython's `itertools.chain` lets
    /// go of an iterator while that makes a step.
    fn object(&self) -> Borrowed<'_> {
        if self.this.ctx().host_holds_objects() {
            self.this
        } else {
            self.held.get_or_init(|| self.this.to_owned()).as_borrowed()
        }
    }

    /// Borrows the value for reading; RuntimeError while it is being changed.
    #[inline(always)]
    pub fn read(&self) -> PyResult<Reading<'_, T>> {
        self.pinned.read()
    }

    /// Borrows the value for a change; RuntimeError while anybody else uses it.
    #[inline(always)]
    pub fn write(&self) -> PyResult<Writing<'_, T>> {
        self.pinned.write()
    }

    /// Holds the object where a result of type `R` is made of it.
    #[inline(always)]
    pub fn hold<R: IntoPy>(&self) -> Held<'c, R> {
        Held {
            ctx: self.this.ctx(),
            object: R::IS_THIS_OBJECT.then(|| self.this.to_owned()),
            _result: PhantomData,
        }
    }
}

/// What becomes the result of a method.
pub struct Held<'c, R> {
    ctx: Ctx<'c>,
    object: Option<Handle<'c>>,
    _result: PhantomData<fn(R)>,
}

impl<'c, R: IntoPy> Held<'c, R> {
    /// Converts the result.
    #[inline(always)]
    pub fn finish(self, result: R) -> PyResult<Handle<'c>> {
        result.into_py_from(self.ctx, self.object)
    }
}

/// A first parameter of a method that is its object.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not how a method takes its object",
    note = "take `&self`, `&mut self`, `this: Shared<Self>` or `slf: Borrowed<'_>`"
)]
pub trait FromReceiver<'r, T>: Sized {
    /// Returns the object of a method. Asked for before anything else happens in the call.
    fn from_receiver(receiver: &'r Receiver<'_, T>) -> PyResult<Self>;
}

impl<T: Class> FromReceiver<'_, T> for Shared<T> {
    #[inline(always)]
    fn from_receiver(receiver: &Receiver<'_, T>) -> PyResult<Self> {
        Ok(receiver.pinned.share())
    }
}

impl<T: Class> FromReceiver<'_, T> for This<T> {
    fn from_receiver(receiver: &Receiver<'_, T>) -> PyResult<Self> {
        Ok(This(receiver.pinned.share()))
    }
}

impl<'r, T: Class> FromReceiver<'r, T> for Borrowed<'r> {
    fn from_receiver(receiver: &'r Receiver<'_, T>) -> PyResult<Self> {
        Ok(receiver.object())
    }
}

impl<'r, T: Class> FromReceiver<'r, T> for Handle<'r> {
    fn from_receiver(receiver: &'r Receiver<'_, T>) -> PyResult<Self> {
        Ok(receiver.this.to_owned())
    }
}

/// The form of a function that fetches its arguments.
pub struct Fetches<const N: usize>;
/// The form of a constructor of `T` that fetches its arguments.
pub struct Makes<T, const N: usize>(PhantomData<T>);
/// The form of a method of `T` that fetches its arguments.
pub struct MethodFetches<T, const N: usize>(PhantomData<T>);
/// The form of a method of `T` that fetches its arguments, and returns a plain value.
pub struct MethodGives<T, const N: usize, V>(PhantomData<(T, V)>);

impl<const N: usize> FreeFunction for Fetches<N> {}
impl<const N: usize> Arity<N> for Fetches<N> {}
impl<T, const N: usize> FreeFunction for Makes<T, N> {}
impl<T, const N: usize> Arity<N> for Makes<T, N> {}
impl<T, const N: usize> MethodOf<T> for MethodFetches<T, N> {}
impl<T, const N: usize> Arity<N> for MethodFetches<T, N> {}
impl<T, const N: usize, V> MethodOf<T> for MethodGives<T, N, V> {}
impl<T, const N: usize, V> Arity<N> for MethodGives<T, N, V> {}

/// The result of a function that fetches its arguments: an object already.
pub struct Returned(HPy);

impl IntoPy for Returned {
    #[inline(always)]
    fn into_py(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        Ok(Handle::new(ctx, self.0))
    }
}

impl IterationResult for Returned {
    #[inline(always)]
    fn into_next(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        self.into_py(ctx)
    }
}

impl<F, const N: usize> Callable<Fetches<N>> for F
where
    F: for<'a, 'c> Fn(Arguments<'a, 'c, N>) -> PyResult<Handle<'c>> + Copy + Send + 'static,
{
    type Output = Returned;
    const ARITY: usize = N;
    const ALL_REQUIRED: bool = true;
    const LAST_OPTIONAL: bool = false;

    #[inline(always)]
    unsafe fn invoke(&self, _: Borrowed<'_>, args: Args<'_, '_>) -> PyResult<Returned> {
        self(Arguments(args)).map(|result| Returned(result.into_raw()))
    }
}

impl<F, T, const N: usize> Callable<MethodFetches<T, N>> for F
where
    F: for<'a, 'c> Fn(Receiver<'c, T>, Arguments<'a, 'c, N>) -> PyResult<Handle<'c>>
        + Copy
        + Send
        + 'static,
    T: Class,
{
    type Output = Returned;
    const ARITY: usize = N;
    const ALL_REQUIRED: bool = true;
    // It looks for itself.
    const LAST_OPTIONAL: bool = true;

    #[inline(always)]
    unsafe fn invoke(&self, this: Borrowed<'_>, args: Args<'_, '_>) -> PyResult<Returned> {
        // SAFETY: the caller's promise.
        let receiver = unsafe { Receiver::new(args.ctx(), this.raw()) }?;
        self(receiver, Arguments(args)).map(|result| Returned(result.into_raw()))
    }
}

impl<F, T, const N: usize> Callable<Makes<T, N>> for F
where
    F: for<'a, 'c> Fn(Arguments<'a, 'c, N>) -> PyResult<T> + Copy + Send + 'static,
    T: Class,
{
    type Output = T;
    const ARITY: usize = N;
    const ALL_REQUIRED: bool = true;
    const LAST_OPTIONAL: bool = false;

    #[inline(always)]
    unsafe fn invoke(&self, _: Borrowed<'_>, args: Args<'_, '_>) -> PyResult<T> {
        self(Arguments(args))
    }
}

impl<F, T, const N: usize, V> Callable<MethodGives<T, N, V>> for F
where
    F: for<'a, 'c> Fn(Receiver<'c, T>, Arguments<'a, 'c, N>) -> PyResult<V> + Copy + Send + 'static,
    T: Class,
{
    type Output = V;
    const ARITY: usize = N;
    const ALL_REQUIRED: bool = true;
    // It looks for itself.
    const LAST_OPTIONAL: bool = true;

    #[inline(always)]
    unsafe fn invoke(&self, this: Borrowed<'_>, args: Args<'_, '_>) -> PyResult<V> {
        // SAFETY: the caller's promise.
        let receiver = unsafe { Receiver::new(args.ctx(), this.raw()) }?;
        self(receiver, Arguments(args))
    }
}
