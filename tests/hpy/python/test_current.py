# SPDX-License-Identifier: MIT OR Apache-2.0
"""Contexts for code that cannot be handed one: tests/hpy/probe/src/current.rs."""

from __future__ import annotations

import sys
import types

import pytest
from harness import in_threads, leaving_threads, nested_calls


@pytest.fixture
def keys(monkeypatch):
    """What keys of a Rust map ask."""
    keys = types.ModuleType("keys")
    keys.equal = lambda numbers: int(numbers[0] % 10 == numbers[1] % 10)
    keys.hash = lambda numbers: numbers[0] % 10
    monkeypatch.setitem(sys.modules, "keys", keys)
    return keys


def test_there_is_none_outside(probe):
    assert not probe.has_current()
    with pytest.raises(RuntimeError, match="in a scope"):
        probe.panic_in_current()
    assert not probe.has_current()
    with pytest.raises(ImportError):
        probe.fail_in_current()
    assert not probe.has_current()


@nested_calls
@leaving_threads
def test_it_is_there_while_nothing_else_runs(probe):
    places = [False, True, False, True, False, False, True, False]
    assert probe.current_places(probe.has_current) == places
    # A scope within a scope is another one.
    assert probe.current_places(lambda: probe.current_places(probe.has_current) == []) == [
        *places[:2],
        False,
        *places[3:],
    ]
    assert probe.current_places(lambda: probe.current_places(probe.has_current) == places) == [
        *places[:2],
        True,
        *places[3:],
    ]
    with pytest.raises(ZeroDivisionError):
        probe.current_places(lambda: 1 // 0)
    assert not probe.has_current()


@nested_calls
def test_keys_of_a_map(probe, keys):
    assert probe.count_distinct(list(range(100))) == 10
    assert probe.count_distinct([]) == 0
    keys.equal = lambda numbers: probe.count_distinct([]) + probe.has_current()
    assert probe.count_distinct([1, 1, 11]) == 3
    keys.hash = lambda numbers: 1 // 0
    assert probe.count_distinct([1, 2]) == 2


@nested_calls
@leaving_threads
def test_in_threads(probe, keys):
    def work(_):
        for _ in range(200):
            assert probe.count_distinct([1, 2, 11, 12]) == 2
            assert not probe.has_current()

    in_threads(work)
