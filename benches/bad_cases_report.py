# SPDX-License-Identifier: GPL-2.0-or-later
"""The section on bad histories of the results, as tables to read."""

from __future__ import annotations

from typing import Any, Callable

import bounds
from report import seconds, table, times

Judge = Callable[[bool, str], str]


def _holds(
    row: dict[str, Any], before: dict[str, Any] | None, grown: float, what: str, judge: Judge
) -> str:
    ours, peer = row["ours"], row["peer"]
    allowed = peer * bounds.BAD_AT_MOST + bounds.BAD_FLOOR
    holds = judge(ours <= allowed, f"{what}: {seconds(ours)}, Mercurial {seconds(peer)}")
    if before is None:
        return holds
    # What is below the floor is the clock's noise, or a question that is answered at once.
    growth = ours / max(before["ours"], bounds.BAD_FLOOR)
    fair = max(grown, row["peer"] / max(before["peer"], bounds.BAD_FLOOR))
    worse = f"{what}: {growth:.0f} times as long as for a history a {grown:.0f}th as long"
    return holds if judge(growth <= fair * bounds.BAD_GROWTH, worse) == "yes" else "**NO**"


def _tables(peer: str, shapes: dict[str, Any], judge: Judge) -> str:
    title = bounds.PEERS[peer][1]
    text = f"#### Beside {title}\n"
    for shape, sizes in shapes.items():
        counts = [found["revisions"] for found in sizes]
        rows = []
        for key, operation in bounds.BAD_CASES.items():
            line, held, before = [operation], "yes", None
            for number, found in enumerate(sizes):
                row = found["rows"].get(key)
                if row is None:
                    line.append("–")
                    continue
                what = f"{operation}, {shape} of {found['revisions']:,}, {title}"
                judge(row["same"], f"{what}: another answer")
                grown = counts[number] / counts[number - 1] if number else 1.0
                if _holds(row, before, grown, what, judge) != "yes":
                    held = "**NO**"
                ratio = row["peer"] / row["ours"] if row["ours"] else float("inf")
                line.append(f"{seconds(row['ours'])}, {times(ratio)}")
                before = row
            rows.append((*line, held))
        head = (shape, *(f"{count:,}: ours, times faster" for count in counts), "holds")
        text += f"\n{table(head, rows)}\n"
    return text


def write(results: dict[str, Any], judge: Judge) -> str:
    """Each operation on each shape, by the number of revisions."""
    text = (
        "### Bad cases\n\n"
        "Histories that are bad for one way to find something out or the other (benches/histories.py):\n"
        "branches side by side with many merges inside, a thousand heads along a trunk, lines that merge\n"
        "criss-cross, a comb, and as many roots as merges. Least of some runs, of the processor's time, in\n"
        "a graph with labels; answers are compared. Ours may take\n"
        f"{bounds.BAD_AT_MOST:.1f} times the peer's time and {seconds(bounds.BAD_FLOOR)} more, and may grow from one\n"
        f"size to the next {bounds.BAD_GROWTH:.0f} times as fast as the peer's time or as the history, whichever\n"
        f"does more. What took the peer more than {bounds.BAD_PATIENCE:.0f} s is not asked at larger sizes (–).\n\n"
    )
    return text + "\n".join(_tables(peer, shapes, judge) for peer, shapes in results.items())


def write_files(results: dict[str, Any], judge: Judge) -> str:
    """Each kind of file by its size, in KiB, beside each peer."""
    text = (
        "### Files that are made to be slow\n\n"
        "Reading a dirstate or ignore rules (benches/bad_files_worker.py): ours, and Mercurial's time. What\n"
        "ours refuses (*) Mercurial then reads itself. From one size to the next, ours may grow\n"
        f"{bounds.BAD_GROWTH:.0f} times as fast as the peer's time or as the file, whichever does more.\n"
    )
    for peer, kinds in results.items():
        title = bounds.PEERS[peer][1]
        rows = []
        for kind in kinds:
            line, before = [kind["kind"]], None
            for size, ours, theirs, refused in zip(
                *(kind[k] for k in ("sizes", "ours", "theirs", "refused"))
            ):
                told = "*" if refused else ""
                if before is not None:
                    grown = max(size / before[0], theirs / max(before[2], bounds.BAD_FLOOR))
                    holds = ours <= max(before[1], bounds.BAD_FLOOR) * grown * bounds.BAD_GROWTH
                    what = f"{kind['kind']}, {title}: {seconds(before[1])}, then {seconds(ours)}"
                    told += "" if judge(holds, what) == "yes" else " **NO**"
                line.append(f"{size >> 10}: {seconds(ours)}, {seconds(theirs)}{told}")
                before = size, ours, theirs
            rows.append(tuple(line))
        head = ("kind", *(f"size {number + 1}" for number in range(len(rows[0]) - 1)))
        text += f"\n#### Beside {title}\n\n{table(head, rows)}\n"
    return text
