# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws the plots of docs/bench out of results.json: python plots.py FOLDER"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import bounds  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402
import report  # noqa: E402
import status_plots  # noqa: E402
import ways_plots  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator  # noqa: E402

INK, PALE, GRID = "#22262b", "#6b7480", "#e3e6ea"
# Told apart by people of any colour vision, and in grey by their lightness.
PEER_COLOURS = {"c": "#d1432a", "pure": "#2f6fb0", "rust": "#e0a030"}
HOST_COLOURS = {"own": "#d1432a", "hpy": "#2f6fb0", "pyo3": "#e0a030"}
SHAPE_STYLES = {
    "linear": ("#2f6fb0", "o"),
    "bushy": ("#3d9970", "s"),
    "merge-heavy": ("#d1432a", "^"),
}
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": "#b8bec6",
    "axes.labelcolor": PALE,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "svg.hashsalt": "vermilion",
    "savefig.facecolor": "white",
}


def _save(figure: Any, folder: Path, name: str) -> None:
    # Without dates in them, the files change only when the figures do.
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


def speedups(results: dict[str, Any], folder: Path) -> None:
    """How many times faster than each peer, and how many times was promised."""
    peers = {peer: found["rows"] for peer, found in results["peers"].items()}
    rows = [row for row in bounds.ROWS if row.at_most]
    figure, axes = plt.subplots(figsize=(9.6, 6.6), layout="constrained")
    thick = 0.8 / len(peers)
    for place, (peer, found) in enumerate(peers.items()):
        for line, row in enumerate(rows):
            if row.key not in found:
                continue
            faster = report.speedup(found[row.key])
            y = line + (place - (len(peers) - 1) / 2) * thick
            label = bounds.PEERS[peer][1] if line == 0 else None
            axes.barh(y, faster, thick * 0.86, left=0, color=PEER_COLOURS[peer], label=label)
            promised = 1 / row.at_most[peer]
            bound = axes.plot(
                [promised] * 2, [y - thick * 0.43, y + thick * 0.43], color="white", linewidth=3.2
            )
            bound += axes.plot(
                [promised] * 2, [y - thick * 0.43, y + thick * 0.43], color=INK, linewidth=1.6
            )
            if place == 0 and line == 0:
                bound[-1].set_label("promised at least")
            axes.annotate(
                f"{report.times(faster)}×",
                (faster, y),
                (5, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
            )
    axes.set_xscale("log")
    axes.set_xlim(
        1,
        max(report.speedup(m) for f in peers.values() for k, m in f.items() if k in _keys(rows))
        * 3,
    )
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [_wrapped(row.title) for row in rows])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}×"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x", color=GRID)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("times faster than Mercurial at the same question, in the same process")
    figure.suptitle(
        "Vermilion beside Mercurial", x=0.012, ha="left", fontsize=15, fontweight="bold"
    )
    count = results["history"].get("revisions")
    axes.set_title(
        f"{results['history']['name']}" + (f", {count:,} revisions" if count else ""),
        fontsize=10,
        fontweight="normal",
        color=PALE,
        loc="left",
    )
    figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize=9)
    _save(figure, folder, "speedup")


def _keys(rows: list[bounds.Row]) -> set[str]:
    return {row.key for row in rows}


def _wrapped(title: str) -> str:
    return title.replace("`in`", "“in”").replace(", ", ",\n", 1)


def growth(results: dict[str, Any], folder: Path) -> None:
    """Time by the number of revisions, for each operation and shape."""
    found = results["growth"]
    first = next(iter(found.values()))[0]
    names = [name for name in first if name not in ("revisions", "bytes")]
    opened = results.get("memory", {}).get("project-like", {})
    panels = len(names) + bool(opened)
    columns = 4
    figure, grid = plt.subplots(
        -(-panels // columns), columns, figsize=(13.6, 7.4), layout="constrained", sharex=True
    )
    for axes in grid.flat[panels:]:
        axes.set_visible(False)
    order = ["from_parents", *(name for name in names if name != "from_parents")]
    for axes, name in zip(grid.flat, order):
        for shape, (colour, marker) in SHAPE_STYLES.items():
            points = [(size["revisions"], size[name]) for size in found[shape]]
            axes.plot(
                *zip(*points), color=colour, marker=marker, markersize=5, linewidth=1.8, label=shape
            )
        _finish(axes, {"from_parents": "make a Graph from parents"}.get(name, name))
    if opened:
        axes = grid.flat[panels - 1]
        for name, colour, marker in (("cpython", "#8a5fb0", "D"), ("pypy", "#6b7480", "v")):
            times = {
                int(count): by_name[name]["opening"]["processor"]["median"]
                for count, by_name in opened.items()
            }
            style = {"color": colour, "marker": marker, "markersize": 5, "linewidth": 1.8}
            axes.plot(list(times), list(times.values()), label=report.TITLES[name], **style)
        axes.legend(
            frameon=False, fontsize=9, loc="upper left", title="project-like", title_fontsize=9
        )
        _finish(axes, "open an index file")
    handles, labels = grid.flat[0].get_legend_handles_labels()
    handles.append(Line2D([], [], color="#a8b0ba", linestyle=":", linewidth=1.4))
    labels.append("in proportion to the revisions")
    figure.legend(handles, labels, loc="outside lower left", ncols=4, frameon=False)
    figure.suptitle(
        "How time grows with the revisions", x=0.008, ha="left", fontsize=15, fontweight="bold"
    )
    _save(figure, folder, "growth")


def _finish(axes: Any, title: str) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    lines = [line for line in axes.get_lines()]
    low = min(min(line.get_ydata()) for line in lines)
    high = max(max(line.get_ydata()) for line in lines)
    # At least two decades, so that noise does not look like a trend.
    middle = (low * high) ** 0.5
    low, high = min(low / 2, middle / 12), max(high * 2, middle * 12)
    start = axes.get_lines()[0].get_xdata()
    level = (lines[0].get_ydata()[0] * lines[-1].get_ydata()[0]) ** 0.5
    axes.plot(
        start, [level * x / start[0] for x in start], ":", color="#a8b0ba", linewidth=1.4, zorder=1
    )
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(LogLocator(10, numticks=6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tidy(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(list(start)))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"$10^{{{len(str(round(value))) - 1}}}$")
    )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(color=GRID)
    axes.set_title(title.replace(", ", ",\n", 1))
    axes.tick_params(labelbottom=True)


def _tidy(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size * 0.999:
            return f"{value / size:.0f} {unit}"
    return f"{value / 1e-9:.0f} ns"


def calls(results: dict[str, Any], folder: Path) -> None:
    """A panel for each call: nanoseconds of each contender on each CPython."""
    found = {name: f for name, f in results.items() if name.startswith("cpython")}
    columns = 4
    lines = -(-len(bounds.CALLS) // columns)
    figure, grid = plt.subplots(lines, columns, figsize=(13.6, 2.5 * lines), layout="constrained")
    for axes in grid.flat[len(bounds.CALLS) :]:
        axes.set_visible(False)
    thick = 0.8 / len(HOST_COLOURS)
    for axes, call in zip(grid.flat, bounds.CALLS):
        for place, (contender, colour) in enumerate(HOST_COLOURS.items()):
            times = [
                (x, f["rows"][call.key]["ns"].get(contender)) for x, f in enumerate(found.values())
            ]
            bars = [(x + (place - 1) * thick, time) for x, time in times if time]
            style = {"color": colour, "label": report.HOST_TITLES[contender]}
            axes.bar(
                [x for x, _ in bars], [time["median"] for _, time in bars], thick * 0.88, **style
            )
            for x, time in bars:
                axes.plot([x, x], [time["low"], time["high"]], color=INK, linewidth=1)
        axes.set_title(_wrapped(call.title))
        axes.set_xticks(range(len(found)), [name.removeprefix("cpython") for name in found])
        axes.tick_params(axis="x", length=0)
        axes.grid(axis="y", color=GRID)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f} ns"))
    handles, labels = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, frameon=False)
    title = (
        "From Python into Rust and back, on CPython 3.11 to 3.15 (less is faster; lines: quartiles)"
    )
    figure.suptitle(title, x=0.008, ha="left", fontsize=15, fontweight="bold")
    _save(figure, folder, "calls")


def pypys(results: dict[str, Any], folder: Path) -> None:
    """How many times as long each operation takes on PyPy 8."""
    old, new = results["pypy"]["rows"], results["pypy8"]["rows"]
    keys = list(bounds.OPERATIONS)
    figure, axes = plt.subplots(figsize=(9.6, 6.6), layout="constrained")
    for blocks, colour, label in (
        (True, "#2f6fb0", "crosses in blocks"),
        (False, "#a8b0ba", "crosses one by one"),
    ):
        lines = [line for line, key in enumerate(keys) if (key in bounds.IN_BLOCKS) == blocks]
        ratios = [
            new[keys[line]]["seconds"]["median"] / old[keys[line]]["seconds"]["median"]
            for line in lines
        ]
        axes.barh(lines, ratios, 0.7, color=colour, label=label)
        for line, ratio in zip(lines, ratios):
            beside = {"textcoords": "offset points", "va": "center", "fontsize": 9}
            plain = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            axes.annotate(f"{ratio:.2f}×", (ratio, line), (5, 0), bbox=plain, **beside)
    axes.axvline(1, color=INK, linewidth=1)
    axes.axvline(
        bounds.BLOCKS_AT_MOST,
        color=INK,
        linewidth=1.6,
        linestyle=":",
        label="promised at most, in blocks",
    )
    axes.margins(x=0.1)
    axes.set_ylim(len(keys) - 0.5, -0.5)
    axes.set_yticks(
        range(len(keys)), [_wrapped(bounds.OPERATIONS[key]) for key in keys], fontsize=9
    )
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(axis="x", color=GRID)
    axes.spines["left"].set_visible(False)
    titles = [
        report.interpreter_title(name, results[name]["interpreter"]) for name in ("pypy8", "pypy")
    ]
    axes.set_xlabel(f"times as long on {titles[0]} with our host as on {titles[1]} with its own")
    figure.suptitle("Vermilion on two PyPys", x=0.012, ha="left", fontsize=15, fontweight="bold")
    figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize=9)
    _save(figure, folder, "pypys")


def main() -> None:
    folder = Path(sys.argv[1])
    results = json.loads((folder / "results.json").read_text())
    with plt.rc_context(STYLE):
        if results.get("peers"):
            speedups(results, folder)
        if results.get("growth"):
            growth(results, folder)
        if results.get("status"):
            status_plots.draw(results["status"], folder, _save)
        if results.get("ways"):
            ways_plots.draw(results["ways"], folder, _save)
        if results.get("hosts"):
            calls(results["hosts"]["calls"], folder)
            if len(results["hosts"]["pypys"]) == 2:
                pypys(results["hosts"]["pypys"], folder)


if __name__ == "__main__":
    main()
