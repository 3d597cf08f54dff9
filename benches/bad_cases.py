# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad histories: what each operation takes on them beside Mercurial, and how that grows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Callable

import bounds
import histories
from common import cache_dir, say
from places import Places

# Mercurial with C, and in pure Python where there is a JIT.
PEERS = ("c", "pure")


def measure(
    where: Places, work: Callable[..., Any], generate: Callable[..., None], quick: bool
) -> dict[str, Any]:
    """All of this section: for each peer and shape, a list by size of rows by operation."""
    results: dict[str, Any] = {
        peer: {shape: [] for shape in histories.BAD_SHAPES} for peer in PEERS
    }
    for shape in histories.BAD_SHAPES:
        slow: dict[str, list[str]] = {peer: [] for peer in PEERS}
        for count in bounds.BAD_SIZES[quick]:
            say(f"bad cases: {shape}, {count:,} revisions")
            with tempfile.TemporaryDirectory(prefix="vermilion-bench-", dir=cache_dir()) as scratch:
                parents, index = Path(scratch) / "parents", Path(scratch) / "index.i"
                generate(shape, count, parents)
                generate("index", parents, index)
                for peer in PEERS:
                    place = where.get(peer)
                    assert place is not None
                    keys = [key for key in bounds.BAD_CASES if key not in slow[peer]]
                    rows = work(place, "bad_cases", index=str(index), keys=keys)
                    results[peer][shape].append({"revisions": count, "rows": rows})
                    slow[peer] += [key for key in keys if rows[key]["peer"] > bounds.BAD_PATIENCE]
    return results
