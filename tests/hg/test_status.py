# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands about the working copy: the same output and the same dirstate.

Each session of commands runs twice, with the extension and without it, on copies of
one working copy whose files have the same time stamps.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import struct
from pathlib import Path

import pytest
from hgtools import KNOWS_V2, PYPY, THOROUGH, seeded, some
from vermilion import _native

OLD = 1_000_000_000
NEW = 1_500_000_000
FORMATS = {
    'v1': ['--config', 'format.use-dirstate-v2=no'],
    'v2': ['--config', 'format.use-dirstate-v2=yes'],
}
if not KNOWS_V2:
    del FORMATS['v2']
SLOW = ('--config', 'storage.dirstate-v2.slow-path=allow')

IGNORE = 'syntax: glob\n*.o\nbuild\nsyntax: regexp\n^skip/\n'


def tree(root):
    for name in (
        'a', 'b', 'dir/a', 'dir/b', 'dir/deep/er/c', 'other/x', 'other/y', 'a.o',
        'build/out', 'skip/tracked', 'name with space', 'é', 'z.sh',
    ):  # fmt: skip
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name + '\n')
    (root / 'z.sh').chmod(0o755)
    (root / 'link').symlink_to('a')
    (root / '.hgignore').write_text(IGNORE)
    age(root, OLD)


def age(root, seconds):
    """Give all files and directories the same time stamp, which is to be trusted."""
    for folder, folders, files in os.walk(root, topdown=False):
        if '.hg' in folders and folder == str(root):
            folders.remove('.hg')
        if '/.hg' in folder:
            continue
        for name in files + folders:
            os.utime(os.path.join(folder, name), (seconds, seconds), follow_symlinks=False)
    os.utime(root, (seconds, seconds))


def without_new_times(data):
    """A dirstate-v1 without the time stamps of files that a command wrote just now.

    Such a file has none if it could be written again within the same moment.
    """
    made = bytearray(data)
    at = 40
    while at < len(made):
        _state, _mode, _size, mtime, length = struct.unpack_from('>cllll', made, at)
        if mtime > NEW:
            struct.pack_into('>l', made, at + 9, -1)
        at += 17 + length
    return bytes(made)


def in_order_of_names(data):
    """The entries of a dirstate-v1 sorted by name."""
    entries, at = [], 40
    while at < len(data):
        end = at + 17 + struct.unpack_from('>l', data, at + 13)[0]
        entries.append((data[at + 17 : end], data[at:end]))
        at = end
    return data[:40] + b''.join(entry for _name, entry in sorted(entries))


class Twins:
    """Two copies of a working copy, at the same path in turn."""

    def __init__(self, hg, format):
        self.hg = hg
        self.format = format
        self.options = [*SLOW, *FORMATS[format]]
        self.root = hg.folder / 'repo'
        self.copies = {True: hg.folder / 'plain', False: hg.folder / 'ours'}
        self.now = OLD

    def start(self, make, kept=None):
        """``make`` gets a function that runs a command without the extension.

        It is not called where there is ``kept``, a folder with what it made before.
        """
        kept = kept or self.hg.folder / 'kept'
        if not kept.exists():
            self._run('init', str(self.root), plain=True, cwd=self.hg.folder)
            make(lambda *args: self._run(*args, plain=True))
            self.root.rename(kept)
        for copy in self.copies.values():
            shutil.copytree(kept, copy, symlinks=True)

    def _run(self, *args, plain, cwd=None, **more):
        args = [*args, *self.options]
        return self.hg.run(*args, cwd=cwd or self.root, plain=plain, check=False, **more)

    @contextlib.contextmanager
    def _here(self, plain):
        self.copies[plain].rename(self.root)
        try:
            yield
        finally:
            self.root.rename(self.copies[plain])

    def change(self, function):
        """Do something to both."""
        for plain in (True, False):
            with self._here(plain):
                function(self.root)

    def age(self):
        """Let all files have been written some time ago."""
        self.now += 100
        self.change(lambda root: age(root, self.now))

    def same(self, *args, **more):
        """Run a command in both; the same must come out. Return it."""
        results = []
        for plain in (True, False):
            with self._here(plain):
                results.append(self._run(*args, plain=plain, **more))
        assert results[1] == results[0], args
        return results[1]

    def same_state(self, ordered=True):
        """The dirstates must say the same, in the same order."""
        wanted, ours = [self._state(plain, ordered) for plain in (True, False)]
        assert ours == wanted

    def _state(self, plain, ordered):
        """What the dirstate is, as bytes for version 1, else as read without Rust."""
        folder = self.copies[plain] / '.hg'
        data = (folder / 'dirstate').read_bytes() if (folder / 'dirstate').exists() else b''
        if not data.startswith(b'dirstate-v2\n'):
            data = without_new_times(data)
            return data if ordered else in_order_of_names(data)
        with self._here(plain):
            listed = self._run('debugstate', plain=True)
        # Mercurial may leave old data files behind when it amends.
        names = [path.name.encode() for path in folder.glob('dirstate.*')]
        assert any(name[len('dirstate.') :] in data for name in names)
        times = re.compile(r'unset              |20[2-9]\d-\S+ \S+')
        return data[12 : 12 + 64], times.sub('-', listed[1])


@pytest.fixture(params=FORMATS)
def twins(hg, request):
    return Twins(hg, request.param)


@pytest.fixture
def started(twins, kept):
    def make(run):
        tree(twins.root)
        assert run('add', 'skip/tracked')[0] == 0
        assert run('commit', '-A', '-m', 'one')[0] == 0
        (twins.root / 'a').write_text('other\n')
        run('commit', '-m', 'two', '-d', '1 0')
        run('update', '-q', '0')
        (twins.root / 'b').write_text('branch\n')
        (twins.root / 'dir/new').write_text('new\n')
        run('add', 'dir/new')
        run('commit', '-m', 'three', '-d', '2 0')
        age(twins.root, OLD)
        run('status')

    twins.start(make, kept / ('started-' + twins.format))
    return twins


QUESTIONS = [
    ['status'],
    ['status', '-A'],
    ['status', '-mard'],
    ['status', '-i'],
    ['status', '-u', '-0'],
    ['status', '-c', '-n'],
    ['status', '-C', '-A'],
    ['status', '--rev', '0'],
    ['status', '--change', '.'],
    ['status', '-t', 'muai'],
    ['status', '-A', 'dir'],
    ['status', '-A', 'dir', 'dir/deep'],
    ['status', 'a', 'nowhere', 'dir/nowhere', 'a.o', 'build'],
    ['status', '-A', 'glob:*/x', 're:^d', 'set:clean()'],
    ['status', '-A', '-I', 'dir', '-X', 'dir/deep'],
    ['status', '-A', '-I', '**.o', '-X', 'path:build'],
    ['status', '-A', 'rootfilesin:dir'],
    ['status', '-mard', 'listfile:.hgignore'],
    ['diff', '--nodates'],
    ['diff', '--nodates', '-r', '0', 'dir'],
    ['summary'],
    ['files'],
    ['files', 'dir', '-I', '**a'],
    ['files', 'set:unknown() or ignored() or added()'],
    ['addremove', '-n', '-s', '80'],
    ['purge', '-p', '--all'],
    ['identify'],
    ['resolve', '-l'],
    ['debugstate', '--no-dates'],
    ['debugignore', 'a.o', 'build/out', 'a'],
    ['debugwalk', 'dir'],
]


def disturb(root):
    (root / 'a').write_text('changed\n')
    (root / 'b').unlink()
    (root / 'dir/a').unlink()
    (root / 'dir/a').mkdir()
    (root / 'dir/a/file').write_text('')
    shutil.rmtree(root / 'other')
    (root / 'other').symlink_to('dir')
    (root / 'z.sh').chmod(0o644)
    (root / 'link').unlink()
    (root / 'link').write_text('a')
    (root / 'nested/.hg').mkdir(parents=True)
    (root / 'nested/file').write_text('')
    (root / 'skip/unknown').write_text('')
    (root / 'dir/unknown').write_text('')
    (root / 'dir/deep/unknown.o').write_text('')
    os.mkfifo(root / 'fifo')
    with open(os.fsencode(root) + b'/\xff\nodd', 'wb'):
        pass
    (root / ('l' * 255)).write_text('')


def test_questions(started):
    started.change(disturb)
    for args in QUESTIONS:
        started.same(*args)
    started.same_state()
    assert started.hg.run('-R', started.copies[False], 'status', *started.options)[1]
    assert started.hg.served()['status']


def test_files_that_must_not_be_read(started):
    """Mercurial gives up where it would have to read beyond a symlink or in a repository."""

    def change(root):
        os.utime(root / 'dir/a', (NEW, NEW))
        os.utime(root / 'other/x', (NEW, NEW))
        (root / 'dir/.hg').mkdir()
        (root / 'other').rename(root / 'moved')
        (root / 'other').symlink_to('moved')

    started.change(change)
    for args in ('status', '-mard', 'dir'), ('status', '-mard', 'other'), ('status', '-A'):
        started.same(*args)
    assert started.same('status', '-mard')[0] == 255
    for resized in ('dir/a', 'other/x'):
        started.change(lambda root: (root / resized).write_text('of another size\n'))
    assert started.same('status', '-mard')[1] == 'M dir/a\nM other/x\n'
    started.same('diff', '--nodates', 'dir')


def configured(twins, text):
    """Add to the configuration of both."""
    for rc in (twins.hg.rc, twins.hg.plainrc):
        rc.write_text(rc.read_text() + text)


SLOWLY = '[storage]\ndirstate-v2.slow-path = allow\n'
HEAD_STARTS = [
    (['status'], True),
    (['st', '-mard'], True),
    (['stat', '-uiC'], True),
    (['status', '-n0', '-A'], True),
    (['status', '--all'], True),
    (['--quiet', 'status', '-A'], True),
    (['-q', 'st'], True),
    (['st', '-t', 'ui'], True),
    (['stat', 'dir'], True),
    (['status', 'skip', 'dir', 'dir', '--unknown'], True),
    (['status', '.', 'dir'], True),
    (['status', '-T', '{path}\n', '--config', 'ui.tweakdefaults=yes'], True),
    (['diff', '--git'], True),
    (['dif', '--stat', '-w', 'dir'], True),
    (['sta', '--config', 'alias.sta=status -mi', '--verbose'], True),
    (['st', '--config', 'defaults.status=-A'], True),
    (['status', 'a'], False),
    (['status', 'glob:d*'], False),
    (['status', '-I', 'dir'], False),
    (['status', '--rev', '0'], False),
    (['diff', '-c', '1'], False),
    (['summary'], False),
]


def plainly(twins, *args, cwd=None):
    """Run the same command with nothing but its own arguments; what was served."""
    if twins.options:
        configured(twins, SLOWLY)
        twins.options = []
    twins.same(*args, cwd=cwd)
    return twins.hg.served()


def test_head_start(started):
    started.change(disturb)
    for args, used in HEAD_STARTS:
        assert plainly(started, *args)['head-start'] == used, args
    for args in (['status'], ['status', '.'], ['st', '../skip', '.'], ['-R', '..', 'diff']):
        assert plainly(started, *args, cwd=started.root / 'dir')['head-start'] == 1, args
    root = str(started.root)
    for args in (['-R', root, 'status'], ['--cwd', root, 'st', '-A'], ['diff', '--repo', root]):
        assert plainly(started, *args, cwd=started.root.parent)['head-start'] == 1, args
    started.same_state()


def test_head_start_reads_ahead_for_a_diff(started):
    started.change(disturb)
    # Mercurial keeps manifests that it has written.
    started.change(lambda root: (root / '.hg/wcache/manifestfulltextcache').unlink())
    for flags in ([], ['-g']):
        served = plainly(started, 'diff', *flags)
        assert served['head-start'] == served['read-ahead'] == 1
    assert not plainly(started, 'status')['read-ahead']
    # files of which only the contents tell
    started.change(lambda root: (root / 'b').write_text('BRANCH\n'))
    assert plainly(started, 'diff')['read-ahead'] == 1
    started.change(lambda root: (root / '.hg/store/00manifest.i').write_bytes(b'broken'))
    assert started.same('diff')[0] != 0


def test_reading_ahead(started):
    started.change(disturb)
    started.copies[False].rename(started.root)
    root = os.fsencode(started.root)
    v2 = 'format.use-dirstate-v2=yes' in started.options

    def out(*args):
        return started.hg.out(*args, *started.options, cwd=started.root)

    revs = out('log', '-r', '.', '-T', '{node} ') + out(
        'log', '-r', '.', '-T', '{manifest}', '--debug'
    )
    changeset, manifest = revs.split()
    node = bytes.fromhex(manifest.partition(':')[2])
    debugged = out('debugdata', '-m', node.hex()).encode()

    def ahead(diff=True):
        return _native.head_start(root, v2, [], ([b''], True, [], []), 0, diff)

    reader = ahead()
    assert reader.manifest_text(node) == debugged
    assert reader.manifest_text(node) is None
    assert ahead().manifest_text(b'\0' * 20) is None
    assert ahead(diff=False).manifest_text(node) is None
    working_copy, names = _native.open_working_copy(root, []), b'a\0z.sh\0'
    for p1 in (bytes.fromhex(changeset), bytes(20)):
        expected = working_copy.compare(p1, names, None, lambda done: None, None)
        reader = ahead()
        assert working_copy.compare(p1, names, None, lambda done: None, reader) == expected
        assert reader.manifest_text(node) is None  # it has been used, or was of no use


CHANGES_FILES = [
    '[hooks]\npre-status = echo changed >> b\n',
    '[extensions]\nother = {folder}/other.py\n',
]
NO_HEAD_START = [
    '[extensions]\nwraps = {folder}/wraps.py\n',
    '[vermilion]\nhead-start = no\n',
    '[vermilion]\nstatus = no\n',
]


def test_head_start_after_others_have_changed_files(started):
    other, wraps = started.hg.folder / 'other.py', started.hg.folder / 'wraps.py'
    other.write_text(
        'def reposetup(ui, repo):\n'
        "    with open(repo.wjoin(b'b'), 'ab') as f:\n"
        "        f.write(b'changed')\n"
    )
    wraps.write_text(
        'from mercurial import commands, extensions\n'
        'def status(orig, ui, repo, *args, **opts):\n'
        "    with open(repo.wjoin(b'b'), 'ab') as f:\n"
        "        f.write(b'changed')\n"
        '    return orig(ui, repo, *args, **opts)\n'
        'def uisetup(ui):\n'
        "    extensions.wrapcommand(commands.table, b'status', status)\n"
    )
    before = {rc: rc.read_text() for rc in (started.hg.rc, started.hg.plainrc)}
    for used, texts in ((1, CHANGES_FILES), (0, NO_HEAD_START)):
        for text in texts:
            configured(started, SLOWLY + text.format(folder=started.hg.folder))
            started.options = []
            assert plainly(started, 'status')['head-start'] == used, text
            for rc, was in before.items():
                rc.write_text(was)


def test_head_start_with_rules_from_the_configuration(started):
    (started.hg.folder / 'rules').write_text('re:^unknown$\n')
    started.change(lambda root: (root / 'unknown').write_text(''))
    configured(started, '[ui]\nignore.x = %s/rules\n' % started.hg.folder)
    assert plainly(started, 'status')['head-start'] == 1
    assert plainly(started, 'status', '-i')['head-start'] == 1


def watched(twins, text):
    """Put an extension beside ours that is taken for harmless."""
    other = twins.hg.folder / 'other.py'
    other.write_text(
        'from hgext3rd.vermilion import headstart\nheadstart._changesfiles = lambda ui: False\n'
        + text
    )
    twins.hg.rc.write_text(
        twins.hg.rc.read_text() + '[extensions]\naaa = %s\nvermilion =\n' % other
    )


def test_head_start_and_a_dirstate_that_changes(started):
    """What another process writes while Mercurial starts is what counts."""
    mark = started.hg.folder / 'replaced'
    watched(
        started,
        'import os, shutil, time\n'
        'begin = headstart._begin\n'
        'def begun(*args):\n'
        '    begin(*args)\n'
        '    if headstart._begun:\n'
        '        time.sleep(0.5)  # it has read the dirstate by then\n'
        "        path = os.path.join(os.getcwdb(), b'.hg/dirstate')\n"
        "        shutil.copy(path, path + b'.new')\n"
        "        os.replace(path + b'.new', path)\n"
        '        open(%r, "w").close()\n'
        'headstart._begin = begun\n' % str(mark),
    )
    started.change(disturb)
    served = plainly(started, 'status')
    assert served['status'] and not served['head-start'] and mark.exists()


def test_contents_of_revisions(started):
    started.change(disturb)
    for args in (['diff'], ['diff', '-c', '1'], ['cat', '-r', '0', 'a', 'dir/deep/er/c']):
        started.same(*args, '--nodates' if args[0] == 'diff' else '-v')
        served = started.hg.served()
        started.same(*args, '--config', 'vermilion.contents=no')
        # Of two revisions, they are read and compared in one go.
        assert served['contents'] or served['diffs']
        assert not started.hg.served()['contents']


@pytest.mark.parametrize('args', [['-A'], ['-A', '.'], ['a', '../b'], ['-I', 'deep']])
def test_from_a_subdirectory(started, args):
    started.change(disturb)
    started.same('status', *args, cwd=started.root / 'dir')


def test_nothing_tracked(twins):
    def make(run):
        tree(twins.root)

    twins.start(make)
    for args in (['status'], ['status', '-A'], ['status', '-i'], ['diff'], ['files']):
        twins.same(*args)
    twins.same_state()


SESSIONS = {
    'add': [['add'], ['forget', 'a'], ['add', 'a'], ['status', '-A']],
    'remove': [['remove', 'a', 'dir'], ['status'], ['revert', '--all'], ['status', '-A']],
    'move': [
        ['move', 'dir', 'moved'],
        ['copy', 'a', 'copy of a'],
        ['status', '-C'],
        ['commit', '-m', 'x', '-d', '5 0'],
        ['status', '-C', '--rev', '.^'],
    ],
    'update': [['update', '-C', '1'], ['status', '-A'], ['update', '2'], ['status', '-A']],
    'merge': [
        ['merge', '1'],
        ['status', '-A'],
        ['debugstate', '--no-dates'],
        ['commit', '-m', 'merged', '-d', '5 0'],
        ['status', '-A'],
        ['update', '0'],
    ],
    'abandoned merge': [['merge', '1'], ['copy', 'a', 'c'], ['update', '-C', '.'], ['status']],
    'amend': [
        ['copy', 'a', 'dir/copy'],
        ['commit', '--amend', '-m', 'y', '-d', '5 0'],
        ['status', '-A'],
        ['rollback', '--config', 'ui.rollback=yes'],
    ],
    'rebuild': [['remove', 'b'], ['debugrebuilddirstate'], ['status', '-A']],
    'null': [['update', 'null'], ['status', '-A'], ['update', 'tip']],
    'sparse': [
        [*command, '--config', 'extensions.sparse=']
        for command in (
            ['debugsparse', '-I', 'dir', '-I', 'b'],
            ['status', '-A'],
            ['status', '-A', 'dir', 'other'],
            ['addremove', '-n'],
            ['files'],
            ['debugsparse', '-X', 'dir/deep', '--force'],
            ['status', '-mard'],
            ['diff', '--nodates'],
            ['commit', '-m', 'sparse', '-d', '5 0'],
            ['debugsparse', '--reset', '--force'],
            ['status', '-A'],
        )
    ],
    'formats': [
        ['debugformat', 'dirstate-v2'],
        ['debugupgraderepo', '--run', '--config', 'format.use-dirstate-v2=yes'],
        ['status', '-A'],
        ['debugupgraderepo', '--run', '--config', 'format.use-dirstate-v2=no'],
        ['status', '-A'],
    ],
}


def quiet(args):
    """What ``hg debugupgraderepo`` prints has temporary names and time."""
    return [*args, '-q'] if args[0] == 'debugupgraderepo' else args


# What PyPy could do otherwise is in some of them; each command takes half a second there, and each
# runs twice.
FEW = ('add', 'move', 'update', 'merge')


@pytest.mark.parametrize('name', FEW if PYPY and not THOROUGH else SESSIONS)
def test_sessions(started, name):
    started.change(
        lambda root: [
            (root / 'dir/b').write_text('changed\n'),
            (root / 'other/x').unlink(),
            (root / 'unknown').write_text(''),
        ]
    )
    for args in SESSIONS[name]:
        started.age()
        if args[0] == 'debugupgraderepo':
            for plain in (True, False):
                with started._here(plain):
                    assert started._run(*quiet(args), plain=plain)[0] == 0
        else:
            started.same(*args)
        started.same_state()


def test_touched_files_are_noted(started):
    """Clean files whose time stamps have changed: the dirstate learns the new ones."""
    started.age()
    started.same('status')
    started.same_state()
    started.age()
    started.same('status', '-mard', 'dir')
    started.same_state()


def random_steps(rng, root):
    """Change a few files, in a way that depends on ``rng`` only."""
    known = sorted(p for p in root.rglob('*') if '.hg' not in p.parts and not p.is_dir())
    for path in rng.sample(known, min(4, len(known))):
        kind = rng.randrange(5)
        if kind == 0:
            path.unlink()
        elif kind == 1 and not path.is_symlink():
            path.write_text('%d\n' % rng.randrange(3))
        elif kind == 2 and not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) ^ 0o100)
        elif kind == 3:
            path.with_name(path.name + '.new').write_text('new\n')
        else:
            path.unlink()
            path.symlink_to('a')


COMMANDS = [
    ['add'], ['addremove', '-s', '50'], ['forget', 'glob:**a'], ['remove', '-A', 'dir'],
    ['remove', '-f', 'b'], ['copy', '-f', 'a', 'dir/copy'], ['move', '-f', 'dir/b', 'moved'],
    ['commit', '-m', 'c', '-d', '7 0'], ['commit', '-m', 'part', '-d', '8 0', 'dir'],
    ['revert', '-a', '--no-backup'], ['revert', '-r', '0', 'a'], ['update', '-C', '1'],
    ['update', '-C', 'tip'], ['update', '-m', '0'], ['merge', '--tool', ':local', '1'],
    ['status'], ['status', '-A'], ['status', '-u'], ['status', 'dir'], ['diff', '--nodates'],
    ['commit', '--amend', '-m', 'd', '-d', '9 0'],
    ['purge'], ['shelve', '-n', 'x'], ['unshelve', '-n', 'x'], ['debugrebuilddirstate'],
]  # fmt: skip


@pytest.mark.parametrize('seed', some(range(4)))
def test_random_sessions(started, seed):
    ordered = True
    for number in range(6 if PYPY else 15):
        key = (seed, number)
        started.change(lambda root: random_steps(seeded(*key), root))
        started.age()
        command = seeded('command', *key).choice(COMMANDS)
        started.same(*command, '--config', 'extensions.shelve=')
        # Mercurial's addremove takes files in the order in which the system lists them.
        ordered = ordered and command[0] != 'addremove'
        started.same_state(ordered)
    started.same('status', '-A')


def test_files_written_in_the_same_second(hg):
    """Not aged: Mercurial must look into files, with and without the extension."""
    root = Path(hg.folder / 'fresh')
    hg.run('init', root, plain=True)
    for number in range(3):
        for name in ('one', 'two', 'three'):
            (root / name).write_text('%d%s' % (number, name[:1]))
        hg.same('-R', root, 'status', '-A')
        hg.run('-R', root, 'commit', '-A', '-q', '-m', str(number))
        (root / 'two').write_text('%dT' % number)
        assert hg.same('-R', root, 'status') == 'M two\n'


@pytest.mark.skipif(not KNOWS_V2, reason="this Mercurial's dirstate-v2 is left to it")
def test_long_data_files_are_appended_to(hg):
    root = Path(hg.folder / 'long')
    options = [*SLOW, *FORMATS['v2']]
    hg.run('init', root, *options)
    for number in range(900):
        path = root / str(number // 30) / ('a file with a name that is rather long, %d' % number)
        path.parent.mkdir(exist_ok=True)
        path.write_text('')
    hg.run('-R', root, 'commit', '-A', '-q', '-m', 'long', *options)
    age(root, OLD)
    hg.run('-R', root, 'status', *options)
    (before,) = (root / '.hg').glob('dirstate.*')
    whole = before.read_bytes()
    hg.run('-R', root, 'forget', next(root.glob('*/* 5')), *options)
    (after,) = (root / '.hg').glob('dirstate.*')
    assert after == before
    appended = after.read_bytes()
    assert len(whole) < len(appended) and appended.startswith(whole)
    hg.same('-R', root, 'debugstate', *options)
    hg.same('-R', root, 'debugstate', '--docket', *options)
    hg.same('-R', root, 'status', '-A', *options)
