# SPDX-License-Identifier: MIT OR Apache-2.0
"""Plain values that cross the border: numbers, texts, lists and their like."""

from __future__ import annotations

import os

import pytest

WIDTHS = {
    "i8": (-(2**7), 2**7 - 1),
    "u8": (0, 2**8 - 1),
    "i16": (-(2**15), 2**15 - 1),
    "u16": (0, 2**16 - 1),
    "i32": (-(2**31), 2**31 - 1),
    "u32": (0, 2**32 - 1),
    "i64": (-(2**63), 2**63 - 1),
    "u64": (0, 2**64 - 1),
    "isize": (-(2**63), 2**63 - 1),
    "usize": (0, 2**64 - 1),
}


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Int:
    def __int__(self):
        return 1


@pytest.mark.parametrize("width", WIDTHS)
def test_ints(probe, width):
    convert, (lowest, highest) = getattr(probe, "as_" + width), WIDTHS[width]
    for value in (lowest, lowest + 1, 0, 1, highest - 1, highest):
        found = convert(value)
        assert found == value
        assert type(found) is int
        assert convert(Index(value)) == value
    assert convert(True) == 1
    for value in (lowest - 1, highest + 1, 2**64, -(2**64), 10**100, -(10**100)):
        for given in (value, Index(value)):
            with pytest.raises(OverflowError):
                convert(given)
    for value in (1.0, 1.5, "1", b"1", None, [1], Int(), 1j, object()):
        with pytest.raises(TypeError):
            convert(value)
    with pytest.raises(ZeroDivisionError):
        convert(Index(ZeroDivisionError()))
    with pytest.raises(TypeError):
        convert(Index("1"))


def test_overflow_names_the_value_and_the_range(probe):
    with pytest.raises(OverflowError, match=r"200 is not in -128\.\.=127"):
        probe.as_i8(200)
    with pytest.raises(OverflowError, match=r"65536 is not in 0\.\.=65535"):
        probe.as_u16(65536)


def test_ints_with_the_value_of_a_c_error(probe):
    # C signals errors by -1: it must not be taken for one
    assert probe.as_i64(-1) == -1
    assert probe.as_u64(2**64 - 1) == 2**64 - 1
    assert probe.as_f64(-1.0) == -1.0


def test_floats(probe):
    for value in (0.0, -0.0, 1.5, -1.0, 1e308, 5e-324, float("inf"), -float("inf")):
        assert repr(probe.as_f64(value)) == repr(value)
    assert probe.as_f64(float("nan")) != probe.as_f64(float("nan"))
    assert probe.as_f64(3) == 3.0
    for value in ("1", None, [], b"1.0"):
        with pytest.raises(TypeError):
            probe.as_f64(value)
    with pytest.raises(OverflowError):
        probe.as_f64(10**400)


def test_truth(probe):
    class Undecided:
        def __bool__(self):
            raise KeyError("undecided")

    for value in (True, False, 1, 0, [], [0], "", "x", None, 0.0):
        assert probe.as_bool(value) is bool(value)
    with pytest.raises(KeyError, match="undecided"):
        probe.as_bool(Undecided())


@pytest.mark.parametrize("data", [b"", b"\0", b"a\0b", bytes(range(256)), b"x" * 100_000], ids=len)
def test_bytes(probe, data):
    assert probe.as_bytes(data) == data


@pytest.mark.parametrize("value", ["", None, 5, bytearray(b"x"), memoryview(b"x"), [1]], ids=repr)
def test_no_bytes(probe, value):
    with pytest.raises(TypeError, match="expected bytes, got %s" % type(value).__name__):
        probe.as_bytes(value)


TEXTS = ["", "a", "\0", "a\0b", "é", "€", "😀", "a\u0301", "\uffff", "x" * 100_000, "é\0😀" * 1000]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:9]))
def test_str(probe, text):
    assert probe.as_str(text) == text


def test_no_str(probe):
    for lone in ("\ud800", "a\udc80b", "\udfff"):
        with pytest.raises(UnicodeEncodeError):
            probe.as_str(lone)
    for value in (b"x", None, 5, ["x"]):
        with pytest.raises(TypeError, match="expected str, got %s" % type(value).__name__):
            probe.as_str(value)


def test_paths(probe):
    assert probe.as_path("a/é") == "a/é"
    assert probe.as_path(b"a/b") == "a/b"
    assert probe.as_path(b"\xff\xe9") == os.fsdecode(b"\xff\xe9")
    assert probe.as_path(os.fsdecode(b"\xff\xe9")) == os.fsdecode(b"\xff\xe9")
    for null in ("a\0b", b"a\0b"):
        with pytest.raises(ValueError, match="null byte"):
            probe.as_path(null)
    with pytest.raises(UnicodeEncodeError):
        probe.as_path("\ud800")
    for value in (None, 5, bytearray(b"x")):
        with pytest.raises(TypeError, match="expected str, bytes or a path"):
            probe.as_path(value)


def test_lists(probe):
    for items in ([], [1], list(range(10_000)), [-(2**31), 2**31 - 1]):
        for given in (items, tuple(items)):
            found = probe.as_ints(given)
            assert found == items
            assert type(found) is list
    for value in (None, 5, "12", b"12", {1: 2}, {1}, iter([1]), range(3)):
        with pytest.raises(TypeError, match="expected a list or tuple"):
            probe.as_ints(value)
    for value in (["x"], [1, None], [1, 2.0]):
        with pytest.raises(TypeError):
            probe.as_ints(value)
    with pytest.raises(OverflowError):
        probe.as_ints([1, 2**31])


def test_subclasses_of_containers(probe):
    class List(list):
        pass

    class Tuple(tuple):
        pass

    class Bytes(bytes):
        pass

    class Str(str):
        pass

    assert probe.as_ints(List([1])) == probe.as_ints(Tuple([1])) == [1]
    assert probe.as_bytes(Bytes(b"x")) == b"x"
    assert probe.as_str(Str("x")) == "x"
    assert probe.as_i32(type("I", (int,), {})(5)) == 5


def test_a_list_that_shrinks_while_it_is_read(probe):
    class Shrink:
        def __index__(self):
            del items[1:]
            return 1

    items = [Shrink(), 2, 3]
    with pytest.raises(IndexError):
        probe.as_ints(items)


def test_tuples(probe):
    assert probe.as_triple((1, None, b"x")) == (1, None, b"x")
    assert probe.as_triple([1, 5, b"x"]) == (1, True, b"x")
    for wrong in ((), (1, None), (1, None, b"x", 4), None, "abc", {1, 2, 3}):
        with pytest.raises(TypeError, match="a tuple of 3"):
            probe.as_triple(wrong)
    with pytest.raises(TypeError):
        probe.as_triple(("1", None, b"x"))
    pairs = [(number, str(number)) for number in range(100)]
    assert probe.as_pairs(pairs) == pairs
    with pytest.raises(TypeError):
        probe.as_pairs([(1, "a"), (2, b"b")])


def test_options(probe):
    assert probe.as_option(None) is None
    assert probe.as_option() is None
    assert probe.as_option(5) == 5
    with pytest.raises(TypeError):
        probe.as_option("5")
