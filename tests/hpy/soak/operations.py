# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the soak does with the examples: each function here is one operation.

An operation names the exceptions that it may end with beyond `USUAL`, and what a
RuntimeError may say.
"""

from __future__ import annotations

import os
import re

import capsule_c
import capsule_rust
import my_ext
import tutorial
import tutorial_user
import vermilion
from values import Provoked

USUAL = (TypeError, ValueError, OverflowError, Provoked)
# What a RuntimeError may say anywhere: any operation may meet any of the objects kept.
BUSY = "is in use|is being (read|changed), by this thread|changed during iteration"
KINDS = "counter rectangle collatz names iterator team sieve view graph".split()
OPERATIONS = []


def operation(*exceptions, says="", into=OPERATIONS):
    """Registers an operation."""

    def register(function):
        into.append((function, USUAL + exceptions, re.compile(BUSY + (says and "|" + says))))
        return function

    return register


class Squad(tutorial.Team):
    """A subclass with attributes."""

    motto = "all or none"


class Posing:
    """Says that it is a graph."""

    def __init__(self, capi_id):
        self.capi_id = capi_id


@operation()
def count(v):
    assert my_ext.count("banana", "an") == 2
    my_ext.count(v.text(), word=v.text()) if v.chance(3) else my_ext.count(v.text(), v.text())


@operation(AttributeError)
def counter(v):
    c = v.one("counter", lambda: my_ext.Counter(v.int()))
    kind = v.random.randrange(4)
    if kind == 0:
        c.total = v.bad()
    elif kind == 1:
        c.add(v.int(), v.bad())
    c.add(v.int())
    assert type(c.total) is int


@operation(says="panicked.*overflow")
def add_two(v):
    a, b = v.int(), v.int()
    result = tutorial.add_two(a, b)
    assert {type(a), type(b)} != {int} or result == 1000 * (a + b)


@operation()
def clamp(v):
    names = v.random.sample(["value", "low", "high", "step", "\ud800"], v.random.randrange(4))
    tutorial.clamp(
        *[v.float() for _ in range(v.random.randrange(4))], **{n: v.float() for n in names}
    )


@operation(OSError, says="UTF-8")
def count_lines(v):
    paths = (__file__, os.fsencode(__file__), os.sep, "/nowhere", v.text(), v.bad())
    path = v.random.choice(paths)
    if path is not False and not isinstance(path, int):
        tutorial.count_lines(path)


@operation()
def primes(v):
    if v.chance(8):
        tutorial.count_primes(v.limit())
    block = tutorial.packed_primes(v.limit())
    tutorial.sum_packed(block if v.chance(2) else v.bad())


@operation()
def twins(v):
    tutorial_user.twins(v.limit())
    assert "primes" in repr(tutorial.primes_capsule)


def rectangle(v):
    return tutorial.Rectangle(v.float(), height=v.float())


@operation(AttributeError)
def rectangles(v):
    r = v.one("rectangle", lambda: rectangle(v))
    kind = v.random.randrange(9)
    if kind == 0:
        r.width = v.float()
    elif kind == 1:
        del r.width
    elif kind == 2:
        r.colour = v.bad()
    elif kind == 3:
        return r < v.one("rectangle", lambda: rectangle(v))
    elif kind == 4:
        hash(r)
    elif kind == 5:
        return r == v.bad()
    elif kind == 6:
        v.keep("rectangle", r.scaled(v.float()))
    elif kind == 7:
        tutorial.Rectangle.area.__get__(r)
    assert repr(r).startswith("Rectangle(") and r.area > 0
    return r != v.one("rectangle", lambda: rectangle(v))


@operation(StopIteration)
def collatz(v):
    c = v.one("collatz", lambda: tutorial.Collatz(v.limit()))
    if v.chance(10):
        assert list(tutorial.Collatz(6)) == [6, 3, 10, 5, 16, 8, 4, 2, 1]
        v.keep("collatz", tutorial.Collatz(2**64 - 1))
    next(c)


@operation()
def mean(v):
    numbers = v.random.choice((v.generator, v.ints, lambda: (v.float() for _ in range(5)), v.bad))()
    tutorial.mean(numbers)
    if v.nested:
        tutorial.mean(tutorial.Collatz(v.limit()))


@operation()
def place(v):
    assert tutorial.parse_place("1, 2") == (1, 2)
    tutorial.parse_place(v.random.choice(("1,2,3", "x, y", "91, 0", v.text())))


def names(v):
    return v.one("names", lambda: tutorial.Names(v.texts()))


@operation(IndexError)
def collection(v):
    n = names(v)
    kind = v.random.randrange(6)
    if kind < 2 and len(n) < 50:
        n.append(v.text())
    elif kind == 2:
        return n[v.int()]
    elif kind == 3:
        return v.text() in n
    elif kind == 4:
        v.keep("iterator", iter(n))
    assert len(list(n)) >= 0


@operation(StopIteration)
def iterators(v):
    next(v.one("iterator", lambda: iter(names(v))))


@operation(IndexError)
def teams(v):
    make = v.random.choice((tutorial.Team, Squad))
    team = v.one("team", lambda: make("red", v.texts()))
    team.captain = v.bad()
    if v.chance(200):
        team = v.keep("team", type("Other", (Squad,), {})("other"))
    if len(team) < 50:
        team.append(v.text())
    team[v.int()], team[1:], v.bad() in team


@operation(BufferError)
def sieves(v):
    s = v.one("sieve", lambda: tutorial.Sieve(v.limit()))
    kind = v.random.randrange(4)
    if kind == 0:
        v.keep("view", memoryview(s))
    elif kind == 1:
        assert set(bytes(s)) <= {0, 1}
    elif kind == 2:
        with memoryview(s) as view:
            view[0] if len(view) else None
            s.grow(100)
    s.grow(v.limit())


@operation()
def views(v):
    view = v.one("view", lambda: memoryview(b"abc"))
    view.tolist()
    if v.chance(2):
        view.release()


def graph(v):
    return vermilion.Graph.from_parents([(n - 1, n // 2 - 1) for n in range(v.few())])


@operation(IndexError, ReferenceError, AttributeError)
def graphs(v):
    g = v.one("graph", lambda: graph(v))
    kind = v.random.randrange(8)
    if kind == 0:
        g = v.bad()
    elif kind == 1:
        g = Posing(v.random.choice((g.capi_id, v.bad(), 2**63, graph(v).capi_id)))
    elif kind == 2 and len(g) < 100:
        g.extend([(v.few() - 1, -1)])
    if not v.nested:
        return  # A graph is asked for its id.
    a, b = (v.int() if v.chance(4) else v.few() // 4 for _ in "ab")
    capsule_c.count_common(g, a, b)
    if kind < 4:
        capsule_rust.count_common(g, [a, b] if kind < 3 else v.ints())
    capsule_rust.depth(g, a)
