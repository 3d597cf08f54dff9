# SPDX-License-Identifier: GPL-2.0-or-later
"""Valgrind: fetched where there is none, and counting a program's instructions with it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import debian
from common import cache_dir, run


def program() -> tuple[str, dict[str, str]]:
    """Returns the program and the variables it needs; it is fetched where there is none."""
    found = shutil.which("valgrind")
    if found:
        return found, {}
    # The C library's names must be those of the library that runs.
    codename = run(["sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME"]).strip()
    packages = ["valgrind", "libc6-dbg"]
    tree = debian.kept(codename, packages, cache_dir() / "valgrind", closure=False)
    return str(tree / "usr/bin/valgrind.bin"), {"VALGRIND_LIB": str(tree / "usr/libexec/valgrind")}


def instructions(argv: Sequence[str], env: Mapping[str, str], cwd: str | Path) -> int:
    """Returns how many instructions a program runs, without those of the system's kernel.

    With a fixed seed for its hashes, a Python program runs nearly as many every time.
    """
    valgrind, more = program()
    with tempfile.NamedTemporaryFile("r", suffix=".valgrind") as log:
        counting = ["--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={os.devnull}"]
        words = [valgrind, *counting, f"--log-file={log.name}", *argv]
        run(words, cwd=Path(cwd), env={**env, **more, "PYTHONHASHSEED": "0"}, timeout=1200)
        counted = re.search(r"I +refs: +([\d,]+)", log.read())
    assert counted, "Valgrind says nothing"
    return int(counted[1].replace(",", ""))
