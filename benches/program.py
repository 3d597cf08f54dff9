# SPDX-License-Identifier: GPL-2.0-or-later
"""`vermilion hg` beside hg, rhg, chg and git: whole processes, on the same content."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import bounds
import commands
import mercurials
import results
import trees
from common import clean_env, say
from places import HERE, Place, Places, hgrc, in_turns, scratch
from results import CLOCK, MEMORY, Bound, Table, add, table

HG, EXTENSION, OURS, PYPY = "hg (C)", "hg + Vermilion", "vermilion hg", "PyPy: hg (pure)"
# In the order of the README's columns.
SIDES = (HG, EXTENSION, "rhg", "chg", "git", OURS)
ROUNDS, WARMUPS = {False: 11, True: 1}, 2


def _git(place: Any, repository: Path, root: Path) -> str:
    """Makes git's repository with the same changesets; returns the first commit."""
    env = trees.git_env()
    subprocess.run(["git", "init", "-q", "-b", "main", root], env=env, check=True)
    writer = [place.python, "-B", HERE / "gitcopy.py", repository]
    with subprocess.Popen(writer, env=place.env, stdout=subprocess.PIPE) as made:
        command = ["git", "-C", root, "fast-import", "--quiet"]
        subprocess.run(command, env=env, stdin=made.stdout, check=True)
    made_ready = "config user.name somebody", "repack -adq", "commit-graph write --no-progress"
    for words in (*made_ready, "reset -q --hard main"):
        subprocess.run(["git", "-C", root, *words.split()], env=env, check=True)
    listed = ["git", "-C", root, "rev-list", "--max-parents=0", "main"]
    return subprocess.run(listed, env=env, stdout=subprocess.PIPE, text=True).stdout.split()[-1]


class Program(NamedTuple):
    """How a side is called, and its variables."""

    argv: list[str]
    env: dict[str, str]

    def command(
        self, words: Sequence[str], cwd: Path, output: Path, before: str = ""
    ) -> dict[str, Any]:
        """Returns what spawn.py is to run."""
        told = {"env": self.env, "cwd": str(cwd), "output": str(output)}
        first = [["/bin/sh", "-c", before]] if before else []
        return {"argv": [*self.argv, *words], "before": first, **told}


def _words(text: str, names: dict[str, str]) -> list[str]:
    """Returns the words of a command, with what its names stand for."""
    known = re.compile(rf"\b({'|'.join(names)})\b")
    return [known.sub(lambda name: names[name[0]], word) for word in text.split(" ")]


def _ours(place: Place, program: Path, env: dict[str, str]) -> Program:
    return Program([str(program), "hg"], {**env, "VERMILION_HG": str(place.python.with_name("hg"))})


def _programs(where: Places, folder: Path) -> dict[str, Program]:
    """Returns the programs that can be had; git's repositories are others."""
    place, rhg, chg = where.demand("c"), mercurials.rhg(), mercurials.chg()
    sockets = folder / "run"
    sockets.mkdir(mode=0o700)
    common = {"LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(sockets)}

    def env(place: Place, name: str, extensions: dict[str, str]) -> dict[str, str]:
        rc = folder / name
        rc.write_text(f"[ui]\nusername = somebody\n{hgrc(extensions)}")
        return {**place.env, **common, "HGRCPATH": str(rc)}

    plain = env(place, "hgrc", {})
    program = place.python.with_name("vermilion")
    found = {
        HG: Program(place.hg, plain),
        EXTENSION: Program(place.hg, env(place, "hgrc-ours", {"vermilion": ""})),
        "chg": Program([str(chg)], {**plain, "CHGHG": str(place.python.with_name("hg"))}),
        "git": Program([shutil.which("git") or "git"], trees.git_env()),
        OURS: _ours(place, program, plain),
    }
    if rhg:
        abort = ["--config", "rhg.on-unsupported=abort"]
        found["rhg"] = Program([str(rhg), *abort], {**clean_env(), **plain})
    else:
        where.miss("no rhg: nox -s rhg")
    pypy = where.demand("pure")
    slow = env(pypy, "hgrc-pypy", pypy.needs)
    found[PYPY] = Program(pypy.hg, slow)
    found[f"PyPy: {OURS}"] = _ours(pypy, program, slow)
    return found


class _Asked:
    """Runs the same command of all programs that have it, and writes down how long they took."""

    def __init__(self, folder: Path, programs: dict[str, Program], quick: bool) -> None:
        self.programs, self.rounds = programs, ROUNDS[quick]
        self.outputs = {side: folder / f"output-{n}" for n, side in enumerate(programs)}
        # Of what starts a program, the system counts the memory as that program's.
        nothing = Program(["/bin/true"], {}).command([], folder, folder / "nothing")
        self.least = 2 * in_turns({"": {"": nothing}}, 1)[""][""][0][MEMORY]

    def natively(
        self,
        native: bounds.Native,
        names: dict[str, str],
        roots: tuple[Path, Path],
        into: Table,
        memory: Table,
    ) -> None:
        """Adds the rows of a command that ours answers natively."""
        ours, gits = _words(native.words, names), _words(native.git or "", names)
        without = {side for side, has in (("rhg", native.rhg), ("git", native.git)) if not has}
        sides = [side for side in SIDES if side in self.programs and side not in without]
        samples = self._samples(
            native.words,
            {s: (gits, roots[1], "") if s == "git" else (ours, roots[0], "") for s in sides},
        )
        told = {side: self.outputs[side].read_bytes() for side in sides if side != "git"}
        same = all(text == told[HG] for text in told.values())
        had = [Bound(OURS, side, part, by=(CLOCK,)) for side, part in native.at_most]
        had = [bound for bound in had if bound.of in samples]
        add(into, f"`{native.words}`", samples, *had, by=CLOCK, same=same)
        largest = [side for side in ("rhg", "git") if side in samples]
        most = max(largest, key=lambda side: samples[side][0][MEMORY], default=None)
        is_seen = most and samples[most][0][MEMORY] > self.least
        bound = [Bound(OURS, most, bounds.NATIVE_MEMORY, by=(MEMORY,))] if is_seen else []
        add(memory, f"`{native.words}`, {where(into['title'])}", samples, *bound, by=MEMORY)

    def served(
        self,
        served: bounds.Served,
        names: dict[str, str],
        root: Path,
        into: Table,
        of: tuple[str, ...],
        ours: str,
    ) -> None:
        """Adds the row of a command that a server answers; the last of `of` is whom ours is held to."""
        words, before = _words(served.words, names), " ".join(_words(served.before, names))
        samples = self._samples(served.words, {s: (words, root, before) for s in (*of, ours)})
        bound = Bound(ours, of[-1], bounds.SERVED_AT_MOST[of[-1]], by=(CLOCK,))
        add(into, f"`{served.words}`", samples, bound, by=CLOCK)

    def _samples(self, words: str, of: dict[str, tuple[list[str], Path, str]]) -> Any:
        say(f"{words}: {', '.join(of)}")
        sides = {
            side: self.programs[side].command(argv, cwd, self.outputs[side], before)
            for side, (argv, cwd, before) in of.items()
        }
        return in_turns({"": sides}, self.rounds, WARMUPS)[""]


def measure(where: Places, changes: Path | None, quick: bool, pattern: str) -> list[Table]:
    """Makes the tables of native commands, of their memory, and of those that a server answers."""
    place = where.demand("c")
    wide = trees.Wide(bounds.FILES["100k"][quick], place)
    with scratch() as folder:
        say("making the same history for hg and for git")
        root, file = commands.repository(place, place, "large", folder, changes)
        count = int(commands.hg(place, "log", "-r", "tip", "-T", "{rev}", cwd=root)) + 1
        titles = (
            f"In {count:,} changesets, by the clock",
            f"In {wide.files:,} files, 1 % changed, by the clock",
            "By a warm server, by the clock",
            "By a warm server on PyPy, by the clock",
        )
        time, prompt, served, pypy = (table(title, checks="list") for title in titles)
        told = (
            "A program that takes less than the one that starts it seems to take as much as that."
        )
        title = "Most memory of the commands without Python"
        memory = table(title, told, unit="bytes", checks="list")
        programs = _programs(where, folder)
        names = {"FILE": file, "FIRST": _git(place, root, folder / "git")}
        (folder / "unknown.py").touch()
        names["UNKNOWN"] = str(folder / "unknown.py")
        asked = _Asked(folder, programs, quick)
        try:
            for native in (one for one in bounds.NATIVE if pattern in one.words):
                asked.natively(native, names, (root, folder / "git"), time, memory)
            changed = wide.get("v1", "changed"), wide.get("git", "changed")
            for native in (one for one in bounds.PROMPT if pattern in one.words):
                asked.natively(native, names, changed, prompt, memory)
            for one in (one for one in bounds.SERVED if pattern in one.words):
                asked.served(one, names, root, served, (HG, EXTENSION, "chg"), OURS)
                asked.served(one, names, root, pypy, (PYPY,), f"PyPy: {OURS}")
        finally:
            # Servers end when their sockets are gone.
            shutil.rmtree(folder / "run")
    return [time, prompt, memory, served, pypy]


def first_screen(tables: list[Table]) -> list[tuple[str, dict[str, Any]]]:
    """Returns the rows that the README shows, with where they were measured."""
    time, prompt, _, served, _ = tables
    rows = [(made["title"], row) for made in (time, prompt, served) for row in made["rows"]]
    return [(title, row) for title, row in rows if row["row"].strip("`") in bounds.FIRST_SCREEN]


def where(title: str) -> str:
    """Returns where the rows of a table were measured."""
    return title.split(", by the clock")[0].removeprefix("In ")


def talks(tables: list[Table]) -> str:
    """Returns the table for the README, ours in bold."""
    lines = []
    for title, row in first_screen(tables):
        line = [f"`hg {row['row'].strip('`')}`", where(title)]
        for side in SIDES:
            text = results.show(row["cells"].get(side), "s")
            line.append(f"**{text}**" if text and side in (EXTENSION, OURS) else text)
        lines.append(line)
    return results.grid(["command", "in", *SIDES], lines) + "\n"
