# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls through HPy hosts beside PyO3, and Vermilion on two PyPys."""

from __future__ import annotations

import os
import shutil
import statistics
from pathlib import Path
from typing import Any, Callable

import bounds
import build_wheel
import places
from common import ToolError, clean_env, run, say
from places import ROOT, Place, Places
from worker import summary

HERE = Path(__file__).resolve().parent
# Runs a task of worker.py in a place.
Work = Callable[..., Any]


class Hosts:
    """Builds what is called, and calls it on every interpreter that can be had."""

    def __init__(self, where: Places, work: Work, quick: bool) -> None:
        self._work = work
        self._quick = quick
        self.missing: list[str] = []
        self._places: dict[str, Place] = {}
        self._contenders: dict[str, list[str]] = {}
        for name, contenders in bounds.CONTENDERS.items():
            try:
                self._places[name] = where.host(
                    name, vermilion="own" in contenders or "builtin" in contenders
                )
            except ToolError as error:
                self._miss(f"nothing on {name}: {error}")
                continue
            self._contenders[name] = list(contenders)
            if "hpy" in contenders:
                try:
                    where.add_hpy(self._places[name])
                except ToolError as error:
                    self._contenders[name].remove("hpy")
                    self._miss(
                        f"no hpy 0.9.0 on {name}, for which pip may have to compile it: {error}"
                    )

    def _miss(self, what: str) -> None:
        what = what.splitlines()[0]
        say(what)
        self.missing.append(what)

    # -- calls ---------------------------------------------------------------------

    def calls(self) -> dict[str, Any]:
        """The rows of bounds.CALLS. Every interpreter is visited several times in turn,
        because what one process measures depends on where its memory happens to lie."""
        folder = _build()
        visits, rounds = (1, 5) if self._quick else (5, 11)
        found: dict[str, list[Any]] = {name: [] for name in self._contenders}
        for visit in range(visits):
            for name, contenders in self._contenders.items():
                if visit and len(contenders) == 1:
                    continue  # nothing to compare with: for information
                say(f"calls on {name}, {visit + 1} of {visits}")
                arguments = {
                    "folder": str(folder / name),
                    "contenders": contenders,
                    "rounds": rounds,
                }
                found[name].append(self._work(self._places[name], "calls", **arguments))
        return {name: _merged(runs) for name, runs in found.items()}

    # -- two PyPys -------------------------------------------------------------------

    def pypys(self, repository: Path) -> dict[str, Any]:
        """The rows of bounds.OPERATIONS on both PyPys, in turn."""
        names = [name for name in ("pypy", "pypy8") if name in self._places]
        visits, rounds, budget = (1, 3, 6.0) if self._quick else (9, 7, 20.0)
        arguments = {"repository": str(repository), "rounds": rounds, "budget": budget}
        found: dict[str, list[Any]] = {name: [] for name in names}
        for visit in range(visits):
            for name in names:
                say(f"operations on {name}, {visit + 1} of {visits}")
                keys = list(bounds.OPERATIONS)
                found[name].append(
                    self._work(self._places[name], "operations", keys=keys, **arguments)
                )
        return {
            name: {
                "interpreter": runs[0]["interpreter"],
                "host": runs[0]["host"],
                "rows": {
                    key: {
                        "seconds": summary(
                            [run["rows"][key]["processor"]["median"] for run in runs]
                        ),
                        "answer": runs[0]["rows"][key]["answer"],
                    }
                    for key in bounds.OPERATIONS
                },
            }
            for name, runs in found.items()
        }


def _merged(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Nanoseconds of each contender, and the ratios of ours to others' in the same round."""
    rows: dict[str, Any] = {}
    for call in bounds.CALLS:
        times: dict[str, list[float]] = {}
        for run_ in runs:
            empty = statistics.median(sum(run_["samples"]["empty"].values(), []))
            for name, samples in run_["samples"][call.key].items():
                less = 0.0 if call.whole else empty
                times.setdefault(name, []).extend(sample - less for sample in samples)
        rows[call.key] = {
            "ns": {name: summary(values) for name, values in times.items()},
            "ratio": {
                name: summary([ours / other for ours, other in zip(times["own"], values)])
                for name, values in times.items()
                if name != "own" and "own" in times
            },
        }
    empty = [
        sample for run_ in runs for values in run_["samples"]["empty"].values() for sample in values
    ]
    return {"interpreter": runs[0]["interpreter"], "empty": summary(empty), "rows": rows}


def target() -> Path:
    """Where what is in benches/ffi is compiled."""
    return Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "bench-ffi"


def cargo(crate: str, *options: str) -> Path:
    """Compiles a crate of benches/ffi; returns the file."""
    env = {
        "CARGO_TARGET_DIR": str(target()),
        "PYTHON": str(build_wheel.build_python()),
        "PYO3_NO_PYTHON": "1",
    }
    say(f"building benches/ffi/{crate} {' '.join(options)}".rstrip())
    run(
        ["cargo", "build", "--release", "--locked", *options],
        cwd=HERE / "ffi" / crate,
        env=clean_env(env),
    )
    return target() / "release" / f"libffi_{crate}.so"


def _build() -> Path:
    """Compiles benches/ffi; returns a folder with a folder of files for each interpreter.

    Each contender has a file of its own, as one process loads them all.
    """
    made = target() / "modules"
    shutil.rmtree(made, ignore_errors=True)

    def put(file: Path, where: Path) -> None:
        where.parent.mkdir(parents=True)
        shutil.copyfile(file, where)

    hpy = cargo("hpy")
    for name, contenders in bounds.CONTENDERS.items():
        for contender in contenders:
            if contender != "pyo3":
                put(hpy, made / name / contender / "ffi_hpy.hpy0.so")
    for abi in ("py311", "py312"):
        pyo3 = cargo("pyo3", "--features", abi)
        for name, contenders in bounds.CONTENDERS.items():
            if "pyo3" in contenders and (name == "cpython3.11") == (abi == "py311"):
                put(pyo3, made / name / "pyo3" / "ffi_pyo3.abi3.so")
    return made


def measure(where: Places, work: Work, history: places.History, quick: bool) -> dict[str, Any]:
    """All of this section."""
    hosts = Hosts(where, work, quick)
    return {
        "load": places.describe_machine()["load"],
        "calls": hosts.calls(),
        "pypys": hosts.pypys(history.repository),
        "missing": hosts.missing,
    }
