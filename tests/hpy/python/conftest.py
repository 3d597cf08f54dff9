# SPDX-License-Identifier: MIT OR Apache-2.0
"""Fixtures for the tests of the bindings and the hosts: the common ones, and modules in C."""

from __future__ import annotations

import functools
import os
import shlex
import subprocess
import sys
from pathlib import Path

import hpy_host
import pytest
from harness import (  # noqa: F401
    no_handle_leaks,
    pytest_collection_finish,
    pytest_configure,
    python,
)


@pytest.fixture(scope="session")
def probe():
    """The module `probe`, which has every feature of hpy-bindings once."""
    path = os.environ.get("VERMILION_PROBE")
    if not path:
        pytest.fail("VERMILION_PROBE must name the test extension, probe.hpy0.so")
    if "probe" not in sys.modules:
        sys.modules["probe"] = hpy_host.load("probe", path)
    return sys.modules["probe"]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """Compiles an HPy module, NAME.c of this folder, with some flags; returns its path."""
    include = os.environ.get("VERMILION_HPY_INCLUDE")
    if not include:
        pytest.fail("VERMILION_HPY_INCLUDE must name the folder of hpy.h")
    made = {}

    def compiled(stem, *flags, name=None):
        file = name or stem + ".hpy0.so"
        if (stem, flags, file) not in made:
            path = tmp_path_factory.mktemp(stem) / file
            command = [*shlex.split(os.environ.get("CC", "cc")), "-shared", "-fPIC", "-O1"]
            command += ["-DHPY", "-DHPY_ABI_UNIVERSAL", "-I" + include, *flags]
            command += [str(Path(__file__).with_name(stem + ".c")), "-o", str(path)]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert done.returncode == 0, done.stdout.decode("utf-8", "replace")
            made[stem, flags, file] = path
        return made[stem, flags, file]

    return compiled


@pytest.fixture(scope="session")
def kinds(compiled):
    """Compiles kinds.c with some flags into a file of some name; returns its path."""
    return functools.partial(compiled, "kinds")
