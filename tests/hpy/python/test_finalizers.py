# SPDX-License-Identifier: MIT OR Apache-2.0
"""Finalizers of native objects."""

from __future__ import annotations

import gc
import sys

import pytest
from harness import PYPY, nested_calls


def collect_until(condition):
    for _ in range(10):
        if condition():
            return
        gc.collect()
    assert condition()


@nested_calls
def test_finalizer(probe):
    seen = []
    pair = probe.Pair()
    pair.last_wish = lambda this: seen.append(type(this))
    del pair
    collect_until(lambda: seen)
    assert seen == [probe.Pair]
    for _ in range(3):
        gc.collect()
    assert seen == [probe.Pair]


@nested_calls
def test_finalizer_while_an_exception_passes(probe):
    seen = []

    def fail():
        pair = probe.Pair()
        pair.last_wish = lambda this: seen.append(len("x" * 3))
        raise KeyError("it")

    with pytest.raises(KeyError, match="it"):
        fail()
    collect_until(lambda: seen)
    assert seen == [3]


@nested_calls
def test_finalizer_brings_the_object_back(probe):
    saved = []
    pair = probe.Pair()
    pair.last_wish = saved.append
    del pair
    collect_until(lambda: saved)
    (pair,) = saved
    assert type(pair) is probe.Pair
    # PyPy has destroyed it all the same
    try:
        pair.partner = 1
    except TypeError:
        assert PYPY
    else:
        assert pair.partner == 1
    saved.clear()


@nested_calls
def test_finalizer_in_a_cycle(probe):
    seen = []
    a, b = probe.Pair(), probe.Pair()
    a.partner, b.partner = b, a
    a.last_wish = b.last_wish = lambda this: seen.append(1)
    del a, b
    collect_until(lambda: len(seen) == 2)


@nested_calls
@pytest.mark.parametrize("how", ("refuse", "panic", "call"))
def test_finalizer_errors_are_reported(probe, how, monkeypatch, capfd):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda info: reported.append(info.exc_type))
    probe.set_hook(lambda: 1 // 0)
    broken = probe.BrokenRow(how + " at last")
    del broken
    for _ in range(5):
        gc.collect()
    probe.set_hook(None)
    wanted = {"refuse": probe.Refused, "panic": RuntimeError, "call": ZeroDivisionError}[how]
    text = capfd.readouterr().err
    assert reported == [wanted] or wanted.__name__ in text
    # and are gone
    assert probe.noop() is None
