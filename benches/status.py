# SPDX-License-Identifier: GPL-2.0-or-later
"""How long it takes to tell the state of a working copy: whole programs, and their parts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import bounds
import mercurials
import results
import trees
from bounds import Case
from common import ROOT, cache_dir, clean_env, run, say
from places import Places, hgrc, in_turns, scratch
from results import CLOCK, MEMORY, Bound, Table, add, table

STATES = {"clean": "clean", "few": "5 changed", "changed": "1 % changed"}
OURS = ("hg + Vermilion", "PyPy: hg + Vermilion", "vermilion hg")
# What git calls the same commands. Lists of unknown files are taken out of the whole state.
_GIT = {
    "status": ("status", "--porcelain"),
    "status -mard": ("status", "--porcelain", "--untracked-files=no"),
    "status -u": ("ls-files", "--others", "--exclude-standard"),
    "diff": ("diff", "HEAD"),
}
_GIT_STATES = {" M": "M", "A ": "A", "D ": "R", " D": "!", "??": "?"}
# Files in the trees that show how time grows, and programs that are run there.
_GROWTH = {False: (10**4, 10**5, 10**6), True: (10**3, 10**4)}
_GROWING = ("hg (C)", "hg + Vermilion", "hg (Rust)", "rhg", "vermilion hg")
_FLOOR = {
    f"{what} files, {threads}": f"floor('{mode}', {threads[0]})"
    for what, mode in (("look at known", "stat"), ("walk and look at", "walk"))
    for threads in ("1 thread", "2 threads")
}
_WALK = "walk and look at files, 2 threads"


class Program(NamedTuple):
    """How a program of bounds.STATUS is called."""

    title: str
    argv: list[str]
    env: dict[str, str]

    def command(self, words: str, where: Path, output: Path) -> dict[str, Any] | None:
        """Returns what spawn.py is to run; None where there is no such command."""
        parts = tuple(words.split())
        if self.title.startswith("git"):
            parts = _GIT[words]
        elif words == "diff" and self.title == "rhg":
            return None
        every = 3 if self.title.startswith("PyPy") else 1
        told = {"env": self.env, "cwd": str(where), "every": every, "output": str(output)}
        return {"argv": [*self.argv, *parts], **told}


def _programs(where: Places, folder: Path) -> dict[str, Program]:
    """Returns the programs that can be had."""
    slow = "[storage]\ndirstate-v2.slow-path = allow\n"
    found: dict[str, Program] = {}
    rhg, git = mercurials.rhg(), shutil.which("git")
    for title, peer in bounds.STATUS.items():
        place = where.get(peer) if peer else None
        cache, argv = title.endswith("cache"), None
        # The gits share a tree: the one without its cache must not take it out of the index.
        env = {**trees.git_env(), "GIT_OPTIONAL_LOCKS": str(int(cache))}
        if place:
            env, argv = place.env, place.hg
            if title == "vermilion hg":
                env = {**env, "VERMILION_HG": str(place.python.parent / "hg")}
                argv = [str(place.python.parent / "vermilion"), "hg"]
        elif title == "rhg" and rhg:
            env, argv = clean_env(), [str(rhg), "--config", "rhg.on-unsupported=abort"]
        elif title.startswith("git") and git:
            argv = [git, "-c", f"core.untrackedCache={str(cache).lower()}"]
        if argv is None:
            where.miss(f"no {title}")
            continue
        needed = {} if place is None else place.needs
        rc = folder / f"hgrc{len(found)}"
        rc.write_text(slow + hgrc({"vermilion": ""} if "Vermilion" in title else needed))
        more = {"HGRCPATH": str(rc), "HGPLAIN": "1", "LC_ALL": "C.UTF-8"}
        found[title] = Program(title, argv, {**env, **more})
    return found


def _normal(output: str, git: bool, command: str) -> list[str]:
    """Returns what a program says, in hg's words and sorted."""
    lines = output.splitlines()
    if command == "diff":
        # The heads of the files' parts differ between programs.
        lines = [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    elif git and command == "status -u":
        lines = [f"? {line}" for line in lines]
    elif git:
        lines = [f"{_GIT_STATES.get(line[:2], line[:2])} {line[3:]}" for line in lines]
    return sorted(lines)


def _same(said: dict[str, str], command: str) -> bool:
    """Compares what programs said with what hg says; git's diff has the lines of missing files."""
    right = _normal(said["hg (C)"], False, command)
    for title, output in said.items():
        git, expected = title.startswith("git"), right
        lines = _normal(output, git, command)
        if git and command == "diff":
            lines, expected = ([i for i in each if i[0] == "+"] for each in (lines, right))
        if lines != expected:
            say(f"{title} does not say what hg says: {command}")
            return False
    return True


def _case(
    case: Case, wide: trees.Wide, programs: dict[str, Program], folder: Path, runs: int
) -> tuple[dict[str, Any], bool]:
    """Returns the samples of every program, and whether they say the same."""
    outputs = {title: folder / f"output-{title}" for title in programs}
    commands = {}
    for title, program in programs.items():
        tree = wide.get("git" if title.startswith("git") else case.form, case.state)
        command = program.command(case.command, tree, outputs[title])
        if command:
            commands[title] = command
    say(f"{case}: {', '.join(commands)}")
    samples = in_turns({"case": commands}, runs, warmups=2)["case"]
    return samples, _same({title: outputs[title].read_text() for title in commands}, case.command)


def _cases(where: Places, programs: dict[str, Program], folder: Path, quick: bool) -> list[Table]:
    """Makes tables by the clock, by the processor and of the memory, with the same rows."""
    clock = table("By the clock", checks="list")
    busy, most = table("Processor's time, of all threads"), table("Most memory", unit="bytes")
    all_wide = {n: trees.Wide(files[quick], where.demand("c")) for n, files in bounds.FILES.items()}
    for case in bounds.CASES:
        wide = all_wide[case.files]
        runs = 3 if quick else (7 if case.files == "100k" else 5)
        samples, same = _case(case, wide, programs, folder, runs)
        row = f"`{case.command}`, {wide.files:,} files, {case.form}, {STATES[case.state]}"
        parts = bounds.part_of(case).items()
        had = [(*sides, limit) for sides, limit in parts if set(sides) <= set(samples)]
        limits = [Bound(a, b, limit, by=(CLOCK,)) for a, b, limit in had]
        add(clock, row, samples, *limits, by=CLOCK, same=same)["case"] = case
        add(busy, row, samples)
        memory = Bound("hg + Vermilion", "hg (C)", bounds.MEMORY_AT_MOST, by=(MEMORY,))
        wanted = case.files == "260k" and case.command == "status"
        add(most, row, samples, *[memory] * wanted, by=MEMORY)
    return [clock, busy, most]


def _parts(where: Places, floor: Path, quick: bool) -> list[Table]:
    """Measures the parts of a status in one process with Mercurial's, and what the system takes."""
    wide = trees.Wide(bounds.FILES["100k"][quick], where.demand("c"))
    given = {form: str(wide.get(form, "changed")) for form in ("v1", "v2")}
    parser, finding = "Mercurial's parser in C", "the walk that finds them"
    walks = {"walk with v1": "walk_v1(v1)", "walk with v2": "walk_v2(v2)", **_FLOOR}
    rows = {
        "parse v1, {files:,} files": {"ours": "parse()", parser: "c_parse()"},
        "open v2, {files:,} files": {"ours": "docket(); open_v2(x)"},
        "walk with v1": walks,
        "hand over {unknown:,} unknown files": {"ours": "hand_over()", finding: "walk_v1(nothing)"},
    }
    names = [side for texts in rows.values() for side in texts]
    sides = dict.fromkeys(names, ("status", {**given, "floor": str(floor)}))
    found = where.demand("c").work(sides, rows, rounds=5 if quick else 15)
    facts = found["facts"]["ours"]
    limits = (
        ("ours", parser, bounds.PARSE_AT_MOST, "part"),
        ("ours", None, bounds.OPEN_V2 * facts["files"], "in all"),
        ("walk with v1", _WALK, bounds.WALK_AT_MOST, "part"),
        ("ours", finding, bounds.HAND_OVER_AT_MOST, "part"),
    )
    note = "In one process, in turns, by the clock; 1 % changed."
    parts = table("Parts of a status", note, checks="list")
    for title, limit in zip(rows, limits):
        samples, shown = found["rows"][title]["samples"], title.format(**facts)
        add(parts, shown, samples, Bound(*limit, by=(CLOCK,)), by=CLOCK, same=facts["same"])
    one = table("One tree: what each walk takes, and what only the system does")
    for name, taken in found["rows"]["walk with v1"]["samples"].items():
        clock = results.summary(sample[CLOCK] for sample in taken)
        add(one, name, {"processor": taken}, by_the_clock=clock)
    return [parts, one]


def _growth(
    where: Places, programs: dict[str, Program], floor: Path, folder: Path, quick: bool
) -> Table:
    """Measures `hg status` of trees that grow, and what the system takes."""
    note = "Trees of empty files, none changed, v1. The last columns are parts inside a process."
    made = table("Growth of status", note)
    for count in _GROWTH[quick]:
        say(f"status of {count:,} empty files")
        runs = 3 if quick or count == 10**6 else 5
        keys = [key for key in _GROWING if key in programs]
        with scratch(cache_dir()) as large:
            tree = trees.empty(large / "tree", count, where.demand("c"))
            outputs = {key: folder / f"output-{key}" for key in keys}
            commands = {k: programs[k].command("status", tree, outputs[k]) for k in keys}
            samples = in_turns({"": commands}, runs, warmups=1)[""]
            # Nothing is changed there, so all have nothing to say.
            silent = all(not output.read_bytes() for output in outputs.values())
            texts = {"read and walk": "read_and_walk()", **_FLOOR}
            side = ("status", {"v1": str(tree), "floor": str(floor)})
            inside = where.demand("c").work(dict.fromkeys(texts, side), {"": texts}, rounds=runs)
        add(made, f"{count:,}", {**samples, **inside["rows"][""]["samples"]}, by=CLOCK, same=silent)
    return made


def _build_floor() -> Path:
    """Builds the program that only asks the system, with the calls of the core."""
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    command = ["cargo", "build", "--release", "--locked", "-p", "vermilion-core"]
    run([*command, "--example", "floor"], cwd=ROOT, env=clean_env(), timeout=1800)
    return target / "release" / "examples" / "floor"


def measure(where: Places, quick: bool) -> list[Table]:
    """Measures all of this section."""
    floor = _build_floor()
    with scratch() as folder:
        programs = _programs(where, folder)
        tables = _cases(where, programs, folder, quick) + _parts(where, floor, quick)
        return [*tables, _growth(where, programs, floor, folder, quick)]


def talks(tables: list[Table]) -> str:
    """Returns the table for users: what people wait for, ours in bold."""
    clock = tables[0]["rows"]
    titles = [t for t in bounds.STATUS if any(t in row["cells"] for row in clock)]
    lines = []
    for row in clock:
        case = Case(*row["case"])
        files = row["row"].split(", ", 1)[1].split(" files", 1)[0]
        line = [f"`hg {case.command}`", f"{files}, {STATES[case.state]}", case.form]
        for title in titles:
            text = results.show(row["cells"].get(title), "s")
            line.append(f"**{text}**" if text and title in OURS else text)
        lines.append(line)
    return results.grid(["command", "files", "dirstate", *titles], lines) + "\n"
