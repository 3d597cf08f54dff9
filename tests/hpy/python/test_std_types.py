# SPDX-License-Identifier: MIT OR Apache-2.0
"""Errors of Rust's standard library, many parameters, long tuples: tests/hpy/probe/src/std_types.rs."""

from __future__ import annotations

import errno
import pathlib
import sys

import pytest
from harness import nested_calls

TWELVE = (*range(11), "last")


def test_many_parameters(probe):
    assert probe.many(*TWELVE) == probe.many_named(*TWELVE) == TWELVE
    assert probe.many(*range(10)) == (*range(10), -1, "")
    names = dict(zip("abcdefghijkl", TWELVE))
    assert probe.many_named(**names) == TWELVE
    assert probe.many_named(0, 1, 2, **{k: v for k, v in names.items() if k > "c"}) == TWELVE
    for wrong in (TWELVE[:9], (*TWELVE, 1)):
        with pytest.raises(TypeError):
            probe.many(*wrong)
        with pytest.raises(TypeError):
            probe.many_named(*wrong)


def test_long_tuples(probe):
    assert probe.twelve(TWELVE) == TWELVE
    assert probe.twelve(list(TWELVE)) == TWELVE
    for wrong in (TWELVE[1:], (*TWELVE, 1), 5):
        with pytest.raises(TypeError, match="a tuple of 12"):
            probe.twelve(wrong)


def test_errors_of_std_by_a_question_mark(probe, tmp_path):
    file = tmp_path / "numbers"
    file.write_bytes(b"7\n300\nx\n")
    assert probe.number_in_file(file, 0) == 7
    for index, error in ((1, OverflowError), (2, ValueError), (3, IndexError), (-1, OverflowError)):
        with pytest.raises(error):
            probe.number_in_file(file, index)
    file.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="utf-8"):
        probe.number_in_file(file, 0)
    with pytest.raises(FileNotFoundError) as caught:
        probe.number_in_file(tmp_path / "none", 0)
    assert caught.value.errno == errno.ENOENT


def test_errors_of_std(probe):
    assert probe.parse_int("12") == 12
    assert probe.utf8("é".encode()) == 2
    for name, value in (
        ("parse_int", "x"),
        ("parse_int", "9" * 30),
        ("parse_float", "1.x"),
        ("parse_bool", "maybe"),
        ("utf8", b"\xff"),
        ("into_utf8", b"a\x80"),
        ("c_string", "a\0b"),
    ):
        with pytest.raises(ValueError):
            getattr(probe, name)(value)
    with pytest.raises(OverflowError):
        probe.small(256)


def test_files(probe, tmp_path):
    (tmp_path / "file").write_bytes(b"text")

    class Path:
        def __init__(self, path):
            self.path = path

        def __fspath__(self):
            if self.path is None:
                raise KeyError("no path")
            return self.path

    path = str(tmp_path / "file")
    for given in (path, path.encode(), pathlib.Path(path), Path(path), Path(path.encode())):
        assert probe.read_file(given) == b"text"
    with pytest.raises(FileNotFoundError) as caught:
        probe.read_file(tmp_path / "other")
    assert caught.value.errno == errno.ENOENT
    with pytest.raises(KeyError, match="no path"):
        probe.read_file(Path(None))
    for wrong in (5, None, Path(5), bytearray(b"x")):
        with pytest.raises(TypeError):
            probe.read_file(wrong)


def test_an_exception_with_an_argument(probe):
    for argument in ((1, 2), None, "key", [1]):
        with pytest.raises(KeyError) as caught:
            probe.raise_with(argument)
        assert caught.value.args == (argument,)


@nested_calls
def test_what_nobody_can_catch(probe, monkeypatch):
    reports = []
    monkeypatch.setattr(sys, "unraisablehook", reports.append)
    assert not probe.report(int)
    divide = lambda: 1 // 0  # noqa: E731
    assert probe.report(divide)
    (report,) = reports
    assert (report.exc_type, report.object) == (ZeroDivisionError, divide)
    # PyPy 8.0.1 passes no traceback on to the hook: it is the exception's own.
    assert isinstance(report.exc_value, ZeroDivisionError) and report.exc_value.__traceback__
