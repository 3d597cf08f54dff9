# SPDX-License-Identifier: MIT OR Apache-2.0
"""Slots that fail or panic, and Python code that runs in the middle of one."""

from __future__ import annotations

import operator

import pytest
from harness import PYPY, nested_calls
from operators import BINARY, COMPARISONS, IN_PLACE, UNARY, Index, expected

# -- conversions that use the object -------------------------------------------

# Operands are converted before the object is borrowed: their Python code may change it.


@nested_calls
@pytest.mark.parametrize("name", BINARY)
def test_operands_that_change_the_object(probe, name):
    number = probe.Number(7)

    def change():
        number.value = 9

    # in Python's order
    assert BINARY[name](number, Index(2, change)).value == expected(name, 7, 2)
    number.value = 7
    assert BINARY[name](Index(2, change), number).value == expected(name, 2, 9)
    number.value = 7
    assert IN_PLACE[name](number, Index(2, change)) is number
    assert number.value == expected(name, 9, 2)


@nested_calls
def test_values_that_change_the_object(probe):
    number = probe.Number(5)

    def change(value):
        number.value = value
        return True

    number.value = Index(7, lambda: change(6))
    assert number.value == 7
    assert (number == Index(8, lambda: change(8))) is True
    assert (number < Index(8, lambda: change(7))) is True
    assert number(Index(2, lambda: change(3)), y=1) == 7
    assert number ** Index(2, lambda: change(5)) == 9
    with pytest.raises(ValueError):
        Index(2, lambda: change(-5)) ** number


@nested_calls
def test_keys_that_change_the_object(probe):
    row = probe.Row([1, 2])
    row[0] = Index(5, lambda: row.__delitem__(0) or row.__iadd__([6, 7]))
    assert list(row) == [5, 6, 7]
    assert row[Index(3, lambda: row.__iadd__([8]))] == 8
    assert list(row * Index(2, lambda: row.__delitem__(0))) == [6, 7, 8] * 2
    table = probe.Table()
    table[Index(5, lambda: table.__setitem__(6, "six"))] = "five"
    assert (table[5], table[6]) == ("five", "six")
    assert table[Index(7, lambda: table.__setitem__(7, "seven"))] == "seven"
    del table[Index(7, lambda: table.__delitem__(6))]
    assert len(table) == 1


# -- what goes wrong -----------------------------------------------------------


def _set_value(broken):
    broken.value = 1


def _set_item(broken):
    broken[0] = 1


def _delete_item(broken):
    del broken[0]


READS = {
    "value": lambda b: b.value,
    "call": lambda b: b(),
    "str": str,
    "hash": hash,
    "getitem": lambda b: b[0],
    **UNARY,
    "pow": lambda b: b**1,
    "pow of three": lambda b: pow(b, 1, 2),
    "divmod": lambda b: divmod(b, 1),
}
READS.update({name: lambda b, run=run: run(b, 1) for name, run in BINARY.items()})
READS.update({name: lambda b, run=run: run(b, 1) for name, run in COMPARISONS.items()})
CHANGES = {"set value": _set_value, "setitem": _set_item, "delitem": _delete_item}
CHANGES.update({"i" + name: lambda b, run=run: run(b, 1) for name, run in IN_PLACE.items()})

ROW_READS = {
    "getitem": lambda b: b[0],
    "concat": lambda b: b + b,
    "repeat": lambda b: b * 2,
    "repeated": lambda b: 2 * b,
}
ROW_READS.update({name: lambda b, run=run: run(b, 1) for name, run in COMPARISONS.items()})
ROW_CHANGES = {
    "setitem": _set_item,
    "delitem": _delete_item,
    "iconcat": lambda b: operator.iadd(b, 1),
    "irepeat": lambda b: operator.imul(b, 1),
}
OPERATIONS = [
    *(("Broken", name, run, False) for name, run in READS.items()),
    *(("Broken", name, run, True) for name, run in CHANGES.items()),
    *(("BrokenRow", name, run, False) for name, run in ROW_READS.items()),
    *(("BrokenRow", name, run, True) for name, run in ROW_CHANGES.items()),
]
operations = pytest.mark.parametrize(
    "cls,run,changes",
    [pytest.param(cls, run, changes, id="%s %s" % (cls, n)) for cls, n, run, changes in OPERATIONS],
)


@operations
def test_errors_and_panics(probe, cls, run, changes):
    with pytest.raises(probe.Refused, match="broken"):
        run(getattr(probe, cls)("refuse"))
    broken = getattr(probe, cls)("panic")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="native code panicked.*: broken"):
            run(broken)
    # nothing is left borrowed
    broken.change()


@nested_calls
@operations
def test_python_in_the_middle(probe, cls, run, changes):
    """Python code that comes back while the object is borrowed."""
    broken = getattr(probe, cls)("call")
    seen = []

    def come_back():
        for attempt in (broken.read, broken.change):
            try:
                attempt()
                seen.append("done")
            except RuntimeError as error:
                seen.append(str(error).split(",")[0])

    probe.set_hook(come_back)
    run(broken)
    if changes:
        wanted = ["the object is being changed", "the object is in use"]
    else:
        wanted = ["done", "the object is in use"]
    assert seen == wanted
    broken.change()
    probe.set_hook(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        run(broken)
    broken.change()
    # the same operation again, on the same object
    depth = []

    def again():
        depth.append(1)
        if len(depth) < 3:
            run(broken)

    probe.set_hook(again)
    if changes:
        with pytest.raises(RuntimeError, match="in use"):
            run(broken)
        assert len(depth) == 1
    else:
        run(broken)
        assert len(depth) == 3
    probe.set_hook(None)


def test_no_subclasses(probe):
    for name in ("Number", "Broken", "Row", "Table", "Pair", "SamplesU8"):
        cls = getattr(probe, name)
        with pytest.raises(TypeError):
            type("Derived", (cls,), {})()


@pytest.mark.skipif(not PYPY, reason="CPython does not let objects change to another layout")
def test_class_assigned(probe):
    """On PyPy an object can get another native class; its value stays what it is."""
    number = probe.Number(1)
    try:
        number.__class__ = probe.Row
    except TypeError:
        return
    for run in (
        lambda: number[0],
        lambda: number + number,
        lambda: number * 2,
        lambda: number == number,
        lambda: _set_item(number),
        lambda: operator.iadd(number, [1]),
    ):
        with pytest.raises(TypeError):
            run()
    number.__class__ = probe.SamplesF64
    with pytest.raises(TypeError):
        memoryview(number)
    number.__class__ = probe.Pair
    with pytest.raises(TypeError):
        number.partner
    with pytest.raises(TypeError):
        number.partner = 1
    number.__class__ = probe.Number
    assert number.value == 1
