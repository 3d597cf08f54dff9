# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m vermilion` becomes the program `vermilion` that was installed with this package."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path


def _places() -> Iterator[Path]:
    """Yields where the program may be: where pip has put it, else beside the package.

    What pip writes down is wrong after `pip install --target`.
    """
    for file in metadata.files("vermilion") or ():
        if file.name == "vermilion" and file.parent.name == "bin":
            yield Path(os.path.abspath(file.locate()))
    yield Path(__file__).resolve().parent.parent / "bin" / "vermilion"
    yield Path(sys.executable).parent / "vermilion"


def main() -> None:
    """Replaces this process by the program; returns only if that is not there."""
    for program in _places():
        if os.access(program, os.X_OK) and program.is_file():
            os.execv(program, [os.fsencode(program), *map(os.fsencode, sys.argv[1:])])


if __name__ == "__main__":
    main()
    sys.exit("vermilion: the program `vermilion` is not installed beside this package")
