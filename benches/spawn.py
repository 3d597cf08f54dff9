# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs whole programs in turn: python -I -S spawn.py < ORDER > FOUND, as worker.py does questions.

ORDER has `rounds`, `warmups`, and `rows`, for each by side its `argv`, `env` and `cwd`; maybe a
file for its `output` in the first round, `every`, in which rounds it runs, where None stands for
the others, and commands that are run `before` each time. A sample is the seconds by the clock, of
the processor, the most memory in bytes, and the seconds of the processor outside the system.

A child counts the memory of who started it as its own until it is a program: this one has little.
"""

import json
import os
import random
import sys
import time


def once(command, output):  # type: ignore[no-untyped-def]
    """Runs a command; returns [seconds, of the processor, bytes, of the processor as a user]."""
    for argv in command.get("before", ()):
        once({**command, "argv": argv, "before": ()}, os.devnull)
    opened = [os.open(os.devnull, os.O_RDONLY)]
    opened.append(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666))
    try:
        os.chdir(command["cwd"])
        actions = [(os.POSIX_SPAWN_DUP2, fd, target) for target, fd in enumerate(opened)]
        argv, env = command["argv"], command["env"]
        # Users have byte code.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        start = time.perf_counter()
        pid = os.posix_spawn(argv[0], argv, env, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - start
    finally:
        for fd in opened:
            os.close(fd)
    if status != 0:
        raise SystemExit("status %d: %s" % (status, " ".join(argv)))
    used = usage.ru_utime + usage.ru_stime
    return [wall, used, usage.ru_maxrss * 1024, usage.ru_utime]


def main():  # type: ignore[no-untyped-def]
    """Takes the order that stands on standard input."""
    order, rng = json.load(sys.stdin), random.Random(42)
    found = {}
    for row, sides in order["rows"].items():
        samples = {side: [] for side in sides}
        for number in range(-order["warmups"], order["rounds"]):
            for side in rng.sample(list(sides), len(sides)):
                command = sides[side]
                if number > 0 and number % command.get("every", 1):
                    samples[side].append(None)
                    continue
                output = command.get("output") if number == -order["warmups"] else None
                sample = once(command, output or os.devnull)
                if number >= 0:
                    samples[side].append(sample)
        found[row] = {"samples": samples}
    json.dump({"rows": found}, sys.stdout)


main()
