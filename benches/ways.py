# SPDX-License-Identifier: GPL-2.0-or-later
"""The same two functions in every way that examples/ways has: builds them and measures."""

from __future__ import annotations

import collections
import itertools
import os
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import bounds
import suite
from common import ToolError, Word, clean_env, run, say
from graphs import title_of
from places import HERE, ROOT, Place, Places, order
from results import Table, add, seconds, table

SOURCES = ROOT / "examples" / "ways"
COMMENTS = {".c": ("//", "/*"), ".rs": "//", ".toml": "#", ".py": "# ", ".pyx": "# "}


def lines(way: str, files: Sequence[str]) -> int:
    """Counts the lines that have more on them than blanks and comments."""
    found = 0
    for name in files:
        text = map(str.strip, (SOURCES / way / name).read_text().splitlines())
        comment = COMMENTS[Path(name).suffix]
        found += sum(1 for line in text if line and not line.startswith(comment))
    return found


class Built(NamedTuple):
    """A way that is ready on one interpreter; `whole` is the time with its dependencies."""

    place: Place
    folder: Path
    binary: Path | None = None
    spent: float = 0.0
    whole: float = 0.0

    def facts(self) -> dict[str, str]:
        """Returns what building took, and the binary's size without and with its symbols."""
        if self.binary is None:
            return {"build": "–", "binary": "–"}
        bare = self.folder / "stripped"
        run(["strip", "-o", bare, self.binary])
        size, stripped = (f"{file.stat().st_size / 1000:,.0f} kB" for file in (self.binary, bare))
        build = seconds(self.spent)
        build += f" ({seconds(self.whole)})" if self.whole > self.spent else ""
        return {"build": build, "binary": size + (f" ({stripped})" if stripped != size else "")}


def _timed(command: Sequence[Word], cwd: Path, env: dict[str, str] | None = None) -> float:
    """Returns the processor's time of a command and all it starts."""
    start = os.times()
    run(command, cwd=cwd, env=clean_env(env))
    end = os.times()
    return end.children_user - start.children_user + end.children_system - start.children_system


def _cargo_timed(
    command: Sequence[Word], way: str, target: Path, env: dict[str, str]
) -> tuple[float, float]:
    """Returns the time of the module alone, and of a build with all its dependencies."""
    run(["cargo", "fetch", "--locked"], cwd=SOURCES / way)
    env = {**env, "CARGO_TARGET_DIR": str(target)}
    whole = _timed(command, SOURCES / way, env)
    clean = ["cargo", "clean", "--quiet", "--release", "--package", "talk"]
    run(clean, cwd=SOURCES / way, env=clean_env(env))
    return _timed(command, SOURCES / way, env), whole


def _only(folder: Path, pattern: str) -> Path:
    found = [p for p in folder.glob(pattern) if "target" not in p.relative_to(folder).parts]
    if len(found) != 1:
        raise ToolError(f"{folder} has {len(found)} files {pattern}")
    return found[0]


def _build(way: str, place: Place, folder: Path, maturin: Path) -> Built:
    """Builds a way by its tool's usual means, in a folder of its own."""
    setup = (["setup.py", "--quiet", "build_ext", "--inplace"], "talk.*.so")
    scripts = {"c": setup, "cython": setup, "cffi": (["talk_build.py"], "_talk.*.so")}
    if way == "pyo3":
        # maturin is a program, which builds for other interpreters than the one it came with.
        command = [maturin, "build", "--quiet", "--release", "--locked", "-i", place.python]
        times = _cargo_timed([*command, "-o", folder], way, folder / "target", {})
        with zipfile.ZipFile(_only(folder, "*.whl")) as wheel:
            wheel.extractall(folder)
        binary = _only(folder, "**/talk.*.so")
        return Built(place, binary.parent, binary, *times)
    if way == "ours":
        headers = {"HPY_DEVEL": str(suite.tree() / "hpy" / "devel")}
        command = ["cargo", "build", "--quiet", "--release", "--locked"]
        times = _cargo_timed(command, way, folder / "target", headers)
        binary = folder / "talk.hpy0.so"
        shutil.copyfile(folder / "target" / "release" / "libtalk.so", binary)
        return Built(place, folder, binary, *times)
    shutil.copytree(SOURCES / way, folder)
    if way not in scripts:
        return Built(place, folder)
    words, pattern = scripts[way]
    spent = _timed([place.python, *words], folder)
    return Built(place, folder, _only(folder, pattern), spent, spent)


def _all_built(where: Places) -> tuple[dict[tuple[str, str], Built], dict[tuple[str, str], str]]:
    """Builds every way on every interpreter; returns what is there, and why the rest is not."""
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "bench-ways"
    shutil.rmtree(target, ignore_errors=True)
    requirements = [SOURCES / "requirements.txt"]
    places = {name: where.bare("ways", name, requirements) for name in bounds.WAYS_ON}
    built, missing = {}, dict(bounds.NO_WAY)
    maturin = next(filter(None, places.values())).python.with_name("maturin")
    for way, name in itertools.product((way.key for way in bounds.WAYS), bounds.WAYS_ON):
        place, first = places[name], built.get((way, bounds.WAYS_ON[0]))
        if (way, name) not in missing and place is not None:
            say(f"building {way} for {name}")
            try:
                # Ours is the same file everywhere: built once.
                made = first._replace(place=place) if first and way == "ours" else None
                built[way, name] = made or _build(way, place, target / name / way, maturin)
            except ToolError as error:
                # What the tool says names folders of this machine; it is not for the page.
                missing[way, name] = "it could not be built"
                say(f"no {way} on {name}: {error}")
    return built, missing


def measure(where: Places, quick: bool) -> list[Table]:
    """Measures every way on every interpreter, visited in turn, in fresh processes."""
    built, missing = _all_built(where)
    visits, rounds = (1, 1) if quick else (5, 3)
    samples: dict[tuple[str, str], Any] = {cell: collections.defaultdict(list) for cell in built}
    same, titles = dict.fromkeys(built, True), dict.fromkeys(bounds.WAYS_ON, "")
    for visit in range(visits):
        for way, name in list(built) if visit % 2 == 0 else reversed(list(built)):
            say(f"{way} on {name}, {visit + 1} of {visits}")
            one = built[way, name]
            # Users have byte code: not with -B.
            program = [one.place.python, HERE / "ways_worker.py", way, one.folder, str(rounds)]
            found = order(program, {}, one.place.env)
            same[way, name] &= found["same"]
            titles[name] = title_of(name, found["interpreter"])
            for row, taken in found["rows"].items():
                samples[way, name][row] += taken
    made = table("")
    made["head"] = "way"
    for name in bounds.WAYS_ON:
        for way in bounds.WAYS:
            cell = way.key, name
            if cell not in built:
                add(
                    made,
                    way.title,
                    {},
                    interpreter=titles[name],
                    lines=f"not there: {missing.get(cell)}",
                )
                continue
            counted = [lines(way.key, files) for files in (way.sources, way.recipe)]
            written = " + ".join(str(count) for count in counted if count)
            facts = {"interpreter": titles[name], "lines": written, **built[cell].facts()}
            row = add(made, way.title, dict(samples[cell]), same=same[cell])
            row["cells"] = {**facts, **row["cells"]}
    return [made]
