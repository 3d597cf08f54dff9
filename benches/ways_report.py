# SPDX-License-Identifier: GPL-2.0-or-later
"""The comparison of ways to write an extension, as tables to read."""

from __future__ import annotations

from typing import Any, Callable

import bounds
from report import interpreter_title, seconds, table

Judge = Callable[[bool, str], str]

_HEAD = (
    "way",
    "interpreter",
    "lines",
    "build",
    "binary",
    "import",
    "first `add_two`",
    "`add_two`",
    "`add_two_checked`",
    "first `upper`",
    "`upper`",
)
# The last columns.
_TIMES = ("import", "add_first", "add", "add_checked", "upper_first", "upper")


def size(value: int) -> str:
    return f"{value / 1000:,.0f} kB"


def _line(way: bounds.Way, name: str, found: dict[str, Any], written: list[int]) -> tuple[str, ...]:
    build = binary = "–"
    if found["size"] is not None:
        build = seconds(found["seconds"])
        if found["whole"] > found["seconds"]:
            build += f" ({seconds(found['whole'])})"
        binary = size(found["size"])
        if found["stripped"] < found["size"]:
            binary += f" ({size(found['stripped'])})"
    times = (seconds(found[key]["median"]) for key in _TIMES)
    lines = f"{written[0]} + {written[1]}" if written[1] else str(written[0])
    return (way.title, interpreter_title(name, found["interpreter"]), lines, build, binary, *times)


def comparison(results: dict[str, Any]) -> str:
    """One table: a line for each way on each interpreter."""
    titles = {
        name: interpreter_title(name, found["interpreter"])
        for by_name in results["cells"].values()
        for name, found in by_name.items()
    }
    rows: list[tuple[str, ...]] = []
    for name in bounds.WAYS_ON:
        for way in bounds.WAYS:
            found = results["cells"][way.key].get(name)
            if found:
                rows.append(_line(way, name, found, results["lines"][way.key]))
            else:
                reason = results["missing"][way.key].get(name, "not measured")
                rows.append(
                    (
                        way.title,
                        titles.get(name, name),
                        f"not there: {reason}",
                        *[""] * (len(_HEAD) - 3),
                    )
                )
    return table(_HEAD, rows) + "\n"


def write(results: dict[str, Any], judge: Judge) -> str:
    """The section of the results."""
    for way in bounds.WAYS:
        for name, found in results["cells"][way.key].items():
            judge(found["same"], f"{way.title} on {name}: another answer than Python's")
    return (
        "### Ways to write an extension\n\n"
        "The functions of benches/ways, each way as its users write it; docs/tutorial/comparison.md\n"
        "says how this is measured. Load at the start of this section: "
        f"{results['load']}.\n\n{comparison(results)}"
    )
