#!/usr/bin/env python3
"""Builds Mercurial's rhg for `make bench`, which uses it where it is: benches/rhg.py

cargo fetches what it depends on. It takes minutes.
"""

from __future__ import annotations

import shutil

import places  # first: it makes the project's tools known
import mercurials
from common import ToolError, cache_dir, clean_env, locked, main_guard, run, say


def main() -> int:
    assert places.ROOT.is_dir()
    if shutil.which("cargo") is None:
        raise ToolError("rhg needs cargo")
    with locked("rhg"):
        say(f"building rhg of Mercurial {mercurials.VERSION}")
        env = clean_env({"CARGO_TARGET_DIR": str(cache_dir() / "rhg")})
        command = ["nice", "cargo", "build", "--release", "--locked", "--package", "rhg"]
        run(command, cwd=mercurials.sdist() / "rust", env=env, timeout=3600)
    print(cache_dir() / "rhg" / "release" / "rhg")
    return 0


if __name__ == "__main__":
    main_guard(main)
