# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of a status, and files that are slow to read: the names of sides of worker.py."""

from __future__ import annotations

import os
import struct
import subprocess
import tempfile
import time

from worker import Timed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# The scope of a status without patterns.
_EVERYTHING: tuple[list[bytes], bool, list[bytes], list[bytes]] = ([b""], True, [], [])


def _floor(program: str, tree: str) -> Callable[[str, int], Any]:
    """Starts core/examples/floor.rs, which waits for orders and takes the time itself."""
    process = subprocess.Popen(
        [program, tree], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ask(mode: str, threads: int) -> Timed:
        assert process.stdin is not None and process.stdout is not None
        print(mode, threads, file=process.stdin, flush=True)
        return Timed(map(float, process.stdout.readline().split()[:2]))

    return ask


def _walk(native: Any, tree: str) -> Any:
    """Does what `hg status` asks of the native object; the lists are blocks of names."""
    from vermilion._native import WANT_UNKNOWN

    now = time.time_ns()
    files = [os.path.join(tree, ".hgignore")]
    clock = (now // 10**9, now % 10**9)
    return native.status(tree, files, _EVERYTHING, WANT_UNKNOWN, clock, lambda _: None)[0]


def _read(tree: str) -> tuple[bytes, str]:
    name = os.path.join(tree, ".hg", "dirstate")
    with open(name, "rb") as file:
        return file.read(), name


def _docket(tree: str) -> tuple[str, int, bytes]:
    """Returns, of a dirstate v2, its data file, their size, and the tree's metadata."""
    from mercurial import node
    from mercurial.dirstateutils import docket

    found = docket.DirstateDocket.parse(_read(tree)[0], node.sha1nodeconstants)
    name = os.path.join(tree, ".hg", found.data_filename().decode())
    return name, found.data_size, found.tree_metadata


def status(v1: str, floor: str, v2: str = "") -> dict[str, Any]:
    """Returns what the questions about a tree in the format v1, and one in v2, use."""
    from hgext3rd.vermilion import common, workingcopy
    from mercurial import util
    from mercurial.cext import parsers
    from vermilion import _native

    data, name = _read(v1)
    parser = util.nogc(parsers.parse_dirstate)

    def c_parse() -> Any:
        entries = parsers.dict_new_presized(len(data) // 71)
        parser(entries, {}, data)
        return entries

    made = _native.dirstate_from_v1(data, name)[0]
    nothing = _native.dirstate(False)
    block = _walk(nothing, v1)[workingcopy.UNKNOWN]
    return {
        "v1": made,
        "v2": _native.dirstate_from_v2(*_docket(v2)) if v2 else None,
        "nothing": nothing,
        "docket": lambda: _docket(v2),
        "open_v2": lambda docket: _native.dirstate_from_v2(*docket),
        "parse": lambda: _native.dirstate_from_v1(data, name)[0],
        "c_parse": c_parse,
        "walk_v1": lambda known: _walk(known, v1) and None,
        "walk_v2": lambda known: _walk(known, v2) and None,
        "read_and_walk": lambda: _walk(_native.dirstate_from_v1(*_read(v1))[0], v1) and None,
        "hand_over": lambda: common.names_of(block),
        "floor": _floor(floor, v1),
        "facts": {
            "files": len(made),
            "unknown": len(common.names_of(block)),
            "same": sorted(made.paths().split(b"\0")[:-1]) == sorted(c_parse()),
        },
    }


# Mercurial needs several seconds for a megabyte of ignore rules.
SIZES, RULE_SIZES = tuple(1 << n for n in range(20, 24)), tuple(1 << n for n in range(14, 18))
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
# The sizes of each kind of file, and the questions.
KINDS = {
    **{f"dirstate-v1: {kind}": (SIZES, "dirstate(x)", "their_dirstate(x)") for kind in DIRSTATES},
    **{f"ignore file: {kind}": (RULE_SIZES, "rules(x)", "their_rules(x)") for kind in RULES},
}


def _filled(kind: str, size: int) -> bytes:
    """Makes a file of a kind, at least so large."""
    name = kind.partition(": ")[2]
    parts, number = [b"" if name in RULES else bytes(40)], 1
    length = len(parts[0])
    while length < size:
        part = {**RULES, **DIRSTATES}[name](number)
        if name in DIRSTATES:
            part = b"n" + struct.pack(">llll", 0o100644, 1, 1, len(part)) + part
        parts.append(part)
        number, length = number + 1, length + len(part)
    return b"".join(parts)


def slow_files() -> dict[str, Any]:
    """Returns what the questions use."""
    from mercurial import match, policy
    from vermilion import UnsupportedWorkingCopyError, WorkingCopy, _native

    parsers = policy.importmod("parsers")
    folder = tempfile.TemporaryDirectory(prefix="vermilion-bench-")
    root, ignored = folder.name, os.path.join(folder.name, ".hgignore")
    os.makedirs(os.path.join(root, ".hg", "store"))
    with open(os.path.join(root, ".hg", "requires"), "w") as file:
        file.write("revlogv1\nstore\n")

    def refusing(work: Callable[[bytes], Any]) -> Callable[[bytes], str]:
        def ask(data: bytes) -> str:
            try:
                work(data)
            except UnsupportedWorkingCopyError:
                return "refused"
            except Exception as error:  # Mercurial refuses some of this, too
                if type(error).__name__ not in ("Abort", "OverflowError", "MemoryError"):
                    raise
            return ""

        return ask

    def written(data: bytes) -> None:
        with open(ignored, "wb") as file:
            file.write(data)

    def rules(data: bytes) -> None:
        written(data)
        WorkingCopy(root).is_ignored("some/path/of/a/file.c")

    def their_rules(data: bytes) -> None:
        written(data)
        found = match.match(os.fsencode(root), b"", [], [b"include:" + os.fsencode(ignored)])
        found(b"some/path/of/a/file.c")

    return {
        "filled": _filled,
        "folder": folder,
        "dirstate": refusing(lambda data: _native.dirstate_from_v1(data, "dirstate")),
        "their_dirstate": refusing(lambda data: parsers.parse_dirstate({}, {}, data)),
        "rules": refusing(rules),
        "their_rules": refusing(their_rules),
    }
