# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the tests of the packages that examples/ports writes anew, with the ports.

They are out of upstream's source distributions, which are fetched from PyPI; nothing else of
those is used.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import build_wheel
import nox
import venvs
from common import Word

from sessions import port_wheels
from sessions.helpers import COMMON, interpreter, run_upstream

# What their tests import.
REQUIREMENTS = "typing_extensions"
# The tests that are left out, by their names, and why.
LEFT_OUT = {
    "test_benchmarks": "measures with a plugin that is not there, and tests nothing",
}
# On PyPy.
ON_PYPY = {
    "test_strided_array_fails": "finds that PyPy's bytes() of NumPy's strided array are wrong",
}
# Those of interpreters for which NumPy has no wheel, or none is wanted: tests/common/requirements.txt.
WITHOUT_NUMPY = {
    "test_strided_array_fails": "makes its array with NumPy",
}


def test(session: nox.Session, name: str) -> None:
    """Runs upstream's tests with the ports, on an interpreter."""
    made = [build_wheel.build().host, *port_wheels.build()]
    requirements: list[Word] = [COMMON / "requirements.txt", REQUIREMENTS]
    python = venvs.make(interpreter(session, name), f"ports-{name}", requirements)
    venvs.install(python, "--force-reinstall", "--find-links", build_wheel.DIST, *made)
    left_out = dict(LEFT_OUT)
    if name.startswith("pypy"):
        left_out |= ON_PYPY
    with tempfile.TemporaryDirectory(prefix="vermilion-ports-") as scratch:
        env = {"RUST_BACKTRACE": "0"}
        if subprocess.run([python, "-c", "import numpy"], capture_output=True).returncode != 0:
            left_out |= WITHOUT_NUMPY
            # It is imported at the top of a file, for this one test.
            (Path(scratch) / "numpy.py").touch()
            env["PYTHONPATH"] = os.fspath(scratch)
        for test_name, why in left_out.items():
            session.log(f"left out: {test_name}, which {why}")
        for port in port_wheels.PORTS:
            folder = port_wheels.tests(port)
            # Apart, as their files have the same names.
            run_upstream(session, python, [folder], folder, left_out, env=env)
