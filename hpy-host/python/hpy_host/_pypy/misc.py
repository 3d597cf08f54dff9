# SPDX-License-Identifier: MIT OR Apache-2.0
"""Modules to import, code to run, context variables, leaving Python, and what ends it."""

from __future__ import annotations

import os
import sys

from hpy_host._pypy.abi import cffi, decode
from hpy_host._pypy.gil import back, leave, outside
from hpy_host._pypy.handles import new, objects, take
from hpy_host._pypy.registry import implements

TYPE_CHECKING = False
if TYPE_CHECKING:
    import contextvars
    from typing import Any


@implements("Import_ImportModule")
def _import_module(ctx: int, name: Any) -> int:
    return new(outside(_import, decode(name)))


def _import(name: str) -> Any:
    import importlib  # seldom needed, and not always loaded already

    return importlib.import_module(name)


_KINDS = ("eval", "exec", "single")


@implements("Compile_s")
def _compile(ctx: int, source: Any, filename: Any, kind: int) -> int:
    if not 0 <= kind < len(_KINDS):
        raise SystemError("invalid source kind")
    # bytes, so that a declaration of the encoding in the source is heeded
    text = cffi.string(source)
    name = os.fsdecode(cffi.string(filename))
    return new(outside(compile, text, name, _KINDS[kind], 0, True))


@implements("EvalCode")
def _eval_code(ctx: int, code: int, globals_: int, locals_: int) -> int:
    if not globals_:
        raise SystemError("NULL globals passed to HPy_EvalCode")
    variables = objects[globals_]
    own = objects[locals_] if locals_ else variables
    return new(outside(eval, objects[code], variables, own))


@implements("ContextVar_New")
def _context_var_new(ctx: int, name: Any, default: int) -> int:
    import contextvars

    if default:
        return new(contextvars.ContextVar(decode(name), default=objects[default]))
    return new(contextvars.ContextVar(decode(name)))


def _context_var(handle: int) -> contextvars.ContextVar[Any]:
    import contextvars

    value = objects[handle]
    if not isinstance(value, contextvars.ContextVar):
        raise TypeError("an instance of ContextVar was expected")
    return value


@implements("ContextVar_Get")
def _context_var_get(ctx: int, handle: int, default: int, result: Any) -> int:
    result[0] = 0
    # A default given here counts more than the variable's own.
    if default:
        result[0] = new(_context_var(handle).get(objects[default]))
        return 0
    try:
        result[0] = new(_context_var(handle).get())
    except LookupError:
        pass
    return 0


@implements("ContextVar_Set")
def _context_var_set(ctx: int, handle: int, value: int) -> int:
    return new(_context_var(handle).set(objects[value]))


@implements("LeavePythonExecution")
def _leave(ctx: int) -> int:
    return new(leave())


@implements("ReenterPythonExecution")
def _reenter(ctx: int, state: int) -> None:
    back(None)
    pending: BaseException | None = take(state)
    if pending is not None:
        raise pending


@implements("Dump")
def _dump(ctx: int, handle: int) -> None:
    value = objects[handle]
    text = "object type : %s\nobject      : " % type(value).__name__
    os.write(2, (text + outside(_safe_repr, value) + "\n").encode("utf-8", "backslashreplace"))


def _safe_repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception as error:
        return "<repr failed: %s>" % type(error).__name__


@implements("FatalError")
def _fatal_error(ctx: int, message: Any) -> None:
    fatal("HPy_FatalError", decode(message))


def fatal(where: str, message: str) -> None:
    """End the process, as CPython's Py_FatalError does."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    text = "Fatal Python error: %s: %s\n" % (where, message)
    os.write(2, text.encode("utf-8", "backslashreplace"))
    try:
        import faulthandler

        faulthandler.dump_traceback(2)
    except Exception:
        pass
    os.abort()


@implements("FromPyObject")
def _from_py_object(ctx: int, pointer: int) -> int:
    raise SystemError("HPy_FromPyObject: this interpreter has no PyObject")


@implements("AsPyObject")
def _as_py_object(ctx: int, handle: int) -> int:
    raise SystemError("HPy_AsPyObject: this interpreter has no PyObject")


@implements("CallRealFunctionFromTrampoline")
def _call_real_function(ctx: int, signature: int, function: int, arguments: int) -> None:
    fatal("HPy", "a trampoline for CPython was called in an interpreter that has no PyObject")
