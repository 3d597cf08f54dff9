# SPDX-License-Identifier: GPL-2.0-or-later
"""Histories of many revisions and of all shapes, to test with and to measure on.

    python histories.py SHAPE COUNT FOLDER

makes a repository of such a history in FOLDER, and FOLDER/parents, packed native int32 pairs:
for interpreters with a JIT, on which ten million revisions take seconds. Only the standard
library is used.
"""

from __future__ import annotations

import gzip
import random
import struct
import sys
from array import array
from pathlib import Path

# An entry of a revlog index, version 1, whose first four bytes carry the format.
_ENTRY = struct.Struct(">Qiiiiii20s12x")
_FORMAT = struct.pack(">I", 1)
_REQUIRES = b"dotencode\nfncache\ngeneraldelta\nrevlogv1\nsparserevlog\nstore\n"


def read(path: Path) -> array[int]:
    """The parents in a csv file, maybe gzipped, with a line "p1,p2" for each revision."""
    parents = array("i")
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as lines:
        for line in lines:
            p1, p2 = line.split(",")
            parents.append(int(p1))
            parents.append(int(p2))
    return parents


def like_a_project(count: int, seed: int = 42) -> array[int]:
    """A history of the shape that a large project with named branches has.

    Nine revisions in ten follow the one before. One in ten is a merge: half of them
    end a stay on a branch (the second parent is the revision before), the others
    bring the main line or, rarely, any other line into the one at hand. Work
    goes on at some lines for long, so that hundreds are open at a time.
    """
    rng = random.Random(seed)
    chance, below = rng.random, rng.randrange
    parents = array("i", (-1, -1))
    tips = [0]  # of the open lines; the first is the main one
    here = 0

    def another() -> int:
        if here and chance() < 0.8:
            return 0
        # Recent lines are the likely ones.
        return len(tips) - 1 - min(int(rng.expovariate(0.12)), len(tips) - 1)

    for rev in range(1, count):
        what = chance()
        if what < 0.026 or (what < 0.05 and len(tips) == 1):  # a new line
            start = tips[0] if chance() < 0.8 else tips[below(len(tips))]
            parents.extend((start, -1))
            tips.append(rev)
            here = len(tips) - 1
            continue
        if what < 0.056 and len(tips) > 1:  # go over to another line
            here = another()
        elif what < 0.106 and len(tips) > 1:  # merge this line into another
            there = another()
            if there != here:
                parents.extend((tips[there], tips[here]))
                tips[there] = rev
                if here and chance() < 0.45:  # its work is done
                    tips.pop(here)
                    there -= there > here
                here = there
                continue
        elif what < 0.156 and len(tips) > 1:  # merge another line into this one
            there = 0 if here and chance() < 0.7 else another()
            if there != here:
                parents.extend((tips[here], tips[there]))
                tips[here] = rev
                continue
        parents.extend((tips[here], -1))
        tips[here] = rev
    return parents


def linear(count: int) -> array[int]:
    """One line without branches."""
    parents = array("i", bytes(8 * count))
    for rev in range(count):
        parents[2 * rev] = rev - 1
        parents[2 * rev + 1] = -1
    return parents


def bushy(count: int, seed: int = 42) -> array[int]:
    """Many lines side by side and hardly a merge: 500 open, one merge in 200."""
    rng = random.Random(seed)
    chance, below = rng.random, rng.randrange
    parents = array("i", (-1, -1))
    tips = [0]
    for rev in range(1, count):
        line = below(len(tips))
        second = -1
        if len(tips) < 500:
            parents.extend((tips[line], -1))
            if chance() < 0.3:
                tips.append(rev)
            else:
                tips[line] = rev
            continue
        what = chance()
        if what < 0.005:
            second = tips[below(len(tips))]
        first = tips[line]
        if what > 0.99:  # a line is given up, and another starts at its side
            first = tips[below(len(tips))]
        parents.extend((first, second if second != first else -1))
        tips[line] = rev
    return parents


def merge_heavy(count: int, seed: int = 42) -> array[int]:
    """Forty lines that merge from one another all the time: every second revision."""
    rng = random.Random(seed)
    chance, below = rng.random, rng.randrange
    parents = array("i", (-1, -1))
    tips = [0]
    for rev in range(1, count):
        if len(tips) < 40:
            parents.extend((tips[below(len(tips))], -1))
            tips.append(rev)
            continue
        line, other = below(40), below(40)
        merges = line != other and chance() < 0.5
        parents.extend((tips[line], tips[other] if merges else -1))
        tips[line] = rev
    return parents


def bands(count: int, lines: int = 3, seed: int = 42) -> array[int]:
    """Some branches side by side, with many merges inside each and nothing in common."""
    below = random.Random(seed).randrange
    parents = array("i")
    for rev in range(count):
        before = rev // lines
        if before < 8:
            parents.extend((rev - lines if before else -1, -1))
            continue
        p1, p2 = rev - lines * (1 + below(3)), rev - lines * (1 + below(6))
        parents.extend((p1, p2 if p2 != p1 else -1))
    return parents


def star(count: int, heads: int = 1000) -> array[int]:
    """A trunk, and in the end a thousand heads, or some others, all along it."""
    heads = min(heads, count // 2)
    trunk = count - heads
    parents = linear(trunk)
    for head in range(heads):
        parents.extend((head * trunk // heads, -1))
    return parents


def ladder(count: int) -> array[int]:
    """Two lines that merge from each other at every step, criss-cross."""
    parents = array("i", (-1, -1, -1, -1))
    for rev in range(2, count):
        parents.extend((rev - 2, rev - 3 if rev % 2 else rev - 1))
    return parents


def comb(count: int) -> array[int]:
    """A line with a tooth on each revision, all of them merged one after the other."""
    teeth = count // 3
    parents = linear(teeth)
    for rev in range(teeth, 2 * teeth):
        parents.extend((rev - teeth, -1))
    for rev in range(2 * teeth, count):
        parents.extend((rev - 1, max(0, 4 * teeth - 1 - rev)))
    return parents


def roots(count: int) -> array[int]:
    """As many roots as merges, which bring them together one by one."""
    half = count // 2
    parents = array("i", (-1, -1)) * half
    for rev in range(half, count):
        parents.extend((rev - 1, rev - half))
    return parents


BAD_SHAPES = {"bands": bands, "star": star, "ladder": ladder, "comb": comb, "roots": roots}
SHAPES = {
    "linear": linear,
    "bushy": bushy,
    "merge-heavy": merge_heavy,
    "project-like": like_a_project,
}
SHAPES.update(BAD_SHAPES)


def statistics(parents: array[int]) -> dict[str, int]:
    """What characterises a history: counts of its revisions, merges, heads and so on."""
    count = len(parents) // 2
    childless = bytearray(b"\1") * count
    of_tip = bytearray(count)
    level = array("i", bytes(4 * count))
    merges = follows = 0
    for rev in range(count):
        p1, p2 = parents[2 * rev], parents[2 * rev + 1]
        merges += p2 >= 0
        follows += p1 == rev - 1
        for parent in (p1, p2):
            if parent >= 0:
                childless[parent] = 0
                level[rev] = max(level[rev], level[parent] + 1)
    if count:
        of_tip[count - 1] = 1
    for rev in range(count - 1, -1, -1):
        if of_tip[rev]:
            for parent in parents[2 * rev : 2 * rev + 2]:
                if parent >= 0:
                    of_tip[parent] = 1
    return {
        "revisions": count,
        "merges": merges,
        "heads": sum(childless),
        "ancestors_of_tip": sum(of_tip),
        "longest_path": max(level, default=0),
        "following_the_one_before": follows,
    }


def pairs(parents: array[int]) -> list[tuple[int, int]]:
    """Returns the parents as pairs."""
    return list(zip(parents[::2], parents[1::2]))


def write_repository(parents: array[int], where: Path) -> None:
    """Makes `where` a Mercurial repository with such a history.

    It has the index of a changelog whose texts are empty, and nothing else: enough for all that
    asks about the graph. Nodes are made of the revision's number, scattered as hashes are.
    """
    store = where / ".hg" / "store"
    store.mkdir(parents=True)
    (where / ".hg" / "requires").write_bytes(_REQUIRES)
    pack, scatter = _ENTRY.pack, struct.Struct(">QQI").pack
    with open(store / "00changelog.i", "wb", buffering=1 << 20) as index:
        for rev in range(len(parents) // 2):
            node = scatter((rev + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF, rev, rev & 0xFFFF)
            entry = pack(0, 0, 0, rev, rev, parents[2 * rev], parents[2 * rev + 1], node)
            index.write(entry if rev else _FORMAT + entry[4:])


def main() -> None:
    """Makes what the command line names."""
    shape, count, folder = sys.argv[1:]
    parents = SHAPES[shape](int(count))
    write_repository(parents, Path(folder))
    (Path(folder) / "parents").write_bytes(parents.tobytes())


if __name__ == "__main__":
    main()
