# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that are forked while threads are in the middle of something."""

from __future__ import annotations

import os
import threading
import time

import pytest
from harness import PYPY, leaving_threads
from longwork import NULL
from test_lifetimes import wait_for
from vermilion import Graph, PartialDiscovery

pytestmark = [
    leaving_threads,
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]

LENGTH = 400_000
TIP = LENGTH - 1
# Merges everywhere, for labels to take their time.
PAIRS = [(rev - 1, rev - 5 if rev % 4 == 0 and rev > 5 else NULL) for rev in range(LENGTH)]


def in_a_child(work):
    """Forks; the child has to do `work` and be content with it."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    assert wait_for(pid) == 0


def at_all_times(begin, work, rounds=10, longest=0.1):
    """Forks at different moments of what `begin()` starts in a thread; it gives what the
    child's `work` is about."""
    for number in range(rounds):
        subject, act = begin()
        thread = threading.Thread(target=act, daemon=True)
        thread.start()
        time.sleep(longest * number / rounds)
        in_a_child(lambda: work(subject))
        thread.join(60)
        assert not thread.is_alive()
        assert work(subject)


def test_labels_in_the_making():
    def begin():
        graph = Graph.from_parents(PAIRS[:])
        while graph.memory["labels"] == 0 and len(graph.only([TIP], [])) == LENGTH:
            asked[0] += 1
            if asked[0] % 8 == 0:
                break
        return graph, lambda: graph.is_ancestor(3, TIP)

    asked = [0]
    at_all_times(begin, lambda graph: graph.is_ancestor(7, TIP) and graph.memory["labels"] > 0)


def test_a_graph_that_is_asked_can_be_changed_in_the_child():
    def begin():
        graph = Graph.from_parents(PAIRS[:])
        return graph, lambda: [graph.toposort(range(LENGTH)) for _ in range(2)]

    def work(graph):
        graph.truncate(LENGTH // 2)
        graph.extend([(5, NULL)])
        return graph.children(5)[-1] == LENGTH // 2 and len(graph) == LENGTH // 2 + 1

    at_all_times(begin, work)


def test_a_discovery():
    graph = Graph.from_parents(PAIRS)

    def begin():
        discovery = PartialDiscovery(graph, [TIP])
        return discovery, lambda: [discovery.take_full_sample([TIP], 100) for _ in range(3)]

    def work(discovery):
        discovery.add_info([(1000, True), (LENGTH // 2, False)])
        return discovery.undecided == graph.range(
            [1001], [LENGTH // 2 - 1]
        ) and discovery.common_heads() == {1000}

    at_all_times(begin, work)


def test_missing_ancestors():
    graph = Graph.from_parents(PAIRS)

    def begin():
        missing = graph.missing_ancestors([10])
        return missing, lambda: [missing.missing_ancestors([TIP]) for _ in range(3)]

    def work(missing):
        missing.add_bases([TIP - 2])
        return missing.missing_ancestors([TIP]) == [TIP - 1, TIP] and missing.bases == {10, TIP - 2}

    at_all_times(begin, work)


def test_lazy_ancestors():
    graph = Graph.from_parents(PAIRS)

    def begin():
        ancestors = graph.ancestors([TIP])
        return ancestors, lambda: [sum(ancestors), 0 in ancestors]

    def work(ancestors):
        return sum(ancestors) == TIP * (TIP - 1) // 2 and 0 in ancestors and TIP not in ancestors

    at_all_times(begin, work)


def test_an_iterator_of_ancestors():
    """What another thread took is gone; the rest comes, or an error where that cannot be."""
    graph = Graph.from_parents(PAIRS)

    def begin():
        iterator = iter(graph.ancestors([TIP]))
        return iterator, lambda: [0 for _ in iterator]

    def work(iterator):
        try:
            left = list(iterator)
        except RuntimeError as error:
            return PYPY and "forked" in str(error)
        return left == sorted(left, reverse=True)[: len(left)] and (not left or left[-1] == 0)

    at_all_times(begin, work)


def test_many_common_ancestors():
    heads = [(NULL, NULL)] + [(0, NULL)] * 3000 + [(rev, NULL) for rev in range(3000, 40_000)]
    graph = Graph.from_parents(heads)
    at_all_times(
        lambda: (graph, lambda: graph.common_ancestor_heads(*range(1, 3000))),
        lambda graph: graph.common_ancestor_heads(*range(1, 3000)) == [0],
    )
