# SPDX-License-Identifier: GPL-2.0-or-later
"""The section on status of the results, as tables to read."""

from __future__ import annotations

from typing import Any, Callable

import bounds
from report import seconds, table

Judge = Callable[[bool, str], str]
STATES = {"clean": "clean", "few": "5 changed", "changed": "1 % changed"}
OURS = ("c+", "pure+", "vermilion")
TITLES = {contender.key: contender.title for contender in bounds.CONTENDERS_OF_STATUS}


def megabytes(value: float) -> str:
    return f"{value / 1e6:.0f} MB"


def present(results: dict[str, Any]) -> list[str]:
    """The contenders that were measured, in the order in which they are shown."""
    return [
        key
        for key in TITLES
        if any(key in case["contenders"] for case in results["cases"].values())
    ]


def _cases(results: dict[str, Any], judge: Judge) -> str:
    """The times by the clock of all commands, and what of processor and memory."""
    keys = present(results)
    blocks = []
    for title, show in (
        ("by the clock", lambda found: seconds(found["median"])),
        ("processor's time, of all threads", lambda found: seconds(found["processor"]["median"])),
        ("most memory", lambda found: megabytes(found["memory"])),
    ):
        rows = []
        for case in bounds.CASES:
            measured = results["cases"].get(case.key)
            if measured is None:
                continue
            found = measured["contenders"]
            shown = (show(found[key]) if key in found else "" for key in keys)
            rows.append((f"`{case.command}`", _where(case, measured), *shown))
        head = (f"command, {title}", "working copy", *(TITLES[key] for key in keys))
        blocks.append(table(head, rows))
    for case in bounds.CASES:
        for key, found in results["cases"].get(case.key, {"contenders": {}})["contenders"].items():
            judge(found["same"], f"{case.key}: {TITLES[key]} does not say what hg says")
    return "\n\n".join(blocks)


def _where(case: bounds.Case, measured: dict[str, Any]) -> str:
    return f"{measured['files']:,} files, {case.form}, {STATES[case.state]}"


def _ratios(results: dict[str, Any], fast: Judge) -> str:
    rows: list[tuple[str, ...]] = []
    for case in bounds.CASES:
        measured = results["cases"].get(case.key)
        if measured is None:
            continue
        for (ours, other), bound in bounds.part_of(case).items():
            ratio = measured["ratios"].get(f"{ours} {other}")
            if ratio is None:
                continue
            where = _where(case, measured)
            what = f"{case.command}, {where}: {TITLES[ours]} takes {ratio['median']:.2f} of the time of {TITLES[other]}"
            rows.append(
                (
                    f"`{case.command}`",
                    where,
                    TITLES[ours],
                    TITLES[other],
                    f"{ratio['median']:.2f}",
                    f"{ratio['low']:.2f} – {ratio['high']:.2f}",
                    f"{ratio['processor']['median']:.2f}",
                    f"{bound:.2f}",
                    fast(ratio["median"] <= bound, f"{what}, at most {bound:.2f}"),
                )
            )
        if case.files == "260k" and case.command == "status":
            rows += _memory(case, measured, fast)
    head = (
        "command",
        "working copy",
        "takes",
        "of",
        "part",
        "quartiles",
        "processor's",
        "at most",
        "holds",
    )
    return table(head, rows)


def _memory(case: bounds.Case, measured: dict[str, Any], fast: Judge) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for (ours, other), bound in bounds.MEMORY_OF_STATUS.items():
        found = measured["contenders"]
        if ours in found and other in found:
            part = found[ours]["memory"] / found[other]["memory"]
            what = f"most memory, {case.key}: {part:.2f} of that of {TITLES[other]}, at most {bound:.2f}"
            shown = (f"{part:.2f}", "", "", f"{bound:.2f}", fast(part <= bound, what))
            rows.append(
                (
                    f"`{case.command}`, memory",
                    _where(case, measured),
                    TITLES[ours],
                    TITLES[other],
                    *shown,
                )
            )
    return rows


def _parts(found: dict[str, Any], judge: Judge, fast: Judge) -> str:
    """The rows that have bounds, then what the system takes."""
    files = found["files"]
    rows: list[tuple[str, ...]] = []

    def add(what: str, ours: float, beside: str, other: float, bound: float) -> None:
        holds = fast(
            ours <= other * bound, f"{what}: {ours / other:.2f} of {beside}, at most {bound:.2f}"
        )
        rows.append(
            (
                what,
                seconds(ours),
                beside,
                seconds(other),
                f"{ours / other:.2f}",
                f"{bound:.2f}",
                holds,
            )
        )

    def of(section: str, name: str) -> float:
        median: float = found[section][name]["median"]
        return median

    parser = "Mercurial's parser in C"
    add(
        f"parse v1, {files:,} files",
        of("parse", "ours"),
        parser,
        of("parse", "peer"),
        bounds.PARSE_AT_MOST,
    )
    add(
        f"open v2, {files:,} files",
        of("open", "open"),
        "6 ms for 100,000 files",
        bounds.OPEN_V2 * files,
        1.0,
    )
    floor = "walk and look at files, 2 threads"
    add("walk with v1", of("walk", "v1"), floor, of("walk", floor), bounds.WALK_AT_MOST)
    hand_over = f"hand over {found['unknown']:,} unknown files as a list"
    add(
        hand_over,
        of("names", "hand over"),
        "the walk that finds them",
        of("names", "walk"),
        bounds.HAND_OVER_AT_MOST,
    )
    judge(found["same"], "dirstate v1: not the files that Mercurial's parser finds")
    text = table(("part", "takes", "beside", "takes", "part", "at most", "holds"), rows)
    walks: list[tuple[str, ...]] = []
    for name, times in found["walk"].items():
        title = f"walk with {name}" if name in ("v1", "v2") else name
        walks.append((title, seconds(times["median"]), seconds(times["processor"]["median"])))
    return f"{text}\n\n{table(('one tree', 'by the clock', 'processor'), walks)}"


def _growth(sizes: list[dict[str, Any]], judge: Judge) -> str:
    programs = [key for key in TITLES if key in sizes[0]]
    inside = list(sizes[0]["inside"])
    rows = []
    for found in sizes:
        count = found["files"]
        judge(found["same"], f"{count:,} empty files: somebody finds changes")
        times = [seconds(found[key]["median"]) for key in programs]
        times += [seconds(found["inside"][name]["median"]) for name in inside]
        rows.append((f"{count:,}", *times))
    return table(("files", *(TITLES[key] for key in programs), *inside), rows)


def talks(results: dict[str, Any], first_screen: bool = False) -> str:
    """The table for users: what people wait for, ours in bold; three rows for a first screen."""
    keys = present(results)
    rows = []
    for case in bounds.CASES:
        if first_screen and case.key not in bounds.FIRST_SCREEN:
            continue
        measured = results["cases"].get(case.key)
        if measured is None:
            continue
        files = f"{measured['files']:,}, {STATES[case.state]}"
        row = [f"`hg {case.command}`", files, case.form]
        for key in keys:
            times = measured["contenders"].get(key)
            text = seconds(times["median"]) if times else ""
            row.append(f"**{text}**" if times and key in OURS else text)
        rows.append(tuple(row))
    return table(("command", "files", "dirstate", *(TITLES[key] for key in keys)), rows) + "\n"


def write(results: dict[str, Any], judge: Judge, quick: bool) -> str:
    """The section in Markdown; the times of a quick run, in small trees, are not judged."""
    fast = (lambda holds, what: "yes" if holds else "no") if quick else judge
    text = (
        "### Working copies\n\n"
        "Whole programs, which take turns; the output of all is compared. Times are medians, and parts are\n"
        "medians of the parts within a round, by the clock: that is what people wait for, and what other\n"
        "programs on the machine disturb. hg runs on CPython 3.11, or, where the title says so, on PyPy 7.3,\n"
        "in every third round only. “1 % changed” has one file in a hundred modified, a tenth of these\n"
        "without a change of size, and some added, removed, missing, unknown and ignored. v1 and v2 are\n"
        "formats of the dirstate; git, which does without, lists single files, once without and once with its\nuntracked cache, which spares it to read directories as v2 spares hg.\n\n"
        f"Load at the start of this section: {results['load']}.\n"
    )
    if results["missing"]:
        text += "\nNot measured: " + "; ".join(results["missing"]) + ".\n"
    if results["cases"]:
        text += f"\n{_cases(results, judge)}\n\n{_ratios(results, fast)}\n"
    if results["parts"]:
        text += (
            "\n#### Parts of a status\n\nIn one process, in turns, by the clock; 1 % changed. With v2, directories\n"
            "are known from the walk before. What the system takes is measured by benches/floor, which only\n"
            f"looks.\n\n{_parts(results['parts'], judge, fast)}\n"
        )
    if results["growth"]:
        text += (
            "\n#### Growth of status\n\nTrees of empty files, none changed, v1. The last columns are parts inside a\n"
            f"process, “read and walk” ours.\n\n{_growth(results['growth'], judge)}\n"
        )
    return text
