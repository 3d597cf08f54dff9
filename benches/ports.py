# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages of examples/ports beside the originals, which are written with PyO3."""

from __future__ import annotations

import collections
import shutil
import statistics
import zipfile
from pathlib import Path
from typing import Any

import bounds
import venvs
from common import ToolError, cache_dir, say
from graphs import title_of
from places import ROOT, Place, Places
from results import PROCESSOR, Bound, Table, add, table

from sessions import port_wheels

OURS, THEIRS = "ours", "PyO3"
# How often a call is made between two looks at the clock, by the name of its row.
TIMES, FEW = 2_000, 20
SLOW = ("1 MB", "1,000", "nh3")
EMPTY = "an empty loop"


def _ours() -> Path:
    """Returns a folder with the ports, built as for a release."""
    made = ROOT / "build" / "bench-ports"
    target = ROOT / "target" / "bench-ports"
    wheels = port_wheels.wheels(made, {"CARGO_TARGET_DIR": str(target)})
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(made / "site")
    return made / "site"


def _theirs(where: Places, name: str, place: Place, port: str) -> Path | None:
    """Returns a folder with an original; it is built where there is no wheel of it."""
    upstream = port_wheels.PORTS[port]
    wanted = f"{upstream.name}=={upstream.version}"
    target = cache_dir() / "bench-originals" / name / wanted
    if not target.exists():
        partial = target.with_name("partial")
        shutil.rmtree(partial, ignore_errors=True)
        try:
            say(f"getting {wanted} for {name}")
            venvs.install(place.python, "--no-deps", "--target", partial, wanted)
        except ToolError as error:
            say(str(error))
            return where.miss(f"no {wanted} on {name}, which could not be built")
        partial.rename(target)
    return target


def _times(row: str) -> int:
    return FEW if any(word in row for word in SLOW) else TIMES


def _loop(row: str, statement: str) -> str:
    inner = f"\n        {statement}" if statement.startswith("for ") else f" {statement}"
    return f"for _ in repeat(None, {_times(row)}):{inner}"


def measure(where: Places, quick: bool) -> list[Table]:
    """Measures the rows of bounds.PORTS, in several processes, as their memory lies differently."""
    ours, visits, rounds = _ours(), *((1, 5) if quick else (5, 11))
    tables = []
    for name in bounds.PORTS_ON:
        place = where.bare("ports", name)
        if place is None:
            continue
        most = bounds.PORTS_ON_PYPY if name.startswith("pypy") else None
        made = table("", unit="ns")
        for key, port in bounds.PORTS.items():
            theirs = _theirs(where, name, place, key)
            folders = {OURS: ours, **({THEIRS: theirs} if theirs else {})}
            given = {"module": port.module, "prepared": port.prepared}
            sides = {
                side: ("port", {**given, "folder": str(folder), "times": TIMES})
                for side, folder in folders.items()
            }
            samples: dict[str, Any] = collections.defaultdict(lambda: collections.defaultdict(list))
            statements = {EMPTY: "pass"} | {row: text for row, (text, _) in port.rows.items()}
            rows = {
                row: dict.fromkeys(folders, _loop(row, text)) for row, text in statements.items()
            }
            pieces = {row: _times(row) / 1e9 for row in rows}
            for visit in range(visits):
                say(f"{key} on {name}, {visit + 1} of {visits}")
                found = place.work(sides, rows, rounds=rounds, pieces=pieces)
                made["title"] = title_of(name, found["interpreter"])
                for row, measured in found["rows"].items():
                    for side, taken in measured["samples"].items():
                        samples[row][side] += taken
            loop = statistics.median(s[PROCESSOR] for of in samples[EMPTY].values() for s in of)
            for row, (_, limit) in port.rows.items():
                at_most = limit if most is None or limit is None else most
                checks = [Bound(OURS, THEIRS, at_most)] if theirs else []
                add(made, row, samples[row], *checks, less=loop)
        tables.append(made)
    return tables
