#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs nox with the arguments given; it is fetched into build/ first where it is not there.

Needs Python 3.9 or newer and nothing else.
"""

from __future__ import annotations

import subprocess
import sys

import venvs
from common import ROOT, Word, main_guard


def main() -> int:
    command: list[Word] = [venvs.nox_python(), "-m", "nox"]
    command += ["--noxfile", ROOT / "noxfile.py", *sys.argv[1:]]
    return subprocess.run(command).returncode


if __name__ == "__main__":
    main_guard(main)
