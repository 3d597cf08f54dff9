# SPDX-License-Identifier: GPL-2.0-or-later

# headstart.py - a status that begins while Mercurial still starts
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""a status that begins while Mercurial still starts"""

# How it works
# ------------
#
# Between the moment a command line is read and the first look at the working copy,
# Mercurial opens the repository, which takes longer than many a walk, and uses one
# processor. When the command is status or diff of the working copy, in whatever words, the
# walk begins in that time, with what it will most likely be asked. The answer is used if the
# question turns out to be the same, and the dirstate still the same file; else it is thrown
# away. A diff that may have something to show needs the manifest next, which is read ahead: a
# long text, and slow to decompress on PyPy.
#
# Whoever may change files when the repository is opened, or before the command runs, has to
# have done so first: with hooks, or with extensions that have something to do then and are
# not known to let files alone, the walk begins together with the command.
#
# Only the first command of a process is begun so. Later ones are a command server's, which has
# the repository open.

from __future__ import annotations

import os
import types

from mercurial import dispatch, extensions, revlog, util

from .common import (
    ison,
    loadpackage,
    served,
    strictness,
)
from .overrides import isown

# Extensions that come with Mercurial and leave files alone until a command of theirs runs.
_HARMLESS = frozenset(
    'absorb amend automv blackbox bugzilla churn closehead color convert extdiff '
    'fastexport gpg graphlog hgk highlight histedit journal mq notify pager '
    'patchbomb phabricator progress purge rebase record relink releasenotes remotenames '
    'schemes share shelve show split strip transplant uncommit'.split()
)

# Options of status and of diff about something else than the working copy's changes.
_OF_REVISIONS = (b'rev', b'change', b'from', b'to')
_STATES = (b'modified', b'added', b'removed', b'deleted', b'clean', b'unknown', b'ignored')
_BITS = ((b'clean', 'WANT_CLEAN'), (b'unknown', 'WANT_UNKNOWN'), (b'ignored', 'WANT_IGNORED'))
_EVERYTHING = ([b''], True, [], [])

_begun = _reader = None


def prepare(ui, root, func, patterns, options):
    """Begins the status that a command needs, now or when it runs; ``patterns`` and ``options``
    are those of its command line."""
    func = getattr(func, 'fn', func)
    if not isinstance(func, types.FunctionType) or not isown(func):
        return
    if 'HG_PENDING' in os.environ or revlog.rustrevlog is not None:
        return
    if not (ison(ui, 'head-start') and ison(ui, 'status')):
        return
    part = _part(root, patterns, options)
    if part is None or any(options.get(name) for name in _OF_REVISIONS):
        return
    isdiff = func.__name__ == 'diff'
    wanted = set() if isdiff else _wanted(ui, options)

    def begin():
        _begin(ui, root, part, wanted, isdiff)

    if not _changesfiles(ui):
        begin()
        return

    def _runcommand(orig, *args, **kwargs):
        nonlocal begin
        first, begin = begin, None
        if first is not None:
            first()
        return orig(*args, **kwargs)

    extensions.wrapfunction(dispatch, '_runcommand', _runcommand)


def _begin(ui, root, part, wanted, isdiff):
    global _begun, _reader
    try:
        with open(os.path.join(root, b'.hg', b'requires'), 'rb') as f:
            v2 = b'dirstate-v2' in f.read().split()
    except OSError:
        return
    package = loadpackage()
    if package is None:
        return
    native = package._native
    files = _ignorefiles(ui, root) if wanted & {'WANT_UNKNOWN', 'WANT_IGNORED'} else []
    bits = sum(getattr(native, name) for name in wanted) | strictness()
    isread = isdiff and ison(ui, 'read-ahead')
    begun = native.head_start(root, v2, files, part, bits, isread)
    _begun = root, begun
    _reader = begun if isread else None


def dirstate(root, docket=None):
    """Returns the native dirstate of a working copy and its parents, or None.

    ``docket`` is that of a dirstate-v2. A second call returns None."""
    global _begun, _reader
    begun, _begun = _begun, None
    made = None
    if begun is not None and begun[0] == root:
        made = begun[1].dirstate(docket)
    if made is None:
        _reader = None  # it waits for the walk, which is of no use
    else:
        served['head-start'] += 1
    return made


def readsahead():
    """Returns whether somebody reads that manifest ahead, and it was not asked for yet."""
    return _reader is not None


def reader():
    """Returns what reads the manifest of the first parent ahead for a diff, once, or None."""
    global _reader
    found, _reader = _reader, None
    if found is not None:
        served['read-ahead'] += 1
    return found


def _wanted(ui, options):
    """Returns the names of the bits that a status with such options asks for."""
    shown = {state for state in _STATES if options.get(state)}
    quiet = ui.quiet or bool(options.get(b'quiet'))
    if options.get(b'all'):
        shown |= {b'clean'} if quiet else set(_STATES)
    if not shown and not quiet:
        shown = {b'unknown'}
    terse = options.get(b'terse')
    if not isinstance(terse, bytes) or terse == b'nothing':
        terse = ui.config(b'commands', b'status.terse')
    if terse:
        shown |= {b'clean', b'unknown'} | ({b'ignored'} if b'i' in terse else set())
    return {name for state, name in _BITS if state in shown}


def _part(root, patterns, options):
    """Returns the part of a working copy that a command is about, as workingcopy.Scope has it:
    all of it, or directories with all below them. None for anything else."""
    if options.get(b'include') or options.get(b'exclude') or options.get(b'subrepos'):
        return None
    here, places = os.getcwdb(), []
    for pattern in patterns:
        full = os.path.normpath(os.path.join(here, pattern))
        if b':' in pattern or not os.path.isdir(full) or os.path.islink(full):
            return None
        place = os.path.relpath(full, root)
        if place == b'.':
            return _EVERYTHING
        if place.split(b'/', 1)[0] in (b'..', b'.hg'):
            return None
        places.append(place)
    return (sorted(places), False, [], []) if places else _EVERYTHING


def _changesfiles(ui):
    """Returns whether somebody may change files before the command runs."""
    if any(name.startswith(b'pre-') for name, _hook in ui.configitems(b'hooks')):
        return True
    for name, module in extensions.extensions(ui):
        home, _dot, last = module.__name__.rpartition('.')
        isknown = name == b'vermilion' or (home == 'hgext' and last in _HARMLESS)
        if not isknown and getattr(module, 'reposetup', None) is not None:
            return True
    return False


def _ignorefiles(ui, root):
    """Those that a dirstate will name."""
    own = os.path.join(root, b'.hgignore')
    files = [own] if os.path.exists(own) else []
    for name, path in ui.configitems(b'ui'):
        if name == b'ignore' or name.startswith(b'ignore.'):
            files.append(os.path.join(root, util.expandpath(path)))
    return files
