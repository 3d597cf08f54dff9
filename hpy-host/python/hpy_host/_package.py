# SPDX-License-Identifier: MIT OR Apache-2.0
"""The `hpy.universal` that PyPI's package or PyPy itself has, imported quickly."""

from __future__ import annotations

import sys

# What importlib.util exports, without importing it.
from _frozen_importlib_external import spec_from_file_location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
else:
    ModuleType = type(sys)


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


def in_a_subinterpreter() -> bool:
    """Returns whether this is CPython's, where hpy would share its objects with the main one."""
    try:
        import _xxsubinterpreters as interpreters  # type: ignore[import-not-found]
    except ImportError:
        return False
    return bool(interpreters.get_current() != interpreters.get_main())


def _import_universal() -> ModuleType:
    """Imports hpy.universal without the dozen modules it would bring along.

    On CPython it asks importlib.util for one function, which the interpreter has
    anyway; to import importlib.util takes as long as everything else here.
    """
    if sys.implementation.name == "cpython" and in_a_subinterpreter():
        raise ImportError("HPy modules cannot be loaded in a subinterpreter")
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


universal = _import_universal()
