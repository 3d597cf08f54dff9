# SPDX-License-Identifier: GPL-2.0-or-later

# update.py - files that an update writes, in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""files that an update writes, from Rust"""

# How it works
# ------------
#
# The contents of many files are read and written in one call, in the same process as Mercurial
# would do it: its workers share the files among them. What is recorded of a file is what the
# system said of it before it was closed.
#
# Only what is usual is done here: a regular file, in the place of another one, of a symlink or of
# nothing, below directories. Everything else, such as a directory in the way, backups and whatever
# the system refuses, is left to Mercurial when it is that file's turn: where it gives up, the files
# before are written, and those behind are not.

from __future__ import annotations

import itertools
import os

from mercurial import context, pathutil, posix, util, vfs
from mercurial.dirstateutils import timestamp

from . import contents, manifests
from .common import decline
from .overrides import Check, foreign, isown

# So many files are written at a time: as often, Mercurial tells of its progress.
_BLOCK = 100

_REPO = ('_filter', '_loadfilter', 'wjoin', 'wvfs', 'wwrite')
_WORKING = ('__getitem__', 'filectx')
_WORKING_FILE = ('audit', 'clearunknown', 'lstat', 'write')
_VFS = ('__call__', '_auditpath', '_fixfilemode', 'audit', 'join', 'setflags', 'unlink', 'write')
_NAMES = (
    (context.changectx, contents.CHANGESET),
    (context.filectx, contents.FILE),
    (context.workingctx, _WORKING),
    (context.workingfilectx, _WORKING_FILE),
    (vfs.vfs, _VFS),
    (pathutil.pathauditor, ('__call__', '_checkfs_exists')),
    (util, ('makedirs', 'posixfile', 'setflags', 'unlink')),
    (posix, ('setflags',)),
)
_check = Check()


def batchget(orig, repo, mctx, wctx, wantfiledata, actions):
    native = _writer(orig, repo, mctx, wctx)
    if native is None:
        yield from orig(repo, mctx, wctx, wantfiledata, actions)
        return
    root, manifest = os.fsdecode(repo.wvfs.base), mctx.manifestnode()
    filedata = {}
    at = 0
    while at < len(actions):
        block = list(itertools.takewhile(_isplain, actions[at : at + _BLOCK]))
        files = [(f, flags == b'x') for f, (flags, _backup), _msg in block]
        asked = root, manifest, mctx.rev(), files, posix.umask
        written = (files and contents.ask('update', native.write_files, *asked)) or ()
        for (f, _), (mode, size, *mtime) in zip(files, written):
            if wantfiledata:
                filedata[f] = mode, size, timestamp.timestamp((*mtime, False))
        done = len(written)
        if done:
            yield False, (done, files[done - 1][0])
        if done < len(block) or not block:
            for isdata, what in orig(repo, mctx, wctx, wantfiledata, [actions[at + done]]):
                if isdata:
                    filedata.update(what)
                else:
                    yield isdata, what
            done += 1
        at += done
    yield True, filedata


def _isplain(action):
    _f, (flags, backup), _msg = action
    return not backup and flags in (b'', b'x')


def _writer(orig, repo, mctx, wctx):
    """Returns the native object that may write files, or None."""
    settings = contents.asked(repo)
    if settings is None or 'update' not in settings.parts or not manifests.isplain(mctx):
        return None
    ui, wvfs = repo.ui, repo.wvfs
    # It tells of each file, or goes another way.
    told = ui.debugflag or ui.verbose
    ways = b'merge.checkpathconflicts', b'update.atomic-file'
    if told or any(ui.configbool(b'experimental', way) for way in ways):
        return None
    kind = type(repo.unfiltered())
    if (
        type(wctx) is not context.workingctx
        or type(wvfs) is not vfs.vfs
        or type(wvfs.audit) is not pathutil.pathauditor
        or wvfs.createmode is not None
        or repo._decodefilterpats
        or not isown(orig)
        or not _check.holds((kind, _REPO), *_NAMES)
        or foreign(wvfs, ('__call__', 'setflags', 'write')) is not None
    ):
        decline('update', 'overridden')
        return None
    return manifests.reader(repo)
