# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's HPy modules, built by hpy's own tools, on the host that `provide` gives them.

They are out of hpy's source distribution; docs/hosts.md tells of others, which PyPI does not
have. All are built once, for all interpreters, with the stubs that hpy writes beside them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import build_wheel
import interpreters
import nox
import suite
import venvs
from common import ROOT, ToolError, Word, run

from sessions.helpers import TESTS, installed, run_pytest

PLACE = ROOT / "build" / "foreign"
# hpy adds the second part to the name of any folder that it builds into.
MODULES = PLACE / "lib-hpy-universal"
OURS = TESTS / "hpy" / "foreign"
# Last of setuptools with the pkg_resources and the distutils that hpy's tools need.
BUILD = (f"hpy=={suite.VERSION}", "setuptools==81.0.0")
# By the folders in hpy's sources: what builds them, and what comes out.
PROJECTS = {
    "proof-of-concept": ("setup.py", ("pof", "pofcpp", "pofpackage/foo", "pofpackage/bar")),
    "docs/examples/quickstart": ("setup.py", ("quickstart",)),
    "docs/examples/simple-example": ("setup.py", ("simple",)),
    "docs/examples/hpytype-example": ("setup.py", ("simple_type", "builtin_type")),
    "docs/examples/snippets": ("setup.py", ("snippets", "hpyvarargs", "hpyinit", "hpycall")),
    "docs/porting-example/steps": ("setup03.py", ("step_03_hpy_final",)),
}
# Their own tests.
THEIRS = (
    "proof-of-concept/test_pof.py",
    "docs/examples/tests.py",
    "docs/porting-example/steps/test_porting_example.py",
)


def build() -> list[Path]:
    """Returns all modules, built if need be."""
    sources = ("sessions/foreign.py", "tests/hpy/conformance/suite.py")
    return build_wheel.once("foreign", sources, _build)


def _build() -> list[Path]:
    compiler = os.environ.get("CC", "cc").split()[0]
    if shutil.which(compiler) is None:
        raise ToolError(f"hpy's modules are in C and C++: there is no compiler `{compiler}`")
    # The newest that hpy's tools have been made for.
    python = venvs.make(interpreters.get("cpython3.11"), "foreign-build", BUILD)
    shutil.rmtree(PLACE, ignore_errors=True)
    # A copy, as setuptools may write beside the sources.
    for folder in suite.PROJECTS:
        shutil.copytree(suite.tree() / folder, PLACE / folder)
    made = []
    for project, (script, modules) in PROJECTS.items():
        command: list[Word] = [python, script, "--quiet", "--hpy-abi=universal", "build"]
        command += ["--build-base", PLACE / "build" / project, "--build-lib", PLACE / "lib"]
        run(command, cwd=PLACE / project, timeout=300)
        made += [MODULES / f"{name}{end}" for name in modules for end in (".hpy0.so", ".py")]
    missing = [str(file) for file in made if not file.is_file()]
    if missing:
        raise ToolError(f"hpy's tools have not made {', '.join(missing)}")
    return made


def test(session: nox.Session, name: str) -> None:
    """Runs the modules' own tests, and ours of them, on an interpreter."""
    build()
    python = installed(session, name)
    places = os.pathsep.join(map(str, (OURS, MODULES)))
    env = {"PYTEST_PLUGINS": "foreign_host", "PYTHONPATH": places}
    run_pytest(session, python, OURS, *(PLACE / file for file in THEIRS), **env)
