# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests one wheel on all interpreters that are here."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

_MINORS = range(9, 16)
_NAMES = (
    *(f"python3.{minor}" for minor in _MINORS),
    *("pypy3", *(f"pypy3.{minor}" for minor in _MINORS)),
)


def found() -> list[str]:
    """Returns the programs of CPython and PyPy that are on the path, each once."""
    programs = filter(None, map(shutil.which, _NAMES))
    return list({Path(program).resolve(): program for program in programs}.values())


def wheel(folder: Path, place: Path) -> Path:
    """Builds the wheel of the package in `folder`; returns it."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*command, "--wheel-dir", place, folder], check=True)
    (made,) = place.glob("*.whl")
    return made


def test(folder: Path, programs: Iterable[str], pytest: Sequence[str], given: Path | None) -> int:
    """Runs pytest in `folder` with the wheel installed, on each interpreter.

    The wheel is the one `given`, else one that is built first. Returns how many failed.
    """
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="hpy-build-") as scratch:
        built = given or wheel(folder, Path(scratch) / "wheel")
        print(f"testing {built.name}", flush=True)
        for number, program in enumerate(programs):
            print(f"\n== {program}", flush=True)
            place = Path(scratch) / str(number)
            passed = _passes(folder, program, place, built, pytest)
            outcomes.append((program, passed))
            shutil.rmtree(place, ignore_errors=True)
    print()
    for program, passed in outcomes:
        print(f"{'passed' if passed else 'FAILED'}  {program}")
    return sum(not passed for _, passed in outcomes)


def _passes(folder: Path, program: str, place: Path, built: Path, pytest: Sequence[str]) -> bool:
    """Returns whether the tests pass on one interpreter."""
    python = place / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip"]
    venv: list[str | Path] = [program, "-m", "venv", place]
    if subprocess.run(venv, capture_output=True).returncode != 0:
        # Some systems have ensurepip in a package of its own.
        if subprocess.run([*venv, "--without-pip", "--clear"]).returncode != 0:
            return False
        pip = [sys.executable, "-m", "pip", "--python", python]
    commands: list[list[str | Path]] = [
        [*pip, "install", "--quiet", f"{built}[test]"],
        [python, "-m", "pytest", *pytest],
    ]
    return all(subprocess.run(command, cwd=folder).returncode == 0 for command in commands)
