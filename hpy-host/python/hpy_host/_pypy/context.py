# SPDX-License-Identifier: MIT OR Apache-2.0
"""The context: all implementations put in their places."""

from __future__ import annotations

# Each of them registers what it implements.
from hpy_host._pypy import (  # noqa: F401
    abi,
    calls,
    capsules,
    containers,
    errors,
    frames,
    gil,
    misc,
    numbers,
    objectapi,
    registry,
    strings,
    types,
)
from hpy_host._pypy.handles import DEBUG, constants

for _module in calls, errors:
    frames.hide(_module)
for _function, _ in registry.functions.values():
    frames.hidden(_function)
frames.hidden(gil.outside)

_functions = registry.functions
if DEBUG:
    from hpy_host._pypy import debug

    _functions = debug.members(_functions)
    abi.around.append(debug.calling)

abi.fill_context(constants, _functions, errors.set_pending, errors.set_unnoticed)
ADDRESS = abi.CONTEXT_ADDRESS
