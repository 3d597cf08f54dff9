// SPDX-License-Identifier: MIT OR Apache-2.0

//! Exception classes.

use std::ffi::CStr;

use hpy_shim::{HPy, HPyContext};

use crate::api::Ctx;
use crate::convert::expected;
use crate::error::PyResult;
use crate::handle::{Borrowed, Handle};
use crate::stored::Global;

macro_rules! exceptions {
    ($($name:ident $member:ident)*) => {
        /// An exception class.
        ///
        /// ```
        /// use hpy_bindings::{Ctx, Exception, Global, ModuleDef, PyErr, PyResult};
        ///
        /// static TIRED: Global = Global::new();
        ///
        /// /// Raises one of the context's, of `builtins`, or of the module's own.
        /// fn work(_: Ctx<'_>, hours: u32) -> PyResult<u32> {
        ///     match hours {
        ///         0..=8 => Ok(hours),
        ///         9..=23 => Err(PyErr::new(Exception::Own(&TIRED), "enough")),
        ///         24 => Err(PyErr::new(Exception::Overflow, "that is a day")),
        ///         _ => Err(PyErr::new(Exception::Builtin(c"EOFError"), "the day has ended")),
        ///     }
        /// }
        ///
        /// fn define(m: &mut ModuleDef) {
        ///     m.exception(&TIRED, c"example.Tired", c"Not to be ignored.", Exception::Runtime)
        ///         .function(c"work", c"", work);
        /// }
        /// # hpy_bindings::module!("example", define);
        ///
        /// // >>> example.work(9)
        /// // Traceback (most recent call last):
        /// // example.Tired: enough
        /// // >>> issubclass(example.Tired, RuntimeError)
        /// // True
        /// // >>> example.work(25)
        /// // Traceback (most recent call last):
        /// // EOFError: the day has ended
        /// ```
        #[derive(Clone, Copy)]
        #[non_exhaustive]
        #[allow(missing_docs)] // the names are Python's
        pub enum Exception {
            $($name,)*
            /// Another class of the module `builtins`, by its name.
            Builtin(&'static CStr),
            /// A class that the module made with [`crate::ModuleDef::exception`].
            Own(&'static Global),
        }

        impl Exception {
            /// Calls `f` with the class object; TypeError where a name or a global has given
            /// something else, for which hosts are not prepared.
            pub(crate) fn with<R>(
                self,
                ctx: Ctx<'_>,
                f: impl FnOnce(Borrowed<'_>) -> PyResult<R>,
            ) -> PyResult<R> {
                let pick: fn(&HPyContext) -> HPy = match self {
                    $(Exception::$name => |c| c.$member,)*
                    Exception::Builtin(name) => return f(check(&ctx.builtin(name)?)?),
                    Exception::Own(global) => return f(check(&global.load(ctx)?)?),
                };
                f(ctx.constant(pick))
            }
        }
    };
}

// All that the context has. Names end in Error where Python's do and the name would be
// unclear without.
exceptions! {
    Base h_BaseException
    Exception h_Exception
    Arithmetic h_ArithmeticError
    Assertion h_AssertionError
    Attribute h_AttributeError
    BlockingIo h_BlockingIOError
    BrokenPipe h_BrokenPipeError
    BufferError h_BufferError
    BytesWarning h_BytesWarning
    ChildProcess h_ChildProcessError
    Connection h_ConnectionError
    ConnectionAborted h_ConnectionAbortedError
    ConnectionRefused h_ConnectionRefusedError
    ConnectionReset h_ConnectionResetError
    DeprecationWarning h_DeprecationWarning
    Eof h_EOFError
    FileExists h_FileExistsError
    FileNotFound h_FileNotFoundError
    FloatingPoint h_FloatingPointError
    FutureWarning h_FutureWarning
    GeneratorExit h_GeneratorExit
    Import h_ImportError
    ImportWarning h_ImportWarning
    Indentation h_IndentationError
    Index h_IndexError
    Interrupted h_InterruptedError
    IsADirectory h_IsADirectoryError
    Key h_KeyError
    KeyboardInterrupt h_KeyboardInterrupt
    Lookup h_LookupError
    Memory h_MemoryError
    ModuleNotFound h_ModuleNotFoundError
    Name h_NameError
    NotADirectory h_NotADirectoryError
    NotImplemented h_NotImplementedError
    Os h_OSError
    Overflow h_OverflowError
    PendingDeprecationWarning h_PendingDeprecationWarning
    Permission h_PermissionError
    ProcessLookup h_ProcessLookupError
    Recursion h_RecursionError
    Reference h_ReferenceError
    ResourceWarning h_ResourceWarning
    Runtime h_RuntimeError
    RuntimeWarning h_RuntimeWarning
    StopAsyncIteration h_StopAsyncIteration
    StopIteration h_StopIteration
    Syntax h_SyntaxError
    SyntaxWarning h_SyntaxWarning
    System h_SystemError
    SystemExit h_SystemExit
    Tab h_TabError
    Timeout h_TimeoutError
    Type h_TypeError
    UnboundLocal h_UnboundLocalError
    Unicode h_UnicodeError
    UnicodeDecode h_UnicodeDecodeError
    UnicodeEncode h_UnicodeEncodeError
    UnicodeTranslate h_UnicodeTranslateError
    UnicodeWarning h_UnicodeWarning
    UserWarning h_UserWarning
    Value h_ValueError
    Warning h_Warning
    ZeroDivision h_ZeroDivisionError
}

/// Borrows an object that is an exception class; TypeError for any other.
fn check<'a>(class: &'a Handle<'_>) -> PyResult<Borrowed<'a>> {
    let class = class.as_borrowed();
    if class.ctx().is_exception_class(class) {
        Ok(class)
    } else {
        Err(expected("an exception class", class))
    }
}

impl std::fmt::Debug for Exception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("exception class")
    }
}
