//! Exceptions on their way to Python.

use std::path::PathBuf;

use crate::api::Ctx;
use crate::handle::Arg;

pub use crate::exception::Exception;

/// The result of everything that may raise.
pub type PyResult<T> = Result<T, PyErr>;

/// A Python exception: pending in the interpreter, or still to be raised.
#[derive(Debug)]
pub struct PyErr(State);

/// Two words, because results carry it through every call.
#[derive(Debug)]
enum State {
    Pending,
    New(Box<(Exception, String)>),
    Os(Box<Os>),
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
pub trait Raise: Sized {
    /// The exception to raise.
    fn into_exception(self) -> PyErr;
}

impl Raise for PyErr {
    fn into_exception(self) -> PyErr {
        self
    }
}

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
            State::Os(os) => {
                if let Err(error) = raise_os(ctx, *os) {
                    debug_assert!(matches!(error.0, State::Pending));
                }
            }
        }
    }

    /// Drops the exception, clearing it where it is pending.
    pub fn forget(self, ctx: Ctx<'_>) {
        if matches!(self.0, State::Pending) {
            ctx.clear_error();
        }
    }

    /// Whether this is an exception of `class`.
    pub fn is(&self, ctx: Ctx<'_>, class: Exception) -> bool {
        match (&self.0, class) {
            (State::Pending, class) => class
                .with(ctx, |c| Ok(ctx.error_matches(c)))
                .unwrap_or(false),
            (State::New(mine), class) => {
                std::mem::discriminant(&mine.0) == std::mem::discriminant(&class)
            }
            _ => false,
        }
    }

    /// Replaces a pending exception by another one, for a better message.
    pub fn replace(self, ctx: Ctx<'_>, class: Exception, message: impl Into<String>) -> Self {
        self.forget(ctx);
        PyErr::new(class, message)
    }
}

fn raise_new(ctx: Ctx<'_>, class: Exception, message: &str) -> PyResult<()> {
    let text = ctx.str(message)?;
    class.with(ctx, |class| {
        ctx.set_error(class, text.as_arg());
        Ok(())
    })
}

fn raise_os(ctx: Ctx<'_>, os: Os) -> PyResult<()> {
    // Calling OSError picks the subclass that belongs to the number.
    let mut args = vec![ctx.int(os.errno.into())?, ctx.str(&os.message)?];
    if let Some(file) = os.file {
        args.push(ctx.fs_decode(file.into_os_string().as_encoded_bytes())?);
    }
    let args: Vec<Arg<'_>> = args.iter().map(|arg| arg.as_arg()).collect();
    let error = ctx.constant(|c| c.h_OSError).call(&args)?;
    ctx.set_error(ctx.type_of(error.as_arg())?.as_arg(), error.as_arg());
    Ok(())
}
