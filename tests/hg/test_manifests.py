# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of revisions and differences of them, in Rust and in Mercurial."""

from __future__ import annotations

import os
import random
import shutil

import pytest
from hgtools import HG, PYPY, Hg, replacing, some
from mercurial import util

FACTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'common')
# Commands about one revision or two, and what patterns and options they have.
COMMANDS = (
    ('log', '-p'),
    ('log', '-p', '--git', '-r', 'reverse(all())'),
    ('log', '-p', '--stat', '--hidden'),
    ('log', '-p', '-m', '--template', '{rev} {files}{file_adds}{file_dels}{file_copies}\n'),
    ('status', '--rev', 'A', '--rev', 'B'),
    ('status', '--rev', 'A', '--rev', 'B', '-C', 'dir', 'path:a'),
    ('status', '--rev', 'A', '--rev', 'B', '-A', 'glob:**a'),
    ('status', '--change', 'B', '-X', 'dir'),
    ('diff', '-r', 'A', '-r', 'B'),
    ('diff', '-r', 'A', '-r', 'B', '--git', '-U', '0'),
    ('diff', '-r', 'A', '-r', 'B', '-w', '-p', '-U', '5'),
    ('diff', '-r', 'A', '-r', 'B', '-b', '-B', '-a', '--nodates'),
    ('diff', '-c', 'B', '-Z', '--noprefix', 'dir', 'a'),
    ('diff', '-r', 'A', '-r', 'B', '--config', 'experimental.xdiff=yes'),
    ('diff', '-r', 'A', '-r', 'B', '--config', 'diff.word-diff=yes', '--color', 'debug'),
    ('diff', '-r', 'A', '-r', 'B', '--git', '--config', 'experimental.extendedheader.index=12'),
    ('diff', '-r', 'A', '-r', 'B', '--git', '--config', 'experimental.extendedheader.similarity=1'),
    ('diff', '-r', 'A', '-r', 'B', '--git', '--config', 'diff.nobinary=yes'),
    ('diff', '-r', 'A', '-r', 'B', '--git', '--root', 'dir'),
    ('diff', '-r', 'A', '-r', 'B', '--debug'),
    ('diff', '-r', 'A', '-r', 'B', '--color', 'debug'),
    ('diff', '-r', 'A'),
    ('diff', '-r', 'A', '-r', 'B', '-U', '-1'),
    ('export', '-r', 'A', '--config', 'diff.unified=99999999999999999999'),
    ('export', '-r', 'A', '-r', 'B'),
    ('export', '-r', 'A:B', '--git', '-a'),
    ('export', '-r', 'A', '-r', 'B', '--color', 'debug'),
    ('export', '-r', 'A', '-r', 'B', '-T', 'json'),
    ('log', '-r', 'A:B', '-T', '{rev} {diff()}'),
    ('log', '-p', '-L', 'a,0:3', '-f'),
    ('grep', '--diff', 'a'),
    ('files', '-r', 'B', 'dir', 'a'),
    ('files', '-r', 'B', 'path:a', 'path:dir/a', 'path:.'),
    ('files', '-r', 'B', 'a', 'not/there', 'a'),
    ('files', '-r', 'B', 'a', '-X', 'a'),
    ('files', '-r', 'B', 'rootfilesin:dir', 'b c'),
    ('annotate', '-r', 'B', 'a', 'not/there', 'z/y'),
    ('cat', '-r', 'B', 'a', 'dir/a'),
    ('annotate', '-r', 'B', '-n', 'a'),
    ('annotate', '-r', 'wdir()', '-n', 'a', 'dir/a'),
    ('annotate', '-r', 'B', '-l', '-f', '-u', 'a', 'dir/a', 'dir/sub/x'),
    ('annotate', '-r', 'B', '--no-follow', '-w', '-d', '-q', 'a', 'z/y'),
    ('annotate', '-r', 'B', '--skip', 'A', '-n', '-l', 'a', 'b c'),
    ('annotate', '-r', 'B', '-T', 'json', '-a', '-v', 'a'),
    ('annotate', '-r', 'B', '--config', 'annotate.ignorewsamount=yes', 'a'),
)


@pytest.fixture(scope='module')
def made(tmp_path_factory, hgserver):
    """Random repositories."""
    folder = tmp_path_factory.mktemp('made')
    hg = Hg(folder, hgserver)
    extension = 'extensions.facts=' + os.path.join(FACTS, 'hgfacts.py')
    seeds = 1 if PYPY else 2
    # without the facts, which take longer
    hg.run('--config', extension, 'facts-make', folder, 0, seeds, '--no-facts', plain=True)
    return [folder / str(seed) for seed in range(seeds)]


def _length(hg, repo):
    return len(hg.out('log', '-R', repo, '--hidden', '-T', 'x', plain=True))


@pytest.mark.parametrize(
    'command', some(COMMANDS, 2 if util.versiontuple()[:2] >= (7, 2) else 4), ids=' '.join
)
def test_commands(hg, made, command):
    for number, repo in enumerate(made):
        rng = random.Random(number)
        length = _length(hg, repo)
        for _ in range(1 if PYPY else 2):
            a, b = rng.randint(-1, length - 1), rng.randint(0, length - 1)
            words = [{'A': a, 'B': b, 'A:B': '%d:%d' % (a, b)}.get(word, word) for word in command]
            hg.same('--hidden', *words, cwd=repo, check=False)
            hg.same(*words, cwd=repo, check=False)


def test_it_is_answered_in_rust(hg, made):
    repo = max(made, key=lambda repo: _length(hg, repo))
    hg.same('log', '-p', '--hidden', cwd=repo)
    served = hg.served()
    assert served['manifests']
    hg.same('cat', '-r', '0', '.', cwd=repo, check=False)
    assert hg.served()['contents']
    for path in hg.out('files', '-r', '0', cwd=repo, plain=True).splitlines():
        hg.same('annotate', '-r', '0', path, cwd=repo, check=False)
        assert hg.served()['annotate'] == 1
        hg.same('annotate', '-r', '0', path, '--config', 'vermilion.annotate=no', cwd=repo)
        assert not hg.served()['annotate']
    assert served['diffs']
    hg.same('log', '-p', '--hidden', '--config', 'vermilion.manifests=no', cwd=repo)
    assert not hg.served()['manifests']
    hg.same('log', '-p', '--hidden', '--config', 'vermilion.diffs=no', cwd=repo)
    assert not hg.served()['diffs']


# What another extension puts in the place of Mercurial's own, and what is declined then.
REPLACED = {
    'manifest.manifestdict.diff': (
        'lambda orig, self, *a, **k: {f: v for f, v in orig(self, *a, **k).items() if f != b"a"}'
    ),
    'manifest.manifestctx.read': 'lambda orig, self: orig(self)',
    'manifest.manifestrevlog.revision': 'lambda orig, self, *a, **k: orig(self, *a, **k)',
    'context.changectx.__contains__': 'lambda orig, self, f: f != b"a" and orig(self, f)',
    'context.basectx._buildstatusmanifest': 'lambda orig, self, s: orig(self, s)',
    'mdiff.allblocks': 'lambda orig, *a, **k: list(orig(*a, **k))[:-1] + [((0, 0, 0, 0), b"=")]',
    'mdiff.splitnewlines': 'lambda orig, text: orig(text.upper())',
    'patch.trydiff': 'lambda orig, *a: (row for row in orig(*a) if b"a" not in row[2][0])',
    'patch.diffhunks': 'lambda orig, *a, **k: list(orig(*a, **k))[:2]',
    'patch.diffcontent': 'lambda orig, a, b, header, *rest: orig(a, b, [*header, b"more"], *rest)',
    'patch._filepairs': 'lambda orig, *a: list(orig(*a))[::-1]',
    'context.filectx.isbinary': 'lambda orig, self: True',
    'context.filectx.data': 'lambda orig, self: orig(self).upper()',
}


@pytest.mark.parametrize('name', REPLACED)
@pytest.mark.parametrize('moment', ['extsetup'] if PYPY else ['uisetup', 'extsetup'])
def test_overrides_are_asked(hg, made, tmp_path, name, moment):
    option = replacing(tmp_path, name, REPLACED[name], moment)
    repo = max(made, key=lambda repo: _length(hg, repo))
    hg.same('log', '-p', '--hidden', *option, cwd=repo)
    module, owner = name.partition('.')[0], name.rpartition('.')[0]
    ofdiffs = module in ('mdiff', 'patch') or owner.endswith('filectx')
    part = 'diffs' if ofdiffs else 'manifests'
    assert hg.declined()[part + ': overridden']
    # Hunks of two texts have nothing to do with patches and files.
    assert not hg.served()[part] or module == 'patch' or owner.endswith('filectx')


LOOKUPS = {
    'context.changectx.walk': 'lambda orig, self, m: [f for f in orig(self, m) if f != b"a"]',
    'context.basectx.__contains__': 'lambda orig, self, f: f != b"a" and orig(self, f)',
    'context.changectx.__contains__': 'lambda orig, self, f: f != b"a" and orig(self, f)',
    'manifest.manifestdict.walk': 'lambda orig, self, m: [f for f in orig(self, m) if f != b"a"]',
    'manifest.manifestdict.__contains__': 'lambda orig, self, f: f != b"a" and orig(self, f)',
    'manifest.manifestctx.find': 'lambda orig, self, f: orig(self, b"b c" if f == b"a" else f)',
    'localrepo.localrepository.narrowmatch': (
        'lambda orig, self, *a, **k: match.differencematcher(a[0], match.exact([b"a"]))'
        ' if a else orig(self, *a, **k)'
    ),
}


@pytest.mark.parametrize('name', LOOKUPS)
@pytest.mark.parametrize('moment', ['extsetup'] if PYPY else ['uisetup', 'reposetup'])
def test_overrides_of_lookups_are_asked(hg, made, tmp_path, name, moment):
    option = replacing(tmp_path, name, LOOKUPS[name], moment)
    repo = max(made, key=lambda repo: _length(hg, repo))
    rev = hg.out('log', '-r', 'last(filelog("path:a"))', '-T', '{rev}', cwd=repo, plain=True)
    for command in (
        ('files', 'path:a', 'path:b c'),
        ('annotate', 'path:a', 'path:b c'),
        ('cat', 'path:a', 'path:b c'),
        ('status', '--change', rev, 'path:a'),
    ):
        at = () if command[0] == 'status' else ('-r', rev)
        hg.same(command[0], *at, *command[1:], *option, cwd=repo, check=False)


def test_what_is_written_meanwhile(hg, tmp_path):
    repo = tmp_path / 'repo'
    hg.run('init', repo, plain=True)
    for number in range(3):
        (repo / ('f%d' % number)).write_text('%d\n' % number)
        hg.run('commit', '-qAm', str(number), cwd=repo, plain=True)
    # Hooks see what is not complete yet, in the same process and in others.
    hook = '%s log -p -r tip; %s status --change tip' % (HG, HG)
    for moment in ('pretxncommit', 'txnclose', 'commit'):
        (repo / moment).write_text(moment)
        option = ('--config', 'hooks.%s=%s' % (moment, hook))
        hg.run('commit', '-qAm', moment, *option, cwd=repo)
        hg.same('log', '-p', '-r', 'tip', cwd=repo)
    # A rebase reads what it has just written.
    hg.run('update', '-q', '0', cwd=repo, plain=True)
    (repo / 'other').write_text('other\n')
    hg.run('commit', '-qAm', 'other', cwd=repo, plain=True)
    hg.run('--config', 'extensions.rebase=', 'rebase', '-q', '-r', '1::5', '-d', '.', cwd=repo)
    hg.same('log', '-p', cwd=repo)
    assert hg.out('verify', '-q', cwd=repo, plain=True) == ''


def test_bundles_and_unions(hg, made, tmp_path):
    repo = max(made, key=lambda repo: _length(hg, repo))
    rev = hg.out('log', '-r', 'last(file("path:a"))', '-T', '{rev}', cwd=repo, plain=True)
    part, bundle = tmp_path / 'part', tmp_path / 'rest.hg'
    hg.run('clone', '-q', '-U', '-r', '0', repo, part, plain=True)
    hg.run('bundle', '-q', '--all', bundle, cwd=repo, plain=True)
    node = hg.out('log', '-r', rev, '-T', '{node}', cwd=repo, plain=True)
    for other in (bundle, 'bundle:%s+%s' % (part, bundle), 'union:%s+%s' % (part, repo)):
        for command in (
            ('files', '-r', node, 'path:a'),
            ('files', '-r', node, '-v'),
            ('annotate', '-r', node, 'path:a'),
            ('cat', '-r', node, 'path:a'),
            ('log', '-p', '-l', '5'),
            ('status', '--change', node),
            ('archive', '-r', node, tmp_path / 'out'),
        ):
            hg.same('-R', other, *command, cwd=part, check=False)


def test_lines_that_could_match_otherwise(hg, tmp_path):
    repo, rng = tmp_path / 'repo', random.Random(1)
    hg.run('init', repo, plain=True)
    lines = ['%d\n' % rng.randrange(60) for _ in range(1500)]
    for number in range(8):
        (repo / 'a').write_text(''.join(lines))
        hg.run('commit', '-qAm', str(number), cwd=repo, plain=True)
        for _ in range(20):
            at, some = rng.randrange(len(lines)), rng.randrange(1, 40)
            lines[at : at + some] = rng.choices(lines, k=rng.randrange(some))
    hg.same('log', '-p', cwd=repo)
    hg.same('annotate', '-n', '-l', '-r', 'tip', 'a', cwd=repo)
    hg.same('diff', '-r', '0', '-r', 'tip', '-w', cwd=repo)


def test_damaged_manifests(hg, made, tmp_path):

    repo = tmp_path / 'damaged'
    shutil.copytree(max(made, key=lambda repo: _length(hg, repo)), repo, symlinks=True)
    index = repo / '.hg' / 'store' / '00manifest.i'
    data = bytearray(index.read_bytes())
    data[-30] ^= 1
    index.write_bytes(bytes(data))
    hg.same('log', '-p', '--hidden', cwd=repo, check=False)
