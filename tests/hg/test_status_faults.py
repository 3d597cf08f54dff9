# SPDX-License-Identifier: GPL-2.0-or-later
"""What can go wrong around a status: damage, other processes, signals, odd trees."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from hgtools import HG, PYPY, environment
from test_status import FORMATS, SLOW, age, tree

TESTS = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(params=FORMATS)
def repo(hg, request, kept):
    """A working copy with a few changes; what is wrong with it is the same for both."""
    root = hg.folder / 'repo'
    before = kept / ('repo-' + request.param)
    if not before.exists():
        hg.run('init', root, *FORMATS[request.param], *SLOW, plain=True)
        tree(root)
        hg.run('-R', root, 'commit', '-q', '-A', '-m', 'one', *SLOW, plain=True)
        age(root, 1_000_000_000)
        hg.run('-R', root, 'status', *SLOW, plain=True)
        root.rename(before)
    shutil.copytree(before, root, symlinks=True)
    (root / 'a').write_text('changed')
    (root / 'b').unlink()
    (root / 'new').write_text('')
    return root


def both(hg, root, *args, **more):
    return hg.same(*args, *SLOW, cwd=root, check=False, **more)


def states(root):
    return {f.name: f.read_bytes() for f in sorted((root / '.hg').glob('dirstate*'))}


def test_locked_by_another_process(hg, repo):
    """Status says what there is to say, and leaves the dirstate alone."""
    (repo / '.hg/wlock').symlink_to('elsewhere:1')
    age(repo, 1_000_000_100)
    before = states(repo)
    both(hg, repo, 'status', '-A')
    both(hg, repo, 'add', 'new', '--config', 'ui.timeout=0')
    assert states(repo) == before


def test_read_only(hg, repo):
    age(repo, 1_000_000_100)
    before = states(repo)
    for folder in (repo / '.hg', repo):
        folder.chmod(0o555)
    try:
        both(hg, repo, 'status', '-A')
        both(hg, repo, 'diff')
        both(hg, repo, 'add', 'new')
        assert states(repo) == before
    finally:
        for folder in (repo / '.hg', repo):
            folder.chmod(0o755)


def test_unreadable(hg, repo):
    for name, mode in (('dir', 0), ('build', 0o400), ('other', 0o100)):
        (repo / name).chmod(mode)
    (repo / 'dir2').mkdir(mode=0)
    for args in (['-A'], ['-mard'], ['-i'], ['dir', 'other'], ['dir/a', 'dir2']):
        lines = [
            [code, out, sorted(err.splitlines())]
            for code, out, err in (
                hg.run('-R', repo, 'status', *args, *SLOW, check=False, plain=plain)
                for plain in (True, False)
            )
        ]
        assert lines[0] == lines[1]
    for name in ('dir', 'build', 'other', 'dir2'):
        (repo / name).chmod(0o755)


@pytest.mark.parametrize('mode', [0, 0o200])
def test_unreadable_dirstate(hg, repo, mode):
    for path in (repo / '.hg').glob('dirstate*'):
        path.chmod(mode)
    both(hg, repo, 'status')
    both(hg, repo, 'add', 'new')


def full_disk(limit):
    def act():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return act


def run(hg, root, *args, plain=False, preexec=None, extra=(), counts=None, **environ):
    return subprocess.run(
        [sys.executable, HG, *args, *SLOW, *extra],
        cwd=root,
        env=environment(
            hg.plainrc if plain else hg.rc, counts, PYTHONDONTWRITEBYTECODE='1', **environ
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=preexec,
        timeout=300,
    )


@pytest.mark.parametrize('limit', [100] if PYPY else [0, 100, 300])
def test_full_disk(hg, repo, limit):
    """The old dirstate stays, and the same is said."""
    for args in (['add', 'new'], ['status', '-A']):
        age(repo, 1_000_000_100)
        before = states(repo)
        results = []
        for plain in (True, False):
            copy = shutil.copytree(repo, repo.with_name('copy'), symlinks=True)
            done = run(hg, copy, *args, plain=plain, preexec=full_disk(limit))
            same = (copy / '.hg/dirstate').read_bytes() == before['dirstate']
            results.append((done.returncode, done.stdout, done.stderr, same))
            after = run(hg, copy, 'status', '-A', plain=True)
            results[-1] += (after.returncode, after.stdout, after.stderr)
            shutil.rmtree(copy)
        assert results[1] == results[0]


KILL = """
import os
from mercurial import util, vfs
def reposetup(ui, repo):
    early = os.environ['KILL_AT'] == '0'
    opener = repo.dirstate._opener
    class killed(opener.__class__):
        def __call__(self, name, mode=b'r', *args, **kwargs):
            fp = super().__call__(name, mode, *args, **kwargs)
            if b'dirstate' in name and mode != b'r' and mode != b'rb':
                if early:
                    os.kill(os.getpid(), 9)
                fp = Proxy(fp)
            return fp
    class Proxy:
        def __init__(self, fp):
            self.__dict__['fp'] = fp
        def __getattr__(self, name):
            return getattr(self.fp, name)
        def __setattr__(self, name, value):
            setattr(self.fp, name, value)
        def __enter__(self):
            self.fp.__enter__()
            return self
        def __exit__(self, *args):
            return self.fp.__exit__(*args)
        def write(self, data):
            self.fp.write(data[: len(data) // 2])
            try:
                self.fp._fp.flush()
            except AttributeError:
                self.fp.flush()
            os.kill(os.getpid(), 9)
    opener.__class__ = killed
"""


@pytest.mark.parametrize('at', [1] if PYPY else [0, 1])
def test_killed_while_writing(hg, repo, at):
    """Whoever comes next finds the dirstate as it was."""
    helper = hg.folder / 'kill.py'
    helper.write_text(KILL)
    extra = ['--config', 'extensions.kill=%s' % helper]
    wanted = run(hg, repo, 'status', '-A', plain=True).stdout
    for args in (['status'], ['add', 'new']):
        age(repo, 1_000_000_100)
        before = states(repo)
        os.environ['KILL_AT'] = str(at)
        try:
            done = run(hg, repo, *args, extra=extra)
        finally:
            del os.environ['KILL_AT']
        assert done.returncode == -9, done
        after = states(repo)
        assert after['dirstate'] == before['dirstate']
        for name, data in before.items():
            assert after[name].startswith(data)
        for plain in (True, False):
            assert run(hg, repo, 'status', '-A', plain=plain).stdout == wanted


def damages(data):
    """A few of everything that can have happened to a file."""
    length = len(data)
    for cut in sorted({0, 1, 12, 39, 40, 41, 44, 60, 100, length // 2, length - 1}):
        if cut < length:
            yield data[:cut]
    yield data + b'\0' * 7
    yield b'\xff' * length
    step = max(1, length // (10 if PYPY else 24))
    for start in range(0, length, step):
        for fill in (b'\0', b'\xff'):
            yield data[:start] + fill * min(9, length - start) + data[start + 9 :]


DAMAGED = """
import os, sys
from io import BytesIO
from mercurial import dispatch, main_script

root = os.fsencode(sys.argv[1])
sys.path[:0] = [os.environ['TESTS']]
from test_status_faults import damages

os.environ['HGPLAIN'] = '1'
for name in sorted(os.listdir(root + b'/.hg')):
    if not name.startswith(b'dirstate'):
        continue
    path = root + b'/.hg/' + name
    with open(path, 'rb') as f:
        whole = f.read()
    for number, data in enumerate(damages(whole)):
        with open(path, 'wb') as f:
            f.write(data)
        for args in ([b'status', b'-A'], [b'debugstate']):
            out, err = BytesIO(), BytesIO()
            req = main_script.request(
                [b'-R', root, *args, b'--config', b'storage.dirstate-v2.slow-path=allow'],
                fout=out, ferr=err,
            )
            try:
                code = dispatch.dispatch(req)
            except BaseException as error:
                code = type(error).__name__
            # Without the report of an exception that Mercurial does not catch.
            said = [l for l in err.getvalue().splitlines() if l[:2] not in (b'**', b'  ')]
            print(name[:9], number, args, code, out.getvalue(), said[-1:])
    with open(path, 'wb') as f:
        f.write(whole)
"""


def test_damaged(hg, repo):
    """Every damage: the same words and the same exit code."""
    # nothing may be written in the meantime
    (repo / '.hg/wlock').symlink_to('elsewhere:1')
    outputs = []
    for plain in (True, False):
        env = environment(hg.plainrc if plain else hg.rc, hg.counts, TESTS=TESTS)
        done = subprocess.run(
            [sys.executable, '-c', DAMAGED, str(repo)],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout.splitlines())
    assert len(outputs[0]) > 20
    assert len(outputs[0]) == len(outputs[1])
    different = [pair for pair in zip(*outputs) if pair[0] != pair[1]]
    assert not different, (len(different), len(outputs[0]), different[:3])


@contextlib.contextmanager
def commotion(root):
    """Somebody who renames, makes and removes files all the time."""
    stop = threading.Event()

    def work():
        number = 0
        while not stop.is_set():
            number += 1
            with contextlib.suppress(OSError):
                (root / 'dir').rename(root / 'dir2')
                (root / 'dir2').rename(root / 'dir')
            with contextlib.suppress(OSError):
                (root / ('t%d' % (number % 50))).write_text('')
                (root / ('t%d' % ((number + 7) % 50))).unlink()
            with contextlib.suppress(OSError):
                (root / 'other/x').unlink()
                (root / 'other/x').symlink_to('nowhere')
                (root / 'other/x').unlink()
                (root / 'other/x').mkdir()
                (root / 'other/x').rmdir()
                (root / 'other/x').write_text('')

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_files_that_come_and_go(hg, repo):
    with commotion(repo):
        for _ in range(8):
            code, out, err = hg.run('-R', repo, 'status', '-A', *SLOW, check=False)
            assert code == 0
            for line in err.splitlines():
                assert line.endswith('No such file or directory'), err
            assert '\nC name with space\n' in out
            assert hg.served()['status']


# Replaces a file by an older one as soon as native code has compared its contents.
REPLACED = """
import os
from hgext3rd.vermilion import contents
ask = contents.ask
def asked(part, function, *args):
    answer = ask(part, function, *args)
    if len(args) == 5:  # files compared with a parent, a method without a name on PyPy
        with open('other.new', 'w') as file:
            file.write(%r)
        os.utime('other.new', (10**9, 10**9))
        os.rename('other.new', 'a')
    return answer
contents.ask = asked
"""


@pytest.mark.parametrize('text', ['A text of some other length', 'A'])
def test_files_that_are_replaced_by_older_ones(hg, repo, text):
    (repo / 'a').write_text('a' if (repo / 'a').read_text() != 'a' else 'b')
    hg.run('commit', '-qm', 'two', 'a', *SLOW, cwd=repo, plain=True)
    age(repo, 1_000_000_100)  # so that its contents have to tell
    (hg.folder / 'replaced.py').write_text(REPLACED % text)
    replaced = 'extensions.replaced=%s' % (hg.folder / 'replaced.py')
    hg.run('status', '--config', replaced, *SLOW, cwd=repo)
    assert hg.served()['contents'] and (repo / 'a').read_text() == text
    assert both(hg, repo, 'status', '-m') == 'M a\n'


def test_files_that_keep_being_replaced(hg, repo):
    """Whatever was true while a status went on, later ones are not misled."""
    texts = {'other text\n': 999_999_999, 'a': 1_000_000_000}
    (repo / 'a').write_text('a')
    hg.run('commit', '-qm', 'two', 'a', *SLOW, cwd=repo, plain=True)
    done = threading.Event()

    def replace():
        while not done.is_set():
            for text, when in texts.items():
                (hg.folder / 'other').write_text(text)
                os.utime(hg.folder / 'other', (when, when))
                os.replace(hg.folder / 'other', repo / 'a')

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        for _ in range(5 if PYPY else 25):
            hg.run('status', *SLOW, cwd=repo)
    finally:
        done.set()
        thread.join()
    for text, when in texts.items():
        (repo / 'a').write_text(text)
        os.utime(repo / 'a', (when, when))
        assert both(hg, repo, 'status', '-m') == ('' if text == 'a' else 'M a\n')


def test_symlink_loops(hg, repo):
    (repo / 'loop').symlink_to('loop')
    (repo / 'up').symlink_to('..')
    shutil.rmtree(repo / 'dir')
    (repo / 'dir').symlink_to('dir')
    both(hg, repo, 'status', '-A')
    both(hg, repo, 'status', 'dir/a', 'loop/x')
    both(hg, repo, 'status', '-mard')


def test_deep(hg, repo):
    """5,000 directories, one in the other: longer than a path may be."""
    at = os.open(repo, os.O_RDONLY)
    for _ in range(5000):
        os.mkdir('d', dir_fd=at)
        below = os.open('d', os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    try:
        for args in (['status'], ['status', '-mard'], ['status', 'a']):
            results = []
            for plain in (True, False):
                code, out, err = hg.run('-R', repo, *args, *SLOW, check=False, plain=plain)
                results.append((code, out, err.splitlines()[-1:]))
            assert results[0] == results[1]
    finally:
        subprocess.run(['rm', '-rf', str(repo / 'd')], check=True)


def test_interrupted(hg, tmp_path):
    """Ctrl-C ends a long walk at once."""
    root = tmp_path / 'wide'
    hg.run('init', root)
    for number in range(150):
        for other in range(100):
            os.makedirs(root / str(number) / str(other))
    # No answer in time: every directory is looked at through a slow ignore rule.
    (root / '.hgignore').write_text('syntax: regexp\n' + 'nothing.*(a|b|c){1,50}x\n' * 200)
    process = subprocess.Popen(
        [sys.executable, '-c', INTERRUPTED, str(root)],
        env=environment(hg.rc),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == b'walking\n'
    time.sleep(0.2)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    took = time.monotonic() - began
    assert b'interrupted' in out, (out, err)
    # The walk takes minutes; the process has to end, too, and others are busy.
    assert took < 15


# The same status again and again, so that the signal comes during one.
INTERRUPTED = """
import os, signal, sys, time
# What runs in the background may have been started without.
signal.signal(signal.SIGINT, signal.default_int_handler)
from mercurial import extensions, hg, match, ui as uimod
ui = uimod.ui.load()
extensions.loadall(ui)
repo = hg.repository(ui, os.fsencode(sys.argv[1]))
repo.dirstate._map.ask(repo.dirstate)
from hgext3rd.vermilion import workingcopy
native = repo.dirstate._map._native
print('walking', flush=True)
try:
    while True:
        workingcopy.status(repo.dirstate, native, match.always(), True, True, True)
except KeyboardInterrupt:
    print('interrupted', flush=True)
    os._exit(0)
"""
