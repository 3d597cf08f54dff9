#!/usr/bin/env python3
"""Builds the one wheel into dist/, for Linux systems much older than this one.

How that is done, and what names the wheel, stands in hpy-bindings/python/hpy_build.py.

With --probe, it builds the small extension the tests of hpy-bindings load, by
the same means.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Sequence, TextIO

import venvs
from common import ROOT, ToolError, Word, clean_env, locked, main_guard, say

# The oldest that Rust's standard library runs on.
GLIBC = "2.17"
DIST = ROOT / "dist"
PROBE = ROOT / "build" / "probe" / "probe.hpy0.so"
# The folder of hpy_build.py, which does the building.
HELPER = ROOT / "hpy-bindings" / "python"
BUILD_REQUIREMENTS = ROOT / "tools" / "requirements-build.txt"


def build() -> Path:
    """Make dist/ hold exactly one wheel, of the sources as they are; returns it."""
    python = build_python()
    with locked("wheel"), tempfile.TemporaryDirectory(prefix="vermilion-wheel-") as scratch:
        # setuptools would take up files that the sources no longer have.
        for stale in (ROOT / "build").glob("lib*"):
            shutil.rmtree(stale)
        say("building the wheel")
        _run_shown(["cargo", "fetch", "--locked"], clean_env())
        command: list[Word] = [python, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps"]
        _run_shown([*command, "--wheel-dir", scratch, ROOT], build_env(python, HPY_GLIBC=GLIBC))
        (wheel,) = Path(scratch).glob("*.whl")
        platform = f"manylinux_{GLIBC.replace('.', '_')}_"
        if platform not in wheel.name or "-py3-none-" not in wheel.name:
            raise ToolError(f"the wheel is not for every Python on {platform}: {wheel.name}")
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir()
        return Path(shutil.copy(wheel, DIST))


def build_python() -> Path:
    """The Python of the environment with everything a build needs, pip included."""
    return venvs.make(None, "build", [BUILD_REQUIREMENTS])


def build_env(python: Path, **variables: str) -> dict[str, str]:
    """The environment in which `python`, the one of `build_python`, finds its programs."""
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    return clean_env({"PATH": path, **variables})


def build_probe() -> Path:
    """Build the extension module of tests/probe; returns it."""
    python = build_python()
    code = "import hpy_build, pathlib\n"
    code += "made = hpy_build.build(pathlib.Path.cwd(), ['hpy-probe'], ['--locked'])\n"
    code += "print(made['hpy-probe'])"
    with locked("wheel"):
        env = build_env(python, HPY_GLIBC=GLIBC, PYTHONPATH=str(HELPER))
        made = _run_shown([python, "-c", code], env, stdout=subprocess.PIPE)
        PROBE.parent.mkdir(parents=True, exist_ok=True)
        # Whoever has the one before in memory keeps it.
        new = PROBE.with_suffix(".new")
        shutil.copyfile(made.strip(), new)
        new.replace(PROBE)
    return PROBE


def _run_shown(
    command: Sequence[Word], env: dict[str, str], stdout: int | TextIO = sys.stderr
) -> str:
    """Run a long command whose messages the user wants to see as they come."""
    done = subprocess.run(
        [os.fspath(c) for c in command],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        cwd=ROOT,
        text=True,
    )
    if done.returncode != 0:
        raise ToolError(f"the build failed with exit status {done.returncode}")
    return done.stdout or ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--probe", action="store_true", help="build the tests' extension instead")
    built = build_probe() if parser.parse_args().probe else build()
    print(f"{built}  {built.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    main_guard(main)
