# SPDX-License-Identifier: MIT OR Apache-2.0
"""Handles: indexes into a table of objects.

0 is HPy_NULL, the handles below FIRST are the context's constants, and the others come
from a free-list. Taking one off that list and giving it back are single calls of list
methods, so a finalizer or another thread may come in between any two of them.

A handle that is not in use has CLOSED for its object, which native code that uses it gets
to feel; and one that is closed twice is in the list but once, so that no two objects get it.
(A queue, which would use a handle again as late as possible, took up to a tenth of a call.)
"""

from __future__ import annotations

import builtins
import itertools
import os

from hpy_host._pypy.abi import CONTEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hpy_host._pypy.checked import Table

#: True in the debug mode, which all modules of a process are in or none.
DEBUG = "debug" in os.environ.get("HPY", "").lower()
_CHUNK = 512

_named: dict[str, object] = {
    "h_None": None,
    "h_True": True,
    "h_False": False,
    "h_NotImplemented": NotImplemented,
    "h_Ellipsis": Ellipsis,
    "h_BaseObjectType": object,
    "h_TypeType": type,
    "h_BoolType": bool,
    "h_LongType": int,
    "h_FloatType": float,
    "h_UnicodeType": str,
    "h_TupleType": tuple,
    "h_ListType": list,
    "h_ComplexType": complex,
    "h_BytesType": bytes,
    "h_MemoryViewType": memoryview,
    "h_SliceType": slice,
    "h_Builtins": builtins.__dict__,
}


class _Closed:
    """Stands for the object of a handle that is closed."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":  # which `isinstance` asks for
            return _Closed
        raise RuntimeError("native code uses a handle that is closed")

    def __repr__(self) -> str:
        return "<the object of a handle that is closed>"


_Closed.__name__ = "closed HPy handle"  # for messages
CLOSED = _Closed()

#: the objects behind all handles
objects: list[Any] = [None]
#: each constant's handle, by its name in the context
constants: dict[str, int] = {}
for _member in CONTEXT:
    if _member.startswith("h_"):
        constants[_member] = len(objects)
        # The others are exceptions, and the capsule type, which comes with set_constant.
        objects.append(_named.get(_member, getattr(builtins, _member[2:], None)))
TRUE = constants["h_True"]
FALSE = constants["h_False"]
NONE = constants["h_None"]

#: the first handle that is not a constant
FIRST = len(objects)

#: handles that are not in use
free: list[int] = []
_chunks = itertools.count()


def _grow() -> int:
    start = FIRST + next(_chunks) * _CHUNK
    while len(objects) < start + _CHUNK:
        objects.append(CLOSED)
    free.extend(range(start + _CHUNK - 1, start, -1))
    return start


def new(value: object) -> int:
    """A new handle for an object."""
    try:
        handle = free.pop()
    except IndexError:
        handle = _grow()
    objects[handle] = value
    return handle


def close(handle: int) -> None:
    """Gives a handle back; constants and NULL stay."""
    if handle >= FIRST:
        if objects[handle] is CLOSED:
            closed_twice(handle)
        else:
            objects[handle] = CLOSED
            free.append(handle)


def take(handle: int) -> Any:
    """The object of a handle that is given back."""
    value = objects[handle]
    if value is CLOSED:
        raise SystemError("native code gives back a handle that is closed")
    if handle >= FIRST:
        objects[handle] = CLOSED
        free.append(handle)
    return value


def closed_twice(handle: int) -> None:
    """Reports what native code cannot be told, as nothing fails in closing a handle."""
    from hpy_host._pypy.errors import unraisable

    unraisable(RuntimeError("native code closes handle %d twice" % handle), None)


def set_constant(name: str, value: object) -> None:
    """Puts in place a constant that another module of the host makes."""
    objects[constants[name]] = value


def open_handles() -> int:
    """Returns how many handles are open now, constants aside."""
    return len(objects) - FIRST - len(free)


# The handles of a native function's arguments.
lend = new
end_loan = close

#: the debug mode's table, whose methods take the place of the functions above
table: Table | None = None
if DEBUG:
    from hpy_host._pypy.checked import Table

    table = Table(objects)
    objects = table  # type: ignore[assignment]
    new, close, take = table.new, table.close, table.take
    lend, end_loan = table.lend, table.end_loan
