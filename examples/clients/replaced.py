# SPDX-License-Identifier: GPL-2.0-or-later
"""A plugin of pytest that puts these backends in the place of the tools' own."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path
from typing import Any, Callable

import scm_backend
import setuptools_scm._file_finders.hg
import setuptools_scm.hg
import versioningit.hg
import versioningit_backend

_inside = False
_start = subprocess.Popen.__init__


def _without_programs(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function that fails where it starts a program."""

    @functools.wraps(function)
    def wrapper(*args: Any, **named: Any) -> Any:
        global _inside
        _inside = True
        try:
            return function(*args, **named)
        finally:
            _inside = False

    return wrapper


def _popen(process: Any, *args: Any, **named: Any) -> None:
    assert not _inside, args
    _start(process, *args, **named)


_archived = versioningit.hg.describe_hg


def _describe_hg(*, project_dir: str | Path, params: dict[str, Any]) -> Any:
    # What hg archive leaves behind is a text file, and no repository.
    known = Path(project_dir, ".hg_archival.txt").exists()
    ours = _without_programs(versioningit_backend.describe_hg)
    return (_archived if known else ours)(project_dir=project_dir, params=params)


subprocess.Popen.__init__ = _popen  # type: ignore[method-assign]
setuptools_scm.hg.parse = _without_programs(scm_backend.parse)
setuptools_scm._file_finders.hg.hg_find_files = _without_programs(scm_backend.find_files)
versioningit.hg.describe_hg = _describe_hg
