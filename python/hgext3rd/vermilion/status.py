# SPDX-License-Identifier: GPL-2.0-or-later

# status.py - questions about the working copy
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""questions about the working copy, in Rust"""

# These stand in for methods of a dirstate, and tell whether a question is for the module
# ``workingcopy``, which answers it.

from __future__ import annotations

import os

from mercurial import dirstate, dirstatemap, match as matchmod, scmutil, util
from mercurial.dirstateutils import timestamp

from . import versions
from .common import RULES, isloaded, loadpackage, served
from .dirstateitems import WC_TRACKED, Items
from .dirstatemap import declinestatus, loadforstatus
from .overrides import Check, find, foreign, isown
from .seams import isours

# Methods of a dirstate that its status and its walk use.
_WALKERS = (
    *('_checkcase', '_checkexec', '_checklink', '_dirignore', '_ignore', '_ignorefiles'),
    *('_join', '_map', '_normalize', '_normalizefile', '_opener', '_root', '_rootdir'),
    *('_rust_status', '_sparsematchfn', '_sparsematcher', '_walkexplicit', 'pathto'),
    *('_cwd', '_slash', 'getcwd', 'use_rust_status'),
)

# What stands between the files of a working copy's context and the entries of a dirstate.
_MATCHERS = ('_map', 'get_entry', 'matches')

# So many files Mercurial may look at before the package is worth it.
_FEW = 30

_functions = Check()


def _overridden(dirstate, methods):
    """Returns the name of something that others have put in the place of Mercurial's own
    code behind a status, or None."""
    name = foreign(dirstate, methods)
    if name is None:
        attributes = dirstate.__dict__
        rules = attributes.get(RULES)
        if attributes.get('_ignore', rules) is not rules:
            name = '_ignore'
    if name is None and not _functions.holds(
        (util, ('listdir', 'statfiles', 'checkexec', 'checklink', 'fscasesensitive')),
        (matchmod, ('match', 'includematcher', 'readpatternfile')),
        (matchmod, ('_buildmatch', '_buildregexmatch', '_regex', '_rematcher')),
        (timestamp, ('get_fs_now', 'reliable_mtime_of', 'make_mtime_reliable', 'mtime_of')),
        (scmutil, ('status',)),
        (os, ('lstat', 'stat')),
    ):
        name = 'a function'
    return name


def allowv2(ui):
    """Lets Mercurial read a dirstate-v2, at which it is slow without Rust."""
    if versions.hasattempts(dirstatemap) and loadforstatus(ui) is not None:
        dirstate.HAS_FAST_DIRSTATE_V2 = True


def status(orig, self, match, subrepos, ignored, clean, unknown, *args, **kwargs):
    answer = None
    # outside of a status it is a mistake, of which Mercurial says so
    if versions.isinstatus(self) and isown(orig):
        flags = {'ignored': ignored, 'clean': clean, 'unknown': unknown}
        answer = _attemptstatus(self, 'status', match, subrepos, **flags)
    if answer is None:
        return orig(self, match, subrepos, ignored, clean, unknown, *args, **kwargs)
    return answer


def walk(orig, self, match, subrepos, unknown, ignored, full=True):
    # Explicit files are looked at by Mercurial's own code in any case. Within a
    # status, this is what stands behind ours.
    other = match.isexact() or match.traversedir or versions.isinstatus(self)
    answer = None
    if unknown and not ignored and not other and isown(orig):
        answer = _attemptstatus(self, 'walk', match, subrepos, full=full)
    return orig(self, match, subrepos, unknown, ignored, full) if answer is None else answer


def matches(orig, wctx, match):
    repo = wctx._repo
    dirstate = repo.dirstate
    # Of files that are named, there are few.
    if match.isexact() or match.prefix() or not isown(orig):
        return orig(wctx, match)
    items = dirstate._map._map
    if not (
        type(items) is Items
        and foreign(dirstate, _MATCHERS) is None
        and foreign(dirstate._map, ('get', 'keys')) is None
        and isown(find(items.newitem, 'tracked'))
    ):
        return orig(wctx, match)
    served['status'] += 1
    match = repo.narrowmatch(match)
    tracked = (name for name, entry in items.entries() if entry[0] & WC_TRACKED)
    return sorted(tracked if match.always() else filter(match, tracked))


def ask(dirstate, match):
    """Prepares for a status or a walk, if there is enough to do."""
    if isloaded() or not _isoffiles(dirstate, match):
        dirstate._map.ask(dirstate)


def _isoffiles(dirstate, match):
    """Returns whether a matcher is about some files only, which takes less time than loading
    the package."""
    files = match.files()
    return (
        0 < len(files) <= _FEW
        and (match.isexact() or match.prefix())
        and not any(os.path.isdir(dirstate._join(f)) for f in files)
    )


def _iswhole(match):
    """Returns whether a matcher is about all files, or those of some names and below these."""
    return match.always() or match.isexact() or match.prefix()


def _attemptstatus(self, what, match, subrepos, **flags):
    """Returns what a function says of a dirstate that is in Rust, or None."""
    if not isours(self):
        return None
    ask(self, match)
    native = self._map._native
    if native is None:
        return None
    for reason in (
        subrepos and 'subrepositories',
        self._checkcase and 'case-insensitive',
        not (_iswhole(match) or versions.visitsforpatterns()) and 'patterns',
    ):
        if reason:
            return declinestatus(reason)
    methods = _WALKERS if what == 'walk' else (*_WALKERS, 'walk')
    name = _overridden(self, methods)
    if name is not None:
        return declinestatus('overridden: %s' % name)
    from . import workingcopy

    module = loadpackage()._native
    try:
        answer = getattr(workingcopy, what)(self, native, match, **flags)
    except (
        OSError,
        module.CorruptDirstateError,
        module.PanicError,
        module.UnsupportedWorkingCopyError,
    ) as exc:
        return declinestatus(type(exc).__name__)
    if answer is not None:
        served['status'] += 1
    return answer
