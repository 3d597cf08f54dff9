# SPDX-License-Identifier: GPL-2.0-or-later
"""One of examples/ways in a fresh process: python ways_worker.py WAY FOLDER ROUNDS

Imports next to nothing before the module under test, which is to pay for what it needs.
"""

import sys
import time

# How many calls of add_two are timed at once, and the additions in each.
CALLS, ADDITIONS, TEXTS = 1_000, 1_000, 1_000_000
# Whose sums fit into 64 bits a thousand times; and some whose sums do not, be it soon,
# halfway, at the last addition, or at once.
FITTING = ((1, 2), (-7, 3), (0, 0), (2**63 - 1, -(2**63)), (2**53, 2**47))
TOO_LARGE = ((2**62, 1), (2**53, 2**53), (-(2**63) // 1000, -1), (2**63 - 1, 1))

processor = time.process_time


def load(way, folder):
    """Imports the module as its users do."""
    if way == "ours":
        import hpy_host

        return hpy_host.load("talk", folder + "/talk.hpy0.so")
    sys.path.insert(0, folder)
    import talk

    return talk


def timed(function, *arguments):
    """Returns (seconds, result)."""
    start = processor()
    result = function(*arguments)
    return processor() - start, result


def calls(add_two, a, b, times):
    """Runs the loop around the calls, which is Python's and counts."""
    for _ in range(times):
        add_two(a, b)


def right(way, talk):
    """Says whether both functions give Python's answers, or what they promise else."""
    for a, b in FITTING:
        correct = ADDITIONS * (a + b)
        if (talk.add_two(a, b), talk.add_two_checked(a, b)) != (correct, correct):
            return False
    for a, b in TOO_LARGE:
        correct = ADDITIONS * (a + b)
        wrapped = (correct + 2**63) % 2**64 - 2**63  # what 64 bits keep of it
        if talk.add_two(a, b) != (correct if way == "python" else wrapped):
            return False
        try:
            if talk.add_two_checked(a, b) != correct or way != "python":
                return False
        except OverflowError:
            if way == "python":
                return False
    return True


def main(way, folder, rounds):
    """Returns what is found: seconds of the processor, by what was done."""
    rows = {}
    spent, talk = timed(load, way, folder)
    rows["import"] = [spent]
    spent, answer = timed(talk.add_two, 1, 2)
    rows["first `add_two`"] = [spent]
    # The other side is what Python itself says.
    same = answer == 3 * ADDITIONS
    texts = ["a short text, number %d" % number for number in range(TEXTS)]
    first, answer = timed(talk.upper, texts)
    same = same and list(answer) == [text.upper() for text in texts]
    upper = []
    for _ in range(1 + rounds):
        answer = None  # dropped outside of the time
        spent, answer = timed(talk.upper, texts)
        upper.append(spent)
    # PyPy compiles a loop after a while only.
    warm = 1_000_000 if sys.implementation.name == "pypy" else 10_000
    for key in ("add_two", "add_two_checked"):
        function = getattr(talk, key)
        calls(function, 1, 2, warm)
        repeated = range(10 * rounds)
        rows["`%s`" % key] = [timed(calls, function, 1, 2, CALLS)[0] / CALLS for _ in repeated]
    rows.update({"first `upper`": [first], "`upper`": upper[1:]})
    # Last: large ints make a JIT think again.
    same = same and right(way, talk)
    samples = {key: [(spent, spent) for spent in taken] for key, taken in rows.items()}
    return {"rows": samples, "same": same, "interpreter": sys.version.replace("\n", " ")}


if __name__ == "__main__":
    found = main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    import json

    print(json.dumps(found))
