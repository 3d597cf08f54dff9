# SPDX-License-Identifier: MIT OR Apache-2.0
"""The host for CPython, in hpy-host/."""

from _frozen_importlib import ModuleSpec
from types import ModuleType

def load(name: str, path: str, spec: ModuleSpec, /) -> ModuleType: ...
def get_version() -> tuple[str, str]: ...
