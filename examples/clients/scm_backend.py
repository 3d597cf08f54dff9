# SPDX-License-Identifier: GPL-2.0-or-later
"""Mercurial for setuptools-scm by `vermilion`: its entry point for `.hg`, and the list of files."""

from __future__ import annotations

import datetime
import os

from setuptools_scm import Configuration
from setuptools_scm._file_finders import is_toplevel_acceptable, scm_find_files
from setuptools_scm._version_cls import Version
from setuptools_scm.version import ScmVersion, meta, tag_to_version
from vermilion import Repository, RevisionLookupError

# Changesets of this branch behind a tag that change something else than tags.
SINCE = r"branch(.) and tag(%s)::. and (merge() or file('re:^(?!\.hgtags).*$')) and not tag(%s)"


def parse(root: str | os.PathLike[str], config: Configuration) -> ScmVersion | None:
    """Returns the version of a working copy, None where there is none."""
    try:
        repo = Repository(config.absolute_root)
    except OSError:
        return None
    here, branch, parents = repo["."], repo.working_branch, repo.working_parents
    dirty = len(parents) > 1 or bool(repo.working_copy.status(unknown=False))
    day = datetime.date.today() if dirty or not parents else here.date.date()
    if not parents:
        return meta(Version("0.0"), config=config, dirty=dirty, branch=branch, node_date=day)
    # In the order of their names; others may be at work.
    tagged = tag_to_version(sorted(here.tags)[0], config) if here.tags else None
    if tagged:
        return meta(tagged, dirty=dirty, branch=branch, config=config)
    name, version = _latest(repo, config)
    since = repo.revs("%s::.", name) if name else repo.revs("::.")
    if name and not dirty and not repo.revs(SINCE, name, name):
        return meta(version, config=config, node_date=day)
    return meta(
        version,
        distance=len(since) - bool(name),
        node="h" + here.hex[:7],
        dirty=dirty,
        branch=branch,
        config=config,
        node_date=day,
    )


def _latest(repo: Repository, config: Configuration) -> tuple[str, Version]:
    """Returns the last tag with a dot before here, and its version."""
    try:
        tagged = repo[max(repo.revs(r"ancestors(.) and tag('re:\.')"))]
    except (RevisionLookupError, ValueError):
        return "", Version("0.0")
    name = sorted(tagged.tags)[-1]
    version = tag_to_version(name, config)
    assert version is not None
    return name, version


def find_files(path: str = "") -> list[str]:
    """Returns the tracked files below a path."""
    try:
        working_copy = Repository(path or ".").working_copy
    except OSError:
        return []
    top = os.path.realpath(working_copy.root)
    if not is_toplevel_acceptable(top):
        return []
    status = working_copy.status(unknown=False, clean=True)
    tracked = (status.modified, status.added, status.deleted, status.clean)
    files = {os.path.join(top, os.fsdecode(name)) for names in tracked for name in names}
    folders = {top}
    for file in files:
        folder = os.path.dirname(file)
        while folder not in folders:
            folders.add(folder)
            folder = os.path.dirname(folder)
    return scm_find_files(path, files, folders)
