#!/usr/bin/env python3
"""Random operations on all examples, on one interpreter: what `make soak` runs.

`make soak ARGS="--python pypy --operations 10000000"`; other arguments are those of
tests/soak/soak.py, as a seed that was printed.
"""

from __future__ import annotations

import argparse
import subprocess

import build_wheel
import examples
import interpreters
import venvs
from common import ROOT, Word, clean_env, main_guard

SOAK = ROOT / "tests" / "soak"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default="cpython3.11", help="the name of an interpreter")
    arguments, more = parser.parse_known_args()
    build_wheel.build()
    build_wheel.build_probe()
    python = venvs.make(interpreters.get(arguments.python), f"soak-{arguments.python}", fresh=True)
    venvs.install(python, *build_wheel.DIST.glob("*.whl"), *examples.build())
    command: list[Word] = [python, SOAK / "soak.py", *more]
    env = clean_env({"VERMILION_PROBE": str(build_wheel.PROBE), "PYTHONDONTWRITEBYTECODE": "1"})
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    main_guard(main)
