# status.py - questions about the working copy
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""questions about the working copy, in Rust"""

# The wrappers. What stands behind them is in the module ``workingcopy``, which is
# only loaded by the first question.

from __future__ import annotations

import os

from mercurial import dirstate, extensions

from .common import decline, loadpackage, served, warnpackage


def _loadforstatus(ui):
    """Return the package for a working copy, or None to leave it to Mercurial."""
    if not ui.configbool(b'vermilion', b'status'):
        return None
    package = loadpackage()
    if package is None:
        warnpackage(ui)
    return package


def _declinestatus(why):
    decline('status', why)


def wrapdirstatemap(module):
    if module.rustmod is None and os.name == 'posix':
        from . import workingcopy

        module.dirstatemap = workingcopy.mapclass(
            module, _loadforstatus, _declinestatus
        )


def wrapdirstate(module):
    if module.rustmod is None:
        extensions.wrapfunction(module.dirstate, 'status', _status)
        extensions.wrapfunction(module.dirstate, 'walk', _walk)


def wrapvfsoptions(module):
    def options(orig, ui, requirements, features):
        # Mercurial refuses to read what it would be slow at; with Rust it is fast.
        if b'dirstate-v2' in requirements and _loadforstatus(ui) is not None:
            dirstate.HAS_FAST_DIRSTATE_V2 = True
        return orig(ui, requirements, features)

    name = 'resolve_revlog_store_vfs_options'
    extensions.wrapfunction(module, name, options)


def _status(
    orig, self, match, subrepos, ignored, clean, unknown, empty_dirs_keep_files=False
):
    answer = None
    if self._running_status:  # else a mistake, of which Mercurial says so
        flags = {'ignored': ignored, 'clean': clean, 'unknown': unknown}
        answer = _attemptstatus(self, 'status', match, subrepos, **flags)
    if answer is None:
        return orig(
            self, match, subrepos, ignored, clean, unknown, empty_dirs_keep_files
        )
    return answer


def _walk(orig, self, match, subrepos, unknown, ignored, full=True):
    # Explicit files are looked at by Mercurial's own code in any case. Within a
    # status, this is what stands behind ours.
    other = match.isexact() or match.traversedir or self._running_status
    answer = None
    if unknown and not ignored and not other:
        answer = _attemptstatus(self, 'walk', match, subrepos, full=full)
    return orig(self, match, subrepos, unknown, ignored, full) if answer is None else answer


def _attemptstatus(self, what, match, subrepos, **flags):
    """Return what a function says of a dirstate that is in Rust, or None."""
    native = getattr(self._map, '_native', None)
    if native is None:
        return None
    for reason in (
        subrepos and 'subrepositories',
        self._checkcase and 'case-insensitive',
    ):
        if reason:
            return _declinestatus(reason)
    from . import workingcopy

    module = loadpackage()._native
    try:
        answer = getattr(workingcopy, what)(self, native, match, **flags)
    except (
        OSError,
        module.CorruptDirstateError,
        module.UnsupportedWorkingCopyError,
    ) as exc:
        return _declinestatus(type(exc).__name__)
    if answer is not None:
        served['status'] += 1
    return answer
