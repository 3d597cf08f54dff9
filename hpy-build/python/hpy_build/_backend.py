# SPDX-License-Identifier: MIT OR Apache-2.0
"""The build backend: setuptools' own, with what `[tool.hpy-build]` of pyproject.toml says.

[build-system]
requires = ["hpy-build"]
build-backend = "hpy_build"

[tool.hpy-build.modules]
"my_ext._native" = "my_ext"                      # the crate
"my_ext._more" = { c = ["src/more.c"], include = ["include"] }
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.errors import SetupError

from hpy_build import _cargo
from hpy_build._wheels import GLIBC_TOOLS, C, Crate, setup

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# An option of pip's `-C`, and what a hook is given of them.
_Settings = Any


def settings(folder: Path) -> dict[str, Any]:
    """Returns what the pyproject.toml of a folder says under `[tool.hpy-build]`."""
    with open(folder / "pyproject.toml", "rb") as file:
        found: dict[str, Any] = tomllib.load(file).get("tool", {}).get("hpy-build", {})
    unknown = set(found) - {"modules", "cargo"}
    if unknown:
        raise SetupError(f"pyproject.toml: [tool.hpy-build] has no {sorted(unknown)[0]}")
    if not found.get("modules"):
        raise SetupError(
            'pyproject.toml: [tool.hpy-build.modules] lacks "package._native" = "crate"'
        )
    return found


def modules(found: Mapping[str, Any]) -> dict[str, Crate | C]:
    """Returns the modules that settings name, as `setup` wants them."""
    made: dict[str, Crate | C] = {}
    for name, value in found["modules"].items():
        if isinstance(value, dict) and "c" in value:
            made[name] = C(value["c"], value.get("include", ()))
        elif isinstance(value, str):
            made[name] = value
        else:
            raise SetupError(f"pyproject.toml: {name} is neither a crate's name nor {{ c = […] }}")
    return made


# setuptools' documented hooks read a setup.py; here pyproject.toml is all there is.
class _Backend(build_meta._BuildMetaBackend):
    def run_setup(self, setup_script: str = "setup.py") -> None:
        found = settings(Path.cwd())
        setup(modules(found), cargo=found.get("cargo", ()))


def get_requires_for_build_wheel(config_settings: _Settings = None) -> list[str]:
    """Returns what a build needs besides this package."""
    return GLIBC_TOOLS if _cargo.promised() else []


def get_requires_for_build_sdist(config_settings: _Settings = None) -> list[str]:
    """Returns what an sdist needs besides this package: nothing."""
    return []


get_requires_for_build_editable = get_requires_for_build_sdist
_backend = _Backend()
build_wheel = _backend.build_wheel
build_sdist = _backend.build_sdist
build_editable = _backend.build_editable
prepare_metadata_for_build_wheel = _backend.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = _backend.prepare_metadata_for_build_editable
