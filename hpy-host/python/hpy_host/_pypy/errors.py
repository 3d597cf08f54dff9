# SPDX-License-Identifier: MIT OR Apache-2.0
"""Errors: pending exceptions, and how they get into native code and out of it."""

from __future__ import annotations

import os

import __pypy__  # type: ignore[import-not-found]

from hpy_host._pypy.abi import cffi, decode
from hpy_host._pypy.gil import error, hold, outside, unnoticed
from hpy_host._pypy.handles import new, objects
from hpy_host._pypy.registry import implements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, NoReturn


def set_pending(
    kind: type | None, value: BaseException | None, traceback: TracebackType | None
) -> None:
    """Returns what cffi calls when a context function raises: the error is pending then."""
    if value is not None:
        error[0] = hold(value.with_traceback(traceback))


def set_unnoticed(
    kind: type | None, value: BaseException | None, traceback: TracebackType | None
) -> None:
    """The same for functions that cannot fail, of which native code expects no error.

    What a signal handler raised fails the next function that runs Python code instead.
    """
    set_pending(kind, value, traceback)
    if not isinstance(value, Exception):
        unnoticed[0] = error[0]


def failed(name: str) -> NoReturn:
    """Raises what native code had pending when the function `name` returned failure."""
    pending = error[0]
    if pending is None:
        raise SystemError("%s returned NULL without setting an exception" % name)
    error[0] = None
    raise pending


def unexpected(name: str) -> NoReturn:
    """Complain about the function `name`, which returned a result with an error pending."""
    pending = error[0]
    error[0] = None
    if pending is not None and not isinstance(pending, Exception):
        # What `set_unnoticed` set, and no function has failed with since: a keyboard interrupt
        # is to arrive as one.
        raise pending
    raise SystemError("%s returned a result with an exception set" % name) from pending


def _normalized(kind: Any, value: Any) -> BaseException:
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        raise SystemError("exception %r not a BaseException subclass" % (kind,))
    if isinstance(value, kind):
        return value
    if value is None:
        made = kind()
    elif isinstance(value, tuple):
        made = kind(*value)
    else:
        made = kind(value)
    if not isinstance(made, BaseException):
        raise TypeError(
            "calling %r should have returned an instance of BaseException, not %s"
            % (kind, type(made).__name__)
        )
    return made


def _set(kind: Any, value: Any) -> None:
    error[0] = None
    if kind is StopIteration and value is None:
        error[0] = StopIteration()
    else:
        error[0] = outside(_normalized, kind, value)


@implements("Err_SetString")
def _set_string(ctx: int, kind: int, message: Any) -> None:
    _set(objects[kind], decode(message))


@implements("Err_SetObject")
def _set_object(ctx: int, kind: int, value: int) -> None:
    _set(objects[kind], objects[value])


def _os_error(kind: Any, *filenames: object) -> None:
    number: int = cffi.get_errno()
    arguments: tuple[object, ...] = (number, os.strerror(number))
    if filenames:
        arguments += filenames[:1]
        if len(filenames) > 1:
            arguments += (None, filenames[1])
    error[0] = None
    error[0] = outside(_normalized, kind, arguments)


@implements("Err_SetFromErrnoWithFilename")
def _set_from_errno(ctx: int, kind: int, filename: Any) -> int:
    if filename:
        _os_error(objects[kind], os.fsdecode(cffi.string(filename)))
    else:
        _os_error(objects[kind])
    return 0


@implements("Err_SetFromErrnoWithFilenameObjects")
def _set_from_errno_objects(ctx: int, kind: int, filename1: int, filename2: int) -> None:
    filenames = [objects[filename] for filename in (filename1, filename2) if filename]
    _os_error(objects[kind], *filenames)


@implements("Err_Occurred")
def _occurred(ctx: int) -> int:
    return 1 if error[0] is not None else 0


def matches(raised: Any, expected: Any) -> bool:
    """Returns whether `except expected` would catch `raised`, an exception or a class."""
    if isinstance(expected, tuple):
        return any(matches(raised, one) for one in expected)
    kind = raised if isinstance(raised, type) else type(raised)
    if isinstance(expected, type) and issubclass(expected, BaseException):
        return expected in kind.__mro__
    return kind is expected or raised is expected


@implements("Err_ExceptionMatches", failed=0)
def _exception_matches(ctx: int, expected: int) -> int:
    pending = error[0]
    return 1 if pending is not None and matches(pending, objects[expected]) else 0


@implements("Err_NoMemory")
def _no_memory(ctx: int) -> None:
    error[0] = MemoryError()


@implements("Err_Clear")
def _clear(ctx: int) -> None:
    error[0] = None


def _new_exception(name: str, doc: str | None, base: Any, members: Any) -> type:
    module, dot, own = name.rpartition(".")
    if not dot:
        raise SystemError("HPyErr_NewException: name must be module.class")
    if members is not None and not isinstance(members, dict):
        raise SystemError("HPyErr_NewException: dict must be a dict")
    namespace = {} if members is None else members
    namespace.setdefault("__module__", module)
    if doc is not None:
        namespace["__doc__"] = doc
    if base is None:
        base = Exception
    bases = base if isinstance(base, tuple) else (base,)
    made: type = type(bases[0])(own, bases, namespace)
    return made


@implements("Err_NewException")
def _err_new_exception(ctx: int, name: Any, base: int, members: int) -> int:
    return new(outside(_new_exception, decode(name), None, objects[base], objects[members]))


@implements("Err_NewExceptionWithDoc")
def _err_new_exception_doc(ctx: int, name: Any, doc: Any, base: int, members: int) -> int:
    text = decode(doc) if doc else None
    return new(outside(_new_exception, decode(name), text, objects[base], objects[members]))


def _warn(message: str, category: Any, level: int) -> None:
    import warnings

    # The host's own frames are hidden and do not count.
    warnings.warn(message, category, stacklevel=level)


@implements("Err_WarnEx")
def _warn_ex(ctx: int, category: int, message: Any, level: int) -> int:
    kind = objects[category] if category else RuntimeWarning
    outside(_warn, decode(message), kind, level)
    return 0


@implements("Err_WriteUnraisable")
def _write_unraisable(ctx: int, where: int) -> None:
    pending = error[0]
    error[0] = None
    if pending is not None:
        outside(unraisable, pending, objects[where])


def unraisable(exception: BaseException, where: object) -> None:
    """Report an exception that nobody can catch, as the interpreter does."""
    __pypy__.write_unraisable("in", exception, where)
