# SPDX-License-Identifier: MIT OR Apache-2.0
"""Capsules of hpy-bindings: values and functions of one native module for another one.

The other module is a copy of the probe: the same file elsewhere has statics, allocator
and types of its own.
"""

from __future__ import annotations

import ctypes
import gc
import shutil
import sys
import types

import hpy_host
import pytest
from harness import PYPY

NAME = b"probe.api"


@pytest.fixture(scope="session")
def other(probe, tmp_path_factory):
    path = tmp_path_factory.mktemp("other") / "probe.hpy0.so"
    shutil.copyfile(probe.__file__, path)
    module = hpy_host.load("probe", path)
    assert module.api_functions() != probe.api_functions()
    return module


@pytest.fixture
def alive(probe, other):
    """Asserts that as many payloads are alive in both modules as before."""

    def count():
        return probe.apis_alive() - before[0], other.apis_alive() - before[1]

    def alive():
        # Twice the same: nothing is waiting to be collected. CPython collects nothing here.
        last = None
        while PYPY and last != count():
            last = count()
            gc.collect()
            gc.collect()
        return count()

    before = (0, 0)
    before = alive()
    yield alive
    assert alive() == (0, 0)


def test_a_function_of_another_module(probe, other, alive):
    capsule = other.capsule(5)
    assert alive() == (0, 1)
    assert probe.add_by(capsule, 20, 22) == 42
    assert probe.take_capsule("api", capsule) == 5
    assert other.add_by(probe.capsule(1), 1, 2**63 - 2) == 2**63 - 1
    del capsule
    assert alive() == (0, 0)


def test_the_type_is_the_hosts(probe):
    assert type(probe.capsule(1)).__name__ == "PyCapsule"
    assert "probe.api" in repr(probe.capsule(1))


def test_a_payload_outlives_its_capsule(probe, other, alive):
    capsule = other.capsule(7)
    probe.keep_api(capsule)
    del capsule
    assert alive() == (0, 1)
    assert probe.kept_api() == 7
    again = probe.new_from_kept()
    probe.drop_api()
    assert alive() == (0, 1)
    assert other.take_capsule("api", again) == 7
    del again
    assert alive() == (0, 0)


def test_a_panic_of_the_destructor(probe, other, alive):
    probe.add_by(other.capsule(13), 1, 1)
    assert alive() == (0, 0)


def test_many(probe, other, alive):
    for number in range(300):
        assert probe.take_capsule("api", other.capsule(number)) == number
    capsules = [other.capsule(number) for number in range(100)]
    assert alive() == (0, 100)
    assert [probe.take_capsule("api", c) for c in capsules] == list(range(100))
    del capsules


def test_import(probe, monkeypatch):
    monkeypatch.setitem(sys.modules, "probe", probe)
    assert probe.import_api("probe", "api") == 1000
    package = types.ModuleType("for_capsules")
    monkeypatch.setitem(sys.modules, "for_capsules", package)
    with pytest.raises(AttributeError, match="missing"):
        probe.import_api("for_capsules", "missing")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        probe.import_api("no_such_module", "api")
    package.api = 3
    with pytest.raises(TypeError, match="^expected a capsule named probe.api, got int$"):
        probe.import_api("for_capsules", "api")


@pytest.mark.parametrize("value", [None, 1, "probe.api", b"", object(), sys])
def test_no_capsule(probe, value):
    message = "expected a capsule named probe.api, got %s" % type(value).__name__
    with pytest.raises(TypeError) as caught:
        probe.take_capsule("api", value)
    assert str(caught.value) == message


REFUSED = [
    ("api", "later", ImportError, "probe.api has version 1, and version 2 is needed"),
    ("later", "api", ImportError, "probe.api has version 2, and version 1 is needed"),
    ("api", "larger", ImportError, "probe.api has 32 bytes, and 40 are needed"),
    ("larger", "api", ImportError, "probe.api has 40 bytes, and 32 are needed"),
    ("api", "unsigned", ImportError, "probe.api has other fields than are needed"),
    ("unsigned", "api", ImportError, "probe.api has other fields than are needed"),
    ("api", "other", ValueError, "expected a capsule named probe.other, got one named probe.api"),
    ("other", "api", ValueError, "expected a capsule named probe.api, got one named probe.other"),
]


@pytest.mark.parametrize("made, taken, error, message", REFUSED)
def test_another_declaration(probe, other, alive, made, taken, error, message):
    for maker in probe, other:
        capsule = maker.make_capsule(made)
        with pytest.raises(error) as caught:
            probe.take_capsule(taken, capsule)
        assert str(caught.value) == message
        del capsule


@pytest.mark.parametrize("kind", ["api", "later", "larger", "unsigned", "other"])
def test_the_same_declaration(probe, other, kind):
    assert probe.take_capsule(kind, other.make_capsule(kind)) == 1


cpython = pytest.mark.skipif(PYPY, reason="PyPy has no C API that Python code could call")


class Made(ctypes.Structure):
    """A payload as a C module has it."""

    _fields_ = [
        ("magic", ctypes.c_uint64),
        ("version", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
        ("add", ctypes.c_void_p),
        ("number", ctypes.c_int64),
    ]


@pytest.fixture
def made(probe):
    """Makes capsules as C modules do."""
    magic, version, size = probe.api_head()
    new = ctypes.pythonapi.PyCapsule_New
    new.restype = ctypes.py_object
    new.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    kept = []

    def made(name=NAME, offset=0, **changed):
        payload = Made(magic, version, size, probe.api_functions(), 99)
        for field, value in changed.items():
            setattr(payload, field, value)
        # A name must live as long as its capsule.
        name = name and ctypes.create_string_buffer(name)
        kept.append((payload, name))
        return new(ctypes.addressof(payload) + offset, name and ctypes.addressof(name), None)

    return made


@cpython
def test_made_in_c(probe, made):
    assert probe.take_capsule("api", made()) == 99
    assert probe.add_by(made(), 1, 2) == 3


@cpython
def test_bad_ones_made_in_c(probe, made):
    def refused(error, message, **how):
        with pytest.raises(error) as caught:
            probe.take_capsule("api", made(**how))
        assert str(caught.value) == message

    magic = probe.api_head()[0]
    refused(ImportError, "probe.api has no head", magic=0)
    refused(ImportError, "probe.api has no head", magic=magic ^ 1 << 63, version=9)
    refused(ImportError, "probe.api has no head", offset=4)
    refused(ImportError, "probe.api has other fields than are needed", magic=magic ^ 1)
    refused(ImportError, "probe.api has version 9, and version 1 is needed", version=9, size=1)
    refused(ImportError, "probe.api has 31 bytes, and 32 are needed", size=31, magic=magic ^ 1)
    refused(ValueError, "expected a capsule named probe.api, got one without a name", name=None)
    refused(
        ValueError,
        "expected a capsule named probe.api, got one named probe.ap\u00ef",
        name="probe.ap\u00ef".encode(),
    )
    refused(
        ValueError,
        "expected a capsule named probe.api, got one named probe.api2",
        name=b"probe.api2",
        magic=0,
    )


@cpython
def test_taken_by_c(probe, alive):
    valid = ctypes.pythonapi.PyCapsule_IsValid
    valid.argtypes = [ctypes.py_object, ctypes.c_char_p]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype = ctypes.POINTER(Made)
    pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    capsule = probe.capsule(17)
    assert valid(capsule, NAME)
    payload = pointer(capsule, NAME).contents
    magic, version, size = probe.api_head()
    assert (payload.version, payload.size, payload.number) == (version, size, 17)
    assert payload.magic - magic == 1 << 32
    assert ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(payload.add)(1, 2) == 3
    del capsule


@pytest.mark.skipif(PYPY, reason="PyPy collects when it likes")
def test_the_destructor_runs_at_once(probe):
    before = probe.apis_alive()
    capsule = probe.capsule(1)
    assert probe.apis_alive() == before + 1
    del capsule
    assert probe.apis_alive() == before


def test_capsules_at_the_end_of_the_process(python, probe):
    """The destructors run, or do not, but nothing breaks."""
    out = python(
        "import sys, hpy_host\n"
        "probe = hpy_host.load('probe', sys.argv[1])\n"
        "kept = [probe.capsule(n) for n in range(10)]\n"
        "sys.kept = probe.capsule(13)\n"
        "print(probe.take_capsule('api', kept[3]))\n",
        probe.__file__,
    )
    assert out == "3"
