# SPDX-License-Identifier: MIT OR Apache-2.0
"""The extension that is compared with PyO3's, line by line: tests/hpy/probe/src/words.rs."""

from __future__ import annotations

import array
import gc
import weakref

import pytest
from harness import derives, nested_calls

TEXT = "To be or not to be"
COUNTS = {"To": 1, "be": 2, "not": 1, "or": 1, "to": 1}


def test_counting(probe):
    assert probe.count(TEXT) == COUNTS
    assert list(probe.count(TEXT)) == sorted(COUNTS)
    assert probe.count(TEXT, fold=True) == {"be": 2, "not": 1, "or": 1, "to": 2}
    assert probe.count("a b\na b\n", probe.Mode.Lines) == {"a b": 2}
    assert probe.count(text="x", mode=probe.Mode.Words) == {"x": 1}
    with pytest.raises(probe.EmptyError, match="the text is empty"):
        probe.count("")
    assert issubclass(probe.EmptyError, ValueError)
    for wrong in (lambda: probe.count(TEXT, probe.Mode.Words, True), lambda: probe.count(TEXT, 5)):
        with pytest.raises((TypeError, ValueError)):
            wrong()
    assert probe.Mode.Words == 0 and probe.Mode.Words != probe.Mode.Lines


def test_doubles_of_a_buffer(probe):
    assert probe.total(array.array("d", [1.5, 2.5, -1])) == 3
    assert probe.total(memoryview(array.array("d", range(10)))[::3]) == 18
    with pytest.raises(TypeError):
        probe.total(array.array("f", [1.5]))
    with pytest.raises(TypeError):
        probe.total([1.5])


def test_a_counter(probe):
    counter = probe.WordCounter()
    assert (counter.name, len(counter)) == ("counter", 0)
    counter.add("b")
    counter.add(word="a", by=4)
    assert (counter["a"], counter["b"], "a" in counter, "c" in counter) == (4, 1, True, False)
    assert list(counter) == ["a", "b"]
    with pytest.raises(KeyError):
        counter["c"]
    counter.name = "other"
    assert repr(counter) == 'Counter("other", 2 words)'
    same = probe.WordCounter("x")
    same.add("a", 4)
    assert counter != same
    same.add("b")
    assert counter == same
    assert dict(zip(probe.WordCounter.from_text(TEXT), COUNTS)) == {word: word for word in COUNTS}


@nested_calls
def test_listeners(probe):
    counter, heard = probe.WordCounter(), []
    counter.listen(lambda *args: heard.append(args))
    counter.listen(lambda counter, word: counter.listen(print) if word == "more" else None)
    counter.add("a")
    counter.add("more")
    assert heard == [(counter, "a"), (counter, "more")]

    def fail(counter, word):
        raise LookupError(word)

    counter.listen(fail)
    with pytest.raises(LookupError):
        counter.add("b")
    assert counter["b"] == 1


@derives
def test_a_derived_counter(probe):
    class Named(probe.WordCounter):
        def __len__(self):
            return 100 + super().__len__()

    counter = Named.from_text(TEXT)
    assert type(counter) is Named and len(counter) == 105
    assert list(counter) == list(COUNTS)
    counter.extra = counter
    counter.listen(counter.add)
    ended = weakref.ref(counter)
    del counter
    for _ in range(5):
        gc.collect()
    assert ended() is None
