"""Revisions in blocks of packed native int32: what native code asks Python for.

One call each, because a step across the border costs far more than one in Python where
the host is Python itself and not yet compiled by the JIT.
"""

from __future__ import annotations

import sys
from _thread import RLock  # `threading` takes PyPy 25 ms to import
from array import array
from itertools import chain, repeat, starmap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterable, Iterator


def pack(revs: Iterable[int]) -> bytes:
    """A block of revisions; TypeError or OverflowError for what is none."""
    return array("i", revs).tobytes()


def to_array(block: bytes) -> array[int]:
    """The revisions of a block, as an array."""
    return array("i", block)


def to_list(block: bytes) -> list[int]:
    """The revisions of a block, as a list."""
    return array("i", block).tolist()


class _Revisions:
    """The revisions of all blocks that `fetch` returns until it raises StopIteration.

    Threads may share it where Python code can run while `fetch` does: each revision goes
    to one of them.
    """

    __slots__ = ("_block", "_fetch", "_lock")

    def __init__(self, fetch: Callable[[], bytes]) -> None:
        self._fetch = fetch
        self._block: Iterator[int] = iter(())
        self._lock = RLock()

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        for rev in self._block:
            return rev
        return self._beyond()

    def _beyond(self) -> int:
        with self._lock:
            while True:
                # There is more when another thread came first.
                for rev in self._block:
                    return rev
                self._block = iter(array("i", self._fetch()))


def iterate(fetch: Callable[[], bytes]) -> Iterator[int]:
    """The revisions of all blocks that `fetch` returns until it raises StopIteration.

    `fetch` is a native iterator's `__next__`: asking the iterator for its iterator would
    be a native call within another, at which the debug mode of PyPy's host aborts.
    """
    # `chain` forgets a block when two threads fetch one at once. They cannot on CPython, as
    # `fetch` keeps the GIL; on PyPy they can where the host is in Python, and the JIT makes
    # both as fast.
    if sys.implementation.name == "pypy":
        return _Revisions(fetch)
    return chain.from_iterable(map(array, repeat("i"), starmap(fetch, repeat(()))))
