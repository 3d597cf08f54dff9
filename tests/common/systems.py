# SPDX-License-Identifier: MIT OR Apache-2.0
"""Processes in systems that refuse things."""

from __future__ import annotations

import ctypes
import os
import platform
import shlex
import struct
import subprocess
from pathlib import Path

import pytest

# The number of the call that looks a name up in a directory.
_LOOK_UP = {"x86_64": 262, "aarch64": 79, "riscv64": 79, "ppc64le": 291, "s390x": 293}
_FILTER = struct.Struct("HBBI")
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
_NOFOLLOW = 0x100


@pytest.fixture(scope="session")
def preload(tmp_path_factory):
    """Returns variables that have a process told something else of its system (preload.c)."""
    library = str(tmp_path_factory.mktemp("preload") / "preload.so")
    command = [*shlex.split(os.environ.get("CC", "cc")), "-shared", "-fPIC", "-o", library]
    subprocess.run([*command, str(Path(__file__).with_name("preload.c")), "-ldl"], check=True)

    def variables(**told):
        wanted = {"PRELOAD_" + name: str(value) for name, value in told.items()}
        return {"LD_PRELOAD": library, **wanted}

    return variables


def fails_to_look_up(errno):
    """A preexec_fn: names in open directories cannot be looked up, with that error."""

    def act():
        big = struct.pack("@H", 1) == b"\0\1"
        low = 4 if big else 0
        program = [
            (_LOAD, 0, 0, 0),
            (_EQUAL, 0, 5, _LOOK_UP[platform.machine()]),
            (_LOAD, 0, 0, 16 + low),  # the directory
            (_AT_LEAST, 3, 0, 0x80000000),  # the current one
            (_LOAD, 0, 0, 16 + 3 * 8 + low),  # flags
            (_EQUAL, 0, 1, _NOFOLLOW),
            (_RETURN, 0, 0, _FAIL | errno),
            (_RETURN, 0, 0, _ALLOW),
        ]
        code = ctypes.create_string_buffer(b"".join(_FILTER.pack(*one) for one in program))
        whole = struct.pack("HP", len(program), ctypes.addressof(code))
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        filters = ctypes.create_string_buffer(whole)
        failed = prctl(38, 1, 0, 0, 0) or prctl(22, 2, ctypes.byref(filters), 0, 0)
        if failed:
            raise OSError(ctypes.get_errno(), "no filter for system calls")

    return act


def well(top, depth, files):
    """Makes directories below each other, deeper than a path is read, with files at the end."""
    handle = os.open(top, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("a", dir_fd=handle)
        below = os.open("a", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    for name in "mn":
        os.mkdir(name, dir_fd=handle)
        below = os.open(name, os.O_RDONLY, dir_fd=handle)
        for number in range(files):
            os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY, dir_fd=below))
        os.close(below)
    os.close(handle)
