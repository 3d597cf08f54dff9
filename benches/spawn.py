# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs whole processes in turn: python -I -S spawn.py < PLAN > SAMPLES, both JSON.

The plan has `runs`, the number of rounds that count, and `commands`: for each name its
`argv`, `env`, `cwd`, the exit codes that are `ok`, a file for its `output`, and `every`:
in which rounds it runs. A sample is the seconds by the clock, those of the processor, and
the most memory in bytes.

It is a process of its own because a child counts the memory of who started it as its own
until it is a program: this one has little.
"""

import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Rounds before those that count: they read files from disk, write byte code, and let the
# contenders put down in the dirstate or index what they found out. Those that do not run
# in every round have one.
WARMUPS = 2


def once(command: "dict[str, Any]", output: str) -> "tuple[float, float, int]":
    """Runs a command; returns (seconds, of the processor, bytes)."""
    opened = [
        os.open(os.devnull, os.O_RDONLY),
        os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666),
    ]
    try:
        os.chdir(command["cwd"])
        actions = [(os.POSIX_SPAWN_DUP2, fd, target) for target, fd in enumerate(opened)]
        start = time.perf_counter()
        pid = os.posix_spawn(
            command["argv"][0], command["argv"], command["env"], file_actions=actions
        )
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - start
    finally:
        for fd in opened:
            os.close(fd)
    if not os.WIFEXITED(status) or os.WEXITSTATUS(status) not in command["ok"]:
        raise SystemExit("status %d: %s" % (status, " ".join(command["argv"])))
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> None:
    plan = json.load(sys.stdin)
    commands = plan["commands"]
    samples: dict[str, dict[int, Any]] = {name: {} for name in commands}
    for number in range(-WARMUPS, plan["runs"]):
        order = list(commands) if number % 2 else list(reversed(list(commands)))
        for name in order:
            if number == -1 or (number < 0 and commands[name]["every"] == 1):
                once(commands[name], commands[name]["output"])
            elif number % commands[name]["every"] == 0:
                samples[name][number] = once(commands[name], os.devnull)
    json.dump(samples, sys.stdout)


if __name__ == "__main__":
    main()
