# SPDX-License-Identifier: MIT OR Apache-2.0
"""The debug mode of hpy-host's own hosts: what it finds, and that it leaves the rest alone."""

from __future__ import annotations

import signal

import pytest
from harness import DEBUG, FOREIGN_HOST, PYPY

pytestmark = pytest.mark.skipif(
    FOREIGN_HOST != "own" or DEBUG, reason="the host of others' modules is not ours here"
)

START = """
import sys
import hpy_host
faulty = hpy_host.load("faulty", sys.argv[1])
"""


@pytest.fixture(scope="module")
def faulty(compiled):
    return compiled("faulty")


@pytest.fixture
def debugged(faulty, python):
    """Runs code with the module in debug mode; returns what it prints."""

    def debugged(code, HPY="debug"):
        return python(START + code, faulty, HPY=HPY, HPY_HOST="own")

    return debugged


@pytest.fixture
def dies(faulty, python):
    """Runs code in debug mode that must end the process; returns the messages."""

    def dies(code):
        env = {"HPY": "debug", "HPY_HOST": "own"}
        _, errors = python.all(START + code, faulty, status=-signal.SIGABRT, **env)
        assert "HPy's debug mode: " in errors
        return errors

    return dies


# The function, the one of HPy's that finds it, and what is said.
FOUND = [
    ("closes_twice", "HPy_Close", "was closed by HPy_Close; it had been opened by HPyLong_From"),
    ("closes_foreign", "HPy_Close", "closed"),
    ("closes_an_argument", "HPy_Close", "belongs to the caller"),
    ("closes_a_constant", "HPy_Close", "belongs to the context"),
    ("uses_closed", "HPyLong_AsInt64_t", "was closed by HPy_Close"),
    ("uses_closed_in_an_array", "HPyTuple_FromArray", "was closed by HPy_Close"),
    ("returns_an_argument", "result of native code", "belongs to the caller"),
    ("returns_a_constant", "result of native code", "belongs to the context"),
    ("returns_closed", "result of native code", "was closed by HPy_Close"),
    ("uses_nonsense", "HPy_Repr", "no handle"),
    ("builds_twice", "HPyListBuilder_Build", "was closed by HPyListBuilder_Build"),
    ("tracks_and_closes", "HPyTracker_Close", "was closed by HPy_Close"),
    ("uses_outside", "HPy_Repr", "after HPy_LeavePythonExecution"),
    ("uses_in_a_thread", "HPyLong_FromInt64_t", "wrong context"),
]


@pytest.mark.parametrize("name, where, what", FOUND, ids=[name for name, _, _ in FOUND])
def test_mistakes(dies, name, where, what):
    errors = dies("def culprit():\n    faulty.%s([1])\nculprit()" % name)
    assert where in errors and what in errors
    # Python's traceback says who called, wherever there is one.
    assert "culprit" in errors or name == "uses_in_a_thread"


def test_what_is_kept(dies):
    errors = dies("faulty.keeps([1]); faulty.uses_a_kept_argument(2)")
    assert "HPy_Repr" in errors and "closed by the end of the call" in errors
    errors = dies("faulty.keeps([1]); faulty.uses_a_kept_context(2)")
    assert "HPy_Repr" in errors and "a context must not be kept" in errors
    errors = dies("faulty.calls_with_context_kept(lambda _: faulty.uses_a_kept_context(2))")
    assert "HPy_Repr" in errors and "wrong context" in errors


def test_what_is_no_mistake(debugged):
    code = """
for number in range(3000):
    assert faulty.fine([number]) == 2
assert faulty.calls(lambda module: faulty.fine(faulty.calls(id))) == 2
try:
    faulty.calls(lambda module: 1 // 0)
except ZeroDivisionError:
    print("fine")
"""
    assert debugged(code) == "fine"


def test_leaks(debugged):
    code = """
from hpy_host.debug import *
generation = new_generation()
faulty.fine(3)
assert get_open_handles(generation) == []
first = []
faulty.leaks(first)
number, argument = sorted(get_open_handles(generation), key=lambda one: one.id)
assert argument.obj is first and number.obj == 4711
assert "HPy_Dup" in repr(argument) and "HPyLong_From" in repr(number)
assert get_open_handles(new_generation()) == []
assert len(get_open_handles()) == 2
with LeakDetector():
    faulty.fine(3)
try:
    with LeakDetector():
        faulty.leaks_a_builder(None)
except HPyLeakError as error:
    assert [one.obj for one in error.handles] == ["tuple builder", "tracker"]
    print(error)
"""
    text = debugged(code)
    assert text.startswith("2 handles were not closed:")
    assert "HPyTupleBuilder_New" in text and "HPyTracker_New" in text


def test_an_exception_goes_before_a_leak(debugged):
    code = """
from hpy_host.debug import LeakDetector
try:
    with LeakDetector():
        faulty.leaks(3)
        1 // 0
except ZeroDivisionError:
    print("fine")
for wrong in (LeakDetector().stop, lambda: [detector.start() for detector in [LeakDetector()] * 2]):
    try:
        wrong()
    except ValueError as error:
        print(error)
"""
    assert debugged(code).splitlines()[0] == "fine"
    assert len(debugged(code).splitlines()) == 3


LEAKING = """
import hpy_host.debug
faulty.leaks([])
print(len(hpy_host.debug.get_open_handles()))
"""


@pytest.mark.parametrize(
    "mode, leaks",
    [
        ("debug", "2"),
        ("DEBUG", "2"),
        ("faulty:debug", "2"),
        ("other:debug,faulty:debug", "2"),
        ("universal", "0"),
        (None, "0"),
    ],
)
def test_the_variable(debugged, mode, leaks):
    assert debugged(LEAKING, HPY=mode) == leaks


@pytest.mark.skipif(PYPY, reason="there, all modules of a process are in the same mode")
def test_one_module_of_several(debugged):
    assert debugged(LEAKING, HPY="other:debug") == "0"
    code = """
import hpy_host.universal as universal
from importlib.machinery import ModuleSpec
try:
    universal.load("faulty", sys.argv[1], ModuleSpec("faulty", None), mode=universal.MODE_DEBUG)
except ImportError as error:
    print(error)
"""
    assert "cannot change" in debugged(code, HPY=None)


def test_provided(faulty, python):
    """Under the names of the package hpy, too."""
    code = """
import hpy_host
hpy_host.provide()
from hpy.universal import _debug
import sys
faulty = hpy_host.load("faulty", sys.argv[1])
generation = _debug.new_generation()
faulty.leaks([])
print(len(_debug.get_open_handles(generation)))
"""
    assert python(code, faulty, HPY="debug", HPY_HOST="own") == "2"
