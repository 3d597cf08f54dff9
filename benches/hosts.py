# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls through HPy hosts, beside PyO3 and beside C with HPy's own macros."""

from __future__ import annotations

import collections
import os
import shlex
import shutil
import statistics
from pathlib import Path
from typing import Any

import bounds
import build_wheel
import suite
import venvs
from common import ToolError, clean_env, run, say
from graphs import title_of
from places import ROOT, Place, Places
from results import PROCESSOR, Bound, Table, add, table

# How often a call is made, and how long a list is, between two looks at the clock.
TIMES, ITEMS = 20_000, 1_000_000


def _contenders(name: str) -> list[str]:
    """Returns the keys of the worker's sides; C is on the host of the first."""
    found = bounds.CONTENDERS[name]
    return [f"C on {found[0]}" if key == "C" else key for key in found]


def _cargo(target: Path, crate: str, *options: str) -> Path:
    say(f"building hpy-bindings/benches/{crate} {' '.join(options)}".rstrip())
    python = str(build_wheel.build_python())
    env = {"CARGO_TARGET_DIR": str(target), "PYTHON": python, "PYO3_NO_PYTHON": "1"}
    command = ["cargo", "build", "--release", "--locked", *options]
    run(command, cwd=ROOT / "hpy-bindings" / "benches" / crate, env=clean_env(env))
    return target / "release" / f"libffi_{crate}.so"


def _in_c(target: Path) -> Path:
    """Compiles hpy-bindings/benches/chpy as hpy's own build does it, helpers and all."""
    devel = suite.tree() / "hpy" / "devel"
    sources = [devel / "src" / "runtime" / name for name in ("argparse.c", "helpers.c")]
    sources.append(ROOT / "hpy-bindings" / "benches" / "chpy" / "ffi_chpy.c")
    options = ["-shared", "-fPIC", "-O3", "-DNDEBUG", "-DHPY", "-DHPY_ABI_UNIVERSAL"]
    options.append(f"-I{devel / 'include'}")
    made = target / "ffi_chpy.hpy0.so"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    run([*compiler, *options, *sources, "-o", made])
    return made


def _build() -> Path:
    """Compiles hpy-bindings/benches; returns a folder with files for each contender."""
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "bench-ffi"
    made = target / "modules"
    shutil.rmtree(made, ignore_errors=True)
    hpy, in_c = _cargo(target, "hpy"), _in_c(target)
    pyo3 = {}
    for abi in ("py311", "py312"):
        pyo3[abi] = shutil.copy(_cargo(target, "pyo3", "--features", abi), target / f"{abi}.so")
    for name in bounds.CONTENDERS:
        for contender in _contenders(name):
            where = made / name / contender.split()[0]
            where.mkdir(parents=True)
            abi = "py311" if name == "cpython3.11" else "py312"
            shutil.copy(pyo3[abi], where / "ffi_pyo3.abi3.so")
            shutil.copy(in_c, where / "ffi_chpy.hpy0.so")
            shutil.copy(hpy, where / "ffi_hpy.hpy0.so")
    return made


def _ready(where: Places) -> dict[str, tuple[Place, list[str]]]:
    """Returns the interpreters that can be had, with the contenders there."""
    found = {}
    for name in bounds.CONTENDERS:
        place, contenders = where.bare("hosts", name), _contenders(name)
        if place and "hpy 0.9.0" in contenders:
            try:
                venvs.install(place.python, "hpy==0.9.0")
            except ToolError as error:
                contenders = [one for one in contenders if "hpy 0.9.0" not in one]
                where.miss(f"no hpy 0.9.0 on {name}, for which pip may have to compile it: {error}")
        if place:
            found[name] = place, contenders
    return found


def _bounds(call: bounds.Call, contenders: list[str], pypy: bool) -> list[Bound]:
    ours, made = contenders[0], []
    if ours == "own host":
        limits = {"hpy 0.9.0": bounds.HPY_AT_MOST, "PyO3": call.pyo3}
        made = [Bound(ours, key, limits[key]) for key in contenders if key in limits]
    # A member has no code of the module's, and a get-set of a bare type is the same in both.
    limit, kind = (bounds.LAYER_RATIO, "part") if pypy else (bounds.LAYER_ADDS, "added")
    made.append(Bound(ours, contenders[-1], limit if call.layer else None, kind))
    return made


def measure(where: Places, quick: bool) -> list[Table]:
    """Measures the rows of bounds.CALLS, in several processes, as their memory lies differently."""
    folder, ready = _build(), _ready(where)
    visits, rounds = (1, 5) if quick else (5, 11)
    samples: dict[str, Any] = collections.defaultdict(lambda: collections.defaultdict(list))
    pieces = {call.title: (ITEMS if call.whole else TIMES) / 1e9 for call in bounds.CALLS}
    titles = {}
    for visit in range(visits):
        for name, (place, contenders) in ready.items():
            say(f"calls on {name}, {visit + 1} of {visits}")
            given = {"folder": str(folder / name), "times": TIMES, "many": ITEMS}
            sides = {key: ("ffi", {"contender": key, **given}) for key in contenders}
            rows = {call.title: dict.fromkeys(contenders, call.loop) for call in bounds.CALLS}
            found = place.work(sides, rows, rounds=rounds, pieces=pieces)
            titles[name] = title_of(name, found["interpreter"])
            for row, measured in found["rows"].items():
                for side, taken in measured["samples"].items():
                    samples[name, row][side] += taken
    tables = []
    for name, (_, contenders) in ready.items():
        made = table(titles[name], unit="ns")
        empty, *calls = bounds.CALLS
        loops = samples[name, empty.title].values()
        loop = statistics.median(sample[PROCESSOR] for taken in loops for sample in taken)
        add(made, empty.title, samples[name, empty.title])
        for call in calls:
            limits = _bounds(call, contenders, name.startswith("pypy"))
            less = 0.0 if call.whole else loop
            add(made, call.title, samples[name, call.title], *limits, less=less)
        tables.append(made)
    return tables
