# SPDX-License-Identifier: MIT OR Apache-2.0
"""This package's own HPy host, with the interface of the module `hpy.universal`.

It has HPy's debug mode. There is no trace mode: that is PyPI's hpy's, on CPython up to 3.12,
and PyPy 7.3's.
"""

from __future__ import annotations

import sys

from hpy_host import LoadError

if sys.implementation.name == "pypy":
    from hpy_host import _pypy as _own
else:
    from hpy_host import _cpython as _own  # type: ignore[no-redef]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _frozen_importlib import ModuleSpec
    from collections.abc import Mapping
    from types import ModuleType

MODE_UNIVERSAL = 0
MODE_DEBUG = 1
MODE_TRACE = 2
_MODES = {"universal": MODE_UNIVERSAL, "debug": MODE_DEBUG, "trace": MODE_TRACE}


def get_version() -> tuple[str, str]:
    """The version of HPy that is implemented, and by what."""
    return _own.get_version()


def _check(mode: int, name: str, path: str) -> None:
    if mode not in (MODE_UNIVERSAL, MODE_DEBUG):
        names = {number: word for word, number in _MODES.items()}
        raise LoadError(
            "%s (%s): hpy-host's own host has no %s mode; the package hpy on CPython up to 3.12 "
            "and PyPy 7.3 have one" % (name, path, names.get(mode, "mode %r" % mode)),
            name=name,
            path=path,
        )


def load(name: str, path: str, spec: ModuleSpec, debug: bool = False, mode: int = -1) -> ModuleType:
    """Loads the HPy module `name` from the file `path`, as `spec` describes it."""
    if mode < 0:
        mode = MODE_DEBUG if debug else MODE_UNIVERSAL
    _check(mode, name, path)
    return _own.load(name, path, spec, mode == MODE_DEBUG)


def _mode(name: str, text: str) -> int:
    """The mode that the variable HPY asks for: MODE, or NAME:MODE,NAME:MODE for some modules."""
    if ":" in text:
        pairs = dict(pair.split(":", 1) for pair in text.split(",") if ":" in pair)
        text = pairs.get(name, "universal")
    try:
        return _MODES[text.lower()]
    except KeyError:
        raise ValueError("invalid HPy mode: %s" % text) from None


def _load_bootstrap(
    name: str,
    ext_name: str,
    package: str,
    file: str,
    loader: object,
    spec: ModuleSpec,
    env: Mapping[str, str],
) -> ModuleType:
    """Returns what the files call that hpy's build writes beside a binary: heeds the variable HPY."""
    mode = _mode(name, env.get("HPY", "universal"))
    if "HPY_LOG" in env:
        print("Loading %r in HPy %s mode" % (name, "debug" if mode == MODE_DEBUG else "universal"))
    module = load(name, file, spec, mode=mode)
    module.__file__ = file
    module.__loader__ = loader  # type: ignore[assignment]
    module.__name__ = ext_name
    module.__package__ = package
    spec.origin = file
    module.__spec__ = spec
    return module


def __getattr__(name: str) -> object:
    if name == "_debug":  # which few ask for
        from hpy_host import _debug

        return _debug
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
