"""Chooses the HPy host of this interpreter and loads the native module with it.

The one place that knows which interpreters are supported and how each loads an HPy
universal binary. Importing this module makes `vermilion._native` importable.
"""

from __future__ import annotations

import os
import sys

# What importlib.machinery and importlib.util export, without importing these two.
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader, spec_from_file_location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
else:
    ModuleType = type(sys)

NAME = "vermilion._native"
PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_native.hpy0.so")
ABI = "hpy0"

SUPPORTED = (
    "CPython 3.9 to 3.12 with the package hpy 0.9.0 (installed along with vermilion; "
    "on 3.12 it is compiled, which takes a C compiler and git), or PyPy 7.3.14 to 7.3.23, "
    "which has HPy built in"
)


def interpreter() -> str:
    """The running interpreter, as people name it: "CPython 3.11.7", "PyPy 7.3.19"."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.implementation.name == "pypy":
        pypy = ".".join(map(str, sys.implementation.version[:3]))
        return "PyPy %s (Python %s)" % (pypy, version)
    return "%s %s" % ({"cpython": "CPython"}.get(sys.implementation.name, sys.implementation.name), version)


def _refuse(found: str) -> ImportError:
    return ImportError(
        "vermilion cannot be loaded: this is %s%s. Its native part is an HPy universal "
        "binary, which needs an HPy host: %s." % (interpreter(), found, SUPPORTED),
        name=NAME,
        path=PATH,
    )


class _StandIn(ModuleType):
    """Stands in for importlib.util while hpy.universal is imported.

    To anybody else who gets hold of it meanwhile, it gives what the real one has.
    """

    spec_from_file_location = staticmethod(spec_from_file_location)

    def __getattr__(self, name: str) -> object:
        self.leave()
        import importlib.util

        return getattr(importlib.util, name)

    def enter(self) -> None:
        sys.modules[self.__name__] = self

    def leave(self) -> None:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]


def _import_universal() -> ModuleType:
    """Imports hpy.universal without the dozen modules it would bring along.

    On CPython it asks importlib.util for one function, which the interpreter has
    anyway; to import importlib.util takes as long as everything else here.
    """
    stand_in = None
    if sys.implementation.name == "cpython" and "importlib.util" not in sys.modules:
        stand_in = _StandIn("importlib.util")
        stand_in.enter()
    try:
        import hpy.universal
    finally:
        if stand_in is not None:
            stand_in.leave()
    return sys.modules["hpy.universal"]


def _host() -> ModuleType:
    """The module `hpy.universal` of this interpreter, if it is fit for our binary."""
    implementation = sys.implementation.name
    if implementation == "cpython":
        if not (3, 9) <= sys.version_info[:2] <= (3, 12):
            raise _refuse("")
    elif implementation == "pypy":
        if not (7, 3, 14) <= tuple(sys.implementation.version[:3]) < (8,):
            raise _refuse("")
    else:
        raise _refuse("")
    try:
        universal = _import_universal()
    except ImportError as error:
        raise _refuse(" without a working hpy (%s)" % error) from error
    if host_version(universal)[:4] not in ("0.9.", "0.9"):
        raise _refuse(" with hpy %s" % host_version(universal))
    return universal


def host_version(universal: ModuleType) -> str:
    """The version of HPy that the host implements, such as "0.9.0"."""
    version = universal.get_version()
    return str(version[0] if isinstance(version, tuple) else version)


def load() -> ModuleType:
    """The native module, loaded once."""
    loaded = sys.modules.get(NAME)
    if loaded is not None:
        return loaded
    universal = _host()
    if not os.path.exists(PATH):
        raise ImportError(
            "vermilion is not installed completely: %s is missing" % PATH, name=NAME, path=PATH
        )
    spec = ModuleSpec(NAME, ExtensionFileLoader(NAME, PATH), origin=PATH)
    module: ModuleType
    try:
        module = universal._load_bootstrap(
            NAME, NAME, "vermilion", PATH, spec.loader, spec, os.environ
        )
    except (RuntimeError, ImportError) as error:  # a broken file
        message = "vermilion's native part cannot be loaded from %s: %s" % (PATH, error)
        raise ImportError(message, name=NAME, path=PATH) from error
    sys.modules[NAME] = module
    setattr(sys.modules["vermilion"], "_native", module)
    return module


class Runtime:
    """What was loaded; see `runtime`."""

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
    #: where the HPy host comes from: "hpy" (the package) or "built in"
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
    """What was loaded: interpreter, HPy host, native module and its checksum.

    Reads the native module's file, a few hundred kilobytes, for the checksum.
    """
    import hashlib

    import hpy.universal as universal

    native = sys.modules[NAME]
    pypy = sys.implementation.name == "pypy"
    version = sys.implementation.version if pypy else sys.version_info
    with open(PATH, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return Runtime(
        implementation=sys.implementation.name,
        version=".".join(map(str, version[:3])),
        host="built in" if pypy else "hpy",
        host_version=host_version(universal),
        abi=ABI,
        path=PATH,
        sha256=digest,
        threads=native.threads(),
    )


load()
