# SPDX-License-Identifier: GPL-2.0-or-later

# contents.py - contents of files and manifests in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""contents of files and manifests, from Rust"""

# How it works
# ------------
#
# Files that a status is not sure of are compared with the first parent in one call.
# The contents of a file's revision are read without opening a filelog in Python, which
# takes longer than to read it. Rust checks each text against its node.
#
# What extensions have put in the place of Mercurial's own functions for these, what is
# not in the store yet, censored or stored elsewhere, is left to Mercurial.

from __future__ import annotations

import functools
import os
import struct

from mercurial import context, filelog, revlog
from mercurial.dirstateutils import timestamp

from . import headstart
from .common import OPTION, decline, loadpackage, served, settingsof, tick
from .overrides import Check, isown

# What a revision of a file is read through, beside the repository's ``file``.
_LOG = ('__init__', 'cmp', 'read', 'renamed', 'revision', 'size')
_REVLOG = ('_revisiondata', 'cmp', 'rawdata', 'revision')
# What a context of a file of the store, and one of the working copy, are asked for.
FILE = ('__init__', '_fileid', '_filelog', '_filenode', 'cmp', 'data', 'filelog', 'flags', 'size')
_WORKING_FILE = ('__init__', 'cmp', 'data', 'flags', 'size')
# What a context of a changeset, and that of the working copy, are asked for.
CHANGESET = ('__contains__', '__getitem__', '_fileinfo', '_manifest', 'filectx', 'flags')
_WORKING = (*CHANGESET, '_buildflagfunc', '_flagfunc', '_parents', 'p1')

_logs, _files, _comparison = Check(), Check(), Check()


def _readslogs(repo):
    """Returns whether revisions of files are read by Mercurial's own code."""
    return _logs.holds(
        (type(repo.unfiltered()), ('file',)), (filelog.filelog, _LOG), (revlog.revlog, _REVLOG)
    )


def _compares(wctx):
    """Returns whether files are compared with the first parent by Mercurial's own code."""
    repo = wctx._repo
    return _comparison.holds(
        (type(repo.unfiltered()), ('_filter', '_loadfilter', 'file', 'wjoin', 'wread')),
        (type(wctx), _WORKING),
        (type(wctx.p1()), CHANGESET),
        (context, ('changectx', 'filectx', 'workingfilectx')),
        (context.filectx, FILE),
        (context.workingfilectx, _WORKING_FILE),
    ) and not any(name in vars(ctx) for ctx in (wctx, wctx.p1()) for name in ('flags', 'filectx'))


def asked(repo):
    """Returns the settings of a repository whose files may be read in Rust, or None."""
    settings = settingsof(repo, 'contents')
    if settings is None:
        return None
    if not _readslogs(repo):
        decline('contents', 'overridden')
        return None
    return settings


def _open(name, *arguments):
    """Returns a native object, or False where there is none."""
    package = loadpackage()
    if package is None:
        return False
    try:
        return getattr(package._native, name)(*arguments)
    except problems() as exc:
        decline('contents', type(exc).__name__)
        return False


def store(settings):
    """Returns the native object that reads a repository's store, or None."""
    if settings.store is None:
        settings.store = _open('open_store', os.fsdecode(settings.root))
    return settings.store or None


def problems():
    """Returns exceptions after which Mercurial is asked: what is wrong, it will find out as well,
    unless it is our code, and what is odd, it may take all the same."""
    found = OSError, ValueError, LookupError, TypeError, OverflowError
    return *found, loadpackage().PanicError


def ask(part, function, *arguments):
    """Returns what a native function says, or None."""
    try:
        answer = function(*arguments)
    except problems() as exc:
        decline(part, type(exc).__name__)
        return None
    served[part] += 1
    return answer


# -- the working copy against its first parent --------------------------------


def checklookup(orig, wctx, files, boundary):
    repo = wctx._repo
    dirstate = repo.dirstate
    settings = asked(repo) if files else None
    if (
        settings is None
        or not (dirstate._checkexec and dirstate._checklink)
        or repo._encodefilterpats
        or not isown(orig)
        or not _compares(wctx)
    ):
        return orig(wctx, files, boundary)
    names = sorted(files)
    block = b'\0'.join(names) + b'\0'
    now = boundary and (boundary[0], boundary[1])
    if settings.contents is None:
        settings.contents = _open('open_working_copy', os.fsdecode(repo.root), [])
    native, node = settings.contents, wctx.p1().node()
    answer = native and ask('contents', native.compare, node, block, now, tick, headstart.reader())
    if not answer:
        return orig(wctx, files, boundary)
    states, recorded = answer
    modified, deleted, clean, fixup, left = [], [], [], [], []
    lists = {b'M': modified, b'!': deleted, b'?': left}
    recorded = iter(recorded)
    for f, state in zip(names, struct.unpack('%dc' % len(states), states)):
        if state != b'C':
            lists[state].append(f)
            continue
        # what was true when the content was read, if nothing has changed since
        known = next(recorded)
        if known is None:
            clean.append(f)
        else:
            mode, size, mtime = known
            fixup.append((f, (mode, size, timestamp.timestamp(mtime))))
    found = modified, deleted, clean, fixup
    if left:
        for mine, more in zip(found, orig(wctx, left, boundary)):
            mine.extend(more)
            mine.sort()
    return found


def manifestrevision(orig, self, node, *args, **kwargs):
    # Who compared files with the first parent has its manifest, which is long, and a head
    # start may have read it. A text is what its node says, whoever read it; of a tree, which has
    # one for each directory, Rust makes another text.
    if self._treeondisk:
        return orig(self, node, *args, **kwargs)
    settings = self._revlog.opener.options.get(OPTION)
    text = settings.contents.manifest_text(node) if settings and settings.contents else None
    if text is None:
        reader = headstart.reader()
        text = None if reader is None else reader.manifest_text(node)
    return orig(self, node, *args, **kwargs) if text is None else text


# -- revisions of files -------------------------------------------------------


class _Filelog:
    """A filelog that is opened when somebody asks for more than contents.

    From then on it reads these too, as it remembers what the next revision is made of."""

    def __init__(self, repo, path, native):
        self._repo = repo
        self._path = path
        self._native = native
        # The last contents: a diff asks for two, one after the other, more than once.
        self._last = (None, None), (None, None)

    def __getattr__(self, name):
        return getattr(self._opened, name)

    def __len__(self):
        return len(self._opened)

    def __iter__(self):
        return iter(self._opened)

    @property
    def __class__(self):
        return type(self._opened)

    @functools.cached_property
    def _opened(self):
        return self._repo.file(self._path)

    def content(self, node):
        """Returns the content of a revision, or None to ask Mercurial for it."""
        if '_opened' in self.__dict__:
            return None
        for known, text in self._last:
            if known == node:
                return text
        text = ask('contents', self._native.content, self._path, node)
        self._last = self._last[1], (node, text)
        return text


def _filelogof(orig, fctx):
    """Returns the filelog of a file, opened or not, or None to let Mercurial open it."""
    if '_filelog' not in fctx.__dict__:
        if not isown(orig) or not _files.holds((type(fctx), FILE)):
            return None
        settings = asked(fctx._repo)
        native = settings and store(settings)
        if native is None:
            return None
        fctx._filelog = _Filelog(fctx._repo, fctx._path, native)
    return fctx._filelog


def filelog_of(orig, fctx):
    log = _filelogof(orig, fctx)
    return orig(fctx) if log is None else log


def data(orig, fctx):
    log = _filelogof(orig, fctx)
    node = fctx.__dict__.get('_fileid')
    if type(log) is _Filelog and type(node) is bytes and len(node) == 20 and isown(orig):
        text = log.content(node)
        if text is not None:
            return text
    return orig(fctx)
