# SPDX-License-Identifier: GPL-2.0-or-later
"""Random working copies, for the tests of status.

Everything is made by small steps, which hypothesis draws and makes simpler when a
test fails: a step that cannot be done does nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import stat

from hgtools import KNOWS_V2
from hypothesis import strategies as st
from mercurial import error, hg

OLD = 1_000_000_000

NAMES = st.sampled_from(
    [b'a', b'b', b'd', b'a.b', b'a-b', b'lib', b'foo.o', b'foo.c', b'build']
    + [b'x y', b'\xc3\xa9', b'\xff\xfe', b'-z', b'new\nline', b'l' * 255, b'A']
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(b'/'.join)
TARGETS = [b'a', b'nowhere', b'../b', b'lib', b'.', b'/nowhere', b'..', b'x' * 300]
# The path of a step is a fresh one, or by number one that is there.
PLACES = st.one_of(PATHS, st.integers(0, 30))

MAKING = st.one_of(
    st.tuples(st.just('write'), PLACES, st.sampled_from([0, 1, 3, 3, 10])),
    st.tuples(st.just('write'), PATHS, st.sampled_from([0, 1, 3, 3, 10])),
    st.tuples(st.just('write'), PATHS, st.sampled_from([0, 1, 3, 3, 10])),
    st.tuples(st.just('link'), PLACES, st.sampled_from(TARGETS)),
    st.tuples(st.just('fifo'), PLACES, st.just(0)),
)
CHANGES = st.one_of(
    MAKING,
    st.tuples(st.just('write'), st.integers(0, 30), st.sampled_from([0, 1, 3, 10])),
    st.tuples(st.just('remove'), st.integers(0, 30), st.just(0)),
    st.tuples(
        st.just('mode'),
        st.integers(0, 30),
        st.sampled_from([0o755, 0o644, 0o600, 0, 0o100, 0o400, 0o500]),
    ),
    st.tuples(st.just('directory'), PLACES, st.just(0)),
    st.tuples(st.just('repository'), st.integers(0, 30), st.booleans()),
    st.tuples(st.just('age'), st.integers(0, 30), st.integers(-1, 3)),
)
PATTERNS = st.sampled_from(
    [b'glob:*.o', b'build', b'^lib/', b'syntax: glob', b'a?b', b're:^a/b', b'glob:d/**']
    + [b'rootglob:d/*', b'c$', b'# nothing', b'path:a/b', b'relglob:x*', b'syntax: odd']
    + [b'subinclude:lib/.hgignore', b'include:nowhere', b'rootfilesin:d', b'(?i)^A$']
    + [b'filepath:a/b', b'l{5}', b'syntax: regexp']
)
FLAGS = st.tuples(st.booleans(), st.booleans(), st.booleans())


def working_copies():
    """All that `Maker` needs to make one."""
    return st.fixed_dictionaries(
        {
            'v2': st.booleans() if KNOWS_V2 else st.just(False),
            'tree': st.lists(MAKING, max_size=25),
            'ignore': st.one_of(st.none(), st.lists(PATTERNS, max_size=5)),
            'untracked': st.integers(0, 7),
            'forget': st.sets(st.integers(0, 20), max_size=3),
            'copy': st.sets(st.integers(0, 20), max_size=2),
            'merged': st.sets(st.integers(0, 20), max_size=2),
            'cached': st.booleans(),
            'changes': st.lists(CHANGES, max_size=12),
            'add': st.booleans(),
            'more': st.lists(CHANGES, max_size=3),
        }
    )


def obey_permissions():
    """As root, become subject to file permissions: this thread, those it starts, and
    processes."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3
    sets = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    sets[0] &= ~(1 << 1 | 1 << 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert libc.capset(header, sets) == 0
    # PR_SET_SECUREBITS, SECBIT_NOROOT: a new process would get all of them again.
    assert libc.prctl(28, 1, 0, 0, 0) == 0


def everything(root):
    """The paths of all there is, from the root's, sorted; links are not followed."""
    found = []
    for folder, folders, files in os.walk(root):
        if folder == root:
            folders.remove(b'.hg')
        found += [os.path.relpath(os.path.join(folder, n), root) for n in folders + files]
    return sorted(found)


def accessible(root):
    """Open all directories again."""
    os.chmod(root, 0o755)
    for folder, folders, _files in os.walk(root):
        for name in folders:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


class Maker:
    """Makes a working copy as it was drawn."""

    def __init__(self, root, drawn):
        self.root = os.path.realpath(root)
        self.drawn = drawn

    def make(self, ui):
        drawn = self.drawn
        ui = ui.copy()
        ui.setconfig(b'format', b'use-dirstate-v2', drawn['v2'])
        ui.setconfig(b'storage', b'dirstate-v2.slow-path', b'allow')
        repo = hg.repository(ui, self.root, create=True)
        self.steps(drawn['tree'])
        if drawn['ignore'] is not None:
            for name in (b'.hgignore', b'lib/.hgignore'):
                path = self.path(name)
                if os.path.realpath(path) != path:
                    continue
                with contextlib.suppress(OSError), open(path, 'wb') as f:
                    f.write(b'\n'.join(drawn['ignore']) + b'\n')
        self.age_all()
        self._track(repo)
        if drawn['cached']:
            repo = hg.repository(ui, self.root)
            repo.status(unknown=True)
        self.steps(drawn['changes'])
        if drawn['add']:
            accessible(self.root)
            with self._changing(repo) as dirstate:
                for f in self._tracked_files()[::3]:
                    # where the dirstate has a directory there or above, a file
                    with contextlib.suppress(error.Abort):
                        dirstate.set_tracked(f)
        self.steps(drawn['more'])

    def _tracked_files(self):
        return [
            f
            for f in everything(self.root)
            if b'\n' not in f
            and b'/.hg' not in b'/' + f
            and stat.S_IFMT(os.lstat(self.path(f)).st_mode) in (stat.S_IFREG, stat.S_IFLNK)
        ]

    @contextlib.contextmanager
    def _changing(self, repo):
        with repo.wlock(), repo.lock(), repo.transaction(b'test'):
            # before 6.4, nobody says so
            changing = getattr(repo.dirstate, 'changing_files', contextlib.nullcontext)
            with changing(repo):
                yield repo.dirstate

    def _track(self, repo):
        every = self.drawn['untracked']
        files = self._tracked_files()
        chosen = [f for n, f in enumerate(files) if every == 0 or n % (every + 1)]
        with self._changing(repo):
            repo[None].add(chosen)
        if chosen:
            repo.commit(b'first', user=b'somebody')

        def some(numbers):
            return sorted({chosen[n % len(chosen)] for n in numbers if chosen})

        with self._changing(repo) as dirstate:
            repo[None].forget(some(self.drawn['forget']))
            for f in some(self.drawn['copy']):
                if dirstate.get_entry(f).tracked:
                    dirstate.copy(chosen[0], f)
        with repo.wlock(), repo.lock(), repo.transaction(b'test'):
            changing = getattr(repo.dirstate, 'changing_parents', None)
            with changing(repo) if changing else repo.dirstate.parentchange():
                for f in some(self.drawn['merged']):
                    if repo.dirstate.get_entry(f).tracked:
                        repo.dirstate.update_file(f, p1_tracked=True, wc_tracked=True, p2_info=True)

    def path(self, name):
        return os.path.join(self.root, name)

    def age_all(self):
        for name in everything(self.root):
            with contextlib.suppress(OSError):
                os.utime(self.path(name), (OLD, OLD), follow_symlinks=False)

    def steps(self, steps):
        for kind, place, how in steps:
            if isinstance(place, int):
                known = everything(self.root)
                if not known:
                    continue
                place = known[place % len(known)]
            path = self.path(place)
            # Never through a symlink, which may lead anywhere.
            if os.path.realpath(os.path.dirname(path)) == os.path.dirname(path):
                with contextlib.suppress(OSError):
                    getattr(self, '_' + kind)(path, how)

    def _room(self, path):
        remove(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)

    def _write(self, path, size):
        if os.path.islink(path) or not os.path.isfile(path):
            self._room(path)
        with open(path, 'wb') as f:
            f.write(b'y' * size)

    def _link(self, path, target):
        self._room(path)
        os.symlink(target, path)

    def _fifo(self, path, _how):
        # Whoever reads ignore files would wait for ever.
        if not path.endswith(b'/.hgignore'):
            self._room(path)
            os.mkfifo(path)

    def _remove(self, path, _how):
        remove(path)

    def _mode(self, path, mode):
        if not os.path.islink(path):
            os.chmod(path, mode)

    def _directory(self, path, _how):
        self._room(path)
        os.mkdir(path)

    def _repository(self, path, whole):
        if os.path.islink(path):
            return
        if whole:
            os.makedirs(path + b'/.hg')
        else:
            self._write(path + b'/.hg', 1)

    def _age(self, path, seconds):
        os.utime(path, ns=(0, (OLD + seconds) * 10**9 + 7), follow_symlinks=False)
