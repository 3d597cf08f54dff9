# SPDX-License-Identifier: GPL-2.0-or-later
"""What tools ask of a repository: our library beside Mercurial's own objects, in one process."""

from __future__ import annotations

from pathlib import Path

import bounds
import questions
from commands import hg
from common import say
from graphs import OURS, THEIRS
from places import Places, scratch
from results import CLOCK, PROCESSOR, Bound, Table, add, table


def measure(where: Places, changes: Path | None, quick: bool) -> list[Table]:
    """Measures the rows of questions.LIBRARY on a history with contents, if there is one."""
    if changes is None:
        where.miss("no history with contents: give a repository or a bundle")
        return []
    rounds, budget = (2, 10) if quick else (7, 90)
    tables = []
    with scratch() as folder:
        repository = folder / "history"
        # A default repository, which Mercurial on PyPy reads by what `needs` says.
        hg(where.demand("c"), "clone", "--quiet", "--pull", "-U", changes, repository, cwd=folder)
        for peer in ("c", "pure"):
            place = where.demand(peer)
            say(f"the library beside {bounds.PEERS[peer]}")
            given = {"repository": str(repository), "expected": peer, "needed": place.needs}
            sides = {
                OURS: ("library", {"repository": str(repository)}),
                THEIRS: ("contexts", given),
            }
            asked = {row.title: {OURS: row.ours, THEIRS: row.theirs} for row in questions.LIBRARY}
            found = place.work(sides, asked, same=True, rounds=rounds, budget=budget)
            made = table(f"Beside {bounds.PEERS[peer]}", f"Python {found['interpreter']}")
            for row in questions.LIBRARY:
                measured = found["rows"][row.title]
                least = {"c": row.c, "pure": row.pure}[peer]
                bound = Bound(OURS, THEIRS, least, "times faster", by=(PROCESSOR, CLOCK))
                add(made, row.title, measured["samples"], bound, same=measured["same"])
            tables.append(made)
    return tables
