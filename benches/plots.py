# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws the plots that pages show out of results.json: python plots.py FOLDER"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import places  # noqa: F401  (first: it makes the project's tools known)

# isort: split
import bounds
import matplotlib
import program as programs

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import results  # noqa: E402
from matplotlib.ticker import FuncFormatter, NullLocator  # noqa: E402

INK, PALE, GRID = "#22262b", "#6b7480", "#e3e6ea"
# Told apart by people of any colour vision. Mercurial is pale, with Vermilion full, others grey.
PEERS = {"c": "#d1432a", "pure": "#2f6fb0", "rust": "#e0a030"}
_SHADES = "#f0b4a8 #d1432a #e0a030 #b3cce6 #2f6fb0 #8a929c #c3c9d0 #a9b1ba #7d1f10"
STATUS = dict(zip(bounds.STATUS, _SHADES.split()))
PROGRAMS = {**STATUS, "chg": "#e0a030"}
STYLE = {
    **{"font.family": "DejaVu Sans", "font.size": 10, "text.color": INK},
    **{"axes.edgecolor": "#b8bec6", "axes.labelcolor": PALE, "axes.titlelocation": "left"},
    **{"axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False},
    **{"axes.axisbelow": True, "axes.grid": True, "axes.grid.axis": "x", "grid.color": GRID},
    **{"xtick.color": PALE, "ytick.color": PALE, "ytick.major.size": 0},
    # Without dates and chance in them, the files change only when the figures do.
    **{"svg.hashsalt": "vermilion", "savefig.facecolor": "white"},
}


def _bar(axes: Any, y: float, value: float, height: float, colour: str, text: str) -> None:
    axes.barh(y, value, height, color=colour)
    beside = {"textcoords": "offset points", "va": "center", "fontsize": 8.5}
    plain = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    axes.annotate(text, (value, y), (6, 0), bbox=plain, zorder=1, **beside)


def _finish(axes: Any, labels: list[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.xaxis.set_minor_locator(NullLocator())


def _save(figure: Any, title: str, path: Path) -> None:
    figure.suptitle(title, x=0.01, ha="left", fontsize=15, fontweight="bold")
    figure.savefig(path, metadata={"Date": None})


def speedup(found: dict[str, Any], path: Path) -> None:
    """Draws how many times faster than each peer ours is, and what was promised."""
    titles = {f"Beside {title}": peer for peer, title in bounds.PEERS.items()}
    tables = [one for one in found["sections"]["peers"]["tables"] if one["title"] in titles]
    figure, axes = plt.subplots(figsize=(9.6, 6.6), layout="constrained")
    thick = 0.8 / len(tables)
    for place, one in enumerate(tables):
        colour = PEERS[titles[one["title"]]]
        for line, row in enumerate(one["rows"]):
            (check,) = row["checks"]
            faster, y = check["value"]["median"], line + (place - (len(tables) - 1) / 2) * thick
            _bar(axes, y, faster, thick * 0.86, colour, f"{results.show(faster)}×")
            ends = y - thick * 0.43, y + thick * 0.43
            axes.plot([check["at_most"]] * 2, ends, color=INK, linewidth=1.6)
        axes.barh([0], [0], color=colour, label=one["title"].removeprefix("Beside "))
    axes.plot([], [], color=INK, linewidth=1.6, label="promised at least")
    axes.set_xscale("log")
    axes.set_xlim(1, axes.get_xlim()[1] * 3)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}×"))
    _finish(axes, [row["row"].replace(", ", ",\n", 1) for row in tables[0]["rows"]])
    axes.set_xlabel("times faster than Mercurial at the same question, in the same process")
    axes.set_title(found["history"]["name"], fontsize=10, color=PALE)
    figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize=9)
    _save(figure, "Vermilion beside Mercurial", path)


def _panels(
    rows: list[tuple[str, dict[str, Any]]], colours: dict[str, str], title: str, path: Path
) -> None:
    """Draws a panel for each row and its title, with a bar for each program."""
    lines = -(-len(rows) // 3)
    size = (13.6, 0.6 + 2.3 * lines)
    figure, grid = plt.subplots(lines, 3, figsize=size, layout="constrained", squeeze=False)
    for axes in grid.flat[len(rows) :]:
        axes.set_visible(False)
    for axes, (name, row) in zip(grid.flat, rows):
        keys = [key for key in colours if key in row["cells"]]
        for line, key in enumerate(keys):
            times = row["cells"][key]
            _bar(axes, line, times["median"], 0.74, colours[key], results.show(times, "s"))
            axes.plot([times["low"], times["high"]], [line, line], color=INK, linewidth=1)
        _finish(axes, keys)
        axes.margins(x=0.25)
        axes.locator_params(axis="x", nbins=4)
        shown = FuncFormatter(lambda value, _: results.seconds(value) if value else "0")
        axes.xaxis.set_major_formatter(shown)
        axes.set_title(name, fontsize=10)
    _save(figure, f"{title}, by the clock (whole programs; less is faster)", path)


def status(found: dict[str, Any], path: Path) -> None:
    """Draws a panel for each command and working copy."""
    rows = found["sections"]["status"]["tables"][0]["rows"]
    named = [(row["row"].replace("`", "").replace(", ", "\n", 1), row) for row in rows]
    _panels(named, STATUS, "The state of a working copy", path)


def program(found: dict[str, Any], path: Path) -> None:
    """Draws a panel for each command that the README shows."""
    rows = programs.first_screen(found["sections"]["program"]["tables"])
    named = [(f"hg {row['row'].strip('`')}\n{programs.where(title)}", row) for title, row in rows]
    _panels(named, {side: PROGRAMS[side] for side in programs.SIDES}, "hg and its like", path)


def main() -> None:
    """Draws what was measured."""
    folder = Path(sys.argv[1])
    found = json.loads((folder / "results.json").read_text())
    with plt.rc_context(STYLE):
        for section, draw in (("peers", speedup), ("status", status), ("program", program)):
            if section in found["sections"]:
                draw(found, folder / f"{draw.__name__}.svg")


if __name__ == "__main__":
    main()
