# SPDX-License-Identifier: GPL-2.0-or-later

# common.py - what all parts of the extension use
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""what all parts of the extension use"""

from __future__ import annotations

import types

from mercurial import pycompat, util
from mercurial.i18n import _

PARTS = {
    'ancestors': 'lazy sets of ancestors',
    'missing': 'ancestors of one set but not of another',
    'common-ancestors': 'common ancestors',
    'is-ancestor': 'whether one revision is an ancestor of another',
    'reachable-roots': 'ranges (x::y)',
    'heads': 'heads of a repository or of a set',
    'discovery': 'what is common with another repository',
    'revsets': '::x and x:: in revision sets',
    'status': 'the state of the working copy',
    'contents': 'contents of files, for diff and status',
    'manifests': 'the files of revisions, and in which of them two differ',
    'changesets': 'texts of many changesets, and words in them',
    'diffs': 'unified diffs',
    'annotate': 'where lines of files come from',
    'tags': 'latest tags in templates and archives',
    'update': 'files that an update writes',
    'archive': 'files that an archive writes into a directory',
    'texts': 'long texts on PyPy: inflated, and lines of manifests found',
    'zstandard': 'zstd, for Mercurials that have none',
    'head-start': 'a status that begins while Mercurial starts',
    'read-ahead': 'the manifest for a diff, read meanwhile',
}

# Key of this extension in the options of a store's vfs, where Mercurial's
# revlogs find their configuration.
OPTION = b'vermilion'

# Where a revlog has what the system said of its index file before it was read, and when.
STAT = '_vermilion_stat'

# Where a changelog and its copies have a dict that they share.
SHARED = '_vermilion_shared'

# Where a dirstate keeps the rules that Mercurial's own code has made for it.
RULES = '_vermilion_ignore'

# What a file takes of a dirstate, in bytes: its path has some 40.
ENTRY = 60

# What an attempt returns to let Mercurial's own code answer.
DECLINED = object()

# Calls answered here, by part, and those left to Mercurial, by part and why.
served = dict.fromkeys(PARTS, 0)
declined = {}


def decline(part, why):
    key = '%s: %s' % (part, why)
    declined[key] = declined.get(key, 0) + 1
    return DECLINED


# -- the package ------------------------------------------------------------

_package = None
_problem = None


def loadpackage():
    """Returns the ``vermilion`` package, or None where it does not load."""
    global _package, _problem
    if _package is None and _problem is None:
        import hgdemandimport

        try:
            # eagerly: a lazily imported native module would fail in the
            # middle of a question
            with hgdemandimport.deactivated():
                import vermilion

                vermilion.Graph, vermilion.PartialDiscovery
            _package = vermilion
        except Exception as exc:
            # most likely an ImportError that tells what is missing
            _problem = str(exc) or type(exc).__name__
    return _package


# Parts that this Mercurial has no place for, and why.
unavailable = {}


def ison(ui, part):
    """Returns whether a part is to be in use."""
    return part not in unavailable and ui.configbool(b'vermilion', pycompat.sysbytes(part))


class Settings:
    """The configuration of one repository, read at the first question."""

    def __init__(self, ui, root=None):
        self.ui = ui
        self.root = root
        # The native objects that compare files with contents and that read the store, False
        # where they are of no use, and how much has been read without them; and the repository as
        # it was when it was last needed.
        self.contents = None
        self.store = None
        self.repository = None
        self.reads = 0
        # How many revisions Mercurial has gone through without the package, and how many changesets
        # it has read.
        self.passed = 0
        self.changesets = 0

    @util.propertycache
    def parts(self):
        return frozenset(part for part in PARTS if ison(self.ui, part))

    @util.propertycache
    def minrevisions(self):
        return self.ui.configint(b'vermilion', b'min-revisions')

    @util.propertycache
    def minfiles(self):
        return self.ui.configint(b'vermilion', b'min-files')


def settingsof(repo, part):
    """Returns the settings of a repository in which a part is in use, or None."""
    settings = repo.svfs.options.get(OPTION) if repo.local() else None
    return settings if settings is not None and part in settings.parts else None


def names_of(block):
    """Returns the names of a block, each of which is followed by a NUL."""
    names = block.split(b'\0')
    names.pop()
    return names


def bits():
    """Returns the object whose attributes are the bits of a request for a status."""
    return loadpackage()._native


def strictness():
    """Returns the bit for files that cannot be looked at: in Python, Mercurial fails on them."""
    return bits().STRICT if isinstance(util.statfiles, types.FunctionType) else 0


class AsText:
    """The names that a patch shows, for who asks for nothing but its text."""

    def __init__(self, pathfn):
        self._pathfn = pathfn

    def __call__(self, path):
        return self._pathfn(path) if self._pathfn else path


class Destination(bytes):
    """The name of a directory where the files of a repository go, with what may write them."""

    writer = None

    def __new__(cls, name, repo):
        self = super().__new__(cls, name)
        self.repo = repo
        return self


def tick(_done):
    """Called now and then by native code, for Python to look after signals."""


def isloaded():
    return _package is not None


def problem():
    """Returns why the package cannot be imported."""
    return _problem


_warned = set()


def warnonce(ui, message):
    if message not in _warned:
        _warned.add(message)
        ui.warn(message)


def warnpackage(ui):
    warnonce(
        ui,
        _(
            b'warning: vermilion cannot be imported: %s\n'
            b"(using Mercurial's own code; see 'vermilion doctor')\n"
        )
        % pycompat.sysbytes(_problem),
    )
