# SPDX-License-Identifier: GPL-2.0-or-later
"""What hpy-bindings costs: its module beside one in C with HPy's own macros."""

from __future__ import annotations

import os
import shlex
import shutil
import statistics
from pathlib import Path
from typing import Any, Callable

import bounds
import hosts
import places
import suite
from common import ToolError, run, say
from places import Place, Places
from worker import summary

HERE = Path(__file__).resolve().parent
CONTENDERS = ("bindings", "c")


def _build() -> Path:
    """Compiles both; returns the folder with a folder for each contender."""
    made = hosts.target() / "layer"
    shutil.rmtree(made, ignore_errors=True)
    for contender in CONTENDERS:
        (made / contender).mkdir(parents=True)
    shutil.copyfile(hosts.cargo("hpy"), made / "bindings" / "ffi_hpy.hpy0.so")
    say("compiling benches/ffi/chpy")
    devel = suite.tree() / "hpy" / "devel"
    # As hpy's own build does it: the helpers are compiled into each module.
    helpers = [devel / "src" / "runtime" / name for name in ("argparse.c", "helpers.c")]
    compiler = shlex.split(os.environ.get("CC", "cc"))
    options = [
        "-shared",
        "-fPIC",
        "-O3",
        "-DNDEBUG",
        "-DHPY",
        "-DHPY_ABI_UNIVERSAL",
        f"-I{devel / 'include'}",
    ]
    sources = [HERE / "ffi" / "chpy" / "ffi_chpy.c", *helpers]
    run([*compiler, *options, *sources, "-o", made / "c" / "ffi_chpy.hpy0.so"])
    return made


def _merged(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Nanoseconds of both, and what one adds to the other in the same round."""
    rows: dict[str, Any] = {}
    for call in bounds.LAYER_CALLS:
        pairs: list[tuple[float, float]] = []
        for run_ in runs:
            empty = statistics.median(sum(run_["samples"]["empty"].values(), []))
            less = 0.0 if call.whole else empty
            samples = run_["samples"][call.key]
            pairs += [(ours - less, c - less) for ours, c in zip(samples["bindings"], samples["c"])]
        rows[call.key] = {
            "bindings": summary([ours for ours, _ in pairs]),
            "c": summary([c for _, c in pairs]),
            "added": summary([ours - c for ours, c in pairs]),
            # A call that PyPy compiles away takes no longer than the empty loop.
            "ratio": summary([ours / c if c > 0 else 1.0 for ours, c in pairs]),
        }
    return {"interpreter": runs[0]["interpreter"], "rows": rows}


def measure(where: Places, work: Callable[..., Any], quick: bool) -> dict[str, Any]:
    """All of this section. Every interpreter is visited several times in turn, for the
    reason that hosts.py gives."""
    load = places.describe_machine()["load"]
    folder, missing = _build(), []
    found: dict[str, tuple[Place, list[Any]]] = {}
    for name, host in bounds.LAYER_ON.items():
        try:
            found[name] = where.layer(name, host), []
        except ToolError as error:
            missing.append(f"nothing on {name}: {error}".splitlines()[0])
            say(missing[-1])
    keys = ["empty", *(call.key for call in bounds.LAYER_CALLS)]
    visits, rounds = (1, 5) if quick else (5, 11)
    for visit in range(visits):
        for name, (place, runs) in found.items():
            say(f"the layer on {name}, {visit + 1} of {visits}")
            arguments = {
                "folder": str(folder),
                "contenders": CONTENDERS,
                "rounds": rounds,
                "only": keys,
            }
            runs.append(work(place, "calls", **arguments))
    return {
        "load": load,
        "missing": missing,
        "calls": {name: _merged(runs) for name, (_, runs) in found.items()},
    }
