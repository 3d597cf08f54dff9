# SPDX-License-Identifier: MIT OR Apache-2.0
"""Hides the host's own frames from tracebacks, `sys._getframe` and warnings: CPython has none.

`hidden` marks a function, and all that are made from the same source.
"""

from __future__ import annotations

from types import FunctionType, ModuleType

import __pypy__  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

hidden: Any = __pypy__.hidden_applevel


def hide(module: ModuleType) -> None:
    """Hides the frames of all functions at the top level of a module."""
    for value in list(vars(module).values()):
        if isinstance(value, FunctionType) and value.__module__ == module.__name__:
            hidden(value)
