# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tables by Arrow's capsules: tests/hpy/probe/src/arrow.rs, beside Arrow's own small library."""

from __future__ import annotations

import gc
import sys
import threading

import pytest
from harness import PYPY, leaving_threads

# The interpreters for which tests/common/requirements.txt has nanoarrow.
NANOARROW = sys.version_info[:2] in ((3, 9), (3, 11), (3, 13))
if PYPY:
    NANOARROW = sys.implementation.version < (8,)
if NANOARROW:
    import nanoarrow
SUM = sum(range(50))


class Once:
    """An object with what its maker gives it."""

    def __init__(self, **methods):
        for name, method in methods.items():
            setattr(self, f"__arrow_c_{name}__", method)


@pytest.fixture(autouse=True)
def all_readers_end(probe):
    """Checks that no reader is left behind."""
    before = probe.arrow_readers()
    yield
    for _ in range(5):
        gc.collect()
    assert probe.arrow_readers() == before


def test_a_table_there_and_back(probe):
    table = probe.ArrowTable(5)
    assert probe.arrow_sum(table) == probe.arrow_sum(table) == SUM
    assert probe.arrow_sum(probe.ArrowPassed(probe.ArrowPassed(table))) == SUM
    assert probe.arrow_sum(probe.ArrowTable(0)) == 0
    assert probe.arrow_rows(table) == (50, 2)
    assert probe.arrow_names(table) == [("n", "Int64", False), ("name", "Utf8", True)]
    passed = probe.ArrowPassed(table)
    assert probe.arrow_sum(passed) == SUM
    with pytest.raises(ValueError, match="was taken"):
        probe.arrow_sum(passed)


def test_a_capsule_is_taken_once(probe):
    capsule = probe.ArrowTable(5).__arrow_c_stream__()
    again = Once(stream=lambda: capsule)
    assert probe.arrow_sum(again) == SUM
    with pytest.raises(ValueError, match="released"):
        probe.arrow_sum(again)
    schema, array = probe.ArrowTable(2).__arrow_c_array__(None)
    again = Once(array=lambda: (schema, array))
    assert len(probe.ArrowColumn(again)) == 20
    with pytest.raises(ValueError):
        probe.ArrowColumn(again)
    schema = probe.ArrowTable(2).__arrow_c_schema__()
    again = Once(schema=lambda: schema)
    assert len(probe.arrow_names(again)) == 2
    with pytest.raises(ValueError):
        probe.arrow_names(again)


def test_capsules_that_nobody_takes(probe):
    for _ in range(100):
        probe.ArrowTable(1).__arrow_c_stream__()
        probe.ArrowTable(1).__arrow_c_array__()
        probe.ArrowTable(1).__arrow_c_schema__()
    probe.ArrowTable(1, "drop").__arrow_c_stream__()


def test_other_objects_are_refused(probe):
    for wrong in (1, [1], None, probe, object()):
        with pytest.raises(TypeError, match="expected an object with __arrow_c_stream__"):
            probe.arrow_sum(wrong)
    table = probe.ArrowTable(1)
    schema, array = table.__arrow_c_array__()
    for wrong in (schema, array, table.__arrow_c_schema__()):
        with pytest.raises(ValueError, match="expected a capsule named arrow_array_stream"):
            probe.arrow_sum(Once(stream=lambda capsule=wrong: capsule))
    for wrong in (1, None, (schema, array)):
        with pytest.raises(TypeError, match="expected a capsule"):
            probe.arrow_sum(Once(stream=lambda result=wrong: result))
    with pytest.raises(ValueError, match="arrow_schema"):
        probe.ArrowColumn(Once(array=lambda: (array, schema)))
    for wrong in ((), (schema,), 7):
        with pytest.raises((TypeError, IndexError)):
            probe.ArrowColumn(Once(array=lambda result=wrong: result))
    with pytest.raises(ZeroDivisionError):
        probe.arrow_sum(Once(stream=lambda: 1 / 0))
    with pytest.raises(TypeError, match="expected a batch of rows"):
        probe.arrow_rows(only_numbers(probe))


def only_numbers(probe):
    """Returns a column of numbers that is no table."""
    return probe.ArrowNumbers([1, 2, 3])


def test_readers_that_fail(probe):
    with pytest.raises(ValueError, match="a zero.within"):
        probe.arrow_sum(probe.ArrowTable(3, "error"))
    with pytest.raises(ValueError, match="has panicked"):
        probe.arrow_sum(probe.ArrowTable(3, "panic"))
    assert probe.arrow_sum(probe.ArrowTable(5, "drop")) == SUM
    passed = probe.ArrowPassed(probe.ArrowPassed(probe.ArrowTable(3, "panic")))
    with pytest.raises(ValueError, match="has panicked"):
        probe.arrow_sum(passed)


@leaving_threads
def test_without_the_interpreter(probe):
    assert probe.arrow_sum_outside(probe.ArrowTable(7)) == 70
    sums = []
    work = [
        threading.Thread(target=lambda: sums.append(probe.arrow_sum_outside(probe.ArrowTable(9))))
        for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert sums == [90] * 4


if NANOARROW:

    def test_nanoarrow_reads_ours(probe):
        stream = nanoarrow.ArrayStream(probe.ArrowTable(5))
        rows = list(stream.iter_tuples())
        names = [None if n % 3 == 0 else f"№ {n}" for n in range(50)]
        assert rows == list(zip(range(50), names))
        array = nanoarrow.Array(probe.ArrowTable(2))
        assert list(array.iter_tuples()) == rows[:20]
        schema = nanoarrow.Schema(probe.ArrowTable(0))
        assert [field.name for field in schema.fields] == ["n", "name"]
        assert [field.nullable for field in schema.fields] == [False, True]
        with pytest.raises(Exception, match="has panicked"):
            list(nanoarrow.ArrayStream(probe.ArrowTable(5, "panic")).iter_tuples())
        with pytest.raises(Exception, match="a zero.within"):
            list(nanoarrow.ArrayStream(probe.ArrowTable(5, "error")).iter_tuples())
        del stream, array

    def test_ours_reads_nanoarrow(probe):
        numbers = nanoarrow.Array(list(range(1000)), nanoarrow.int64())
        assert len(probe.ArrowColumn(numbers)) == 1000
        back = nanoarrow.Array(probe.ArrowColumn(numbers))
        assert back.to_pylist() == list(range(1000))
        words = nanoarrow.Array(["a", None, "ßx", ""], nanoarrow.string())
        assert nanoarrow.Array(probe.ArrowColumn(words)).to_pylist() == ["a", None, "ßx", ""]
        schema = nanoarrow.struct({"n": nanoarrow.int64()})
        table = nanoarrow.c_array_from_buffers(
            schema, 3, [None], children=[nanoarrow.c_array([7, 8, 9], nanoarrow.int64())]
        )
        stream = nanoarrow.ArrayStream(table)
        assert probe.arrow_sum(stream) == 24
        assert probe.arrow_names(schema) == [("n", "Int64", True)]

    def test_a_column_outlives_its_maker(probe):
        numbers = nanoarrow.Array(list(range(100_000)), nanoarrow.int64())
        column = probe.ArrowColumn(numbers)
        del numbers
        gc.collect()
        back = nanoarrow.Array(column)
        del column
        gc.collect()
        assert back.to_pylist() == list(range(100_000))
