# SPDX-License-Identifier: GPL-2.0-or-later
"""The garbage collector, threads and processes."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import signal
import threading
import time
import weakref

import pytest
from dag import Model
from harness import PYPY, in_threads, leaving_threads
from longwork import LONG, NULL, long_history, long_operations
from vermilion import Graph, PartialDiscovery, RevSet

PAIRS = long_history(40)

# -- lifetimes -----------------------------------------------------------------


def test_objects_outlive_what_they_were_made_from():
    graph = Graph.from_parents(PAIRS)
    model = Model(PAIRS)
    lazy = graph.ancestors([39])
    iterator, begun = iter(lazy), iter(graph.ancestors([39]))
    first = next(begun)
    missing = graph.missing_ancestors([5])
    discovery = PartialDiscovery(graph, [39])
    revs = iter(graph.only([39], [5]))
    bases = missing.bases
    del graph
    gc.collect()
    assert [first, *begun] == list(iterator) == list(lazy) == model.lazy([39], 0, False)
    assert missing.missing_ancestors([39]) == list(revs) == model.missing([39], [5])
    del missing
    gc.collect()
    assert bases == {5}
    assert set(discovery.undecided) == model.ancestors([39])


def test_graphs_in_reference_cycles_are_collected():
    class Mine(Graph):
        pass

    graph = Mine.from_parents(PAIRS)
    graph.me = graph
    graph.lazy = graph.ancestors([39])
    graph.iterator = iter(graph.lazy)
    next(graph.iterator)
    gone = weakref.ref(graph)
    del graph
    for _ in range(5):
        gc.collect()
    assert gone() is None


def test_garbage_is_collected_in_between():
    graph = Graph.from_parents(PAIRS)
    expected = Model(PAIRS).lazy([39], 0, False)
    threshold = gc.get_threshold() if not PYPY else None
    if not PYPY:
        gc.set_threshold(1)
    try:
        for _ in range(100):
            assert list(graph.ancestors([39])) == expected
            revs = graph.only([39], [5]) | {1, 2}
            revs ^= graph.descendants([3])
            iter(revs)
            with contextlib.suppress(IndexError):
                graph.heads([1000])
    finally:
        if not PYPY:
            gc.set_threshold(*threshold)


# -- threads -------------------------------------------------------------------


@leaving_threads
def test_threads_reading_one_graph_get_right_answers():
    graph = Graph.from_parents(LONG)
    fresh = Graph.from_parents(LONG)
    asked = [(rev * 7919 % 20_000, rev * 104_729 % 20_000) for rev in range(1, 300)]
    expected = {
        pair: (
            fresh.is_ancestor(*pair),
            fresh.common_ancestor_heads(*pair),
            len(fresh.only([pair[0]], [pair[1]])),
        )
        for pair in asked
    }
    everything = list(fresh.ancestors([19_999]))
    shared = graph.ancestors([19_999])
    heads = fresh.heads()

    def work(number):
        mine = asked[number:] + asked[:number]
        for a, b in mine:
            found = (
                graph.is_ancestor(a, b),
                graph.common_ancestor_heads(a, b),
                len(graph.only([a], [b])),
            )
            assert found == expected[a, b]
        assert list(shared) == everything
        assert graph.heads() == heads
        assert all(rev in shared for rev in everything[number::97])

    in_threads(work)


@leaving_threads
def test_threads_sharing_one_iterator():
    graph = Graph.from_parents(LONG)
    expected = list(graph.ancestors([19_999]))
    for _ in range(30):
        iterator, found = iter(graph.ancestors([19_999])), [[] for _ in range(4)]
        in_threads(lambda number: found[number].extend(rev for rev in iterator))
        assert all(part == sorted(part, reverse=True) for part in found)
        assert sorted(rev for part in found for rev in part) == expected[::-1]


@leaving_threads
def test_threads_sharing_everything():
    """Whatever happens is right or a RuntimeError."""
    graph = Graph.from_parents(LONG)
    revs, missing = RevSet(range(1000)), graph.missing_ancestors([10])
    discovery = PartialDiscovery(graph, [19_999])
    iterator = iter(graph.ancestors([19_999]))
    deadline = time.monotonic() + 2
    done = [0] * 4

    def work(number):
        random_number = random.Random(number)
        while time.monotonic() < deadline:
            choice, rev = random_number.randrange(14), random_number.randrange(15_000)
            try:
                if choice == 0:
                    graph.extend([(15_000, 14_999)] * 3)
                elif choice == 1:
                    graph.truncate(19_000 + rev % 1000)
                elif choice == 2:
                    assert graph.parents(rev) == LONG[rev]
                elif choice == 3:
                    assert all(parent < rev for parent in graph.ancestors([rev]))
                elif choice == 4:
                    assert graph.is_ancestor(rev, rev)
                elif choice == 5:
                    assert rev in graph.only([rev], [])
                elif choice == 6:
                    revs.add(rev)
                elif choice == 7:
                    revs.discard(rev)
                elif choice == 8:
                    assert sorted(set(revs)) == list(RevSet(revs)) or len(revs) >= 0
                elif choice == 9:
                    revs.update(range(rev % 500))
                elif choice == 10:
                    missing.add_bases([rev % 100])
                    found = missing.missing_ancestors([rev])
                    assert found == sorted(found)
                elif choice == 11:
                    discovery.add_info([(rev, rev < 7000)])
                elif choice == 12:
                    discovery.take_full_sample([rev], 20)
                elif choice == 13:
                    next(iterator, None)
                done[number] += 1
            except RuntimeError as error:
                assert (
                    "in use" in str(error)
                    or "being changed" in str(error)
                    or "changed" in str(error)
                )
            except ValueError as error:
                # a generator behind the iterator may be running in another thread
                assert "already executing" in str(error)

    in_threads(work)
    assert all(done)
    assert [graph.parents(rev) for rev in range(19_000)] == LONG[:19_000]
    assert [rev for rev in revs] == sorted(revs)


@leaving_threads
def test_a_long_question_lets_other_threads_run():
    # On a history long enough for several milliseconds in Rust.
    graph = Graph.from_parents([(rev - 1, NULL) for rev in range(300_000)])
    steps, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            steps[0] += 1

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    try:
        before, deadline = steps[0], time.monotonic() + 60
        while steps[0] < before + 3 and time.monotonic() < deadline:
            graph.descendants([0])
    finally:
        stop.set()
        thread.join(60)
    assert steps[0] >= before + 3


# -- processes -----------------------------------------------------------------


def wait_for(pid, seconds=60):
    """The exit status of a child; kills it when it does not end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    pytest.fail("the child hangs")


@pytest.mark.parametrize("before", [False, True])
def test_fork(before):
    graph = Graph.from_parents(LONG)
    expected = long_operations(Graph.from_parents(LONG))
    if before:
        assert long_operations(graph) == expected
    for generation in range(2):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                ok = long_operations(graph) == expected
                ok = ok and long_operations(Graph.from_parents(LONG)) == expected
                grandchild = os.fork()
                if grandchild == 0:
                    os._exit(0 if long_operations(Graph.from_parents(LONG)) == expected else 1)
                ok = ok and os.waitpid(grandchild, 0)[1] == 0
                status = 0 if ok else 2
            finally:
                os._exit(status)
        assert wait_for(pid) == 0, generation
    assert long_operations(graph) == expected


@leaving_threads
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_fork_while_other_threads_work():
    graph = Graph.from_parents(LONG)
    expected = long_operations(Graph.from_parents(LONG))
    stop = threading.Event()

    def work():
        while not stop.is_set():
            Graph.from_parents(LONG).descendants([3])

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        for _ in range(3):
            pid = os.fork()
            if pid == 0:
                status = 1
                try:
                    status = 0 if long_operations(graph) == expected else 2
                finally:
                    os._exit(status)
            assert wait_for(pid) == 0
    finally:
        stop.set()
        thread.join(60)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(method, python):
    code = """
import multiprocessing, sys
sys.path.insert(0, sys.argv[2])
import longwork
from vermilion import Graph, RevSet
if __name__ == "__main__":
    expected = longwork.long_operations(Graph.from_parents(longwork.LONG))
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        for number, found, revs in pool.map(longwork.answer, range(4)):
            assert found == expected
            assert revs == RevSet([number]), revs
    print("done")
"""
    assert python(code, method, os.path.dirname(os.path.abspath(__file__)), timeout=240) == "done"
