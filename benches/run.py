#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures Vermilion beside Mercurial: what `make bench` runs.

    python3 benches/run.py [HISTORY] [--quick] [--only SECTION ...] [-k PATTERN]

HISTORY is a repository, a bundle, or a csv file of parents, maybe gzipped, with a line
"p1,p2" for each revision. Without, ../shared/data is looked into, else one is made. Results go
to docs/bench (build/bench with --quick): results.json, results.md and plots. The exit status
tells whether all answers were the same and, but with --quick, all bounds held.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import places  # first: it makes the project's tools known

# isort: split
import bounds
import commands
import graphs
import hosts
import library
import ports
import program
import results
import status
import venvs
import ways
from common import ToolError, cache_dir, clean_env, main_guard, say
from places import HERE, ROOT, Places

HEAD = """\
Whoever is compared runs in the same process, in turns, or as whole programs in turn, after the
answers were compared. Times are medians, of the processor's time of all threads where nothing
else is said, which other programs on the machine disturb little. Ratios and differences are
medians of those within a round, “95 %” is their confidence interval by the sign test. A bound
holds where all of that is within it, is broken where nothing is, and else the result is unclear.
Answers are consumed: iterations summed up, lists built. Quartiles are in results.json."""
# A title and a note for each section, in their order.
NOTES = {
    "peers": (
        "Questions about history",
        "“Times faster” is by the processor or by the clock, whichever says less. “Our first run” is\n"
        "by the clock and includes what is built on demand, such as labels.\n",
    ),
    "library": (
        "What tools ask of a repository",
        "`vermilion.Repository` beside Mercurial's own objects, which tools import, in one process; the\n"
        "answers are the same. “Times faster” is by the processor, of all threads, or by the clock,\n"
        "whichever says less.\n",
    ),
    "memory": ("Memory", ""),
    "crossings": ("Crossing the border", "ns each, with the loop around it.\n"),
    "calls": (
        "Calls through HPy hosts",
        "ns each, of the same small module (hpy-bindings/benches): as one binary on `hpy-bindings` that\n"
        "every host loads, with PyO3 and CPython's stable ABI, and in C with HPy's own macros, with the same\n"
        "checks, on the host of the first column: what the layer costs is the difference, on PyPy the\n"
        "ratio. What an empty loop takes is subtracted, but from items. “Bare” types are those of the\n"
        "module in C for both sides, and show the noise. Rows without a bound do not do the same on both\n"
        "sides, or are mostly the interpreter's: a new object of `hpy-bindings` is two allocations, as its\n"
        "value may be shared; a property is Python's own around a method; a `str` is checked to be UTF-8,\n"
        "because PyPy hands out what is not; HPy's own parser of named arguments is slower than ours.\n",
    ),
    "pypys": ("Operations on PyPy 7.3 and 8", ""),
    "status": (
        "Working copies",
        "Whole programs; the output of all is compared. hg runs on CPython 3.11 or, where the title says\n"
        "so, on PyPy 7.3, in every third round only. “1 % changed” has one file in a hundred modified, a\n"
        "tenth of these without a change of size, and some added, removed, missing, unknown and ignored.\n"
        "v1 and v2 are formats of the dirstate; git lists single files, once without and once with its\n"
        "untracked cache, which spares it to read directories as v2 spares hg.\n",
    ),
    "program": (
        "hg without waiting for Python",
        "Whole programs on the same changesets, which git has packed; the output of hg's kind is compared.\n"
        "hg runs on CPython 3.11; a server is warm for chg and for us.\n",
    ),
    "ways": (
        "Ways to write an extension",
        "The functions of examples/ways; docs/tutorial/comparison.md says how this is measured.\n",
    ),
    "ports": (
        "Packages of PyO3's, written anew",
        "Those of examples/ports, one binary each, beside the originals: on CPython their wheels, on\n"
        "PyPy built of their source distributions, through PyPy's emulation of the C API. In the same\n"
        "process, in turns; each call, without the loop around it.\n",
    ),
    "growth": ("Growth, on CPython", "By the number of revisions.\n"),
    "faster": (
        "Commands that the extension makes faster",
        "Whole processes in random order. What writes files waits for the system in all of them: of\n"
        "that, only the time outside it is compared.\n",
    ),
    "commands": (
        "Commands with the extension and without",
        "Whole processes in random order. The extension may add "
        f"{bounds.COMMAND_PART:.0%} or {bounds.COMMAND_FLOOR * 1e3:.0f} ms, whichever is more. Where the time does not tell, instructions do,\n"
        "which may be as many more by their part; Valgrind counts those of the processes, without the\n"
        "system's kernel and PyPy's JIT and major collections, once, with a fixed seed for hashes: again,\n"
        "they differ by less than 0.1 %.\n",
    ),
    "bad-cases": (
        "Bad cases",
        "Histories that are bad for one way to find something out or the other (tests/python/histories.py).\n"
        "Least of some runs, in a graph with labels, by the number of revisions. Ours may take the peer's\n"
        f"time and {bounds.BAD_FLOOR * 1e3:.0f} ms more, and grow {bounds.BAD_GROWTH:.0f} times as fast as that or as the history. What took the\n"
        f"peer more than {bounds.BAD_PATIENCE:.0f} s is not asked at larger sizes (–).\n",
    ),
    "bad-files": (
        "Files that are made to be slow",
        "Reading a dirstate or ignore rules; what ours refuses (*) Mercurial then reads itself. Ours may\n"
        f"grow {bounds.BAD_GROWTH:.0f} times as fast as the peer's time or as the file.\n",
    ),
}


def sections(
    where: Places, history: places.History, quick: bool, pattern: str
) -> dict[str, Callable[[], list[results.Table]]]:
    """Returns what measures each section."""
    repository, changes = history.repository, history.changes
    return {
        "peers": lambda: graphs.peers(where, repository, quick),
        "library": lambda: library.measure(where, changes, quick),
        "memory": lambda: [
            *graphs.memory(where, repository, quick),
            library.memory(where, quick),
        ],
        "crossings": lambda: graphs.crossings(where, quick),
        "calls": lambda: hosts.measure(where, quick),
        "pypys": lambda: graphs.pypys(where, repository, quick),
        "status": lambda: status.measure(where, quick),
        "program": lambda: program.measure(where, changes, quick, pattern),
        "ways": lambda: ways.measure(where, quick),
        "ports": lambda: ports.measure(where, quick),
        "growth": lambda: graphs.growth(where, quick),
        "faster": lambda: commands.faster(where, changes, quick, pattern),
        "commands": lambda: commands.measure(where, changes, quick, pattern),
        "bad-cases": lambda: graphs.bad_cases(where, quick),
        "bad-files": lambda: graphs.slow_files(where, quick),
    }


def report(found: dict[str, Any]) -> str:
    """Returns the results in Markdown."""
    history = found["history"]
    facts = "; ".join(f"{k.replace('_', ' ')} {v:,}" for k, v in history.items() if k != "name")
    quick = " in a quick run, whose figures mean little" if found["quick"] else ""
    text = f"# Measurements\n\nWritten by `make bench`{quick}.\n\nHistory: {history['name']}{f' ({facts})' if facts else ''}.\n\n{HEAD}\n"
    for name, (title, note) in NOTES.items():
        section = found["sections"].get(name)
        if section:
            missing = f"\nNot measured: {'; '.join(section['missing'])}.\n" * bool(
                section["missing"]
            )
            when = f"{section['date']}, {section['machine']}; load at the start {section['load']}."
            text += f"\n### {title}\n\n{note}\n{when}\n{missing}\n"
            text += "\n".join(map(results.markdown, section["tables"]))
    return text


def together(before: list[results.Table], made: list[results.Table]) -> list[results.Table]:
    """Returns the tables of before with the rows that were measured now, at the places they had."""
    tables = {one["title"]: one for one in before}
    for one in made:
        rows = {row["row"]: row for row in tables.get(one["title"], {"rows": []})["rows"]}
        rows.update({row["row"]: row for row in one["rows"]})
        tables[one["title"]] = {**one, "rows": list(rows.values())}
    return list(tables.values())


def broken(found: dict[str, Any]) -> list[str]:
    """Returns what does not hold; in a quick run, only answers are judged."""
    sections = found["sections"].values()
    told = [one for s in sections for made in s["tables"] for one in results.problems(made)]
    return [one for one in told if not found["quick"] or one.endswith("another answer")]


def _into(page: Path, text: str) -> None:
    """Puts a table in its place on a page that people write."""
    before, mark, rest = page.read_text().partition("<!-- by make bench -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    if not (mark and end):
        raise ToolError(f"{page.name} has no place for its table")
    page.write_text(f"{before}{mark}{text}{end}{after}")


def main() -> int:
    """Runs what the command line asks for."""
    known = list(NOTES)
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("history", nargs="?", metavar="HISTORY")
    parser.add_argument("--quick", action="store_true", help="few rounds and short histories")
    only = {"nargs": "+", "choices": known, "metavar": "SECTION", "default": known}
    parser.add_argument("--only", help=f"some of {', '.join(known)}", **only)
    parser.add_argument("-k", dest="pattern", default="", help="only rows of commands that match")
    parser.add_argument("--output", type=Path, help="where the results go")
    arguments = parser.parse_args()
    quick = arguments.quick
    output = arguments.output or ROOT / ("build" if quick else "docs") / "bench"
    output.mkdir(parents=True, exist_ok=True)
    where, file = Places(), output / "results.json"
    history = places.history(arguments.history, where.demand("c"))
    say(f"measuring on {history.name}")
    # Single sections are added to the results of an earlier run.
    earlier = json.loads(file.read_text()) if file.exists() and arguments.only != known else {}
    found: dict[str, Any] = {
        "history": {"name": history.name, **history.facts},
        "quick": quick,
        "sections": earlier.get("sections", {}),
    }
    measured = sections(where, history, quick, arguments.pattern)
    for name in arguments.only:
        where.missing.clear()
        section = {
            "date": datetime.date.today().isoformat(),
            "machine": places.describe_machine(),
            "load": places.load(),
            "tables": measured[name](),
            "missing": where.missing,
        }
        if arguments.pattern and name in found["sections"]:
            before = found["sections"][name]["tables"]
            section["tables"] = together(before, section["tables"])
        found["sections"][name] = section
        # After every section, so that a long run is not lost; and as JSON has it.
        found = json.loads(json.dumps(found))
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    text = report(found)
    (output / "results.md").write_text(text)
    python = venvs.make(None, "plots", [HERE / "requirements.txt"])
    # matplotlib keeps a cache of fonts; ours goes where our other caches are.
    env = clean_env({"MPLCONFIGDIR": str(cache_dir() / "matplotlib")})
    subprocess.run([str(python), "-B", str(HERE / "plots.py"), str(output)], check=True, env=env)
    tables = {name: section["tables"] for name, section in found["sections"].items()}
    if not quick and "status" in tables:
        _into(ROOT / "docs" / "users.md", status.talks(tables["status"]))
    if not quick and "program" in tables:
        _into(ROOT / "README.md", program.talks(tables["program"]))
    if not quick and "ways" in tables:
        page = ROOT / "docs" / "tutorial" / "comparison.md"
        _into(page, results.markdown(tables["ways"][0]))
    problems = broken(found)
    say(f"the results are in {output}")
    for problem in problems:
        print(f"NOT HELD: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    main_guard(main)
