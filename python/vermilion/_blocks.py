"""Revisions in blocks of packed native int32: what native code asks Python for.

One call each, because a step across the border costs far more than one in Python where
the host is Python itself and not yet compiled by the JIT.
"""

from __future__ import annotations

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


def iterate(fetch: Callable[[], bytes]) -> Iterator[int]:
    """The revisions of all blocks that `fetch` returns until it raises StopIteration.

    `fetch` is a native iterator's `__next__`: asking the iterator for its iterator would
    be a native call within another, at which the debug mode of PyPy's host aborts.
    """
    return chain.from_iterable(map(array, repeat("i"), starmap(fetch, repeat(()))))
