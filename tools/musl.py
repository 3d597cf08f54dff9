# SPDX-License-Identifier: GPL-2.0-or-later
"""Linux with musl: the machine of its wheels, its loader, and a CPython that is built with it.

musl is Debian's, unpacked into the cache, and so are CPython's sources. Whatever is to be run names
the loader there: the system has none.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import build_wheel
import debian
import elsewhere
import emulated
import venvs
from common import cache_dir, clean_env, locked, run, say

TRIPLE, SUITE = "x86_64-unknown-linux-musl", elsewhere.SUITE
# Debian's package, and the interpreter that it becomes.
PYTHON, PROGRAM = "python3.13", "cpython3.13"
# gcc's options are in a file of Debian's, by the places that its files have when they are installed.
_COMPILER = """#!/bin/sh
# CPython's configure asks for this, and compares.
[ "$1" = --print-multiarch ] && exec echo x86_64-linux-musl
exec gcc "$@" -specs {specs}
"""
_CONFIGURE = ("--without-ensurepip", "--disable-test-modules", "--with-pkg-config=no")


def machine() -> build_wheel.Machine:
    """Returns the machine of the wheels, whose native code is linked to musl when it is loaded."""
    return build_wheel.Machine("x86_64-musl", TRIPLE, elsewhere.compiler())


def _tree() -> Path:
    """Returns the folder with musl, its headers included."""
    final = cache_dir() / f"musl-{SUITE}"
    return debian.kept(SUITE, ["musl", "musl-dev"], final, closure=False)


def loader() -> Path:
    """Returns musl's loader, which is musl itself."""
    return _tree() / "usr" / "lib" / "x86_64-linux-musl" / "libc.so"


def python() -> Path:
    """Returns a CPython that is built with musl, without the modules that need other libraries."""
    final = cache_dir() / "interpreters" / f"{PROGRAM}-musl"
    with locked(f"interpreter-{PROGRAM}-musl"):
        if not final.exists():
            final.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="musl-python-", dir=cache_dir()) as scratch:
                _build(Path(scratch), final)
    return final / "bin" / "python3"


def environment(requirements: Path, wheels: Sequence[Path]) -> Path:
    """Returns the Python of an environment of that CPython, with packages and wheels for it."""
    where = cache_dir() / "venvs" / f"musl-{PROGRAM}"
    shutil.rmtree(where, ignore_errors=True)
    run([python(), "-m", "venv", "--without-pip", where], timeout=120)
    made = where / "bin" / "python"
    emulated.fill(venvs.site_packages(made), requirements, wheels)
    return made


def _build(scratch: Path, final: Path) -> None:
    zlib = debian.source(SUITE, "zlib", scratch / "zlib")
    sources = debian.source(SUITE, PYTHON, scratch / "sources")
    say(f"building {PROGRAM} with musl, which takes minutes")
    # Its libraries go into shared ones.
    env = clean_env({"CC": str(_compiler(scratch)), "CFLAGS": "-O1 -fPIC"})
    run(["./configure", "--static"], cwd=zlib, env=env, timeout=600)
    run(["make", "libz.a"], cwd=zlib, env=env, timeout=600)
    env.update({"ZLIB_CFLAGS": f"-I{zlib}", "ZLIB_LIBS": f"{zlib}/libz.a"})
    made = scratch / "made"
    made.mkdir()
    place = f"--prefix={final}"
    run([sources / "configure", place, *_CONFIGURE], cwd=made, env=env, timeout=1800)
    run(["make"], cwd=made, env=env, timeout=3600)
    partial = scratch / "installed"
    run(["make", "install", f"DESTDIR={partial}"], cwd=made, env=env, timeout=600)
    shutil.move(f"{partial}{final}", final)


def _compiler(scratch: Path) -> Path:
    """Writes a program that is gcc for musl; returns it."""
    text = next(_tree().glob("**/musl-gcc.specs")).read_text()
    for place in ("/usr/include/x86_64-linux-musl", "/usr/lib/x86_64-linux-musl"):
        text = text.replace(place, f"{_tree()}{place}")
    specs, made = scratch / "specs", scratch / "cc"
    specs.write_text(text.replace("/lib/ld-musl-x86_64.so.1", str(loader())))
    made.write_text(_COMPILER.format(specs=specs))
    made.chmod(0o755)
    return made
