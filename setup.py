# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the wheel: the Python files plus the native module, an HPy universal binary.

How that is built stands in hpy-build/python/hpy_build, with variables for packagers; everything else about
the package in pyproject.toml.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent / "hpy-build" / "python"))

import hpy_build  # noqa: E402

hpy_build.setup(
    {"vermilion._native": "vermilion-native"},
    programs={"vermilion": "vermilion-hg"},
    cargo=["--locked"],
)
