# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes measurements in the interpreter that runs it: python worker.py < ORDER > FOUND

ORDER is a JSON object: `sides`, for each the name of a function of sides.py and its arguments;
`rows`, for each a question of every side; `rounds`; `budget`, seconds after which a row ends; `pieces`, by which times of a row are divided; `same`, whether answers are to be compared.
FOUND has for each row the samples, pairs of seconds by the clock and of the processor, of every
side, one for each round.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import statistics
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# One visit to a side measures for so long, or so often at most.
VISIT_SECONDS, VISIT_RUNS = 0.02, 40
# PyPy compiles a loop after a while only.
WARMUPS = 2 if sys.implementation.name == "cpython" else 6

clock, processor = time.perf_counter, time.process_time


class Timed(tuple):  # type: ignore[type-arg]
    """The times of an answer that somebody else took."""


class Question:
    """An expression or a loop, compiled with a side's names; what stands before `;` prepares."""

    def __init__(self, text: str, names: dict[str, Any], pieces: int) -> None:
        before, _, timed = text.rpartition("; ")
        self._prepare = eval(f"lambda: ({before or None})", names)
        if timed.startswith("for "):
            made: dict[str, Any] = {}
            exec(f"def ask(x):\n    {timed}", names, made)
            self._ask = made["ask"]
        else:
            self._ask = eval(f"lambda x: {timed}", names)
        self._pieces = pieces

    def run(self) -> tuple[list[float], Any]:
        """Asks once; returns the times, for each piece, and the answer."""
        prepared = self._prepare()
        start, busy = clock(), processor()
        answer = self._ask(prepared)
        busy, wall = processor() - busy, clock() - start
        wall, busy = answer if isinstance(answer, Timed) else (wall, busy)
        return [wall / self._pieces, busy / self._pieces], answer

    def visit(self) -> list[float]:
        """Asks a few times, if that is quick; returns the medians."""
        samples: list[list[float]] = []
        end = clock() + VISIT_SECONDS
        while len(samples) < VISIT_RUNS and (not samples or clock() < end):
            samples.append(self.run()[0])
        return [statistics.median(times) for times in zip(*samples)]


def alternate(questions: dict[str, Question], rounds: int, budget: float) -> dict[str, Any]:
    """Visits the sides in turn; the side that starts changes with every round."""
    samples: dict[str, list[list[float]]] = {side: [] for side in questions}
    start = clock()
    for _ in range(WARMUPS):
        for question in questions.values():
            if clock() < start + budget / 4:
                question.visit()
    for number in range(rounds):
        gc.collect()
        for side in list(questions) if number % 2 else list(reversed(list(questions))):
            samples[side].append(questions[side].visit())
        if clock() > start + budget and number >= 2:
            break
    return samples


def row(title: str, order: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    """Measures one row, after the answers of the first runs."""
    pieces = order.get("pieces", {}).get(title, 1)
    texts = order["rows"][title].items()
    questions = {side: Question(text, names[side], pieces) for side, text in texts}
    # The first runs count apart: it is then that labels are built and caches filled.
    first = {side: question.run() for side, question in questions.items()}
    answers = [answer for _, answer in first.values()]
    found = {
        "first": {side: times[0] for side, (times, _) in first.items()},
        "digest": hashlib.sha256(repr(answers[0]).encode()).hexdigest()[:16],
        "said": {side: answer for side, (_, answer) in first.items() if isinstance(answer, str)},
        "samples": alternate(questions, order["rounds"], order.get("budget", 60)),
    }
    if order.get("same"):
        found["same"] = all(answer == answers[0] for answer in answers)
    return found


def main() -> None:
    """Takes the order that stands on standard input."""
    # Mercurial asks where its settings are as soon as it is imported.
    os.environ["HGRCPATH"] = os.devnull
    import sides

    order = json.load(sys.stdin)
    made: dict[str, dict[str, Any]] = {}
    names = {}
    for side, (kind, given) in order["sides"].items():
        # Sides that are the same share what they have.
        key = json.dumps([kind, given])
        made[key] = names[side] = made.get(key) or getattr(sides, kind)(**given)
    found: dict[str, Any] = {
        "interpreter": sys.version.replace("\n", " "),
        "facts": {side: known.get("facts") for side, known in names.items()},
        "rows": {},
    }
    for title in order["rows"]:
        found["rows"][title] = row(title, order, names)
        print(title, file=sys.stderr, flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    # As a module, so that `Timed` is the one that others import.
    import worker

    worker.main()
