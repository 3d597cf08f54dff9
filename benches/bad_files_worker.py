# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading files that are made to be slow, beside Mercurial's own code: the worker's part.

Each row is a kind of file at growing sizes; how the times grow from one size to the next is
what matters. A refusal, after which Mercurial reads the file itself, counts as an answer and
is marked.
"""

from __future__ import annotations

import os
import struct
import tempfile
import time
from typing import Any, Callable, NamedTuple

SIZES = (1 << 20, 2 << 20, 4 << 20, 8 << 20)
# Of an ignore file, as Mercurial needs several seconds for a megabyte
RULE_SIZES = (1 << 14, 1 << 15, 1 << 16, 1 << 17)


class Row(NamedTuple):
    """One kind of file: sizes, and for each the seconds of both sides."""

    kind: str
    sizes: tuple[int, ...]
    ours: list[float]
    theirs: list[float]
    refused: list[bool]


def record(path: bytes) -> bytes:
    return b"n" + struct.pack(">llll", 0o100644, 1, 1, len(path)) + path


def filled(size: int, head: bytes, part: Callable[[int], bytes]) -> bytes:
    parts, length = [head], len(head)
    while length < size:
        parts.append(part(len(parts)))
        length += len(parts[-1])
    return b"".join(parts)


DIRSTATES: dict[str, Callable[[int], bytes]] = {
    "deep directories, one file each": lambda i: b"%d/" % i + b"a/" * 500 + b"f",
    "one deep directory": lambda i: b"a/" * 500 + b"%d" % i,
    "two deep directories by turns": lambda i: (b"a/", b"b/")[i % 2] * 500 + b"%d" % i,
    "directories in no order": lambda i: b"d%d/e%d/f%d" % (i * 7919 % 1000, i % 77, i),
    "the same path": lambda i: b"a/b/c/d",
    "names in reverse": lambda i: b"%09d" % (10**9 - i),
}

RULES: dict[str, Callable[[int], bytes]] = {
    "many short patterns": lambda i: b"%x\n" % i,
    "many globs": lambda i: b"glob:*.ext%d\n" % i,
    "look-ahead": lambda i: b"^(?!src).*/name%d$\n" % i,
    "nested repetitions": lambda i: b"(a{1000}){1000}\n",
}


def seconds(work: Callable[[], Any]) -> tuple[float, bool]:
    """The least time of three, and whether it ended with a refusal."""
    import vermilion

    best, refused = float("inf"), False
    for _ in range(3):
        start = time.perf_counter()
        try:
            work()
        except vermilion.UnsupportedWorkingCopyError:
            refused = True
        except Exception as error:  # Mercurial refuses some of this, too
            if type(error).__name__ not in ("Abort", "OverflowError", "MemoryError"):
                raise
        best = min(best, time.perf_counter() - start)
        if best > 1:
            break
    return best, refused


def measure(
    kind: str,
    sizes: tuple[int, ...],
    head: bytes,
    part: Callable[[int], bytes],
    ours: Callable[[bytes], Any],
    theirs: Callable[[bytes], Any],
) -> Row:
    row = Row(kind, sizes, [], [], [])
    for size in sizes:
        data = filled(size, head, part)
        taken, refused = seconds(lambda data=data: ours(data))
        row.ours.append(taken)
        row.refused.append(refused)
        row.theirs.append(seconds(lambda data=data: theirs(data))[0])
    return row


def rows() -> list[Row]:
    from mercurial import match, policy
    from vermilion import WorkingCopy, _native

    parsers = policy.importmod("parsers")
    found = [
        measure(
            "dirstate-v1: " + kind,
            SIZES,
            b"\0" * 40,
            lambda i, path=path: record(path(i)),
            lambda data: _native.dirstate_from_v1(data, "dirstate"),
            lambda data: parsers.parse_dirstate({}, {}, data),
        )
        for kind, path in DIRSTATES.items()
    ]
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, ".hg", "store"))
        with open(os.path.join(root, ".hg", "requires"), "w") as file:
            file.write("revlogv1\nstore\n")
        rules = os.path.join(root, ".hgignore")

        def ours(data: bytes) -> None:
            with open(rules, "wb") as file:
                file.write(data)
            WorkingCopy(root).is_ignored("some/path/of/a/file.c")

        def theirs(data: bytes) -> None:
            with open(rules, "wb") as file:
                file.write(data)
            ignore = match.match(os.fsencode(root), b"", [], [b"include:" + os.fsencode(rules)])
            ignore(b"some/path/of/a/file.c")

        for kind, part in RULES.items():
            found.append(measure("ignore file: " + kind, RULE_SIZES, b"", part, ours, theirs))
    return found


def bad_files() -> list[dict[str, Any]]:
    """All rows, as JSON has them."""
    return [row._asdict() for row in rows()]
