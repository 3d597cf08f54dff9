# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the tests of the tools for which examples/clients has backends, with these backends.

The tests are out of the tools' source distributions, which are fetched from PyPI.
"""

from __future__ import annotations

import os
from pathlib import Path

import mercurials
import nox
import sdists
from common import ROOT

from sessions.helpers import run_upstream, with_wheels

FOLDER = ROOT / "examples" / "clients"
# Of each tool, the files about Mercurial.
SUITES = {
    sdists.Sdist(
        "setuptools-scm",
        "8.3.1",
        "3d555e92b75dacd037d32bafdf94f97af51ea29ae8c7b234cf94b7a5bd242a63",
        "",
        ("testing",),
    ): ("testing/test_mercurial.py", "testing/test_file_finder.py"),
    sdists.Sdist(
        "versioningit",
        "3.3.0",
        "b91ad7d73e73d21220e69540f20213f2b729a1f9b35c04e9e137eaf28d2214da",
        "",
        ("test",),
    ): ("test/test_methods/test_hg.py",),
}
# What their tests import.
NEEDED = ("pytest==9.2.0", "pytest-mock==3.17.0", "pydantic==2.14.4")
LEFT_OUT = {
    "test_hg_gone": "demands an error where there is no program hg, which is not needed here"
}


def test(session: nox.Session) -> None:
    """Runs the tests."""
    python = with_wheels(session, "clients", FOLDER / "requirements.txt", *NEEDED)
    # Their tests make repositories with the hg in PATH.
    path = os.pathsep.join([str(Path(mercurials.hg()).parent), os.environ["PATH"]])
    env = {"PATH": path, "PYTHONPATH": str(FOLDER), "HGRCPATH": os.devnull}
    for name, why in LEFT_OUT.items():
        session.log(f"left out: {name}, which {why}")
    for sdist, files in SUITES.items():
        tree = sdists.tree(sdist)
        tests = [tree / file for file in files]
        run_upstream(session, python, tests, tree, LEFT_OUT, ("-p", "replaced"), env)
