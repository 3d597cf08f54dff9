# SPDX-License-Identifier: MIT OR Apache-2.0
"""HPy for interpreters that have none: loads HPy universal modules anywhere.

>>> import hpy_host
>>> module = hpy_host.load("quicksort", "quicksort.hpy0.so")  # doctest: +SKIP

A *host* is what gives an HPy module its context: everything it can ask of the
interpreter. PyPy 7.3 has one built in, this package has one for CPython and one for PyPy,
and PyPI's package hpy is one for CPython up to 3.12. They are tried in this order, but for
HPY=trace, a mode that the package hpy has and ours has not: it then comes before ours where it
is installed. HPY_HOST=builtin, own or hpy insists on one of them. What HPY=debug finds is told
by `hpy_host.debug`.

The context of PyPy 7.3's is not quite HPy 0.9.0's: modules that were not made for it crash
there. Those made with hpy-bindings are, and those of packages that ask for `load_submodule`;
for all others, `load` and `provide` take this package's host there.

This module chooses the host. `load_submodule` is for packages with a native module of
their own. `provide` lets packages built with hpy's own tools, which ask for
`hpy.universal`, find the chosen host under that name.

"""

from __future__ import annotations

import os
import sys

# What importlib.machinery exports, without importing it.
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
else:
    ModuleType = type(sys)

__version__ = "0.1.0"
__all__ = ["Host", "LoadError", "host", "load", "load_submodule", "provide"]

#: The version of HPy's universal ABI that is spoken, as file names have it.
ABI = "hpy0"
VARIABLE = "HPY_HOST"
#: The value of the variable HPY that this package's hosts do not serve.
_MODE_OF_HPY_ALONE = "trace"
SUPPORTED = (
    "CPython 3.9 and later, not free-threaded, in the main interpreter; PyPy 7.3.14 and later"
)


class LoadError(ImportError, RuntimeError):
    """A file that cannot be loaded as an HPy module, with the reason.

    `import` promises an ImportError where `hpy.universal` raises a RuntimeError: it is both.
    """


class Host:
    """The host that runs HPy modules in this interpreter; see `host`."""

    __slots__ = ("name", "version", "module")

    #: "built in", "hpy" (the package from PyPI) or "own" (this package's)
    name: str
    #: the version of HPy it implements, such as "0.9.0"
    version: str
    #: the module with hpy.universal's interface
    module: ModuleType

    def __init__(self, name: str, module: ModuleType) -> None:
        self.name = name
        version = module.get_version()
        self.version = str(version[0] if isinstance(version, tuple) else version)
        self.module = module

    def __repr__(self) -> str:
        return "Host(%r, %r)" % (self.name, self.version)


def interpreter() -> str:
    """The running interpreter, as people name it: "CPython 3.11.7", "PyPy 7.3.19"."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.implementation.name == "pypy":
        pypy = ".".join(map(str, sys.implementation.version[:3]))
        return "PyPy %s (Python %s)" % (pypy, version)
    name = {"cpython": "CPython"}.get(sys.implementation.name, sys.implementation.name)
    return "%s %s" % (name, version)


class _Unfit(Exception):
    """The reason why a host cannot serve here."""


def _built_in() -> ModuleType:
    if sys.implementation.name != "pypy":
        raise _Unfit("it has no HPy built in")
    version = tuple(sys.implementation.version[:3])
    if version < (7, 3, 14):
        raise _Unfit("its built-in HPy is too old; the first that fits is PyPy 7.3.14's")
    if version >= (8,):
        raise _Unfit("PyPy has no HPy built in since 8.0")
    return _universal()


def _package() -> ModuleType:
    if sys.implementation.name != "cpython":
        raise _Unfit("the package hpy is for CPython")
    if not sys.version_info < (3, 13):
        raise _Unfit("hpy 0.9.0 crashes on CPython 3.13 and later")
    return _universal()


def _universal() -> ModuleType:
    try:
        from hpy_host._package import universal
    except ImportError as error:
        raise _Unfit("hpy.universal cannot be imported: %s" % error) from error
    return universal


def _own() -> ModuleType:
    if sys.implementation.name == "cpython":
        if "t" in sys.abiflags:
            raise _Unfit("this is a free-threaded build, which no HPy host supports yet")
    elif sys.implementation.name != "pypy":
        raise _Unfit("hpy-host has a host for CPython and for PyPy only")
    try:
        from hpy_host import universal
    except ImportError as error:
        raise _Unfit("hpy-host's own host cannot be imported: %s" % error) from error
    return universal


_HOSTS: dict[str, tuple[str, Callable[[], ModuleType]]] = {
    "builtin": ("built in", _built_in),
    "own": ("own", _own),
    "hpy": ("hpy", _package),
}
_chosen: Host | None = None


def _order() -> list[str]:
    """The hosts in the order in which they are tried."""
    forced = os.environ.get(VARIABLE)
    if forced:
        if forced not in _HOSTS:
            raise ImportError("%s=%s: there are builtin, own and hpy" % (VARIABLE, forced))
        return [forced]
    if _MODE_OF_HPY_ALONE in os.environ.get("HPY", "").lower():
        return ["builtin", "hpy", "own"]
    return list(_HOSTS)


def _choose() -> Host:
    forced = os.environ.get(VARIABLE)
    reasons = []
    for key in _order():
        name, find = _HOSTS[key]
        try:
            found = Host(name, find())
        except _Unfit as error:
            reasons.append("%s: %s" % (key, error))
            continue
        if found.version.startswith("0.9."):
            return found
        reasons.append("%s: it implements HPy %s, not 0.9" % (key, found.version))
    raise ImportError(
        "%sthis is %s, without a fit HPy host (%s). HPy universal modules can be loaded by %s"
        % (
            "%s=%s: " % (VARIABLE, forced) if forced else "",
            interpreter(),
            "; ".join(reasons),
            SUPPORTED,
        )
    )


def host() -> Host:
    """The host of this process, chosen when it is first asked for.

    Raises ImportError, with the reason for each host, where none is fit.
    """
    global _chosen
    if _chosen is None:
        _chosen = _choose()
    return _chosen


#: What files export whose module finds out what the context looks like.
_FINDS_THE_LAYOUT = b"\0hpy_bindings_find_the_layout\0"
#: Names of symbols stand before the code: within this many bytes.
_NAMES_END = 1 << 18


def _for_others(path: str | None) -> ModuleType:
    """The host for a module that nobody may have made for PyPy 7.3's; `path` is its file."""
    chosen = host()
    # Who insists on a host, or asks for a mode, gets PyPy's: `hpy_host.debug` asks that.
    if chosen.name != "built in" or os.environ.get(VARIABLE) or os.environ.get("HPY"):
        return chosen.module
    if path is not None:
        with open(path, "rb") as file:
            if _FINDS_THE_LAYOUT in file.read(_NAMES_END):
                return chosen.module
    return _own()


def load(name: str, path: str | os.PathLike[str], spec: ModuleSpec | None = None) -> ModuleType:
    """Loads the HPy universal module `name` from the file `path`.

    The file has to export `HPyInit_<name>`, with the part of the name after its last dot
    and without the package. The module has the usual attributes, taken from `spec` if
    there is one; it is not put into `sys.modules`.

    Raises LoadError, which says what is wrong with which file: no HPy module, another
    version of the ABI, an initialization that fails (then with its exception as the
    cause). Raises ImportError where no host is fit.
    """
    path = os.fspath(path)
    try:
        universal = _for_others(path)
    except OSError:
        universal = host().module  # which says what is wrong with the file
    return _load(universal, name, path, spec)


def _load(universal: ModuleType, name: str, path: str, spec: ModuleSpec | None) -> ModuleType:
    if spec is None:
        spec = ModuleSpec(name, ExtensionFileLoader(name, path), origin=path)
    try:
        module: ModuleType = universal._load_bootstrap(
            name, name, spec.parent, path, spec.loader, spec, os.environ
        )
    except LoadError:
        raise
    except Exception as error:
        reason = "%s cannot be loaded from %s: %s: %s" % (name, path, type(error).__name__, error)
        raise LoadError(reason, name=name, path=path) from error
    module.__file__ = path  # PyPy's own host puts the name there
    return module


def load_submodule(name: str) -> ModuleType:
    """Loads the HPy module `name`, such as "package._native", for the package's `__init__`.

    Its file, `_native.hpy0.so`, lies beside that. From then on `import` finds the module,
    which is an attribute of the package. One that is loaded already is returned as it is.

    Raises ImportError, as `load` does.
    """
    module = sys.modules.get(name)
    if module is None:
        parent, _, last = name.rpartition(".")
        package = sys.modules[parent]
        path = os.path.join(os.path.abspath(package.__path__[0]), "%s.%s.so" % (last, ABI))
        if not os.path.exists(path):
            raise LoadError(
                "%s is not installed completely: %s is missing" % (parent, path),
                name=name,
                path=path,
            )
        module = sys.modules[name] = _load(host().module, name, path, None)
        setattr(package, last, module)
    return module


def provide() -> ModuleType:
    """Makes the host for other people's modules importable as `hpy.universal`; returns it.

    Packages built with hpy's tools then load as they are, also where PyPI's package hpy
    is not installed or does not work, and where setuptools is not, or has no pkg_resources,
    by which they find their files.
    """
    from hpy_host import _stubs

    _stubs.offer()
    universal = _for_others(None)
    if sys.modules.get("hpy.universal") is not universal:
        try:
            import hpy
        except ImportError:
            hpy = sys.modules["hpy"] = ModuleType("hpy")
            hpy.__path__ = []  # a package
        sys.modules["hpy.universal"] = hpy.universal = universal
    return universal
