//! Exceptions on their way to Python.

use std::error::Error;
use std::ffi::CString;
use std::path::PathBuf;

use crate::api::Ctx;
use crate::handle::{Arg, Handle};

pub use crate::exception::Exception;

/// The result of everything that may raise.
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

/// A Python exception: pending in the interpreter, or still to be raised.
///
/// One that is pending has to be returned, or ended by [`PyErr::forget`] or
/// [`PyErr::replace`], before Python is used again. [`Ctx::catch`] makes an object of it.
///
/// ```
/// use hpy_bindings::{exactly, Arg, Exception, Handle, ModuleDef, PyErr, PyResult};
///
/// /// `mapping[key]`, or 0 where it has no such key.
/// fn number_of<'c>(module: Arg<'c>, args: &[Arg<'c>]) -> PyResult<Handle<'c>> {
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

/// Two words, because results carry it through every call.
#[derive(Debug)]
enum State {
    Pending,
    New(Box<(Exception, String)>),
    Os(Box<Os>),
    /// An exception and its cause, both still to be made.
    Caused(Box<(PyErr, PyErr)>),
    Stop,
}

#[derive(Debug)]
struct Os {
    errno: i32,
    message: String,
    file: Option<PathBuf>,
}

/// An error type that knows which Python exception it is.
///
/// Implement it once for a crate's error type, and functions may return that.
///
/// ```
/// use hpy_bindings::{Ctx, Exception, ModuleDef, PyErr, Raise};
///
/// enum Wrong {
///     Empty,
///     TooLong(usize),
/// }
///
/// impl Raise for Wrong {
///     fn into_exception(self) -> PyErr {
///         match self {
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
pub trait Raise: Sized {
    /// The exception to raise.
    fn into_exception(self) -> PyErr;
}

impl Raise for PyErr {
    fn into_exception(self) -> PyErr {
        self
    }
}

impl Raise for std::io::Error {
    /// An `OSError` where the system gave a number, else a RuntimeError; see
    /// [`PyErr::from_error`].
    fn into_exception(self) -> PyErr {
        PyErr::from_error(Exception::Runtime, &self)
    }
}

macro_rules! boxes {
    ($($error:ty),*) => {$(
        impl Raise for Box<$error> {
            /// A RuntimeError; see [`PyErr::from_error`].
            fn into_exception(self) -> PyErr {
                PyErr::from_error(Exception::Runtime, &*self)
            }
        }
    )*};
}

boxes!(dyn Error, dyn Error + Send + Sync);

impl PyErr {
    /// An exception of this class with this message.
    #[cold]
    pub fn new(class: Exception, message: impl Into<String>) -> Self {
        PyErr(State::New(Box::new((class, message.into()))))
    }

    /// An `OSError` (or the subclass that belongs to `errno`) with a file name.
    pub fn os(errno: i32, message: impl Into<String>, file: Option<PathBuf>) -> Self {
        PyErr(State::Os(Box::new(Os {
            errno,
            message: message.into(),
            file,
        })))
    }

    /// An exception of this class for a Rust error. What the error says is its source
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
    pub fn object(error: Arg<'_>) -> Self {
        let ctx = error.ctx();
        if !error.is_instance(ctx.constant(|c| c.h_BaseException)) {
            return crate::convert::expected("an exception", error);
        }
        ctx.set_error(error.type_of().as_arg(), error);
        PyErr(State::Pending)
    }

    /// Sets the `__cause__`, as `raise … from cause` does. `cause` is an exception or
    /// `None`.
    ///
    /// An exception that is pending already, because a host function raised it, stays as
    /// it is: [`Ctx::catch`] is the way to get at those.
    pub fn raise_from(self, ctx: Ctx<'_>, cause: Arg<'_>) -> Self {
        if matches!(self.0, State::Pending) {
            return self;
        }
        let caused = |error: Handle<'_>| {
            error.set_attr(c"__cause__", cause)?;
            Ok(PyErr::object(error.as_arg()))
        };
        self.make(ctx)
            .and_then(caused)
            .unwrap_or_else(|failed| failed)
    }

    /// Sets the `__cause__` to another new exception. Of two of which one is pending
    /// already, that one is raised.
    pub fn caused_by(self, cause: PyErr) -> Self {
        match (&self.0, &cause.0) {
            (State::Pending, _) => self,
            (_, State::Pending) => cause,
            _ => PyErr(State::Caused(Box::new((self, cause)))),
        }
    }

    /// The exception that a host function has just left pending.
    pub(crate) fn pending(ctx: Ctx<'_>) -> Self {
        debug_assert!(
            ctx.occurred(),
            "a host function failed without an exception"
        );
        PyErr(State::Pending)
    }

    /// The end of an iteration.
    pub(crate) fn stop_iteration() -> Self {
        PyErr(State::Stop)
    }

    /// Makes the exception pending in the interpreter.
    pub(crate) fn raise(self, ctx: Ctx<'_>) {
        match self.0 {
            State::Pending => {}
            State::Stop => ctx.set_error(
                ctx.constant(|c| c.h_StopIteration),
                ctx.constant(|c| c.h_None),
            ),
            State::New(new) => {
                let (class, message) = *new;
                if let Err(error) = raise_new(ctx, class, &message) {
                    // Making the exception failed; that failure is what is pending now.
                    debug_assert!(matches!(error.0, State::Pending));
                }
            }
            State::Os(_) | State::Caused(_) => {
                let made = self.make(ctx);
                let error = made.map_or_else(|failed| failed, |made| PyErr::object(made.as_arg()));
                if !matches!(error.0, State::Pending) {
                    error.raise(ctx);
                }
            }
        }
    }

    /// The exception object, where it is not pending.
    fn make<'c>(self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        match self.0 {
            State::Pending => Err(self),
            State::Stop => ctx.constant(|c| c.h_StopIteration).call(&[]),
            State::New(new) => {
                let message = ctx.str(&new.1)?;
                new.0
                    .with(ctx, |class| ctx.call(class, &[message.as_arg()]))
            }
            State::Os(os) => make_os(ctx, *os),
            State::Caused(both) => {
                let (error, cause) = *both;
                let (error, cause) = (error.make(ctx)?, cause.make(ctx)?);
                error.set_attr(c"__cause__", &cause)?;
                Ok(error)
            }
        }
    }

    /// Drops the exception, clearing it where it is pending.
    pub fn forget(self, ctx: Ctx<'_>) {
        if matches!(self.0, State::Pending) {
            ctx.clear_error();
        }
    }

    /// Whether this is an exception of `class`, or of a class that derives from it.
    pub fn is(&self, ctx: Ctx<'_>, class: Exception) -> bool {
        let answer = match &self.0 {
            State::Pending => class.with(ctx, |class| Ok(ctx.error_matches(class))),
            State::New(new) => new.0.with(ctx, |mine| {
                class.with(ctx, |class| Ok(ctx.is_subclass(mine, class)))
            }),
            State::Stop => class.with(ctx, |class| {
                Ok(ctx.is_subclass(ctx.constant(|c| c.h_StopIteration), class))
            }),
            State::Os(os) => os_class(ctx, os.errno).and_then(|mine| {
                class.with(ctx, |class| Ok(ctx.is_subclass(mine.as_arg(), class)))
            }),
            State::Caused(both) => return both.0.is(ctx, class),
        };
        answer.unwrap_or_else(|failed| {
            // A class that cannot be had is none that this is of. What is pending stays.
            if !matches!(self.0, State::Pending) {
                failed.forget(ctx);
            }
            false
        })
    }

    /// Replaces a pending exception by another one, for a better message.
    pub fn replace(self, ctx: Ctx<'_>, class: Exception, message: impl Into<String>) -> Self {
        self.forget(ctx);
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

fn raise_new(ctx: Ctx<'_>, class: Exception, message: &str) -> PyResult<()> {
    let text = ctx.str(message)?;
    class.with(ctx, |class| {
        ctx.set_error(class, text.as_arg());
        Ok(())
    })
}

/// The class that `OSError` picks for a number.
fn os_class(ctx: Ctx<'_>, errno: i32) -> PyResult<Handle<'_>> {
    let (errno, message) = (ctx.int(errno.into())?, ctx.str("")?);
    let error = ctx.constant(|c| c.h_OSError);
    Ok(error.call(&[errno.as_arg(), message.as_arg()])?.type_of())
}

fn make_os(ctx: Ctx<'_>, os: Os) -> PyResult<Handle<'_>> {
    // Calling OSError picks the subclass that belongs to the number.
    let mut args = vec![ctx.int(os.errno.into())?, ctx.str(&os.message)?];
    if let Some(file) = os.file {
        args.push(ctx.fs_decode(file.into_os_string().as_encoded_bytes())?);
    }
    let args: Vec<Arg<'_>> = args.iter().map(Handle::as_arg).collect();
    ctx.constant(|c| c.h_OSError).call(&args)
}
