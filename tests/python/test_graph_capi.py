# SPDX-License-Identifier: GPL-2.0-or-later
"""The capsule vermilion.graph_capi: the graph for other native modules, here graph-probe.

The examples capsule_rust and capsule_c have tests of their own.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import threading

import hpy_host
import pytest
import vermilion
from harness import PYPY, leaving_threads
from vermilion import Graph


def collect():
    for _ in range(3 if PYPY else 1):
        gc.collect()


def line(length):
    return [(rev - 1, -1) for rev in range(length)]


def tangle(rng, length):
    """A history whose merges go far back."""
    lower = lambda rev, reach: max(rev - rng.randint(1, reach), -1)  # noqa: E731
    return [(lower(rev, 3), lower(rev, 50) if rng.random() < 0.3 else -1) for rev in range(length)]


@pytest.fixture(scope="module")
def probe():
    """The module `graph_probe`, which has a function for each question."""
    path = os.environ.get("VERMILION_GRAPH_PROBE")
    if not path:
        pytest.fail("VERMILION_GRAPH_PROBE must name the test extension, graph_probe.hpy0.so")
    return hpy_host.load("graph_probe", path)


@pytest.fixture
def graph():
    return Graph.from_parents([(-1, -1), (0, -1), (0, -1), (1, 2), (1, -1)])


def test_answers(probe, graph):
    id = graph.capi_id
    assert probe.len(graph) == probe.length(id) == 5
    assert probe.parents(id, 3) == (1, 2)
    assert probe.parents(id, -1) == (-1, -1)
    assert probe.is_ancestor(id, 1, 3) is True
    assert probe.is_ancestor(id, 3, 1) is False
    assert probe.is_ancestor(id, -1, 0) is True
    assert probe.ancestors(id, [3], 0, False) == [2, 1, 0]
    assert probe.ancestors(id, [3, 4], 1, True) == [4, 3, 2, 1]
    assert probe.ancestors(id, [-1], -1, True) == [-1]
    assert probe.ancestors(id, [], 0, True) == []
    assert probe.heads(id) == [3, 4]
    empty = Graph.from_parents([])
    assert probe.length(empty.capi_id) == 0
    assert probe.heads(empty.capi_id) == [-1]


@pytest.mark.parametrize("seed", range(5))
def test_answers_are_those_of_python(probe, seed):
    rng = random.Random(seed)
    parents = tangle(rng, [1, 10, 100, 1000, 20000][seed])
    graph = Graph.from_parents(parents)
    id, revs = graph.capi_id, range(-1, len(parents))
    assert probe.heads(id) == graph.heads()
    for _ in range(50):
        a, b, stop = rng.choice(revs), rng.choice(revs), rng.choice(revs)
        inclusive = rng.random() < 0.5
        assert probe.parents(id, a) == graph.parents(a)
        assert probe.is_ancestor(id, a, b) == graph.is_ancestor(a, b)
        expected = list(graph.ancestors([a, b], stop, inclusive))
        assert probe.ancestors(id, [a, b], stop, inclusive) == expected


def test_ids(probe, graph):
    assert isinstance(graph.capi_id, int) and graph.capi_id > 0
    assert graph.capi_id == graph.capi_id
    ids = {Graph.from_parents([]).capi_id for _ in range(200)}
    assert len(ids) == 200  # never used again, though the graphs were gone
    assert graph.capi_id not in ids
    with pytest.raises(AttributeError):
        graph.capi_id = 3


class Own(Graph):
    pass


def test_a_subclass(probe):
    assert probe.len(Own.from_parents(line(7))) == 7


def test_a_graph_that_is_gone(probe):
    graph = Graph.from_parents(line(3))
    id = graph.capi_id
    assert probe.length(id) == 3
    del graph
    collect()
    questions = [
        lambda: probe.length(id),
        lambda: probe.parents(id, 0),
        lambda: probe.is_ancestor(id, 0, 0),
        lambda: probe.ancestors(id, [0], 0, True),
        lambda: probe.ancestors_into(id, [0], 0),
        lambda: probe.heads(id),
        lambda: probe.length(0),
        lambda: probe.length(2**64 - 1),
    ]
    for question in questions:
        with pytest.raises(ReferenceError, match="^the graph is gone$"):
            question()


@pytest.mark.parametrize("rev", [5, -2, 2**31 - 1, -(2**31)])
def test_out_of_range(probe, graph, rev):
    id = graph.capi_id
    questions = [
        lambda: probe.parents(id, rev),
        lambda: probe.is_ancestor(id, rev, 0),
        lambda: probe.is_ancestor(id, 0, rev),
        lambda: probe.ancestors(id, [0, rev], 0, True),
        lambda: probe.ancestors_into(id, [rev], 5),
    ]
    for question in questions:
        with pytest.raises(IndexError, match="^a revision is out of range$"):
            question()


def test_buffers(probe):
    graph = Graph.from_parents(line(10000))
    id = graph.capi_id
    assert probe.ancestors_into(id, [3], 6) == (4, [3, 2, 1, 0, 99, 99])
    assert probe.ancestors_into(id, [3], 4) == (4, [3, 2, 1, 0])
    for room in 0, 3:
        with pytest.raises(ValueError, match="^the buffer is too small: 4 revisions$"):
            probe.ancestors_into(id, [3], room)
    count, found = probe.ancestors_into(id, [9999], 10001)
    assert count == 10000
    assert found == [*range(9999, -1, -1), 99]
    with pytest.raises(ValueError, match="10000 revisions"):
        probe.ancestors_into(id, [9999], 9999)


def test_a_graph_that_changes(probe, graph):
    id = graph.capi_id
    before = graph.ancestors([4])
    graph.extend([(4, -1), (5, 3)])
    assert graph.capi_id == id
    assert probe.length(id) == 7
    assert probe.ancestors(id, [6], 0, False) == [5, 4, 3, 2, 1, 0]
    graph.truncate(2)
    assert probe.length(id) == 2
    with pytest.raises(IndexError):
        probe.parents(id, 4)
    with pytest.raises(ValueError):
        graph.extend([(9, -1)])
    assert probe.length(id) == 2
    assert list(before) == [1, 0]


def test_a_change_copies_nothing(probe):
    graph = Graph.from_parents(line(1000))
    id = graph.capi_id
    assert probe.length(id) == 1000
    before = graph.memory["parents"]
    graph.extend([(999, -1)])
    after = graph.memory["parents"]
    # A vector that grows in place gets room for more; a copy would not have it.
    assert after >= before * 3 // 2


NO_GRAPHS = [None, 3, "graph", object(), vermilion.RevSet()]


@pytest.mark.parametrize("value", NO_GRAPHS, ids=lambda value: type(value).__name__)
def test_no_graph(probe, value):
    with pytest.raises(TypeError) as caught:
        probe.len(value)
    assert str(caught.value) == "expected a vermilion.Graph, got " + type(value).__name__


def test_a_bad_id(probe):
    class Fake:
        def __init__(self, id):
            self.capi_id = id

    with pytest.raises(TypeError):
        probe.len(Fake("7"))
    with pytest.raises(OverflowError):
        probe.len(Fake(-1))
    with pytest.raises(ReferenceError):
        probe.len(Fake(0))

    class Raising:
        @property
        def capi_id(self):
            raise KeyError("not now")

    with pytest.raises(KeyError, match="not now"):
        probe.len(Raising())


WRONG = [
    ("later", ImportError, "vermilion.graph_capi has version 2, and version 1 is needed"),
    ("larger", ImportError, "vermilion.graph_capi has 72 bytes, and 64 are needed"),
    ("fields", ImportError, "vermilion.graph_capi has other fields than are needed"),
    (
        "name",
        ValueError,
        "expected a capsule named vermilion.graph_capi, got one named vermilion.other_capi",
    ),
]


@pytest.mark.parametrize("kind, error, message", WRONG)
def test_a_wrong_capsule(probe, graph, monkeypatch, kind, error, message):
    monkeypatch.setattr(vermilion, "graph_capi", probe.capsule(kind))
    with pytest.raises(error) as caught:
        probe.len(graph)
    assert str(caught.value) == message


def test_no_capsule(probe, graph, monkeypatch):
    monkeypatch.setattr(vermilion, "graph_capi", 3)
    with pytest.raises(TypeError, match="^expected a capsule named vermilion.graph_capi, got int$"):
        probe.len(graph)
    monkeypatch.delattr(vermilion, "graph_capi")
    with pytest.raises(AttributeError, match="graph_capi"):
        probe.len(graph)
    monkeypatch.setitem(sys.modules, "vermilion", None)
    with pytest.raises(ImportError, match="vermilion"):
        probe.len(graph)


def test_the_capsule():
    assert type(vermilion.graph_capi).__name__ == "PyCapsule"
    assert "vermilion.graph_capi" in repr(vermilion.graph_capi)
    assert "graph_capi" in vermilion.__all__


def test_the_table_outlives_the_capsule(python, probe):
    out = python(
        "import gc, sys, hpy_host, vermilion\n"
        "probe = hpy_host.load('graph_probe', sys.argv[1])\n"
        "graph = vermilion.Graph.from_parents([(-1, -1)])\n"
        "for _ in range(3):\n"
        "    capsule = vermilion.graph_capi\n"
        "    del vermilion.graph_capi, vermilion._native.graph_capi\n"
        "    vermilion.graph_capi = vermilion._native.graph_capi = capsule\n"
        "    assert probe.len(graph) == 1\n"
        "del capsule, vermilion.graph_capi, vermilion._native.graph_capi\n"
        "gc.collect()\n"
        "print('ended')\n",
        probe.__file__,
    )
    assert out == "ended"


@leaving_threads
def test_eight_threads_while_the_graph_changes(probe):
    graph = Graph.from_parents(line(1000))
    results = []
    hammering = threading.Thread(target=lambda: results.append(probe.hammer(graph, 8, 500)))
    hammering.start()
    changes = 0
    while hammering.is_alive():
        graph.extend([(len(graph) - 1, len(graph) - 5)] * 1)
        changes += 1
        if changes % 10 == 0:
            graph.truncate(1000)
    hammering.join()
    ((answered, unanswered),) = results
    assert answered + unanswered == 4000
    # A question may meet a graph that was just cut off.
    assert answered > 0
    assert changes > 0


@leaving_threads
def test_eight_threads_while_the_graph_goes(probe):
    for _ in range(10):
        graph = Graph.from_parents(line(100))
        graph.capi_id
        results = []
        hammering = threading.Thread(
            target=lambda graph: results.append(probe.hammer(graph, 8, 200)), args=(graph,)
        )
        hammering.start()
        del graph
        others = [Graph.from_parents(line(3)) for _ in range(20)]
        assert len({other.capi_id for other in others}) == 20
        del others
        hammering.join()
        assert sum(results[0]) == 1600


@leaving_threads
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_forks_while_threads_ask(python, probe):
    """The children change the graph, ask it, and end as any process."""
    out = python(
        "import os, sys, threading, vermilion, hpy_host, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "probe = hpy_host.load('graph_probe', sys.argv[1])\n"
        "graph = vermilion.Graph.from_parents([(n - 1, -1) for n in range(50)])\n"
        "for _ in range(200): graph.is_ancestor(0, 49)\n"
        "assert graph.memory['labels']\n"
        # What is made once must not be in the making when a child begins.
        "assert probe.length(graph.capi_id) == 50\n"
        "asking = threading.Thread(target=probe.hammer, args=(graph, 4, 3000))\n"
        "asking.start()\n"
        "good = 0\n"
        "for _ in range(20):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        graph.extend([(49, -1)])\n"
        "        other = vermilion.Graph.from_parents([])\n"
        "        fine = probe.length(other.capi_id) == 0\n"
        "        fine = fine and probe.length(graph.capi_id) == 51\n"
        "        fine = fine and probe.ancestors(graph.capi_id, [3], 0, True) == [3, 2, 1, 0]\n"
        "        del graph, other\n"
        "        os._exit(7 if fine else 1)\n"
        "    good += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7\n"
        "asking.join()\n"
        "print(good)\n",
        probe.__file__,
    )
    assert out == "20"
