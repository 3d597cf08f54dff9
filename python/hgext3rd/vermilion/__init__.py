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
# question, so that a command which asks none pays next to nothing.

from __future__ import annotations

import os
import platform  # lazy as well
import sys

from mercurial import pycompat, registrar, util
from mercurial.i18n import _

# Lazy under demandimport: nothing of these may be touched at load time.
from mercurial import (
    branchmap,
    context,
    dirstate,
    dirstatemap,
    manifest,
    repoview,
    revlog,
    setdiscovery,
)
from mercurial.branching import rev_cache
from mercurial.repo import vfs_options
from mercurial.utils import dag_util, dateutil

from . import contents, graph, headstart, repairs, status
from .common import (
    OPTION,
    PARTS,
    Settings,
    declined,
    isloaded,
    loadpackage,
    problem as packageproblem,
    served,
    warnonce,
)
from .lazily import whenloaded

testedwith = b'7.2'

# The wrappers rely on internals, so the series is checked exactly.
SUPPORTED = (7, 2)

configtable = {}
configitem = registrar.configitem(configtable)
for _part in PARTS:
    configitem(b'vermilion', pycompat.sysbytes(_part), default=True)
configitem(b'vermilion', b'min-revisions', default=2000)
del _part


def _unsupported():
    """Return a message if this is not a Mercurial to work with, else None."""
    if util.versiontuple(n=2) == SUPPORTED:
        return None
    return _(
        b'warning: vermilion supports Mercurial %d.%d, not %s: it stays off\n'
    ) % (SUPPORTED + (util.version(),))


def uisetup(ui):
    message = _unsupported()
    if message is not None:
        warnonce(ui, message)
        return
    if pycompat.ispypy:
        repairs.repairnogc()
        whenloaded(rev_cache, lambda module: repairs.wraprevcache(module))
        whenloaded(platform, lambda module: repairs.wrapplatform(module))
        whenloaded(dateutil, lambda module: repairs.wrapdateutil(module))
    ontexts = pycompat.ispypy and ui.configbool(b'vermilion', b'texts')

    def wraprevlog(module):
        graph.wraprevlog(module)
        if ontexts:
            contents.wrapzlib(module)

    def wrapmanifest(module):
        contents.wrapmanifest(module)
        if ontexts:
            contents.wraplines(module)

    # Modules of this package are lazy as well.
    for module, wrap in (
        (revlog, wraprevlog),
        (repoview, lambda module: graph.wraprepoview(module)),
        (branchmap, lambda module: graph.wrapbranchmap(module)),
        (setdiscovery, lambda module: graph.wrapsetdiscovery(module)),
        (dag_util, lambda module: graph.wrapdagutil(module)),
        (dirstatemap, lambda module: status.wrapdirstatemap(module)),
        (dirstate, lambda module: status.wrapdirstate(module)),
        (context, lambda module: contents.wrapcontext(module)),
        (manifest, wrapmanifest),
        (vfs_options, lambda module: status.wrapvfsoptions(module)),
    ):
        whenloaded(module, wrap)
    if revlog.rustrevlog is None and os.name == 'posix':
        headstart.begin(ui)


def reposetup(ui, repo):
    # Peers have no store of their own, and a repository over static HTTP no
    # file to open. No wrapper does anything without this option.
    if repo.local():
        repo.svfs.options[OPTION] = Settings(repo.ui)


# -- what is in use ---------------------------------------------------------


def parts(ui=None):
    """Tell what is accelerated: a list of ``(part, what, problem)``.

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
