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
# Between the moment extensions are loaded and the first look at the working copy,
# Mercurial opens the repository and parses the command, which takes longer than many
# a walk, and uses one processor. When the command line is plainly that of a process for
# one status or diff, the walk begins in that time, with what it will most likely be
# asked. The answer is used if the question turns out to be the same, and the dirstate
# still the same file; else it is thrown away. A diff that may have something to show needs the
# manifest next, which is read ahead: a long text, and slow to decompress on PyPy.
#
# Such a process ends soon, and its memory with it, so that it does not collect garbage
# either: going through all that starting has made takes a tenth of the time of a status.
#
# Nobody in this process may change files in between: not with hooks, nor with
# extensions that are not known to let files alone.

from __future__ import annotations

import atexit
import gc
import os

from mercurial import extensions, pycompat, revlog, util

from .common import (
    DIFF,
    STATUS,
    loadpackage,
    served,
    strictness,
)

# Flags of status by the letters they are given with: those for states, and others that
# change nothing about the walk.
_STATES = b'mardcui'
_OTHERS = b'nC0q'
_BITS = ((b'c', 'WANT_CLEAN'), (b'u', 'WANT_UNKNOWN'), (b'i', 'WANT_IGNORED'))

# Extensions that come with Mercurial and leave files alone until a command of theirs runs.
_HARMLESS = frozenset(
    'absorb amend automv blackbox bugzilla churn closehead color convert extdiff '
    'fastexport gpg graphlog hgk highlight histedit journal mq notify pager '
    'patchbomb phabricator progress purge rebase record relink releasenotes remotenames '
    'schemes share shelve show split strip transplant uncommit'.split()
)

# Bytes of PyPy's heap from which on garbage is collected after all; after a start it has
# some 40 MB.
_LARGE_HEAP = 1 << 27

_begun = _reader = None


def begin(ui, root):
    """Begins the status that the command line asks for, if it plainly does."""
    global _begun, _reader
    argv = pycompat.sysargv
    wanted = _wanted(argv)
    if wanted is None or revlog.rustrevlog is not None or not _nobodyelse(ui):
        return
    try:
        with open(os.path.join(root, b'.hg', b'requires'), 'rb') as f:
            v2 = b'dirstate-v2' in f.read().split()
    except OSError:
        return
    package = loadpackage()
    if package is None:
        return
    _dontcollect()
    native = package._native
    files = _ignorefiles(ui, root) if wanted & {'WANT_UNKNOWN', 'WANT_IGNORED'} else []
    wanted = sum(getattr(native, name) for name in wanted) | strictness()
    diff = argv[1] in DIFF and ui.configbool(b'vermilion', b'read-ahead')
    begun = native.head_start(root, v2, files, wanted, diff)
    _begun = root, begun
    _reader = begun if diff else None


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


def _dontcollect():
    if hasattr(gc, 'freeze'):
        # Python's last look for cycles, while it ends, then finds nothing to go through.
        atexit.register(gc.freeze)
    elif pycompat.ispypy and gc.isenabled() and gc.hooks.on_gc_minor is None:
        gc.disable()
        gc.hooks.on_gc_minor = _collectiflarge


def _collectiflarge(stats):
    if stats.total_memory_used > _LARGE_HEAP:
        gc.enable()
        gc.hooks.on_gc_minor = None


def _wanted(argv):
    """Returns the names of the bits that such a command line asks for, or None."""
    if len(argv) < 2 or os.path.basename(argv[0]) != b'hg':
        return None
    command, flags = argv[1], argv[2:]
    if command in DIFF:
        return set() if not flags or flags == [b'--git'] or flags == [b'-g'] else None
    if command not in STATUS:
        return None
    states = b''
    for flag in flags:
        letters = flag[1:]
        if flag[:1] != b'-' or not letters or letters.strip(_STATES + _OTHERS + b'A'):
            return None
        states += letters
    if b'A' in states:
        states = b'cui'
    elif not states.strip(_OTHERS):
        states = b'u'
    return {name for letter, name in _BITS if letter in states}


def _nobodyelse(ui):
    """Returns whether nobody may change files before the status."""
    if 'HG_PENDING' in os.environ or not ui.configbool(b'vermilion', b'head-start'):
        return False
    if not ui.configbool(b'vermilion', b'status'):
        return False
    if any(name.startswith(b'pre-') for name, _hook in ui.configitems(b'hooks')):
        return False
    for section in (b'alias', b'defaults'):
        if any(name in STATUS + DIFF for name, _words in ui.configitems(section)):
            return False
    for name, module in extensions.extensions(ui):
        home, _dot, last = module.__name__.rpartition('.')
        if name != b'vermilion' and not (home == 'hgext' and last in _HARMLESS):
            return False
    return True


def _ignorefiles(ui, root):
    """Those that a dirstate will name."""
    own = os.path.join(root, b'.hgignore')
    files = [own] if os.path.exists(own) else []
    for name, path in ui.configitems(b'ui'):
        if name == b'ignore' or name.startswith(b'ignore.'):
            files.append(os.path.join(root, util.expandpath(path)))
    return files
