# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that an update writes, in Rust and in Mercurial."""

from __future__ import annotations

import functools
import os
import re
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
    some,
)

REVISIONS = 8


def _changed(key, root):
    change_tree(seeded(key), root)


@pytest.fixture(scope='module')
def made(tmp_path_factory, hgserver):
    """A repository whose files change in every way."""
    hg = Hg(tmp_path_factory.mktemp('update'), hgserver)
    return make_changing(hg, hg.folder / 'update', REVISIONS)


def _both(hg, tmp_path, made, *steps, states=True):
    """Has each of two copies go through some steps, one without ours; all must be the same.

    Without states where other contents are written than committed: whether Mercurial sees that at
    once depends on the moment."""
    served = 0
    seen = []
    for plain in (True, False):
        root = tmp_path / 'repo'
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(made, root, symlinks=True)
        told = []
        for step in steps:
            if callable(step):
                step(root)
                continue
            told.append(hg.run(*step, cwd=root, plain=plain, check=False))
            served += 0 if plain else hg.served().get('update', 0)
            told.append(read_tree(root))
            if not states:
                continue
            # Without looking at what is inside them.
            told.append(hg.run('status', '-A', cwd=root, plain=True))
            known = hg.out('debugdirstate', '--no-dates', cwd=root, plain=True)
            # Whether a time is too near to now to be recorded, depends on the moment.
            told.append(re.sub(' (un)?set +', ' ', known))
        seen.append(told)
    assert seen[0] == seen[1]
    return served


@pytest.mark.parametrize('seed', some(range(8)))
def test_random_updates(hg, made, tmp_path, seed):
    rng = seeded('updates', seed)
    steps = []
    for _ in range(6):
        options = rng.choice([(), ('-C',), ('-c',), ('-m',), ('--config', 'ui.origbackuppath=.o')])
        steps.append(('update', *options, '-r', rng.randrange(REVISIONS)))
        if rng.random() < 0.6:
            # untracked files, links and directories in the way, and files that were changed
            steps.append(functools.partial(_changed, (seed, len(steps))))
    umask = os.umask(rng.choice([0o022, 0o077, 0o002]))
    try:
        assert _both(hg, tmp_path, made, *steps)
    finally:
        os.umask(umask)


def test_what_is_recorded_is_what_is_there(hg, made, tmp_path):
    root = tmp_path / 'repo'
    shutil.copytree(made, root, symlinks=True)
    hg.run('update', '-q', '-r', REVISIONS - 1, cwd=root)
    assert hg.served()['update']
    for line in hg.out('debugdirstate', '--no-dates', cwd=root, plain=True).splitlines():
        state, mode, size, _time, path = line.split(None, 4)
        stat = (root / path).lstat()
        assert state == 'n' and int(size) in (stat.st_size, -1), line
        assert mode == ('lnk' if (root / path).is_symlink() else '%o' % (stat.st_mode & 0o777))
    assert hg.out('status', cwd=root, plain=True) == ''


def test_workers(hg, made, tmp_path):
    workers = ('--config', 'worker.enabled=yes', '--config', 'worker.numcpus=4')
    root = tmp_path / 'many'
    hg.run('init', root, plain=True)
    for number in range(900):
        path = root / ('d%d' % (number % 7)) / str(number)
        path.parent.mkdir(exist_ok=True)
        path.write_text('%d\n' % number)
    hg.run('commit', '-qAm', 'many', cwd=root, plain=True)
    hg.run('update', '-q', 'null', cwd=root, plain=True)
    # What workers have answered themselves, they do not tell.
    _both(hg, tmp_path, root, ('update', *workers, '-r', '0'), ('update', 'null'))


def test_links_and_repositories_in_the_way(hg, made, tmp_path):
    outside = tmp_path / 'outside'
    outside.mkdir()
    (outside / 'a').write_text('outside')

    def link(root):
        shutil.rmtree(root / 'd', ignore_errors=True)
        (root / 'd').symlink_to(outside)

    def nested(root):
        (root / 'd/.hg').mkdir(parents=True)

    for way in (link, nested):
        for rev in range(0, REVISIONS, 3):
            _both(hg, tmp_path, made, way, ('update', '-r', rev), ('update', '-C', '-r', rev))
            assert sorted(os.listdir(outside)) == ['a']
            assert (outside / 'a').read_text() == 'outside'


def test_a_disk_that_is_full(hg, tmp_path):
    root = tmp_path / 'full'
    hg.run('init', root, plain=True)
    (root / 'large').write_bytes(os.urandom(300_000))
    (root / 'small').write_text('small')
    hg.run('commit', '-qAm', 'files', cwd=root, plain=True)
    hg.run('update', '-q', 'null', cwd=root, plain=True)
    option = on_a_full_disk(tmp_path)
    _both(hg, tmp_path, root, ('update', *option, '-r', '0'), ('update', '-C', '-r', '0'))


# What another extension puts in the place of Mercurial's own.
REPLACED = {
    'vfs.vfs.write': 'lambda orig, self, path, data, *a, **k: orig(self, path, data + b"x", *a, **k)',
    'vfs.vfs.setflags': 'lambda orig, self, f, l, x: orig(self, f, l, not x)',
    'localrepo.localrepository.wwrite': (
        'lambda orig, self, f, data, *a, **k: orig(self, f, b"mine", *a, **k)'
    ),
    'localrepo.localrepository._filter': 'lambda orig, self, p, f, data: data.upper()',
    'context.workingfilectx.clearunknown': 'lambda orig, self: None',
    'context.filectx.data': 'lambda orig, self: orig(self).upper()',
    'pathutil.pathauditor.__call__': (
        'lambda orig, self, path, *a, **k: refuse(path) or orig(self, path, *a, **k)'
    ),
    'util.unlink': 'lambda orig, f: None',
}


@pytest.mark.parametrize('name', REPLACED)
@pytest.mark.parametrize('moment', ['extsetup'] if PYPY else ['uisetup', 'reposetup'])
def test_overrides_are_asked(hg, made, tmp_path, name, moment):
    option = replacing(tmp_path, name, REPLACED[name], moment)
    step = ('update', *option, '-r', REVISIONS - 1)
    assert not _both(hg, tmp_path, made, step, states=False)


OPTIONS = (
    ('-v',),
    ('--debug', '--config', 'devel.debug.extensions=no'),
    ('--config', 'experimental.update.atomic-file=yes'),
    ('--config', 'experimental.merge.checkpathconflicts=yes'),
    ('--config', 'decode.**=pipe: tr a-z A-Z'),
    ('--config', 'vermilion.update=no'),
)


@pytest.mark.parametrize('options', OPTIONS, ids=' '.join)
def test_what_is_left_to_mercurial(hg, made, tmp_path, options):
    if '--debug' in options:
        root = tmp_path / 'repo'
        shutil.copytree(made, root, symlinks=True)
        hg.run('update', *options, '-r', REVISIONS - 1, cwd=root)
        assert not hg.served()['update']
        return
    step = ('update', *options, '-r', REVISIONS - 1)
    assert not _both(hg, tmp_path, made, step, states=False)


def test_merges_and_other_commands(hg, made, tmp_path):
    more = ('--config', 'extensions.rebase=', '--config', 'extensions.shelve=')
    merge = ('--config', 'ui.merge=:merge')
    branch = ('commit', '-qAm', 'more', '-d', '0 0')

    def change(root):
        (root / 'a').is_dir() or (root / 'a').unlink(missing_ok=True)
        (root / 'new').write_text('new')

    steps = [
        ('update', '-q', '-r', '2'),
        *(change, branch, ('merge', *merge, '-r', '5'), ('update', '-C', '.')),
        ('revert', '--no-backup', '-a', '-r', '6'),
        ('update', '-C', '3'),
        *(change, ('shelve', *more), ('unshelve', *more, '--date', '0 0')),
        ('update', '-C', '1'),
        *(change, branch, ('rebase', *more, *merge, '-d', '4'), ('rebase', *more, '--abort')),
    ]
    assert _both(hg, tmp_path, made, *steps)
