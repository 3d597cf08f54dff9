# SPDX-License-Identifier: GPL-2.0-or-later
"""`vermilion hg` beside hg, rhg, chg and git: whole processes, on the same content."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import bounds
import commands
import mercurials
import trees
from common import clean_env, say
from places import HERE, Places, in_turns, scratch
from results import CLOCK, MEMORY, Bound, Table, add, table

HG, OURS = "hg (C)", "vermilion hg"
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


def _programs(where: Places, folder: Path) -> dict[str, dict[str, Any]]:
    """Returns the programs that can be had, but git, and their variables."""
    place, rhg, chg = where.demand("c"), mercurials.rhg(), mercurials.chg()
    rc = folder / "hgrc"
    rc.write_text("[ui]\nusername = somebody\n")
    sockets = folder / "run"
    sockets.mkdir(mode=0o700)
    env = {**place.env, "HGRCPATH": str(rc), "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(sockets)}
    hg = str(place.python.parent / "hg")
    found: dict[str, dict[str, Any]] = {HG: {"argv": place.hg, "env": env}}
    ours = [str(place.python.parent / "vermilion"), "hg"]
    found[OURS] = {"argv": ours, "env": {**env, "VERMILION_HG": hg}}
    if rhg:
        abort = ["--config", "rhg.on-unsupported=abort"]
        found["rhg"] = {"argv": [str(rhg), *abort], "env": {**clean_env(), **env}}
    else:
        where.miss("no rhg: nox -s rhg")
    found["chg"] = {"argv": [str(chg)], "env": {**env, "CHGHG": hg}}
    return found


def _command(program: dict[str, Any], words: list[str], cwd: Path, output: Path) -> dict[str, Any]:
    told = {"env": program["env"], "cwd": str(cwd), "output": str(output)}
    return {"argv": [*program["argv"], *words], **told}


def _row(
    words: str, samples: dict[str, Any], outputs: dict[str, Path], limits: Any, into: list[Table]
) -> None:
    """Adds a row to the tables of time and of memory."""
    told = {side: outputs[side].read_bytes() for side in samples if side != "git"}
    same = all(text == told[HG] for text in told.values())
    had = [Bound(OURS, side, limit, by=(CLOCK,)) for side, limit in limits if side in samples]
    add(into[0], f"`{words}`", samples, *had, by=CLOCK, same=same)
    largest = [side for side in ("rhg", "git") if side in samples]
    most = max(largest, key=lambda side: samples[side][0][MEMORY], default=None)
    memory = [Bound(OURS, most, bounds.NATIVE_MEMORY, by=(MEMORY,))] if most else []
    add(into[1], f"`{words}`", samples, *memory, by=MEMORY)


def measure(where: Places, changes: Path | None, quick: bool, pattern: str) -> list[Table]:
    """Makes the tables of native commands, of their memory, and of those that a server answers."""
    time = table("Commands without Python, by the clock", checks="list")
    memory = table("Most memory of these", unit="bytes", checks="list")
    served = table("Commands that a warm server answers, by the clock", checks="list")
    place = where.demand("c")
    with scratch() as folder:
        say("making the same history for hg and for git")
        root, file = commands.repository(place, place, "large", folder, changes)
        programs = _programs(where, folder)
        first = _git(place, root, folder / "git")
        git = {"argv": [shutil.which("git") or "git"], "env": trees.git_env()}
        outputs = {side: folder / f"output-{n}" for n, side in enumerate((*programs, "git"))}
        for native in bounds.NATIVE:
            if pattern not in native.words:
                continue
            argv = [file if word == "FILE" else word for word in native.words.split(" ")]
            sides = {
                side: _command(program, argv, root, outputs[side])
                for side, program in programs.items()
                if side in (HG, OURS) or side == "rhg" and native.rhg
            }
            if native.git:
                replaced = native.git.replace("FIRST", first).replace("FILE", file).split()
                sides["git"] = _command(git, replaced, folder / "git", outputs["git"])
            say(f"{native.words}: {', '.join(sides)}")
            samples = in_turns({"": sides}, ROUNDS[quick], WARMUPS)[""]
            _row(native.words, samples, outputs, native.at_most, [time, memory])
        for words in bounds.SERVED:
            if pattern not in words:
                continue
            sides = {
                side: _command(programs[side], words.split(), root, outputs[side])
                for side in (HG, "chg", OURS)
            }
            say(f"{words}: {', '.join(sides)}")
            samples = in_turns({"": sides}, ROUNDS[quick], WARMUPS)[""]
            limit = Bound(OURS, "chg", bounds.SERVED_AT_MOST, by=(CLOCK,))
            add(served, f"`{words}`", samples, limit, by=CLOCK)
        # Servers end when their sockets are gone.
        shutil.rmtree(folder / "run")
    return [time, memory, served]
