# SPDX-License-Identifier: GPL-2.0-or-later

# annotate.py - where lines of files come from, found out in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""where lines of files come from, from Rust"""

# How it works
# ------------
#
# The versions of a file are read and compared in one call, for a repository as it is on disk. Where
# Mercurial knows more changesets, as in a transaction, or others, it answers itself.

from __future__ import annotations

import os

from mercurial import context, filelog, mdiff, revlog

from .common import decline, loadpackage, served, settingsof, tick
from .contents import problems
from .diffs import findslines, islikec, linematchers
from .overrides import Check, isown
from .versions import dag_util

_FILE = (
    *('__init__', '_adjustlinkrev', '_changeid', '_copied', '_filelog', '_introrev'),
    *('_parentfilectx', 'annotate', 'data', 'filectx', 'introfilectx', 'introrev', 'linkrev'),
    *('parents', 'path', 'renamed', 'rev'),
)
_NAMES = (
    (context.filectx, _FILE),
    (dag_util, ('_annotatepair', '_decoratelines', 'annotate')),
    (filelog.filelog, ('__init__', 'linkrev', 'parents', 'read', 'renamed', 'revision')),
    (revlog.revlog, ('_revisiondata', 'ancestors', 'linkrev', 'parents', 'revision')),
)
_check = Check()


def annotate(orig, fctx, follow=False, skiprevs=None, diffopts=None):
    answer = _ask(orig, fctx, follow, skiprevs, diffopts or mdiff.defaultopts)
    if answer is None:
        return orig(fctx, follow=follow, skiprevs=skiprevs, diffopts=diffopts)
    text, revs, pathrows, numbers, skipped, paths = answer
    versions = {}
    lines = []
    for row, line in enumerate(mdiff.splitnewlines(text)):
        version = revs[row], pathrows[row]
        if version not in versions:
            path = paths[version[1]]
            versions[version] = fctx._repo.filectx(path, changeid=version[0])
        found = versions[version], numbers[row], skipped[row] != 0, line
        lines.append(dag_util.annotateline(*found))
    return lines


def _ask(orig, fctx, follow, skiprevs, options):
    """Returns what native code says of a file's lines, or None."""
    repo = fctx._repo
    settings = settingsof(repo, 'annotate')
    if settings is None or type(fctx) is not context.filectx:
        return None
    names = (type(repo.unfiltered()), ('file', 'filectx')), *linematchers(), *_NAMES
    if not (isown(orig) and findslines() and _check.holds(*names)):
        decline('annotate', 'overridden')
        return None
    package = loadpackage()
    if package is None:
        return None
    native = package._native
    try:
        repository = _repository(repo.unfiltered(), settings, native)
        if repository is None:
            decline('annotate', 'not on disk')
            return None
        skip = None if skiprevs is None else [rev for rev in skiprevs if rev >= 0]
        path, rev = fctx.path(), fctx.rev()
        answer = native.annotate(
            repository, path, rev, bool(follow), skip, options, not islikec(), tick
        )
    except problems() as exc:
        decline('annotate', type(exc).__name__)
        return None
    served['annotate'] += 1
    text, *columns, skipped, paths = answer
    # numbers of 32 bits, which both interpreters read without a module for it
    return text, *(memoryview(column).cast('i') for column in columns), skipped, paths


def _repository(repo, settings, native):
    """Returns the native repository if it has the same changesets as Mercurial's, or None."""
    changelog = repo.changelog
    tip = changelog.tiprev()

    def same(opened):
        return len(opened) == len(changelog) and opened.node(tip) == changelog.node(tip)

    if settings.repository is None or not same(settings.repository):
        settings.repository = native.open_repository(os.fsdecode(repo.root), True)
    return settings.repository if same(settings.repository) else None
