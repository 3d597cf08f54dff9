# SPDX-License-Identifier: GPL-2.0-or-later
"""`Patch`: the difference of two changesets."""

from __future__ import annotations

from _collections_abc import Sequence
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import overload


class Hunk(NamedTuple):
    """Changed lines of a file that are near each other, with unchanged ones around them."""

    #: the number of the first line in the old file, counted from 1, and how many there are
    old: tuple[int, int]
    #: the same in the new file
    new: tuple[int, int]
    #: the lines with their newline, the first byte b" ", b"-", b"+", or b"\\"
    lines: list[bytes]


class PatchedFile:
    """What a patch says of one file."""

    __slots__ = ("added", "is_binary", "is_renamed", "kind", "path", "removed", "source", "text")

    def __init__(
        self,
        path: bytes,
        source: tuple[bytes, bool] | None,
        kind: str,
        added: int,
        removed: int,
        is_binary: bool,
        text: bytes,
    ) -> None:
        #: the path, the old one of a file that is gone
        self.path = path
        #: the path of the file that it was copied or renamed from, else None
        self.source = source and source[0]
        #: whether it is that file under a new name, and not a copy
        self.is_renamed = source is not None and source[1]
        #: "A" for added, "M" for modified, "R" for removed
        self.kind = kind
        #: how many lines are new
        self.added = added
        #: how many lines are gone
        self.removed = removed
        #: whether either content is binary
        self.is_binary = is_binary
        #: its part of the patch
        self.text = text

    @property
    def hunks(self) -> list[Hunk]:
        """The hunks; none for a binary file, or one of which only the flag changes."""
        hunks: list[Hunk] = []
        if self.is_binary:
            return hunks
        old = new = 0
        lines = self.text.splitlines(True) if b"\r" not in self.text else _lines(self.text)
        for line in lines:
            if old > 0 or new > 0 or (hunks and line.startswith(b"\\")):
                hunks[-1].lines.append(line)
                old -= line[:1] in b" -"
                new -= line[:1] in b" +"
            elif line.startswith(b"@@ "):
                ranges = [_range(part) for part in line.split(b" ", 3)[1:3]]
                hunks.append(Hunk(ranges[0], ranges[1], []))
                old, new = ranges[0][1], ranges[1][1]
        return hunks

    def __repr__(self) -> str:
        return "<PatchedFile %s %r +%d -%d>" % (self.kind, self.path, self.added, self.removed)


def _lines(text: bytes) -> list[bytes]:
    """Lines that end with a newline, and with nothing else."""
    return [line + b"\n" for line in text.split(b"\n")[:-1]]


def _range(part: bytes) -> tuple[int, int]:
    start, _, count = part[1:].partition(b",")
    return int(start), int(count or 1)


class Patch(Sequence[PatchedFile]):
    """The difference of two changesets, file by file in the order of their paths."""

    __slots__ = ("files",)

    def __init__(self, files: list[PatchedFile]) -> None:
        #: what it says of each file
        self.files = files

    def text(self) -> bytes:
        """The whole patch, as `hg diff` prints it."""
        return b"".join(file.text for file in self.files)

    @property
    def added(self) -> int:
        """How many lines are new in all files."""
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        """How many lines are gone in all files."""
        return sum(file.removed for file in self.files)

    def stat(self) -> list[tuple[bytes, int, int]]:
        """What `hg diff --stat` counts: names, lines that are new, and lines that are gone.

        The name of a renamed file is `old => new`.
        """
        return [
            (
                b"%s => %s" % (file.source, file.path) if file.is_renamed else file.path,
                file.added,
                file.removed,
            )
            for file in self.files
            if file.text
        ]

    def __len__(self) -> int:
        return len(self.files)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> PatchedFile: ...
        @overload
        def __getitem__(self, index: slice) -> list[PatchedFile]: ...

    def __getitem__(self, index: int | slice) -> PatchedFile | list[PatchedFile]:
        return self.files[index]

    def __bytes__(self) -> bytes:
        return self.text()

    def __repr__(self) -> str:
        return "<Patch of %d files, +%d -%d>" % (len(self), self.added, self.removed)
