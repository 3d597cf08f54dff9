#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures Vermilion beside Mercurial: what `make bench` runs.

    python3 benches/run.py [HISTORY] [--quick] [--only PART ...]

HISTORY is a repository or a csv file of parents, maybe gzipped, with a line "p1,p2"
for each revision; so is the variable VERMILION_HISTORY. Without, a synthetic history
is made. Results go to docs/bench (build/bench with --quick): results.json,
results.md and plots. The exit status tells whether all answers were the same and
all bounds held.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import places  # first: it makes the project's tools known

# isort: split
import bad_cases
import bounds
import commands
import hosts
import layer
import processes
import report
import status
import status_report
import venvs
import ways
import ways_report
from common import ToolError, cache_dir, clean_env, main_guard, say
from places import ROOT, Place, Places

HERE = Path(__file__).resolve().parent
PARTS = (
    *("peers", "processes", "crossings", "hosts", "memory"),
    *("growth", "bad-cases", "bad-files", "commands", "status", "layer", "ways"),
)
# Which environment stands for an interpreter where Mercurial does not matter.
_INTERPRETERS = {"cpython": "c", "pypy": "pure"}


class Bench:
    """The measurements; for each of PARTS there is a method that returns its results."""

    def __init__(self, where: Places, history: places.History, quick: bool) -> None:
        self.where = where
        self.history = history
        self.quick = quick

    def _place(self, peer: str) -> Place:
        place = self.where.get(peer)
        assert place is not None
        return place

    def _work(self, place: Place, task: str, **arguments: Any) -> Any:
        """Run a task of worker.py there; returns its result."""
        command = [str(place.python), "-B", str(HERE / "worker.py"), task, json.dumps(arguments)]
        done = subprocess.run(
            command, env=place.env, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        if done.returncode != 0:
            raise ToolError(f"the task {task} failed on {place.python}")
        return json.loads(done.stdout)

    def peers(self) -> dict[str, Any]:
        rounds, budget = (3, 6.0) if self.quick else (9, 40.0)
        results = {}
        for peer, (_, title) in bounds.PEERS.items():
            place = self.where.get(peer)
            if place is None:
                continue
            say(f"beside {title}")
            results[peer] = self._work(
                place,
                "beside_peer",
                repository=str(self.history.repository),
                peer=peer,
                rounds=rounds,
                budget=budget,
                keys=[row.key for row in bounds.ROWS],
            )
        return results

    def processes(self) -> dict[str, Any]:
        runs = 15 if self.quick else 50
        results: dict[str, Any] = {}
        with tempfile.TemporaryDirectory(prefix="vermilion-bench-") as scratch:
            enabled = Path(scratch) / "hgrc"
            enabled.write_text("[extensions]\nvermilion =\n")
            for name, peer in _INTERPRETERS.items():
                place = self._place(peer)
                say(f"whole processes on {name}")
                python = str(place.python)
                hg = [python, str(place.python.parent / "hg")]
                extended = ["env", f"HGRCPATH={enabled}"]
                # Both go through `env`, so that it costs both the same.
                plain = ["env", f"HGRCPATH={os.devnull}"]
                compared = {
                    "import": ([python, "-c", "pass"], [python, "-c", "import vermilion"]),
                    "hg_root": ([*plain, *hg, "root"], [*extended, *hg, "root"]),
                }
                # Users have byte code.
                env = {k: v for k, v in place.env.items() if k != "PYTHONDONTWRITEBYTECODE"}
                results[name] = {
                    key: processes.compare(without, with_it, env, self.history.repository, runs)
                    for key, (without, with_it) in compared.items()
                }
        return results

    def crossings(self) -> dict[str, Any]:
        count, rounds = (20_000, 7) if self.quick else (100_000, 21)
        say("crossing the border")
        return {
            name: self._work(self._place(peer), "crossings", count=count, rounds=rounds)
            for name, peer in _INTERPRETERS.items()
        }

    def hosts(self) -> dict[str, Any]:
        return hosts.measure(self.where, self._work, self.history, self.quick)

    def status(self) -> dict[str, Any]:
        return status.measure(self.where, self._work, self.quick)

    def layer(self) -> dict[str, Any]:
        return layer.measure(self.where, self._work, self.quick)

    def bad_cases(self) -> dict[str, Any]:
        return bad_cases.measure(self.where, self._work, self._generate, self.quick)

    def bad_files(self) -> dict[str, Any]:
        say("files that are made to be slow")
        return {peer: self._work(self._place(peer), "bad_files") for peer in bad_cases.PEERS}

    def commands(self) -> dict[str, Any]:
        return commands.measure(self.where, self.quick)

    def ways(self) -> dict[str, Any]:
        return ways.measure(self.where, self.quick)

    def _generate(self, *arguments: object) -> None:
        """Run histories.py where there is a JIT: that takes seconds instead of minutes."""
        command = [self._place("pure").python, "-B", HERE / "histories.py", *arguments]
        subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL)

    def _sizes(self) -> tuple[int, ...]:
        return (10**4, 10**5) if self.quick else (10**5, 10**6, 10**7)

    def memory(self) -> dict[str, Any]:
        result: dict[str, Any] = {"history": {}, "project-like": {}}
        for name, peer in _INTERPRETERS.items():
            store = self.history.repository / ".hg" / "store" / "00changelog.i"
            result["history"][name] = self._work(
                self._place(peer), "memory", index=str(store), label=True
            )
        for count in self._sizes():
            say(f"opening {count:,} revisions")
            with tempfile.TemporaryDirectory(prefix="vermilion-bench-", dir=cache_dir()) as scratch:
                parents, index = Path(scratch) / "parents", Path(scratch) / "index.i"
                self._generate("project-like", count, parents)
                self._generate("index", parents, index)
                result["project-like"][count] = {
                    name: {
                        "memory": self._work(
                            self._place(peer), "memory", index=str(index), label=False
                        ),
                        "opening": self._work(
                            self._place(peer), "opening", index=str(index), rounds=7
                        ),
                    }
                    for name, peer in _INTERPRETERS.items()
                }
        return result

    def growth(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for shape in ("linear", "bushy", "merge-heavy"):
            result[shape] = []
            for count in self._sizes():
                say(f"{shape} history of {count:,} revisions")
                with tempfile.TemporaryDirectory(
                    prefix="vermilion-bench-", dir=cache_dir()
                ) as scratch:
                    parents = Path(scratch) / "parents"
                    self._generate(shape, count, parents)
                    result[shape].append(
                        self._work(self._place("c"), "growth", parents=str(parents), rounds=5)
                    )
        return result


def _earlier(results: Path) -> dict[str, Any]:
    """The results of an earlier run, to which single parts can be added."""
    return json.loads(results.read_text()) if results.exists() else {}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("history", nargs="?", metavar="HISTORY")
    parser.add_argument(
        "--quick", action="store_true", help="few rounds and short histories, to try it out"
    )
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, metavar="PART", help=f"some of {', '.join(PARTS)}"
    )
    parser.add_argument(
        "--package", type=Path, metavar="DIR", help="measure the package in DIR, build no wheel"
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="where the results go")
    arguments = parser.parse_args()
    output = arguments.output or (
        ROOT / "build" / "bench" if arguments.quick else ROOT / "docs" / "bench"
    )
    output.mkdir(parents=True, exist_ok=True)
    history = places.history(arguments.history)
    say(f"measuring on {history.name}")
    bench = Bench(
        Places(arguments.package and arguments.package.resolve()), history, arguments.quick
    )
    results = _earlier(output / "results.json") if arguments.only else {}
    results["history"] = {"name": history.name, **history.facts}
    results["machine"] = places.describe_machine()
    results["date"] = datetime.date.today().isoformat()
    results["quick"] = arguments.quick
    for part in arguments.only or PARTS:
        results[part] = getattr(bench, part.replace("-", "_"))()
        # After every part, so that a long run is not lost; and as JSON has it: keys are strings.
        results = json.loads(json.dumps(results))
        (output / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    text, problems = report.write(results)
    (output / "results.md").write_text(text)
    python = venvs.make(None, "plots", [HERE / "requirements.txt"])
    subprocess.run(
        [str(python), "-B", str(HERE / "plots.py"), str(output)], check=True, env=_plot_env()
    )
    if not arguments.quick and results.get("status"):
        _into(ROOT / "README.md", status_report.talks(results["status"], first_screen=True))
        _into(ROOT / "docs" / "users.md", status_report.talks(results["status"]))
    if not arguments.quick and results.get("ways"):
        _into(ROOT / "docs" / "tutorial" / "comparison.md", ways_report.comparison(results["ways"]))
    print(text)
    print(f"The results are in {output}", file=sys.stderr)
    for problem in problems:
        print(f"NOT HELD: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _into(page: Path, table: str) -> None:
    """Puts a table in its place on a page that people write."""
    before, mark, rest = page.read_text().partition("<!-- by make bench -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    if not (mark and end):
        raise ToolError(f"{page.name} has no place for its table")
    page.write_text(f"{before}{mark}{table}{end}{after}")


def _plot_env() -> dict[str, str]:
    # matplotlib keeps a cache of fonts; ours goes where our other caches are.
    return clean_env({"MPLCONFIGDIR": str(cache_dir() / "matplotlib"), "MPLBACKEND": "Agg"})


if __name__ == "__main__":
    main_guard(main)
