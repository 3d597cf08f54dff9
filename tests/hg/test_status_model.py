# SPDX-License-Identifier: GPL-2.0-or-later
"""The state of random working copies: Mercurial's own answer, in the same process."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import stat

import pytest
from hgext3rd.vermilion import status, versions
from hgtools import PYPY
from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st
from mercurial import (
    dirstate as dirstatemod,
    extensions,
    hg,
    match as matchmod,
    util,
)
from workingcopies import (
    FLAGS,
    NAMES,
    PATHS,
    Maker,
    accessible,
    working_copies,
)

EXAMPLES = int(os.environ.get('VERMILION_STATUS_EXAMPLES', 10 if PYPY else 25))
thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    # Making a failing case smaller takes minutes, as working copies are made each time.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

KINDS = [b'path:', b'glob:', b'relglob:', b'rootfilesin:', b'relpath:', b'filepath:']
PATTERNS = st.one_of(
    st.sampled_from([b're:.*o$', b're:^a', b'glob:**.o', b'glob:*', b'relre:b$', b'set:**']),
    st.tuples(st.sampled_from(KINDS), PATHS).map(b''.join),
    NAMES,
)
MATCHERS = st.one_of(
    st.just(('always',)),
    st.tuples(st.just('exact'), st.lists(PATHS, max_size=4)),
    st.tuples(
        st.just('match'),
        *[st.lists(PATTERNS, max_size=n) for n in (3, 2, 2)],
    ),
    st.tuples(st.just('combined'), PATTERNS, PATTERNS),
    st.tuples(st.just('subdirectory'), PATHS, st.lists(PATTERNS, max_size=3)),
)


@pytest.fixture(autouse=True)
def names_in_order(monkeypatch):
    """Let Mercurial read directories in the order of names, as its Python code does:
    complaints then have one order."""
    listdir = util.listdir
    monkeypatch.setattr(util, 'listdir', lambda *args, **how: sorted(listdir(*args, **how)))
    # which is no other extension's doing
    monkeypatch.setattr(status._functions, 'holds', lambda *names: True)


def matcher(repo, how, bad):
    kind, *arguments = how
    root = repo.root

    def badfn(f, message):
        bad.append((f, message))

    def build(patterns, include=(), exclude=()):
        ctx = repo[None]
        return matchmod.match(
            root, b'', list(patterns), list(include), list(exclude),
            default=b'relpath', ctx=ctx, badfn=badfn, warn=repo.ui.warn,
        )  # fmt: skip

    if kind == 'always':
        return matchmod.always(badfn=badfn)
    if kind == 'exact':
        return matchmod.exact(arguments[0], badfn=badfn)
    if kind == 'match':
        return build(*arguments)
    if kind == 'subdirectory':
        # What `hg` asks a subrepository, for all but the place.
        return matchmod.subdirmatcher(arguments[0], build(arguments[1]))
    one, two = [build([pattern]) for pattern in arguments]
    return matchmod.differencematcher(one, two)


class Side:
    """The working copy, looked at with the extension's code or with Mercurial's."""

    def __init__(self, ui, root, plain):
        ui = ui.copy()
        ui.setconfig(b'storage', b'dirstate-v2.slow-path', b'allow')
        ui.setconfig(b'vermilion', b'status', not plain)
        # Complaints and warnings, in their order.
        self.said = []
        ui.warn = lambda *texts, **_opts: self.said.append(b''.join(texts))
        self.repo = hg.repository(ui, root)
        self.repo.ui.warn = ui.warn
        self.status, self._walk = [
            extensions.getwrapperchain(dirstatemod.dirstate, name)[-1]
            if plain
            else getattr(dirstatemod.dirstate, name)
            for name in ('status', 'walk')
        ]

    def ask(self, how, flags, traverse):
        repo = self.repo
        repo.invalidatedirstate()
        dirstate = repo.dirstate
        del self.said[:]
        directories = []
        try:
            match = matcher(repo, how, self.said)
            if traverse:
                match.traversedir = directories.append
            # before 6.4, nobody has to say so
            running = getattr(dirstate, 'running_status', contextlib.nullcontext)
            with running(repo):
                unsure, found, boundary = self.status(
                    dirstate, match, [], **dict(zip(('ignored', 'clean', 'unknown'), flags))
                )
                repo.invalidatedirstate()
        except Exception as error:
            return type(error).__name__, str(error)
        lists = {
            name: sorted(getattr(found, name))
            for name in ('modified', 'added', 'removed', 'deleted')
            + ('unknown', 'ignored', 'clean')
        }
        return {
            **lists,
            'unsure': sorted(unsure),
            'said': self.said[:],
            'directories': sorted(directories),
            'boundary': boundary is None,
        }

    def walk(self, how, full):
        """Which files there are, each with whether it is there, and what is said."""
        self.repo.invalidatedirstate()
        del self.said[:]
        try:
            match = matcher(self.repo, how, self.said)
            found = self._walk(self.repo.dirstate, match, [], True, False, full=full)
        except Exception as error:
            return type(error).__name__, [str(error)]
        return {f: st and stat.S_IFMT(st.st_mode) for f, st in found.items()}, self.said[:]


@pytest.fixture
def work(tmp_path, baseui):
    numbers = itertools.count()

    def make(drawn):
        root = os.fsencode(tmp_path / str(next(numbers)))
        Maker(root, drawn).make(baseui)
        return root, Side(baseui, root, True), Side(baseui, root, False)

    return make


# A directory that cannot be looked into, in one that is known to be as it was.
CLOSED = {
    'v2': True, 'tree': [('write', b'a/d/b', 3)], 'ignore': None, 'untracked': 0,
    'forget': set(), 'copy': set(), 'merged': set(), 'cached': True,
    'changes': [('mode', 1, 0o600)], 'add': False, 'more': [],
}  # fmt: skip


@thorough
@example(CLOSED, [(('always',), (False, False, True), False)])
@given(
    working_copies(),
    st.lists(st.tuples(MATCHERS, FLAGS, st.booleans()), min_size=1, max_size=6),
)
def test_as_mercurial(work, drawn, questions):
    root, plain, ours = work(drawn)
    try:
        for how, flags, traverse in questions:
            wanted = plain.ask(how, flags, traverse)
            answer = ours.ask(how, flags, traverse)
            # Where Mercurial's code stumbles over a file, ours need not. Its Python code
            # does so where its C code and ours call a file missing.
            stumbled = ('OSError', 'PermissionError') if PYPY else ('OSError',)
            if not any(name in wanted for name in stumbled):
                assert answer == wanted
    finally:
        accessible(root)
        shutil.rmtree(root)


@thorough
@given(working_copies(), st.lists(st.tuples(MATCHERS, st.booleans()), min_size=1, max_size=6))
def test_walks(work, drawn, questions):
    root, plain, ours = work(drawn)
    try:
        for how, full in questions:
            wanted, answer = plain.walk(how, full), ours.walk(how, full)
            if not full and isinstance(wanted[0], dict):
                states = plain.ask(how, (False, True, False), False)
                if isinstance(states, tuple):
                    continue
                clean = states['clean']
                assert wanted[0].keys() - clean <= answer[0].keys() <= wanted[0].keys()
                for f in wanted[0].keys() - answer[0].keys():
                    del wanted[0][f]
            if 'OSError' not in wanted and 'PermissionError' not in wanted:
                assert answer == wanted
    finally:
        accessible(root)
        shutil.rmtree(root)


OLDER = ('status: patterns', 'status: an old dirstate-v2')


def test_most_were_served(baseui):
    """Comparing Mercurial with itself would prove nothing."""
    module = extensions.find(b'vermilion')
    declined = {why: n for why, n in module.declined.items() if why.startswith('status')}
    # A tree with a file that nobody may look at is one for Mercurial, each time it is asked for.
    forbidden = declined.pop('status: OSError', 0)
    if versions.series() < (6, 7):
        # it walks otherwise, and has its dirstate-v2 to itself
        declined = {why: n for why, n in declined.items() if why not in OLDER}
    served = module.served['status']
    assert served > 10 * sum(declined.values()), module.declined
    assert served > 2 * forbidden, (served, forbidden)
