# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes measurements in the interpreter that runs it: python worker.py TASK ARGUMENTS

Started by run.py, once for each interpreter and task. TASK is one of the functions in
TASKS, ARGUMENTS a JSON object of its arguments; its result is printed as JSON.
"""

from __future__ import annotations

import gc
import json
import os
import random
import statistics
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Times = tuple[float, float]
    Prepare = Callable[[], Any]
    Question = Callable[[Any], Any]

clock = time.perf_counter
# Of all threads of this process. Other programs on the machine lengthen what the clock
# on the wall shows, and the long questions more than the short ones.
processor = time.process_time

# One visit to a side measures for so long, or so often at most.
VISIT_SECONDS, VISIT_RUNS = 0.02, 40


class Case:
    """An operation of one side: `prepare()` is not timed, `question(prepared)` is."""

    def __init__(self, prepare: Prepare, question: Question) -> None:
        self.prepare = prepare
        self.question = question

    def run(self) -> tuple[Times, Any]:
        """(seconds by the clock and of the processor, answer) of one run."""
        prepared = self.prepare()
        start, busy = clock(), processor()
        answer = self.question(prepared)
        busy = processor() - busy
        return (clock() - start, busy), answer

    def visit(self, into: list[Times]) -> None:
        """Runs a few times, if it is quick, and puts down how long each run took."""
        spent = 0.0
        for _ in range(VISIT_RUNS):
            times, _ = self.run()
            into.append(times)
            spent += times[0]
            if spent > VISIT_SECONDS:
                return


def summary(seconds: list[float]) -> dict[str, float]:
    """Median, quartiles and count of some runs."""
    quartiles = statistics.quantiles(seconds, n=4) if len(seconds) > 1 else [seconds[0]] * 3
    return {
        "median": statistics.median(seconds),
        "low": quartiles[0],
        "high": quartiles[2],
        "least": min(seconds),
        "runs": len(seconds),
    }


def both(times: list[Times]) -> dict[str, Any]:
    """The summary by the clock, and that of the processor's time as `processor`."""
    return {
        **summary([wall for wall, _ in times]),
        "processor": summary([busy for _, busy in times]),
    }


def alternate(
    cases: dict[str, Case], rounds: int, warmups: int, budget: float
) -> dict[str, dict[str, Any]]:
    """Visits the sides in turn; the side that starts changes with every round."""
    samples: dict[str, list[Times]] = {name: [] for name in cases}
    end = clock() + budget
    for number in range(warmups + rounds):
        order = list(cases) if number % 2 else list(reversed(cases))
        gc.collect()
        for name in order:
            cases[name].visit(samples[name] if number >= warmups else [])
        if clock() > end and number >= warmups + 2:
            break
    return {name: both(times) for name, times in samples.items()}


def beside_peer(
    repository: str, peer: str, rounds: int, budget: float, keys: list[str]
) -> dict[str, Any]:
    """The operations `keys`, ours and Mercurial's in turn, after comparing the answers."""
    import sides

    peer_side = sides.Mercurial(repository, peer)
    ours_side = sides.Vermilion(repository, peer_side.inputs)
    rows: dict[str, Any] = {}
    for key in keys:
        cases = {"ours": getattr(ours_side, key)(), "peer": getattr(peer_side, key)()}
        # The first runs count apart: it is then that labels are built and caches filled.
        first = {name: case.run() for name, case in cases.items()}
        same = first["ours"][1] == first["peer"][1]
        rows[key] = alternate(cases, rounds, 2, budget)
        rows[key]["same"] = same
        for name, (times, _) in first.items():
            rows[key][name]["first"] = times[0]
        print("%s %s" % (key, "" if same else "DIFFERS"), file=sys.stderr, flush=True)
    return {
        "rows": rows,
        "peer": peer_side.description,
        "interpreter": sys.version.replace("\n", " "),
    }


def operations(repository: str, rounds: int, budget: float, keys: list[str]) -> dict[str, Any]:
    """The operations `keys`, ours alone, with a digest of the answers."""
    import hashlib

    import sides
    import vermilion

    graph = vermilion.Graph.open(repository)
    parents = [graph.parents(rev) for rev in range(len(graph))]
    side = sides.Vermilion(repository, sides.Inputs(parents, list(graph.heads())))
    rows: dict[str, Any] = {}
    for key in keys:
        case = getattr(side, key)()
        _, answer = case.run()
        # PyPy compiles a loop after a while only.
        rows[key] = alternate({"ours": case}, rounds, 4, budget)["ours"]
        rows[key]["answer"] = hashlib.sha256(repr(answer).encode()).hexdigest()[:16]
    return {
        "rows": rows,
        "host": vermilion.runtime().host,
        "interpreter": sys.version.replace("\n", " "),
    }


def crossings(count: int, rounds: int) -> dict[str, dict[str, float]]:
    """Nanoseconds for each crossing of the border, the measuring loop included."""
    import vermilion

    length = count + 1
    graph = vermilion.Graph.from_parents(linear_parents(length))
    native = graph._native
    missing = graph.missing_ancestors([5])
    numbers = vermilion.RevSet(range(count))
    some = list(range(count))
    ancestors = graph.ancestors([length - 1], inclusive=True)
    list(ancestors)

    def empty(times: range) -> None:
        for _ in times:
            pass

    def no_argument(times: range) -> None:
        has_bases = missing.has_bases
        for _ in times:
            has_bases()

    def two_ints(times: range) -> None:
        is_ancestor = native.is_ancestor
        for rev in times:
            is_ancestor(rev, rev)

    def two_ints_python(times: range) -> None:
        is_ancestor = graph.is_ancestor
        for rev in times:
            is_ancestor(rev, rev)

    def pair_result(times: range) -> None:
        parents = native.parents
        for rev in times:
            parents(rev)

    def in_set(times: range) -> None:
        for rev in times:
            rev in numbers

    def in_ancestors(times: range) -> None:
        for rev in times:
            rev in ancestors

    def item_ancestors(times: range) -> None:
        for _ in graph.ancestors([len(times)]):
            pass

    def item_set(times: range) -> None:
        for _ in numbers:
            pass

    def list_argument(times: range) -> None:
        graph.heads(some)

    def list_result(times: range) -> None:
        graph.missing_ancestors([0]).missing_ancestors([len(times)])

    def python_in_set(times: range, known: set[int] = set(some)) -> None:
        for rev in times:
            rev in known

    measured = {
        "an empty loop": empty,
        "`in` on Python's own set": python_in_set,
        "call without arguments": no_argument,
        "call with two ints": two_ints,
        "the same through a Python method": two_ints_python,
        "call with an int, result a pair": pair_result,
        "`in` on a RevSet": in_set,
        "`in` on lazy ancestors": in_ancestors,
        "item of lazy ancestors": item_ancestors,
        "item of a RevSet": item_set,
        "item of a list as argument": list_argument,
        "item of a list as result": list_result,
    }
    samples: dict[str, list[float]] = {name: [] for name in measured}
    for number in range(rounds + 2):
        for name, function in measured.items():
            start = processor()
            function(range(count))
            if number > 1:
                samples[name].append((processor() - start) / count * 1e9)
    return {name: summary(seconds) for name, seconds in samples.items()}


def linear_parents(length: int) -> Any:
    """The packed parents of a history without branches."""
    from array import array

    parents = array("i", bytes(8 * length))
    for rev in range(length):
        parents[2 * rev], parents[2 * rev + 1] = rev - 1, -1
    return parents


def resident() -> dict[str, int]:
    """Bytes of this process in memory: its own, and of mapped files."""
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {
        name: int(fields[field].split()[0]) * 1024
        for name, field in (("own", "RssAnon"), ("files", "RssFile"))
    }


def memory(index: str, label: bool) -> dict[str, Any]:
    """What a Graph takes: as it says itself, and as the process grows."""
    import vermilion

    gc.collect()
    before = resident()
    graph = vermilion.Graph.open(index)
    opened = resident()
    result: dict[str, Any] = {
        "revisions": len(graph),
        "opened": graph.memory,
        "growth": {name: opened[name] - before[name] for name in before},
    }
    if label:
        rng = random.Random(1)
        revs = [(rng.randrange(len(graph)), rng.randrange(len(graph))) for _ in range(2000)]
        for a, b in revs:
            graph.is_ancestor(a, b)
            graph.common_ancestor_heads(a, b)
        for a, _ in revs:
            graph.rev(graph.node(a))
        asked = resident()
        result["asked"] = graph.memory
        result["asked_growth"] = {name: asked[name] - before[name] for name in before}
    return result


def opening(index: str, rounds: int) -> dict[str, Any]:
    """Seconds to open an index file."""
    import vermilion

    return both([Case(lambda: index, vermilion.Graph.open).run()[0] for _ in range(rounds)])


def growth(parents: str, rounds: int) -> dict[str, Any]:
    """The main operations on packed parents: medians of seconds of the processor."""
    import vermilion

    with open(parents, "rb") as file:
        packed = file.read()
    graph = vermilion.Graph.from_parents(packed)
    count = len(graph)
    tip = count - 1
    heads = graph.heads()
    rng = random.Random(7)
    pairs = [(rng.randrange(count), rng.randrange(count)) for _ in range(1000)]
    shared = vermilion.Graph.from_parents(packed)
    start = processor()
    for a, b in pairs[:300]:
        shared.is_ancestor(a, b)
        shared.common_ancestor_heads(a, b)
    labelled = processor() - start
    cases = {
        "from_parents": lambda: vermilion.Graph.from_parents(packed),
        "iterate all ancestors of all heads": lambda: sum(graph.ancestors(heads, inclusive=True)),
        "heads of everything": graph.heads,
        "missing ancestors, tip-1000 to tip": lambda: graph.missing_ancestors(
            [tip - 1000]
        ).missing_ancestors([tip]),
        "is_ancestor, a random pair": lambda: [shared.is_ancestor(a, b) for a, b in pairs],
        "common_ancestor_heads, a random pair": lambda: [
            shared.common_ancestor_heads(a, b) for a, b in pairs
        ],
    }
    result: dict[str, Any] = {"revisions": count, "300 first questions, labels included": labelled}
    for name, function in cases.items():
        seconds = [Case(lambda: None, lambda _, f=function: f()).run()[0][1] for _ in range(rounds)]
        pieces = len(pairs) if name.endswith("pair") else 1
        result[name] = statistics.median(seconds) / pieces
    result["bytes"] = shared.memory
    return result


def calls(**arguments: Any) -> dict[str, Any]:
    """See calls.py."""
    import calls

    return calls.calls(**arguments)


def status_parts(**arguments: Any) -> dict[str, Any]:
    """See status_worker.py."""
    import status_worker

    return status_worker.status_parts(**arguments)


def status_growth(**arguments: Any) -> dict[str, Any]:
    """See status_worker.py."""
    import status_worker

    return status_worker.status_growth(**arguments)


def bad_cases(**arguments: Any) -> dict[str, Any]:
    """See bad_cases_worker.py."""
    import bad_cases_worker

    return bad_cases_worker.bad_cases(**arguments)


def bad_files() -> list[dict[str, Any]]:
    """See bad_files_worker.py."""
    import bad_files_worker

    return bad_files_worker.bad_files()


_TASKS = (
    *(bad_cases, bad_files, beside_peer, operations, calls, crossings),
    *(memory, opening, growth, status_parts, status_growth),
)
TASKS = {task.__name__: task for task in _TASKS}

if __name__ == "__main__":
    # Mercurial asks where its settings are as soon as it is imported.
    os.environ["HGRCPATH"] = os.devnull
    print(json.dumps(TASKS[sys.argv[1]](**json.loads(sys.argv[2]))))
