# SPDX-License-Identifier: GPL-2.0-or-later
"""The same two functions in every way that benches/ways has: builds them and measures."""

from __future__ import annotations

import io
import json
import os
import shutil
import tokenize
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import bounds
import places
import suite
from common import ToolError, Word, clean_env, run, say
from places import ROOT, Place, Places
from worker import summary

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "ways"
# What one fresh process finds, once or several times.
_TIMES = ("import", "add_first", "upper_first", "add", "add_checked", "upper")


# -- lines of source -----------------------------------------------------------------


def lines(file: Path) -> int:
    """How many lines of a file have more on them than blanks and comments."""
    text = file.read_text()
    if file.suffix in (".py", ".pyx"):
        return _lines_of_python(text)
    if file.suffix == ".toml":
        return sum(
            1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
        )
    count, inside = 0, False
    for line in map(str.strip, text.splitlines()):
        # Our C and Rust have no code on a line where a comment ends.
        if inside or line.startswith("/*"):
            inside = not line.endswith("*/")
        elif line and not line.startswith("//"):
            count += 1
    return count


def _lines_of_python(text: str) -> int:
    nothing = (
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    )
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in nothing:
            # A string may have code of another language in it, with blank lines.
            for offset, line in enumerate(token.string.splitlines()):
                if line.strip():
                    found.add(token.start[0] + offset)
    return len(found)


# -- building ------------------------------------------------------------------------


@dataclass
class Built:
    """A way that is ready on one interpreter.

    `seconds` is what building took with its dependencies compiled before, `whole` with
    them; both and `binary` are None where nothing is built.
    """

    place: Place
    folder: Path
    binary: Path | None = None
    seconds: float | None = None
    whole: float | None = None


class Builder:
    """Builds each way by its tool's usual means, in a folder of its own."""

    def __init__(self, where: Places) -> None:
        self._where = where
        self._target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "bench-ways"
        shutil.rmtree(self._target, ignore_errors=True)
        self._ours: Built | None = None

    def build(self, way: str, name: str) -> Built:
        say(f"building {way} for {name}")
        place = self._where.ways(name)
        make: dict[str, Callable[[Place, str], Built]] = {
            "c": self._setuptools,
            "cython": self._setuptools,
            "cffi": self._cffi,
            "pyo3": self._pyo3,
            "ours": self._hpy,
        }
        if way in make:
            return make[way](place, way)
        return Built(place, self._copy(place, way))

    def _folder(self, place: Place, way: str) -> Path:
        return self._target / place.python.parent.parent.name / way

    def _copy(self, place: Place, way: str) -> Path:
        folder = self._folder(place, way)
        shutil.copytree(SOURCES / way, folder)
        return folder

    def _setuptools(self, place: Place, way: str) -> Built:
        folder = self._copy(place, way)
        spent = _timed([place.python, "setup.py", "--quiet", "build_ext", "--inplace"], folder)
        return Built(place, folder, _only(folder, "talk.*.so"), spent, spent)

    def _cffi(self, place: Place, way: str) -> Built:
        folder = self._copy(place, way)
        spent = _timed([place.python, "talk_build.py"], folder)
        return Built(place, folder, _only(folder, "_talk.*.so"), spent, spent)

    def _pyo3(self, place: Place, way: str) -> Built:
        folder, python = self._folder(place, way), place.python
        # maturin is a program, which builds for other interpreters than the one it came with.
        maturin = self._where.ways(bounds.WAYS_ON[0]).python.parent / "maturin"
        command: list[Word] = [
            maturin,
            "build",
            "--quiet",
            "--release",
            "--locked",
            "-i",
            python,
            "-o",
            folder,
        ]
        whole, seconds = _cargo_timed(command, way, folder / "target", {})
        with zipfile.ZipFile(_only(folder, "*.whl")) as wheel:
            wheel.extractall(folder)
        binary = _only(folder, "**/talk.*.so")
        return Built(place, binary.parent, binary, seconds, whole)

    def _hpy(self, place: Place, way: str) -> Built:
        if self._ours is None:
            folder = self._target / way
            command: list[Word] = ["cargo", "build", "--quiet", "--release", "--locked"]
            headers = {"HPY_DEVEL": str(suite.tree() / "hpy" / "devel")}
            whole, seconds = _cargo_timed(command, way, folder / "target", headers)
            binary = folder / "talk.hpy0.so"
            shutil.copyfile(folder / "target" / "release" / "libtalk.so", binary)
            self._ours = Built(place, folder, binary, seconds, whole)
        # The same file everywhere: built once.
        return Built(
            place, self._ours.folder, self._ours.binary, self._ours.seconds, self._ours.whole
        )


def _timed(command: Sequence[Word], cwd: Path, env: dict[str, str] | None = None) -> float:
    """The processor's time of a command and all it starts."""
    start = os.times()
    run(command, cwd=cwd, env=clean_env(env))
    end = os.times()
    return end.children_user - start.children_user + end.children_system - start.children_system


def _cargo_timed(
    command: list[Word], way: str, target: Path, env: dict[str, str]
) -> tuple[float, float]:
    """Seconds of a build with all its dependencies, and of one of the module alone."""
    run(["cargo", "fetch", "--locked"], cwd=SOURCES / way)
    env = {**env, "CARGO_TARGET_DIR": str(target)}
    whole = _timed(command, SOURCES / way, env)
    run(
        ["cargo", "clean", "--quiet", "--release", "--package", "talk"],
        cwd=SOURCES / way,
        env=clean_env(env),
    )
    return whole, _timed(command, SOURCES / way, env)


def _only(folder: Path, pattern: str) -> Path:
    found = [
        path for path in folder.glob(pattern) if "target" not in path.relative_to(folder).parts
    ]
    if len(found) != 1:
        raise ToolError(f"{folder} has {len(found)} files {pattern}")
    return found[0]


def _sizes(built: Built) -> dict[str, int | None]:
    """Bytes of the binary as its tool leaves it, and without symbols."""
    if built.binary is None:
        return {"size": None, "stripped": None}
    bare = built.folder / "stripped"
    run(["strip", "-o", bare, built.binary])
    return {"size": built.binary.stat().st_size, "stripped": bare.stat().st_size}


# -- measuring -----------------------------------------------------------------------


def measure(where: Places, quick: bool) -> dict[str, Any]:
    """All of this section: every way on every interpreter, visited in turn."""
    load = places.describe_machine()["load"]
    builder, built = Builder(where), {}
    missing: dict[str, dict[str, str]] = {way.key: dict(way.missing) for way in bounds.WAYS}
    for way in bounds.WAYS:
        for name in bounds.WAYS_ON:
            if name in missing[way.key]:
                continue
            try:
                built[way.key, name] = builder.build(way.key, name)
            except ToolError as error:
                # What the tool says names folders of this machine; it is not for the page.
                missing[way.key][name] = "it could not be built"
                say(f"no {way.title} on {name}: {error}")
    visits, rounds = (1, 1) if quick else (5, 3)
    found: dict[tuple[str, str], list[Any]] = {cell: [] for cell in built}
    for visit in range(visits):
        for name in bounds.WAYS_ON:
            say(f"the ways on {name}, {visit + 1} of {visits}")
            # The one that starts changes.
            ready = [way for way, on in built if on == name]
            for way in ready if visit % 2 == 0 else reversed(ready):
                found[way, name].append(_visit(built[way, name], way, rounds))
    cells: dict[str, dict[str, Any]] = {way.key: {} for way in bounds.WAYS}
    for (way, name), runs in found.items():
        times = {key: summary(_flat([run_[key] for run_ in runs])) for key in _TIMES}
        facts = {
            "seconds": built[way, name].seconds,
            "whole": built[way, name].whole,
            **_sizes(built[way, name]),
        }
        same = all(run_["same"] for run_ in runs)
        cells[way][name] = {**times, **facts, "same": same, "interpreter": runs[0]["interpreter"]}
    return {
        "load": load,
        "lines": {
            way.key: [
                sum(lines(SOURCES / way.key / file) for file in files)
                for files in (way.sources, way.recipe)
            ]
            for way in bounds.WAYS
        },
        "cells": cells,
        "missing": missing,
    }


def _visit(built: Built, way: str, rounds: int) -> Any:
    """What one fresh process finds."""
    # Users have byte code: not with -B.
    command: list[Word] = [
        built.place.python,
        HERE / "ways_worker.py",
        way,
        built.folder,
        str(rounds),
    ]
    return json.loads(run(command, env=built.place.env).splitlines()[-1])


def _flat(values: list[Any]) -> list[float]:
    return [one for value in values for one in (value if isinstance(value, list) else [value])]
