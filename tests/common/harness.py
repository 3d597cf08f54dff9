# SPDX-License-Identifier: MIT OR Apache-2.0
"""Settings, marks and fixtures for tests/python and tests/hpy/python.

The tests run against the installed package, on every supported interpreter.
Variables that a runner sets:

    VERMILION_SOURCES    the source tree (test_binary.py)
    VERMILION_PROBE      the test extension, probe.hpy0.so (tests/hpy/probe)
    VERMILION_GRAPH_PROBE  another, graph_probe.hpy0.so (tests/python/graph-probe)
    VERMILION_DOC_EXAMPLES  the examples of the documentation (test_doc_examples.py)
    VERMILION_HPY_INCLUDE  hpy's header files, to compile the C files of tests/hpy/python
    VERMILION_MERCURIAL  1 where Mercurial is installed too: test_oracle.py must then run
    VERMILION_HG         an hg, which makes the repositories of test_repository.py
    VERMILION_THOROUGH   1 for many more, and random, examples
    HPY                  "debug" for HPy's debug mode: no test may leak a handle
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from importlib import metadata

import hpy_host
import pytest
from hypothesis import HealthCheck, Phase, settings
from leaks import DEBUG, no_handle_leaks  # noqa: F401

PYPY = sys.implementation.name == "pypy"
# The program that is installed with the package.
PROGRAM = os.path.join(os.path.dirname(sys.executable), "vermilion")
# What gives modules their context: "built in", "hpy" or "own". Limits of HPy are the host's.
HOST = hpy_host.host().name
# Modules that were not made for PyPy 7.3's own host get hpy-host's there.
FOREIGN_HOST = "own" if HOST == "built in" and not DEBUG else HOST

# Limits of other hosts' debug modes: all abort the process.
OTHERS_DEBUG = DEBUG and HOST != "own"
deep_calls = pytest.mark.skipif(
    OTHERS_DEBUG, reason="the debug mode has some contexts for nested calls, no more"
)
nested_calls = pytest.mark.skipif(
    DEBUG and HOST == "built in" and sys.implementation.version[:3] < (7, 3, 22),
    reason="PyPy's debug mode before 7.3.22 aborts at native calls within native calls",
)
leaving_threads = pytest.mark.skipif(
    OTHERS_DEBUG,
    reason="the debug mode mixes its contexts up when several threads are in native code",
)
# A limit of PyPI's package hpy, which writes over such objects.
derives = pytest.mark.skipif(
    HOST == "hpy", reason="the package hpy cannot have objects of derived classes"
)
growing = pytest.mark.skipif(
    DEBUG, reason="what the debug mode itself takes for an argument grows with their number"
)

_slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
# Without the phase that explains a failure, which takes minutes.
_phases = [Phase.explicit, Phase.generate, Phase.target, Phase.shrink]
_common = {
    "deadline": None,
    "database": None,
    "phases": _phases,
    "print_blob": True,
    "suppress_health_check": _slow,
}
# The algorithms are the same on all interpreters, and are tried most on one of them.
_MOST = not PYPY and sys.version_info[:2] == (3, 11)
_examples = 5 if DEBUG else 50 if _MOST else 15
settings.register_profile("fast", max_examples=_examples, derandomize=True, **_common)
settings.register_profile("thorough", max_examples=2000, **_common)
THOROUGH = os.environ.get("VERMILION_THOROUGH") == "1"
settings.load_profile("thorough" if THOROUGH else "fast")


def seeds(many, some):
    """Returns numbers for random repositories: as many as wanted, or a third of `some`."""
    return range(many if THOROUGH else some if _MOST else -(-some // 3))


# A child that takes so many seconds hangs: what it does takes some milliseconds.
_HANGS = 60


def collected(*references):
    """Collects garbage until no weak reference has its object; returns whether that was so."""
    for attempt in range(20):
        gc.collect()
        if all(reference() is None for reference in references):
            return True
        # PyPy may remember what its compiled code had in hand last: let that be something else,
        # and let other threads go on.
        sum(len([number]) for number in range(5000))
        time.sleep(0.005 * attempt)
    return False


def in_threads(work, count=4, seconds=100):
    """Runs `work(number)` in threads at once, and raises what one of them raised.

    Each has some seconds to end.
    """
    errors, barrier = [], threading.Barrier(count)

    def run(number):
        try:
            barrier.wait(30)
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
        assert not thread.is_alive(), "a thread hangs, or all wait for each other"
    if errors:
        raise errors[0]


def forked(work):
    """Does work in a forked child; returns its status, 0 where the work returned what is true."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python warns of forks while there are threads
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_HANGS)
            code = 0 if work() else 2
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1]


def pytest_configure(config):
    try:
        distribution = metadata.distribution("hpy-host")
    except metadata.PackageNotFoundError:
        raise pytest.UsageError(
            "hpy-host is not installed: the tests need the built wheels"
        ) from None
    installed = os.path.realpath(distribution.locate_file("hpy_host/__init__.py"))
    if installed != os.path.realpath(hpy_host.__file__):
        raise pytest.UsageError("hpy_host comes from %s, not from its wheel" % hpy_host.__file__)
    config.addinivalue_line("markers", "leaks: this test leaks handles, and checks that by itself")


def pytest_collection_finish(session):
    """Takes pytest's own objects out of the thousands of collections that the tests ask for."""
    if hasattr(gc, "freeze"):
        gc.freeze()


@pytest.fixture
def python(tmp_path):
    """Runs code in another process of this interpreter; what it prints is the result.

    Fails where it does not end by itself with status 0; a signal is named. A variable
    that is None is unset. `python.all` returns (output, errors), and may await another status.
    """

    def run(code, *arguments, timeout=120, **env):
        return run_all(code, *arguments, timeout=timeout, **env)[0]

    def run_all(code, *arguments, timeout=120, status=0, **env):
        process = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=tmp_path,
            env={key: value for key, value in {**os.environ, **env}.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=timeout,
        )
        errors = process.stderr.decode("utf-8", "replace")
        assert process.returncode == status, "status %d\n%s" % (process.returncode, errors)
        return process.stdout.decode("utf-8", "replace").strip(), errors

    run.all = run_all
    return run
