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
Mercurial's own code. Each part can be turned off::

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
  # long texts on PyPy: decompression, and where the lines of a manifest begin
  texts = yes
  # begin the status of plain commands while Mercurial itself still starts
  head-start = yes
  # read the manifest that a plain diff will need at the same time
  read-ahead = yes

  # Histories shorter than this are left to Mercurial as long as Vermilion has
  # not been loaded: loading it would take longer than the answer.
  min-revisions = 2000

  # The same for working copies with fewer files, as far as the size of the dirstate
  # lets one guess.
  min-files = 1000

:hg:`debugextensions` shows whether the extension is loaded, the command
``vermilion doctor`` which parts are in use.
"""

# How it works
# ------------
#
# Methods of Mercurial's classes are wrapped, by the modules ``graph``, ``status`` and
# ``contents``.
# Behind each wrapper is Mercurial's own code, which answers where anything is unusual.
#
# Nothing of this is loaded before it is needed: under Mercurial's lazy imports
# the wrappers are put in place at the moment Mercurial itself loads the module
# they belong to, and the ``vermilion`` package is imported by the first
# question, so that a command which asks none pays next to nothing. For the same reason
# no module of Mercurial's is imported here, not even lazily, that would not be otherwise:
# to find a module takes a good part of the time of loading it.

from __future__ import annotations

import importlib
import os
import sys

# Lazy under demandimport, and imported by then: nothing of these may be touched at load time.
from mercurial import (
    context,
    extensions,
    localrepo,
    manifest,
    pycompat,
    registrar,
    repoview,
    revlog,
    setdiscovery,
    util,
)
from mercurial.i18n import _
from mercurial.repo import vfs_options
from mercurial.utils import dag_util

from .common import (
    DIFF,
    OPTION,
    PARTS,
    STATUS,
    Settings,
    declined,
    isloaded,
    loadpackage,
    problem as packageproblem,
    served,
    warnonce,
)
from .lazywrap import whenloaded

testedwith = b'7.2'

# The wrappers rely on internals, so the series is checked exactly.
SUPPORTED = b'7.2'

configtable = {}
configitem = registrar.configitem(configtable)
for _part in PARTS:
    configitem(b'vermilion', pycompat.sysbytes(_part), default=True)
configitem(b'vermilion', b'min-revisions', default=2000)
configitem(b'vermilion', b'min-files', default=1000)
del _part


def _unsupported():
    """Returns a message if this is not a Mercurial to work with, else None."""
    version = util.version()
    # Every command comes here: Mercurial's own parser of versions would be made first.
    if version.startswith(SUPPORTED) and not version[len(SUPPORTED) :][:1].isdigit():
        return None
    return _(b'warning: vermilion supports Mercurial %s, not %s: it stays off\n') % (
        SUPPORTED,
        version,
    )


def uisetup(ui):
    message = _unsupported()
    if message is not None:
        warnonce(ui, message)
        return
    if pycompat.ispypy:
        _part('pypycompat').repair()
    # For long texts on PyPy.
    ontexts = pycompat.ispypy and ui.configbool(b'vermilion', b'texts')
    for module, wrap in (
        (revlog, lambda module: _wraprevlog(module, ontexts)),
        (repoview, _wraprepoview),
        (setdiscovery, lambda module: _part('graph').wrapsetdiscovery(module)),
        (dag_util, lambda module: _part('graph').wrapdagutil(module)),
        (context, lambda module: _part('contents').wrapcontext(module)),
        (manifest, lambda module: _wrapmanifest(module, ontexts)),
        (vfs_options, _wrapvfsoptions),
        (localrepo, _wraplocalrepo),
    ):
        whenloaded(module, wrap)
    # The rest of its conditions takes longer to look at.
    if os.name == 'posix' and pycompat.sysargv[1:2] and pycompat.sysargv[1] in STATUS + DIFF:
        _part('headstart').begin(ui)


def _part(name):
    """Returns a module of this package, which is imported when somebody needs it."""
    return importlib.import_module('%s.%s' % (__package__, name))


def _wraprevlog(module, ontexts):
    _part('graph').wraprevlog(module)
    if ontexts:
        _part('contents').wrapzlib(module)


def _wrapmanifest(module, ontexts):
    _part('contents').wrapmanifest(module)
    if ontexts:
        _part('contents').wraplines(module)


def _wraplocalrepo(_module):
    # What it has imported just now, lazily.
    from mercurial import branchmap, dirstate

    whenloaded(branchmap, _wrapbranchmap)
    whenloaded(dirstate, lambda module: _part('status').wrapdirstate(module))


# Every command loads the modules of these, so that what is behind the wrappers is loaded by
# the first call.


def _wraprepoview(module):
    def headrevs(orig, *args, **kwargs):
        return _part('graph').filteredheadrevs(orig, *args, **kwargs)

    extensions.wrapfunction(module.filteredchangelogmixin, 'headrevs', headrevs)


def _wrapbranchmap(module):
    def get_topo_heads(orig, *args):
        return _part('graph').topoheads(orig, *args)

    extensions.wrapfunction(module._TopoSeed, 'get_topo_heads', get_topo_heads)


def _wrapvfsoptions(module):
    def options(orig, ui, requirements, features):
        # Mercurial refuses to read what it would be slow at; with Rust it is fast.
        if b'dirstate-v2' in requirements:
            _part('status').allowv2(ui)
        return orig(ui, requirements, features)

    extensions.wrapfunction(module, 'resolve_revlog_store_vfs_options', options)


def reposetup(ui, repo):
    # Peers have no store of their own, and a repository over static HTTP no
    # file to open. No wrapper does anything without this option.
    if repo.local():
        repo.svfs.options[OPTION] = Settings(repo.ui)


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
    message = _unsupported()
    if message is not None:
        problem = pycompat.sysstr(message).strip()
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
    return [
        (
            part,
            what,
            problem
            or (
                None
                if part in settings.parts
                else 'turned off by vermilion.%s in the configuration' % part
            ),
        )
        for part, what in PARTS.items()
    ]


def _writecounts(path):
    """Append the counts of this process to ``path``, as one line of JSON."""
    import json

    line = json.dumps(
        {
            'argv': sys.argv,
            'served': served,
            'declined': declined,
            'loaded': isloaded(),
        }
    )
    with open(path, 'a', encoding='utf-8') as f:
        f.write(line + '\n')


# For tests: a wrapper that always left the work to Mercurial would go unnoticed
# if only results were compared.
if 'VERMILION_COUNTS' in os.environ:
    import atexit

    atexit.register(_writecounts, os.environ['VERMILION_COUNTS'])
