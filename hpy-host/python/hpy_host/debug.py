# SPDX-License-Identifier: MIT OR Apache-2.0
"""Finds handles that native code leaves open, in HPy's debug mode.

HPY=debug puts all HPy modules into that mode, HPY=NAME:debug,OTHER:debug some of them. There,
each use of a handle that is closed, or of a wrong context, ends the process with a message;
what nobody closes is found by this module.

>>> from hpy_host.debug import LeakDetector
>>> with LeakDetector():  # doctest: +SKIP
...     native.function()

It asks whichever host there is: this package's own, PyPI's package hpy or PyPy 7.3's.
"""

from __future__ import annotations

import hpy_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

__all__ = ["HPyLeakError", "LeakDetector", "get_open_handles", "new_generation"]


class HPyLeakError(Exception):
    """Handles that were opened and not closed; `handles` is the list of them."""

    def __init__(self, handles: list[Any]) -> None:
        lines = ["%d handles were not closed:" % len(handles), *map(repr, handles[:20])]
        super().__init__("\n    ".join(lines))
        self.handles = handles


def _asked() -> Any:
    return hpy_host.host().module._debug


def new_generation() -> int:
    """Begins a generation of handles and returns its number, for `get_open_handles`."""
    number: int = _asked().new_generation()
    return number


def get_open_handles(generation: int = 0) -> list[Any]:
    """Returns the handles opened since a generation began, and not closed.

    Each has an `obj`, its object, and a `repr` that says more. Only modules in debug mode have
    such handles.
    """
    handles: list[Any] = _asked().get_open_handles(generation)
    return handles


class LeakDetector:
    """A context manager that raises HPyLeakError if its body leaves handles open.

    An exception that comes out of the body goes first.
    """

    def __init__(self) -> None:
        self._generation: int | None = None

    def start(self) -> None:
        """Begins to look."""
        if self._generation is not None:
            raise ValueError("this LeakDetector was started before")
        self._generation = new_generation()

    def stop(self) -> None:
        """Ends it; raises HPyLeakError if handles are open that were not at the start."""
        if self._generation is None:
            raise ValueError("this LeakDetector was not started")
        generation, self._generation = self._generation, None
        handles = get_open_handles(generation)
        if handles:
            raise HPyLeakError(handles)

    def __enter__(self) -> LeakDetector:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self._generation = None
