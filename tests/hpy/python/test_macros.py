# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the attribute macros declare: tests/hpy/probe/src/macros.rs."""

from __future__ import annotations

import array
import collections
import copy
import gc
import inspect
import pickle
import struct
import sys
import types
import uuid

import pytest
from harness import nested_calls

PYPY = sys.implementation.name == "pypy"


def test_all_kinds_of_parameters(probe):
    f = probe.all_kinds
    assert f(1, d="d") == [1, 1, -2, (), "d", None, {}]
    assert f(1, 2, 3, 4, "five", d="d", e=0.5, f=6) == [
        *(1, 2, 3),
        *((4, "five"), "d", 0.5, {"f": 6}),
    ]
    # A name that can only be given by position is free for others.
    assert f(1, a=7, b=8, c=9, d="") == [1, 1, 9, (), "", None, {"a": 7, "b": 8}]
    assert f(1, **{"d": "", "not a name": 1, "é": 2})[-1] == {"not a name": 1, "é": 2}
    assert f(1, d="", e=None)[5] is None


@pytest.mark.parametrize(
    "args, kwargs, message",
    [
        ((), {"d": ""}, "the argument 'a' is missing"),
        ((1,), {}, "the argument 'd' is missing"),
        (("1",), {"d": ""}, "str"),
        ((1, None), {"d": ""}, "NoneType"),
        ((1, 2, 3), {"c": 4, "d": ""}, "the argument 'c' is given twice"),
        ((1,), {"d": 5}, "expected str, got int"),
    ],
)
def test_wrong_arguments(probe, args, kwargs, message):
    with pytest.raises(TypeError, match=message):
        probe.all_kinds(*args, **kwargs)


def test_parameters_by_name_only(probe):
    assert probe.named_only(only=3) == 3
    for args, kwargs in (((3,), {}), ((), {}), ((), {"only": 1, "other": 2}), ((), {"other": 2})):
        with pytest.raises(TypeError):
            probe.named_only(*args, **kwargs)
    assert probe.same_name(1) == (1, 0)
    assert probe.same_name(1, first=2, first_of_all=3) == (1, 2)


def test_names_and_options(probe):
    assert probe.renamed() is None
    assert probe.renamed("abc") == probe.renamed(type="abc") == 3
    assert not hasattr(probe, "with_another_name")
    assert probe.required_option(None) is None
    with pytest.raises(TypeError, match="'maybe' is missing"):
        probe.required_option()
    assert probe.nothing() is None
    assert probe.context_last(3) == probe.context_last(a=3) == (3,)
    with pytest.raises(TypeError, match="'a' is missing"):
        probe.context_last()


def test_arguments_that_are_borrowed(probe):
    assert probe.longer("a", "longer") == "longer"
    assert probe.longer("a") == probe.longer("a", None) == "a"
    assert probe.without_copy(b"abc") == (3, None)
    assert probe.without_copy(b"", more=b"ab") == (0, 2)
    for wrong in ("a", bytearray(b"a"), None, 3):
        with pytest.raises(TypeError, match="expected bytes"):
            probe.without_copy(wrong)
    with pytest.raises(UnicodeEncodeError):
        probe.longer("\ud800")
    token = object()
    assert probe.same_object(token) is token


def test_any_buffer(probe):
    grid = memoryview(bytes(range(12))).cast("B", (3, 4))
    for data in (b"", b"abc", bytearray(b"abc"), memoryview(b"abcdef")[::2], grid):
        assert probe.bytes_like(data) == (bytes(data), None)
    assert probe.bytes_like(array.array("i", [1, 2]), more=bytearray(5)) == (
        struct.pack("ii", 1, 2),
        5,
    )
    data = bytearray(b"abc")
    probe.bytes_like(data)
    data.append(1)  # nothing looks at it any more
    for wrong in ("abc", 3, None, [1]):
        with pytest.raises(TypeError, match="expected a bytes-like object, got"):
            probe.bytes_like(wrong)


def test_what_a_buffer_was(probe):
    assert probe.buffer_facts(b"abc") == ("B", False)
    assert probe.buffer_facts(array.array("i", [1])) == ("i", False)
    assert probe.buffer_facts(memoryview(b"abcdef")[::2]) == ("B", True)


def test_an_option_of_a_type_of_the_crate(probe):
    assert probe.initials("ann", None) == "a--d"
    assert probe.initials("ann", "bob", "eve", None) == "abe-"
    assert probe.initials("ann", two="bob", four="joe") == "ab-j"
    for arguments in ((None, None), ("ann", 3), ("ann", None, b"")):
        with pytest.raises(TypeError, match="expected str"):
            probe.initials(*arguments)
    with pytest.raises(TypeError, match="'two'"):
        probe.initials("ann")
    with pytest.raises(ValueError):
        probe.initials("ann", "")


def test_a_constant_by_another_name(probe):
    assert getattr(probe, "declared by name") == 43
    assert not hasattr(probe, "BY_NAME")


class Shuffled(list):
    def __iter__(self):
        return reversed(list(super().__iter__()))


def test_iteration(probe):
    for numbers in ([], [1, 2, 3], list(range(100))):
        kinds = (list, tuple, set, iter, Shuffled, lambda n: (x for x in n), dict.fromkeys)
        for kind in kinds:
            assert probe.iterated(kind(numbers)) == sum(numbers)
    seen = []
    probe.iterated(Shuffled([1, 2]), seen.append)
    assert seen == [2, 1]
    for wrong in (3, None):
        with pytest.raises(TypeError, match="not iterable"):
            probe.iterated(wrong)


def test_iteration_over_a_list_that_changes(probe):
    growing = [1, 2, 3]
    assert probe.iterated(growing, lambda n: growing.append(10) if len(growing) < 5 else None) == 26
    shrinking = [1, 2, 3]
    assert probe.iterated(shrinking, lambda n: shrinking.pop()) == 3


def test_an_error_ends_an_iteration(probe):
    def fails():
        yield 1
        raise KeyError("end")

    with pytest.raises(KeyError, match="end"):
        probe.iterated(fails())

    class Stops:
        def __iter__(self):
            return self

        def __next__(self):
            raise StopIteration(5)

    assert probe.iterated(Stops()) == 0


class Other(dict):
    def items(self):
        return [("other", 1)]


def test_pairs_of_mappings(probe):
    for pairs in ({}, {"a": 1, 2: None}, {n: str(n) for n in range(100)}):
        for kind in (dict, collections.OrderedDict, types.MappingProxyType, collections.UserDict):
            assert probe.pairs_of(kind(pairs)) == list(pairs.items())
    assert probe.pairs_of(Other(a=2)) == [("other", 1)]
    with pytest.raises(AttributeError):
        probe.pairs_of([1])
    changing = {n: n for n in range(10)}
    with pytest.raises(RuntimeError, match="changed"):
        probe.pairs_of(changing, lambda key: changing.pop(key + 1, None))
    growing = {1: 1}
    assert probe.pairs_of(growing, lambda key: growing.update({2: 2})) == [(1, 1)]


def test_setting_attributes_is_a_method(probe):
    fixed = probe.Fixed()
    with pytest.raises(TypeError, match="x cannot be set"):
        fixed.x = 3
    with pytest.raises(TypeError, match="y cannot be set"):
        fixed.y = None


@nested_calls
def test_a_buffer_of_our_own(probe):
    assert probe.bytes_like(probe.Weight(258)) == (struct.pack("=q", 258), None)


def test_types_of_other_crates(probe):
    for number in (0, 1, 2**128 - 1, uuid.uuid4().int):
        made = uuid.UUID(int=number)
        assert probe.same_uuid(made) == (made, str(made))
    for wrong in ("x", 3, None):
        with pytest.raises(TypeError, match="expected UUID"):
            probe.same_uuid(wrong)
    for fails in (probe.anyhow_fails, probe.eyre_fails):
        assert fails("12") == 12
        with pytest.raises(RuntimeError, match="x is wrong") as caught:
            fails("x")
        assert "invalid digit" in str(caught.value) or caught.value.__cause__ is not None


def test_the_module(probe):
    assert probe.DECLARED == 42 and probe.initialized is True
    assert probe.by_the_builder() == "built"


@pytest.mark.skipif(PYPY, reason="PyPy shows no signatures of native functions")
def test_signatures(probe):
    shown = "(a, b=1, /, c=-2, *args, d, e=None, **kwargs)"
    assert str(inspect.signature(probe.all_kinds)) == shown
    assert str(inspect.signature(probe.longer)) == "(a, b=None)"
    stretch = probe.Stretch
    if sys.version_info >= (3, 10):
        assert str(inspect.signature(stretch)) == "(start, stop=10)"
    assert str(inspect.signature(stretch.moved)) == "(self, /, by=1, *, twice=False)"
    assert str(inspect.signature(stretch.from_zero)) == "(stop=5)"
    assert str(inspect.signature(stretch.with_class)) == "(stop, *, more=0)"


def test_docstrings(probe):
    assert probe.all_kinds.__doc__.strip() == "Returns what it is given." or PYPY
    assert probe.Stretch.__doc__ == "From here to there."
    assert probe.Stretch.start.__doc__ == "Where it starts." or PYPY
    assert "Moves it." in probe.Stretch.moved.__doc__
    assert "Begins at nought." in probe.Stretch.from_zero.__doc__
    assert probe.Bad.__doc__ == "Something is bad."


def test_exceptions(probe):
    assert issubclass(probe.Worst, probe.Bad) and issubclass(probe.Bad, ValueError)
    assert (probe.Worst.__module__, probe.Worst.__name__) == ("probe", "Worst")
    with pytest.raises(probe.Bad, match="^bad$"):
        probe.fails(0)
    with pytest.raises(probe.Worst, match="^worse$"):
        probe.fails(how=1)
    with pytest.raises(Exception, match="in a declared function"):
        probe.fails(2)


def test_derived_conversions(probe):
    assert probe.derived(3) == 3 and probe.derived("x") == "x"
    whole = {"name": "n", "floor": 3, "from": [], "note": None}
    assert probe.derived({"name": "n"}) == whole
    assert probe.derived(types.SimpleNamespace(name="n", floor=4))["floor"] == 4
    assert probe.derived({"name": "n", "from": ["a"], "note": "x"})["from"] == ["a"]
    assert probe.longer_by_one(1) == 2.0
    for wrong in (2.5, None, {"called": "n"}, {"name": "n", "floor": "3"}, {"name": "n", "up": 1}):
        with pytest.raises(TypeError, match="expected Either, got"):
            probe.derived(wrong)


def test_enums(probe):
    hue, level = probe.Hue, probe.Level
    assert hue.__doc__ == "A colour."
    assert repr(hue.Red) == "Hue.Red" and repr(hue.GREEN) == "Hue.GREEN"
    assert not hasattr(hue, "Green")
    assert hue.Red == hue.Red != hue.GREEN and hue.Red < hue.GREEN
    assert hue.Red.warm and not hue.GREEN.warm
    assert probe.other_hue(hue.Red) == hue.GREEN
    assert {hue.Red: 1, hue.GREEN: 2}[probe.other_hue(hue.GREEN)] == 1
    assert int(hue.GREEN) == 1 and hue.GREEN != 1
    assert level.Low == 1 and level.High == 10 and 10 == level.High and level.Low != level.High
    assert level.Low != "1" and level.Low != 2**80
    assert int(level.High) == 10 and probe.higher(level.Low) == level.High
    for wrong in (1, "Red", None, hue.Red):
        with pytest.raises(TypeError, match="expected probe.Level"):
            probe.higher(wrong)
    with pytest.raises(TypeError):
        hue()
    with pytest.raises(TypeError):
        hash(level.Low)


def test_constructors(probe):
    stretch = probe.Stretch
    assert repr(stretch(1)) == "Stretch(1, 10)"
    assert repr(stretch(stop=3, start=2)) == repr(stretch(2, 3)) == "Stretch(2, 3)"
    for args, kwargs in (((), {}), ((1, 2, 3), {}), ((1,), {"start": 2}), ((1,), {"end": 2})):
        with pytest.raises(TypeError):
            stretch(*args, **kwargs)
    with pytest.raises(ValueError, match="backwards"):
        stretch(2, 1)
    point = probe.Point
    assert (point().x, point().y) == (0, 0)
    assert (point(1, 2, 3, a=4, b=5).x, point(1, 2, 3, a=4, b=5).y) == (1, 7)
    with pytest.raises(TypeError):
        probe.Keeper()


def test_properties(probe):
    s = probe.Stretch(1, 5)
    s.start = 2
    assert (s.start, s.last, s.size) == (2, 5, 3)
    s.size = 7
    assert s.last == 9
    with pytest.raises(ValueError, match="too small"):
        s.size = -1
    with pytest.raises(TypeError):
        s.size = "7"
    del s.size
    assert s.size == 0
    s.wanted = 3
    assert s.reached == 3
    s.wanted = None
    assert s.reached == -1
    for act in (
        lambda: setattr(s, "last", 3),
        lambda: delattr(s, "start"),
        lambda: s.wanted,
        lambda: delattr(s, "wanted"),
        lambda: setattr(s, "reached", 1),
    ):
        with pytest.raises(AttributeError):
            act()
    p = probe.Point(1.5)
    p.x, p.y = 2, 3
    assert (p.x, p.y) == (2.0, 3.0) and p == probe.Point(2, 3) and p < probe.Point(2, 4)
    assert p.raw == struct.pack("<d", 2.0)
    nan = probe.Point(float("nan"))
    assert nan != nan and not nan < p and not nan >= p
    with pytest.raises(AttributeError, match="^other$"):
        p.other  # noqa: B018


def test_static_and_class_methods(probe):
    stretch = probe.Stretch
    assert (stretch.LIMIT, stretch.UNIT, repr(stretch.whole)) == (7, "metre", "Stretch(0, 100)")
    assert repr(stretch.from_zero()) == repr(stretch(1).from_zero(5)) == "Stretch(0, 5)"
    assert stretch.with_class(1) == stretch(1).with_class(1, more=0) == [stretch, 1]
    assert stretch.with_class(stop=1, more=2) == [stretch, 3]
    for args, kwargs in (((), {}), ((1, 2), {}), ((1,), {"cls": 3})):
        with pytest.raises(TypeError):
            stretch.with_class(*args, **kwargs)
    assert not [name for name in vars(probe) if "." in name]
    assert stretch.from_zero.__qualname__ == "Stretch.from_zero" or PYPY


def test_methods(probe):
    s = probe.Stretch(1, 5)
    assert repr(s.moved()) == "Stretch(2, 6)" and repr(s.moved(2, twice=True)) == "Stretch(5, 9)"
    with pytest.raises(TypeError):
        s.moved(1, True)
    assert s.covers(probe.Stretch(2, 3)) and not s.covers(probe.Stretch(0, 3))
    assert s.covers(s) and s.covers(s, None) and s.covers(s, third=s)
    other = probe.Stretch(0, 2)
    s.swallow(other)
    assert (s.last, other.last) == (7, 0)
    with pytest.raises(RuntimeError, match="in use"):
        s.swallow(s)
    with pytest.raises(TypeError, match="expected probe.Stretch, got int"):
        s.covers(3)
    assert s.itself() is s and s.object() is s and s.name() == "range"
    keeper = s.kept()
    s.start = 3
    assert keeper.start == 3
    for wrong in (probe.Stretch.moved, probe.Stretch.object):
        with pytest.raises(TypeError):
            wrong(object())


def test_protocols(probe):
    s = probe.Stretch(1, 5)
    assert len(s) == 4 and s and 3 in s and 5 not in s and "x" not in s and 2**70 not in s
    assert not probe.Stretch(1, 1)
    assert str(s) == "a stretch" and hash(s) == 1 and int(s) == 5 and -s == -5
    assert s[2] == 3
    with pytest.raises(IndexError, match="too far"):
        s[4]  # noqa: B018
    s[1] = 2
    assert s.start == 3
    s[1] = None
    assert s.start == 1001
    del s[4]
    assert s.start == -4
    s = probe.Stretch(1, 4)
    assert iter(s) is s and list(s) == [1, 2, 3] and list(s) == []
    assert s(1) == 2 and s(1, b=2) == 4
    with pytest.raises(TypeError):
        s(1, 2)
    with s as entered:
        assert entered is s
        raise ValueError("swallowed")
    with pytest.raises(TypeError):
        s.__exit__(None, None)
    assert copy.copy(s) == s and copy.copy(s) is not s


def test_operators(probe):
    s = probe.Stretch(1, 5)
    assert repr(s + probe.Stretch(0, 2)) == "Stretch(1, 7)"
    assert repr(s * 3) == "Stretch(1, 15)" and 3 * s == (15, "reflected")
    assert 20 - s == 15
    for act in (
        *(lambda: s + 3, lambda: 3 + s, lambda: s * "x", lambda: s - 3, lambda: s - s),
        *(lambda: s * 2**70, lambda: s + None, lambda: s ** "x", lambda: "x" ** s),
    ):
        with pytest.raises(TypeError):
            act()
    t = s
    t += 2
    assert t is s and s.last == 7
    t -= 2
    assert t is s and s.last == 5
    with pytest.raises(TypeError):
        t -= 13
    with pytest.raises(TypeError):
        t += "x"
    s = probe.Stretch(1, 5)
    assert s**2 == (5, 2, None) and pow(s, 2, 3) == (5, 2, 3) and 2**s == ("reflected", 2)


def test_comparisons(probe):
    a, b = probe.Stretch(1, 5), probe.Stretch(1, 6)
    assert a == probe.Stretch(1, 5) and a != b and a < b and b >= a and not a == 3 and a != "x"
    assert probe.Stretch(1, 12).__eq__(probe.Stretch(1, 13)) is NotImplemented
    with pytest.raises(TypeError):
        a < 3  # noqa: B015
    w = probe.Weight
    assert w(3) == 3 and w(3) != 4 and not w(3) != 3 and w(3) != "x" and w(3) != 2**80
    assert w(1) < w(2) and w(2) > w(1) and not w(2) < w(1)
    for act in (lambda: w(1) < 2, lambda: w(1) <= w(2), lambda: hash(w(1))):
        with pytest.raises(TypeError):
            act()
    assert bytes(memoryview(w(258))) == struct.pack("=q", 258)


def test_pickling(probe, monkeypatch):
    monkeypatch.setitem(sys.modules, "probe", probe)
    s = probe.Stretch(2, 4)
    assert pickle.loads(pickle.dumps(s)) == s
    with pytest.raises(TypeError):
        pickle.dumps(probe.Weight(1))


def test_nothing_is_left(probe):
    gc.collect()
    before = probe.stretches_alive()
    for _ in range(100):
        s = probe.Stretch(1, 3)
        s = s.moved(1) + probe.Stretch.from_zero(2)
        s.kept()
        with pytest.raises(TypeError):
            s.covers("x")
        probe.all_kinds(s.start, 2, 3, s, s, d="", other=s)
    del s
    for _ in range(5):
        gc.collect()
    assert probe.stretches_alive() <= before + (4 if PYPY else 0)
