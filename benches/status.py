# SPDX-License-Identifier: GPL-2.0-or-later
"""How long it takes to tell the state of a working copy: whole programs, and their parts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable

import bounds
import places
import trees
from bounds import Case, Contender
from common import ToolError, cache_dir, clean_env, run, say
from places import Place, Places
from worker import summary

HERE = Path(__file__).resolve().parent
Work = Callable[..., Any]
GITS = ("git", "git+")

# What git calls the same commands. Lists of unknown files are taken out of the whole state.
_GIT = {
    "status": ("status", "--porcelain"),
    "status -mard": ("status", "--porcelain", "--untracked-files=no"),
    "status -u": ("ls-files", "--others", "--exclude-standard"),
    "diff": ("diff", "HEAD"),
}
_GIT_STATES = {" M": "M", "A ": "A", "D ": "R", " D": "!", "??": "?"}
# Files in the trees that show how time grows.
_GROWTH = (10**4, 10**5, 10**6)
_GROWTH_QUICK = (10**3, 10**4)


class Status:
    """All of this section."""

    def __init__(self, where: Places, work: Work, quick: bool) -> None:
        self._where = where
        self._work = work
        self._quick = quick
        self.missing: list[str] = []
        self._scratch = Path(tempfile.mkdtemp(prefix="vermilion-bench-"))
        slow = "[storage]\ndirstate-v2.slow-path = allow\n"
        (self._scratch / "plain").write_text(slow)
        (self._scratch / "extended").write_text(f"{slow}[extensions]\nvermilion =\n")
        self._floor = _build_floor()
        c = self._place("c")
        assert c is not None
        self._c = c
        self._wide = {name: trees.Wide(files[quick], c) for name, files in bounds.FILES.items()}
        self._programs = self._find_programs()

    def close(self) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _place(self, peer: str) -> Place | None:
        return self._where.get(peer)

    def _miss(self, what: str) -> None:
        say(what)
        self.missing.append(what)

    # -- whole programs --------------------------------------------------------------

    def _find_programs(self) -> dict[str, tuple[Contender, list[str], dict[str, str]]]:
        """The contenders that can be had, with how they are called and their environment."""
        found = {}
        for contender in bounds.CONTENDERS_OF_STATUS:
            program = self._program(contender)
            if program is not None:
                found[contender.key] = (contender, *program)
        return found

    def _program(self, contender: Contender) -> tuple[list[str], dict[str, str]] | None:
        if contender.key == "rhg":
            rhg = find_rhg()
            if rhg is None:
                self._miss("no rhg: set VERMILION_RHG, or build it with `python3 benches/rhg.py`")
                return None
            return [str(rhg), "--config", "rhg.on-unsupported=abort"], self._hg_env(
                {}, extended=False
            )
        if contender.key in GITS:
            git = shutil.which("git")
            if git is None:
                self._miss("no git on this machine")
                return None
            cache = contender.key == "git+"
            # They share a tree: the one without its cache must not take it out of the index.
            env = {**trees.git_env(), "GIT_OPTIONAL_LOCKS": str(int(cache))}
            return [git, "-c", f"core.untrackedCache={str(cache).lower()}"], env
        assert contender.place is not None
        place = self._place(contender.place)
        if place is None:
            self._miss(f"no {contender.title}: see benches/rhg.py")
            return None
        # Users have byte code.
        env = {key: value for key, value in place.env.items() if key != "PYTHONDONTWRITEBYTECODE"}
        if contender.key == "vermilion":
            argv = [str(place.python), str(place.python.parent / "vermilion")]
            asked = subprocess.run([*argv, "status", "--help"], env=env, capture_output=True)
            if asked.returncode != 0:
                self._miss("no `vermilion status` in the package that is measured")
                return None
            return argv, env
        hg = str(place.python.parent / "hg")
        return [str(place.python), hg], self._hg_env(env, extended=contender.extended)

    def _hg_env(self, env: dict[str, str], *, extended: bool) -> dict[str, str]:
        rc = self._scratch / ("extended" if extended else "plain")
        return {**(env or clean_env()), "HGRCPATH": str(rc), "HGPLAIN": "1", "LC_ALL": "C.UTF-8"}

    def _command(self, key: str, command: str, where: Path, output: Path) -> dict[str, Any] | None:
        """What spawn.py is to run; None where the contender has no such command."""
        contender, argv, env = self._programs[key]
        words: tuple[str, ...] = tuple(command.split())
        if key in GITS:
            words = _GIT[command]
        elif command == "diff" and key in ("rhg", "vermilion"):
            return None
        if key == "vermilion":
            words = (words[0], "-R", ".", *words[1:])
        return {
            "argv": [*argv, *words],
            "env": env,
            "cwd": str(where),
            "ok": [0],
            "every": contender.every,
            "output": str(output),
        }

    def case(self, case: Case, runs: int) -> dict[str, Any]:
        """Times and memory of every contender, and whether they say the same."""
        wide = self._wide[case.files]
        commands: dict[str, dict[str, Any]] = {}
        outputs = {key: self._scratch / f"output-{key}" for key in self._programs}
        for key in self._programs:
            where = wide.get("git" if key in GITS else case.form, case.state)
            command = self._command(key, case.command, where, outputs[key])
            if command is not None:
                commands[key] = command
        say(f"{case.key}: {', '.join(commands)}")
        samples = spawn(commands, runs)
        answers = {key: _normal(outputs[key].read_text(), key, case.command) for key in commands}
        # hg with its C code stands for what is right.
        result = {key: _summary(samples[key]) for key in commands}
        for key in commands:
            result[key]["lines"] = len(answers[key])
            result[key]["same"] = answers[key] == _expected(answers["c"], key, case.command)
        ratios: dict[str, Any] = {}
        for ours, other in bounds.part_of(case):
            if ours in samples and other in samples:
                ratios[f"{ours} {other}"] = _ratio(samples[ours], samples[other])
        return {"files": wide.files, "contenders": result, "ratios": ratios}

    def cases(self) -> dict[str, Any]:
        found = {}
        for case in bounds.CASES:
            runs = 3 if self._quick else (7 if case.files == "100k" else 5)
            found[case.key] = self.case(case, runs)
        return found

    # -- parts -----------------------------------------------------------------------

    def parts(self) -> dict[str, Any]:
        """The parts of a status, in one process with Mercurial's, and what the system takes."""
        wide = self._wide["100k"]
        say("parts of a status")
        found: dict[str, Any] = self._work(
            self._c,
            "status_parts",
            v1=str(wide.get("v1", "changed")),
            v2=str(wide.get("v2", "changed")),
            floor=str(self._floor),
            rounds=5 if self._quick else 15,
        )
        return found

    # -- growth ------------------------------------------------------------------------

    def growth(self) -> list[dict[str, Any]]:
        """`hg status` of trees that grow, and what the system takes."""
        return [self._size(count) for count in (_GROWTH_QUICK if self._quick else _GROWTH)]

    def _size(self, count: int) -> dict[str, Any]:
        say(f"status of {count:,} empty files")
        runs = 3 if self._quick or count == max(_GROWTH) else 5
        keys = [key for key in ("c", "c+", "rust", "rhg", "vermilion") if key in self._programs]
        with tempfile.TemporaryDirectory(prefix="vermilion-bench-", dir=cache_dir()) as scratch:
            tree = Path(scratch) / "tree"
            argv, env = self._programs["c"][1:]
            run(
                [*argv, "init", *trees.ZLIB, "--config", "format.use-dirstate-v2=no", str(tree)],
                env=env,
            )
            paths = trees.names(count)
            trees.write_files(tree, paths, empty=True)
            trees.write_dirstate(tree, paths)
            commands: dict[str, dict[str, Any]] = {}
            for key in keys:
                command = self._command(key, "status", tree, self._scratch / f"output-{key}")
                assert command is not None
                commands[key] = {**command, "every": 1}
            samples = spawn(commands, runs)
            # Nothing is changed there, so all have nothing to say.
            silent = all(not (self._scratch / f"output-{key}").read_bytes() for key in keys)
            arguments = {"tree": str(tree), "floor": str(self._floor), "rounds": runs}
            inside = self._work(self._c, "status_growth", **arguments)
        return {
            "files": count,
            "same": silent,
            **{k: _summary(s) for k, s in samples.items()},
            "inside": inside,
        }


def spawn(commands: dict[str, dict[str, Any]], runs: int) -> dict[str, dict[str, Any]]:
    """The samples of spawn.py, by the round."""
    plan = json.dumps({"commands": commands, "runs": runs})
    command = [sys.executable, "-I", "-S", str(HERE / "spawn.py")]
    done = subprocess.run(command, input=plan, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise ToolError("a program failed that is to be measured")
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def _summary(samples: dict[str, Any]) -> dict[str, Any]:
    walls, processors, memory = zip(*samples.values())
    return {**summary(list(walls)), "processor": summary(list(processors)), "memory": max(memory)}


def _ratio(ours: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Of times in the same round, by the clock and of the processor."""
    both = [number for number in ours if number in other]
    wall, busy = ([ours[n][i] / other[n][i] for n in both] for i in (0, 1))
    return {**summary(wall), "processor": summary(busy)}


def _normal(output: str, key: str, command: str) -> list[str]:
    """What a contender says, in hg's words and sorted."""
    lines = output.splitlines()
    if command == "diff":
        # The heads of the files' parts differ between programs.
        lines = [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        return _expected(sorted(lines), key, command)
    elif key in GITS and command == "status -u":
        lines = [f"? {line}" for line in lines]
    elif key in GITS:
        lines = [f"{_GIT_STATES.get(line[:2], line[:2])} {line[3:]}" for line in lines]
    return sorted(lines)


def _expected(lines: list[str], key: str, command: str) -> list[str]:
    """What of hg's lines a contender has too: git's diff has the lines of missing files."""
    if key in GITS and command == "diff":
        return [line for line in lines if line.startswith("+")]
    return lines


def find_rhg() -> Path | None:
    """rhg takes minutes to build, so it is only used where it is."""
    given = os.environ.get("VERMILION_RHG")
    rhg = Path(given) if given else cache_dir() / "rhg" / "release" / "rhg"
    return rhg if rhg.exists() else None


def _build_floor() -> Path:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or places.ROOT / "target") / "bench-floor"
    say("building benches/floor")
    env = clean_env({"CARGO_TARGET_DIR": str(target)})
    run(["cargo", "build", "--release", "--locked"], cwd=HERE / "floor", env=env)
    return target / "release" / "bench-floor"


def measure(where: Places, work: Work, quick: bool) -> dict[str, Any]:
    """All of this section."""
    status = Status(where, work, quick)
    try:
        return {
            "load": places.describe_machine()["load"],
            "cases": status.cases(),
            "parts": status.parts(),
            "growth": status.growth(),
            "missing": status.missing,
        }
    finally:
        status.close()
