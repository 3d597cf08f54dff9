# SPDX-License-Identifier: MIT OR Apache-2.0
"""The table of handles in the debug mode, in which no handle is used a second time.

It takes the place of the functions in `handles`, for the whole process: that has one table.
"""

from __future__ import annotations

import itertools
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

OWN, LENT, CONSTANT = "own", "lent", "constant"
# Of so many closed handles it is remembered who opened and who closed them.
_REMEMBERED = 100_000


class Misuse(BaseException):
    """What native code did wrong with a handle; nobody catches it but those who report it."""


class Entry:
    """An open handle."""

    __slots__ = ("value", "kind", "generation", "opened_by")

    def __init__(self, value: Any, kind: str, generation: int, opened_by: str | None) -> None:
        self.value = value
        # OWN (of native code), LENT (an argument), CONSTANT, or what else is behind it
        self.kind = kind
        self.generation = generation
        self.opened_by = opened_by


class Table:
    """All handles; like a list of their objects."""

    def __init__(self, constants: Sequence[Any]) -> None:
        self.entries = {
            handle: Entry(value, CONSTANT, 0, "the context")
            for handle, value in enumerate(constants)
        }
        self.next = itertools.count(len(constants))
        self.last = len(constants) - 1
        self.generation = 0
        self.closed: dict[int, tuple[str | None, str]] = {}
        self.order: deque[int] = deque()
        # The member of the context that native code has called last.
        self.member = "the interpreter"

    def entry(self, handle: int) -> Entry:
        """The entry of an open handle."""
        try:
            return self.entries[handle]
        except KeyError:
            pass
        if handle in self.closed:
            opened_by, closed_by = self.closed[handle]
            raise Misuse(
                "got a handle that was closed by %s; it had been opened by %s"
                % (closed_by, opened_by)
            )
        if 0 < handle <= self.last:
            raise Misuse("got the handle %#x, which was closed long ago" % handle)
        raise Misuse("got %#x, which is no handle, or not one of this context" % handle)

    def __getitem__(self, handle: int) -> Any:
        return self.entry(handle).value

    def __setitem__(self, handle: int, value: Any) -> None:
        self.entry(handle).value = value

    def __len__(self) -> int:
        return len(self.entries)

    def _open(self, value: Any, kind: str, by: str | None) -> int:
        handle = self.last = next(self.next)
        self.entries[handle] = Entry(value, kind, self.generation, by)
        return handle

    def new(self, value: Any) -> int:
        """A new handle, which native code has to close."""
        return self._open(value, OWN, None)

    def lend(self, value: Any) -> int:
        """A new handle for an argument of a native function."""
        return self._open(value, LENT, "the call")

    def _close(self, handle: int, by: str) -> None:
        self.closed[handle] = (self.entries.pop(handle).opened_by, by)
        self.order.append(handle)
        if len(self.order) > _REMEMBERED:
            self.closed.pop(self.order.popleft(), None)

    def end_loan(self, handle: int) -> None:
        """Closes what `lend` opened, which native code cannot have closed."""
        if handle:
            self._close(handle, "the end of the call")

    def take(self, handle: int) -> Any:
        """The object of a handle that native code gives up."""
        entry = self.entry(handle)
        if entry.kind in (LENT, CONSTANT):
            owner = "caller of the function" if entry.kind is LENT else "context"
            raise Misuse(
                "got a handle that belongs to the %s: one of its own has to be made by HPy_Dup"
                % owner
            )
        self._close(handle, self.member)
        return entry.value

    def close(self, handle: int) -> None:
        """Closes a handle of native code's own; NULL stays."""
        if handle:
            self.take(handle)

    def opened_since(self, generation: int) -> list[tuple[int, Any, str]]:
        """What is open since a generation began: number, object, who made it."""
        found = []
        for handle, entry in list(self.entries.items()):
            if entry.kind not in (LENT, CONSTANT) and entry.generation >= generation:
                shown = entry.value if entry.kind is OWN else entry.kind
                found.append((handle, shown, entry.opened_by or "the interpreter"))
        return found

    def new_generation(self) -> int:
        """Begins a generation of handles; its number."""
        self.generation += 1
        return self.generation
