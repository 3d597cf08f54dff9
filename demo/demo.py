#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows Vermilion at work with Mercurial: what `make demo` runs.

Builds the wheel, installs it beside Mercurial on CPython 3.11 and on PyPy, makes a
real repository with a branching history, and asks `hg log` the same questions with
the extension and without, on both interpreters. Any difference ends it with an error.
Needs Rust, a C compiler and Python 3; fetches the rest into the cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import build_wheel  # noqa: E402
import interpreters  # noqa: E402
import mercurials  # noqa: E402
import venvs  # noqa: E402
from common import ROOT, ToolError, clean_env, main_guard, run  # noqa: E402

REVISIONS = 20_000
_NAMES = ("cpython3.11", "pypy")
# `v1` and `v2` are tags on the way to the tip, `feature` is a head apart from it.
REVSETS = (
    "heads(all())",
    "last(ancestors(v2), 500)",
    "only(tip, v2)",
    "only(feature, tip)",
    "roots(only(feature, tip))",
    "v1::v2 and merge()",
    "v2::tip",
    "ancestor(feature, tip)",
    "children(v1)",
    "descendants(v2) and head()",
    "v1:: and not ::tip",
    "sort(only(tip, v2), topo)",
)
_HGRC = """\
[ui]
username = Demo <demo@example.org>
interactive = no
paginate = never
[devel]
default-date = 0 0
"""
# Without the extension, Mercurial on PyPy has no zstd, and could not open the repository.
_REPAIR = ROOT / "tests" / "hg" / "repair.py"
# For `hg debugshell`: each revset several times in one process, the best time counts.
_INSIDE = """
import json, sys, time
found = {}
for revset in REVSETS:
    best = None
    for _ in range(5):
        start = time.perf_counter()
        count = len(repo.revs(revset.encode()))
        spent = time.perf_counter() - start
        best = spent if best is None else min(best, spent)
    found[revset] = [best * 1000, count]
sys.stdout.write(json.dumps(found))
"""


_COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _paint(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m" if _COLOUR else text


def bold(text: str) -> str:
    """Returns bold text, where there are colours."""
    return _paint(text, "1")


def good(text: str) -> str:
    """Returns text about a success."""
    return _paint(text, "32")


def show(text: str = "", indent: int = 2) -> None:
    """Prints lines, indented."""
    for line in text.splitlines() or [""]:
        print(" " * indent + line, flush=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns rows in aligned columns, the first to the left and the others to the right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]
        lines.append("  ".join(cells))
    return "\n".join([bold(lines[0]), *lines[1:]])


@dataclass(frozen=True)
class Side:
    """Holds one interpreter with Mercurial and Vermilion installed."""

    title: str
    python: Path
    mercurial: str
    # what its Mercurial needs in the section [extensions] where ours is not on
    needs: str

    @property
    def hg(self) -> list[str]:
        """Returns the command that runs Mercurial there."""
        return [str(self.python), str(self.python.parent / "hg")]


def _environment(name: str) -> Path:
    """Makes an environment of this interpreter with Mercurial; returns its Python."""
    python = venvs.make(interpreters.get(name), f"demo-{name}")
    mercurials.install(python)
    return python


def prepare() -> tuple[Path, list[Side]]:
    """Builds the wheel, meanwhile fetches interpreters and Mercurial, and installs."""
    with ThreadPoolExecutor(1) as aside:
        environments = aside.submit(lambda: [_environment(name) for name in _NAMES])
        wheels = build_wheel.build()
        pythons = environments.result()
    sides = []
    for name, python in zip(_NAMES, pythons):
        venvs.uninstall(python, "vermilion", "hpy-host")
        venvs.install(python, wheels.host, wheels.vermilion)
        kind, needs = "with its C parts", ""
        if name == "pypy":
            kind, needs = "pure Python, with zstd by Vermilion", f"repair = {_REPAIR}\n"
        mercurial = f"Mercurial {mercurials.VERSION}, {kind}"
        sides.append(Side(str(interpreters.get(name)), python, mercurial, needs))
    return wheels.vermilion, sides


class Demo:
    """Holds the parts of the demonstration, in a folder that is removed afterwards."""

    def __init__(self, folder: Path, sides: list[Side]) -> None:
        self.folder = folder
        self.sides = sides
        self.repository = folder / "repository"
        self.counts = folder / "counts"
        self.plain = folder / "plain.hgrc"
        self.enabled = folder / "enabled.hgrc"
        self.plain.write_text(_HGRC)
        self.enabled.write_text(_HGRC + "[extensions]\nvermilion =\n")

    def _hg(
        self, side: Side, *arguments: str, extension: bool = False, where: Path | None = None
    ) -> str:
        settings = self.enabled if extension else self.plain
        if side.needs and not extension:
            settings = self.folder / "needed.hgrc"
            settings.write_text(f"{_HGRC}[extensions]\n{side.needs}")
        env = clean_env({"HGRCPATH": str(settings), "HGPLAIN": "1"})
        if extension:
            env["VERMILION_COUNTS"] = str(self.counts)
        return run([*side.hg, *arguments], env=env, cwd=where or self.repository, timeout=300)

    def build_repository(self) -> None:
        """Makes a history of thousands of empty commits, then some that have files."""
        side = self.sides[0]
        self._hg(side, "init", str(self.repository), where=self.folder)
        env = clean_env({"HGRCPATH": str(self.plain), "HGPLAIN": "1"})
        done = subprocess.run(
            [*side.hg, "debugbuilddag"],
            input=_history(REVISIONS),
            text=True,
            cwd=self.repository,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
        )
        if done.returncode != 0:
            raise ToolError(f"hg debugbuilddag failed\n{done.stdout}")
        self._commit_by_hand(side)
        count = self._hg(side, "log", "-r", "tip", "-T", "{rev + 1}")
        merges = len(self._hg(side, "log", "-r", "merge()", "-T", "{rev}\n").splitlines())
        heads = len(self._hg(side, "log", "-r", "head()", "-T", "{rev}\n").splitlines())
        show(
            f"{int(count):,} changesets, {merges:,} merges, {heads:,} heads, committed by hg itself"
        )
        template = "{rev} {branch} {tags} {desc|firstline}"
        show(self._hg(side, "log", "-G", "-r", "last(all(), 6)", "-T", template))

    def _commit_by_hand(self, side: Side) -> None:
        """Does what a user does: a file, a branch from v1, a merge, tags."""

        def change(name: str, text: str, message: str) -> None:
            (self.repository / name).write_text(text)
            self._hg(side, "commit", "--addremove", "-m", message)

        self._hg(side, "update", "--quiet", "v1")
        self._hg(side, "branch", "maintenance")
        change("fix.txt", "fixed\n", "fix a fault in version 1")
        change("notes.txt", "1.0.1\n", "notes for 1.0.1")
        self._hg(side, "update", "--quiet", str(REVISIONS - 1))
        change("readme.txt", "hello\n", "say hello")
        self._hg(side, "merge", "--quiet", "maintenance")
        self._hg(side, "commit", "-m", "take over the fix of version 1")
        self._hg(side, "tag", "v3")

    def ask(self) -> None:
        """Asks everything of everyone, and compares."""
        rows: list[tuple[str, ...]] = []
        counts: dict[str, int] = {}
        totals: dict[str, list[Any]] = {side.title: [0.0, 0.0, 0] for side in self.sides}
        for revset in REVSETS:
            answers: dict[str, str] = {}
            cells: list[str] = []
            for side in self.sides:
                times: dict[bool, float] = {}
                for extension in (False, True, True, False):  # twice each; the better one counts
                    started = time.perf_counter()
                    answer = self._log(side, revset, extension)
                    spent = time.perf_counter() - started
                    times[extension] = min(spent, times.get(extension, spent))
                    label = f"{side.title} {'with' if extension else 'without'} the extension"
                    answers[label] = answer
                    first, expected = next(iter(answers.items()))
                    if answer != expected:
                        raise ToolError(_difference(revset, first, expected, label, answer))
                served = self._served()
                totals[side.title][0] += times[False]
                totals[side.title][1] += times[True]
                totals[side.title][2] += served
                cells += [f"{times[False]:.2f}", f"{times[True]:.2f}"]
            count = len(expected.splitlines())
            if not count:
                raise ToolError(f"{revset} has no answer: the demonstration would show nothing")
            digest = hashlib.sha256(expected.encode()).hexdigest()[:8]
            counts[revset] = count
            rows.append((revset, f"{count:,}", digest, *cells))
            show(f"{good('same ×4')} {count:>6,} changesets  {revset}")
        self._report(rows, totals)
        self._report_inside(counts)

    def _log(self, side: Side, revset: str, extension: bool) -> str:
        return self._hg(
            side, "log", "-r", revset, "-T", "{rev} {node|short}\n", extension=extension
        )

    def _served(self) -> int:
        """Returns how many questions the extension has answered since last asked."""
        if not self.counts.exists():
            return 0
        lines = self.counts.read_text().splitlines()
        self.counts.unlink()
        # What PyPy needs to read anything is no question.
        return sum(
            count
            for line in lines
            for part, count in json.loads(line)["served"].items()
            if part != "zstandard"
        )

    def _modes(self) -> tuple[str, ...]:
        return tuple(f"{_short(side)}{mode}" for side in self.sides for mode in (" hg", " + us"))

    def _report(self, rows: list[tuple[str, ...]], totals: dict[str, list[Any]]) -> None:
        show("\nSeconds for the whole process, most of which hg takes to start:")
        show(table(("hg log -r …", "answers", "digest", *self._modes()), rows))
        for title, (without, with_it, served) in totals.items():
            if not served:
                raise ToolError(
                    f"the extension answered nothing on {title}: see `vermilion doctor`"
                )
            show(
                f"{title}: {without:.1f} s without, {with_it:.1f} s with the extension,"
                f" which answered {served:,} questions in Rust"
            )
        show(good("All answers are identical: with and without, on both interpreters."))

    def _report_inside(self, counts: dict[str, int]) -> None:
        """Asks the same revsets inside one hg process."""
        found = []
        # The shell takes one statement.
        script = "exec({!r})".format(f"REVSETS = {REVSETS!r}\n{_INSIDE}")
        for side in self.sides:
            for extension in (False, True):
                found.append(
                    json.loads(self._hg(side, "debugshell", "-c", script, extension=extension))
                )
                for revset, (_, count) in found[-1].items():
                    if count != counts[revset]:
                        raise ToolError(
                            f"{revset} has {count} answers inside hg, not {counts[revset]}"
                        )
        rows = [(revset, *(f"{one[revset][0]:.2f}" for one in found)) for revset in REVSETS]
        rows.append(("all of them", *(f"{sum(ms for ms, _ in one.values()):.2f}" for one in found)))
        show("\nMilliseconds for the question alone, asked inside hg, the best of five:")
        show(table(("revset", *self._modes()), rows))

    def same_file(self, wheel: Path) -> None:
        """Shows which native module each interpreter has loaded, by its own account."""
        show(f"{wheel.name}, {wheel.stat().st_size:,} bytes")
        found = [(side.title, *self._loaded(side)) for side in self.sides]
        # PyPy again, with the very file that CPython has loaded.
        shared = self.folder / "shared"
        shared.mkdir()
        (shared / "vermilion").symlink_to(venvs.site_packages(self.sides[0].python) / "vermilion")
        last = self.sides[-1]
        found.append((f"{last.title}, CPython's copy", *self._loaded(last, shared)))
        show()
        for title, path, digest in found:
            show(f"{title:28} {path}\n{'':28} sha256 {digest}")
        if len({digest for _, _, digest in found}) != 1 or found[0][1] != found[-1][1]:
            raise ToolError("the interpreters have not loaded the same file")
        show(good("Both loaded the same file."))

    def _loaded(self, side: Side, first: Path | None = None) -> tuple[str, str]:
        """Returns (path, sha256) of the native module as the interpreter tells."""
        env = clean_env({"PYTHONPATH": str(first)} if first else None)
        script = "import vermilion, os; r = vermilion.runtime(); print(os.path.realpath(r.path), r.sha256)"
        path, digest = run([side.python, "-c", script], env=env, cwd=self.folder).split()
        if hashlib.sha256(Path(path).read_bytes()).hexdigest() != digest:
            raise ToolError(f"{path} is not what vermilion.runtime() says")
        return path, digest

    def doctor(self) -> None:
        """Shows the reports of `vermilion doctor`."""
        for side in self.sides:
            show(bold(f"{side.title}, {side.mercurial}"))
            env = clean_env({"HGRCPATH": str(self.enabled)})
            text = run([side.python, "-m", "vermilion.doctor"], env=env, cwd=self.folder)
            show(text, indent=4)


def _history(count: int) -> str:
    """Returns a branching history in the language of `hg debugbuilddag`."""
    sys.path.insert(0, str(ROOT / "tests" / "python"))
    import histories

    parents = histories.like_a_project(count)
    childless = bytearray(b"\1") * count
    for parent in parents:
        if parent >= 0:
            childless[parent] = 0
    # The tags lie on first parents of the last revision, and beside its ancestors.
    line = [count - 1]
    while line[-1] >= 0:
        line.append(parents[2 * line[-1]])
    tags = {
        next(r for r in line if r < count // 3): "v1",
        next(r for r in line if r < count * 9 // 10): "v2",
        max(r for r in range(count // 2) if childless[r]): "feature",
    }
    words = []
    for rev in range(count):
        first, second = parents[2 * rev : 2 * rev + 2]
        if first < 0:
            words.append(".")
        else:  # back references: how many revisions before
            words.append(f"*{rev - first}" + (f"/{rev - second}" if second >= 0 else ""))
        if rev in tags:
            words.append(f":{tags[rev]}")
    return "\n".join(words)


def _difference(revset: str, one: str, first: str, other: str, second: str) -> str:
    a, b = first.splitlines(), second.splitlines()
    where = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    shown = [
        f"  {name}: {len(t)} lines, line {where + 1}: {t[where : where + 1]}"
        for name, t in ((one, a), (other, b))
    ]
    return "\n".join([f"DIFFERENT ANSWERS to hg log -r '{revset}'", *shown])


def _short(side: Side) -> str:
    return re.sub(r" [\d.]+$", "", side.title)


def main() -> int:
    started = time.monotonic()
    show(
        bold("Vermilion: Mercurial's history graph in Rust, one file for CPython and PyPy"),
        indent=0,
    )
    times = []

    def begin(title: str) -> None:
        times.append((title, time.monotonic()))
        show("\n" + _paint(f"{len(times)}. {title}", "1;31"), indent=0)

    begin("Build the wheel; fetch interpreters and Mercurial; install")
    wheel, sides = prepare()
    for side in sides:
        show(f"{side.title}: {side.mercurial}")
    with tempfile.TemporaryDirectory(prefix="vermilion-demo-") as folder:
        demo = Demo(Path(folder), sides)
        begin("Make a repository")
        demo.build_repository()
        begin("Ask hg, with the extension and without")
        demo.ask()
        begin("One file on both interpreters")
        demo.same_file(wheel)
        begin("vermilion doctor")
        demo.doctor()
    ends = [*(start for _, start in times[1:]), time.monotonic()]
    show("\n" + bold("Time"), indent=0)
    for (title, start), end in zip(times, ends):
        show(f"{end - start:6.1f} s  {title}")
    show(f"{ends[-1] - started:6.1f} s  in all")
    return 0


if __name__ == "__main__":
    main_guard(main)
