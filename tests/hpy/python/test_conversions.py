# SPDX-License-Identifier: MIT OR Apache-2.0
"""hpy-bindings: what becomes of Python's objects in Rust, and back."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import gc
import types

import pytest
from harness import PYPY
from hypothesis import example, given, strategies as st

# Of the surrogates that stand alone nothing can be made in Rust.
any_text = st.text(st.characters(), max_size=8)
huge = st.integers(-(2**300), 2**300) | st.integers(-(2**65), 2**65)


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
        valid_text,
        st.dictionaries(st.binary(max_size=4), st.lists(int64, max_size=3), max_size=3),
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
            if PYPY:  # elsewhere nothing waits for that
                gc.collect()
            return 1

    names = ["%d" % n for n in range(10 if PYPY else 50)]
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
