#!/usr/bin/env python3
"""Says what of hpy-bindings' public interface changed since the baseline, and how much.

The baseline is the revision named in hpy-bindings/semver-baseline. After a release, write
that one there. cargo-semver-checks, which compares, is compiled into the cache first, where
that was not done before: some minutes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import build_wheel
from common import ROOT, Word, cache_dir, clean_env, locked, main_guard, run, say

# The release whose reader fits what Rust 1.95 tells of a crate.
VERSION = "0.51.0"
BASELINE = ROOT / "hpy-bindings" / "semver-baseline"


def checker() -> Path:
    """The program, compiled if needed."""
    place = cache_dir() / "semver-checks"
    program = place / "bin" / "cargo-semver-checks"
    with locked("semver-checks"):
        if not program.exists():
            say(f"compiling cargo-semver-checks {VERSION}")
            command: list[Word] = ["cargo", "install", "--locked", "--root", place]
            # It is used once in a while: not worth a long optimisation.
            env = clean_env({"CARGO_PROFILE_RELEASE_OPT_LEVEL": "1"})
            env["CARGO_PROFILE_RELEASE_LTO"] = "off"
            run([*command, f"cargo-semver-checks@{VERSION}"], env=env, timeout=3600, attempts=2)
    return program


def main() -> int:
    command: list[Word] = [checker(), "semver-checks", "-p", "hpy-bindings", "--all-features"]
    command += ["--baseline-rev", BASELINE.read_text().strip(), *sys.argv[1:]]
    # The raw layer's build script needs a Python that has pip.
    env = clean_env({"PYTHON": str(build_wheel.build_python())})
    return subprocess.run(command, cwd=ROOT, env=env).returncode


if __name__ == "__main__":
    main_guard(main)
