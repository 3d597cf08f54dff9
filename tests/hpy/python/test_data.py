# SPDX-License-Identifier: MIT OR Apache-2.0
"""Buffers in and out, arguments as they come, dates, values of serde: tests/hpy/probe/src/data.rs."""

from __future__ import annotations

import array
import collections
import datetime
import gc
import sys

import pytest
from harness import HOST, PYPY, nested_calls

# The interpreters for which tests/common/requirements.txt has NumPy: one of each host that has
# wheels. (3.14 has a debug build that has none.)
NUMPY = sys.version_info[:2] in ((3, 9), (3, 11), (3, 13))
if PYPY:
    NUMPY = sys.implementation.version < (8,)
UTC = datetime.timezone.utc
HOUR = datetime.timedelta(hours=1)


def settle():
    """Lets PyPy see that nobody has views any more."""
    for _ in range(3):
        gc.collect()


def test_arguments_as_they_come(probe):
    assert probe.spread(1) == (1, [], 0, 0)
    assert probe.spread(1, 2, 3) == (1, [2, 3], 0, 0)
    assert probe.spread(*range(20), last=7, more=8, other=9) == (0, list(range(1, 20)), 7, 2)
    assert probe.spread(first=4, last=1) == (4, [], 1, 0)
    for wrong in (lambda: probe.spread(), lambda: probe.spread(1, first=2)):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(TypeError):
        probe.spread(1, "2")


def test_arguments_of_a_class_as_they_come(probe):
    spread = probe.Spread("a", "b")
    assert spread.items == ["a", "b"]
    assert probe.Spread().items == []
    assert spread.joined("-") == "a-b"
    assert spread.joined("-", "c", "d") == "a-b-c-d"
    assert (spread(), spread(1, 2)) == (0, 2)
    assert (probe.Spread.count(), probe.Spread.count(1, 2, 3)) == (0, 3)
    with pytest.raises(TypeError):
        spread(1, key=2)
    with pytest.raises(TypeError):
        probe.Spread(items=("a",))


def test_power_in_place(probe):
    power = same = probe.Power(3)
    power **= 4
    assert power is same and power.value == 81
    for wrong in (1000, "x", -1):
        with pytest.raises(TypeError):
            power **= wrong
    assert same.value == 81


def test_rows(probe):
    table = probe.Plane([1, 2, 3, 4, 5, 6])
    view = memoryview(table)
    assert (view.ndim, view.shape, view.strides) == (2, (2, 3), (24, 8))
    assert (view.format, view.itemsize, view.nbytes) == ("d", 8, 48)
    assert view.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert view[1, 2] == 6 and view.readonly and view.c_contiguous
    assert view.tobytes() == array.array("d", [1, 2, 3, 4, 5, 6]).tobytes()
    assert bytes(table) == view.tobytes()
    view.release()
    with pytest.raises(ValueError, match="shape"):
        memoryview(probe.Plane([1, 2]))
    empty = memoryview(probe.Plane([]))
    assert empty.shape == (0, 3) and empty.tolist() == []


@nested_calls
def test_columns(probe):
    columns = probe.Columns([1, 2, 3, 4, 5, 6])
    if PYPY and HOST == "own":
        with pytest.raises(ValueError, match="strides"):  # PyPy 8 makes no such views
            memoryview(columns)
        return
    view = memoryview(columns)
    assert (view.shape, view.strides, view.format) == ((3, 2), (2, 6), "h")
    assert view.tolist() == [[1, 4], [2, 5], [3, 6]]
    assert probe.look_i16(columns) == ([1, 4, 2, 5, 3, 6], [3, 2], True)
    assert probe.look_i16(view[1:])[:2] == ([2, 5, 3, 6], [2, 2])


def test_what_is_in_another_order_is_no_plain_block(probe):
    if PYPY:
        return  # it asks for any view, and copies
    with open("/dev/null", "wb", 0) as file:
        with pytest.raises(BufferError, match="not in C's order"):
            file.write(probe.Columns([1, 2, 3, 4, 5, 6]))
        assert file.write(probe.Plane([1, 2, 3])) == 24


def test_what_is_written_into_a_board(probe):
    board = probe.Board(2)
    view = memoryview(board)
    assert (view.shape, view.strides) == ((2, 3, 2), (24, 8, 4)) and not view.readonly
    view[0, 0, 1] = 5
    other = memoryview(board)
    assert other[0, 0, 1] == 5
    other[1, 2, 1] = -7
    assert view[1, 2, 1] == -7
    for refused in (board.numbers, board.grow):
        with pytest.raises(RuntimeError, match="being changed|in use"):
            refused()
    view.release()
    if not PYPY:
        with pytest.raises(RuntimeError, match="being changed"):
            board.numbers()
    other.release()
    del view, other
    settle()
    assert board.numbers() == [0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7]
    board.grow()
    settle()
    assert memoryview(board).shape == (2, 3, 3)


def test_what_reads_into_bytes(probe, tmp_path):
    data = probe.Bytes(6)
    (tmp_path / "file").write_bytes(b"abcdef")
    with open(tmp_path / "file", "rb", 0) as file:
        assert file.readinto(data) == 6
    settle()
    assert bytes(data.numbers()) == b"abcdef"
    view = memoryview(data)
    view[1:3] = b"XY"
    view.release()
    del view
    settle()
    assert bytes(data.numbers()) == b"aXYdef"


def test_views_that_are_refused_do_not_count(probe):
    table = probe.Plane([1, 2, 3])
    for _ in range(3):
        with pytest.raises((TypeError, BufferError)):
            with open("/dev/null", "rb", 0) as file:
                file.readinto(table)
    settle()
    assert memoryview(table).shape == (1, 3)


@nested_calls
def test_buffers_that_are_given(probe):
    numbers = array.array("d", [1.5, -2.0, 3.0])
    assert probe.look_f64(numbers) == ([1.5, -2.0, 3.0], [3], PYPY)
    assert probe.look_f64(memoryview(numbers)[1:]) == ([-2.0, 3.0], [2], PYPY)
    assert probe.look_f64(memoryview(numbers)[::2]) == ([1.5, 3.0], [2], True)
    assert probe.look_f64(array.array("d")) == ([], [0], True)
    assert probe.look_f64(probe.Plane([1, 2, 3]))[:2] == ([1, 2, 3], [1, 3])
    for code in "lq":
        assert probe.look_i64(array.array(code, [1, -(2**62)]))[0] == [1, -(2**62)]
    assert probe.look_u8(b"abc") == ([97, 98, 99], [3], False)
    assert probe.look_u8(bytearray(b"abc")) == ([97, 98, 99], [3], PYPY)
    assert probe.look_u8(memoryview(b"abc"))[:2] == ([97, 98, 99], [3])
    assert (probe.look_maybe(None), probe.look_maybe(), probe.look_maybe(b"ab")) == (None, None, 2)


def test_buffers_that_are_refused(probe):
    for wrong in (array.array("f", [1]), array.array("q", [1]), b"12345678"):
        with pytest.raises(TypeError, match="expected a buffer of the format d, got"):
            probe.look_f64(wrong)
    with pytest.raises(TypeError, match="format q, got Q"):
        probe.look_i64(array.array("Q", [1]))
    with pytest.raises(TypeError, match="an object with a buffer, got list"):
        probe.look_f64([1.0])


def test_a_buffer_that_is_not_aligned(probe):
    data = bytearray(17)
    view = memoryview(data)[1:].cast("d")
    view[1] = 2.5
    assert probe.look_f64(view)[:2] == ([0.0, 2.5], [2])


def test_what_is_written_into_a_buffer(probe):
    numbers = array.array("d", [1, 2, 3, 4])
    probe.shift_f64(numbers, 10)
    assert numbers.tolist() == [11, 12, 13, 14]
    with pytest.raises(BufferError, match="gaps"):
        probe.shift_f64(memoryview(numbers)[1::2], 100)
    probe.shift_f64(memoryview(numbers)[1:3], 100)
    assert numbers.tolist() == [11, 112, 113, 14]
    data = bytearray(b"abc")
    probe.shift_u8(data, 1)
    assert data == b"bcd"
    data.extend(b"e")  # nobody holds it any more
    probe.shift_u8(memoryview(data)[1:], 1)
    assert data == b"bdef"
    square = memoryview(bytearray(8)).cast("B", (2, 4))
    probe.shift_u8(square, 3)
    assert square.tolist() == [[3] * 4] * 2
    for fixed in (b"abc", memoryview(b"abc"), memoryview(bytearray(3)).toreadonly()):
        with pytest.raises(BufferError, match="read-only"):
            probe.shift_u8(fixed, 1)


@nested_calls
def test_a_buffer_cannot_shrink_while_it_is_used(probe):
    numbers = array.array("d", [1, 2])
    refused = []

    def during():
        try:
            numbers.extend([3.0] * 1000)
        except BufferError:
            refused.append(True)

    if PYPY:
        # The copy no longer fits.
        with pytest.raises((ValueError, BufferError, TypeError)):
            probe.shift_f64(numbers, 1, during)
        assert len(numbers) == 1002
    else:
        probe.shift_f64(numbers, 1, during)
        assert refused == [True] and numbers.tolist() == [2, 3]
    with pytest.raises(ZeroDivisionError):
        probe.shift_f64(array.array("d", [1]), 1, lambda: 1 // 0)


def test_numpy(probe):
    if not NUMPY:
        # The same protocol, by what Python has itself.
        square = memoryview(array.array("d", range(6))).cast("B").cast("d", (2, 3))
        assert probe.look_f64(square) == ([0, 1, 2, 3, 4, 5], [2, 3], PYPY)
        probe.shift_f64(square, 1)
        assert square.tolist() == [[1, 2, 3], [4, 5, 6]]
        return
    import numpy as np

    table = probe.Plane([1, 2, 3, 4, 5, 6])
    seen = np.asarray(table)
    assert seen.shape == (2, 3) and seen.dtype == np.float64 and not seen.flags["W"]
    assert seen.sum() == 21
    assert np.asarray(probe.Columns([1, 2, 3, 4, 5, 6])).T.tolist() == [[1, 2, 3], [4, 5, 6]]
    board = probe.Board(1)
    cells = np.asarray(board)
    cells[:] = np.arange(6, dtype=np.int32).reshape(2, 3, 1)
    again = np.asarray(board)
    assert np.shares_memory(cells, again)
    assert memoryview(board).tobytes() == array.array("i", range(6)).tobytes()
    del cells, again
    if not PYPY:  # whose NumPy keeps the views
        assert board.numbers() == list(range(6))
    square = np.arange(6, dtype=float).reshape(2, 3)
    assert probe.look_f64(square) == ([0, 1, 2, 3, 4, 5], [2, 3], PYPY)
    assert probe.look_f64(square.T) == ([0, 3, 1, 4, 2, 5], [3, 2], True)
    assert probe.look_f64(np.float64(2.5)) == ([2.5], [], True)
    probe.shift_f64(square, 1)
    assert square.tolist() == [[1, 2, 3], [4, 5, 6]]
    probe.shift_f64(square[0], 1)
    assert square.tolist() == [[2, 3, 4], [4, 5, 6]]
    for gaps in (square.T, square[0, ::2]):
        with pytest.raises(BufferError, match="gaps"):
            probe.shift_f64(gaps, 1)
    square.setflags(write=False)
    assert probe.look_f64(square)[0][0] == 2
    with pytest.raises(BufferError, match="read-only"):
        probe.shift_f64(square, 1)
    for other in (np.arange(3), np.arange(3, dtype=">f8"), np.array(["x"])):
        with pytest.raises(TypeError):
            probe.look_f64(other)


DATES = [datetime.date(1, 1, 1), datetime.date(2024, 2, 29), datetime.date(9999, 12, 31)]
TIMES = [datetime.time(), datetime.time(23, 59, 59, 999999), datetime.time(1, 2, 3, 4)]
OFFSETS = [0 * HOUR, 14 * HOUR, -datetime.timedelta(hours=3, minutes=30, seconds=7)]
DELTAS = [
    datetime.timedelta(0),
    datetime.timedelta(microseconds=-1),
    datetime.timedelta(days=-3, seconds=5, microseconds=7),
    datetime.timedelta.max,
    datetime.timedelta.min,
]


def test_dates_of_chrono(probe):
    for date in DATES:
        assert probe.chrono_date(date) == date
    for wrong in (datetime.datetime(2024, 1, 1), datetime.time(), "2024-01-01", None):
        with pytest.raises(TypeError):
            probe.chrono_date(wrong)


def test_times_of_chrono(probe):
    for time in TIMES:
        assert probe.chrono_time(time) == time
        for date in DATES:
            both = datetime.datetime.combine(date, time)
            assert probe.chrono_naive(both) == both
    assert probe.chrono_leap() == datetime.time(23, 59, 59, 999999)
    for aware in (datetime.time(tzinfo=UTC), datetime.datetime(2024, 1, 1, tzinfo=UTC)):
        with pytest.raises((TypeError, ValueError)):
            probe.chrono_time(aware)
        with pytest.raises((TypeError, ValueError)):
            probe.chrono_naive(aware)


def test_time_zones_of_chrono(probe):
    for offset in OFFSETS:
        zone = datetime.timezone(offset)
        assert probe.chrono_offset(zone) == (zone, offset.total_seconds())
        time = datetime.datetime(2024, 2, 29, 23, 59, 59, 123456, zone)
        for same in (probe.chrono_fixed(time), probe.chrono_utc(time)):
            assert same == time
        assert probe.chrono_fixed(time).utcoffset() == offset
        assert probe.chrono_utc(time).tzinfo is UTC
    assert probe.chrono_zone(UTC) is UTC
    first = datetime.datetime.min.replace(tzinfo=datetime.timezone(HOUR))
    assert probe.chrono_fixed(first) == first
    with pytest.raises(ValueError):
        probe.chrono_utc(first)  # before the year 1
    for wrong in (datetime.datetime(2024, 1, 1), datetime.timezone(HOUR)):
        with pytest.raises((TypeError, ValueError)):
            probe.chrono_zone(wrong)
        with pytest.raises((TypeError, ValueError)):
            probe.chrono_fixed(wrong)
    fine = datetime.timezone(datetime.timedelta(microseconds=1))
    with pytest.raises(ValueError, match="whole seconds"):
        probe.chrono_offset(fine)


def test_deltas_of_chrono(probe):
    for delta in DELTAS:
        same, seconds = probe.chrono_delta(delta)
        assert same == delta and abs(seconds) == abs(delta) // datetime.timedelta(seconds=1)
    with pytest.raises(TypeError):
        probe.chrono_delta(5)


EVERYTHING = {
    "text": "é\0x",
    "letter": "ß",
    "flag": True,
    "small": -128,
    "large": 2**64 - 1,
    "huge": 2**128 - 1,
    "number": 0.5,
    "nothing": None,
    "maybe": None,
    "list": [0, 65535],
    "pair": (-1, "b"),
    "map": {"x": 1, "y": -(2**63)},
    "shapes": [
        "Empty",
        {"Circle": 2.5},
        {"Line": (1, 2)},
        {"Rectangle": {"width": 3, "height": 4}},
        {"Nested": {"Nested": "Empty"}},
    ],
    "extra": 7,
}


def test_values_of_serde(probe):
    assert probe.serde_everything(EVERYTHING) == EVERYTHING
    other = collections.OrderedDict(EVERYTHING, maybe=3, list=range(3), pair=[1, "x"], number=2)
    del other["extra"]
    other["unknown"] = object()
    seen = probe.serde_everything(other)
    assert seen["extra"] == 0 and seen["maybe"] == 3
    assert (seen["list"], seen["pair"], seen["number"]) == ([0, 1, 2], (1, "x"), 2.0)
    assert probe.serde_everything(collections.ChainMap(EVERYTHING)) == EVERYTHING


@pytest.mark.parametrize(
    "name, value",
    [
        ("text", 5),
        ("letter", "ab"),
        ("flag", 1),
        ("small", 128),
        ("large", -1),
        ("large", 1.5),
        ("huge", -1),
        ("huge", 2**128),
        ("number", "x"),
        ("number", None),
        ("nothing", 1),
        ("list", "ab"),
        ("list", b"ab"),
        ("list", {1: 2}),
        ("list", [65536]),
        ("pair", (1,)),
        ("pair", (1, "x", 2)),
        ("map", [("x", 1)]),
        ("map", {1: 1}),
        ("text", "\ud800"),
    ],
)
def test_values_that_serde_refuses(probe, name, value):
    with pytest.raises((ValueError, TypeError, OverflowError)):
        probe.serde_everything({**EVERYTHING, name: value})


def test_variants_of_serde(probe):
    for shape in EVERYTHING["shapes"]:
        assert probe.serde_shape(shape) == shape
    assert probe.serde_shape({"Empty": None}) == "Empty"
    for wrong in (
        "Circle",
        "Other",
        {"Empty": 1},
        {"Circle": 1.0, "Line": (1, 2)},
        {},
        {"Line": [1]},
        {"Rectangle": [1, 2]},
        {"Rectangle": {"width": 1}},
        5,
        None,
        {5: 1},
    ):
        with pytest.raises((ValueError, TypeError)):
            probe.serde_shape(wrong)


def test_any_value_of_serde(probe):
    for value in (None, True, 5, 0.5, "x", [1, [2, "y"], {"a": None}], {"k": {"l": [1.5]}}):
        assert probe.serde_any(value) == value
    assert probe.serde_any((1, 2)) == [1, 2]
    for wrong in (object(), {1: 2}, 2**100):
        with pytest.raises((ValueError, TypeError)):
            probe.serde_any(wrong)


def test_errors_of_python_within_serde(probe):
    class Fails:
        def keys(self):
            return ["next"]

        def __getitem__(self, key):
            raise ZeroDivisionError(key)

    with pytest.raises(ZeroDivisionError, match="next"):
        probe.serde_depth(Fails())

    def items():
        yield 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        probe.serde_everything({**EVERYTHING, "list": items()})


def test_depth_of_serde(probe):
    chain = None
    for depth in range(1, 60):
        chain = {"next": chain}
        assert probe.serde_depth(chain) == depth
    for _ in range(1000):
        chain = {"next": chain}
    itself = {}
    itself["next"] = itself
    for deep in (chain, itself):
        with pytest.raises(RecursionError):
            probe.serde_depth(deep)
    endless = []
    endless.append(endless)
    with pytest.raises((RecursionError, ValueError)):
        probe.serde_any(endless)
    assert probe.serde_depth(probe.serde_chain(30)) == 30
    with pytest.raises(RecursionError):
        probe.serde_chain(1000)
