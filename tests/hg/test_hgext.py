# SPDX-License-Identifier: GPL-2.0-or-later
"""The extension in ``hg`` commands: same output, reached, and well behaved."""

from __future__ import annotations

import gc
import os
import platform
import random
import shutil
import struct
import subprocess
import sys
import textwrap
import types
import zlib
from array import array
from pathlib import Path

import pytest
from hgext3rd.vermilion import newer, pypycompat, seams, versions
from hgext3rd.vermilion.common import PARTS
from hgtools import (
    HG,
    PYPY,
    Hg,
    dagtext,
    environment,
    make_inline,
    random_parents,
    seeded,
)
from mercurial import manifest
from mercurial.utils import dateutil
from vermilion import _native

QUERIES = (
    'heads(all())',
    'only(50, 20)',
    '5::60',
    '::40 - ::30',
    'ancestor(40, 60)',
    '30::',
    'last(::max(head()), 5)',
)


@pytest.fixture(scope='module')
def template(tmp_path_factory, hgserver):
    """A repository with a history of branches and merges."""
    hg = Hg(tmp_path_factory.mktemp('template'), hgserver)
    path = hg.folder / 'repo'
    hg.run('init', path, plain=True)
    text = dagtext(random_parents(seeded('cli'), 80, roots=0))
    hg.run('-R', path, 'debugbuilddag', text, plain=True)
    return path


@pytest.fixture
def repo(hg, template):
    """A copy of it."""
    return Path(shutil.copytree(template, hg.folder / 'repo'))


def ask(hg, repo, **kwargs):
    """Many questions in one command; the same answers with and without."""
    template = '{rev} {node|short} {p1.rev} {p2.rev}\\n'
    args = ['-R', repo, 'log', '-T', template]
    for query in QUERIES:
        args += ['-r', query]
    out = hg.same(*args, **kwargs)
    assert hg.served()['missing'] and hg.served()['reachable-roots']
    return out


def changelog_entries(repo):
    return (repo / '.hg/store/00changelog.i').stat().st_size // 64


@pytest.mark.parametrize('demandimport', ['enable', 'disable'])
def test_log(hg, repo, demandimport):
    ask(hg, repo, HGDEMANDIMPORT=demandimport)
    hg.same('-R', repo, 'log', '-G', '-r', '::55 and not 50', '-T', '{rev}\\n')
    assert hg.served()['revsets']
    hg.same('-R', repo, 'debugrevspec', '--verbose', 'heads(::40 + ::wdir())')
    assert hg.served()['heads']


def test_nothing_is_loaded_without_a_question(hg, repo):
    hg.run('-R', repo, 'root')
    (counts,) = hg.lines()
    assert not counts['loaded']
    assert not any(counts['served'].values())
    assert not counts['declined']


@pytest.mark.skipif(
    not hasattr(gc, 'freeze'), reason='the collector of this interpreter is another'
)
def test_what_is_loaded_is_no_work_for_the_collector(hg, repo):
    hook = hg.folder / 'told.py'
    hook.write_text(
        'import gc\n'
        'def told(ui, **more):\n'
        "    ui.write(b'%r %r ' % (gc.isenabled(), gc.get_freeze_count() > 10_000))\n"
    )
    told = hg.out('root', '--config', 'hooks.pre-root=python:%s:told' % hook, cwd=repo)
    assert told.split()[:2] == ['True', 'True']


def test_short_histories_do_not_load_it(hg, repo):
    args = ('-R', repo, 'log', '-r', 'heads(all())', '-T', '{rev} ')
    args += ('--config', 'vermilion.min-revisions=2000')
    hg.same(*args)
    (counts,) = hg.lines()
    assert not counts['loaded']
    assert counts['declined']['heads: short history']


SMALL = ('min-revisions=5000', 'min-files=1000')


@pytest.mark.parametrize(
    'command',
    ['branch', 'status', 'diff', 'log -p -r 50', 'log -r heads(all())', 'log -r only(50,20)'],
)
def test_what_is_not_worth_it_loads_no_module(hg, repo, command):
    args = [word for setting in SMALL for word in ('--config', 'vermilion.' + setting)]
    hg.same(*command.split(), *args, cwd=repo)
    (counts,) = hg.lines()
    # What is repaired on PyPy must be Mercurial's own, and zstd is known to be there.
    modules = ['common', *['overrides', 'pypycompat'] * PYPY, 'seams', 'versions']
    modules += ['zstandard'] * PYPY
    wanted = ['hgext3rd.vermilion', *('hgext3rd.vermilion.' + name for name in modules)]
    if PYPY and command.startswith('log -p'):
        # The package is there, for zstd: then the rest is worth it.
        assert counts['loaded'] and set(wanted) < set(counts['modules'])
        return
    assert counts['modules'] == wanted
    # Changesets are compressed.
    assert counts['loaded'] == (PYPY and command.startswith('log'))
    assert not [part for part, n in counts['served'].items() if n and part != 'zstandard']


@pytest.mark.parametrize(
    ('command', 'status', 'loaded'),
    [
        # names alone, and a status of one file, are nothing for Rust where there is C
        ('files', PYPY, PYPY),
        ('locate', False, PYPY),
        # a changeset, which is compressed
        ('parents', False, PYPY),
        ('status dir/file1', PYPY, True),
        ('status dir', True, True),
        # looks for subrepositories before it asks for a status
        ('id', versions.series() >= (6, 4), True),
        ('summary', True, True),
        ('add -n', versions.series() >= (6, 4), versions.series() >= (6, 4)),
    ],
)
def test_the_dirstate_is_in_rust_for_a_status(hg, command, status, loaded):
    root = hg.folder / 'files'
    (root / 'dir').mkdir(parents=True)
    for number in range(3):
        (root / 'dir' / f'file{number}').write_text('text')
    hg.run('init', root, plain=True)
    hg.run('commit', '-A', '-m', 'files', cwd=root, plain=True)
    (root / 'dir' / 'file1').write_text('another text')
    (root / 'unknown').write_text('text')
    hg.same(*command.split(), '--config', 'vermilion.contents=no', cwd=root)
    (counts,) = hg.lines()
    assert bool(counts['served']['status']) == status
    assert counts['loaded'] == loaded


@pytest.mark.parametrize(
    ('least', 'query', 'loaded'),
    [
        # Python goes through all revisions, or those above some
        (60, 'only(50, 1)', True),
        (60, 'only(50, 49)', False),
        (25, 'only(50, 49)', True),
        # C is quick; Python is not
        (60, 'ancestor(50, 20)', PYPY),
    ],
)
def test_questions_are_counted_by_what_they_cost(hg, repo, least, query, loaded):
    args = ['--config', 'vermilion.min-revisions=%d' % least]
    hg.same('-R', repo, 'log', '-T', '{rev} ', '-r', query, *args)
    (counts,) = hg.lines()
    assert counts['loaded'] == loaded


def test_errors_are_mercurials_own(hg, repo):
    for query in (
        'only(wdir())',
        'ancestors(99999)',
        '99999::',
        'heads(',
        'only()',
        'x::y',
    ):
        hg.same('-R', repo, 'log', '-r', query, check=False)


def test_parts_are_turned_off_one_by_one(hg, repo):
    args = ['-R', repo, 'log', '-T', '{rev} ', '-r', 'only(50, 20) + 5::60']
    before = hg.same(*args)
    args += ['--config', 'vermilion.missing=no']
    assert hg.same(*args) == before
    assert not hg.served()['missing'] and hg.served()['reachable-roots']
    assert hg.declined()['missing: off']


def test_repositories_are_not_changed(hg, repo):
    def files(path):
        return {
            str(file.relative_to(path)): file.read_bytes()
            for file in sorted(path.rglob('*'))
            if file.is_file() and 'cache' not in file.parts
        }

    made = []
    for plain in (True, False):
        path = hg.folder / ('clone-%s' % plain)
        hg.run('clone', '--pull', '-q', repo, path, plain=plain)
        hg.run('-R', path, 'branch', '-q', 'other', plain=plain)
        hg.run('-R', path, 'commit', '-m', 'more', plain=plain)
        (path / '.hg/hgrc').unlink()
        made.append(files(path / '.hg'))
        undo = [name for name in made[-1] if 'undo' in name or 'journal' in name]
        for name in undo:
            del made[-1][name]
    assert sorted(made[0]) == sorted(made[1])
    for name in ('requires', 'store/requires', 'store/00changelog.i'):
        assert made[0][name] == made[1][name]


def test_hooks_in_a_running_transaction(hg, repo):
    # The hook is another process: it finds the new revisions in 00changelog.i.a
    query = 'log -T "{rev}:{node|short} " -r "heads(all()) + only(tip, 3)"'
    hook = '%s %s -R . %s' % (sys.executable, HG, query)
    outputs = []
    for plain in (True, False):
        path = hg.folder / ('hooked-%s' % plain)
        hg.run('clone', '-q', '--pull', '-U', '-r', 40, repo, path, plain=plain)
        with open(path / '.hg/hgrc', 'a') as f:
            f.write('[hooks]\n')
            for name in ('pretxnchangegroup', 'pretxncommit', 'txnclose'):
                f.write('%s.ask = %s\n' % (name, hook))
        outputs.append(hg.out('-R', path, 'pull', '-q', repo, plain=plain))
        if not plain:
            assert hg.served()['missing'] >= 2
            assert len(hg.lines()) == 3
        hg.run('-R', path, 'update', '-q', '3', plain=plain)
        out = hg.out(
            '-R', path, 'commit', '-m', 'x', '--config', 'ui.allowemptycommit=yes', plain=plain
        )
        outputs.append(out)
    assert outputs[0] and outputs[:2] == outputs[2:]


def test_hooks_in_the_same_process(hg, repo):
    # asks while the changelog holds revisions that are in no file yet
    (hg.folder / 'asking.py').write_text(
        textwrap.dedent(
            """
            def hook(ui, repo, **kwargs):
                cl = repo.changelog
                tip = len(cl) - 1
                ui.write(b'%s %s %s %s\\n' % (
                    b' '.join(b'%d' % r for r in cl.headrevs()),
                    b' '.join(b'%d' % r for r in cl.findmissingrevs([3], [tip])),
                    b' '.join(b'%d' % r for r in cl.ancestors([tip], 70)),
                    b'%d' % cl.isancestorrev(3, tip)))
            """
        )
    )
    hook = 'python:%s:hook' % (hg.folder / 'asking.py')
    outputs = []
    for plain in (True, False):
        path = hg.folder / ('inside-%s' % plain)
        hg.run('clone', '-q', '--pull', '-U', '-r', 40, repo, path, plain=plain)
        outputs.append(
            hg.out(
                '-R',
                path,
                'pull',
                '-q',
                repo,
                '--config',
                'hooks.pretxnchangegroup.ask=' + hook,
                plain=plain,
            )
        )
    assert outputs[0] and outputs[0] == outputs[1]
    assert hg.served()['ancestors']


def test_strip_and_rollback_of_visibility(hg, repo):
    strip = ['-R', repo, '--config', 'extensions.strip=', 'strip', '-q']
    results = []
    for plain in (True, False):
        path = hg.folder / ('stripped-%s' % plain)
        hg.run('clone', '-q', '--pull', '-U', repo, path, plain=plain)
        strip[1] = path
        hg.run(*(strip + ['-r', '45', '--no-backup']), plain=plain)
        results.append(hg.out('-R', path, 'log', '-T', '{rev} ', '-r', 'heads(all())', plain=plain))
    assert results[0] == results[1]
    ask(hg, hg.folder / 'stripped-False')


def test_hidden_revisions(hg, repo):
    heads = hg.out('-R', repo, 'log', '-r', 'head()', '-T', '{node} ').split()
    for node in heads[::2]:
        hg.run('-R', repo, 'debugobsolete', node, plain=True)
    # some of what is asked about is hidden now
    for query in QUERIES:
        args = ('-R', repo, 'log', '-T', '{rev} ', '-r', query)
        hg.same(*args, check=False)
    shown = hg.same('-R', repo, 'log', '-T', '{rev} ', '-r', 'heads(all())')
    everything = hg.same('-R', repo, '--hidden', 'log', '-T', '{rev} ', '-r', 'heads(all())')
    assert shown != everything
    hg.same('-R', repo, 'log', '-r', '::' + heads[0], check=False)
    hg.same('-R', repo, 'log', '-r', 'only(%s)' % heads[0], check=False)
    hg.same('-R', repo, 'heads', '-T', '{rev} ')


def test_bundle_laid_over(hg, repo):
    small = hg.folder / 'small'
    hg.run('clone', '-q', '--pull', '-U', '-r', 40, repo, small, plain=True)
    bundle = hg.folder / 'rest.hg'
    hg.run('-R', repo, 'bundle', '-q', bundle, small, plain=True)
    out = hg.same(
        '-R',
        bundle,
        'log',
        '-r',
        'heads(all()) + only(tip, 3)',
        '-T',
        '{rev}:{node|short} ',
        cwd=small,
    )
    assert hg.served()['missing'] and ' ' in out
    hg.same('-R', small, 'incoming', bundle, '-T', '{rev} ')


@pytest.mark.parametrize('safe', ['yes', 'no'])
def test_share(hg, repo, safe):
    config = ['--config', 'format.use-share-safe=' + safe]
    source, share = hg.folder / 'source', hg.folder / 'share'
    hg.run('clone', '-q', '--pull', '-U', repo, source, *config, plain=True)
    hg.run('--config', 'extensions.share=', 'share', '-qU', source, share, *config, plain=True)
    ask(hg, share, cwd=hg.folder)


def test_inline_changelog(hg, repo):
    before = ask(hg, repo)
    make_inline(repo)
    assert ask(hg, repo) == before
    header = (repo / '.hg/store/00changelog.i').read_bytes()[:4]
    assert struct.unpack('>I', header)[0] & 1 << 16


def test_changelog_v2_is_left_alone(hg):
    path = hg.folder / 'v2'
    config = ['--config', 'format.exp-use-changelog-v2=enable-unstable-format-and-corrupt-my-data']
    hg.run('init', path, *config, plain=True)
    hg.run('-R', path, 'debugbuilddag', '+9 *3 +4', plain=True)
    hg.same('-R', path, 'log', '-T', '{rev} ', '-r', 'only(12, 4) + heads(all())')
    assert not any(hg.served().values())
    assert hg.declined()['missing: index format']


def test_pull_push_and_discovery(hg, repo):
    counts = []
    for plain in (True, False):
        ours, theirs = (hg.folder / ('%s-%s' % (n, plain)) for n in 'ab')
        for number, path in enumerate((ours, theirs)):
            hg.run('clone', '-q', '--pull', '-U', '-r', 50, repo, path, plain=True)
            text = '*1 ' + '+%d ' % (90 + number) + '*30 +40'
            hg.run(
                '-R',
                path,
                'debugbuilddag',
                '--from-existing',
                text,
                '--config',
                'devel.default-date=%d 0' % number,
                plain=True,
            )
        discovery = hg.out(
            '-R',
            ours,
            'debugdiscovery',
            theirs,
            '--config',
            'devel.discovery.sample-size=10',
            plain=plain,
        )
        lines = [line for line in discovery.splitlines() if 'elapsed' not in line]
        if not plain:
            assert hg.served()['discovery'] == 1
        lines += hg.out('-R', ours, 'outgoing', theirs, '-T', '{rev} ', plain=plain).splitlines()[
            2:
        ]
        hg.run('-R', ours, 'pull', '-q', theirs, plain=plain)
        hg.run('-R', theirs, 'pull', '-q', ours, plain=plain)
        for path in (ours, theirs):
            lines += hg.out(
                '-R', path, 'log', '-T', '{rev}:{node|short} ', '-r', 'heads(all())', plain=True
            ).splitlines()
        counts.append([line.replace(str(theirs), '') for line in lines])
    assert counts[0] == counts[1]


def test_local_clone(hg, repo):
    # what PyPy needs the repair of util.nogc for
    path = hg.folder / 'copied'
    hg.run('clone', '-q', '-U', repo, path)
    assert changelog_entries(path) == changelog_entries(repo)


@pytest.mark.skipif(not PYPY, reason='CPython can do it by itself')
def test_pypy_alone_cannot_clone(hg):
    alone = ['--config', 'extensions.repair=!']
    hg.run('init', hg.folder / 'alone', *alone, plain=True)
    command = ['clone', '-q', '-U', hg.folder / 'alone', hg.folder / 'c', *alone]
    status, _out, err = hg.run(*command, plain=True, check=False)
    assert status and 'TypeError' in err, 'the repair is no longer needed'


@pytest.mark.skipif(not PYPY, reason='CPython can do it by itself')
def test_pypy_alone_has_no_zstd(hg, repo):
    command = ('-R', repo, 'log', '--config', 'extensions.repair=!')
    status, _out, err = hg.run(*command, plain=True, check=False)
    assert status and 'revlog-compression-zstd' in err


def fake_version(hg, version):
    (hg.folder / 'faked.py').write_text(
        # bytes, before 7.0
        'from mercurial import __version__ as module\n'
        'module.version = %r if isinstance(module.version, str) else b%r\n' % (version, version)
    )
    text = hg.rc.read_text()
    enabled = '[extensions]\n'
    faked = '[extensions]\nfaked = %s\n' % (hg.folder / 'faked.py')
    if PYPY:
        # what runs without the extension have as well
        faked += hg.plainrc.read_text().rpartition(enabled)[2]
    hg.rc.write_text(text.replace(enabled, faked))


@pytest.mark.parametrize('version', ['6.2.3', '5.9rc0', 'unknown'])
def test_mercurial_that_is_too_old(hg, repo, version):
    fake_version(hg, version)
    args = ('-R', repo, 'log', '-T', '{rev} ', '-r', 'only(50, 20)')
    _status, out, err = hg.run(*args)
    told = '(third party extension vermilion requires version 6.3 or newer of Mercurial '
    assert err == told + '(current: %s); disabling)\n' % version
    assert not any(hg.served().values())
    assert out == hg.out(*args, plain=True)


# What is said of newer ones is compared with the newest that is known.
newest = pytest.mark.skipif(versions.series() < versions.NEWEST, reason='an older Mercurial')


@newest
@pytest.mark.parametrize('version', ['7.3', '8.0rc0', '10.1+hg7'])
def test_newer_mercurial_as_it_was(hg, repo, version):
    fake_version(hg, version)
    args = ('-R', repo, 'log', '-T', '{rev} ', '-r', 'only(50, 20)')
    _status, out, err = hg.run(*args)
    assert hg.served()['missing'] == 1 and not err
    assert out == hg.out(*args, plain=True)


# What a newer Mercurial may have done, and the parts that cannot be used then.
CHANGES = {
    'dirstate.dirstate.walk = lambda self, match, subrepos, unknown, ignored: None': (
        *('status', 'head-start', 'read-ahead'),
    ),
    'del mdiff._unidiff': ('diffs',),
    'del sys.modules["mercurial.utils.dag_util"], utils.dag_util': (
        *('ancestors', 'missing', 'common-ancestors', 'is-ancestor', 'reachable-roots'),
        *('heads', 'discovery', 'revsets', 'annotate'),
    ),
}


@newest
@pytest.mark.parametrize('change', CHANGES)
def test_newer_mercurial_that_has_changed(change):
    script = (
        'import sys\n'
        'from mercurial import dirstate, mdiff, utils\n'
        'from mercurial.utils import dag_util\n'
        'from hgext3rd.vermilion import newer\n'
        'sys.meta_path.insert(0, type("Gone", (), {"find_spec": staticmethod(gone)}))\n'
    )
    gone = (
        'def gone(name, path=None, target=None):\n'
        '    if name == "mercurial.utils.dag_util": raise ImportError(name)\n'
    )
    script = gone + script + change + '\nprint(*newer.changed())\n'
    found = subprocess.run(
        [sys.executable, '-c', script], env=environment(os.devnull), stdout=subprocess.PIPE
    )
    assert tuple(found.stdout.decode().split()) == CHANGES[change]


@newest
def test_what_newer_mercurials_are_compared_with_is_what_this_one_has():
    assert newer.changed() == {}


@newest
def test_later_bugfix_release(hg, repo):
    fake_version(hg, '7.2.9+hg123.456')
    _status, _out, err = hg.run('-R', repo, 'log', '-qr', 'only(50, 20)')
    assert not err
    assert hg.served()['missing'] == 1


def test_package_that_does_not_load(hg, repo):
    broken = hg.folder / 'broken/vermilion'
    broken.mkdir(parents=True)
    (broken / '__init__.py').write_text("raise ImportError('no host for it')\n")
    args = ('-R', repo, 'log', '-T', '{rev} ')
    for query in QUERIES:
        args += ('-r', query)
    plain = hg.out(*args, plain=True)
    _status, out, err = hg.run(*args, PYTHONPATH=str(broken.parent))
    assert out == plain
    assert err.count('warning') == 1
    assert err.startswith('warning: vermilion cannot be imported: no host for it\n')
    # no question, no warning
    assert not hg.run('-R', repo, 'root', PYTHONPATH=str(broken.parent))[2]


def test_doctor_table(hg, repo):
    script = 'from hgext3rd import vermilion; print(vermilion.parts())'
    for rc, expected in ((hg.rc, 'None)'), (hg.plainrc, 'not enabled')):
        out = subprocess.run(
            [sys.executable, '-c', script],
            env=environment(rc),
            stdout=subprocess.PIPE,
            check=True,
        ).stdout.decode()
        unneeded = out.count('not needed: Mercurial has zstd')
        assert unneeded == (not PYPY and rc == hg.rc)
        assert out.count(expected) + unneeded == len(PARTS)


# -- processes that live on -------------------------------------------------


class CommandServer:
    """The client's side of ``hg serve --cmdserver pipe``."""

    def __init__(self, hg, repo, plain=False):
        self.process = subprocess.Popen(
            [sys.executable, HG, '-R', str(repo), 'serve', '--cmdserver', 'pipe'],
            env=environment(hg.plainrc if plain else hg.rc, hg.counts),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.read()

    def read(self):
        channel, length = struct.unpack('>cI', self.process.stdout.read(5))
        return channel, self.process.stdout.read(length)

    def run(self, *args):
        data = b'\0'.join(str(a).encode() for a in args)
        self.process.stdin.write(b'runcommand\n')
        self.process.stdin.write(struct.pack('>I', len(data)) + data)
        self.process.stdin.flush()
        out = []
        while True:
            channel, data = self.read()
            if channel == b'r':
                assert struct.unpack('>i', data) == (0,), out
                return b''.join(out).decode()
            out.append(data)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait() == 0


def test_command_server(hg, repo):
    query = ('log', '-T', '{rev} ', '-r', 'heads(all()) + only(tip, 3)')
    if hg.counts.exists():
        hg.counts.unlink()
    server = CommandServer(hg, repo)
    for step in range(3):
        assert server.run(*query) == hg.out('-R', repo, *query, plain=True)
        # by another process, while the server has the index mapped
        hg.run('-R', repo, 'debugbuilddag', '--from-existing', '*5 +3', plain=True)
        assert server.run(*query) == hg.out('-R', repo, *query, plain=True)
        hg.run(
            '-R',
            repo,
            '--config',
            'extensions.strip=',
            'strip',
            '-q',
            '--no-backup',
            '-r',
            'tip',
            plain=True,
        )
    assert server.run(*query) == hg.out('-R', repo, *query, plain=True)
    server.run('commit', '-m', 'by the server', '--config', 'ui.allowemptycommit=yes')
    assert server.run(*query) == hg.out('-R', repo, *query, plain=True)
    if hg.counts.exists():
        hg.counts.unlink()
    server.close()
    assert hg.served()['missing'] >= 8
    assert not [why for why in hg.declined() if 'error' in why]


def test_hgweb(hg, repo):
    # many uis and repositories in one process, which loads extensions for each
    (hg.folder / 'serve.py').write_text(
        textwrap.dedent(
            """
            import io, sys
            from mercurial import demandimport
            from mercurial.hgweb import hgweb

            for round in range(2):
                app = hgweb(sys.argv[1].encode())
                for path in '/graph/60', '/log/30', '/rev/50', '/branches':
                    environ = {
                        'REQUEST_METHOD': 'GET', 'SCRIPT_NAME': '',
                        'PATH_INFO': path, 'QUERY_STRING': 'style=raw',
                        'SERVER_NAME': 'x', 'SERVER_PORT': '80',
                        'SERVER_PROTOCOL': 'HTTP/1.0',
                        'wsgi.url_scheme': 'http', 'wsgi.version': (1, 0),
                        'wsgi.input': io.BytesIO(), 'wsgi.errors': sys.stderr,
                        'wsgi.multithread': False, 'wsgi.multiprocess': False,
                        'wsgi.run_once': False,
                    }
                    status = []
                    body = app(environ, lambda s, h, e=None: status.append(s))
                    body = b''.join(body)
                    print(path, status, len(body))
                    sys.stdout.flush()
                    sys.stdout.buffer.write(body)
            """
        )
    )
    pages = []
    for rc in (hg.plainrc, hg.rc):
        if hg.counts.exists():
            hg.counts.unlink()
        done = subprocess.run(
            [sys.executable, str(hg.folder / 'serve.py'), str(repo)],
            env=environment(rc, hg.counts, HGMODULEPOLICY='py' if PYPY else 'c'),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert done.returncode == 0, done.stderr.decode()
        pages.append(done.stdout)
    assert b"'200" in pages[0]
    assert pages[0] == pages[1]
    assert any(hg.served().values())


def test_no_trace_in_the_environment(hg, repo):
    # nothing but what Mercurial itself would say about any extension
    plain = hg.out('-R', repo, 'config', 'vermilion', plain=True, check=False)
    assert not plain
    text = hg.out('help', 'vermilion')
    assert 'min-revisions' in text and 'enabled' not in text.splitlines()[0]
    assert 'vermilion' in hg.out('debugextensions')
    assert os.listdir(repo) == ['.hg']


# -- what PyPy takes long for ---------------------------------------------------


def test_dates_of_diffs():
    module = types.SimpleNamespace(datestr=dateutil.datestr)
    pypycompat.wrapdateutil(module)
    for args in [((0, 0),), ((0, 0), b'%Y'), ((0, 3600),), ((1, 0),), ((0.0, 0),)]:
        for _ in range(2):
            assert module.datestr(*args) == dateutil.datestr(*args)
    assert module.datestr(date=(0, 0)) == dateutil.datestr((0, 0))
    assert module.datestr.__code__.co_argcount == dateutil.datestr.__code__.co_argcount


@pytest.mark.skipif(not PYPY, reason="a repair of PyPy's library")
def test_the_system_s_name(monkeypatch):
    pypycompat.wrapplatform(platform)
    monkeypatch.setattr(platform, '_uname_cache', None)
    monkeypatch.setattr(subprocess, 'check_output', None)
    assert platform.system() == platform.uname().system == os.uname().sysname
    monkeypatch.undo()
    assert platform.uname()[0] == os.uname().sysname
    assert platform.uname()[1:5] == tuple(os.uname())[1:]
    assert len(platform.uname()) == 6


@pytest.mark.skipif(
    not hasattr(getattr(manifest, '_LazyManifest', manifest._lazymanifest), 'findlines'),
    reason='before 6.9, a Mercurial in C has no class in Python',
)
def test_lines_of_a_manifest():
    def lines(text):
        block = _native.manifest_lines(text)
        return block if block is None else array('i', block).tolist()

    pure = getattr(manifest, '_LazyManifest', manifest._lazymanifest)

    def found(text):
        """What Mercurial's class for PyPy finds; None if it complains."""
        findlines = pure.findlines
        findlines = getattr(findlines, '_origfunc', findlines)
        try:
            return findlines(None, text)
        except ValueError:
            return None

    rng = random.Random(5)
    for _ in range(2000):
        names = [
            bytes(rng.choices(b'ab/\xff', k=rng.randrange(1, 6))) for _ in range(rng.randrange(9))
        ]
        names.sort()
        text = b''.join(b'%s\0%s\n' % (name, b'0' * 40) for name in names)
        assert lines(text) == found(text) is not None
        if text:
            at = rng.randrange(len(text))
            text = text[:at] + bytes(rng.choices(b'a\n\0', k=rng.randrange(2))) + text[at + 1 :]
        mine = lines(text)
        assert mine is None or mine == found(text)
    assert lines(b'b\0\na\0\n') is None is lines(b'a\0') is lines(b'a\n')


def test_long_texts():
    text = b''.join(b'%06d\0%s\n' % (n, b'0' * 40) for n in range(3000))
    assert len(text) > seams._LONG
    assert seams._findlines(None, None, text) == list(range(0, len(text), 48))
    assert seams._findlines(lambda self, data: [7], None, text[1:] + text) == [7]
    assert seams._findlines(lambda self, data: [8], None, text[:480]) == [8]

    noise = random.Random(3).randbytes(seams._LONG)
    for data in (noise, noise * 3, text + noise):
        packed = zlib.compress(data)
        assert _native.inflate(packed) == data
        assert seams._inflate(lambda data: None, memoryview(packed)) == data
        for bad in (packed[:-1], packed[:100], packed[:-4] + b'1234', b'x' + noise, b'u' + data):
            assert _native.inflate(bad) is None
            assert seams._inflate(lambda data: data, bad) is bad
    assert seams._inflate(zlib.decompress, zlib.compress(b'short')) == b'short'
    assert seams._inflate(zlib.decompress, packed, 15) == data
