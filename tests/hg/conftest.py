# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import os
import sys

import pytest

# before Mercurial is imported, which reads it once
if sys.implementation.name == 'pypy':
    os.environ['HGMODULEPOLICY'] = 'py'

import mercurial  # noqa: F401  without it nothing here can be tested: fail, do not skip
from workingcopies import obey_permissions

# Before the extension starts threads, which keep what the process may do by then.
obey_permissions()

from hgserver import Server
from hgtools import HG, HGRC, Hg, environment


@pytest.fixture(scope='session')
def hgserver():
    assert os.path.exists(HG), 'no hg beside %s' % sys.executable
    server = Server(HG, environment(os.devnull))
    yield server
    server.close()


@pytest.fixture
def hg(tmp_path, hgserver):
    return Hg(tmp_path, hgserver)


@pytest.fixture(scope='session')
def kept(tmp_path_factory):
    """A folder for working copies that many tests start with: each is made once."""
    return tmp_path_factory.mktemp('kept')


@pytest.fixture(scope='session')
def baseui(tmp_path_factory):
    """A Mercurial ui, in this process, with the extension loaded."""
    rcpath = tmp_path_factory.mktemp('rc') / 'hgrc'
    rcpath.write_text(HGRC)
    for key in [k for k in os.environ if k.startswith('HG')]:
        if key != 'HGMODULEPOLICY':
            del os.environ[key]
    os.environ['HGRCPATH'] = str(rcpath)
    # before 7.2, to import it is enough
    from mercurial import dispatch, extensions, ui as uimod

    assert dispatch
    try:
        from mercurial import initialization
    except ImportError:
        pass
    else:
        # as for a command: registers the predicates of revision sets etc.
        initialization.init()

    ui = uimod.ui.load()
    ui.setconfig(b'extensions', b'vermilion', b'')
    ui.setconfig(b'vermilion', b'min-revisions', b'0')
    ui.setconfig(b'vermilion', b'min-files', b'0')
    ui.quiet = True
    extensions.loadall(ui)
    assert extensions.find(b'vermilion')
    return ui
