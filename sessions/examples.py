# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds all examples into wheels, each from a copy outside of the source tree.

The copies are in build/examples, with what cargo makes of them in one folder for all.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import build_wheel
from common import ROOT, Word, run

SOURCES = ROOT / "examples"
PLACE = ROOT / "build" / "examples"
# The crates that the examples find beside them.
CRATES = ("hpy-bindings", "hpy-macros", "hpy-shim", "graph-capi")
_MADE = shutil.ignore_patterns("target", "build", "dist", "*.egg-info", "__pycache__", "*.so")


def names() -> list[str]:
    """Returns the names of all examples, which are those of their folders."""
    return sorted(f.parent.name for f in SOURCES.glob("*/pyproject.toml"))


def packages() -> list[str]:
    """Returns the Python packages in all examples."""
    return sorted(f.parent.name for f in SOURCES.glob("*/python/*/__init__.py"))


def tests() -> list[Path]:
    """Returns the folders with the tests of all examples."""
    return [SOURCES / name / "tests" for name in names()]


def crates() -> dict[str, Path]:
    """Returns the manifests of the examples in Rust, by the names of their packages."""
    found = {name: PLACE / name / "Cargo.toml" for name in names()}
    return {
        "my_ext" if name == "template" else name: manifest
        for name, manifest in found.items()
        if manifest.exists()
    }


def variables() -> dict[str, str]:
    """Returns variables that make a build quick: nothing compiled twice, or much optimised."""
    return {"CARGO_TARGET_DIR": str(ROOT / "target" / "examples"), "HPY_PROFILE": "dev"}


def patch(manifest: Path) -> tuple[str, ...]:
    """Returns the options by which cargo finds what hpy-build has for an example."""
    text = manifest.read_text()
    if 'hpy-bindings = "' not in text and "hpy-bindings = { version" not in text:
        return ()
    return ("--config", f'patch.crates-io.hpy-bindings.path="{ROOT / "hpy-bindings"}"')


def copy(name: str, target: Path) -> Path:
    """Copies an example to `target`; the crates some of them are built with are beside that."""
    shutil.copytree(SOURCES / name, target, ignore=_MADE, dirs_exist_ok=True)
    if (target / "Cargo.toml").exists() and not (target / "Cargo.lock").exists():
        # the versions that all else is tested with
        shutil.copy(ROOT / "Cargo.lock", target)
    return target


def build() -> list[Path]:
    """Builds a wheel of each example; returns them."""
    return build_wheel.once("examples", (*build_wheel.BINDINGS, "examples"), _build)


def _build() -> list[Path]:
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    for crate in CRATES:
        (PLACE / crate).symlink_to(ROOT / crate)
    return wheels([copy(name, PLACE / name) for name in names()], PLACE / "wheels", variables())


def wheels(projects: Sequence[Path], target: Path, env: Mapping[str, str]) -> list[Path]:
    """Builds a wheel of each project into `target`; returns them."""
    python = build_wheel.build_python()
    command: list[Word] = [python, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps"]
    command += ["--no-index", "--wheel-dir", target, *projects]
    helped = build_wheel.build_env(python, PYTHONPATH=str(build_wheel.HELPER), **env)
    run(command, env=helped, timeout=1200)
    return sorted(target.glob("*.whl"))
