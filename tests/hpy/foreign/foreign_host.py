# SPDX-License-Identifier: MIT OR Apache-2.0
"""A plugin of pytest: `hpy.universal` is what `provide` gives, before any test is imported."""

from __future__ import annotations

import sys
from types import ModuleType

import hpy_host
import pytest

# hpy's tests that are not for universal modules as they are, by what stands in their names.
LEFT_OUT = (
    # Of modules that use CPython's own API as well, and so are no universal ones.
    *("test_mixed", "step_00_c_api", "hpy_legacy"),
    # Of hpy's trace mode and of its interface to the debug mode, which our hosts do not have.
    *("leak", "test_trace_mode"),
)

hpy_host.provide()

# What the file with such tests imports before all others.
for name in ("mixed", "hpy.debug", "hpy.debug.pytest"):
    sys.modules[name] = ModuleType(name)
sys.modules["hpy.debug.pytest"].hpy_debug = pytest.fixture(lambda: None)


def pytest_collection_modifyitems(config, items):
    """Leaves the tests out."""
    left_out = [item for item in items if any(part in item.name for part in LEFT_OUT)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
