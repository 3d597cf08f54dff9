# SPDX-License-Identifier: MIT OR Apache-2.0
"""HPy hosts: which one is chosen, what it refuses, and what a module finds in it."""

from __future__ import annotations

import _ctypes
import importlib.util
import os
import shutil
import sys

import hpy_host
import pytest
from harness import DEBUG, FOREIGN_HOST, HOST, PYPY

if DEBUG:
    pytest.skip(
        "these are of the universal mode; test_debug.py is of the other", allow_module_level=True
    )

# The hosts of this interpreter by the names that HPY_HOST has for them.
KEYS = {"built in": "builtin", "hpy": "hpy", "own": "own"}
PRESENT = {KEYS[HOST], "own"}
if not PYPY and sys.version_info < (3, 13) and importlib.util.find_spec("hpy"):
    PRESENT.add("hpy")
everywhere_own = pytest.mark.skipif(
    HOST != "own", reason="modules made with hpy-bindings have another host here"
)
own = pytest.mark.skipif(FOREIGN_HOST != "own", reason="the host here is not hpy-host's own")

CHOSEN = """
import hpy_host
print(hpy_host.host().name)
import os
print(hpy_host.load("probe", os.environ["VERMILION_PROBE"]).add(3, 4))
"""
FAILS = """
import os, sys
import hpy_host
try:
    hpy_host.load("probe", os.environ["VERMILION_PROBE"])
except ImportError as error:
    print(" ".join(str(error).split()))
else:
    raise SystemExit("imported")
"""
# Prints what loading the file of the first argument raises; the process goes on.
LOADING = """
import os, sys
import hpy_host
if "MODE" in os.environ:  # for this file only: our host would refuse the probe as well
    os.environ.update(HPY=os.environ["MODE"], HPY_HOST="own")
path = sys.argv[1]
name = sys.argv[2] if len(sys.argv) > 2 else "kinds"
before = set(sys.modules)
try:
    module = hpy_host.load(name, path)
except Exception as error:
    print(" ".join(str(error).split()))
    print(*(base.__name__ for base in type(error).__mro__))
    print("%s|%s" % (getattr(error, "name", None), getattr(error, "path", None)))
    cause = error.__cause__
    while cause is not None:
        print("because", type(cause).__name__, cause)
        cause = cause.__cause__
else:
    raise SystemExit("%r was loaded" % module)
assert name not in sys.modules
if "HPY" not in os.environ:
    probe = hpy_host.load("probe", os.environ["VERMILION_PROBE"])
    assert probe.add(3, 4) == 7
"""


@pytest.fixture
def refused(python):
    """Loads a file that must be refused.

    Returns the message, the error's base classes, and its causes. The error's `path` is the
    file, unless it came out of the module's own exec slot.
    """

    def refused(path, *arguments, mode=None, **env):
        if mode is not None:
            env["MODE"] = mode
        lines = python(LOADING, path, *arguments, **env).splitlines()
        if lines[1].startswith("LoadError"):
            assert lines[2].endswith("|" + str(path))
        return lines[0], lines[1].split(), lines[3:]

    return refused


# -- the choice ----------------------------------------------------------------


def test_the_host_of_this_interpreter(python):
    names = python(CHOSEN, HPY_HOST=None).splitlines()
    builtin = PYPY and sys.implementation.version < (8,)
    assert names[0] == ("built in" if builtin else "own")
    assert names[1] == "7"


@pytest.mark.parametrize("key", ["builtin", "hpy", "own"])
def test_forced(python, key):
    if key in PRESENT:
        names = python(CHOSEN, HPY_HOST=key).splitlines()
        assert KEYS[names[0]] == key
        assert names[1] == "7"
    else:
        message = python(FAILS, HPY_HOST=key)
        assert "HPY_HOST=%s" % key in message
        assert hpy_host.interpreter() in message  # where that is
        assert "CPython 3.9" in message and "PyPy 7.3.14" in message  # what would work
        assert key + ": " in message  # the reason


@pytest.mark.parametrize("value", ["Own", "cpyext", "0", "own "])
def test_forced_to_what_there_is_not(python, value):
    message = python(FAILS, HPY_HOST=value)
    assert "HPY_HOST=" + value.strip() in message
    for key in KEYS.values():
        assert key in message


def test_empty_means_not_forced(python):
    assert python(CHOSEN, HPY_HOST="") == python(CHOSEN, HPY_HOST=None)


# -- files that are refused ----------------------------------------------------


def another_library():
    """A shared library that is no HPy module."""
    if getattr(_ctypes, "__file__", None):
        return _ctypes.__file__
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        found = [line.split()[-1] for line in maps if ".so" in line and "r-xp" in line]
    return next(path for path in found if "/libc" in path or "/libm" in path)


@pytest.mark.parametrize("content", [b"", b"plain text\n", b"\x7fELF" * 4])
def test_files_that_are_no_library(refused, kinds, tmp_path, content):
    path = tmp_path / "kinds.hpy0.so"
    path.write_bytes(content)
    message, bases, _ = refused(path)
    assert bases[0] == "LoadError"
    assert {"ImportError", "RuntimeError"} <= set(bases)
    assert str(path) in message


@own
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_files_that_are_cut_off(refused, kinds, tmp_path, share):
    # other hosts die of these: the dynamic linker takes a file's size on trust
    path, whole = tmp_path / "kinds.hpy0.so", kinds().read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    message, bases, _ = refused(path)
    assert bases[0] == "LoadError"
    assert str(path) in message


def test_a_file_that_is_missing(refused, tmp_path):
    path = tmp_path / "kinds.hpy0.so"
    message, bases, _ = refused(path)
    assert bases[0] == "LoadError"
    assert str(path) in message


def test_a_folder(refused, tmp_path):
    path = tmp_path / "kinds.hpy0.so"
    path.mkdir()
    message, bases, _ = refused(path)
    assert bases[0] == "LoadError"
    assert str(path) in message


def test_a_library_that_is_no_hpy_module(refused, tmp_path):
    path = tmp_path / "kinds.hpy0.so"
    shutil.copy(another_library(), path)
    message, bases, _ = refused(path)
    assert bases[0] == "LoadError"
    assert str(path) in message


def test_a_module_of_another_name(refused, kinds):
    message, bases, _ = refused(kinds(), "package.others")
    assert bases[0] == "LoadError"
    assert str(kinds()) in message
    if FOREIGN_HOST == "own":
        assert "HPyInit_others" in message or "others" in message


@own
@pytest.mark.parametrize("flag", ["-DMAJOR=1", "-DMAJOR=99", "-DMINOR=1", "-DMINOR=9"])
def test_another_version_of_the_abi(refused, kinds, flag):
    message, bases, _ = refused(kinds(flag))
    assert bases[0] == "LoadError"
    assert flag.partition("=")[2] in message and "version" in message


@own
def test_a_tag_that_is_not_the_abi_s(refused, kinds):
    path = kinds(name="kinds.hpy9.so")
    message, bases, _ = refused(path)
    assert bases[0] == "LoadError"
    assert str(path) in message and "hpy9" in message


@own
def test_initialization_that_gives_nothing(refused, kinds):
    path = kinds("-DINIT_NULL")
    message, bases, _ = refused(path)
    assert bases[0] == "LoadError"
    assert str(path) in message and "HPyInit_kinds" in message


@own
def test_an_exec_slot_that_raises(refused, kinds):
    # by `load` of the loader: a LoadError because of it
    path = kinds("-DEXEC_FAILS=1")
    message, bases, causes = refused(path)
    assert "the exec slot refuses" in message or "the exec slot refuses" in " ".join(causes)
    assert "ValueError" in message + " ".join([*bases, *causes])


@own
def test_an_exec_slot_that_fails_silently(refused, kinds):
    path = kinds("-DEXEC_FAILS=2")
    message, bases, causes = refused(path)
    text = message + " ".join([*bases, *causes])
    assert "SystemError" in text
    assert "kinds" in text


@own
def test_exec_errors_of_the_host_itself(python, kinds):
    code = """
import sys
from importlib.machinery import ModuleSpec
import hpy_host.universal as universal
for path in sys.argv[1:]:
    try:
        universal.load("kinds", path, ModuleSpec("kinds", None, origin=path))
    except Exception as error:
        print(type(error).__name__, error)
"""
    paths = [kinds("-DEXEC_FAILS=1"), kinds("-DEXEC_FAILS=2")]
    raised, silent = python(code, *paths).splitlines()
    assert raised == "ValueError the exec slot refuses"
    assert silent.startswith("SystemError") and "kinds" in silent


@everywhere_own
@pytest.mark.parametrize("mode", ["trace", "kinds:trace", "other:debug,kinds:trace"])
def test_a_mode_that_our_host_has_not(refused, kinds, mode):
    message, bases, _ = refused(kinds(), mode=mode)
    assert bases[0] == "LoadError"
    assert "trace" in message
    assert "PyPy 7.3" in message and "CPython" in message  # who has it


@everywhere_own
def test_a_mode_for_another_module_does_not_matter(python, kinds):
    code = "import sys, hpy_host as hpy; print(hpy.load('kinds', sys.argv[1]).__name__)"
    for mode in ("universal", "other:debug", "kinds:universal,other:trace"):
        assert python(code, kinds(), HPY=mode, HPY_HOST="own") == "kinds"


@everywhere_own
def test_a_module_in_a_mode_that_our_host_has_not(python):
    code = "import os, hpy_host; hpy_host.load('probe', os.environ['VERMILION_PROBE'])"
    _, errors = python.all(code, status=1, HPY="trace", HPY_HOST="own")
    assert "LoadError" in errors and "no trace mode" in errors and "probe.hpy0.so" in errors


@everywhere_own
def test_a_mode_that_does_not_exist(refused, kinds):
    message, bases, causes = refused(kinds(), mode="fast")
    assert "fast" in message + " ".join(causes)


# -- modules that are loaded ---------------------------------------------------

LOADED = """
import sys
import hpy_host as hpy
kinds = hpy.load("deep.package.kinds", sys.argv[1])
print(kinds.__name__, kinds.__package__, kinds.__file__, kinds.__spec__.name, kinds.__spec__.origin)
print(kinds.__doc__)
print("deep.package.kinds" in sys.modules)
"""


@own
def test_attributes_of_a_module(python, kinds):
    first, doc, registered = python(LOADED, kinds()).splitlines()
    path = str(kinds())
    assert first == "deep.package.kinds deep.package %s deep.package.kinds %s" % (path, path)
    assert doc == "One of each kind."
    assert registered == "False"


@own
def test_a_name_with_a_hyphen(python, kinds):
    path = kinds("-DNAME=two_words", name="two-words.hpy0.so")
    code = "import sys, hpy_host as hpy; print(hpy.load('two-words', sys.argv[1]).__name__)"
    assert python(code, path) == "two-words"


@own
def test_two_modules_share_nothing(python, kinds):
    code = """
import gc, sys
import hpy_host as hpy
first, second = hpy.load("kinds", sys.argv[1]), hpy.load("other", sys.argv[2])
one, two = first.Box(), second.Box()
one.put(two)
assert one.get() is two
assert first.alive()[0] == second.alive()[0] == 1
for method, receiver in ((first.Box.get, two), (second.Box.get, one)):
    try:
        method(receiver)
    except TypeError:
        pass
    else:
        raise SystemExit("%r took %r" % (method, receiver))
del one, two, receiver, method
for _ in range(5):
    gc.collect()
print(first.alive(), second.alive())
"""
    paths = kinds(), kinds("-DNAME=other", name="other.hpy0.so")
    assert python(code, *paths) == "(0, 0) (0, 0)"


@own
def test_python_classes_may_inherit(python, kinds):
    code = """
import gc, sys, weakref
import hpy_host as hpy
kinds = hpy.load("kinds", sys.argv[1])
class Mine(kinds.Box):
    def __init__(self, word):
        self.word = word
    def get(self):
        return self.word, super().get()
class Slotted(Mine):
    __slots__ = ("more",)
for cls in (Mine, Slotted):
    box = cls("hello")
    box.put(box)
    if cls is Slotted:
        box.more = [box]
    word, content = box.get()
    assert (word, content) == ("hello", box) and box.serial == 1
    assert kinds.alive()[0] == 1
    gone = weakref.ref(box)
    del box, content
    for _ in range(5):
        gc.collect()
    assert gone() is None and kinds.alive() == (0, 0)
print("fine")
"""
    assert python(code, kinds()) == "fine"


STUB = """
def __bootstrap__():
    from sys import modules
    from os import environ
    from pkg_resources import resource_filename
    from hpy.universal import _load_bootstrap
    ext_filepath = resource_filename(__name__, "probe.hpy0.so")
    m = _load_bootstrap("probe", __name__, __package__, ext_filepath,
                        __loader__, __spec__, environ)
    modules[__name__] = m

__bootstrap__()
"""


@pytest.mark.parametrize("package", ("", "package."))
def test_provide_serves_the_files_that_hpy_s_build_writes(python, probe, tmp_path, package):
    folder = tmp_path / package.rstrip(".")
    folder.mkdir(exist_ok=True)
    (folder / "probe.py").write_text(STUB)
    shutil.copy(os.environ["VERMILION_PROBE"], folder / "probe.hpy0.so")
    code = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
import hpy_host
universal = hpy_host.provide()
assert hpy_host.provide() is universal
import hpy.universal
assert hpy.universal is universal is sys.modules["hpy.universal"]
try:
    import pkg_resources
except ImportError:
    pkg_resources = None
probe = importlib.import_module(sys.argv[2])
print(probe.add(3, 4), probe.__name__)
print(universal.MODE_UNIVERSAL, universal.MODE_DEBUG, universal.MODE_TRACE)
# It is for the file alone.
if pkg_resources is None:
    assert "pkg_resources" not in sys.modules
    try:
        import pkg_resources
    except ImportError:
        pass
    assert pkg_resources is None
"""
    first, modes = python(code, tmp_path, package + "probe").splitlines()
    assert first == "7 %sprobe" % package
    assert modes == "0 1 2"


@pytest.mark.skipif(HOST != "built in", reason="elsewhere one host serves all")
def test_which_host_a_module_gets_on_pypy_7_3(python, kinds, tmp_path):
    """Those that find out what the context looks like get the built-in one, others ours."""
    code = """
import os, sys
import hpy_host
foreign, ours = sys.argv[1:3]
shown = []
for name, path in (("kinds", foreign), ("probe", ours)):
    module = hpy_host.load(name, path)
    shown.append("hpy_host._pypy" in sys.modules)
print(*shown)
print(hpy_host.provide().__name__, hpy_host.host().name)
"""
    files = (kinds(), os.environ["VERMILION_PROBE"])
    assert python(code, *files).splitlines() == ["True True", "hpy_host.universal built in"]
    code = code.replace(
        '(("kinds", foreign), ("probe", ours))', '(("probe", ours), ("kinds", foreign))'
    )
    assert python(code, *files).splitlines()[0] == "False True"
    insisted = python(code, *files, HPY_HOST="builtin").splitlines()
    assert insisted[0] == "False False" and "hpy_host" not in insisted[1].split()[0]
    with pytest.raises(ImportError, match="nothing"):
        hpy_host.load("nothing", tmp_path / "nothing.hpy0.so")


# -- the command ---------------------------------------------------------------

COMMAND = """
import runpy, sys
sys.argv[0] = "hpy_host"
runpy.run_module("hpy_host", run_name="__main__", alter_sys=True)
"""


def test_run_tells_what_a_module_is(python, probe):
    text = python(COMMAND, "run", os.environ["VERMILION_PROBE"])
    assert os.environ["VERMILION_PROBE"] in text
    assert hpy_host.interpreter() in text and HOST in text
    for name in ("Counter", "counters_alive", "Refused"):
        assert name in text


def test_run_runs_code(python, probe):
    code = "import probe, sys; print(probe.add(20, 22), sys.argv, __name__)"
    arguments = ("run", os.environ["VERMILION_PROBE"], "-c", code)
    assert python(COMMAND, *arguments) == "42 ['-c'] __main__"
    assert python(COMMAND, *arguments, "a", "b") == "42 ['-c', 'a', 'b'] __main__"


def test_run_runs_scripts(python, probe, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import beside, probe, sys\n"
        "print(probe.add(20, 22), sys.argv[1:], __name__, beside.x, __file__)\n"
    )
    (tmp_path / "beside.py").write_text("x = 1\n")
    found = python(COMMAND, "run", os.environ["VERMILION_PROBE"], script, "-x", "y")
    assert found == "42 ['-x', 'y'] __main__ 1 %s" % script


def test_run_says_what_is_wrong(python, tmp_path):
    missing = tmp_path / "nothing.hpy0.so"
    output, errors = python.all(COMMAND, "run", missing, status=1)
    assert output == ""
    assert "Traceback" not in errors and str(missing) in errors


# -- interpreters that our host does not serve ---------------------------------


@pytest.mark.skipif(PYPY, reason="free-threaded builds are CPython's")
def test_free_threaded_builds_are_refused(python):
    # None can be had here: this only pretends to be one.
    pretence = """
import sys, sysconfig
sysconfig.get_config_vars()["Py_GIL_DISABLED"] = 1
sys.abiflags += "t"
sys._is_gil_enabled = lambda: False
"""
    message = python(pretence + FAILS, HPY_HOST="own")
    assert "free-threaded" in message
    assert hpy_host.interpreter() in message


PROBE = """
import hpy_host, os
probe = hpy_host.load("probe", os.environ["VERMILION_PROBE"])
""".strip()
SUBINTERPRETER = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import hpy_host, os
probe = hpy_host.load("probe", os.environ["VERMILION_PROBE"])
code = '''
import hpy_host, os
try:
    hpy_host.load("probe", os.environ["VERMILION_PROBE"])
except ImportError as error:
    text = " ".join(str(error).split())
else:
    text = "imported"
os.write(1, (text + chr(10)).encode())
'''
def make():
    if sys.argv[1] == "legacy":
        return (interpreters.create("legacy") if sys.version_info >= (3, 13)
                else interpreters.create(isolated=False))
    return (interpreters.create("isolated") if sys.version_info >= (3, 13)
            else interpreters.create(isolated=True))
for _ in range(3):
    number = make()
    problem = (interpreters.exec(number, code) if hasattr(interpreters, "exec")
               else interpreters.run_string(number, code))
    assert problem is None, problem
    interpreters.destroy(number)
    assert probe.add(3, 4) == 7
print("main goes on")
"""


@pytest.mark.skipif(PYPY, reason="only CPython has subinterpreters")
@pytest.mark.parametrize("config", ["legacy", "isolated"])
def test_subinterpreters_are_refused(python, config):
    lines = python(SUBINTERPRETER, config).splitlines()
    assert lines[-1] == "main goes on"
    assert len(lines) == 4
    for line in lines[:-1]:
        assert "interpreter" in line and line != "imported", line


@pytest.mark.skipif(PYPY, reason="only CPython has subinterpreters")
def test_subinterpreters_before_the_main_one(python):
    code = SUBINTERPRETER.replace(f"{PROBE}\ncode", "code", 1)
    code = code.replace("    assert probe.add(3, 4) == 7\n", "")
    code += f"{PROBE}\nprint(probe.add(3, 4))\n"
    for config in ("legacy", "isolated"):
        lines = python(code, config).splitlines()
        assert lines[-2:] == ["main goes on", "7"]
