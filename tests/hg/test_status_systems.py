# SPDX-License-Identifier: GPL-2.0-or-later
"""A status in systems that refuse things: threads, or to look at files."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys

import pytest
from hgtools import HERE
from test_status_faults import repo, run  # noqa: F401

PYTHON_TESTS = os.path.join(os.path.dirname(HERE), 'python')
sys.path.append(PYTHON_TESTS)
from systems import fails_to_look_up  # noqa: E402


@pytest.fixture(scope='session')
def preloaded(tmp_path_factory):
    path = tmp_path_factory.mktemp('preload') / 'preload.so'
    command = [*shlex.split(os.environ.get('CC', 'cc')), '-shared', '-fPIC', '-o', str(path)]
    subprocess.run([*command, os.path.join(PYTHON_TESTS, 'preload.c'), '-ldl'], check=True)
    return {'LD_PRELOAD': str(path)}


def status(hg, repo, *args, **how):
    if hg.counts.exists():
        hg.counts.unlink()
    done = run(hg, repo, 'status', *args, counts=hg.counts, **how)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize('threads', [0, 1, 2, 4])
def test_few_threads(hg, repo, preloaded, threads):  # noqa: F811
    for args in ([], ['-A'], ['-mard']):
        wanted = status(hg, repo, *args, plain=True)
        variables = dict(preloaded, PRELOAD_THREADS=str(threads), PRELOAD_CPUS='4')
        assert status(hg, repo, *args, **variables) == wanted
        assert wanted[0] == 0 and hg.served()['status']


@pytest.mark.parametrize('number', [errno.ELOOP, errno.EIO])
def test_files_that_cannot_be_looked_at(hg, repo, number):  # noqa: F811
    """Mercurial's own code says what there is to say."""
    refuses = fails_to_look_up(number)
    for args in ([], ['-A'], ['-mard'], ['a']):
        wanted = status(hg, repo, *args, plain=True, preexec=refuses)
        assert status(hg, repo, *args, preexec=refuses) == wanted
        assert b'! a\n' not in wanted[1]
