"""The host for CPython, in hpy-host/."""

from types import ModuleType

from _frozen_importlib import ModuleSpec

def load(name: str, path: str, spec: ModuleSpec, /) -> ModuleType: ...
def get_version() -> tuple[str, str]: ...
