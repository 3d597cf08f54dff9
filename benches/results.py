# SPDX-License-Identifier: GPL-2.0-or-later
"""Results as tables: what was measured, how sure that is, and which bounds are broken.

A table is a dict, as JSON has it: `title`, `note`, `unit`, and `rows`, each with its `cells` by
column and its `checks`. Whatever was measured more than once is a summary of its samples.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any, Callable, NamedTuple, Optional

# Which part of a sample is meant.
CLOCK, PROCESSOR, MEMORY, USER = 0, 1, 2, 3
# What one side takes in each round; the other sides' samples of a round are at the same place.
Samples = dict[str, Sequence[Optional[Sequence[float]]]]
Table = dict[str, Any]
KINDS: dict[str, Callable[[float, float], float]] = {
    # A call that PyPy compiles away takes no longer than the empty loop.
    "part": lambda ours, other: ours / other if other > 0 else 1.0,
    "times faster": lambda ours, other: other / ours if ours > 0 else 1.0,
    "added": lambda ours, other: ours - other,
    "% more": lambda ours, other: (ours / other - 1) * 100,
    "in all": lambda ours, _: ours,
}


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Returns the 95 % confidence interval of the median, by the sign test; few values give all."""
    ordered, count = sorted(values), len(values)
    outside, left_out = 0.5**count, 0
    while outside <= 0.025 and left_out < count // 2:
        left_out += 1
        outside += math.comb(count, left_out) * 0.5**count
    place = max(left_out - 1, 0)
    return ordered[place], ordered[count - 1 - place]


def summary(values: Iterable[float]) -> dict[str, float]:
    """Returns the median, its confidence interval, the quartiles and the number of some values."""
    known = list(values)
    quartiles = statistics.quantiles(known, n=4) if len(known) > 1 else known * 3
    low, high = interval(known)
    found = {"median": statistics.median(known), "low": low, "high": high}
    return {**found, "quartiles": [quartiles[0], quartiles[2]], "runs": len(known)}  # type: ignore[dict-item]


class Bound(NamedTuple):
    """What a side may take: `at_most` of another's time, more than that, or in all.

    As `times faster` it is a least. With `by` of two parts of the samples, the worse counts.
    """

    side: str
    of: str | None
    at_most: float | None
    kind: str = "part"
    by: tuple[int, ...] = (PROCESSOR,)

    def check(self, samples: Samples, unit: str, less: float = 0.0) -> dict[str, Any]:
        """Compares the samples of the same rounds: broken where all of the interval is."""
        found = []
        for part in self.by:
            pairs = zip(samples[self.side], samples[self.of or self.side])
            both = [(a[part] - less, b[part] - less) for a, b in pairs if a and b]
            found.append(summary(KINDS[self.kind](a, b) for a, b in both))
        least = self.kind == "times faster"
        value = (min if least else max)(found, key=lambda one: one["median"])
        holds = "–"
        if self.at_most is not None:
            worst, best = (value["low"], value["high"]) if least else (value["high"], value["low"])
            within = (lambda v: v >= self.at_most) if least else (lambda v: v <= self.at_most)
            holds = "yes" if within(worst) else "unclear" if within(best) else "**NO**"
        what = f"{self.side} / {self.of}" if self.kind == "part" and self.of else self.kind
        what = f"{self.side} − {self.of}" if self.kind == "added" else what
        shown = "" if self.kind in ("part", "times faster") else unit
        limit = {"at_most": self.at_most, "least": least, "holds": holds}
        return {"what": what, "value": value, "unit": shown, **limit}


def table(title: str, note: str = "", unit: str = "s", checks: str = "columns") -> Table:
    """Makes an empty table; `checks` are shown in columns, in one, or in a list behind it."""
    return {"title": title, "note": note, "unit": unit, "checks": checks, "rows": []}


def add(
    into: Table,
    row: str,
    samples: Samples,
    *bounds: Bound,
    by: int = PROCESSOR,
    less: float = 0.0,
    same: bool | None = None,
    **cells: Any,
) -> dict[str, Any]:
    """Adds a row: a column for each side and for each of `cells`, and checks the bounds.

    What an empty loop takes is `less`; `same` says whether all gave the same answer.
    """
    made: dict[str, Any] = {"row": row, "cells": {}, "same": same}
    for side, of_side in samples.items():
        known = [sample for sample in of_side if sample]
        made["cells"][side] = summary(sample[by] - less for sample in known)
        if len(known[0]) > 1:
            made["cells"][side]["clock"] = statistics.median(s[CLOCK] - less for s in known)
    made["cells"].update({name.replace("_", " "): value for name, value in cells.items()})
    made["checks"] = [bound.check(samples, into["unit"], less) for bound in bounds]
    into["rows"].append(made)
    return made


def seconds(value: float) -> str:
    """Returns a time with three digits and a unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if abs(value) >= size or unit == "ns":
            number = value / size
            return f"{number:.{max(0, 3 - len(str(int(abs(number)))))}f} {unit}"
    raise AssertionError


def show(value: Any, unit: str = "") -> str:
    """Returns a cell's text; of a summary, that of its median."""
    if isinstance(value, dict):
        return show(value["median"], unit)
    if isinstance(value, str) or value is None:
        return value or ""
    if unit == "s":
        return seconds(value)
    if unit == "%":
        return f"{value:.2f} %"
    if unit in ("ns", "bytes"):
        return f"{value:.1f}" if unit == "ns" else f"{value / 1e6:.0f} MB"
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2f}"


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table in Markdown, its columns aligned for reading as plain text too."""
    lines = [head, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
        for line in lines
    )


def _checked(check: dict[str, Any] | None) -> tuple[str, ...]:
    if check is None:
        return ("",) * 4
    value, unit = check["value"], check["unit"]
    between = f"{show(value['low'], unit)} – {show(value['high'], unit)}"
    limit = "–" if check["at_most"] is None else show(check["at_most"], unit)
    return show(value, unit), between, limit, check["holds"]


def markdown(found: Table) -> str:
    """Returns a table as text, with its title."""
    rows, how = found["rows"], found["checks"]
    columns = list(dict.fromkeys(name for row in rows for name in row["cells"]))
    whats = list(dict.fromkeys(check["what"] for row in rows for check in row["checks"]))
    head = [found.get("head", "row"), *columns]
    for what in whats if how == "columns" else ():
        least = any(c["least"] for row in rows for c in row["checks"] if c["what"] == what)
        head += [what, "95 %", "at least" if least else "at most", "holds"]
    head += ["holds"] * (how == "one") + ["same answer"] * any(r["same"] is not None for r in rows)
    lines = []
    for row in rows:
        line = [row["row"], *(show(row["cells"].get(name), found["unit"]) for name in columns)]
        by_name = {check["what"]: check for check in row["checks"]}
        for what in whats if how == "columns" else ():
            line += _checked(by_name.get(what))
        broken = any("NO" in check["holds"] for check in row["checks"])
        line += ["**NO**" if broken else "yes"] * (how == "one")
        line += [{True: "yes", False: "**NO**", None: ""}[row["same"]]] * ("same answer" in head)
        lines.append(line)
    text = f"#### {found['title']}\n\n" if found["title"] else ""
    text += f"{found['note']}\n\n" if found["note"] else ""
    text += grid(head, lines) + "\n"
    if how == "list" and whats:
        listed = [(row["row"], check["what"], *_checked(check)) for row, check in all_checks(found)]
        text += f"\n{grid(('row', 'part', 'is', '95 %', 'at most', 'holds'), listed)}\n"
    return text


def all_checks(found: Table) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
    """Yields all checks of a table, with their rows."""
    return ((row, check) for row in found["rows"] for check in row["checks"])


def problems(found: Table) -> Iterable[str]:
    """Yields what does not hold."""
    for row in found["rows"]:
        if row["same"] is False:
            yield f"{found['title']}, {row['row']}: another answer"
    for row, check in all_checks(found):
        if "NO" in check["holds"]:
            bound = "at least" if check["least"] else "at most"
            value, between, limit, _ = _checked(check)
            told = f"{check['what']} is {value} ({between}), {bound} {limit}"
            yield f"{found['title']}, {row['row']}: {told}"
