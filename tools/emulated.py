# SPDX-License-Identifier: GPL-2.0-or-later
"""Another machine, 64-bit ARM: the Rust that compiles for it, and Pythons that are emulated here.

All of it is Debian's, unpacked into the cache. A Python is started by a small script that
calls the emulator, so that whatever starts `sys.executable` comes through there again.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import build_wheel
import debian
import interpreters
import venvs
from common import ToolError, Word, cache_dir, locked, run, say

TARGET = "aarch64-unknown-linux-gnu"
# Debian's name for it, and the suite whose Rust is new enough.
MACHINE, SUITE = "arm64", "forky"
# By name: Debian's package, and the program in it.
PYTHONS = {
    "cpython3.13": ("python3.13", "python3.13"),
    "cpython3.14": ("python3.14", "python3.14"),
    "cpython3.15": ("python3.15", "python3.15"),
    "pypy8": ("pypy3", "pypy3"),
}


def machine() -> build_wheel.Machine:
    """Returns the machine of the wheels, with a compiler that has the standard library for it, too."""
    final = cache_dir() / "rust" / f"{SUITE}-{MACHINE}"
    with locked(f"rust-{MACHINE}"):
        if not (final / "complete").exists():
            libraries = (f"usr/lib/*/{name}*.so*" for name in ("librustc_driver", "libLLVM"))
            interpreters.unpack(SUITE, ("rustc",), ("usr/bin/rustc", *libraries), final)
            std = ["libstd-rust-dev"]
            debian.unpack(SUITE, std, final, closure=False, machine=MACHINE)
            (final / "complete").touch()
    compiler = {"RUSTC": str(final / "usr" / "bin" / "rustc")}
    return build_wheel.Machine(TARGET.partition("-")[0], TARGET, compiler)


def _emulator() -> Path:
    """Returns the program that runs those of MACHINE."""
    final = cache_dir() / f"qemu-{SUITE}"
    tree = debian.kept(SUITE, ["qemu-user"], final, closure=False)
    return tree / "usr" / "bin" / "qemu-aarch64"


def _tree(name: str, package: str) -> Path:
    """Returns the folder with an interpreter of MACHINE and its libraries."""
    final = cache_dir() / "interpreters" / f"{name}-{MACHINE}"
    tree = debian.kept(SUITE, [package], final, machine=MACHINE)
    # Its programs look for their loader in /lib.
    with locked(f"interpreter-{name}-{MACHINE}"):
        if not (tree / "lib").exists():
            (tree / "lib").symlink_to("usr/lib")
    return tree


def python(name: str, requirements: Path, wheels: Sequence[Path]) -> Path:
    """Returns an emulated interpreter that has some packages in pure Python, and wheels for it."""
    if name not in PYTHONS:
        raise ToolError(f"no {name} is emulated, only {', '.join(PYTHONS)}")
    package, program = PYTHONS[name]
    tree, where = _tree(name, package), cache_dir() / "venvs" / f"{MACHINE}-{name}"
    shutil.rmtree(where, ignore_errors=True)
    made = where / "bin" / "python"
    made.parent.mkdir(parents=True)
    start = f'exec {_emulator()} -L {tree} -0 "$0" {tree}/usr/bin/{program} "$@"'
    made.write_text(f"#!/bin/sh\n{start}\n")
    made.chmod(0o755)
    (where / "pyvenv.cfg").write_text(f"home = {tree}/usr/bin\n")
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run([made, "-c", asked], timeout=120).strip())
    if where not in site.parents:
        raise ToolError(f"{name} takes {site} for its own packages")
    say(f"{name} on {MACHINE}, emulated")
    fill(site, requirements, wheels)
    for script in site.glob("bin/vermilion"):
        script.rename(made.with_name(script.name))
    return made


def fill(site: Path, requirements: Path, wheels: Sequence[Path]) -> None:
    """Installs packages in pure Python, and wheels for another system, into a folder."""
    command: list[Word] = [*venvs.pip(), "install", "--quiet", "--target", site]
    command += ["--only-binary=:all:", "--implementation=py", "--abi=none"]
    run([*command, "--platform=any", "-r", requirements], timeout=600, attempts=2)
    tags = {tag for wheel in wheels for tag in build_wheel.platforms(wheel)} | {"any"}
    run([*command, "--no-deps", *(f"--platform={tag}" for tag in sorted(tags)), *wheels])
