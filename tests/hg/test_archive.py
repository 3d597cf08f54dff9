# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that an archive writes into a directory, in Rust and in Mercurial."""

from __future__ import annotations

import os
import shutil

import pytest
from hgtools import (
    PYPY,
    Hg,
    change_tree,
    make_changing,
    on_a_full_disk,
    read_tree,
    replacing,
    seeded,
)

REVISIONS = 6


@pytest.fixture(scope='module')
def made(tmp_path_factory, hgserver):
    """A repository whose files change in every way."""
    hg = Hg(tmp_path_factory.mktemp('archive'), hgserver)
    return make_changing(hg, hg.folder / 'archive', REVISIONS)


def _both(hg, made, into, *options, prepare=None, times=True):
    """Archives with and without ours into a directory that something may be in; all must be the
    same."""
    seen = []
    for plain in (True, False):
        shutil.rmtree(into, ignore_errors=True)
        if prepare is not None:
            into.mkdir(parents=True)
            prepare(into)
            for path in into.rglob('*'):
                os.utime(path, (1, 1), follow_symlinks=False)
        told = hg.run('archive', *options, into, cwd=made, plain=plain, check=False)
        seen.append((told, into.exists() and read_tree(into, times)))
    assert seen[0] == seen[1]
    return hg.served().get('archive', 0)


@pytest.mark.parametrize('rev', range(0, REVISIONS, 3 if PYPY else 1))
def test_revisions(hg, made, tmp_path, rev):
    umask = os.umask([0o022, 0o077, 0o000][rev % 3])
    try:
        assert _both(hg, made, tmp_path / 'deep/er', '-r', rev)
        assert _both(hg, made, tmp_path / 'out', '-r', rev, prepare=lambda into: None)
    finally:
        os.umask(umask)


@pytest.mark.parametrize('seed', range(2 if PYPY else 6))
def test_what_is_in_the_way(hg, made, tmp_path, seed):
    def prepare(into):
        change_tree(seeded('archive', seed), into)

    _both(hg, made, tmp_path / 'out', '-r', seed % REVISIONS, prepare=prepare)


def test_links_and_repositories_in_the_way(hg, made, tmp_path):
    outside = tmp_path / 'outside'
    outside.mkdir()
    (outside / 'a').write_text('outside')
    (outside / 'a').chmod(0o600)

    def folder(into):
        (into / 'd').symlink_to(outside)

    def file(into):
        (into / 'a').symlink_to(outside / 'a')

    def nested(into):
        (into / 'd/.hg').mkdir(parents=True)

    def fifo(into):
        os.mkfifo(into / 'a')

    def repository(into):
        (into / '.hg').mkdir()

    for prepare in (folder, file, nested, fifo, repository):
        for rev in range(REVISIONS):
            _both(hg, made, tmp_path / 'out', '-r', rev, prepare=prepare)
            assert [path.name for path in outside.iterdir()] == ['a']
            assert (outside / 'a').read_text() == 'outside'
            assert (outside / 'a').stat().st_mode & 0o777 == 0o600
    # The directory itself may be one.
    link = tmp_path / 'link'
    link.symlink_to(outside)
    hg.run('archive', '-r', '0', link, cwd=made)
    assert hg.served()['archive']
    hg.run('archive', '-r', '0', tmp_path / 'plain', cwd=made, plain=True)
    wanted = read_tree(tmp_path / 'plain', times=True)
    got = read_tree(outside, times=True)
    assert {name: got[name] for name in wanted} == wanted


def test_a_disk_that_is_full(hg, tmp_path):
    root = tmp_path / 'full'
    hg.run('init', root, plain=True)
    (root / 'first').write_text('first')
    (root / 'large').write_bytes(os.urandom(300_000))
    (root / 'small').write_text('small')
    hg.run('commit', '-qAm', 'files', cwd=root, plain=True)
    option = on_a_full_disk(tmp_path)
    _both(hg, root, tmp_path / 'out', *option, times=False)


OPTIONS = (
    ('-I', 'd', '-X', 'd/e'),
    ('--config', 'ui.archivemeta=no'),
    ('--no-decode', '--config', 'encode.**=pipe: tr a-z A-Z'),
    ('--config', 'decode.**=pipe: tr a-z A-Z'),
    ('--config', 'vermilion.contents=no'),
    ('-p', 'not for directories'),
    ('-v',),
)


@pytest.mark.parametrize('options', OPTIONS, ids=' '.join)
def test_options(hg, made, tmp_path, options):
    for rev in range(0, REVISIONS, 2):
        _both(hg, made, tmp_path / 'out', '-r', rev, *options)


def test_turned_off(hg, made, tmp_path):
    assert not _both(hg, made, tmp_path / 'out', '-r', '0', '--config', 'vermilion.archive=no')


def test_times(hg, tmp_path):
    root = tmp_path / 'times'
    hg.run('init', root, plain=True)
    for number, date in enumerate(['0 0', '-1 0', '2147483647 -3600', '1700000000 7200']):
        for name in 'abc':
            (root / name).write_text(str(number))
        hg.run('commit', '-qAm', name, '-d', date, cwd=root, plain=True)
        assert _both(hg, root, tmp_path / 'out', '-r', number)


# What another extension puts in the place of Mercurial's own.
REPLACED = {
    'archival.fileit.addfile': (
        'lambda orig, self, n, mode, l, data: orig(self, n, 0o600, l, data + b"more")'
    ),
    'archival.fileit.__init__': 'lambda orig, self, name, mtime: orig(self, name, 86400.5)',
    'vfs.vfs.__call__': 'lambda orig, self, path, *a, **k: orig(self, path.upper(), *a, **k)',
    'pathutil.pathauditor.__call__': (
        'lambda orig, self, path, *a, **k: refuse(path) or orig(self, path, *a, **k)'
    ),
    'util.unlink': 'lambda orig, f: None',
    'localrepo.localrepository.wwritedata': 'lambda orig, self, f, data: data.upper()',
    'context.filectx.data': 'lambda orig, self: orig(self).upper()',
    'context.changectx.walk': 'lambda orig, self, m: [f for f in orig(self, m) if f != b"a"]',
}


@pytest.mark.parametrize('name', REPLACED)
@pytest.mark.parametrize('moment', ['extsetup'] if PYPY else ['uisetup', 'reposetup'])
def test_overrides_are_asked(hg, made, tmp_path, name, moment):
    option = replacing(tmp_path, name, REPLACED[name], moment)
    for prepare in (None, lambda into: (into / 'a').write_text('in the way')):
        _both(hg, made, tmp_path / 'out', *option, '-r', REVISIONS - 1, prepare=prepare)
