# SPDX-License-Identifier: GPL-2.0-or-later
"""`Rows`: what sequences have in common whose items are made when they are asked for."""

from __future__ import annotations

from _collections_abc import Sequence
from typing import Generic, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import overload

Row = TypeVar("Row", covariant=True)


class Rows(Sequence[Row], Generic[Row]):
    """A sequence that makes a row by its number, from 0 on; a slice is a list."""

    __slots__ = ()

    def _row(self, row: int) -> Row:
        raise NotImplementedError

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Row: ...
        @overload
        def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self._row(row) for row in range(len(self))[index]]
        try:
            return self._row(range(len(self))[index])
        except IndexError:
            raise IndexError("there are %d rows" % len(self)) from None
