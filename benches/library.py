# SPDX-License-Identifier: GPL-2.0-or-later
"""What tools ask of a repository: our library beside Mercurial's own objects, in one process."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import bounds
import questions
from commands import hg
from common import say
from graphs import OURS, THEIRS
from places import INTERPRETERS, Places, scratch
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


# An entry of a changelog, and the text of a changeset, of the lengths that are usual.
_ENTRY = struct.Struct(">Qiiiiii20s12x")
_TEXT = """%s
user %d <user%d@vermilion.example>
%d 0
dir%d/file%d
other/file%d

change number %d: what was done, and why"""


def _changelog(root: Path, count: int) -> None:
    """Writes a repository of nothing but changesets, in a line."""
    store = root / ".hg" / "store"
    store.mkdir(parents=True)
    (root / ".hg" / "requires").write_text("dotencode\nfncache\ngeneraldelta\nrevlogv1\nstore\n")
    null, offset = bytes(20), 0
    parent = null
    with open(store / "00changelog.i", "wb") as index, open(store / "00changelog.d", "wb") as data:
        for rev in range(count):
            user, place = rev % 200, rev % 1000
            told = "0" * 40, user, user, 10**9 + 60 * rev, rev % 50, place, rev % 333, rev
            text = (_TEXT % told).encode()
            node = hashlib.sha1(b"".join(sorted((null, parent))) + text).digest()
            lengths = len(text) + 1, len(text)
            entry = _ENTRY.pack(offset << 16, *lengths, rev, rev, rev - 1, -1, node)
            # Version 1, general delta, in the place of the first offset.
            index.write(entry if rev else struct.pack(">I", 1 | 1 << 17) + entry[4:])
            data.write(b"u" + text)
            parent, offset = node, offset + lengths[0]


def memory(where: Places, quick: bool) -> Table:
    """Measures what a Repository of many changesets takes over the files that it maps."""
    count = bounds.REPOSITORY_CHANGESETS[quick]
    made = table(f"A repository of {count:,} changesets", unit="bytes")
    by: dict[str, dict[str, list[list[float]]]] = {row: {} for row in bounds.REPOSITORY_BYTES}
    with scratch() as folder:
        _changelog(folder / "repository", count)
        side = {OURS: ("repository_memory", {"repository": str(folder / "repository")})}
        for name, peer in INTERPRETERS.items():
            for row, taken in where.demand(peer).work(side, {}, rounds=1)["facts"][OURS].items():
                by[row][name] = [[taken]]
    for row, samples in by.items():
        most = bounds.REPOSITORY_BYTES[row]
        add(made, row, samples, *(Bound(n, None, most, "in all", by=(0,)) for n in samples), by=0)
    return made
