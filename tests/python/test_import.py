# SPDX-License-Identifier: GPL-2.0-or-later
"""Importing: what is refused and how, and what an import costs."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import hpy_host
import pytest
import vermilion
from harness import HOST, PYPY

PACKAGE = Path(vermilion.__file__).parent

REFUSED = """
import sys
%s
try:
    import vermilion
except ImportError as error:
    print(str(error).replace("\\n", " "))
    print(error.name)
    assert "vermilion._native" not in sys.modules
    assert "vermilion" not in sys.modules
else:
    print("imported")
"""

# Interpreters without any fit host, and the reasons that must be given.
OTHER_INTERPRETERS = {
    "CPython 3.8": ("cpython", (3, 8, 18), (3, 8, 18), ()),
    "PyPy 7.3.13": ("pypy", (3, 10, 13), (7, 3, 13), ("too old", "7.3.14")),
    "graalpy": ("graalpy", (3, 11, 7), (24, 1, 0), ("for CPython and for PyPy only",)),
}


def pretend(implementation, language, version, _reasons=()):
    return """
from types import SimpleNamespace
implementation = vars(sys.implementation).copy()
implementation.update(name=%r, version=%r)
sys.implementation = SimpleNamespace(**implementation)
sys.version_info = %r
sys.modules['hpy'] = sys.modules['hpy.universal'] = None
sys.modules['hpy_host._pypy'] = sys.modules['hpy_host._cpython'] = None
""" % (implementation, version, language)


@pytest.mark.parametrize("name", OTHER_INTERPRETERS)
def test_other_interpreters_are_refused(python, name):
    pretence = pretend(*OTHER_INTERPRETERS[name])
    message, *_ = python(REFUSED % pretence, HPY_HOST=None).splitlines()
    assert name.split(".")[0] in message  # what was found
    assert "HPy" in message  # what is needed
    assert "CPython 3.9" in message  # what will work
    assert "PyPy 7.3.14" in message
    for reason in OTHER_INTERPRETERS[name][3]:
        assert reason in message


@pytest.mark.skipif(
    HOST == "own" and (PYPY or sys.version_info >= (3, 13)), reason="there is no other host"
)
@pytest.mark.parametrize("way", ["missing", "broken", "old"])
def test_without_a_working_host(python, tmp_path, way):
    own = "sys.modules['hpy_host._pypy'] = sys.modules['hpy_host._cpython'] = None\n"
    if way == "missing":
        setup = "sys.modules['hpy'] = sys.modules['hpy.universal'] = None"
    else:
        (tmp_path / "hpy").mkdir()
        (tmp_path / "hpy" / "__init__.py").touch()
        content = {
            "broken": "raise ImportError('undefined symbol')",
            "old": "def get_version():\n    return '0.0.4', 'x'\n",
        }[way]
        (tmp_path / "hpy" / "universal.py").write_text(content)
        setup = "sys.path.insert(0, %r)\nsys.modules.pop('hpy', None)" % str(tmp_path)
        setup += "\nsys.modules.pop('hpy.universal', None)"
    message, *_ = python(REFUSED % (own + setup), HPY_HOST=None).splitlines()
    found = {"missing": "cannot be imported", "broken": "undefined symbol", "old": "HPy 0.0.4"}
    assert found[way] in message
    assert "hpy-host's own host cannot be imported" in message or HOST == "built in"


@pytest.mark.skipif(HOST != "own", reason="the host is not hpy-host's own")
def test_without_its_own_host(python):
    setup = "sys.modules['hpy_host._pypy'] = sys.modules['hpy_host._cpython'] = None"
    message, *_ = python(REFUSED % setup).splitlines()
    assert "hpy-host's own host cannot be imported" in message


@pytest.fixture
def copy_of_the_package(tmp_path):
    """A copy that may be damaged; its folder for sys.path."""
    shutil.copytree(PACKAGE, tmp_path / "copy" / "vermilion")
    return tmp_path / "copy"


def test_without_the_binary(python, copy_of_the_package):
    binary = copy_of_the_package / "vermilion" / "_native.hpy0.so"
    binary.unlink()
    setup = "sys.path.insert(0, %r)" % str(copy_of_the_package)
    message, module = python(REFUSED % setup).splitlines()
    assert module == "vermilion._native"
    assert "not installed completely" in message
    assert str(binary) in message


def test_a_submodule_is_loaded_once():
    assert hpy_host.load_submodule("vermilion._native") is vermilion._native
    assert sys.modules["vermilion._native"] is vermilion._native


@pytest.mark.parametrize("content", [b"", b"no library", b"\x7fELF" * 4])
def test_with_a_broken_binary(python, copy_of_the_package, content):
    binary = copy_of_the_package / "vermilion" / "_native.hpy0.so"
    binary.write_bytes(content)
    setup = "sys.path.insert(0, %r)" % str(copy_of_the_package)
    message, module = python(REFUSED % setup).splitlines()
    assert module == "vermilion._native"
    assert str(binary) in message


def test_the_package_can_be_anywhere(python, copy_of_the_package):
    code = """
import sys
sys.path.insert(0, sys.argv[1])
import vermilion
print(vermilion.runtime().path)
print(vermilion.Graph.from_parents([(-1, -1)]).heads())
"""
    path, heads = python(code, copy_of_the_package).splitlines()
    assert Path(path).samefile(copy_of_the_package / "vermilion" / "_native.hpy0.so")
    assert heads == "[0]"


# -- what an import costs ------------------------------------------------------

HEAVY = [
    "argparse",
    "asyncio",
    "collections",
    "contextlib",
    "copy",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "hashlib",
    "importlib.metadata",
    "inspect",
    "json",
    "logging",
    "multiprocessing",
    "numpy",
    "pathlib",
    "pickle",
    "pkg_resources",
    "platform",
    "random",
    "re",
    "shutil",
    "socket",
    "struct",
    "subprocess",
    "tempfile",
    "textwrap",
    "threading",
    "traceback",
    "typing",
    "urllib",
]

LOADED = """
import sys
before = set(sys.modules)
import vermilion
print(*sorted(set(sys.modules) - before))
"""


def test_import_loads_nothing_heavy(python):
    loaded = python(LOADED).split()
    own = {"vermilion", "hpy_host", "vermilion._native", "vermilion.graph"}
    assert own <= set(loaded)
    # what hpy's own package loads is not ours, nor what `array`, cffi and contextvars do
    own_host = "array, _cffi_backend, contextvars" if PYPY else "array"
    needed = own_host if HOST == "own" else "hpy.universal, array"
    host = python(LOADED.replace("import vermilion", "import " + needed)).split()
    heavy = set(loaded) & set(HEAVY) - set(host)
    assert not heavy
    others = [
        name for name in set(loaded) - set(host) if not name.startswith(("vermilion", "hpy_host"))
    ]
    assert len(others) < 10, others


def test_import_is_quiet(python):
    code = "import warnings; warnings.simplefilter('error'); import vermilion; print('fine')"
    assert python(code) == "fine"


def test_imported_twice(python):
    code = """
import importlib, sys
import vermilion
import vermilion._native as native
first = vermilion._native
assert native is first is sys.modules["vermilion._native"]
from vermilion import _native
assert _native is first
importlib.reload(vermilion)
assert vermilion._native is first
print(len(vermilion.RevSet([1])))
"""
    assert python(code) == "1"


def test_everything_public_is_there():
    for name in vermilion.__all__:
        assert getattr(vermilion, name).__doc__, name
    assert vermilion.RevSet.__module__.startswith("vermilion")
    assert issubclass(vermilion.CorruptIndexError, ValueError)
    assert vermilion.CorruptIndexError.__module__ == "vermilion"
    assert vermilion.UnsupportedIndexError.__name__ == "UnsupportedIndexError"


def test_the_first_example_works():
    import doctest

    result = doctest.testmod(vermilion)
    assert result.attempted > 3
    assert result.failed == 0


def test_in_a_thread(python):
    code = """
import threading
done = []
def work():
    import vermilion
    done.append(vermilion.Graph.from_parents([(-1, -1)]).heads())
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
print(done)
"""
    assert python(code) == str([[0]] * 4)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_imported_after_a_fork(python):
    code = """
import os
pid = os.fork()
if pid == 0:
    import vermilion
    os._exit(vermilion.Graph.from_parents([(-1, -1)]).heads()[0])
print(os.waitpid(pid, 0)[1])
"""
    assert python(code) == "0"


def test_interpreter_version_is_supported():
    assert sys.version_info >= (3, 9)


def test_doctor_names_the_host(python):
    code = "import vermilion.doctor; print(vermilion.doctor.report())"
    (line,) = [line for line in python(code).splitlines() if "HPy host" in line]
    assert HOST in line
    assert vermilion.runtime().host_version in line


@pytest.mark.skipif(HOST != "own", reason="the host is not hpy-host's own")
def test_in_a_mode_that_our_host_has_not(python):
    _, errors = python.all("import vermilion", status=1, HPY="trace", HPY_HOST="own")
    assert "LoadError" in errors and "no trace mode" in errors and "_native.hpy0.so" in errors
