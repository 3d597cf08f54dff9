# SPDX-License-Identifier: MIT OR Apache-2.0
"""HPy for PyPy 8 and later, which has none built in: a host in Python, over cffi.

It gives HPy universal modules a context whose functions are cffi callbacks, which the JIT
compiles. `abi` has the binary interface, `handles` the table of handles, `gil` the right to
run native code; `calls` goes into native code, and the modules that `context` imports are
what native code calls.
"""

from __future__ import annotations

import os
from types import ModuleType

import hpy_host
from hpy_host._pypy import handles as _handles, modules as _modules
from hpy_host._pypy.handles import open_handles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["get_version", "load", "new_generation", "open_handles", "opened_since"]


def get_version() -> tuple[str, str]:
    """The version of HPy that is implemented, and by what."""
    return "0.9.0", "hpy-host %s" % hpy_host.__version__


def load(name: str, path: str, spec: Any, debug: bool = False) -> ModuleType:
    """Loads the HPy module `name` from the file `path`, as the module spec `spec` says.

    Raises LoadError for a file that is no HPy module of this name or of another version
    of the ABI.
    """
    if debug and not _handles.DEBUG:
        reason = "%s (%s): HPY=debug must be set before the first HPy module is loaded"
        raise hpy_host.LoadError(reason % (name, path), name=name, path=path)
    return _modules.load(name, os.fspath(path), spec)


def new_generation() -> int:
    """Begins a generation of handles of the debug mode and returns its number."""
    return _handles.table.new_generation() if _handles.table is not None else 0


def opened_since(generation: int) -> list[tuple[int, Any, str]]:
    """Returns the handles that are open since a generation began: number, object, who made it."""
    return _handles.table.opened_since(generation) if _handles.table is not None else []
