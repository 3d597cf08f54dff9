# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws the comparison of ways to write an extension."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import bounds
import matplotlib.pyplot as plt
import report
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

# Told apart by people of any colour vision.
COLOURS = {
    "python": "#a8b0ba",
    "c": "#22262b",
    "cython": "#e0a030",
    "numba": "#3d9970",
    "cffi": "#8a5fb0",
    "pyo3": "#2f6fb0",
    "ours": "#d1432a",
}
Value = Callable[[dict[str, Any]], float]
_TIMES: tuple[tuple[str, Value], ...] = (
    (
        "a thousand checked additions in one call, warm",
        lambda found: found["add_checked"]["median"],
    ),
    ("a million texts in upper case, warm", lambda found: found["upper"]["median"]),
    (
        "import and first call",
        lambda found: found["import"]["median"] + found["add_first"]["median"],
    ),
)


def _tidy(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size * 0.999:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def _by_interpreter(axes: Any, results: dict[str, Any], value: Value) -> None:
    thick = 0.86 / len(bounds.WAYS)
    least = min(value(found) for cells in results["cells"].values() for found in cells.values())
    for place, way in enumerate(bounds.WAYS):
        for x, name in enumerate(bounds.WAYS_ON):
            found, at = (
                results["cells"][way.key].get(name),
                x + (place - (len(bounds.WAYS) - 1) / 2) * thick,
            )
            if found is None:
                axes.annotate(
                    "none", (at, least), ha="center", va="bottom", fontsize=7, rotation=90
                )
                continue
            label = way.title if x == 0 else None
            axes.bar(at, value(found), thick * 0.9, color=COLOURS[way.key], label=label)
            above = {
                "textcoords": "offset points",
                "ha": "center",
                "va": "bottom",
                "fontsize": 7,
                "rotation": 90,
            }
            axes.annotate(_tidy(value(found)), (at, value(found)), (0, 2), **above)
    axes.set_yscale("log")
    axes.set_ylim(least / 2, axes.get_ylim()[1] * 8)
    axes.yaxis.set_major_locator(LogLocator(10, numticks=7))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tidy(value)))
    axes.set_xticks(range(len(bounds.WAYS_ON)), [_title(results, name) for name in bounds.WAYS_ON])


def _title(results: dict[str, Any], name: str) -> str:
    found = next(cells[name] for cells in results["cells"].values() if name in cells)
    return report.interpreter_title(name, found["interpreter"])


def _by_way(axes: Any, values: dict[str, float], show: Callable[[float], str]) -> None:
    for x, way in enumerate(bounds.WAYS):
        value = values.get(way.key)
        axes.bar(x, value or 0, 0.8, color=COLOURS[way.key])
        above = {"textcoords": "offset points", "ha": "center", "fontsize": 8}
        axes.annotate(show(value) if value else "none", (x, value or 0), (0, 2), **above)
    titles = [way.title.replace(", ", ",\n").replace("-", "-\n") for way in bounds.WAYS]
    axes.set_xticks(range(len(bounds.WAYS)), titles, fontsize=8)
    axes.margins(y=0.15)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: show(value) if value else "0"))


def draw(results: dict[str, Any], folder: Path, save: Callable[[Any, Path, str], None]) -> None:
    """Times by interpreter above; what each way takes to write and to build below."""
    figure, grid = plt.subplots(2, 3, figsize=(13.6, 8.2), layout="constrained")
    for axes, (title, value) in zip(grid[0], _TIMES):
        _by_interpreter(axes, results, value)
        axes.set_title(title)
    first = {
        way: cells[bounds.WAYS_ON[0]]
        for way, cells in results["cells"].items()
        if bounds.WAYS_ON[0] in cells
    }
    binaries = {way: found["size"] / 1000 for way, found in first.items() if found["size"]}
    building = {way: found["seconds"] for way, found in first.items() if found["seconds"]}
    lines = {way: float(sum(found)) for way, found in results["lines"].items()}
    _by_way(grid[1][0], lines, lambda value: f"{value:.0f}")
    grid[1][0].set_title("lines to write, recipe included")
    _by_way(grid[1][1], building, lambda value: f"{value:.1f} s")
    grid[1][1].set_title("seconds to build again")
    _by_way(grid[1][2], binaries, lambda value: f"{value:,.0f} kB")
    grid[1][2].set_title("size of the binary")
    for axes in grid.flat:
        axes.tick_params(axis="x", length=0)
        axes.grid(axis="y", color="#e3e6ea")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=len(labels), frameon=False)
    title = "The same functions in seven ways (less is better; the upper row is logarithmic)"
    figure.suptitle(title, x=0.008, ha="left", fontsize=15, fontweight="bold")
    save(figure, folder, "ways")
