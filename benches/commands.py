# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands of Mercurial's with the extension and without: none may become slower.

Neighbours on one machine differ by more than the bound, so what counts is the processor's time,
and the differences between runs in the same round, in random order. Where the confidence interval
has the bound inside, the number of instructions tells, which depends on no load: the bound is the
same part of it. Where that does not hold either, the row is measured again as long as there is
time. An empty extension shows what having any extension costs.
"""

from __future__ import annotations

import collections
import os
import re
import shutil
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import bounds
import valgrind
from common import run, say
from places import INTERPRETERS, Place, Places, hgrc, in_turns, scratch
from results import PROCESSOR, USER, Bound, Samples, Table, add, table

PLAIN, OURS, EMPTY = "hg", "with Vermilion", "with an empty extension"
SIZES = ("small", "large")
MADE_FILES, MADE_CHANGESETS = 2_000, 60
# Seconds in which rows get more rounds; rounds of each: at first, more at a time, at most.
BUDGET, ROUNDS, MORE, MOST = 1_200.0, {False: 6, True: 1}, 6, 48


def hg(place: Place, *words: object, cwd: Path) -> str:
    """Runs a command of Mercurial's, without anybody's settings; returns what it prints."""
    env = {**place.env, "HGRCPATH": os.devnull, "HGUSER": "somebody"}
    needed = [f"--config=extensions.{name}={path}" for name, path in place.needs.items()]
    return run([*place.hg, *needed, *map(str, words)], cwd=cwd, env=env, timeout=1200)


def _make(place: Place, root: Path, files: int, changesets: int) -> None:
    """Makes a repository in which one file changes in every changeset."""
    hg(place, "init", root, cwd=root.parent)
    for number in range(files):
        path = root / f"dir{number % 17}" / f"file{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{number}\n" * 20)
    for number in range(changesets):
        (root / "dir0" / "file0").write_text("".join(f"line {line}\n" for line in range(number)))
        (root / "dir1" / "file1").write_text(f"{number}\n")
        hg(place, "commit", "-A", "-q", "-m", f"change {number}", cwd=root)


def repository(
    place: Place, unbundler: Place, size: str, folder: Path, changes: Path | None
) -> tuple[Path, str]:
    """Makes a repository, and finds a file in it that has changed often.

    Its format is the default of `place`, which need not be able to read the bundle.
    """
    root = folder / size
    if size == "small" or changes is None:
        _make(place, root, *((30, 20) if size == "small" else (MADE_FILES, MADE_CHANGESETS)))
        return root, "dir0/file0"
    bundle = changes
    if changes.is_dir():
        bundle = folder / "bundle.hg"
        hg(unbundler, "bundle", "--all", "--quiet", "-t", "gzip-v2", bundle, cwd=changes)
    hg(place, "init", root, cwd=folder)
    hg(unbundler, "unbundle", "-q", "-u", bundle, cwd=root)
    # Revisions of a file are what annotate goes through; it has to be there in all of them.
    always = set(hg(place, "files", "-r", "0", cwd=root).splitlines())
    always &= set(hg(place, "files", cwd=root).splitlines())
    changed = hg(place, "log", "-T", "{files % '{file}\\n'}", cwd=root).splitlines()
    counts = collections.Counter(file for file in changed if file in always)
    return root, counts.most_common(1)[0][0]


def _rows(
    where: Places, folder: Path, changes: Path | None, pattern: str
) -> dict[str, dict[str, Any]]:
    """Returns the commands to run, by a row's name and by contender."""
    empty = {"empty": str(folder / "empty.py")}
    settings: dict[str, dict[str, str]] = {PLAIN: {}, OURS: {"vermilion": ""}, EMPTY: empty}
    (folder / "empty.py").write_text("testedwith = b'ships-with-hg-core'\n")
    rows: dict[str, dict[str, Any]] = {}
    for interpreter, peer in INTERPRETERS.items():
        place = where.demand(peer)
        (folder / peer).mkdir()
        files = {side: str(folder / peer / f"hgrc{n}") for n, side in enumerate(settings)}
        for side, enabled in settings.items():
            needed = {} if side == OURS else place.needs
            Path(files[side]).write_text(hgrc({**needed, **enabled}))
        python, cwd = str(place.python), str(folder)
        starting = {PLAIN: "pass", OURS: "import vermilion"}
        name = f"{interpreter}: import vermilion"
        if re.search(pattern, name):
            told = {"env": place.env, "cwd": cwd}
            starts = {side: [python, "-c", code] for side, code in starting.items()}
            rows[name] = {side: {"argv": argv, **told} for side, argv in starts.items()}
        for size in SIZES:
            names = ((words, f"{interpreter}, {size}: hg {words}") for words in bounds.COMMANDS)
            wanted = {words: name for words, name in names if re.search(pattern, name)}
            if not wanted:
                continue
            say(f"making a {size} repository with {interpreter}")
            root, file = repository(place, where.demand("c"), size, folder / peer, changes)
            for words, name in wanted.items():
                argv = [file if word == "FILE" else word for word in words.split()]
                told = {"argv": [*place.hg, *argv], "cwd": str(root)}
                envs = {side: {**place.env, "HGRCPATH": rc} for side, rc in files.items()}
                rows[name] = {side: {"env": env, **told} for side, env in envs.items()}
    return rows


def _limit(name: str, samples: dict[str, Any]) -> Bound:
    limit = bounds.IMPORT[name.split(":")[0].split(",")[0]]
    if "hg " in name:
        plain = statistics.median(sample[PROCESSOR] for sample in samples[PLAIN])
        limit = max(plain * bounds.COMMAND_PART, bounds.COMMAND_FLOOR)
    return Bound(OURS, PLAIN, limit, "added")


def counted(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, list[list[int]]]]:
    """Returns how many instructions the sides of each row take, as samples.

    On PyPy without its JIT, what that compiles depends on the moment; and without major
    collections, one of which takes 2 to 6 % of a short command, and which begin where the heap
    reaches a threshold: either side may have one more than the other.
    """
    sides = [(name, side) for name in rows for side in (PLAIN, OURS)]

    def count(of: tuple[str, str]) -> int:
        name, side = of
        say(f"instructions: {name}, {side}")
        python, *words = rows[name][side]["argv"]
        told = rows[name][side]
        if "PyPy" in name:
            words = ["--jit", "off", *words]
            told = {**told, "env": {**told["env"], "PYPY_GC_MIN": "4GB"}}
        return valgrind.instructions(**{**told, "argv": [python, *words]})

    found: dict[str, dict[str, list[list[int]]]] = {name: {} for name in rows}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (name, side), number in zip(sides, pool.map(count, sides)):
            found[name][side] = [[number]]
    return found


def _check(name: str, by: dict[str, Any], counts: Samples, unclear: bool) -> dict[str, Any]:
    """Checks instructions: they may be as many more, by their part, as the time may."""
    plain = statistics.median(sample[PROCESSOR] for sample in by[PLAIN])
    limit = (_limit(name, by).at_most or 0) / plain * 100
    bound = Bound(OURS, PLAIN, limit if unclear else None, "% more", by=(0,))
    return {**bound.check(counts, "%"), "what": "instructions"}


def measure(where: Places, changes: Path | None, quick: bool, pattern: str = "") -> list[Table]:
    """Measures the rows of bounds.COMMANDS that match, in a small and in a large repository."""
    samples: dict[str, Any] = {}
    with scratch() as folder:
        rows = _rows(where, folder, changes, pattern)
        for number, (name, commands) in enumerate(rows.items(), 1):
            say(f"{name} ({number} of {len(rows)})")
            samples.update(in_turns({name: commands}, ROUNDS[quick], warmups=0 if quick else 1))
        doubtful = [name for name in rows if not quick and not _holds(name, samples[name])]
        counts = counted({name: rows[name] for name in doubtful})
        end = time.monotonic() + BUDGET
        for count in range(ROUNDS[quick] + MORE, MOST + 1, MORE):
            for name in [
                name for name in counts if _is_undecided(name, samples[name], counts[name])
            ]:
                if time.monotonic() < end:
                    say(f"{name}, up to {count} rounds")
                    for side, taken in in_turns({name: rows[name]}, MORE, 0)[name].items():
                        samples[name][side] += taken
    tables: dict[str, Table] = {}
    for name, by in samples.items():
        group, _, row = name.partition(": ")
        tables.setdefault(group, table(group))
        floor = [Bound(OURS, EMPTY, None, "added")] if EMPTY in by else []
        rounds = str(len(by[PLAIN]))
        made = add(tables[group], f"`{row}`", by, _limit(name, by), *floor, rounds=rounds)
        if name in counts:
            made["checks"].append(_check(name, by, counts[name], _is_unclear(name, by)))
    return list(tables.values())


def faster(where: Places, changes: Path | None, quick: bool, pattern: str = "") -> list[Table]:
    """Measures the rows of bounds.FASTER that match, on a large repository."""
    with scratch() as folder:
        return [_faster(where, kind, folder, changes, quick, pattern) for kind in INTERPRETERS]


def _faster(
    where: Places, kind: str, folder: Path, changes: Path | None, quick: bool, pattern: str
) -> Table:
    place, below = where.demand(INTERPRETERS[kind]), folder / kind
    below.mkdir()
    say(f"making a repository for {kind}")
    root, file = repository(place, where.demand("c"), "large", below, changes)
    tip = int(hg(place, "log", "-r", "tip", "-T", "{rev}", cwd=root))
    names = {"FILE": file, "EARLY": str(tip // 12), "LATE": str(tip), "OUT": str(below / "out")}
    away = [shutil.which("rm"), "-rf", names["OUT"]]
    files = {PLAIN: below / "hgrc", OURS: below / "hgrc-ours"}
    files[PLAIN].write_text(hgrc(place.needs))
    files[OURS].write_text(hgrc({"vermilion": ""}))
    made = table(kind, checks="list")
    for one in bounds.FASTER:
        if not re.search(pattern, one.words):
            continue
        say(f"{kind}: hg {one.words}")
        words, *before = (
            [*place.hg, *(names.get(word, word) for word in text.split(" "))]
            for text in (one.words, one.before)
            if text
        )
        told = {"argv": words, "before": [away, *before], "cwd": str(root)}
        envs = {side: {**place.env, "HGRCPATH": str(rc)} for side, rc in files.items()}
        sides = {side: {**told, "env": env} for side, env in envs.items()}
        samples = in_turns({"": sides}, ROUNDS[quick], warmups=0 if quick else 1)[""]
        limit = {"CPython": one.cpython, "PyPy": one.pypy}[kind]
        by = USER if one.user else PROCESSOR
        row = f"`hg {one.words}`" + ", user time" * one.user
        add(made, row, samples, Bound(OURS, PLAIN, limit, by=(by,)), by=by)
    return made


def _is_unclear(name: str, samples: dict[str, Any]) -> bool:
    return bool(_limit(name, samples).check(samples, "s")["holds"] == "unclear")


def _is_undecided(name: str, samples: dict[str, Any], counts: Samples) -> bool:
    """Returns whether a row is to be measured again: neither its time nor its instructions hold, or
    its time does not, as another program may have come between its runs."""
    unclear = _is_unclear(name, samples)
    counted = unclear and _check(name, samples, counts, unclear)["holds"] == "yes"
    return not _holds(name, samples) and not counted


def _holds(name: str, samples: dict[str, Any]) -> bool:
    return bool(_limit(name, samples).check(samples, "s")["holds"] == "yes")
