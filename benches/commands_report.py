# SPDX-License-Identifier: GPL-2.0-or-later
"""The section on commands with the extension and without, as a table to read."""

from __future__ import annotations

from typing import Any, Callable

import bounds
from report import seconds, table

Judge = Callable[[bool, str], str]


def write(results: dict[str, Any], judge: Judge) -> str:
    """What each command takes on both interpreters, in a small and in a large repository."""
    part, floor = bounds.COMMAND_PART, bounds.COMMAND_FLOOR
    text = (
        "### Commands with the extension and without\n\n"
        "Whole processes in turn, medians of the processor's time; in parentheses what the\n"
        "extension adds: the median of the differences between neighbours. It may add\n"
        f"{part:.0%} or {seconds(floor)}, whichever is more.\n"
    )
    for interpreter, sizes in results.items():
        rows = []
        for words in bounds.COMMANDS:
            line = [f"`hg {words}`"]
            for size, found in sizes.items():
                row = found[words]
                without, added = row["without_processor"], row["added_processor"]
                holds = added <= max(without * part, floor)
                told = judge(
                    holds,
                    f"hg {words}, {size}, {interpreter}: {seconds(without)} + {seconds(added)}",
                )
                line.append(
                    f"{seconds(without)} ({added * 1e3:+.1f} ms)"
                    + (" **NO**" if told != "yes" else "")
                )
            rows.append(tuple(line))
        text += f"\n#### {interpreter}\n\n{table(('command', *sizes), rows)}\n"
    return text
