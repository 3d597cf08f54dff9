# SPDX-License-Identifier: GPL-2.0-or-later
"""How long whole processes take, two kinds in turn."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def _once(command: Sequence[str], env: Mapping[str, str], where: Path) -> tuple[float, float]:
    """Seconds by the clock and of the processor that one process takes."""
    null = os.open(os.devnull, os.O_RDWR)
    try:
        start = time.perf_counter()
        # The folder is changed by env -C, which is the same small cost for all.
        pid = os.posix_spawnp(
            "env",
            ["env", "-C", str(where), *command],
            dict(env),
            file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1)],
        )
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - start
    finally:
        os.close(null)
    if status != 0:
        raise RuntimeError(f"status {status}: {' '.join(command)}")
    return wall, usage.ru_utime + usage.ru_stime


def compare(
    plain: Sequence[str], more: Sequence[str], env: Mapping[str, str], where: Path, runs: int
) -> dict[str, float]:
    """What `more` takes beyond `plain`, which run in turn: medians, in seconds.

    `added` is the median of the differences between neighbours, by the clock;
    `added_processor` is the same of the processor's time.
    """
    rows = []
    for number in range(runs + 2):
        order = (plain, more) if number % 2 else (more, plain)
        times = {id(command): _once(command, env, where) for command in order}
        if number > 1:  # the first runs read files from disk and write byte code
            rows.append((*times[id(plain)], *times[id(more)]))
    median = statistics.median
    return {
        "without": median(row[0] for row in rows),
        "with": median(row[2] for row in rows),
        "added": median(row[2] - row[0] for row in rows),
        "without_processor": median(row[1] for row in rows),
        "with_processor": median(row[3] for row in rows),
        "added_processor": median(row[3] - row[1] for row in rows),
        "runs": len(rows),
    }
