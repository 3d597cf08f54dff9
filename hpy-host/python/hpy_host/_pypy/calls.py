# SPDX-License-Identifier: MIT OR Apache-2.0
"""Calls from Python into native functions, one maker for each signature of a method.

Every call takes the token, makes handles of the arguments, calls, takes the result out of
its handle, and closes the arguments' handles whatever happened.
"""

from __future__ import annotations

from hpy_host._pypy.abi import CONTEXT_ADDRESS, LONGS, c_function, cffi
from hpy_host._pypy.errors import failed, unexpected
from hpy_host._pypy.gil import acquire, error, release
from hpy_host._pypy.handles import CLOSED, DEBUG, FIRST, end_loan, free, lend, objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn

VARARGS, KEYWORDS, NOARGS, O = 1, 2, 3, 4
SIGNATURES = {VARARGS: "hhaL", KEYWORDS: "hhaLh", NOARGS: "hh", O: "hhh"}

# Arrays for arguments that are not in use; calls inside calls need one each.
_CAPACITY = 16
_arrays: list[Any] = []


if DEBUG:
    from hpy_host._pypy.debug import result as _given_back


def result(handle: int, name: str) -> Any:
    """The object that the native function `name` returned, or its exception."""
    if handle == 0:
        failed(name)
    if DEBUG:
        value = _given_back(handle, name)
        if error[0] is not None:
            unexpected(name)
        return value
    value = objects[handle]
    if handle >= FIRST:
        if value is CLOSED:
            raise SystemError("%s returned a handle that is closed" % name)
        objects[handle] = CLOSED
        free.append(handle)
    if error[0] is not None:
        unexpected(name)
    return value


def status(value: int, name: str) -> int:
    """The same for a number, of which -1 means failure if an error is pending."""
    if error[0] is not None:
        if value == -1:
            failed(name)
        unexpected(name)
    return value


def done(value: int, name: str) -> None:
    """The same for 0 or -1."""
    if value < 0:
        if error[0] is None:
            raise SystemError("%s returned -1 without setting an exception" % name)
        failed(name)
    if error[0] is not None:
        unexpected(name)


def _array(length: int) -> Any:
    if length > _CAPACITY:
        return cffi.newp(LONGS, length)
    try:
        return _arrays.pop()
    except IndexError:
        return cffi.newp(LONGS, _CAPACITY)


def with_array(
    call: Any, keywords: bool, subject: int, values: tuple[Any, ...], nargs: int, last: object
) -> Any:
    """Calls with an array of arguments; `keywords`: and with `last`, None meaning NULL."""
    # Each length of its own, because the JIT compiles no straight code for a loop.
    length = len(values)
    array = _array(length)
    h0 = h1 = h2 = h3 = h_last = 0
    try:
        if length > 0:
            h0 = array[0] = lend(values[0])
            if length > 1:
                h1 = array[1] = lend(values[1])
                if length > 2:
                    h2 = array[2] = lend(values[2])
                    if length > 3:
                        h3 = array[3] = lend(values[3])
                        if length > 4:
                            _fill(array, values)
        if not keywords:
            return call(CONTEXT_ADDRESS, subject, array, nargs)
        if last is not None:
            h_last = lend(last)
        return call(CONTEXT_ADDRESS, subject, array, nargs, h_last)
    finally:
        if length > 4:
            _close_all(array, length)
        end_loan(h0)
        end_loan(h1)
        end_loan(h2)
        end_loan(h3)
        end_loan(h_last)
        if length <= _CAPACITY:
            _arrays.append(array)


def _fill(array: Any, values: tuple[Any, ...]) -> None:
    for index in range(4, len(values)):
        array[index] = lend(values[index])


def _close_all(array: Any, length: int) -> None:
    for index in range(4, length):
        end_loan(array[index])


def _no_keywords(name: str) -> NoReturn:
    raise TypeError("%s() takes no keyword arguments" % name)


def _wrong_count(name: str, expected: str, given: int) -> NoReturn:
    raise TypeError("%s() takes %s (%d given)" % (name, expected, given))


def module_function(name: str, address: int, signature: int, module: Any) -> Callable[..., Any]:
    """A module's function; `name` is for messages."""
    call = c_function(address, SIGNATURES[signature])

    def noargs(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            _no_keywords(name)
        if args:
            _wrong_count(name, "no arguments", len(args))
        interrupted = acquire()
        subject = lend(module)
        try:
            return result(call(CONTEXT_ADDRESS, subject), name)
        finally:
            end_loan(subject)
            release(interrupted)

    def one(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            _no_keywords(name)
        if len(args) != 1:
            _wrong_count(name, "exactly one argument", len(args))
        interrupted = acquire()
        subject = lend(module)
        handle = lend(args[0])
        try:
            return result(call(CONTEXT_ADDRESS, subject, handle), name)
        finally:
            end_loan(handle)
            end_loan(subject)
            release(interrupted)

    def varargs(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            _no_keywords(name)
        interrupted = acquire()
        subject = lend(module)
        try:
            return result(with_array(call, False, subject, args, len(args), None), name)
        finally:
            end_loan(subject)
            release(interrupted)

    def keywords(*args: Any, **kwargs: Any) -> Any:
        return call_keywords(call, name, module, args, kwargs)

    return {NOARGS: noargs, O: one, VARARGS: varargs, KEYWORDS: keywords}[signature]


def method(
    name: str, address: int, signature: int, check: Callable[[Any], None]
) -> Callable[..., Any]:
    """A type's method; `check` raises TypeError for other objects than the type's."""
    call = c_function(address, SIGNATURES[signature])

    def noargs(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        check(self)
        if kwargs:
            _no_keywords(name)
        if args:
            _wrong_count(name, "no arguments", len(args))
        interrupted = acquire()
        subject = lend(self)
        try:
            return result(call(CONTEXT_ADDRESS, subject), name)
        finally:
            end_loan(subject)
            release(interrupted)

    def one(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        check(self)
        if kwargs:
            _no_keywords(name)
        if len(args) != 1:
            _wrong_count(name, "exactly one argument", len(args))
        interrupted = acquire()
        subject = lend(self)
        handle = lend(args[0])
        try:
            return result(call(CONTEXT_ADDRESS, subject, handle), name)
        finally:
            end_loan(handle)
            end_loan(subject)
            release(interrupted)

    def varargs(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        check(self)
        if kwargs:
            _no_keywords(name)
        interrupted = acquire()
        subject = lend(self)
        try:
            return result(with_array(call, False, subject, args, len(args), None), name)
        finally:
            end_loan(subject)
            release(interrupted)

    def keywords(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        check(self)
        return call_keywords(call, name, self, args, kwargs)

    return {NOARGS: noargs, O: one, VARARGS: varargs, KEYWORDS: keywords}[signature]


def call_keywords(
    call: Any, name: str, self: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Calls a function of the signature HPyFunc_KEYWORDS."""
    nargs = len(args)
    names: tuple[str, ...] | None = None
    if kwargs:
        names = tuple(kwargs)
        args += tuple(kwargs.values())
    interrupted = acquire()
    subject = lend(self)
    try:
        return result(with_array(call, True, subject, args, nargs, names), name)
    finally:
        end_loan(subject)
        release(interrupted)


def unary(call: Any, name: str, a: Any) -> Any:
    """object -> object"""
    interrupted = acquire()
    h_a = lend(a)
    try:
        return result(call(CONTEXT_ADDRESS, h_a), name)
    finally:
        end_loan(h_a)
        release(interrupted)


def binary(call: Any, name: str, a: Any, b: Any) -> Any:
    """two objects -> object"""
    interrupted = acquire()
    h_a = lend(a)
    h_b = lend(b)
    try:
        return result(call(CONTEXT_ADDRESS, h_a, h_b), name)
    finally:
        end_loan(h_b)
        end_loan(h_a)
        release(interrupted)


def ternary(call: Any, name: str, a: Any, b: Any, c: Any) -> Any:
    """three objects -> object"""
    interrupted = acquire()
    h_a = lend(a)
    h_b = lend(b)
    h_c = lend(c)
    try:
        return result(call(CONTEXT_ADDRESS, h_a, h_b, h_c), name)
    finally:
        end_loan(h_c)
        end_loan(h_b)
        end_loan(h_a)
        release(interrupted)


def with_number(call: Any, name: str, a: Any, number: int) -> Any:
    """object, C number -> object"""
    interrupted = acquire()
    h_a = lend(a)
    try:
        return result(call(CONTEXT_ADDRESS, h_a, number), name)
    finally:
        end_loan(h_a)
        release(interrupted)


def compare(call: Any, name: str, a: Any, b: Any, operation: int) -> Any:
    """two objects, C number -> object"""
    interrupted = acquire()
    h_a = lend(a)
    h_b = lend(b)
    try:
        return result(call(CONTEXT_ADDRESS, h_a, h_b, operation), name)
    finally:
        end_loan(h_b)
        end_loan(h_a)
        release(interrupted)


def number(call: Any, name: str, a: Any) -> int:
    """object -> C number"""
    interrupted = acquire()
    h_a = lend(a)
    try:
        return status(call(CONTEXT_ADDRESS, h_a), name)
    finally:
        end_loan(h_a)
        release(interrupted)


def contains(call: Any, name: str, a: Any, b: Any) -> int:
    """two objects -> C number"""
    interrupted = acquire()
    h_a = lend(a)
    h_b = lend(b)
    try:
        return status(call(CONTEXT_ADDRESS, h_a, h_b), name)
    finally:
        end_loan(h_b)
        end_loan(h_a)
        release(interrupted)


def assign(call: Any, name: str, a: Any, key: Any, value: tuple[Any, ...]) -> None:
    """object, key, object or nothing -> 0 or -1"""
    interrupted = acquire()
    h_a = lend(a)
    h_key = lend(key)
    h_value = lend(value[0]) if value else 0
    try:
        done(call(CONTEXT_ADDRESS, h_a, h_key, h_value), name)
    finally:
        end_loan(h_value)
        end_loan(h_key)
        end_loan(h_a)
        release(interrupted)


def assign_at(call: Any, name: str, a: Any, index: int, value: tuple[Any, ...]) -> None:
    """object, C number, object or nothing -> 0 or -1"""
    interrupted = acquire()
    h_a = lend(a)
    h_value = lend(value[0]) if value else 0
    try:
        done(call(CONTEXT_ADDRESS, h_a, index, h_value), name)
    finally:
        end_loan(h_value)
        end_loan(h_a)
        release(interrupted)


def construct(call: Any, name: str, cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """HPy_tp_new"""
    interrupted = acquire()
    subject = lend(cls)
    try:
        return result(with_array(call, True, subject, args, len(args), kwargs or None), name)
    finally:
        end_loan(subject)
        release(interrupted)


def initialize(
    call: Any, name: str, self: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """HPy_tp_init"""
    interrupted = acquire()
    subject = lend(self)
    try:
        done(with_array(call, True, subject, args, len(args), kwargs or None), name)
    finally:
        end_loan(subject)
        release(interrupted)


def finalize(call: Any, name: str, self: Any) -> None:
    """HPy_tp_finalize, which has no way to fail"""
    interrupted = acquire()
    subject = lend(self)
    try:
        call(CONTEXT_ADDRESS, subject)
        if error[0] is not None:
            failed(name)
    finally:
        end_loan(subject)
        release(interrupted)
