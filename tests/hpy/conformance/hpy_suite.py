# SPDX-License-Identifier: MIT OR Apache-2.0
"""A pytest plugin: HPy's tests of the universal ABI, each binary compiled only once.

What the suite builds with hpy's distutils commands, by the interpreter under test,
is built here by a plain call of the C compiler, and kept under a hash of sources and
flags. A universal binary does not depend on the interpreter, so all of them load
the very same bytes.

Variables (run.py sets them):

    HPY_SUITE_EVENTS   a file of JSON lines: what began, what ended, what was loaded.
                       Tests that it says have begun are not run again.
    HPY_SUITE_CACHE    the folder of compiled binaries
    HPY_SUITE_ONLY     a JSON list of the ids to run; all if it is not set
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import types

EVENTS = os.environ["HPY_SUITE_EVENTS"]
CACHE = os.environ["HPY_SUITE_CACHE"]
ONLY = json.loads(os.environ.get("HPY_SUITE_ONLY", "null"))
COMPILER = os.environ.get("CC", "cc").split()
HELPERS = ("argparse", "buildvalue", "format", "helpers", "structseq")
SUFFIX = ".hpy0.so"

# The suite's conftest imports this; it is for the debug mode, which is not tested.
for _name in ("hpy.debug", "hpy.debug.leakdetector"):
    sys.modules[_name] = types.ModuleType(_name)
sys.modules["hpy.debug.leakdetector"].LeakDetector = None


def _tell(event: str, **facts: object) -> None:
    with open(EVENTS, "a", encoding="utf-8") as file:
        file.write(json.dumps({"event": event, **facts}) + "\n")


def _told(event: str) -> list:
    """The events of that kind so far, those of earlier processes included."""
    if not os.path.exists(EVENTS):
        return []
    with open(EVENTS, encoding="utf-8") as file:
        events = [json.loads(line) for line in file]
    return [e for e in events if e["event"] == event]


def _id(nodeid: str) -> str:
    return nodeid.split("/", 1)[-1]


# -- selection and results


def pytest_configure(config):
    # Some tests have a process of their own abort.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    import hpy.universal

    _tell("host", version=" ".join(hpy.universal.get_version()))


def pytest_collection_modifyitems(config, items):
    begun = {e["test"] for e in _told("begin")}
    chosen, others = [], []
    for item in items:
        test = _id(item.nodeid)
        abi = getattr(item, "callspec", None) and item.callspec.params.get("hpy_abi")
        wanted = abi == "universal" and test not in begun and (ONLY is None or test in ONLY)
        (chosen if wanted else others).append(item)
    items[:] = chosen
    config.hook.pytest_deselected(items=others)


def pytest_runtest_logstart(nodeid, location):
    _tell("begin", test=_id(nodeid))


class _Results:
    """The outcome of a test, out of the reports on its set-up, call and tear-down."""

    def __init__(self):
        self.outcome = "passed"
        self.reason = ""

    def add(self, report):
        if report.outcome == "passed" or self.outcome == "failed":
            return
        self.outcome = report.outcome
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            self.reason = crash.message if crash else str(report.longrepr)
        else:
            self.reason = str(getattr(report, "wasxfail", report.longrepr))


_results: dict = {}


def pytest_runtest_logreport(report):
    _results.setdefault(_id(report.nodeid), _Results()).add(report)


def pytest_runtest_logfinish(nodeid, location):
    result = _results.pop(_id(nodeid))
    reason = " ".join(result.reason.split())[:200]
    _tell("end", test=_id(nodeid), outcome=result.outcome, reason=reason)


# -- compiling


def pytest_collection_finish(session):
    support = sys.modules.get("test.support")
    if support is not None and hasattr(support, "c_compile"):
        support.c_compile = _c_compile
        # A second method of that name, about something else, hides the suite's own.
        support.HPyTest.supports_refcounts = lambda self: hasattr(sys, "getrefcount")
        # The suite asks for the spec of a file, and PyPy knows none that ends so.
        find_spec = importlib.util.spec_from_file_location

        def spec_from_file_location(name, location=None, **more):
            spec = find_spec(name, location, **more)
            if spec is None and str(location).endswith(SUFFIX):
                loader = importlib.machinery.ExtensionFileLoader(name, str(location))
                spec = importlib.machinery.ModuleSpec(name, loader, origin=str(location))
            return spec

        importlib.util.spec_from_file_location = spec_from_file_location


def _c_compile(tmpdir, ext, hpy_devel, hpy_abi, compiler_verbose=0, debug=None):
    """In place of the suite's function of that name: returns the binary's path.

    Beside the binary lies the loader file that hpy's build would put there.
    """
    from hpy import devel

    assert hpy_abi == "universal"
    include = _include()
    flags = ["-fPIC", "-DHPY", "-DHPY_ABI_UNIVERSAL"]
    flags += ["-I" + os.path.join(include, "hpy", "forbid_python_h"), "-I" + include]
    library = _helpers(flags)
    flags += [*ext.extra_compile_args, "-g0", "-shared"]
    key = _digest(flags, ext.sources, tmpdir, library)
    built = os.path.join(CACHE, key + SUFFIX)
    if not os.path.exists(built):
        _build([*COMPILER, *flags, *ext.sources, library], built, tmpdir)
    _tell("binary", key=key)
    stem = os.path.join(tmpdir, *ext.name.split("."))
    # A copy, because the dynamic linker tells files apart by their inodes.
    shutil.copyfile(built, stem + SUFFIX)
    with open(stem + ".py", "w") as stub:
        names = {"ext_file": os.path.basename(stem) + SUFFIX, "module_name": ext.name}
        stub.write(devel._HPY_UNIVERSAL_MODULE_STUB_TEMPLATE.format(**names))
    return stem + SUFFIX


def _include() -> str:
    # Not hpy.devel's own idea of it: where HPy is built in, `hpy` may be another copy.
    return os.path.join(str(sys.modules["test.support"].HPY_ROOT), "hpy", "devel", "include")


def _helpers(flags: list) -> str:
    """The archive of the C helpers that HPy's headers call."""
    folder = os.path.join(os.path.dirname(_include()), "src", "runtime")
    sources = [os.path.join(folder, name + ".c") for name in HELPERS]
    built = os.path.join(CACHE, _digest(flags, sources, folder) + ".o")
    if not os.path.exists(built):
        # One relocatable object, linked as a whole, as hpy itself links its archive.
        _build([*COMPILER, *flags, "-r", "-nostdlib", *sources], built, folder)
    return built


def _digest(flags, sources, folder, *more: str) -> str:
    """What a binary is known by."""
    digest = hashlib.sha256()
    words = [*_compiler_version(), *flags, *map(os.path.basename, [*sources, *more])]
    for word in words:
        digest.update(word.encode() + b"\0")
    for source in sources:
        with open(os.path.join(folder, source), "rb") as file:
            digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()[:32]


_version: list = []


def _compiler_version() -> list:
    if not _version:
        done = subprocess.run([*COMPILER, "--version"], stdout=subprocess.PIPE, text=True)
        _version.extend([*COMPILER, done.stdout])
    return _version


def _build(command: list, target: str, folder: str) -> None:
    """Run the compiler in `folder`; its complaints go to stderr, where tests look."""
    from distutils.errors import CompileError

    os.makedirs(CACHE, exist_ok=True)
    partial = "%s.%d" % (target, os.getpid())
    # Under a path that is the same wherever the folder is.
    sources = [os.path.relpath(w, folder) if w.startswith(folder) else w for w in command]
    done = subprocess.run([*sources, "-o", partial], cwd=folder, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise CompileError("the compiler ended with status %d" % done.returncode)
    os.replace(partial, target)
