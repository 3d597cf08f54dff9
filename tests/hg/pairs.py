# SPDX-License-Identifier: GPL-2.0-or-later
"""Repositories opened twice, whose answers about the history must be the same.

Once they are as they are, and once the extension's option is taken out of their store, so
that the wrappers leave them alone.
"""

from __future__ import annotations

import collections

import pytest
from hgext3rd.vermilion import versions
from hgtools import dagtext, make_split
from mercurial import context, debugcommands, extensions, hg, pycompat

WDIR = 2**31 - 1
# Parts that are not asked here.
OTHERS = (
    'discovery',
    'status',
    'contents',
    'manifests',
    'changesets',
    'diffs',
    'annotate',
    'tags',
    'update',
    'archive',
    'texts',
    'zstandard',
    'head-start',
    'read-ahead',
)


@pytest.fixture
def ext(baseui):
    module = extensions.find(b'vermilion')
    for part in module.served:
        module.served[part] = 0
    module.declined.clear()
    return module


@pytest.fixture
def build(baseui, tmp_path):
    """Build a repository with a given history; return its path."""

    def build(parents, name='repo', create=True):
        path = tmp_path / name
        ui = baseui.copy()
        repo = hg.repository(ui, pycompat.fsencode(str(path)), create=create)
        text = dagtext(parents, len(repo)).encode()
        debugcommands.debugbuilddag(ui, repo, text, **{'from_existing': not create})
        make_split(path)
        return path

    return build


class Pair(collections.namedtuple('Pair', 'fast plain')):
    def both(self, function):
        """Call for both; the same must come of it. Return it."""
        fast, plain = outcome(function, self.fast), outcome(function, self.plain)
        assert fast == plain
        return fast


def outcome(function, *args):
    try:
        return comparable(function(*args))
    except TypeError as exc:
        # its message tells which two things were compared first
        return type(exc)
    except Exception as exc:
        return type(exc), [comparable(a) for a in exc.args], str(exc)


def comparable(value):
    # Lists compare by order, sets by type as well
    if isinstance(value, (list, set, tuple, dict, int, bytes, str)):
        return value
    return value if value is None or isinstance(value, type) else list(value)


@pytest.fixture
def pair(baseui):
    def pair(path, view=None):
        repos = []
        for plain in (False, True):
            path_ = pycompat.fsencode(str(path))
            repo = hg.repository(baseui.copy(), path_)
            if plain:
                del repo.svfs.options[b'vermilion']
            repo = repo.unfiltered() if view is None else repo.filtered(view)
            repos.append(repo)
        return Pair(*repos)

    return pair


def arguments(rng, length, strange):
    """Random revisions: a few, sometimes null, repeated or impossible."""
    revs = [rng.randrange(length) for _ in range(rng.randrange(1, 5))]
    if rng.random() < 0.2:
        revs.append(rng.choice(revs))
    if rng.random() < 0.15:
        revs.append(-1)
    if strange and rng.random() < 0.15:
        revs.append(rng.choice([length, WDIR, -2, length + 7]))
    if strange and rng.random() < 0.02:
        revs.append(rng.choice([None, b'x', 'x', 2**40]))
    rng.shuffle(revs)
    return revs


def lazy(repo, revs, stoprev, inclusive, asked):
    found = repo.changelog.ancestors(revs, stoprev, inclusive)
    twice = [list(found), list(found)]
    contained = [rev in found for rev in asked]
    return twice, contained, bool(found), None in found


def incremental(repo, steps):
    try:
        return incremental_steps(repo, steps)
    except IndexError as exc:
        # which one of several hidden revisions it names is a matter of chance
        return type(exc)


def incremental_steps(repo, steps):
    changelog = repo.changelog
    found = changelog.incrementalmissingrevs(steps[0])
    results = [sorted(found.bases & set(steps[0]))]
    asked = list(steps[0])
    for name, revs in steps[1:]:
        if name == 'addbases':
            found.addbases(revs)
        elif name == 'remove':
            revs = set(revs)
            found.removeancestorsfrom(revs)
            results.append(revs)
        elif name == 'missing':
            results.append(found.missingancestors(revs))
        results.append(bool(found.hasbases()))
        asked += revs
        # Bases that are ancestors of others may be among these heads, depending
        # on how far the object has walked.
        if all(rev == -1 or rev in changelog for rev in asked):
            heads = found.basesheads()
            results.append(type(heads))
            results.append({h for h in heads if not covered(changelog, h, heads)})
    return results


def covered(changelog, rev, heads):
    return any(h != rev and rev in changelog.ancestors([h]) for h in heads)


def compare_all(pair, rng, rounds, strange=True):
    """Ask both repositories everything, with the same random arguments."""
    length = len(pair.plain.unfiltered())
    nodes = [pair.plain.unfiltered()[r].node() for r in range(-1, length)]

    for _ in range(rounds):
        revs, more = (arguments(rng, length, strange) for _ in 'ab')
        asked = [rng.randrange(-1, length + 1) for _ in range(6)] + [WDIR]
        stop = rng.choice([0, 0, 0, -1, rng.randrange(length), length])
        inclusive = rng.random() < 0.5
        both = pair.both
        both(lambda r: lazy(r, revs, stop, inclusive, asked))
        both(lambda r: r.changelog.findmissingrevs(revs, more))
        both(lambda r: r.changelog.findmissingrevs(revs))
        both(lambda r: r.changelog.findmissingrevs(None, revs))
        both(lambda r: r.changelog.findmissingrevs(iter(revs), iter(more)))
        steps = [revs]
        for _step in range(4):
            name = rng.choice(['addbases', 'remove', 'missing'])
            steps.append((name, arguments(rng, length, strange)))
        both(lambda r: incremental(r, steps))
        # given such numbers, Mercurial's Python code wants gigabytes
        small = [r for r in revs if not isinstance(r, int) or r < length + 9]
        both(lambda r: r.changelog._commonancestorsheads(*small))
        a, b = rng.choice(revs), rng.choice(more)
        both(lambda r: r.changelog.isancestorrev(a, b))
        na, nb = rng.choice(nodes), rng.choice(nodes + [b'\x11' * 20])
        both(lambda r: r.changelog.ancestor(na, nb))
        both(lambda r: r.changelog.commonancestorsheads(na, nb))
        both(lambda r: r.changelog.isancestor(na, nb))
        both(lambda r: r.changelog.findmissing([na], [nb]))
        ints = [r for r in revs if isinstance(r, int)] or [0]
        minroot = rng.choice([min(ints), -1, 0, rng.randrange(length)])
        for path in (False, True):
            both(
                # in no particular order
                lambda r: sorted(r.changelog.reachableroots(minroot, more, revs, path))
            )
        both(lambda r: r.changelog.headrevs(revs))
        both(lambda r: list(r.changelog.headrevs(set(ints))))
        both(lambda r: r.changelog.headrevs())
        # beyond the end Mercurial's C code reads what it should not
        stop_rev = stop if 0 <= stop <= length else None
        if versions.series() >= (6, 9):  # the argument is new then
            both(lambda r: r.changelog.headrevs(None, stop_rev))
        both(lambda r: r.changelog.heads())


REVSETS = [
    b'::%d',
    b'%d::',
    b'%d::%d',
    b'only(%d, %d)',
    b'only(%d)',
    b'ancestor(%d, %d)',
    b'heads(::%d)',
    b'roots(%d::)',
    b'heads(all())',
    b'head()',
    b'heads(%d:%d)',
    b'first(::(%d + %d))',
    b'last(::%d, 3)',
    b'limit(%d::, 2, 1)',
    b'::%d and %d::',
    b'not ::%d',
    b'ancestors(%d, 3)',
    b'descendants(%d, 2)',
    b'::null',
    b'null::%d',
    b'::wdir()',
    b'heads(wdir() + %d)',
    b'only(wdir(), %d)',
    b'_firstancestors(%d)',
    b'commonancestors(%d + %d)',
    b'reverse(::%d)',
    b'sort(all(), topo)',
    b'children(::%d)',
    b'%d::999999',
]


def compare_revsets(pair, rng):
    length = len(pair.plain.unfiltered())
    for spec in REVSETS:
        numbers = [rng.randrange(length) for _ in range(spec.count(b'%d'))]
        text = spec % tuple(numbers)
        pair.both(lambda r: list(r.revs(text)))
        pair.both(lambda r: list(r.revs(b'::%ld', numbers)))
        pair.both(lambda r: list(r.revs(b'%ld::', numbers)))


def commit(repo, text, *parents):
    parents = [repo[p].node() for p in parents]
    while len(parents) < 2:
        parents.append(repo.nullid)
    ctx = context.memctx(repo, parents, text, [], lambda *a: None)
    return repo[ctx.commit()].rev()
