"""Builds the wheel: the Python files plus the two binaries made by cargo.

These are the native module, an HPy universal binary, and the HPy host for CPython.

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
# module: (crate, suffix of the file)
BINARIES = {
    "vermilion._native": ("vermilion-native", ".hpy0.so"),
    "vermilion.hpy._cpython": ("hpy-host", ".abi3.so"),
}


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
    """Has cargo build the binaries and puts them beside the package's Python files."""

    def get_ext_filename(self, fullname: str) -> str:
        # No interpreter's import system knows HPy's suffix; vermilion's loader does.
        last = fullname.rpartition(".")[2]
        suffix = next(s for name, (_, s) in BINARIES.items() if name.endswith(last))
        return os.path.join(*fullname.split(".")) + suffix

    def build_extensions(self) -> None:
        made = self._cargo()
        for name in BINARIES:
            target = Path(self.get_ext_fullpath(name))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made[name.rpartition(".")[2]], target)
            target.chmod(0o755)

    def get_source_files(self) -> list[str]:
        # MANIFEST.in lists them
        return []

    def _cargo(self) -> dict[str, Path]:
        """Run cargo; returns the shared libraries by the modules' own names."""
        command = [
            os.environ.get("CARGO", "cargo"),
            os.environ.get("VERMILION_CARGO_BUILD", "build"),
            "--release",
            "--locked",
            "--message-format=json-render-diagnostics",
        ]
        crates = [crate for crate, _ in BINARIES.values()]
        command += [f"--package={crate}" for crate in crates]
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
        libraries = {}
        for line in done.stdout.splitlines():
            message = json.loads(line) if line.startswith("{") else {}
            if message.get("reason") != "compiler-artifact":
                continue
            for name in message["filenames"]:
                if "cdylib" in message["target"]["kind"] and name.endswith(".so"):
                    libraries[message["target"]["name"]] = Path(name)
        if len(libraries) != len(BINARIES):
            raise ExecError(f"cargo built {sorted(libraries)}, not a library for each crate")
        return libraries


class UniversalWheel(bdist_wheel):
    """One wheel for all Python versions and implementations of a platform."""

    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]


setup(
    version=version(),
    distclass=NativeDistribution,
    ext_modules=[Extension(name, sources=[]) for name in BINARIES],
    cmdclass={"build_ext": CargoBuild, "bdist_wheel": UniversalWheel},
)
