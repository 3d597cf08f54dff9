# SPDX-License-Identifier: MIT OR Apache-2.0
"""The slots of native classes: calls, properties, operators, comparisons, subscripts."""

from __future__ import annotations

import gc
import operator
import sys
import weakref

import pytest
from harness import PYPY
from operators import BINARY, COMPARISONS, IN_PLACE, Index, Other, expected

# -- constructors, calls, properties -------------------------------------------


def interrupt():
    raise KeyboardInterrupt


def test_constructor_by_name(probe):
    for number in (
        probe.Number(3, "x"),
        probe.Number(3, note="x"),
        probe.Number(value=3, note="x"),
        probe.Number(note="x", value=3),
        probe.Number(**{"no" + "te": "x"}, value=3),
    ):
        assert (number.value, number.note) == (3, "x")
    assert probe.Number(value=3).note is None
    assert probe.Number(3, **{}).note is None
    for args, named, message in (
        ((), {}, "the argument 'value' is missing"),
        ((), {"note": "x"}, "the argument 'value' is missing"),
        ((1, "x", 2), {}, "at most 2 arguments are taken, 3 are given"),
        ((1,), {"value": 1}, "the argument 'value' is given twice"),
        ((1,), {"other": 1}, "unexpected keyword argument 'other'"),
        ((1,), {"note": "x", "ö": 1}, "unexpected keyword argument 'ö'"),
        (("1",), {}, "str"),
        ((), {"value": 1, "note": 1}, "expected str, got int"),
    ):
        with pytest.raises(TypeError, match=message):
            probe.Number(*args, **named)
    with pytest.raises(probe.Refused):
        probe.Number(value=13)
    with pytest.raises(RuntimeError, match="at once"):
        probe.Broken("panic at once")
    with pytest.raises(TypeError, match="at most 0"):
        probe.Table(1)
    with pytest.raises(TypeError, match="'x'"):
        probe.Table(x=1)


def test_constructor_converts_what_runs_python(probe):
    assert probe.Number(value=Index(4)).value == 4
    with pytest.raises(ZeroDivisionError):
        probe.Number(value=Index(4, lambda: 1 // 0))


def test_call(probe):
    number = probe.Number(5)
    assert number(2) == number(x=2) == 10
    assert number(2, 1) == number(2, y=1) == number(y=1, x=2) == number(2, None) + 1 == 11
    assert callable(number)
    assert list(map(number, range(3))) == [0, 5, 10]
    assert number(*[2], **{"y": 1}) == 11
    assert number.__call__(2, y=1) == 11
    for args, named, message in (
        ((), {}, "the argument 'x' is missing"),
        ((1, 2, 3), {}, "at most 2"),
        ((1,), {"x": 1}, "given twice"),
        ((1,), {"z": 1}, "unexpected keyword argument 'z'"),
        (("1",), {}, "str"),
    ):
        with pytest.raises(TypeError, match=message):
            number(*args, **named)
    with pytest.raises(TypeError):
        type(number).__call__(Other(), 2)
    assert not callable(probe.Row([]))


def test_property(probe):
    number = probe.Number(5)
    number.value = 6
    assert number.value == 6
    number.value = Index(7)
    number.note = None
    assert number.note is None
    with pytest.raises(TypeError):
        number.value = "8"
    with pytest.raises(TypeError):
        number.note = 8
    with pytest.raises(probe.Refused):
        number.value = 13
    with pytest.raises(RuntimeError, match="a bad number"):
        number.value = 666
    with pytest.raises(AttributeError):
        del number.value
    assert number.value == 7
    found = probe.Number.__dict__["value"]
    assert type(found) is property
    assert found.__doc__ == "What it is."
    with pytest.raises(TypeError):
        found.fset(Other(), 1)
    with pytest.raises(TypeError):
        found.__set__(Other(), 1)
    for cls in (probe.Number, probe.Pair):
        assert not [name for name in cls.__dict__ if not name.isidentifier()]


def test_members(probe):
    pair = probe.Pair()
    assert pair.partner is None and pair.friend is None
    pair.partner = pair
    assert pair.partner is pair and pair.friend is pair
    thing = Other()
    pair.partner = thing
    assert pair.friend is thing
    with pytest.raises(AttributeError):
        pair.friend = thing
    with pytest.raises(AttributeError):
        del pair.friend
    del pair.partner
    assert pair.partner is None
    del pair.partner
    pair.partner = None
    assert pair.partner is None
    found = probe.Pair.__dict__["partner"]
    assert found.__doc__ == "The first."
    for accessor, *args in ((found.fget,), (found.fset, 1), (found.fdel,)):
        with pytest.raises(TypeError):
            accessor(Other(), *args)


def test_members_let_go(probe):
    pair, thing = probe.Pair(), Other()
    gone = weakref.ref(thing)
    pair.partner = thing
    del thing
    gc.collect()
    assert gone() is pair.partner is not None
    del pair.partner
    gc.collect()
    gc.collect()
    assert gone() is None
    # in a cycle
    thing = Other()
    gone = weakref.ref(thing)
    thing.pair, pair.partner = pair, thing
    del pair, thing
    for _ in range(4):
        gc.collect()
    assert gone() is None


# -- numbers -------------------------------------------------------------------


@pytest.mark.parametrize("name", BINARY)
def test_binary(probe, name):
    run, Number = BINARY[name], probe.Number
    for a, b in ((7, 2), (2, 5), (-7, 3), (0, 1)):
        for left, right in ((Number(a), Number(b)), (Number(a), b), (a, Number(b))):
            found = run(left, right)
            assert type(found) is Number
            assert found.value == expected(name, a, b)
    same = Number(3)
    assert run(same, same).value == expected(name, 3, 3)
    assert run(Number(6), Other()) == ("r" + name, 1)
    assert run(Other(), Number(6)) == (name, 1)
    method, reflected = "__%s__" % name, "__r%s__" % name
    assert getattr(Number(7), method)(2).value == expected(name, 7, 2)
    assert getattr(Number(7), reflected)(2).value == expected(name, 2, 7)
    assert getattr(Number(7), method)("x") is NotImplemented
    assert getattr(Number(7), reflected)("x") is NotImplemented
    # a str formats whatever there is, and repeats itself for whatever is an index
    for wrong in (None, 1.5, object(), *(["x"] if name not in ("mul", "mod") else [])):
        with pytest.raises(TypeError):
            run(Number(6), wrong)
        with pytest.raises(TypeError):
            run(wrong, Number(6))
    for method in (method, reflected):
        with pytest.raises(TypeError):
            getattr(Number, method)(Other(), Number(1))


@pytest.mark.parametrize("name", BINARY)
def test_binary_conversions_run_python(probe, name):
    run, Number = BINARY[name], probe.Number
    number = Number(7)
    assert run(number, Index(2)).value == expected(name, 7, 2)
    assert run(Index(2), number).value == expected(name, 2, 7)
    # whatever a conversion raises, the operand does not fit
    for wrong in (Index("x"), Index(1, lambda: 1 // 0), 2**64):
        with pytest.raises(TypeError, match="unsupported operand"):
            run(number, wrong)
        with pytest.raises(TypeError, match="unsupported operand"):
            run(wrong, number)
    with pytest.raises(KeyboardInterrupt):
        run(number, Index(1, interrupt))


def test_binary_errors(probe):
    with pytest.raises(probe.Refused):
        probe.Number(2**62) + 2**62
    with pytest.raises(probe.Refused):
        2**62 + probe.Number(2**62)
    with pytest.raises(probe.Refused):
        divmod(probe.Number(1), 0)


def test_divmod(probe):
    Number = probe.Number
    assert divmod(Number(7), 2) == divmod(7, Number(2)) == divmod(Number(7), Number(2)) == (3, 1)
    assert divmod(Number(7), Other()) == ("rdivmod", 1)
    assert divmod(Other(), Number(7)) == ("divmod", 1)
    with pytest.raises(TypeError):
        divmod(Number(7), "x")


def test_binary_with_one_type_only(probe):
    a, b = probe.Table(), probe.Table()
    a[1], b[1], b[2] = "a", "b", None
    both = a | b
    assert (both[1], both[2], len(both)) == ("b", None, 2)
    for left, right in ((a, 1), (1, a), (a, None), ({}, a)):
        with pytest.raises(TypeError):
            left | right
    assert (a | Other()) == ("ror", 1)
    a |= b
    assert (a[1], len(a)) == ("b", 2)


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place(probe, name):
    run, Number = IN_PLACE[name], probe.Number
    for other in (2, Number(2), Index(2)):
        number = alias = Number(7)
        number = run(number, other)
        assert number is alias
        assert number.value == expected(name, 7, 2)
    number = Number(7)
    assert getattr(number, "__i%s__" % name)("x") is NotImplemented
    with pytest.raises(TypeError):
        run(number, None)
    # the operator itself is tried next
    assert run(number, Other()) == ("r" + name, 1)
    # the operand is the object
    number = Number(3)
    assert run(number, number) is number
    assert number.value == expected(name, 3, 3)


def test_in_place_errors(probe):
    number = probe.Number(2**62)
    with pytest.raises(probe.Refused):
        number += 2**62
    assert number.value == 2**62
    for wrong in (Index(1, lambda: 1 // 0), 2**64):
        with pytest.raises(TypeError, match="unsupported operand"):
            number += wrong
    with pytest.raises(KeyboardInterrupt):
        number += Index(1, interrupt)
    assert number.value == 2**62


def test_unary(probe):
    Number = probe.Number
    assert (-Number(5)).value == -5
    assert (~Number(5)).value == ~5
    assert abs(Number(-5)).value == 5
    number = Number(5)
    assert +number is number
    assert operator.index(number) == 5
    assert type(int(number)) is int and int(number) == 5
    assert type(float(number)) is float and float(number) == 5.0
    assert [0, 1, 2][Number(1)] == 1
    assert hex(Number(255)) == "0xff"
    with pytest.raises(probe.Refused):
        abs(Number(-(2**63)))
    for name in ("neg", "pos", "abs", "invert", "index", "int", "float"):
        with pytest.raises(TypeError):
            getattr(Number, "__%s__" % name)(Other())


def test_power(probe):
    Number = probe.Number
    for base, exponent in ((Number(3), 4), (3, Number(4)), (Number(3), Number(4))):
        assert (base**exponent).value == 81
    for modulus in (5, Number(5)):
        assert pow(Number(3), 4, modulus).value == 1
        assert pow(Number(3), Number(4), modulus).value == 1
    assert pow(Number(3), 4, None).value == 81
    # PyPy asks the first of three only
    for operands in ((3, Number(4), 5), (3, 4, Number(5))):
        try:
            assert pow(*operands).value == 1
        except TypeError:
            assert PYPY
    assert Number(4).__rpow__(3).value == 81
    assert Number(4).__pow__("x") is NotImplemented
    assert Number(4).__rpow__("x") is NotImplemented
    assert Number(3) ** Other() == ("rpow", 1)
    assert Other() ** Number(3) == ("pow", 1)
    for base, exponent in ((Number(3), "x"), ("x", Number(3))):
        with pytest.raises(TypeError):
            base**exponent
    with pytest.raises(TypeError):
        pow(Number(3), 4, "x")
    with pytest.raises(ValueError, match="negative exponent"):
        Number(3) ** -1
    with pytest.raises(ValueError, match="negative exponent"):
        3 ** Number(-1)
    with pytest.raises(RuntimeError, match="native code panicked"):
        pow(Number(3), 2, 0)
    number = Number(3)
    number **= 2
    assert number.value == 9


def test_text(probe):
    assert str(probe.Number(5)) == "5"
    assert repr(probe.Number(5)) == "Number(5)"
    assert "%s %r" % (probe.Number(5), probe.Number(6)) == "5 Number(6)"
    assert str(probe.Row([1])) == "Row([1])"
    assert f"{probe.Number(5)}" == "5"


# -- comparing -----------------------------------------------------------------


@pytest.mark.parametrize("name", COMPARISONS)
def test_order(probe, name):
    run, Number = COMPARISONS[name], probe.Number
    for a in (1, 2, 3):
        for left, right in ((Number(a), Number(2)), (Number(a), 2), (a, Number(2))):
            assert run(left, right) is run(a, 2)
    same = Number(2)
    assert run(same, same) is run(2, 2)
    method = "__%s__" % name
    assert getattr(Number(2), method)("x") is NotImplemented
    for wrong in ("x", None, 2**70, Index(2, lambda: 1 // 0)):
        for left, right in ((Number(2), wrong), (wrong, Number(2))):
            if name in ("eq", "ne"):
                assert run(left, right) is (name == "ne")
            else:
                with pytest.raises(TypeError):
                    run(left, right)
    assert run(Number(2), Index(2)) is run(2, 2)
    with pytest.raises(KeyboardInterrupt):
        run(Number(2), Index(2, interrupt))
    with pytest.raises(TypeError):
        getattr(Number, method)(Other(), Number(2))


def test_order_of_many(probe):
    numbers = [probe.Number(value) for value in (3, 1, 2)]
    assert [n.value for n in sorted(numbers)] == [1, 2, 3]
    assert max(numbers).value == 3
    assert 2 in numbers and 4 not in numbers


def test_compare_answers_not_implemented(probe):
    Row = probe.Row
    assert Row([1]) == Row([1]) and Row([1]) != Row([2])
    assert not Row([1]) == [1] and Row([1]) != [1]
    assert Row([1]).__lt__(Row([2])) is NotImplemented
    with pytest.raises(TypeError):
        Row([1]) < Row([2])
    with pytest.raises(TypeError):
        Row([1]) < [1]


def test_hash(probe):
    Number = probe.Number
    for value in (0, 1, 5, 2**62, 2**63 - 1, -(2**63), -2, -3):
        assert hash(Number(value)) == hash(value), value
    # what C takes for an error
    assert hash(Number(-1)) == hash(-1) == -2
    found = {Number(1): "one", Number(2): "two"}
    assert found[Number(1)] == found[1] == "one"
    assert len({Number(1), Number(1), Number(2)}) == 2
    table = probe.Table()
    before = hash(table)
    assert before == hash(table)
    table[1] = "x"
    assert hash(table) != before
    with pytest.raises(TypeError):
        Number.__hash__(Other())


def test_what_compares_without_hash_is_unhashable(probe):
    assert probe.Row.__hash__ is None
    with pytest.raises(TypeError, match="unhashable"):
        hash(probe.Row([1]))
    with pytest.raises(TypeError, match="unhashable"):
        {probe.Row([1])}


# -- sequences -----------------------------------------------------------------


def test_items(probe):
    row = probe.Row([1, 2, 3])
    assert [row[0], row[2], row[-1], row[-3]] == [1, 3, 3, 1]
    assert row[Index(1)] == row[True] == 2
    for index in (3, -4, 2**40, -(2**40)):
        with pytest.raises(IndexError):
            row[index]
    for index in (2**100, -(2**100)):
        with pytest.raises((IndexError, OverflowError)):
            row[index]
    for index in ("0", None, 1.0, slice(0, 1)):
        with pytest.raises(TypeError):
            row[index]
    assert list(row) == [1, 2, 3]
    assert 3 in row and 4 not in row
    assert list(reversed(row)) == [3, 2, 1]
    assert len(row) == 3
    with pytest.raises(ZeroDivisionError):
        row[Index(1, lambda: 1 // 0)]
    with pytest.raises(TypeError):
        probe.Row.__getitem__(Other(), 0)


def test_set_items(probe):
    row = probe.Row([1, 2, 3])
    row[0], row[-1] = 10, 30
    assert list(row) == [10, 2, 30]
    del row[1]
    assert list(row) == [10, 30]
    del row[-1]
    assert list(row) == [10]
    for index in (1, -2, 2**40):
        with pytest.raises(IndexError):
            row[index] = 1
        with pytest.raises(IndexError):
            del row[index]
    # None is a value like others, and not a deletion
    for value in (None, "1"):
        with pytest.raises(TypeError):
            row[0] = value
    with pytest.raises(OverflowError):
        row[0] = 2**64
    with pytest.raises(TypeError):
        row["0"] = 1
    with pytest.raises(TypeError):
        del row["0"]
    assert list(row) == [10]


class Extended(Other):
    """Something that can be added to a sequence."""

    def __iter__(self):
        return iter((1, 2))


def test_concatenation(probe):
    Row = probe.Row
    assert Row([1]) + Row([2, 3]) == Row([1, 2, 3])
    row = Row([1])
    assert row + row == Row([1, 1])
    assert operator.concat(row, Row([2])) == Row([1, 2])
    assert Row([1]) + Other() == ("radd", 1)
    assert Other() + Row([1]) == ("add", 1)
    for left, right in ((Row([1]), [2]), ([2], Row([1])), (Row([1]), 1), (1, Row([1]))):
        with pytest.raises(TypeError):
            left + right
    with pytest.raises(TypeError):
        Row.__add__(Other(), Row([1]))


def test_repetition(probe):
    Row = probe.Row
    assert Row([1, 2]) * 2 == 2 * Row([1, 2]) == Row([1, 2, 1, 2])
    assert Row([1]) * Index(3) == Index(3) * Row([1]) == Row([1, 1, 1])
    assert Row([1]) * 0 == Row([1]) * -1 == Row([])
    assert Row([1]) * Other() == ("rmul", 1)
    assert Other() * Row([1]) == ("mul", 1)
    for wrong in ("x", None, 1.0, [1], Row([1])):
        with pytest.raises(TypeError):
            Row([1]) * wrong
        with pytest.raises(TypeError):
            wrong * Row([1])
    for wrong in (2**100, Index(1, lambda: 1 // 0)):
        with pytest.raises(TypeError):
            Row([1]) * wrong


def test_sequences_in_place(probe):
    row = alias = probe.Row([1])
    row += [2]
    row += (3,)
    assert row is alias and list(row) == [1, 2, 3]
    row *= 2
    assert row is alias and list(row) == [1, 2, 3, 1, 2, 3]
    row *= Index(0)
    assert row is alias and list(row) == []
    assert operator.iconcat(row, [1]) is alias
    for wrong in (1, "x", None, ["x"]):
        with pytest.raises(TypeError):
            row += wrong
    for wrong in (1.0, "x", None):
        with pytest.raises(TypeError):
            row *= wrong
    assert row is alias and list(row) == [1]
    with pytest.raises(TypeError):
        row *= Index(1, lambda: 1 // 0)


# -- mappings ------------------------------------------------------------------


def test_subscripts(probe):
    table = probe.Table()
    table[1] = "one"
    table[Index(2)] = "two"
    assert (table[1], table[2], len(table)) == ("one", "two", 2)
    # None is a value that this one takes, and no deletion
    table[1] = None
    assert table[1] is None and len(table) == 2
    del table[1]
    assert len(table) == 1
    with pytest.raises(KeyError):
        table[1]
    with pytest.raises(KeyError):
        del table[1]
    table[-1] = "negative"
    assert table[-1] == "negative"
    for key in ("x", None, 1.0):
        with pytest.raises(TypeError):
            table[key]
        with pytest.raises(TypeError):
            table[key] = "x"
        with pytest.raises(TypeError):
            del table[key]
    with pytest.raises(TypeError):
        table[1] = 1
    with pytest.raises(OverflowError):
        table[2**64]
    with pytest.raises(ZeroDivisionError):
        table[Index(1, lambda: 1 // 0)]
    with pytest.raises(TypeError):
        probe.Table.__getitem__(Other(), 1)
    with pytest.raises(TypeError):
        probe.Table.__setitem__(Other(), 1, "x")
    with pytest.raises(TypeError):
        probe.Table.__delitem__(Other(), 1)


# -- references ----------------------------------------------------------------


@pytest.mark.skipif(PYPY, reason="counts references")
def test_references_are_given_back(probe):
    number, other, thing = probe.Number(5), probe.Number(6), Other()
    row, table, samples = probe.Row([1000]), probe.Table(), probe.SamplesU8([1])
    big = 123456789
    args, named = (big,), {"note": "text"}

    def all_of_it():
        for run in BINARY.values():
            run(number, other), run(big, other), run(number, thing)
        number == other, number < big, number == "x", hash(number), str(number)
        alias = number
        alias += 0
        alias **= 1
        +number, number(big), number(x=big)
        row[0], row + row, row * 2, row == row
        row[0] = big
        table[1] = "text"
        table[1]
        del table[1]
        memoryview(samples).tolist()
        probe.Number(*args, **named)
        with pytest.raises(TypeError):
            number + thing.__class__
        with pytest.raises(TypeError):
            row[thing]

    watched = [number, other, thing, row, table, samples, big, args, named, None, NotImplemented]
    all_of_it()
    before = [sys.getrefcount(object) for object in watched]
    for _ in range(50):
        all_of_it()
    after = [sys.getrefcount(object) for object in watched]
    growth = [b - a for a, b in zip(before, after)]
    # None is everybody's
    assert all(abs(n) < 40 for n in growth), growth
