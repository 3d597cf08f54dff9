# SPDX-License-Identifier: MIT OR Apache-2.0
"""Values for the soak: good ones, bad ones, and objects that make trouble when used."""

from __future__ import annotations

import random
import threading

HUGE = (2**31, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 2**200, -(2**200))
FLOATS = (0.0, -0.0, 1.5, -3.25, 1e308, float("inf"), float("nan"))
TEXTS = ("", "a", "Ada", "größe", "\U0001f600", "nul\0inside", "long " * 200, "48.2, 16.4")
SURROGATES = ("\ud800", "a\udcffb")
BYTES = (b"", b"abc", b"\xff\0\x01\x02", bytes(400))
OTHERS = (None, True, Ellipsis, int, len, 1j, [], (), {}, {1: "one"}, [1, "two"], {1, 2}, range(3))
# What no method should return. Always the same one: CPython 3.11 leaks what __hash__ returned.
NONSENSE = object()
# How deep operations may come back into operations.
DEPTH = 3


class Provoked(Exception):
    """What the objects here raise: it has to come out as it is."""


def _raise(*_):
    raise Provoked("on purpose")


def _uses(action):
    """A class that does `action(which method, self)` however it is used."""
    names = "index int float hash eq lt iter next len getitem contains bool str repr call"
    names += " add radd fspath"

    def method(name):
        return lambda self, *_: action(name)

    return {"__%s__" % name: method(name) for name in names.split()}


_RESULTS = {"index": 3, "int": 3, "float": 2.5, "hash": 7, "eq": True, "lt": False, "len": 2,
            "contains": True, "bool": True, "str": "str", "repr": "repr", "fspath": "/nowhere"}  # fmt: skip


class Values:
    """One thread's source of values; `kept` is shared by all."""

    def __init__(self, seed, kept, nested, slots=16):
        self.random = random.Random(seed)
        self.kept = kept
        self.slots = slots
        # Whether a native call may happen within one.
        self.nested = nested
        self.local = threading.local()
        self.again = _raise
        self.raising = type("Raising", (), _uses(_raise))
        self.nonsense = type("Nonsense", (), _uses(lambda name: NONSENSE))
        self.back = type("Back", (), _uses(self._come_back))

    def _come_back(self, name):
        self.call_again()
        return iter((1, 2)) if name == "iter" else _RESULTS.get(name, 1)

    def call_again(self, *_):
        """Another operation in the middle of one."""
        depth = getattr(self.local, "depth", 0)
        if not self.nested or depth >= DEPTH:
            return
        self.local.depth = depth + 1
        try:
            self.again()
        finally:
            self.local.depth = depth

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    def bad(self):
        """Anything at all, but no int that would keep a function busy for long."""
        pick, kind = self.random.choice, self.random.randrange(12)
        if kind < 3:
            return pick(OTHERS)
        if kind == 3:
            return pick(SURROGATES)
        if kind == 4:
            return pick((self.raising, self.nonsense))()
        if kind == 5:
            return self.back()
        if kind == 6:
            return self.generator()
        if kind == 7:
            return pick(FLOATS)
        if kind == 8:
            return pick(BYTES)
        if kind == 9 and self.nested:
            return self.kept[pick(list(self.kept))][self.random.randrange(self.slots)]
        return pick(TEXTS)

    def generator(self):
        """Ends, fails, or comes back, after a few numbers."""
        how = self.random.randrange(3)
        for n in range(self.random.randrange(4)):
            yield n
        if how == 1:
            _raise()
        if how == 2:
            self.call_again()

    def callback(self):
        return self.random.choice((_raise, self.call_again, self.back(), str, None, self.raising()))

    def int(self):
        """A small int; or a huge one, or none at all."""
        kind = self.random.randrange(8)
        if kind == 0:
            return self.bad()
        return self.random.choice(HUGE) if kind == 1 else self.random.randrange(-100, 1000)

    def limit(self):
        """How far a function counts."""
        kind = self.random.randrange(8)
        if kind == 0:
            return self.bad()
        return self.random.choice((-1, -(2**63), 2**64, 2**200)) if kind == 1 else self.few()

    def few(self):
        return self.random.randrange(80)

    def float(self):
        kind = self.random.randrange(8)
        if kind == 0:
            return self.bad()
        return self.random.choice(FLOATS) if kind == 1 else self.random.uniform(-10, 100)

    def text(self):
        return self.bad() if self.chance(6) else self.random.choice(TEXTS)

    def texts(self):
        return (
            self.bad() if self.chance(6) else [self.text() for _ in range(self.random.randrange(4))]
        )

    def ints(self):
        return (
            self.bad() if self.chance(6) else [self.int() for _ in range(self.random.randrange(5))]
        )

    def keep(self, kind, value):
        """Puts a value where another one may be, which goes."""
        self.kept[kind][self.random.randrange(self.slots)] = value
        return value

    def one(self, kind, make):
        """One of those kept; a new one now and then."""
        place = self.random.randrange(self.slots)
        value = self.kept[kind][place]
        if value is None or self.chance(12):
            value = self.kept[kind][place] = make()
        return value
