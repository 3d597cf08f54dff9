# SPDX-License-Identifier: GPL-2.0-or-later
"""Histories that are bad for one way to find something out: nothing takes for ever."""

from __future__ import annotations

import random
import time

import histories
import pytest
from dag import Model
from harness import growing, leaving_threads
from longwork import NULL
from vermilion import Graph


def bands(length, count=3):
    return histories.pairs(histories.bands(length, count))


def star(length):
    return histories.pairs(histories.star(length, length // 2))


def with_labels(pairs):
    graph, tip = Graph.from_parents(pairs), len(pairs) - 1
    while not graph.memory["labels"]:
        graph.is_ancestor(0, tip)
        graph.only([tip], [tip - 1])
    return graph


def compare(first, second, times):
    """The least that the second question takes is at most so many times that of the first,
    or so many milliseconds; asks until other programs have left both alone once."""
    least = [float("inf")] * 2
    for _ in range(20):
        for number, question in enumerate((first, second)):
            start = time.process_time()
            question()
            least[number] = min(least[number], time.process_time() - start)
        if least[1] < times * max(least[0], 0.001):
            return
    pytest.fail("%.4f s, then %.4f s" % tuple(least))


@growing
@pytest.mark.parametrize("labels", [False, True])
def test_only(labels):
    """Labels are given up where they do not help."""
    pairs = bands(60_000)
    tip = len(pairs) - 1
    plain = Graph.from_parents(pairs)
    graph = with_labels(pairs) if labels else Graph.from_parents(pairs)
    assert graph.only([tip], [tip - 1]) == plain.only([tip], [tip - 1])
    fresh = Graph.from_parents(pairs)
    compare(lambda: fresh.only([tip], [tip - 1]), lambda: graph.only([tip], [tip - 1]), 20)


@growing
@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize("shape", [star, bands])
def test_common_ancestors_of_many(shape, labels):
    """Work grows with the history, not with that times the number of heads."""

    def question(length):
        pairs = shape(length)
        graph = with_labels(pairs) if labels else Graph.from_parents(pairs)
        heads = graph.heads()
        if shape is bands:
            heads = list(range(length - 3000, length, 3))
        return lambda: graph.common_ancestor_heads(*heads)

    # 64 times as long if each head had a walk of its own
    compare(question(8_000), question(64_000), 28)


def test_common_ancestors_of_many_are_right():
    numbers = random.Random(5)
    for number in range(60):
        pairs = bands(200, 1 + number % 3) if number % 2 else star(200)
        model = Model(pairs)
        graph = with_labels(pairs) if number % 4 < 2 else Graph.from_parents(pairs)
        for count in (3, 9, 10, 63, 64, 65, 150):
            revs = [numbers.randrange(100 if number % 5 else 1, 200) for _ in range(count)]
            assert graph.common_ancestor_heads(*revs) == model.common_heads(revs)
        assert graph.common_ancestor_heads(*range(200)) == model.common_heads(range(200))
        assert graph.common_ancestor_heads(*[150] * 100) == [150]
        assert graph.common_ancestor_heads(NULL, *range(100)) == []


@leaving_threads
def test_other_threads_run_meanwhile_and_signals_end_it(python):
    code = """
import os, signal, threading, time
from vermilion import Graph
# lines without anything in common but the root, each long: labels do not shorten this
width = 4000
pairs = [(-1, -1)] + [(max(0, rev - width), -1) for rev in range(1, 1_000_000)]
graph = Graph.from_parents(pairs)
heads = graph.heads()
signal.signal(signal.SIGINT, signal.default_int_handler)
steps = [0]
def count():
    while True:
        steps[0] += 1
        time.sleep(0.001)
threading.Thread(target=count, daemon=True).start()
before, worked = steps[0], time.process_time()
assert graph.common_ancestor_heads(*heads) == [0]
stepped, worked = steps[0] - before, time.process_time() - worked
# What is compared is work: waiting for other programs is none.
def interrupt(start):
    while time.process_time() - start < worked / 10:
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)
told = []
for _ in range(8):
    start, end = time.process_time(), None
    thread = threading.Thread(target=interrupt, args=(start,), daemon=True)
    try:
        thread.start()
        graph.common_ancestor_heads(*heads)
        end = "never"
        while True:  # the signal is still to come
            time.sleep(0.001)
    except KeyboardInterrupt:
        end = end or (time.process_time() - start) / worked
    thread.join()
    if end != "never" and end < 0.7:
        break
    told.append(end)
else:
    raise SystemExit("interrupted late: %r" % told)
print("interrupted", stepped > 3)
"""
    assert python(code).split() == ["interrupted", "True"]
