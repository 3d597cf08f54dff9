# SPDX-License-Identifier: MIT OR Apache-2.0
"""What `hpy.universal._debug` is on other hosts, for this package's own: lists of open handles."""

from __future__ import annotations

import sys

if sys.implementation.name == "pypy":
    from hpy_host import _pypy as _own
else:
    from hpy_host import _cpython as _own  # type: ignore[no-redef]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class DebugHandle:
    """A handle, builder or tracker that a module in debug mode has open."""

    __slots__ = ("id", "obj", "opened_by")

    def __init__(self, number: int, obj: Any, opened_by: str) -> None:
        #: the handle's number, as native code has it
        self.id = number
        #: its object; of a builder or a tracker the word for it
        self.obj = obj
        #: HPy's function that made it
        self.opened_by = opened_by

    def __repr__(self) -> str:
        return "<DebugHandle %#x for %r, opened by %s>" % (self.id, self.obj, self.opened_by)


def new_generation() -> int:
    """Begins a generation of handles and returns its number."""
    return _own.new_generation()


def get_open_handles(generation: int = 0) -> list[DebugHandle]:
    """Returns the handles opened since a generation began, and not closed.

    Linear in the number of all handles that were ever open at a time. Arguments of native
    functions that have not returned are not among them.
    """
    return [DebugHandle(*one) for one in _own.opened_since(generation)]
