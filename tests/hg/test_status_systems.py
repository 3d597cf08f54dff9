# SPDX-License-Identifier: GPL-2.0-or-later
"""A status in systems that refuse things: threads, or to look at files."""

from __future__ import annotations

import errno

import pytest
from systems import fails_to_look_up, preload  # noqa: F401
from test_status_faults import repo, run  # noqa: F401


def status(hg, repo, *args, **how):
    if hg.counts.exists():
        hg.counts.unlink()
    done = run(hg, repo, 'status', *args, counts=hg.counts, **how)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize('threads', [0, 1, 2, 4])
def test_few_threads(hg, repo, preload, threads):  # noqa: F811
    for args in ([], ['-A'], ['-mard']):
        wanted = status(hg, repo, *args, plain=True)
        variables = preload(THREADS=threads, CPUS=4)
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
