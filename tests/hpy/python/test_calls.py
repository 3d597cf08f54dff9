# SPDX-License-Identifier: MIT OR Apache-2.0
"""Functions, exceptions and calls into Python, through the test extension."""

from __future__ import annotations

import errno
import gc
import os
import sys

import pytest
from harness import nested_calls

# -- functions -----------------------------------------------------------------


def test_numbers_of_arguments(probe):
    assert probe.noop() is None
    assert probe.add(2, 3) == 5
    for call in (
        lambda: probe.noop(1),
        lambda: probe.add(),
        lambda: probe.add(1),
        lambda: probe.add(1, 2, 3),
        lambda: probe.as_i32(),
        lambda: probe.as_i32(1, 2),
        lambda: probe.as_option(1, 2),
        lambda: probe.add(1, b=2),
        lambda: probe.noop(x=1),
    ):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(TypeError, match="argument 2 is missing"):
        probe.add(1)
    with pytest.raises(TypeError, match="at most 2 arguments are taken, 3 are given"):
        probe.add(1, 2, 3)


def test_keyword_arguments(probe):
    for found in (
        probe.divide(7),
        probe.divide(a=7),
        probe.divide(7, 1),
        probe.divide(7, b=1),
        probe.divide(b=1, a=7),
        probe.divide(*[7], **{"b": 1}),
        probe.divide(7, b=None),
    ):
        assert found == 7
    for call, message in (
        (lambda: probe.divide(), "'a' is missing"),
        (lambda: probe.divide(b=2), "'a' is missing"),
        (lambda: probe.divide(1, 2, 3), "at most 2"),
        (lambda: probe.divide(1, c=2), "unexpected keyword argument 'c'"),
        (lambda: probe.divide(1, a=2), "'a' is given twice"),
        (lambda: probe.divide(1, 2, b=3), "'b' is given twice"),
        (lambda: probe.divide(1, **{"": 2}), "unexpected keyword"),
        (lambda: probe.divide(1, **{"é": 2}), "unexpected keyword argument 'é'"),
    ):
        with pytest.raises(TypeError, match=message):
            call()
    counter = probe.Counter(5)
    assert counter.scaled(2) == counter.scaled(by=2) == counter.scaled(plus=0, by=2) == 10
    assert counter.scaled(2, plus=1) == 11
    with pytest.raises(TypeError, match="'by' is missing"):
        counter.scaled(plus=1)


def test_docstrings(probe):
    assert probe.__doc__ == "For the tests of hpy-bindings."
    assert probe.Counter.__doc__ == "Counts down."
    assert "a // b" in probe.divide.__doc__
    assert probe.Refused.__doc__ == "A number was refused."


def test_any_int_result(probe):
    assert probe.add(2**62, 2**62) == -(2**63)
    assert probe.add(-1, 0) == -1


# -- exceptions ----------------------------------------------------------------


def test_own_exception_class(probe):
    assert issubclass(probe.Refused, ValueError)
    assert probe.Refused.__module__ == "probe"
    with pytest.raises(probe.Refused, match="3 is refused") as raised:
        probe.refuse(3)
    assert raised.type is probe.Refused
    with pytest.raises(ValueError, match="13 is refused"):
        probe.Counter(13)


def test_os_errors(probe):
    with pytest.raises(FileNotFoundError) as raised:
        probe.os_error(errno.ENOENT, "/nope")
    assert raised.value.errno == errno.ENOENT
    assert raised.value.filename == "/nope"
    assert raised.value.strerror == "made up"
    with pytest.raises(PermissionError) as raised:
        probe.os_error(errno.EACCES)
    assert raised.value.filename is None
    with pytest.raises(OSError) as raised:
        probe.os_error(0, b"\xff")
    assert raised.value.filename == os.fsdecode(b"\xff")


def test_panics(probe, capfd):
    for text in ("boo", "", "é€😀", "a\0b", "x" * 5000):
        with pytest.raises(RuntimeError, match="native code panicked") as raised:
            probe.panic(text)
        assert str(raised.value).endswith(text)
    with pytest.raises(RuntimeError, match="outside"):
        probe.panic_outside()
    assert probe.add(1, 2) == 3
    assert "panicked" in capfd.readouterr().err


FAULTS = {
    "method": lambda faulty: faulty.method(),
    "change": lambda faulty: faulty.change(),
    "named": lambda faulty: faulty.named(x=1),
    "raw": lambda faulty: faulty.raw(),
    "property": lambda faulty: faulty.property,
    "in": lambda faulty: 1 in faulty,
    "len": len,
    "bool": bool,
    "repr": repr,
    "next": next,
    "list": list,
    "==": lambda faulty: faulty == 1,
}


@pytest.mark.parametrize("operation", FAULTS)
def test_errors_of_every_kind_of_function(probe, operation, capfd):
    faulty, panicking = probe.Faulty("error"), probe.Faulty("panic")
    for _ in range(3):  # the borrow ends each time
        with pytest.raises(probe.Refused, match="1 is refused"):
            FAULTS[operation](faulty)
        with pytest.raises(RuntimeError, match="panicked.*faulty"):
            FAULTS[operation](panicking)


def test_panics_in_constructor_and_destructor(probe, capfd):
    with pytest.raises(RuntimeError, match="faulty constructor"):
        probe.Faulty("construct")
    faulty = probe.Faulty("drop")
    del faulty
    for _ in range(3):
        gc.collect()
    assert probe.noop() is None


def test_errors_of_python_code_pass_through(probe):
    class Mine(Exception):
        pass

    class Index:
        def __index__(self):
            raise Mine

    def fail():
        raise Mine("mine")

    with pytest.raises(Mine, match="mine") as raised:
        probe.call(fail)
    assert raised.traceback[-1].name == "fail"
    with pytest.raises(Mine):
        probe.as_ints([1, Index()])
    with pytest.raises(StopIteration):
        probe.call(next, iter([]))
    with pytest.raises(KeyboardInterrupt):
        probe.call(lambda: (_ for _ in ()).throw(KeyboardInterrupt))


def test_errors_can_be_handled(probe):
    def wrong():
        raise TypeError("wrong")

    assert probe.call_or(wrong, 5) == 5
    assert probe.call_or(lambda: 6, 5) == 6
    with pytest.raises(KeyError):
        probe.call_or(lambda: {}[1], 5)
    with pytest.raises(KeyError, match="better"):
        probe.call_for_better(wrong)
    assert sys.exc_info() == (None, None, None)
    assert probe.call_for_better(lambda: 6) == 6


# -- objects -------------------------------------------------------------------


def test_calls_into_python(probe):
    assert probe.call(len, [1, 2]) == 2
    assert probe.call(dict) == {}
    assert probe.call(max, 1, 3, 2) == 3
    with pytest.raises(TypeError):
        probe.call(5)


@nested_calls
def test_calls_within_calls(probe):
    assert probe.call(probe.call, probe.call, probe.add, 1, 2) == 3


@nested_calls
def test_endless_recursion(probe):
    endless = []
    endless.append(lambda: probe.call(endless[0]))
    with pytest.raises(RecursionError):
        probe.call(endless[0])
    assert probe.add(1, 1) == 2


def test_looking_at_objects(probe):
    item, other = object(), object()
    some = [item, 2]
    assert probe.look_at(some, some, other) == ((True, False, False, True), 2, item)
    assert probe.look_at(None, other) == ((False, False, True, False), None, None)
    assert probe.look_at((1,)) == ((False, False, False, True), 1, 1)
    assert probe.look_at("xyz") == ((False, False, False, False), 3, "x")
    assert probe.look_at({0: "zero"}) == ((False, False, False, False), 1, "zero")


def test_attributes(probe):
    class Mine:
        pass

    mine = Mine()
    assert probe.set_attr(mine) == "Mine"
    assert mine.attribute is None
    with pytest.raises(AttributeError):
        probe.set_attr(5)
