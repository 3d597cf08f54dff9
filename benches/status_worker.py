# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of a status inside a process: tasks of worker.py."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from worker import Case, alternate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The scope of a status without patterns.
_EVERYTHING: tuple[list[bytes], bool, list[bytes], list[bytes]] = ([b""], True, [], [])
_FLOORS = {
    "stat 1": "look at known files, 1 thread",
    "stat 2": "look at known files, 2 threads",
    "walk 1": "walk and look at files, 1 thread",
    "walk 2": "walk and look at files, 2 threads",
}


class Floor:
    """benches/floor, which waits for orders."""

    def __init__(self, program: str, tree: str) -> None:
        self._process = subprocess.Popen(
            [program, tree], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, order: str) -> tuple[float, float, int]:
        """(seconds by the clock, of the processor, files)"""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        wall, busy, files = self._process.stdout.readline().split()
        return float(wall), float(busy), int(files)

    def cases(self) -> dict[str, Case]:
        return {title: FloorCase(self, order) for order, title in _FLOORS.items()}

    def close(self) -> None:
        self._process.communicate()


class FloorCase(Case):
    """Timed by the other process itself."""

    def __init__(self, floor: Floor, order: str) -> None:
        self._floor = floor
        self._order = order

    def run(self) -> tuple[tuple[float, float], Any]:
        wall, busy, files = self._floor.ask(self._order)
        return (wall, busy), files


def _walk(native: Any, tree: str) -> Any:
    """What `hg status` asks of the native object; the lists as blocks of names."""
    from vermilion._native import WANT_UNKNOWN

    now = time.time_ns()
    files = [os.path.join(tree, ".hgignore")]
    clock = (now // 10**9, now % 10**9)
    return native.status(tree, files, _EVERYTHING, WANT_UNKNOWN, clock, lambda _: None)[0]


def _v1(tree: str) -> tuple[bytes, str]:
    name = os.path.join(tree, ".hg", "dirstate")
    with open(name, "rb") as file:
        return file.read(), name


def _docket(tree: str) -> tuple[str, int, bytes]:
    """Of a dirstate in the format v2: its data file, their size, and the tree's metadata."""
    from mercurial import node
    from mercurial.dirstateutils import docket

    found = docket.DirstateDocket.parse(_v1(tree)[0], node.sha1nodeconstants)
    name = os.path.join(tree, ".hg", found.data_filename().decode())
    return name, found.data_size, found.tree_metadata


def status_parts(v1: str, v2: str, floor: str, rounds: int) -> dict[str, Any]:
    """Parsing beside C's parser, opening, walking beside the floor, and handing over."""
    from hgext3rd.vermilion import common, workingcopy
    from mercurial import util
    from mercurial.cext import parsers
    from vermilion import _native

    data, name = _v1(v1)
    made = _native.dirstate_from_v1(data, name)[0]
    opened = _native.dirstate_from_v2(*_docket(v2))
    nothing = _native.dirstate(False)
    c_parser = util.nogc(parsers.parse_dirstate)

    def c_parse(_: Any) -> Any:
        entries = parsers.dict_new_presized(len(data) // 71)
        c_parser(entries, {}, data)
        return entries

    def case(question: Any, prepare: Any = lambda: None) -> Case:
        return Case(prepare, question)

    parsing = {
        "ours": case(lambda _: _native.dirstate_from_v1(data, name)[0]),
        "peer": case(c_parse),
    }
    ours, peer = (sorted(_paths(parsing[side].run()[1])) for side in parsing)
    system = Floor(floor, v1)
    walks = {
        "v1": case(lambda _: _walk(made, v1)),
        "v2": case(lambda _: _walk(opened, v2)),
        **system.cases(),
    }
    block = _walk(nothing, v1)[workingcopy.UNKNOWN]
    unknown = {
        "walk": case(lambda _: _walk(nothing, v1)),
        "hand over": case(lambda _: common.names_of(block)),
    }
    open_v2 = {
        "open": case(lambda arguments: _native.dirstate_from_v2(*arguments), lambda: _docket(v2))
    }
    result = {
        "files": len(made),
        "unknown": len(common.names_of(block)),
        "same": ours == peer,
        "parse": alternate(parsing, rounds, 2, 60),
        "open": alternate(open_v2, rounds, 2, 60),
        "walk": alternate(walks, rounds, 2, 60),
        "names": alternate(unknown, rounds, 2, 60),
        "interpreter": sys.version.replace("\n", " "),
    }
    system.close()
    return result


def _paths(entries: Any) -> list[bytes]:
    if isinstance(entries, dict):
        return list(entries)
    names: list[bytes] = entries.paths().split(b"\0")
    return names[:-1]


def status_growth(tree: str, floor: str, rounds: int) -> dict[str, Any]:
    """Reading a dirstate in the format v1 and walking, beside the floor."""
    from vermilion import _native

    system = Floor(floor, tree)
    cases = {
        "read and walk": Case(
            lambda: None, lambda _: _walk(_native.dirstate_from_v1(*_v1(tree))[0], tree)
        )
    }
    found = alternate({**cases, **system.cases()}, rounds, 1, 60)
    system.close()
    return found
