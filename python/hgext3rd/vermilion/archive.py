# SPDX-License-Identifier: GPL-2.0-or-later

# archive.py - files that an archive writes into a directory, in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""files that an archive writes into a directory, from Rust"""

# How it works
# ------------
#
# For each file, Mercurial looks at every directory above it, opens the file by its whole path, and
# then names it twice more, for its permissions and its time. Rust keeps the directories open.
# Mercurial itself makes the first file, and with it the directory, and all that is unusual.

from __future__ import annotations

import os

from mercurial import archival, pathutil, util, vfs

from . import contents
from .common import Destination, decline, settingsof
from .overrides import Check, foreign

_VFS = ('__call__', '__init__', '_auditpath', '_fixfilemode', 'audit', 'join')
_NAMES = (
    (archival.fileit, ('__init__', 'addfile')),
    (vfs.vfs, _VFS),
    (pathutil.pathauditor, ('__call__', '_checkfs_exists')),
    (util, ('makedirs', 'posixfile', 'unlink')),
)
_check = Check()


def addfile(orig, archiver, name, mode, islink, data):
    isplain = not islink and type(name) is bytes and type(data) is bytes
    writer = _writerof(archiver) if isplain else None
    if not writer or not contents.ask(
        'archive', writer.write, name, data, mode, int(archiver.mtime)
    ):
        orig(archiver, name, mode, islink, data)


def _writerof(archiver):
    """Returns the native object that writes files where an archive goes, None or False if there is
    none."""
    destination = archiver.basedir
    if type(destination) is not Destination:
        return None
    if destination.writer is None:
        if not _iswritten(archiver, destination.repo):
            destination.writer = False
        elif os.path.isdir(destination):
            opened = contents.loadpackage()._native.open_file_writer
            asked = contents.ask('archive', opened, os.fsdecode(destination))
            destination.writer = asked or False
    return destination.writer


def _iswritten(archiver, repo):
    """Returns whether files are written by Mercurial's own code, and at a time in seconds."""
    if settingsof(repo, 'archive') is None:
        return False
    opener, mtime = archiver.opener, archiver.mtime
    isours = (
        type(archiver) is archival.fileit
        and type(opener) is vfs.vfs
        and type(opener.audit) is pathutil.pathauditor
        and opener.createmode is None
        and foreign(opener, ('__call__',)) is None
        and foreign(archiver, ('addfile',)) is None
        and _check.holds(*_NAMES)
    )
    if not isours:
        decline('archive', 'overridden')
    return isours and isinstance(mtime, (int, float)) and mtime % 1 == 0
