# SPDX-License-Identifier: GPL-2.0-or-later
"""`LineMatch`: lines of files that match a pattern."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from vermilion import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

# Bytes of lines that may lie ready, and changesets that are searched at a time.
_READY = 8 << 20
_REVS = 1024


class LineMatch(NamedTuple):
    """A line of a file that matches a pattern."""

    #: the file
    path: bytes
    #: the changeset
    rev: int
    #: the line's number, counted from 1: in the parent's file for a line that is removed
    number: int
    #: "+" for a line that the changeset adds, "-" for one that it removes, "" if nobody asked
    change: str
    #: the line without its newline; several, if a match is over several
    line: bytes
    #: where the pattern matches in it: beginnings and ends
    spans: list[tuple[int, int]]


def found(
    repository: _native.Repository,
    revs: array[int],
    question: tuple[bytes, bool, list[bytes] | None, bool, bool],
    progress: Callable[[int], object],
) -> Iterator[LineMatch]:
    """The lines that were found, asked for some at a time."""
    done, after = 0, None
    while done < len(revs):
        some = revs[done : done + _REVS].tobytes()
        position, files, lines = _native.grep(repository, some, after, *question, _READY, progress)
        done, after = done + position[0], position[1]
        yield from _rows(files, lines)


def _rows(
    files: tuple[bytes, bytes, bytes], lines: tuple[bytes, bytes, bytes, bytes, bytes, bytes]
) -> Iterator[LineMatch]:
    paths, revs, counts = files[0].split(b"\0"), array("i", files[1]), array("i", files[2])
    numbers, signs, texts = array("I", lines[0]), lines[1].decode("ascii"), lines[2]
    ends, matches, spans = array("q", lines[3]), array("i", lines[4]), array("I", lines[5])
    first = start = span = 0
    for path, rev, count in zip(paths, revs, counts):
        for row in range(first, first + count):
            last = span + 2 * matches[row]
            pairs = list(zip(spans[span:last:2], spans[span + 1 : last : 2]))
            change, line = signs[row].strip(), texts[start : ends[row]]
            yield LineMatch(path, rev, numbers[row], change, line, pairs)
            start, span = ends[row], last
        first += count
