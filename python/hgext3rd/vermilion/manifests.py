# SPDX-License-Identifier: GPL-2.0-or-later

# manifests.py - the files of revisions in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""the files of revisions, from Rust"""

# How it works
# ------------
#
# In which files two revisions differ is found out by comparing the texts of their manifests,
# and a file of a revision by searching there, without an object for each line. Some texts are
# kept, and the next ones made of them. Rust checks each against its node.
#
# Revisions are named by the nodes of their manifests: whatever a repository looks like to
# others, these say what is in them. What is not in the store yet is left to Mercurial.

from __future__ import annotations

from mercurial import context, error, manifest, scmutil
from mercurial.i18n import _

from . import headstart
from .common import decline, names_of, settingsof
from .contents import ask, store
from .overrides import Check, isown

# What a context of a changeset is asked for, and what answers that.
_CONTEXT = (
    *('_buildstatus', '_buildstatusmanifest', '_changeset', '_fileinfo', '_manifest'),
    *('__contains__', 'manifest', 'manifestnode', 'rev', 'walk'),
)
_READERS = (
    (manifest.manifestlog, ('__getitem__', 'get')),
    (manifest.manifestctx, ('find', 'node', 'read')),
    (manifest.manifestdict, ('__contains__', '_filesfastpath', '_matches', 'diff', 'find', 'walk')),
    (manifest.manifestrevlog, ('rawdata', 'revision')),
)
_contexts, _readers = Check(), Check()
# Where a context has what reads its manifest, and files that are known to be in there.
_READER, _KNOWN = '_vermilion_reader', '_vermilion_known'
# More files than these, Mercurial looks for in the whole manifest.
_FEW = 100
# Requirements of repositories whose manifests have, or show, something else.
_OTHERWISE = (b'narrowhg-experimental', b'treemanifest')


def reader(repo):
    """Returns the native object that reads the manifests of a repository, or None."""
    settings = settingsof(repo, 'manifests')
    if settings is None:
        return None
    kind = type(repo.unfiltered())
    if not _readers.holds((kind, ('manifestlog', 'narrowmatch')), *_READERS):
        decline('manifests', 'overridden')
        return None
    if any(name in repo.requirements for name in _OTHERWISE):
        return None
    if headstart.readsahead():
        return None  # Mercurial gets the manifest from there
    return store(settings)


def isplain(ctx):
    """Returns whether a context is that of a changeset, and Mercurial's own."""
    return type(ctx) is context.changectx and ctx._rev is not None


def buildstatus(orig, ctx, other, s, match, listignored, listclean, listunknown, *args):
    native = None
    known = s.modified, s.added, s.removed, s.deleted, s.unknown, s.ignored, s.clean
    if isplain(ctx) and isplain(other) and not listclean and not any(known):
        # Who has both manifests at hand compares them as quickly.
        loaded = '_manifest' in ctx.__dict__ and '_manifest' in other.__dict__
        if not (isown(orig) and _contexts.holds((context.changectx, _CONTEXT))):
            decline('manifests', 'overridden')
        elif not loaded:
            native = reader(ctx._repo)
    answer = None
    if native is not None:
        near = other.rev(), ctx.rev()
        answer = ask('manifests', native.changes, other.manifestnode(), ctx.manifestnode(), near)
    if answer is None:
        return orig(ctx, other, s, match, listignored, listclean, listunknown, *args)
    lists = modified, added, removed = [names_of(block) for block in answer]
    # Who makes a patch of them looks these up.
    other.__dict__.setdefault(_KNOWN, set()).update(modified, removed)
    ctx.__dict__.setdefault(_KNOWN, set()).update(modified, added)
    if match is not None and not match.always():
        lists = [[name for name in names if match(name)] for names in lists]
    return scmutil.status(*lists, [], [], [], [])


class _Unknown(Exception):
    """Rust does not know."""


def _readerof(orig, ctx, path):
    """Returns the native object that may know a file of a revision, or None."""
    attributes = ctx.__dict__
    if type(path) is not bytes or not isown(orig):
        return None
    # Many files are looked up in the same context, one after the other.
    if _READER not in attributes:
        asked = isplain(ctx) and _contexts.holds((context.changectx, _CONTEXT))
        attributes[_READER] = reader(ctx._repo) if asked else None
    return attributes[_READER]


def _find(native, ctx, path):
    """Returns a file's node and flag, None if the revision does not have it."""
    node, near = ctx.manifestnode(), ctx.rev()
    answer = ask('manifests', lambda: (native.find(node, near, path),))
    if answer is None:
        raise _Unknown
    return answer[0]


def contains(orig, ctx, path):
    native = _readerof(orig, ctx, path)
    if native is not None:
        if path in ctx.__dict__.get(_KNOWN, ()):
            return True
        try:
            return _find(native, ctx, path) is not None
        except _Unknown:
            pass
    return orig(ctx, path)


def fileinfo(orig, ctx, path):
    native = _readerof(orig, ctx, path)
    if native is not None:
        try:
            found = _find(native, ctx, path)
        except _Unknown:
            return orig(ctx, path)
        if found is None:
            where = ctx._node or b'None'
            raise error.ManifestLookupError(where, path, _(b'not found in manifest'))
        return found
    return orig(ctx, path)


def walk(orig, ctx, match):
    files = set(match.files()) if match.isexact() or match.prefix() else ()
    if 0 < len(files) < _FEW and _readerof(orig, ctx, b'') is not None:
        found = sorted(f for f in files if f in ctx)
        # Mercurial says what is missing, and what is in a directory.
        if match.isexact() or len(found) == len(files):
            return iter(found)
    return orig(ctx, match)
