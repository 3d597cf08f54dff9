"""One of benches/ways in a fresh process: python ways_worker.py WAY FOLDER ROUNDS

Prints a JSON object of seconds of the processor. Imports next to nothing before the
module under test, which is to pay for what it needs.
"""

import sys
import time

# The talk's loop, and how many of them are timed at once.
ADDITIONS, LOOPS = 1_000, 20
TEXTS = 1_000_000

processor = time.process_time


def load(way, folder):
    """Imports the module as its users do."""
    if way == "ours":
        import vermilion.hpy

        return vermilion.hpy.load("talk", folder + "/talk.hpy0.so")
    sys.path.insert(0, folder)
    import talk

    return talk


def timed(function, *arguments):
    """(seconds, result)"""
    start = processor()
    result = function(*arguments)
    return processor() - start, result


def additions(add_two):
    """What the talk has in its loop; 2,000."""
    number = 0
    for _ in range(ADDITIONS):
        number = add_two(number)
    return number


def loops(add_two, times):
    for _ in range(times):
        additions(add_two)


def main(way, folder, rounds):
    found = {}
    found["import"], talk = timed(load, way, folder)
    found["add_first"], three = timed(talk.add_two, 1)
    texts = ["a short text, number %d" % number for number in range(TEXTS)]
    found["upper_first"], answer = timed(talk.upper, texts)
    # The other side is what Python itself says.
    same = three == 3 and additions(talk.add_two) == 2 * ADDITIONS
    same = same and list(answer) == [text.upper() for text in texts]
    found["upper"] = []
    for number in range(1 + rounds):
        answer = None  # dropped outside of the time
        spent, answer = timed(talk.upper, texts)
        if number >= 1:
            found["upper"].append(spent)
    # PyPy compiles a loop after a while only.
    loops(talk.add_two, 2_000 if sys.implementation.name == "pypy" else 200)
    found["add"] = [timed(loops, talk.add_two, LOOPS)[0] / LOOPS / ADDITIONS for _ in range(10 * rounds)]

    import json

    found.update(same=same, interpreter=sys.version.replace("\n", " "))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
