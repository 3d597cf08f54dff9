# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds Python packages whose native modules are HPy extensions in Rust or C.

It is the build backend that a package's pyproject.toml names (`_backend.py` says what stands
there), and a command: `python -m hpy_build new NAME` makes such a package.

What makes a wheel:

- The binary. Cargo builds the crates (cdylibs) and each library goes into its package as
  NAME.hpy0.so. The version of the package is that of the first module's crate.
- The crate hpy-bindings, whose sources this package carries: `hpy-bindings = "0.1"` in a
  Cargo.toml means these. `python -m hpy_build cargo` is cargo with them at hand.
- Modules in C, compiled by setuptools for the universal ABI; they may call what is in HPy's
  context, and none of the helpers that hpy has as C files.
- HPy's headers, and libclang to read them. The build script of hpy-shim has pip fetch the
  wheels of both from PyPI; `HPY_DEVEL` and `LIBCLANG_PATH` name others.
- The tag: py3-none-PLATFORM, for every Python. The same bytes serve them all.
- Systems older than this one. With `HPY_GLIBC=2.17`, zig's linker and headers make a binary
  for that C library, driven by cargo-zigbuild; auditwheel names the wheel by what the binary
  really needs, and refuses when that is more than promised. This machine's paths are then
  kept out of the binary. These tools are fetched for the build.
- Other machines. `CARGO_BUILD_TARGET=aarch64-unknown-linux-gnu` is cargo's own; the wheel is
  named after it. With `HPY_GLIBC` zig is the linker for that, too.
- Linux with musl. `CARGO_BUILD_TARGET=x86_64-unknown-linux-musl` is for musl 1.2 and newer, by the
  same tools.
- What loads it. No import system knows such files: the package's `__init__.py` calls
  `hpy_host.load_submodule("my_ext._native")`, so it depends on `hpy-host`, which has the
  HPy hosts for interpreters without one.

Variables:

    CARGO               the cargo program
    CARGO_BUILD_TARGET  the machine that the wheel is for; else this one
    HPY_PROFILE         cargo's profile instead of "release", such as "dev"
    HPY_GLIBC           the oldest glibc that the wheel is for; Rust itself needs 2.17
    HPY_DEVEL           a folder whose `include` has hpy's headers
    LIBCLANG_PATH       the folder of a libclang

and all of cargo's own, such as CARGO_TARGET_DIR. It needs Linux, Python 3.9 and Rust.

A package may have a `setup.py` instead, with setuptools' backend, which calls `setup`:

    hpy_build.setup({"my_ext._native": "my_ext", "my_ext._more": hpy_build.C(["src/more.c"])})

A module given as `("crate", ".abi3.so")` gets another suffix.
"""

from hpy_build._backend import (
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)
from hpy_build._cargo import build, packages, patches
from hpy_build._wheels import GLIBC_TOOLS, HPY, SUFFIX, C, headers, setup

__version__ = "0.1.0"
__all__ = [
    "GLIBC_TOOLS",
    "HPY",
    "SUFFIX",
    "C",
    "build",
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "headers",
    "packages",
    "patches",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
    "setup",
]
