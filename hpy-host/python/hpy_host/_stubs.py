# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the modules ask for that hpy's build writes beside a native one.

Such a stub finds its file by pkg_resources, which setuptools no longer has. It is offered to
stubs alone, and only where there is none: to others its absence may be worth knowing.
"""

from __future__ import annotations

import os
import sys

# What importlib.machinery exports, without importing it.
from _frozen_importlib import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType, ModuleType

_NAME = "pkg_resources"


def _resource_filename(module: str, resource: str) -> str:
    """Returns the path of a file beside a module."""
    if isinstance(sys.modules.get(_NAME), _StandIn):
        del sys.modules[_NAME]  # the stub has what it wanted
    file = sys.modules[module].__file__
    assert file is not None  # stubs are files
    return os.path.join(os.path.dirname(os.path.abspath(file)), *resource.split("/"))


class _StandIn(type(sys)):  # type: ignore[misc]
    """Stands in for pkg_resources while a stub imports it."""

    resource_filename = staticmethod(_resource_filename)


class Finder:
    """Finds pkg_resources for stubs. It is asked when nobody else has found one."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Returns how to import the stand-in, or None."""
        if name != _NAME or not _is_stub(sys._getframe(1)):
            return None
        return ModuleSpec(name, cls)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        """Makes the stand-in."""
        return _StandIn(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Does nothing: the stand-in is complete."""


def _is_stub(frame: FrameType | None) -> bool:
    """Returns whether the code that imports is that of a stub."""
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    if frame is None:
        return False
    code = frame.f_code
    return code.co_name == "__bootstrap__" and "hpy.universal" in code.co_names


def offer() -> None:
    """Offers to stubs what they ask for, from now on."""
    if Finder not in sys.meta_path:
        sys.meta_path.append(Finder)
