# SPDX-License-Identifier: MIT OR Apache-2.0
"""hpy-bindings: context variables."""

from __future__ import annotations

import contextvars
import threading

import pytest
from harness import DEBUG


def test_context_variables(probe):
    assert probe.get_language() == "en"
    assert probe.get_empty() is None
    var = probe.language_var()
    assert type(var) is contextvars.ContextVar and var.name == "language"
    context = contextvars.copy_context()

    def inside():
        token = probe.set_language("de")
        assert probe.get_language() == var.get() == "de"
        nested = contextvars.copy_context()
        assert nested.run(probe.get_language) == "de"
        nested.run(probe.set_language, "fr")
        assert nested.run(probe.get_language) == "fr"
        assert probe.get_language() == "de"
        probe.reset_language(token)
        assert probe.get_language() == "en"
        with pytest.raises(RuntimeError):
            probe.reset_language(token)
        probe.set_language(None)
        assert probe.get_language() is None
        var.set("it")

    context.run(inside)
    assert probe.get_language() == "en"
    assert context.run(probe.get_language) == "it"
    assert context[var] == "it"


def test_context_variables_of_threads(probe):
    results = {}

    def run(n):
        before = probe.get_language()
        probe.set_language(n)
        barrier.wait(10)
        results[n] = (before, probe.get_language())

    barrier = threading.Barrier(3)
    threads = [threading.Thread(target=run, args=(n,)) for n in range(3)]
    if not DEBUG:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == {n: ("en", n) for n in range(3)}


def test_any_context_variable(probe):
    var = contextvars.ContextVar("other")
    assert probe.value_of(var) is None
    token = var.set([1])
    assert probe.value_of(var) == [1]
    var.reset(token)
    with pytest.raises(TypeError, match="^expected a context variable, got int$"):
        probe.value_of(3)
    with pytest.raises((TypeError, AttributeError)):
        probe.reset_language(3)
