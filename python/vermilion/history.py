# SPDX-License-Identifier: GPL-2.0-or-later
"""Histories of files: `FileVersion`, and `Annotation`, which tells where lines come from."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from vermilion._rows import Rows


class FileVersion(NamedTuple):
    """A version of a file, and the changeset that it came with."""

    #: the changeset
    rev: int
    #: the path that the file has there
    path: bytes
    #: the node of the file
    node: bytes


class AnnotatedLine(NamedTuple):
    """A line of a file, and where it comes from."""

    #: the line, with its newline
    text: bytes
    #: the changeset that it comes from
    rev: int
    #: the path that the file has there
    path: bytes
    #: the number of the line there, from 1 on
    number: int
    #: whether it only stands in for a line of a changeset that was skipped
    skipped: bool


class Annotation(Rows[AnnotatedLine]):
    """The lines of a file and where they come from: a sequence of `AnnotatedLine`.

    As columns: `lines` is a list of bytes, `revs` and `numbers` are `array('i')`, and the path of
    line i is `paths[path_rows[i]]`.
    """

    __slots__ = ("_skipped", "lines", "numbers", "path_rows", "paths", "revs")

    def __init__(
        self,
        text: bytes,
        revs: bytes,
        path_rows: bytes,
        numbers: bytes,
        skipped: bytes,
        paths: list[bytes],
    ) -> None:
        #: the lines, with their newlines
        self.lines = [line + b"\n" for line in text.split(b"\n")]
        last = self.lines.pop()[:-1]
        if last:
            self.lines.append(last)
        #: the changesets that they come from
        self.revs = array("i", revs)
        #: their numbers there, from 1 on
        self.numbers = array("i", numbers)
        #: the paths of the file, of which `path_rows` has the number of each line's
        self.paths = paths
        self.path_rows = array("i", path_rows)
        self._skipped = skipped

    def __len__(self) -> int:
        return len(self.lines)

    def _row(self, row: int) -> AnnotatedLine:
        return AnnotatedLine(
            self.lines[row],
            self.revs[row],
            self.paths[self.path_rows[row]],
            self.numbers[row],
            self._skipped[row] != 0,
        )

    def __repr__(self) -> str:
        return "<Annotation of %d lines>" % len(self)


def versions(block: tuple[bytes, bytes, bytes, list[bytes]]) -> list[FileVersion]:
    """The versions in a block of them."""
    revs, path_rows, nodes, paths = block
    return [
        FileVersion(rev, paths[path], nodes[20 * row : 20 * row + 20])
        for row, (rev, path) in enumerate(zip(array("i", revs), array("i", path_rows)))
    ]
