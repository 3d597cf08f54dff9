# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions about history, and files that are slow to read: beside Mercurial, and as they grow."""

from __future__ import annotations

import collections
import subprocess
from pathlib import Path
from typing import Any

import bounds
import dirstates
import histories
import questions
from bounds import BAD_FLOOR, BAD_GROWTH, BAD_PATIENCE
from common import cache_dir, say
from places import INTERPRETERS, Place, Places, scratch
from questions import Row
from results import CLOCK, PROCESSOR, Bound, Table, add, seconds, summary, table

OURS, THEIRS = "ours", "Mercurial"
WORSE = (PROCESSOR, CLOCK)
# Mercurial with C, and in pure Python where there is a JIT.
BAD_PEERS = ("c", "pure")
# Revisions of histories that show how time grows.
SIZES = {False: (10**5, 10**6, 10**7), True: (10**4, 10**5)}


def _beside(place: Place, peer: str, repository: Path, rows: tuple[Row, ...], **more: Any) -> Any:
    sides = {
        OURS: ("vermilion", {"repository": str(repository), "labels": more.pop("labels", False)}),
        THEIRS: (
            "mercurial",
            {"repository": str(repository), "expected": peer, "needed": place.needs},
        ),
    }
    asked = {row.title: {OURS: row.ours, THEIRS: row.theirs} for row in rows}
    return place.work(sides, asked, same=True, **more)


def peers(where: Places, repository: Path, quick: bool) -> list[Table]:
    """Measures the rows of questions.GRAPH and questions.OPENING beside every Mercurial there is."""
    rounds, budget = (3, 6) if quick else (9, 40)
    tables = []
    for peer, title in bounds.PEERS.items():
        place = where.get(peer)
        if place is None:
            continue
        say(f"beside {title}")
        rows = (*questions.GRAPH, *questions.OPENING)
        found = _beside(place, peer, repository, rows, rounds=rounds, budget=budget)
        note = f"{found['facts'][THEIRS]}; Python {found['interpreter']}"
        asked, opening = table(f"Beside {title}", note), table(f"Opening, beside {title}")
        for row in rows:
            measured = found["rows"][row.title]
            samples, first = measured["samples"], {"our_first_run": measured["first"][OURS]}
            if row in questions.OPENING:
                bound = Bound(OURS, None, bounds.OPENED[peer], "in all", by=WORSE)
                add(opening, row.title, samples, bound, same=measured["same"])
                continue
            least = {"c": row.c, "pure": row.pure, "rust": bounds.RUST}[peer]
            bound = Bound(OURS, THEIRS, least, "times faster", by=WORSE)
            add(asked, row.title, samples, bound, same=measured["same"], **first)
        tables += [asked, opening]
    return tables


def crossings(where: Places, quick: bool) -> list[Table]:
    """Measures what crosses the border, by itself."""
    count, rounds = (20_000, 7) if quick else (100_000, 21)
    made = table("", unit="ns")
    rows = {title: {OURS: text} for title, text in questions.CROSSINGS.items()}
    pieces = dict.fromkeys(rows, count / 1e9)
    side, given = {OURS: ("crossings", {"count": count})}, {"rounds": rounds, "pieces": pieces}
    places = {name: where.demand(peer) for name, peer in INTERPRETERS.items()}
    found = {name: place.work(side, rows, **given)["rows"] for name, place in places.items()}
    for title in rows:
        add(made, title, {name: by[title]["samples"][OURS] for name, by in found.items()})
    return [made]


def pypys(where: Places, repository: Path, quick: bool) -> list[Table]:
    """Measures operations of Vermilion alone on both PyPys, in turn."""
    both = {name: where.bare("hosts", name) for name in ("pypy", "pypy8")}
    places = {name: place for name, place in both.items() if place}
    visits, rounds, budget = (1, 3, 6) if quick else (9, 7, 20)
    samples: dict[str, dict[str, list[Any]]] = collections.defaultdict(dict)
    digests: dict[str, set[str]] = collections.defaultdict(set)
    rows = {title: {OURS: text} for title, text in bounds.OPERATIONS.items()}
    side = {OURS: ("vermilion", {"repository": str(repository)})}
    for visit in range(visits):
        for name, place in places.items():
            say(f"operations on {name}, {visit + 1} of {visits}")
            found = place.work(side, rows, rounds=rounds, budget=budget)
            for title, measured in found["rows"].items():
                digests[title].add(measured["digest"])
                pairs = zip(*measured["samples"][OURS])
                one = [summary(values)["median"] for values in pairs]
                column = f"{title_of(name, found['interpreter'])}, {found['facts'][OURS]}"
                samples[title].setdefault(column, []).append(one)
    made = table("Vermilion on two PyPys")
    for title, by in samples.items():
        limit = None if title.startswith(bounds.ONE_BY_ONE) else bounds.BLOCKS_AT_MOST
        old, *new = by
        add(made, title, by, *(Bound(n, old, limit) for n in new), same=len(digests[title]) == 1)
    return [made]


def title_of(name: str, version: str) -> str:
    """Returns "CPython 3.12.1" of an interpreter's name and its sys.version."""
    if name.startswith("cpython"):
        return f"CPython {version.split()[0]}"
    return "PyPy " + version.split("PyPy ", 1)[1].split()[0].rstrip("]")


def _generate(where: Places, shape: str, count: int, folder: Path) -> str:
    """Makes a repository where there is a JIT: that takes seconds instead of minutes."""
    say(f"{shape} history of {count:,} revisions")
    command = [where.demand("pure").python, "-B", histories.__file__, shape, str(count), folder]
    subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL)
    return str(folder / ".hg" / "store" / "00changelog.i")


def memory(where: Places, repository: Path, quick: bool) -> list[Table]:
    """Measures what a Graph takes, and how long it takes to open."""
    note = "Labels and the node table are there once questions have asked for them."
    taken = table("Bytes a revision", note, unit="")
    opening = table("Opening an index file", checks="one")

    def visit(what: str, name: str, index: str, label: bool) -> tuple[Any, Any]:
        side = {OURS: ("memory", {"index": index, "label": label})}
        found = where.demand(INTERPRETERS[name]).work(side, {"open": {OURS: "open()"}}, rounds=7)
        facts = found["facts"][OURS]
        bound = Bound("Graph", None, bounds.GRAPH_BYTES, "in all", by=(0,))
        graph = {"Graph": [[facts.pop("Graph")]]}
        add(taken, f"{what}, {name}", graph, bound, by=0, **facts)
        return found["rows"]["open"]["samples"][OURS], facts["revisions"]

    for name in INTERPRETERS:
        store = repository / ".hg" / "store" / "00changelog.i"
        visit("the history", name, str(store), label=True)
    for size in SIZES[quick]:
        with scratch(cache_dir()) as folder:
            index = _generate(where, "project-like", size, folder)
            by = {n: visit("project-like", n, index, label=False)[0] for n in INTERPRETERS}
        limit = bounds.OPEN_TEN_MILLION if size == 10**7 else None
        limits = [Bound(name, None, limit, "in all") for name in by if limit]
        add(opening, f"{size:,}", by, *limits)
    return [taken, opening]


def growth(where: Places, quick: bool) -> list[Table]:
    """Measures how time grows with the revisions, on CPython."""
    tables = []
    for shape in ("linear", "bushy", "merge-heavy"):
        made = table(shape)
        rows: dict[str, dict[str, Any]] = {title: {} for title in questions.GROWTH}
        for count in SIZES[quick]:
            with scratch(cache_dir()) as folder:
                _generate(where, shape, count, folder)
                side = {OURS: ("growth", {"parents": str(folder / "parents")})}
                asked = {title: {OURS: text} for title, text in questions.GROWTH.items()}
                found = where.demand("c").work(side, asked, rounds=5, budget=10)["rows"]
            for title, by in rows.items():
                each = 1000 if title.endswith("pair") else 1
                samples = found[title]["samples"][OURS]
                by[f"{count:,}"] = [[value / each for value in sample] for sample in samples]
        for title, by in rows.items():
            add(made, title, by)
        tables.append(made)
    return tables


def _grown(made: Table, title: str, by_size: dict[int, Any], name: Any, beside: bool) -> None:
    """Adds a row with columns for each size; checks how it grows, and what it is beside the peer."""
    cells: dict[str, Any] = {}
    limits, samples = [], {}
    # Size, ours, the peer's.
    before: tuple[int, float, float] | None = None
    for size, measured in by_size.items():
        column, peers = f"{name(size)}: ours", f"{name(size)}: Mercurial"
        cells[column] = cells[peers] = "–"
        if measured is None:
            continue
        both = (measured["samples"][side] for side in (OURS, THEIRS))
        ours, theirs = (min(sample[PROCESSOR] for sample in taken) for taken in both)
        cells[column] = f"{seconds(ours)}*" if measured["said"].get(OURS) else ours
        cells[peers], samples[column] = theirs, [[0.0, ours]]
        if beside:
            limits.append(Bound(column, None, theirs + BAD_FLOOR, "in all"))
        if before:
            # What is below the floor is the clock's noise, or is answered at once.
            fair = max(size / before[0], theirs / max(before[2], BAD_FLOOR))
            most = max(before[1], BAD_FLOOR) * fair * BAD_GROWTH
            limits.append(Bound(column, None, most, "in all"))
        before = size, ours, theirs
    answers = [measured["same"] for measured in by_size.values() if measured and beside]
    add(made, title, samples, *limits, same=all(answers) if beside else None)["cells"] = cells


def bad_cases(where: Places, quick: bool) -> list[Table]:
    """Measures every operation on histories that are bad for one way to find it out."""
    found: dict[tuple[str, str, str], dict[int, Any]] = collections.defaultdict(dict)
    for shape in histories.BAD_SHAPES:
        slow = set()
        for count in bounds.BAD_SIZES[quick]:
            with scratch(cache_dir()) as folder:
                _generate(where, shape, count, folder)
                for peer in BAD_PEERS:
                    rows = [row for row in questions.BAD if (peer, row.title) not in slow]
                    given = {"rounds": 3, "budget": 1, "labels": True}
                    asked = _beside(where.demand(peer), peer, folder, tuple(rows), **given)
                    for row in questions.BAD:
                        measured = asked["rows"].get(row.title)
                        found[peer, shape, row.title][count] = measured
                        if measured and measured["first"][THEIRS] > BAD_PATIENCE:
                            slow.add((peer, row.title))
    tables: dict[tuple[str, str], Table] = {}
    for (peer, shape, title), by_size in found.items():
        if (peer, shape) not in tables:
            heading = f"{shape}, beside {bounds.PEERS[peer]}"
            tables[peer, shape] = table(heading, checks="one")
        _grown(tables[peer, shape], title, by_size, "{:,}".format, beside=True)
    return list(tables.values())


def slow_files(where: Places, quick: bool) -> list[Table]:
    """Measures the reading of files that are made to be slow; how that grows is bounded."""
    tables = []
    for peer in BAD_PEERS:
        kinds = ("dirstate-v1", "ignore file")
        made = {k: table(f"{k}, beside {bounds.PEERS[peer]}, by KiB", checks="one") for k in kinds}
        sides = {OURS: ("slow_files", {}), THEIRS: ("slow_files", {})}
        for kind, (sizes, ours, theirs) in dirstates.KINDS.items():
            rows = {}
            for size in sizes:
                data = f"filled({kind!r}, {size}); "
                rows[str(size)] = {OURS: data + ours, THEIRS: data + theirs}
            found = where.demand(peer).work(sides, rows, rounds=3, budget=1)["rows"]
            by_size = {size: found[str(size)] for size in sizes}
            into = made[kind.split(": ")[0]]
            _grown(into, kind, by_size, lambda size: str(size >> 10), beside=False)
        tables += made.values()
    return tables
