# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws the section on status; see plots.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import bounds
import matplotlib.pyplot as plt
import report
import status_report
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

INK, PALE, GRID = "#22262b", "#6b7480", "#e3e6ea"
# Mercurial as it is in pale colours, with Vermilion in full ones, others in grey.
COLOURS = {
    "c": "#f0b4a8",
    "c+": "#d1432a",
    "rust": "#e0a030",
    "pure": "#b3cce6",
    "pure+": "#2f6fb0",
    "rhg": "#8a929c",
    "git": "#c3c9d0",
    "git+": "#a9b1ba",
    "vermilion": "#7d1f10",
}
FLOORS = {"look at known files, 2 threads": "--", "walk and look at files, 2 threads": ":"}
Save = Callable[[Any, Path, str], None]


def commands(results: dict[str, Any], folder: Path, save: Save) -> None:
    """A panel for each command and working copy, a bar for each contender."""
    cases = [case for case in bounds.CASES if case.key in results["cases"]]
    keys = status_report.present(results)
    columns = 3
    lines = -(-len(cases) // columns)
    figure, grid = plt.subplots(
        lines, columns, figsize=(13.6, 0.6 + 2.3 * lines), layout="constrained", squeeze=False
    )
    for axes in grid.flat[len(cases) :]:
        axes.set_visible(False)
    for axes, case in zip(grid.flat, cases):
        _panel(axes, case, results["cases"][case.key], keys)
    figure.suptitle(
        "The state of a working copy, by the clock (whole processes; less is faster)",
        x=0.008,
        ha="left",
        fontsize=15,
        fontweight="bold",
    )
    save(figure, folder, "status")


def _panel(axes: Any, case: bounds.Case, measured: dict[str, Any], keys: list[str]) -> None:
    found = measured["contenders"]
    keys = [key for key in keys if key in found]
    for line, key in enumerate(keys):
        times = found[key]
        axes.barh(line, times["median"], 0.74, color=COLOURS[key])
        axes.plot([times["low"], times["high"]], [line, line], color=INK, linewidth=1)
        shown = {"textcoords": "offset points", "va": "center", "fontsize": 8.5}
        plain = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        end = max(times["median"], times["high"])
        axes.annotate(report.seconds(times["median"]), (end, line), (5, 0), bbox=plain, **shown)
    titles = [status_report.TITLES[key] for key in keys]
    axes.set_yticks(range(len(keys)), titles, fontsize=8.5)
    axes.set_ylim(len(keys) - 0.5, -0.5)
    axes.margins(x=0.18)
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: report.seconds(value) if value else "0")
    )
    axes.locator_params(axis="x", nbins=4)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(axis="x", color=GRID)
    axes.spines["left"].set_visible(False)
    where = f"{measured['files']:,} files, {case.form}, {status_report.STATES[case.state]}"
    name = "hg " + case.command
    axes.set_title(f"{name}\n{where}", fontsize=10)


def growth(results: dict[str, Any], folder: Path, save: Save) -> None:
    """Time by the number of files, and what the system takes."""
    sizes = results["growth"]
    counts = [size["files"] for size in sizes]
    figure, axes = plt.subplots(figsize=(9.6, 6.2), layout="constrained")
    for key, title in status_report.TITLES.items():
        if key in sizes[0]:
            times = [size[key]["median"] for size in sizes]
            axes.plot(
                counts,
                times,
                color=COLOURS[key],
                marker="o",
                markersize=5,
                linewidth=1.8,
                label=title,
            )
    inside = [size["inside"]["read and walk"]["median"] for size in sizes]
    style = {"marker": "s", "markersize": 4, "linewidth": 1.4}
    axes.plot(counts, inside, color="#3d9970", label="Vermilion's part: read and walk", **style)
    for name, line in FLOORS.items():
        times = [size["inside"][name]["median"] for size in sizes]
        axes.plot(counts, times, line, color=INK, linewidth=1.4, label=f"the system: {name}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(FixedLocator(counts))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"$10^{{{len(str(round(value))) - 1}}}$")
    )
    axes.yaxis.set_major_locator(LogLocator(10))
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: report.seconds(value).replace(".00", ""))
    )
    axes.grid(color=GRID)
    axes.set_xlabel("files, none changed, dirstate v1")
    figure.suptitle(
        "How time for hg status grows with the files",
        x=0.012,
        ha="left",
        fontsize=15,
        fontweight="bold",
    )
    figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize=9)
    save(figure, folder, "status-growth")


def draw(results: dict[str, Any], folder: Path, save: Save) -> None:
    """All of this section."""
    if results["cases"]:
        commands(results, folder, save)
    if results["growth"]:
        growth(results, folder, save)
