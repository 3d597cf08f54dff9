#!/usr/bin/env python3
"""Builds all examples into wheels, each from a copy outside of the source tree.

The copies are in build/examples, with what cargo makes of them in one folder for all.
`python3 tools/examples.py` builds them and prints the wheels.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Iterator

import build_wheel
from common import ROOT, Word, locked, main_guard, run

SOURCES = ROOT / "examples"
PLACE = ROOT / "build" / "examples"
WHEELS = PLACE / "wheels"
# What the examples find beside them.
CRATES = ("hpy-bindings", "hpy-shim", "graph-capi")
_MADE = shutil.ignore_patterns("target", "build", "dist", "*.egg-info", "__pycache__", "*.so")


def names() -> list[str]:
    """The names of all examples, which are those of their folders."""
    return sorted(f.parent.name for f in SOURCES.glob("*/pyproject.toml"))


def packages() -> list[str]:
    """The Python packages in all examples."""
    return sorted(f.parent.name for f in SOURCES.glob("*/python/*/__init__.py"))


def variables() -> dict[str, str]:
    """What makes building them quick: nothing is compiled twice, or much optimised."""
    return {"CARGO_TARGET_DIR": str(ROOT / "target" / "examples"), "HPY_PROFILE": "dev"}


def copy(name: str, target: Path) -> Path:
    """Copy an example to `target`; the crates it is built with are beside that."""
    shutil.copytree(SOURCES / name, target, ignore=_MADE, dirs_exist_ok=True)
    if (target / "Cargo.toml").exists() and not (target / "Cargo.lock").exists():
        # the versions that all else is tested with
        shutil.copy(ROOT / "Cargo.lock", target)
    return target


def build() -> list[Path]:
    """Build a wheel of each example; returns them."""
    python = build_wheel.build_python()
    with locked("examples"):
        shutil.rmtree(PLACE, ignore_errors=True)
        PLACE.mkdir(parents=True)
        for crate in CRATES:
            (PLACE / crate).symlink_to(ROOT / crate)
        command: list[Word] = [python, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps"]
        command += ["--no-index", "--wheel-dir", WHEELS]
        command += [copy(name, PLACE / name) for name in names()]
        run(command, env=build_wheel.build_env(python, **variables()), timeout=1200)
    return sorted(WHEELS.glob("*.whl"))


@contextlib.contextmanager
def template_beside_the_crates() -> Iterator[Path]:
    """A copy of the template at the root of the sources, as a user would make it."""
    # Hidden, as tests that look through the sources may run meanwhile.
    with tempfile.TemporaryDirectory(prefix=".template-", dir=ROOT) as scratch:
        yield copy("template", Path(scratch))


def main() -> int:
    print("\n".join(map(str, build())))
    return 0


if __name__ == "__main__":
    main_guard(main)
