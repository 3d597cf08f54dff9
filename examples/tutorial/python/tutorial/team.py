"""Step 8: a class in Python around native objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tutorial._native import Names


class Team(Sequence[str]):
    """A sequence of names; any other attributes may be set."""

    def __init__(self, title: str, names: Iterable[str] = ()) -> None:
        self.title = title
        self._names = Names(list(names))
        # Looked up once: that is one step less at each call.
        self.append = self._names.append

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, index: Any) -> Any:
        # A native `item` knows ints only.
        if isinstance(index, slice):
            return list(self._names)[index]
        return self._names[index]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.title!r}, {list(self)!r})"
