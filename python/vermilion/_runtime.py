# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads the native module, and tells what was loaded.

Importing this module makes `vermilion._native` importable.
"""

from __future__ import annotations

import sys

from hpy_host import ABI, host, load_submodule

NAME = "vermilion._native"


class Runtime:
    """The native module that was loaded, and how; see `runtime`."""

    __slots__ = (
        "implementation",
        "version",
        "host",
        "host_version",
        "abi",
        "path",
        "sha256",
        "threads",
    )

    #: "cpython" or "pypy"
    implementation: str
    #: the interpreter's own version, such as "3.11.7" or "7.3.19"
    version: str
    #: where the HPy host comes from: "built in", "hpy" (the package) or "own" (hpy-host's)
    host: str
    #: the version of HPy it implements, such as "0.9.0"
    host_version: str
    #: the binary interface of the native module: "hpy0"
    abi: str
    #: the native module's file
    path: str
    #: that file's SHA-256, in hexadecimal
    sha256: str
    #: how many threads long computations use
    threads: int

    def __init__(self, **fields: object) -> None:
        for name in self.__slots__:
            setattr(self, name, fields[name])

    def __repr__(self) -> str:
        fields = ", ".join("%s=%r" % (name, getattr(self, name)) for name in self.__slots__)
        return "Runtime(%s)" % fields


def runtime() -> Runtime:
    """Returns what was loaded: interpreter, HPy host, native module and its checksum.

    Reads the native module's file, a few hundred kilobytes, for the checksum.
    """
    import hashlib

    native = sys.modules[NAME]
    path = str(native.__file__)
    pypy = sys.implementation.name == "pypy"
    version = sys.implementation.version if pypy else sys.version_info
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return Runtime(
        implementation=sys.implementation.name,
        version=".".join(map(str, version[:3])),
        host=host().name,
        host_version=host().version,
        abi=ABI,
        path=path,
        sha256=digest,
        threads=native.threads(),
    )


load_submodule(NAME)
