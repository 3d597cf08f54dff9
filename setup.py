"""Builds the wheel: the Python files plus one HPy universal binary made by cargo.

Everything else about the package stands in pyproject.toml. Variables for
packagers:

    CARGO                    the cargo program to use
    VERMILION_CARGO_BUILD    cargo's command instead of "build" (such as "zigbuild")
    VERMILION_CARGO_TARGET   what to pass as --target
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.errors import ExecError

ROOT = Path(__file__).resolve().parent
CRATE = "vermilion-native"
SUFFIX = ".hpy0.so"


def version() -> str:
    """The version of the Cargo workspace."""
    text = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    section = text.split("[workspace.package]", 1)[1]
    return re.search(r'^version\s*=\s*"([^"]+)"', section, re.MULTILINE)[1]


class NativeDistribution(Distribution):
    """A distribution that knows it is bound to a platform."""

    def has_ext_modules(self) -> bool:
        return True


class CargoBuild(build_ext):
    """Has cargo build the binary and puts it beside the package's Python files."""

    def get_ext_filename(self, fullname: str) -> str:
        # No interpreter's import system knows HPy's suffix; vermilion's loader does.
        return os.path.join(*fullname.split(".")) + SUFFIX

    def build_extension(self, ext: Extension) -> None:
        target = Path(self.get_ext_fullpath(ext.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._cargo(), target)
        target.chmod(0o755)

    def get_source_files(self) -> list[str]:
        # MANIFEST.in lists them
        return []

    def _cargo(self) -> Path:
        """Run cargo; returns the shared library it made."""
        command = [
            os.environ.get("CARGO", "cargo"),
            os.environ.get("VERMILION_CARGO_BUILD", "build"),
            "--release",
            "--locked",
            "--package",
            CRATE,
            "--message-format=json-render-diagnostics",
        ]
        triple = os.environ.get("VERMILION_CARGO_TARGET")
        if triple:
            command += ["--target", triple]
        # HPy's headers come with a wheel that this Python's pip downloads.
        env = {**os.environ, "PYTHON": sys.executable}
        try:
            done = subprocess.run(
                command,
                # Not ROOT: zig gives relative names to headers below the working
                # directory, and the build scripts that get them run elsewhere.
                cwd=ROOT / "extension",
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
            )
        except FileNotFoundError:
            raise ExecError(
                f"vermilion is partly written in Rust, but there is no {command[0]}: install Rust"
            ) from None
        if done.returncode != 0:
            raise ExecError(f"{' '.join(command)} failed with exit status {done.returncode}")
        for line in done.stdout.splitlines():
            message = json.loads(line) if line.startswith("{") else {}
            if (
                message.get("reason") == "compiler-artifact"
                and "cdylib" in message["target"]["kind"]
            ):
                for name in message["filenames"]:
                    if name.endswith(".so"):
                        return Path(name)
        raise ExecError(f"cargo built no shared library for {CRATE}")


class UniversalWheel(bdist_wheel):
    """One wheel for all Python versions and implementations of a platform."""

    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]


setup(
    version=version(),
    distclass=NativeDistribution,
    ext_modules=[Extension("vermilion._native", sources=[])],
    cmdclass={"build_ext": CargoBuild, "bdist_wheel": UniversalWheel},
)
