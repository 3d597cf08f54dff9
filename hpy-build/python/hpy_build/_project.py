# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes a new package, of the template."""

from __future__ import annotations

import keyword
import re
import shutil
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_CARRIED = _HERE / "template"
#: The name that the template has.
_NAME = "my_ext"
_MADE = shutil.ignore_patterns(
    "target", "build", "dist", ".venv*", "*.egg-info", "__pycache__", "*.so", "Cargo.lock"
)


def template() -> Path:
    """Returns the folder of the template."""
    # In a checkout it is one of the examples.
    return _CARRIED if _CARRIED.is_dir() else _HERE.parents[2] / "examples" / "template"


def new(target: Path) -> None:
    """Makes a package, named after its folder, which must not exist yet.

    Raises ValueError where that is no name for a package, FileExistsError.
    """
    name = target.name
    if not re.fullmatch("[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise ValueError(f"{name!r} is no name for a package: small letters, digits and _ make one")
    shutil.copytree(template(), target, ignore=_MADE)
    # The deepest first, as a folder's new name is not that of its files' paths.
    for path in sorted(target.rglob("*"), key=lambda path: -len(path.parts)):
        if path.is_file():
            path.write_text(path.read_text("utf-8").replace(_NAME, name), "utf-8")
        if _NAME in path.name:
            path.rename(path.with_name(path.name.replace(_NAME, name)))
