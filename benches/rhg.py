#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds Mercurial's own Rust for `make bench`, which uses it where it is.

    python3 benches/rhg.py                     rhg; prints the program
    python3 benches/rhg.py --extension [DIR]   an environment whose Mercurial has its Rust
                                               extension; prints its Python

cargo fetches what they depend on. Each takes minutes.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import places  # first: it makes the project's tools known

# isort: split
import interpreters
import mercurials
import venvs
from common import ToolError, cache_dir, clean_env, locked, main_guard, run, say


def rhg() -> Path:
    """Builds rhg; returns it."""
    with locked("rhg"):
        say(f"building rhg of Mercurial {mercurials.VERSION}")
        env = clean_env({"CARGO_TARGET_DIR": str(cache_dir() / "rhg")})
        command = ["nice", "cargo", "build", "--release", "--locked", "--package", "rhg"]
        run(command, cwd=mercurials.sdist() / "rust", env=env, timeout=3600)
    return cache_dir() / "rhg" / "release" / "rhg"


def extension(where: Path) -> Path:
    """Makes the environment `where` with Mercurial built `--rust`; returns its Python."""
    python = where / "bin" / "python"
    with locked("mercurial-rust"):
        if not (where / "complete").exists():
            base = interpreters.get("cpython3.11").executable
            shutil.rmtree(where, ignore_errors=True)
            run([base, "-m", "venv", "--without-pip", where], timeout=300)
            build = mercurials.working_copy(mercurials.sdist(), "mercurial-rust-build")
            say(f"building Mercurial {mercurials.VERSION} with its Rust extension")
            env = {k: v for k, v in clean_env().items() if k != "CARGO_TARGET_DIR"}
            command = ["nice", *venvs.pip_into(python), "install", "--quiet", "--no-deps"]
            command.append("--config-settings=--global-option=--rust")
            run([*command, build], env=env, timeout=3600)
            shutil.rmtree(build)
            mercurials.demand(python)
            env["HGMODULEPOLICY"] = "rust+c"
            run([python, "-c", "from mercurial import pyo3_rustext, ancestor"], env=env)
            (where / "complete").write_text(mercurials.VERSION)
    return python


def main() -> int:
    assert places.ROOT.is_dir()
    if shutil.which("cargo") is None:
        raise ToolError("Mercurial's Rust needs cargo")
    if sys.argv[1:2] == ["--extension"]:
        given = Path(sys.argv[2]) if sys.argv[2:] else cache_dir() / "venvs" / "mercurial-rust"
        print(extension(given.absolute()))
    else:
        print(rhg())
    return 0


if __name__ == "__main__":
    main_guard(main)
