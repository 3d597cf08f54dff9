# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds the wheel: the Python files plus the host for CPython, which cargo makes."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "hpy-build" / "python"))

import hpy_build  # noqa: E402

hpy_build.setup({"hpy_host._cpython": ("hpy-host", ".abi3.so")}, cargo=["--locked"])
