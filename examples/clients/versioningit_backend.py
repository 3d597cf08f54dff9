# SPDX-License-Identifier: GPL-2.0-or-later
"""Mercurial for versioningit by `vermilion`: its method `hg`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from vermilion import Repository
from versioningit.core import VCSDescription
from versioningit.errors import NoTagError, NotVCSError
from versioningit.logging import log, warn_extra_fields
from versioningit.util import get_build_date, optional_str_guard


def describe_hg(*, project_dir: str | Path, params: dict[str, Any]) -> VCSDescription:
    """Describes the working copy around a folder: the last tag, and what came after it."""
    pattern = optional_str_guard(params.get("pattern"), "vcs.pattern")
    default_tag = optional_str_guard(params.get("default-tag"), "vcs.default-tag")
    warn_extra_fields(dict(params), "vcs", ["pattern", "default-tag"])
    repo = _opened(project_dir)
    here = repo["."]
    dirty = len(repo.working_parents) > 1 or bool(repo.working_copy.status(unknown=False))
    found = repo.latest_tag(here, "*" if pattern is None else _compiled(pattern))
    suffix = "" if pattern is None else f" (pattern = {pattern!r})"
    if found.tags:
        tag = found.tags[0]
        distance = len(repo.revs("only(., %s)", tag))
    elif default_tag is not None:
        log.info("No latest tag%s; falling back to default tag %r", suffix, default_tag)
        tag = default_tag
        # as if the first changeset had it
        distance = max(0, len(repo.revs("::.")) - 1)
    else:
        raise NoTagError(f"No latest tag in Mercurial repository{suffix}")
    states = ["distance"] * bool(distance) + ["dirty"] * dirty
    return VCSDescription(
        tag=tag,
        state="-".join(states) or "exact",
        branch=repo.working_branch,
        fields={
            "distance": distance,
            "rev": here.hex[:12],
            "revision": here.hex,
            "build_date": get_build_date(),
            "vcs": "h",
            "vcs_name": "hg",
        },
    )


def _opened(folder: str | Path) -> Repository:
    """Returns the repository in which something of a folder is tracked."""
    try:
        repo = Repository(folder)
        root = os.path.realpath(repo.root)
        place = os.path.relpath(os.path.realpath(folder), root)
        status = repo.working_copy.status([place], unknown=False, clean=True)
        if status.modified or status.added or status.deleted or status.clean:
            return repo
    except OSError:
        pass
    raise NotVCSError(f"{folder} is not tracked by Mercurial")


def _compiled(pattern: str) -> re.Pattern[str]:
    """Returns a pattern as Mercurial has them: `re:` for a regular expression, else a name."""
    kind, colon, rest = pattern.partition(":")
    if colon and kind == "re":
        return re.compile(rest)
    name = rest if colon and kind == "literal" else pattern
    return re.compile(re.escape(name) + r"\Z")
