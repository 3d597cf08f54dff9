# SPDX-License-Identifier: GPL-2.0-or-later
"""Revisions in blocks of packed native int32: what native code asks Python for.

One call each, because a step across the border costs far more than one in Python where
the host is Python itself and not yet compiled by the JIT.
"""

from __future__ import annotations

import sys
from _thread import RLock  # `threading` takes PyPy 25 ms to import
from array import array
from itertools import chain, repeat, starmap
from os import getpid
from struct import Struct

# What packs a piece of a long list; on PyPy `array` itself is faster.
_PIECE_LENGTH = 4096
_PIECE = None if sys.implementation.name == "pypy" else Struct("%di" % _PIECE_LENGTH).pack

# Seconds after which somebody who waits for another thread asks whether there is one.
_LOOK = 1.0

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Callable


def pack(revs: Sequence[int]) -> bytes:
    """A block of revisions; an exception for what is none."""
    if _PIECE is None or len(revs) < _PIECE_LENGTH or type(revs) is not list:
        return array("i", revs).tobytes()
    # In pieces that stay in the processor's cache: in less than half the time.
    whole = len(revs) - len(revs) % _PIECE_LENGTH
    pieces = [_PIECE(*revs[at : at + _PIECE_LENGTH]) for at in range(0, whole, _PIECE_LENGTH)]
    return b"".join(pieces) + array("i", revs[whole:]).tobytes()


def to_array(block: bytes) -> array[int]:
    """The revisions of a block, as an array."""
    return array("i", block)


def to_list(block: bytes) -> list[int]:
    """The revisions of a block, as a list."""
    return array("i", block).tolist()


def tick(_done: int) -> None:
    """Does nothing: native code calls it now and then, for Python to look after signals."""


class _Revisions:
    """The revisions of all blocks that `fetch` returns until it raises StopIteration.

    Threads may share it where Python code can run while `fetch` does: each revision goes
    to one of them.
    """

    __slots__ = ("_block", "_fetch", "_lock", "_process")

    def __init__(self, fetch: Callable[[], bytes]) -> None:
        self._fetch = fetch
        self._block: Iterator[int] = iter(())
        self._lock = RLock()
        # The one that had the lock last.
        self._process = getpid()

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        for rev in self._block:
            return rev
        return self._beyond()

    def _beyond(self) -> int:
        self._acquire()
        try:
            self._process = getpid()
            while True:
                # There is more when another thread came first.
                for rev in self._block:
                    return rev
                self._block = iter(array("i", self._fetch()))
        finally:
            self._lock.release()

    def _acquire(self) -> None:
        while not self._lock.acquire(timeout=_LOOK):
            if self._process != getpid():
                # A thread of the parent has it, which is not in this process. What it was
                # about to hand out is lost.
                raise RuntimeError("the iterator was in use when the process was forked")


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
