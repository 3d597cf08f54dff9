# SPDX-License-Identifier: GPL-2.0-or-later

# vermilion - answer Mercurial's questions about history and working copy in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""answer questions about the history graph and the working copy in Rust

Enable it with::

  [extensions]
  vermilion =

Nothing else changes: commands print what they print without it, repositories
get no new requirement, and whatever is not supported is answered by
Mercurial's own code. Only on an interpreter without zstd, such as PyPy, there is
more than without it: repositories that are compressed by zstd, which new ones
are by default. Each part can be turned off::

  [vermilion]
  # lazy ancestor sets, e.g. for copy tracing and linkrev adjustment
  ancestors = yes
  # ancestors of one set that are not ancestors of another, e.g. only()
  missing = yes
  # common ancestors, e.g. of the two sides of a merge
  common-ancestors = yes
  # is this revision an ancestor of that one?
  is-ancestor = yes
  # x::y
  reachable-roots = yes
  # heads of the repository, of what is visible of it, and of a set
  heads = yes
  # what is common with another repository, for pull and push
  discovery = yes
  # ::x and x:: in revision sets
  revsets = yes
  # the state of the working copy, e.g. for status, diff, commit and update
  status = yes
  # contents of files, e.g. for diff
  contents = yes
  # the files of revisions, and in which two of them differ, e.g. for log -p
  manifests = yes
  # hunks of unified diffs
  diffs = yes
  # where lines of files come from
  annotate = yes
  # long texts on PyPy: decompression, and where the lines of a manifest begin
  texts = yes
  # zstd for revisions and bundles, where Mercurial finds neither its own nor the package
  # zstandard
  zstandard = yes
  # begin the status of plain commands while Mercurial itself still starts
  head-start = yes
  # read the manifest that a plain diff will need at the same time
  read-ahead = yes

  # As long as Vermilion has not been loaded, Mercurial answers itself until it has gone
  # through so many revisions: loading it would take longer. Those that its C code goes
  # through count for less.
  min-revisions = 5000

  # The same for working copies with fewer files, as far as the size of the dirstate
  # lets one guess.
  min-files = 1000

:hg:`debugextensions` shows whether the extension is loaded, the command
``vermilion doctor`` which parts are in use.
"""

# How it works
# ------------
#
# Methods of Mercurial's classes are wrapped, by the module ``seams``; the modules ``graph``,
# ``status`` and ``contents`` have what answers in their place. Behind each wrapper is
# Mercurial's own code, which answers where anything is unusual.
#
# Nothing of this is loaded before it is needed: the ``vermilion`` package is imported by the
# first question that is worth it, so that a command which asks none pays next to nothing. For
# the same reason no module of Mercurial's is imported here, not even lazily, that would not be
# otherwise: to find a module takes a good part of the time of loading it.

from __future__ import annotations

import os
import sys

from mercurial import pycompat, registrar, revlog, util
from mercurial.i18n import _

from . import seams, versions
from .common import (
    OPTION,
    PARTS,
    Settings,
    declined,
    isloaded,
    loadpackage,
    problem as packageproblem,
    served,
    unavailable,
    warnonce,
)

testedwith = versions.TESTED
minimumhgversion = b'%d.%d' % versions.OLDEST
# A name that is reserved for examples, as in pyproject.toml.
buglink = b'https://vermilion.example/issues'

configtable = {}
configitem = registrar.configitem(configtable)
for _part in PARTS:
    configitem(b'vermilion', pycompat.sysbytes(_part), default=True)
configitem(b'vermilion', b'min-revisions', default=5000)
configitem(b'vermilion', b'min-files', default=1000)
del _part


def uisetup(ui):
    _lookaround()
    if unavailable:
        told = *versions.NEWEST, util.version(), pycompat.sysbytes(', '.join(unavailable))
        warnonce(ui, _(b'warning: vermilion knows Mercurial up to %d.%d, not %s: off: %s\n') % told)
    seams.install(ui)


def _lookaround():
    """Finds out which parts this Mercurial has no place for, if it is newer than all known."""
    if versions.series() > versions.NEWEST:
        from . import newer

        unavailable.update(newer.changed())


def reposetup(ui, repo):
    # Peers have no store of their own, and a repository over static HTTP no
    # file to open. No wrapper does anything without this option.
    if repo.local():
        repo.svfs.options[OPTION] = Settings(repo.ui, repo.root)


# -- what is in use ---------------------------------------------------------


def parts(ui=None):
    """Tells what is accelerated: a list of ``(part, what, problem)``.

    ``problem`` is None for a part in use, else a sentence that says why it is
    not. ``ui`` is a Mercurial ui; without it the user's configuration is
    read, outside any repository.
    """
    from mercurial import configitems, ui as uimod

    if ui is None:
        ui = uimod.ui.load()
    configitems.loadconfigtable(ui, b'vermilion', configtable)
    problem = None
    enabled = ui.config(b'extensions', b'vermilion')
    _lookaround()
    if versions.series() < versions.OLDEST:
        problem = 'Mercurial %d.%d or newer is needed' % versions.OLDEST
    elif enabled is None or enabled.startswith(b'!'):
        problem = (
            "the extension is not enabled: add 'vermilion =' to the section "
            '[extensions] of your hgrc'
        )
    elif revlog.rustrevlog is not None:
        problem = "Mercurial's own Rust extensions are in use"
    elif loadpackage() is None:
        problem = 'vermilion cannot be imported: %s' % packageproblem()
    settings = Settings(ui)

    def problemof(part):
        if part in unavailable:
            return 'not with this Mercurial: %s' % unavailable[part]
        if part not in settings.parts:
            return 'turned off by vermilion.%s in the configuration' % part
        if part == 'zstandard':
            return _nozstandard()
        return None

    def described(part, what):
        left = versions.left(part)
        return '%s, but not %s' % (what, ' nor '.join(left)) if left else what

    return [
        (part, described(part, what), problem or problemof(part)) for part, what in PARTS.items()
    ]


def _nozstandard():
    """Returns why Mercurial does not take our zstd, None where it does."""
    if not seams.standsin():
        return 'turned off by HGZSTDPOLICY in the environment'
    found = versions.foundzstd()
    own = found is None or found.__name__.startswith(__package__)
    return None if own else 'not needed: Mercurial has zstd'


def _writecounts(path):
    """Append the counts of this process to ``path``, as one line of JSON."""
    import json

    line = json.dumps(
        {
            'argv': sys.argv,
            'served': served,
            'declined': declined,
            'loaded': isloaded(),
            'modules': sorted(name for name in sys.modules if name.startswith(__package__)),
        }
    )
    with open(path, 'a', encoding='utf-8') as f:
        f.write(line + '\n')


# For tests: a wrapper that always left the work to Mercurial would go unnoticed
# if only results were compared.
if 'VERMILION_COUNTS' in os.environ:
    import atexit

    atexit.register(_writecounts, os.environ['VERMILION_COUNTS'])
