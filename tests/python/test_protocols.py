"""hpy-bindings: what can be done with objects, conversions, exceptions, context variables."""

from __future__ import annotations

import collections
import contextvars
import dataclasses
import datetime
import gc
import operator
import sys
import threading
import types
import warnings

import pytest
from conftest import DEBUG, HOST, PYPY, nested_calls
from hypothesis import example, given
from hypothesis import strategies as st

BINARY = "add sub mul floordiv truediv mod lshift rshift and_ or_ xor".split()
COMPARISONS = ["lt", "le", "eq", "ne", "gt", "ge"]
small = st.integers(-300, 300)
texts = st.text(max_size=8)
# Of the surrogates that stand alone nothing can be made in Rust.
any_text = st.text(st.characters(), max_size=8)
huge = st.integers(-(2**300), 2**300) | st.integers(-(2**65), 2**65)


def outcome(function, *args):
    """What a call returns, or what it raises."""
    try:
        return function(*args)
    except Exception as error:
        return type(error)


class Operand:
    """Tells which method was called."""

    def __matmul__(self, other):
        return ("matmul", other)

    def __rmatmul__(self, other):
        return ("rmatmul", other)

    def __imatmul__(self, other):
        return ("imatmul", other)

    def __ipow__(self, other):
        return ("ipow", other)


# Numbers


@given(st.sampled_from(BINARY), small, small)
def test_operators(probe, name, a, b):
    assert outcome(probe.operate, name, a, b) == outcome(getattr(operator, name), a, b)
    assert outcome(probe.number, name, a, b) == outcome(getattr(operator, name), a, b)
    assert outcome(probe.operate, "i" + name, a, b) == outcome(getattr(operator, name), a, b)


@given(small, small)
def test_divmod_and_power(probe, a, b):
    assert outcome(probe.operate, "divmod", a, b) == outcome(divmod, a, b)
    assert outcome(probe.number, "divmod", a, b) == outcome(divmod, a, b)
    assert outcome(probe.operate, "idivmod", a, b) == outcome(divmod, a, b)
    assert outcome(probe.operate, "pow", a, b) == outcome(pow, a, b)
    assert outcome(probe.operate, "ipow", a, b) == outcome(pow, a, b)


@given(st.integers(0, 10**30), st.integers(0, 10**30), st.integers(-(10**9), 10**9))
def test_power_with_a_modulus(probe, a, b, modulus):
    assert outcome(probe.power, a, b, modulus) == outcome(pow, a, b, modulus)


def test_operators_of_python_classes(probe):
    a = Operand()
    assert probe.operate("matmul", a, 2) == ("matmul", 2)
    assert probe.operate("matmul", 2, a) == ("rmatmul", 2)
    assert probe.operate("imatmul", a, 2) == ("imatmul", 2)
    assert probe.operate("ipow", a, 2) == ("ipow", 2)
    with pytest.raises(TypeError):
        probe.operate("add", a, 2)


def test_in_place(probe):
    values = [1]
    assert probe.operate("iadd", values, [2]) is values
    assert values == [1, 2]
    assert probe.operate("add", values, [3]) == [1, 2, 3]
    assert probe.operate("imul", values, 2) is values == [1, 2, 1, 2]


@pytest.mark.parametrize("name", ["iand_", "ior_", "isub", "ixor"])
def test_in_place_of_sets(probe, name):
    a, b = {1, 2, 3}, {2, 9}
    wanted = getattr(operator, name[1:])(set(a), b)
    assert probe.operate(name, a, b) is a
    assert a == wanted


UNARY = {
    "neg": operator.neg,
    "pos": operator.pos,
    "abs": abs,
    "invert": operator.invert,
    "index": operator.index,
    "int": int,
    "float": float,
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "hash": hash,
    "truth": bool,
    "len": len,
    "type": type,
    "callable": callable,
    "negative": operator.neg,
}
VALUES = [0, 1, -7, 2**70, 1.5, -0.0, True, "", "aé\ud800", "12", b"x", [], [1], {}, {1: 2}, None, len, int]


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_one_operand(probe, name, value):
    assert outcome(probe.unary, name, value) == outcome(UNARY[name], value)


def test_is_number(probe):
    # PyPy 7.3 says that complex numbers are none.
    numbers = [probe.unary("number", v) for v in (1, 1.5, "1", None, [])]
    assert numbers == [True, True, False, False, False]


# Comparisons


@given(st.sampled_from(COMPARISONS), small | texts, small | texts)
def test_comparisons(probe, name, a, b):
    assert outcome(probe.compare, name, a, b) == outcome(getattr(operator, name), a, b)
    assert probe.equals(a, b) == (a == b)


def test_an_object_equals_itself(probe):
    nan = float("nan")
    assert probe.equals(nan, nan)
    other = float("nan")
    # On PyPy, floats of the same bits are the same object.
    assert probe.equals(nan, other) == (nan is other)

    class Broken:
        def __eq__(self, other):
            raise KeyError("eq")

        def __hash__(self):
            raise KeyError("hash")

        def __bool__(self):
            raise KeyError("bool")

        def __len__(self):
            return -1

        def __repr__(self):
            return 3

        def __index__(self):
            raise KeyError("index")

    for call in (
        lambda: probe.equals(Broken(), Broken()),
        lambda: probe.unary("hash", Broken()),
        lambda: probe.unary("truth", Broken()),
        lambda: probe.unary("index", Broken()),
        lambda: probe.as_i128(Broken()),
        lambda: probe.as_bigint(Broken()),
    ):
        with pytest.raises(KeyError):
            call()
    with pytest.raises(ValueError):
        probe.unary("len", Broken())
    with pytest.raises(TypeError):
        probe.unary("repr", Broken())


# Containers


@pytest.mark.parametrize("container", [[1, 2, 3], (1, 2, 3), {0: 1, "a": 2}, "text", {1}, 5, None])
@pytest.mark.parametrize("key", [0, -1, 7, "a", slice(0, 2), None, []])
def test_subscripts(probe, container, key):
    def delete(a, key):
        del a[key]

    def copy():
        return container.copy() if hasattr(container, "copy") else container

    def after(function, *args):
        a = copy()
        return outcome(function, a, *args), a

    assert outcome(probe.get, copy(), key) == outcome(operator.getitem, copy(), key)
    assert after(probe.set, key, [9]) == after(operator.setitem, key, [9])
    assert after(probe.delete, key) == after(delete, key)
    assert outcome(probe.contains, copy(), key) == outcome(lambda a, k: k in a, copy(), key)


def test_items_by_index(probe):
    values = [10, 11, 12]
    assert probe.item(values, 1, "x") == (11, True)
    assert values == [10, 12]
    mapping = {3: "three"}
    assert probe.item(mapping, 3, 3) == ("three", True)
    assert mapping == {}
    for container, error in [([], IndexError), ({}, KeyError), (3, TypeError)]:
        with pytest.raises(error):
            probe.item(container, 1, None)


def test_append(probe):
    values = []
    probe.append(values, values)
    assert len(values) == 1 and values[0] is values
    with pytest.raises(TypeError, match="^expected list, got tuple$"):
        probe.append((), 1)


def test_containers_are_made(probe):
    made = probe.make("a", 2)
    assert made == (["a", 2], ("a", 2), {"a", 2}, {"a": 2, "more": (1, "two")}, slice(-5, None, 2))
    with pytest.raises(TypeError):
        probe.make([], 1)


def test_dicts(probe):
    class Dict(dict):
        def keys(self):
            raise KeyError("not asked")

    for given in ({}, {1: 2, "a": []}, Dict({3: 4}), collections.OrderedDict([(2, 1), (1, 2)])):
        assert probe.unary("dict_keys", given) == list(dict.keys(given))
        copy = probe.unary("dict_copy", given)
        assert copy == given and copy is not given
    for name in "dict_keys", "dict_copy":
        with pytest.raises(TypeError, match="^expected dict, got list$"):
            probe.unary(name, [])


bounds = st.none() | st.integers(-12, 12)


@given(bounds, bounds, bounds.filter(lambda step: step != 0), st.integers(0, 10))
def test_slices(probe, start, stop, step, length):
    given = slice(start, stop, step)
    assert probe.slice_indices(given, length) == given.indices(length)


def test_bad_slices(probe):
    with pytest.raises(TypeError, match="^expected slice, got range$"):
        probe.slice_indices(range(3), 1)
    with pytest.raises(TypeError):
        probe.slice_indices(slice("a"), 1)
    with pytest.raises(ValueError):
        probe.slice_indices(slice(None, None, 0), 1)


# Attributes, calls, iteration, types


def test_attributes(probe):
    thing = types.SimpleNamespace()
    assert probe.attributes(thing) == (False, True, 84, False)
    assert probe.attr_of("", "join")(["a"]) == "a"
    assert probe.attr_of(types.SimpleNamespace(**{"größe": 4}), "größe") == 4
    with pytest.raises(AttributeError):
        probe.attr_of(thing, "x")
    with pytest.raises(TypeError):
        probe.attr_of(thing, 3)
    with pytest.raises(AttributeError):
        probe.delete_x(thing)
    with pytest.raises((AttributeError, TypeError)):
        probe.attributes(3)


def test_calls_by_name(probe):
    def function(*args, **kwargs):
        return args, kwargs

    assert probe.call_named(function, "v") == ((1,), {"key": "v", "größe": "v"})
    with pytest.raises(TypeError):
        probe.call_named(lambda a: a, 1)
    with pytest.raises(TypeError):
        probe.call_named(3, 1)
    thing = types.SimpleNamespace(method=lambda value: value + 1)
    assert probe.call_method(thing, 3) == 4
    with pytest.raises(AttributeError):
        probe.call_method(3, 3)


def test_exactly(probe):
    with pytest.raises(TypeError, match="^expected 2 arguments, got 3$"):
        probe.equals(1, 2, 3)
    with pytest.raises(TypeError, match="^expected 1 argument, got 0$"):
        probe.iterate()
    with pytest.raises(TypeError, match="^expected 3 arguments, got 0$"):
        probe.operate()


@given(st.lists(small))
def test_iteration(probe, values):
    assert probe.iterate(values) == values
    assert probe.iterate(tuple(values)) == values
    assert probe.iterate(iter(values)) == values
    assert probe.iterate(value for value in values) == values
    assert probe.iterate(dict.fromkeys(values)) == list(dict.fromkeys(values))


def test_iteration_that_fails(probe):
    def generator():
        yield 1
        raise KeyError("in between")

    class Old:
        def __getitem__(self, index):
            return [1, 2, 3][index]

    with pytest.raises(KeyError, match="in between"):
        probe.iterate(generator())
    with pytest.raises(TypeError):
        probe.iterate(3)
    assert probe.iterate(Old()) == [1, 2, 3]
    changed = {1: 1, 2: 2}

    def change():
        for key in changed:
            yield key
            changed[len(changed) + 5] = 1

    with pytest.raises(RuntimeError):
        probe.iterate(change())


def test_instances(probe):
    assert probe.is_instance(True, int)
    assert not probe.is_instance(1, bool)
    assert probe.unary("type", probe.unary("type", 3)) is type


# Conversions


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


@given(huge)
@example(2**127)
@example(2**127 - 1)
@example(-(2**127))
@example(2**128 - 1)
@example(2**128)
@example(2**63)
@example(-(2**63) - 1)
@example(2**64)
def test_wide_integers(probe, n):
    for convert, low, high in (
        (probe.as_i128, -(2**127), 2**127 - 1),
        (probe.as_u128, 0, 2**128 - 1),
    ):
        if low <= n <= high:
            assert convert(n) == n
            assert convert(Index(n)) == n
        else:
            with pytest.raises(OverflowError):
                convert(n)
    assert probe.as_bigint(n) == n
    assert probe.as_bigint(Index(n)) == n
    assert type(probe.as_bigint(n)) is int


def test_integers_of_other_kinds(probe):
    class Lying(int):
        def bit_length(self):
            return 1

        def to_bytes(self, *args, **kwargs):
            return b"no"

    n = 10**30
    assert probe.as_i128(Lying(n)) == probe.as_bigint(Lying(n)) == n
    assert probe.as_bigint(True) == 1
    assert probe.as_bigint(10**4000) == 10**4000
    with pytest.raises(OverflowError, match="^the int is not in -1701"):
        probe.as_i128(2**200)
    for convert in (probe.as_i128, probe.as_u128, probe.as_bigint):
        for value in (1.0, "1", None, [], 1j):
            with pytest.raises(TypeError):
                convert(value)


@given(st.floats(width=32))
def test_small_floats(probe, x):
    assert repr(probe.as_f32(x)) == repr(x)


def test_floats_that_do_not_fit(probe):
    assert probe.as_f32(1e300) == float("inf")
    assert probe.as_f32(-(10**300)) == -float("inf")
    assert probe.as_f32(0.1) != 0.1
    with pytest.raises(TypeError):
        probe.as_f32("1")


def surrogate(text):
    return any("\ud800" <= char <= "\udfff" for char in text)


@given(st.characters())
@example("\0")
@example("\U0010ffff")
@example("\ud800")
def test_characters(probe, char):
    if surrogate(char):
        with pytest.raises(UnicodeEncodeError):
            probe.as_char(char)
    else:
        assert probe.as_char(char) == char


def test_no_characters(probe):
    for text, count in ("", 0), ("ab", 2), ("éé\0", 3):
        with pytest.raises(ValueError, match="^expected one character, got %d$" % count):
            probe.as_char(text)
    with pytest.raises(TypeError, match="^expected str, got int$"):
        probe.as_char(3)


@given(any_text)
@example("a\0é")
@example("\udfff\ud800")
def test_texts(probe, text):
    if surrogate(text):
        with pytest.raises(UnicodeEncodeError):
            probe.as_cow(text)
        with pytest.raises(UnicodeEncodeError):
            probe.as_map({text: 1})
    else:
        assert probe.as_cow(text) == text
        assert probe.as_map({text: 1}) == {text: 1}


int64 = st.integers(-(2**63), 2**63 - 1)
valid_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(st.dictionaries(valid_text, int64))
def test_maps(probe, given):
    assert probe.as_map(given) == given
    assert probe.as_map(types.MappingProxyType(given)) == given
    assert probe.as_map(collections.UserDict(given)) == given
    assert probe.as_map(collections.OrderedDict(given)) == given


@given(st.dictionaries(int64, st.none() | valid_text))
def test_ordered_maps(probe, given):
    assert list(probe.as_ordered(given).items()) == sorted(given.items())


@given(
    st.dictionaries(
        valid_text, st.dictionaries(st.binary(max_size=4), st.lists(int64, max_size=3), max_size=3),
        max_size=3,
    )
)
def test_nested_maps(probe, given):
    assert probe.as_nested(given) == given


def test_bad_maps(probe):
    message = "^expected a dict or another mapping, got "
    for value, name in ([], "list"), (3, "int"), (None, "NoneType"), ({1}, "set"):
        with pytest.raises(TypeError, match=message + name):
            probe.as_map(value)
    with pytest.raises(TypeError, match="^expected str, got int$"):
        probe.as_map({1: 1})
    with pytest.raises(TypeError):
        probe.as_map({"a": "b"})
    with pytest.raises(ValueError, match="two keys"):
        probe.as_bools({1: 1, 2: 2})
    assert probe.as_bools({0: 1, 2: 2}) == {False: 1, True: 2}

    class Keys:
        def keys(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        probe.as_map(Keys())
    Keys.keys = lambda self: ["a", "b"]
    with pytest.raises(TypeError):
        probe.as_map(Keys())
    Keys.__getitem__ = lambda self, key: {"a": 1}[key]
    with pytest.raises(KeyError, match="b"):
        probe.as_map(Keys())


def test_a_dict_that_changes_while_it_is_converted(probe):
    """What is converted is what there was at the beginning."""

    class Changing:
        def __init__(self, change):
            self.change = change

        def __index__(self):
            self.change()
            gc.collect()
            return 1

    names = ["%d" % n for n in range(50)]
    for change in ("clear", "popitem", "grow", "setdefault"):
        given = {}

        def apply():
            if change == "grow":
                given.update(dict.fromkeys(range(len(given), len(given) + 100)))
            elif change == "setdefault":
                given["new"] = object()
            elif given:
                getattr(given, change)()

        given.update((name, Changing(apply)) for name in names)
        assert probe.as_map(given) == dict.fromkeys(names, 1)
        values = [Changing(lambda: values.clear()) for _ in range(5)]
        with pytest.raises(IndexError):
            probe.as_none(values)

    class Shrinking(Changing):
        def __hash__(self):
            return 5

    given = set()
    given.update(Shrinking(given.clear) for _ in range(20))
    assert probe.as_set(given) == {1}


def test_a_subclass_of_dict_with_other_methods(probe):
    class Dict(dict):
        def items(self):
            raise KeyError("not asked")

        keys = values = __iter__ = items

    assert probe.as_map(Dict(a=1)) == {"a": 1}


@given(st.sets(st.integers(-(2**127), 2**127 - 1), max_size=8))
def test_sets(probe, given):
    for kind in (set, frozenset):
        assert probe.as_set(kind(given)) == given
    assert type(probe.as_set(frozenset(given))) is set


@given(st.sets(st.tuples(valid_text, int64), max_size=5))
def test_ordered_sets(probe, given):
    assert probe.as_ordered_set(given) == given


@given(st.lists(st.sets(st.integers(0, 255), max_size=4), max_size=4))
def test_lists_of_sets(probe, given):
    assert probe.as_sets(given) == given


def test_bad_sets(probe):
    for value in ([], {}, (), "a", {}.keys(), None):
        name = type(value).__name__
        with pytest.raises(TypeError, match="^expected a set or frozenset, got %s$" % name):
            probe.as_set(value)
    with pytest.raises(TypeError):
        probe.as_set({1, "a"})
    with pytest.raises(OverflowError):
        probe.as_sets([{256}])


def test_arrays(probe):
    assert probe.as_three((1, 2, 3)) == [1, 2, 3]
    assert probe.as_three([3, 2, 1]) == [3, 2, 1]
    assert probe.as_none(()) == []
    for value in ([1, 2], (1, 2, 3, 4), []):
        message = "^expected a list or tuple of 3, got one of %d$" % len(value)
        with pytest.raises(TypeError, match=message):
            probe.as_three(value)
    with pytest.raises(TypeError, match="^expected a list or tuple of 3, got set$"):
        probe.as_three({1, 2, 3})


def test_boxes_and_anything(probe):
    assert probe.as_box(3) == 3
    assert probe.as_box(None) is None
    assert probe.as_box() is None
    assert probe.anything(1) == probe.anything(1, None) == probe.anything(1, object(), []) == 1
    with pytest.raises(TypeError):
        probe.anything(1, 2, 3, 4)


# Records

places = st.fixed_dictionaries(
    {"name": valid_text, "at": st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False))},
    optional={
        "tags": st.none() | st.lists(valid_text, max_size=3),
        "type": st.none() | st.fixed_dictionaries({}, optional={"n": st.none() | int64}),
    },
)


def complete(place):
    place = {"tags": None, "type": None, **place}
    if place["type"] is not None:
        place["type"] = {"n": None, **place["type"]}
    return place


@given(places)
def test_records(probe, place):
    assert probe.as_place(place) == complete(place)
    assert probe.as_places([place] * 2) == [complete(place)] * 2
    assert list(probe.as_place(place)) == ["name", "at", "tags", "type"]
    if place.get("type") != {}:
        assert probe.as_place(types.SimpleNamespace(**place)) == complete(place)


def test_records_of_other_objects(probe):
    @dataclasses.dataclass
    class Place:
        name: str
        at: tuple[float, float]
        more: int = 5

    named = collections.namedtuple("named", "name at tags type")
    wanted = {"name": "a", "at": (1.0, 2.0), "tags": None, "type": None}
    assert probe.as_place(Place("a", (1, 2))) == wanted
    assert probe.as_place(named("a", (1, 2), None, None)) == wanted
    assert probe.as_place(named("a", (1, 2), ["t"], {"n": 3})) == {
        **wanted,
        "tags": ["t"],
        "type": {"n": 3},
    }
    assert probe.place(Place("a", (1, 2))) == (
        'Place { name: "a", at: (1.0, 2.0), tags: None, type: None }'
    )
    assert probe.as_inner({}) == {"n": None}


def test_bad_records(probe):
    good = {"name": "a", "at": (1, 2)}

    def refused(value, message, error=TypeError):
        with pytest.raises(error) as caught:
            probe.as_place(value)
        assert str(caught.value) == message

    refused({"name": "a"}, "Place needs 'at'")
    refused({}, "Place needs 'name'")
    refused(types.SimpleNamespace(at=(1, 2)), "Place needs 'name'")
    refused({**good, "nmae": 1, 3: 4, "\ud800": 5}, "Place has no 'nmae', 3, '\\ud800'")
    refused({**good, "name": 3}, "expected str, got int")
    refused({**good, "at": (1, 2, 3)}, "expected a tuple of 2, got tuple")
    for value in (3, None, "text", [("name", "a")]):
        refused(
            value,
            "expected a dict or an object with the attributes of Place, got %s"
            % type(value).__name__,
        )
    with pytest.raises(TypeError, match="attributes of Inner, got int"):
        probe.as_place({**good, "type": 3})
    with pytest.raises(UnicodeEncodeError):
        probe.as_place({**good, "name": "\ud800"})

    class Failing:
        @property
        def name(self):
            raise KeyError("name")

    with pytest.raises(KeyError, match="name"):
        probe.as_place(Failing())


# Dates


@given(st.dates())
def test_dates(probe, date):
    assert probe.as_date(date) == date
    assert type(probe.as_date(date)) is datetime.date


@given(st.times())
def test_times(probe, time):
    assert probe.as_time(time) == time


@given(st.datetimes())
def test_datetimes(probe, value):
    assert probe.as_datetime(value) == value


@given(st.timedeltas())
@example(datetime.timedelta.max)
@example(datetime.timedelta.min)
@example(datetime.timedelta(microseconds=-1))
def test_durations(probe, value):
    assert probe.as_duration(value) == value


@given(
    st.datetimes(datetime.datetime(2, 1, 1), datetime.datetime(9998, 12, 30)),
    st.integers(-1439, 1439),
)
def test_timestamps(probe, value, minutes):
    zone = datetime.timezone(datetime.timedelta(minutes=minutes))
    value = value.replace(tzinfo=zone)
    converted = probe.as_timestamp(value)
    assert converted == value
    assert converted.tzinfo is datetime.timezone.utc


def test_bad_dates(probe):
    utc = datetime.timezone.utc
    moment = datetime.datetime(2000, 1, 2, 3, 4, 5, 6)
    with pytest.raises(TypeError, match="^expected date, got datetime$"):
        probe.as_date(moment)
    with pytest.raises(TypeError, match="^expected datetime, got date$"):
        probe.as_datetime(moment.date())
    with pytest.raises(TypeError, match="^expected time, got str$"):
        probe.as_time("12:00")
    with pytest.raises(TypeError, match="^expected timedelta, got int$"):
        probe.as_duration(3)
    with pytest.raises(TypeError, match="^expected datetime, got NoneType$"):
        probe.as_timestamp(None)
    for convert, value in (
        (probe.as_datetime, moment.replace(tzinfo=utc)),
        (probe.as_time, moment.replace(tzinfo=utc).timetz()),
    ):
        with pytest.raises(ValueError, match="^expected a date and time without a time zone$"):
            convert(value)
    with pytest.raises(ValueError, match="^expected a date and time with a time zone$"):
        probe.as_timestamp(moment)
    for n in range(4):
        with pytest.raises((ValueError, OverflowError)):
            probe.far_dates(n)
    assert probe.fine_time() == datetime.time(23, 59, 59, 999999)


def test_dates_that_lie(probe):
    class Lying(datetime.date):
        year = property(lambda self: self.made_up)

    for year, error in ((99999, OverflowError), (-20000, ValueError), ("x", TypeError)):
        lying = Lying(2000, 1, 1)
        lying.made_up = year
        with pytest.raises(error):
            probe.as_date(lying)


# Exceptions


class Own(Exception):
    pass


@nested_calls
@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        Own(1, 2),
        StopIteration(3),
        KeyboardInterrupt(),
        SystemExit(3),
        GeneratorExit(),
        BaseException("base"),
        OSError(2, "no", "file"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_catch(probe, error):
    def fail():
        raise error

    caught, value = probe.catch(fail)
    assert caught is False
    assert value is error
    with pytest.raises(type(error)) as again:
        probe.raise_object(value)
    assert again.value is error


@nested_calls
def test_nothing_to_catch(probe):
    assert probe.catch("fine") == (True, "fine")
    assert probe.catch(lambda: None) == (True, None)
    assert probe.catch(lambda: ValueError) == (True, ValueError)
    assert probe.catch(lambda: probe.catch(lambda: probe.catch("inner"))) == (
        True,
        (True, (True, "inner")),
    )


@nested_calls
def test_catch_what_rust_raises(probe):
    (caught, error) = probe.catch("panic")
    assert type(error) is RuntimeError and "panicked" in str(error) and "while caught" in str(error)
    (caught, error) = probe.catch("os")
    assert type(error) is FileNotFoundError
    assert (error.errno, error.filename) == (2, "/a/b")
    (caught, error) = probe.catch("new")
    assert type(error) is KeyError and error.args == ("new",)
    (caught, error) = probe.catch("nested")
    assert type(error) is TypeError and str(error) == "outer"
    assert type(error.__cause__) is ValueError and str(error.__cause__) == "inner"
    assert probe.catch("caught inside") == (True, KeyError)


@nested_calls
def test_catch_while_an_exception_is_handled(probe):
    def fail():
        raise ValueError("second")

    try:
        raise KeyError("first")
    except KeyError as first:
        _, error = probe.catch(fail)
        assert error.__context__ is first
        assert sys.exc_info()[1] is first


@nested_calls
def test_catch_in_generators_and_threads(probe):
    def generator():
        yield probe.catch(lambda: next(iter(())))

    ((caught, error),) = generator()
    assert type(error) is StopIteration
    results = []

    def run(n):
        for _ in range(50):
            results.append(probe.catch(lambda: n)[1] == n)
            results.append(str(probe.catch(lambda: 1 // 0)[1]) != "")

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads if not DEBUG else ():
        thread.start()
    for thread in threads if not DEBUG else ():
        thread.join()
    assert all(results)


@pytest.mark.skipif(DEBUG, reason="the debug mode has some contexts for nested calls, no more")
def test_catch_in_catch(probe):
    def deeper(left):
        return probe.catch(lambda: deeper(left - 1)) if left else 1 // 0

    value = deeper(20)
    for _ in range(19):
        assert value[0]
        value = value[1]
    assert not value[0] and type(value[1]) is ZeroDivisionError


@pytest.mark.skipif(DEBUG, reason="the debug mode has some contexts for nested calls, no more")
@pytest.mark.skipif(
    PYPY and HOST == "built in",
    reason="PyPy 7.3 aborts where its stack ends within a function that cannot fail",
)
def test_catch_too_deep(probe):
    def deeper():
        return probe.catch(deeper)

    depth, value = 0, deeper()
    while isinstance(value, tuple):
        depth, value = depth + 1, value[1]
    assert depth > 3 and type(value) is RecursionError
    assert probe.catch("fine") == (True, "fine")


def test_the_native_function_is_hidden(probe):
    assert not [name for name in dir(probe) if "catch" in name and name != "catch"]


def test_raise_objects(probe):
    error = ValueError("same")
    with pytest.raises(ValueError) as caught:
        probe.raise_object(error)
    assert caught.value is error
    for value in (3, ValueError, None):
        with pytest.raises(TypeError, match="^expected an exception, got "):
            probe.raise_object(value)


def test_raise_from(probe):
    cause = Own("cause")
    with pytest.raises(ValueError, match="^message$") as caught:
        probe.raise_from("message", cause)
    assert caught.value.__cause__ is cause
    assert caught.value.__suppress_context__
    with pytest.raises(FileNotFoundError) as caught:
        probe.raise_os_from(cause)
    assert caught.value.__cause__ is cause
    with pytest.raises(ValueError) as caught:
        probe.raise_from("alone", None)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    with pytest.raises(TypeError, match="exception"):
        probe.raise_from("message", 3)


def fail_with_key_error():
    raise KeyError("pending")


def test_pending_exceptions_stay(probe):
    cause = Own()
    with pytest.raises(KeyError, match="pending") as caught:
        probe.pending_from(fail_with_key_error, cause)
    assert caught.value.__cause__ is None
    for first in (True, False):
        with pytest.raises(KeyError, match="pending"):
            probe.caused_by_pending(fail_with_key_error, first)


def chain(error):
    while error is not None:
        yield type(error), str(error)
        error = error.__cause__


def test_chains(probe):
    with pytest.raises(ValueError) as caught:
        probe.caused_by()
    assert list(chain(caught.value)) == [
        (ValueError, "first"),
        (KeyError, "'last'"),
        (PermissionError, "[Errno 13] os"),
    ]
    with pytest.raises(ValueError) as caught:
        probe.chained(0)
    links = list(chain(caught.value))
    assert links[:2] == [(ValueError, "top"), (ValueError, "middle")]
    assert links[2][0] is FileNotFoundError and len(links) == 3
    with pytest.raises(RuntimeError) as caught:
        probe.chained(1)
    assert [kind for kind, _ in chain(caught.value)] == [RuntimeError, FileNotFoundError]
    with pytest.raises(RuntimeError, match="^no number$"):
        probe.chained(2)


def test_classes(probe):
    for name in ("ValueError", "FileNotFoundError", "ArithmeticError", "StopIteration"):
        with pytest.raises(getattr(__import__("builtins"), name)) as caught:
            probe.raise_builtin(name, "text é\0")
        assert caught.value.args == ("text é\0",)
    with pytest.raises(KeyError, match="NoSuchError"):
        probe.raise_builtin("NoSuchError", "")


def test_what_class_a_pending_exception_has(probe):
    def fails_with(error, name):
        def fail():
            raise error

        return probe.fails_with(fail, name)

    for error in (KeyError(1), FileNotFoundError(2, ""), StopIteration(), ZeroDivisionError()):
        for name in ("KeyError", "LookupError", "OSError", "FileNotFoundError", "Exception",
                     "StopIteration", "BaseException", "ArithmeticError"):
            assert fails_with(error, name) == isinstance(error, getattr(__import__("builtins"), name))
    assert probe.fails_with(lambda: 3, "KeyError") is None


def test_what_class_a_new_exception_has(probe):
    assert probe.new_is("KeyError", "LookupError")
    assert probe.new_is("KeyError", "KeyError")
    assert not probe.new_is("LookupError", "KeyError")
    assert not probe.new_is("KeyError", "NoSuchError")
    assert probe.new_is("os", "FileNotFoundError")
    assert probe.new_is("os", "OSError")
    assert not probe.new_is("os", "ValueError")
    assert probe.new_is("caused", "LookupError")
    assert not probe.new_is("caused", "ValueError")


def test_warnings(probe):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        probe.warn("UserWarning", "größe")
        probe.warn("DeprecationWarning", "old")
    assert [(w.category, str(w.message)) for w in seen] == [
        (UserWarning, "größe"),
        (DeprecationWarning, "old"),
    ]
    assert seen[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="error"):
            probe.warn("UserWarning", "an error")
    with pytest.raises(ValueError, match="null"):
        probe.warn("UserWarning", "a\0b")


# Context variables


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
