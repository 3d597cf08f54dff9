# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds the wheel: the package, with the crates and the template that lie beside it."""

import shutil
from pathlib import Path

import setuptools
from setuptools.command.build_py import build_py

CRATES = ("hpy-shim", "hpy-macros", "hpy-bindings")
# All that cargo needs of them, and their licences.
WANTED = ("src", "Cargo.toml", "build.rs", "shim.c", "shim.h", "README.md", "LICENSE-*")
MADE = shutil.ignore_patterns(
    "target", "build", "dist", ".venv*", "*.egg-info", "__pycache__", "*.so", "Cargo.lock"
)
ROOT = Path(__file__).resolve().parent.parent


class Build(build_py):
    """Puts the sources in, which are kept where they belong."""

    def run(self):
        super().run()
        package = Path(self.build_lib) / "hpy_build"
        shutil.rmtree(package / "crates", ignore_errors=True)
        shutil.rmtree(package / "template", ignore_errors=True)
        shutil.copytree(ROOT / "examples" / "template", package / "template", ignore=MADE)
        for crate in CRATES:
            for file in (file for word in WANTED for file in (ROOT / crate).glob(word)):
                target = package / "crates" / crate / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if file.is_dir() else shutil.copyfile
                copy(file, target)


setuptools.setup(cmdclass={"build_py": Build})
