# SPDX-License-Identifier: MIT OR Apache-2.0
"""Classes of hpy-bindings, and their values that are shared."""

from __future__ import annotations

import gc

import pytest
from harness import nested_calls

# -- classes -------------------------------------------------------------------


def test_a_class(probe):
    counter = probe.Counter(5)
    assert type(counter) is probe.Counter
    assert probe.Counter.__module__ == "probe"
    assert probe.Counter.__name__ == "Counter"
    assert repr(counter) == "Counter(5)"
    assert len(counter) == 5
    assert counter.start == 5
    assert bool(counter)
    assert not probe.Counter(0)
    assert 3 in counter
    assert 6 not in counter
    assert list(counter) == [5, 4, 3, 2, 1]
    assert probe.counter_start(counter) == 5
    with pytest.raises(AttributeError):
        counter.start = 6
    for wrong in ("x", None, -1, 2**70):
        assert wrong not in counter


def test_constructors(probe):
    for arguments in ((), (1, 2), ("x",), (1.5,), (None,)):
        with pytest.raises(TypeError):
            probe.Counter(*arguments)
    for start in (-1, 2**32):
        with pytest.raises(OverflowError):
            probe.Counter(start)
    with pytest.raises(TypeError, match="no keyword arguments"):
        probe.Counter(start=5)
    with pytest.raises(TypeError, match="no keyword arguments"):
        probe.Counter(5, start=5)
    assert probe.Counter(*[5], **{}).start == 5
    with pytest.raises(TypeError, match="made by other objects' methods only"):
        probe.Countdown()


def test_operators(probe):
    a, b = probe.Counter(5), probe.Counter(7)
    assert a + b == 12
    same = a
    a += 3
    assert a is same
    assert a.start == 8
    assert probe.same(a, same)
    assert not probe.same(a, b)
    for other in (5, None, "x"):
        with pytest.raises(TypeError):
            a + other
        with pytest.raises(TypeError):
            other + a
    assert a.__add__(5) is NotImplemented
    with pytest.raises(OverflowError):  # it is declared as a method by that name
        a += 2**32
    with pytest.raises(OverflowError, match="full"):
        a += 2**32 - 1
    assert a.start == 8


def test_operator_of_the_other_operand(probe):
    class Other:
        def __radd__(self, left):
            return "radd"

    assert probe.Counter(5) + Other() == "radd"


def test_sealed(probe):
    for native in (probe.Counter, probe.Countdown, probe.Faulty):
        with pytest.raises(TypeError):

            class Sub(native):
                pass

            Sub(5)
    with pytest.raises(TypeError):
        hash(probe.Counter(1))
    with pytest.raises(TypeError):
        probe.counter_start(5)
    with pytest.raises(TypeError, match="expected probe.Counter, got list"):
        probe.counter_start([])


def test_objects_whose_constructor_has_not_run(probe):
    try:
        unborn = object.__new__(probe.Counter)
    except TypeError:
        return
    for question in (
        lambda: len(unborn),
        lambda: unborn.start,
        lambda: unborn.scaled(1),
        lambda: list(unborn),
        lambda: 1 in unborn,
        lambda: unborn + unborn,
        lambda: unborn.set_field(0, 1),
        lambda: unborn.get_field(0),
        lambda: probe.counter_start(unborn),
        lambda: probe.Counter(1) + unborn,
    ):
        with pytest.raises(TypeError):
            question()


def test_wrong_receivers(probe):
    counter, down = probe.Counter(5), iter(probe.Counter(5))
    for method in ("__len__", "__iter__", "__repr__", "__bool__", "scaled", "get_field"):
        for other in (5, None, [], down, probe.Counter, object()):
            with pytest.raises(TypeError):
                getattr(probe.Counter, method)(other, *[0] * (method in ("scaled", "get_field")))
    for other in (5, counter, iter([1])):
        with pytest.raises(TypeError):
            probe.Countdown.__next__(other)
    with pytest.raises(TypeError):
        probe.Counter.start.__get__(5)
    assert probe.Counter.start.__get__(counter) == 5
    assert probe.Counter.start.__get__(counter, probe.Counter) == 5


def test_objects_that_change_their_class(python):
    # PyPy lets them. In another process: this was a crash.
    code = """
import gc, os
import hpy_host
probe = hpy_host.load("probe", os.environ["VERMILION_PROBE"])
built_in = hpy_host.host().name == "built in"
class Plain:
    pass
makers = [lambda: probe.Counter(5), lambda: probe.Faulty("error"),
          lambda: iter(probe.Counter(5)), Plain]
for make in makers:
    for other in (probe.Counter, probe.Faulty, probe.Countdown):
        objects = [make() for _ in range(20)]
        for item in objects:
            if type(item) is other:
                continue
            try:
                item.__class__ = other
            except TypeError:
                continue
            for use in (len, list, repr, bool, next, probe.counter_start, lambda i: i + i,
                        lambda i: i.start, lambda i: 1 in i, lambda i: i.scaled(1),
                        lambda i: i.set_field(1, []), lambda i: i.get_field(1),
                        lambda i: i.method(), lambda i: probe.Counter(5) + i):
                try:
                    use(item)
                except (TypeError, AttributeError, RuntimeError):
                    pass
                except probe.Refused:
                    raise SystemExit("%r answered as %r" % (make(), other))
        del objects, item
        for _ in range(3):
            gc.collect()
print("alive", probe.counters_alive() == 0 or built_in)
"""
    assert python(code) == "alive True"


# -- sharing -------------------------------------------------------------------


def test_iterators_follow_their_object(probe):
    counter = probe.Counter(5)
    first, second = iter(counter), iter(counter)
    assert iter(first) is first
    assert [next(first), next(first)] == [5, 4]
    assert next(second) == 5
    assert [len(counter), counter.start, 3 in counter] == [5, 5, True]
    assert next(first) == 3
    counter += 1
    for iterator in (first, second):
        for _ in range(2):
            with pytest.raises(RuntimeError, match="changed during iteration"):
                next(iterator)
    assert list(counter) == [6, 5, 4, 3, 2, 1]


def test_iterators_end_for_good(probe):
    down = iter(probe.Counter(1))
    assert list(down) == [1]
    for _ in range(3):
        with pytest.raises(StopIteration):
            next(down)


def test_an_iterator_keeps_its_value_alive(probe):
    down = iter(probe.Counter(3))
    gc.collect()
    assert list(down) == [3, 2, 1]


@nested_calls
def test_changing_while_reading(probe):
    counter = probe.Counter(5)

    def change():
        nonlocal counter
        counter += 1

    with pytest.raises(RuntimeError, match="in use"):
        counter.try_add_while_reading(change)
    assert counter.start == 5
    assert counter.try_add_while_reading(lambda: counter.start) == 5
    assert counter.try_add_while_reading(lambda: counter + counter) == 10
    change()
    assert counter.start == 6


@nested_calls
def test_using_while_changing(probe):
    counter = probe.Counter(5)
    down = iter(counter)
    for use in (
        lambda: counter.start,
        lambda: len(counter),
        lambda: 3 in counter,
        lambda: bool(counter),
        lambda: repr(counter),
        lambda: probe.counter_start(counter),
        lambda: counter + counter,
        lambda: counter.__iadd__(1),
        lambda: counter.call_while_changing(lambda: None),
        lambda: next(down),
    ):
        with pytest.raises(RuntimeError, match="being changed|in use|changed during"):
            counter.call_while_changing(use)
    assert counter.start == 5
    assert counter.call_while_changing(lambda: 7) == 7
    counter += 1
    assert counter.start == 6


def test_borrows_end_with_an_error(probe):
    counter = probe.Counter(5)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            counter.try_add_while_reading(lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            counter.call_while_changing(lambda: 1 // 0)
    counter += 1
    assert counter.start == 6
