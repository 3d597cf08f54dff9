// SPDX-License-Identifier: MIT OR Apache-2.0

//! Exceptions on their way to Python.

use std::error::Error;
use std::ffi::{self, CString};
use std::path::PathBuf;
use std::{char, num, str, string};

use hpy_shim::HPy;

use crate::api::Ctx;
use crate::convert::IntoPy;
use crate::handle::{Borrowed, Handle};
use crate::pending::Pending;

pub use crate::exception::Exception;

/// The result of all operations that may raise an exception.
///
/// ```
/// # use hpy_bindings::{Ctx, Exception, ModuleDef, PyErr, PyResult};
/// fn reciprocal(_: Ctx<'_>, number: i64) -> PyResult<f64> {
///     match number {
///         0 => Err(PyErr::new(Exception::ZeroDivision, "zero has none")),
///         other => Ok(1.0 / other as f64),
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function(c"reciprocal", c"", reciprocal);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.reciprocal(4)
/// // 0.25
/// // >>> example.reciprocal(0)
/// // Traceback (most recent call last):
/// // ZeroDivisionError: zero has none
/// ```
pub type PyResult<T> = Result<T, PyErr>;

/// A Python exception: one that Python raised, or one that is still to be made.
///
/// It is a value as others are: it may be returned, dropped, kept for a later call or raised
/// by another thread, and Python may be used meanwhile. [`PyErr::into_object`] gives the
/// exception object, [`Ctx::catch`] does for all that some work raises.
///
/// ```
/// use hpy_bindings::{exactly, Borrowed, Exception, Handle, ModuleDef, PyErr, PyResult};
///
/// /// `mapping[key]`, or 0 where it has no such key.
/// fn number_of<'c>(module: Borrowed<'c>, args: &[Borrowed<'c>]) -> PyResult<Handle<'c>> {
///     let (ctx, [mapping, key]) = (module.ctx(), exactly(args)?);
///     match mapping.get(key) {
///         Err(error) if error.is(ctx, Exception::Key) => {
///             error.forget(ctx);
///             ctx.list([0])?.item(0)
///         }
///         Err(error) => Err(error.replace(ctx, Exception::Type, "that is no mapping")),
///         found => found,
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function_raw(c"number_of", c"", number_of)
///         .function(c"open_lock", c"", |_: hpy_bindings::Ctx<'_>, path: String| -> PyResult<()> {
///             Err(PyErr::os(13, "locked", Some(path.into())))
///         });
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.number_of({"a": 1}, "a"), example.number_of({}, "a")
/// // (1, 0)
/// // >>> example.number_of(None, "a")
/// // Traceback (most recent call last):
/// // TypeError: that is no mapping
/// // >>> example.open_lock("door")
/// // Traceback (most recent call last):
/// // PermissionError: [Errno 13] locked: 'door'
/// ```
#[derive(Debug)]
pub struct PyErr(State);

/// The state of an exception, of two words because results carry it through every call.
#[derive(Debug)]
enum State {
    Pending(Pending),
    New(Box<(Exception, String)>),
    Os(Box<Os>),
    /// An exception with its cause, both still to be made.
    Caused(Box<(PyErr, PyErr)>),
    Stop,
}

#[derive(Debug)]
struct Os {
    errno: i32,
    message: String,
    file: Option<PathBuf>,
}

/// An error that becomes a Python exception: any type that a [`PyErr`] is [`From`].
///
/// Implement `From` once for a crate's error type, and functions may return it; `?` converts it in
/// those that return a [`PyResult`].
///
/// ```
/// use hpy_bindings::{Ctx, Exception, ModuleDef, PyErr};
///
/// enum Wrong {
///     Empty,
///     TooLong(usize),
/// }
///
/// impl From<Wrong> for PyErr {
///     fn from(wrong: Wrong) -> PyErr {
///         match wrong {
///             Wrong::Empty => PyErr::new(Exception::Value, "the name is empty"),
///             Wrong::TooLong(by) => PyErr::new(Exception::Value, format!("{by} letters too long")),
///         }
///     }
/// }
///
/// fn initial(_: Ctx<'_>, name: String) -> Result<char, Wrong> {
///     match name.len().checked_sub(8) {
///         Some(by @ 1..) => Err(Wrong::TooLong(by)),
///         _ => name.chars().next().ok_or(Wrong::Empty),
///     }
/// }
///
/// fn define(m: &mut ModuleDef) {
///     m.function(c"initial", c"", initial);
/// }
/// # hpy_bindings::module!("example", define);
///
/// // >>> example.initial("Ada")
/// // 'A'
/// // >>> example.initial("Augusta Ada")
/// // Traceback (most recent call last):
/// // ValueError: 3 letters too long
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` says not which exception it is",
    label = "not an error that Python can raise",
    note = "implement `From<{Self}>` for `PyErr`, or return a `PyErr`"
)]
pub trait IntoPyErr: Sized {
    /// Converts the error to the exception to raise.
    fn into_py_err(self) -> PyErr;
}

#[diagnostic::do_not_recommend]
impl<E: Into<PyErr>> IntoPyErr for E {
    fn into_py_err(self) -> PyErr {
        self.into()
    }
}

impl From<std::io::Error> for PyErr {
    /// Becomes an `OSError` if the system gave a number, else a RuntimeError; see
    /// [`PyErr::from_error`].
    fn from(error: std::io::Error) -> Self {
        PyErr::from_error(Exception::Runtime, &error)
    }
}

macro_rules! of_std {
    ($($class:ident: $($error:ty),+;)*) => {$($(
        impl From<$error> for PyErr {
            /// Becomes the exception that Python raises in such a case.
            fn from(error: $error) -> Self {
                PyErr::from_error(Exception::$class, &error)
            }
        }
    )+)*};
}

of_std! {
    Value: num::ParseIntError, num::ParseFloatError, str::ParseBoolError, char::ParseCharError,
        str::Utf8Error, string::FromUtf8Error, ffi::NulError;
    Overflow: num::TryFromIntError;
}

macro_rules! boxes {
    ($($error:ty),*) => {$(
        impl From<Box<$error>> for PyErr {
            /// Becomes a RuntimeError; see [`PyErr::from_error`].
            fn from(error: Box<$error>) -> Self {
                PyErr::from_error(Exception::Runtime, &*error)
            }
        }
    )*};
}

boxes!(dyn Error, dyn Error + Send + Sync);

#[cfg(feature = "anyhow")]
impl From<anyhow::Error> for PyErr {
    /// Becomes a RuntimeError; see [`PyErr::from_error`].
    fn from(error: anyhow::Error) -> Self {
        PyErr::from_error(Exception::Runtime, &*error)
    }
}

#[cfg(feature = "eyre")]
impl From<eyre::Report> for PyErr {
    /// Becomes a RuntimeError; see [`PyErr::from_error`].
    fn from(error: eyre::Report) -> Self {
        PyErr::from_error(Exception::Runtime, &*error)
    }
}

impl PyErr {
    /// Makes an exception of this class with this message.
    #[cold]
    pub fn new(class: Exception, message: impl Into<String>) -> Self {
        PyErr(State::New(Box::new((class, message.into()))))
    }

    /// Makes an `OSError` (or the subclass that belongs to `errno`) with a file name.
    pub fn os(errno: i32, message: impl Into<String>, file: Option<PathBuf>) -> Self {
        PyErr(State::Os(Box::new(Os {
            errno,
            message: message.into(),
            file,
        })))
    }

    /// Makes an exception of this class for a Rust error. The source that the error tells
    /// becomes the exception's `__cause__`, of the same class, and so on. Errors of the
    /// system become `OSError`s.
    pub fn from_error(class: Exception, error: &(dyn Error + 'static)) -> Self {
        let io = error.downcast_ref::<std::io::Error>();
        let this = match io.and_then(std::io::Error::raw_os_error) {
            Some(errno) => PyErr::os(errno, error.to_string(), None),
            None => PyErr::new(class, error.to_string()),
        };
        match error.source() {
            Some(source) => this.caused_by(PyErr::from_error(class, source)),
            None => this,
        }
    }

    /// Raises an exception object, such as one that [`Ctx::catch`] caught. TypeError where
    /// the object is no exception.
    pub fn object(error: Borrowed<'_>) -> Self {
        let ctx = error.ctx();
        if !ctx.has_type(error, ctx.constant(|c| c.h_BaseException)) {
            return crate::convert::expected("an exception", error);
        }
        ctx.set_error(error.type_of().as_borrowed(), error);
        PyErr::pending(ctx)
    }

    /// Makes an exception of this class with an object as its argument, such as the key of a
    /// KeyError. What fails in making it is raised instead.
    ///
    /// ```
    /// use hpy_bindings::{Ctx, Exception, ModuleDef, PyErr, PyResult};
    ///
    /// fn find(ctx: Ctx<'_>, key: (i64, i64)) -> PyResult<()> {
    ///     Err(PyErr::with_argument(ctx, Exception::Key, key))
    /// }
    ///
    /// fn define(m: &mut ModuleDef) {
    ///     m.function(c"find", c"", find);
    /// }
    /// # hpy_bindings::module!("example", define);
    ///
    /// // >>> example.find((1, 2))
    /// // Traceback (most recent call last):
    /// // KeyError: (1, 2)
    /// ```
    pub fn with_argument(ctx: Ctx<'_>, class: Exception, argument: impl IntoPy) -> Self {
        let make = || {
            let argument = argument.into_py(ctx)?;
            let made = class.with(ctx, |class| ctx.call(class, &[argument.as_borrowed()]))?;
            Ok(PyErr::object(made.as_borrowed()))
        };
        make().unwrap_or_else(|failed| failed)
    }

    /// Sets the `__cause__`, as `raise … from cause` does. `cause` is an exception or
    /// `None`.
    ///
    /// An exception that Python raised stays as it is: [`PyErr::into_object`] is the way to
    /// get at those.
    pub fn raise_from(self, ctx: Ctx<'_>, cause: Borrowed<'_>) -> Self {
        if matches!(self.0, State::Pending(_)) {
            return self;
        }
        let caused = |error: Handle<'_>| {
            error.set_attr(c"__cause__", cause)?;
            Ok(PyErr::object(error.as_borrowed()))
        };
        self.into_object(ctx)
            .and_then(caused)
            .unwrap_or_else(|failed| failed)
    }

    /// Sets the `__cause__` to another new exception. Of two of which one is pending
    /// already, that one is raised.
    pub fn caused_by(self, cause: PyErr) -> Self {
        match (&self.0, &cause.0) {
            (State::Pending(_), _) => self,
            (_, State::Pending(_)) => cause,
            _ => PyErr(State::Caused(Box::new((self, cause)))),
        }
    }

    /// Refers to the exception that a host function has just left pending.
    #[cold]
    pub(crate) fn pending(_: Ctx<'_>) -> Self {
        PyErr(State::Pending(Pending::new()))
    }

    /// Makes the StopIteration that ends an iteration.
    pub(crate) fn stop_iteration() -> Self {
        PyErr(State::Stop)
    }

    /// Makes the exception pending in the interpreter, for good.
    pub(crate) fn raise(self, ctx: Ctx<'_>) {
        match self.0 {
            State::Pending(pending) if pending.is_current() => {
                // A host that has failed without an exception must not be the end of it.
                if ctx.occurred() {
                    pending.leave();
                } else {
                    drop(pending);
                    gone().raise(ctx);
                }
            }
            State::Stop => ctx.set_error(
                ctx.constant(|c| c.h_StopIteration),
                ctx.constant(|c| c.h_None),
            ),
            State::New(new) => {
                let (class, message) = *new;
                // A class that cannot be had, or memory: what failed is raised instead.
                if let Err(error) = raise_new(ctx, class, &message) {
                    error.raise(ctx);
                }
            }
            State::Os(_) | State::Caused(_) | State::Pending(_) => {
                let made = self.into_object(ctx);
                let error =
                    made.map_or_else(|failed| failed, |made| PyErr::object(made.as_borrowed()));
                error.raise(ctx);
            }
        }
    }

    /// Returns the exception object. An error is that of making it.
    pub fn into_object(self, ctx: Ctx<'_>) -> PyResult<Handle<'_>> {
        match self.0 {
            State::Pending(pending) => pending.object(ctx)?.ok_or_else(gone),
            State::Stop => ctx.constant(|c| c.h_StopIteration).call(&[]),
            State::New(new) => {
                let message = ctx.str(&new.1)?;
                new.0
                    .with(ctx, |class| ctx.call(class, &[message.as_borrowed()]))
            }
            State::Os(os) => make_os(ctx, *os),
            State::Caused(both) => {
                let (error, cause) = *both;
                let (error, cause) = (error.into_object(ctx)?, cause.into_object(ctx)?);
                error.set_attr(c"__cause__", &cause)?;
                Ok(error)
            }
        }
    }

    /// Reports the exception as one that nobody can catch, by `sys.unraisablehook`: for
    /// callbacks that cannot fail. `place` is what it happened in.
    pub fn write_unraisable(self, ctx: Ctx<'_>, place: Option<Borrowed<'_>>) {
        let failed = match place {
            Some(place) if ctx.is_pypys_own_host() => match self.tell_hook(ctx, place) {
                Ok(()) => return,
                Err(failed) => failed,
            },
            _ => self,
        };
        failed.raise(ctx);
        ctx.write_unraisable(place.map_or(HPy { _i: 0 }, Borrowed::raw));
    }

    /// Calls the hook, to which PyPy 7.3's host would not tell the place.
    fn tell_hook(self, ctx: Ctx<'_>, place: Borrowed<'_>) -> PyResult<()> {
        let error = self.into_object(ctx)?;
        let (class, traceback) = (error.type_of(), error.attr(c"__traceback__")?);
        let message = ctx.str("Exception ignored in")?;
        let told = [
            ("exc_type", class.as_borrowed()),
            ("exc_value", error.as_borrowed()),
            ("exc_traceback", traceback.as_borrowed()),
            ("err_msg", message.as_borrowed()),
            ("object", place),
        ];
        let namespace = ctx.import(c"types")?.attr(c"SimpleNamespace")?;
        let report = namespace.call_named(&[], &told)?;
        let hook = ctx.import(c"sys")?.attr(c"unraisablehook")?;
        hook.call(&[report.as_borrowed()]).map(drop)
    }

    /// Drops the exception, as `drop` does.
    pub fn forget(self, _: Ctx<'_>) {}

    /// Returns `true` for an exception of `class`, or of a class that derives from it.
    pub fn is(&self, ctx: Ctx<'_>, class: Exception) -> bool {
        let answer = match &self.0 {
            State::Pending(pending) => class.with(ctx, |class| pending_is(ctx, pending, class)),
            State::New(new) => new.0.with(ctx, |mine| {
                class.with(ctx, |class| Ok(ctx.is_subclass(mine, class)))
            }),
            State::Stop => class.with(ctx, |class| {
                Ok(ctx.is_subclass(ctx.constant(|c| c.h_StopIteration), class))
            }),
            State::Os(os) => os_class(ctx, os.errno).and_then(|mine| {
                class.with(ctx, |class| Ok(ctx.is_subclass(mine.as_borrowed(), class)))
            }),
            State::Caused(both) => return both.0.is(ctx, class),
        };
        // A class that cannot be had is none that this is of.
        answer.unwrap_or(false)
    }

    /// Replaces the exception by another one, for a better message.
    pub fn replace(self, _: Ctx<'_>, class: Exception, message: impl Into<String>) -> Self {
        PyErr::new(class, message)
    }
}

impl Ctx<'_> {
    /// Warns, as `warnings.warn` does of the code that called. An error where warnings are
    /// errors; `category` is a class of warnings.
    pub fn warn(self, category: Exception, message: &str) -> PyResult<()> {
        let null = |_| PyErr::new(Exception::Value, "a warning has a null character");
        let message = CString::new(message).map_err(null)?;
        category.with(self, |category| self.warn_at(category, &message, 1))
    }
}

/// Tells whether an exception that a host function has raised is of a class.
fn pending_is(ctx: Ctx<'_>, pending: &Pending, class: Borrowed<'_>) -> PyResult<bool> {
    if pending.is_current() {
        return Ok(ctx.error_matches(class));
    }
    let object = pending.object(ctx)?;
    Ok(object.is_some_and(|object| ctx.has_type(object.as_borrowed(), class)))
}

/// Makes the exception in the place of one that is lost.
#[cold]
fn gone() -> PyErr {
    PyErr::new(Exception::System, "an exception was raised, and is lost")
}

fn raise_new(ctx: Ctx<'_>, class: Exception, message: &str) -> PyResult<()> {
    let text = ctx.str(message)?;
    class.with(ctx, |class| {
        ctx.set_error(class, text.as_borrowed());
        Ok(())
    })
}

/// Returns the class that `OSError` picks for a number.
fn os_class(ctx: Ctx<'_>, errno: i32) -> PyResult<Handle<'_>> {
    let (errno, message) = (ctx.int(errno.into())?, ctx.str("")?);
    let error = ctx.constant(|c| c.h_OSError);
    Ok(error
        .call(&[errno.as_borrowed(), message.as_borrowed()])?
        .type_of())
}

fn make_os(ctx: Ctx<'_>, os: Os) -> PyResult<Handle<'_>> {
    // Calling OSError picks the subclass that belongs to the number.
    let mut args = vec![ctx.int(os.errno.into())?, ctx.str(&os.message)?];
    if let Some(file) = os.file {
        args.push(ctx.fs_decode(file.into_os_string().as_encoded_bytes())?);
    }
    let args: Vec<Borrowed<'_>> = args.iter().map(Handle::as_borrowed).collect();
    ctx.constant(|c| c.h_OSError).call(&args)
}
