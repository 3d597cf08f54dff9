# SPDX-License-Identifier: GPL-2.0-or-later
"""Every accelerated operation against Mercurial's own, in one process.

A repository is opened twice: once as it is, and once with the extension's
option taken out of its store, so that the wrappers leave it alone.
"""

from __future__ import annotations

import collections
import time

import pytest
from hgext3rd.vermilion import changeloggraph as extgraph, common as extcommon
from hgtools import dagtext, make_inline, random_parents, seeded
from mercurial import (
    branchmap,
    commands,
    debugcommands,
    error,
    extensions,
    hg,
    obsolete,
    phases,
    pycompat,
    repair,
    setdiscovery,
)

WDIR = 2**31 - 1
# Parts that are not asked here.
OTHERS = ('discovery', 'status', 'contents', 'texts', 'head-start', 'read-ahead')


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


SHAPES = {
    'linear': dict(merges=0, branchiness=0.02, roots=0),
    'bushy': dict(merges=0.05, branchiness=0.7),
    'merging': dict(merges=0.6, branchiness=0.3, roots=0.05),
}


@pytest.mark.parametrize('shape', sorted(SHAPES))
@pytest.mark.parametrize('seed', range(3))
def test_random_histories(ext, build, pair, shape, seed):
    rng = seeded(shape, seed)
    parents = random_parents(rng, rng.choice([1, 5, 30, 120]), **SHAPES[shape])
    both = pair(build(parents))
    assert [tuple(both.plain[r]._repo.changelog.parentrevs(r)) for r in both.plain]
    compare_all(both, rng, 40)
    compare_revsets(both, rng)
    assert all(count for part, count in ext.served.items() if part not in OTHERS)
    assert not [why for why in ext.declined if 'error' in why]


def test_empty_repository(ext, build, pair, baseui, tmp_path):
    path = pycompat.fsencode(str(tmp_path / 'empty'))
    hg.repository(baseui.copy(), path, create=True)
    both = pair(tmp_path / 'empty')
    both.both(lambda r: r.changelog.headrevs())
    both.both(lambda r: lazy(r, [-1], 0, True, [-1, 0]))
    both.both(lambda r: lazy(r, [0], 0, True, [-1, 0]))
    both.both(lambda r: r.changelog.findmissingrevs([-1], [-1]))
    both.both(lambda r: r.changelog._commonancestorsheads(-1, -1))
    assert not any(ext.served.values())


def test_more_revisions_than_the_c_index_compares(ext, build, pair):
    rng = seeded('many')
    both = pair(build(random_parents(rng, 80)))
    revs = range(40, 80)
    both.both(lambda r: r.changelog._commonancestorsheads(*revs))
    both.both(lambda r: type(r.changelog._commonancestorsheads(*revs)).__name__)


def obsolete_some(repo, revs):
    """Hide revisions that have no visible children."""
    with repo.lock(), repo.transaction(b'test'):
        obsolete.createmarkers(repo, [(repo[rev], ()) for rev in revs])


@pytest.mark.parametrize('view', [b'visible', b'served', b'immutable', b'base'])
def test_filtered_views(ext, build, pair, baseui, view):
    rng = seeded('views', view)
    path = build(random_parents(rng, 90))
    repo = hg.repository(baseui.copy(), pycompat.fsencode(str(path)))
    repo = repo.unfiltered()
    heads = repo.changelog.headrevs()
    public, secret = repo[len(repo) // 2].node(), repo[heads[-1]].node()
    with repo.lock(), repo.transaction(b'test') as tr:
        phases.advanceboundary(repo, tr, phases.public, [public])
        phases.retractboundary(repo, tr, phases.secret, [secret])
    draft = [r for r in heads if repo[r].phase() == phases.draft]
    obsolete_some(repo, draft[::2])
    both = pair(path, view)
    assert both.plain.changelog.filteredrevs
    compare_all(both, rng, 60)
    compare_revsets(both, rng)
    some = sorted(both.plain.changelog.filteredrevs)[0]
    kind = both.both(lambda r: lazy(r, [some], 0, True, []))[0]
    assert kind is error.FilteredIndexError
    if view in (b'visible', b'served'):
        assert all(n for part, n in ext.served.items() if part not in OTHERS)
    assert not [why for why in ext.declined if 'error' in why]


def test_heads_for_branch_caches(ext, build, pair, baseui):
    rng = seeded('branchmap')
    path = build(random_parents(rng, 60))
    repo = hg.repository(baseui.copy(), pycompat.fsencode(str(path)))
    obsolete_some(repo, repo.changelog.headrevs()[:3])
    both = pair(path)
    ext.served['heads'] = 0

    def seed(repo):
        seed = branchmap._TopoSeed(40, repo.filtered(b'visible'))
        return seed.get_topo_heads()

    both.both(seed)
    assert ext.served['heads'] == 1


def test_parts_turned_off(ext, build, baseui):
    path = pycompat.fsencode(str(build(random_parents(seeded('off'), 40))))
    # there are no files, no long texts, and no commands
    others = ('contents', 'texts', 'head-start', 'read-ahead')
    parts = [part for part in ext.PARTS if part not in others]
    for off in parts:
        ui = baseui.copy()
        ui.setconfig(b'vermilion', off.encode(), b'no')
        repo = hg.repository(ui, path)
        for part in ext.served:
            ext.served[part] = 0
        list(repo.changelog.ancestors([30]))
        repo.changelog.findmissingrevs([3], [30])
        repo.changelog._commonancestorsheads(20, 30)
        repo.changelog.isancestorrev(3, 30)
        repo.changelog.reachableroots(0, [30], [0])
        repo.changelog.headrevs([3, 30])
        repo.revs(b'::30')
        setdiscovery.pure_partialdiscovery(repo, [30], True, False)
        repo.status()
        assert [part for part in parts if not ext.served[part]] == [off]


def test_only_where_enabled(ext, build, pair):
    both = pair(build(random_parents(seeded('where'), 30)))
    both.plain.changelog.headrevs()
    assert not ext.served['heads']
    both.fast.changelog.headrevs()
    assert ext.served['heads'] == 1


def test_loaded_again_and_again(baseui, ext):
    before = extensions.getwrapperchain(setdiscovery, 'pure_partialdiscovery')
    for _ in range(3):
        extensions.loadall(baseui.copy())
        ext.uisetup(baseui.copy())
    after = extensions.getwrapperchain(setdiscovery, 'pure_partialdiscovery')
    assert len(before) == len(after) == 2


# -- histories that change --------------------------------------------------


def commit(repo, text, *parents):
    from mercurial import context

    parents = [repo[p].node() for p in parents]
    while len(parents) < 2:
        parents.append(repo.nullid)
    ctx = context.memctx(repo, parents, text, [], lambda *a: None)
    return repo[ctx.commit()].rev()


def compare_with_fresh_answers(repo, rng, rounds=6):
    """Compare with the same object's own code, not with another's index."""
    option = repo.svfs.options.pop(b'vermilion')
    inner = repo.changelog._inner.__dict__
    changelog_graph = inner.pop('_vermilion', None)
    state = rng.getstate()

    class Once(Pair):
        def both(self, function):
            repo.svfs.options.pop(b'vermilion', None)
            inner.pop('_vermilion', None)
            plain = outcome(function, repo)
            repo.svfs.options[b'vermilion'] = option
            if changelog_graph is not None:
                inner['_vermilion'] = changelog_graph
            fast = outcome(function, repo)
            assert fast == plain
            return fast

    rng.setstate(state)
    compare_all(Once(repo, repo), rng, rounds)
    repo.svfs.options[b'vermilion'] = option
    if changelog_graph is not None:
        inner['_vermilion'] = changelog_graph


@pytest.mark.parametrize('start', [0, 40])
def test_running_transaction(ext, build, baseui, tmp_path, start):
    rng = seeded('transaction', start)
    if start:
        path = build(random_parents(rng, start))
    else:
        path = tmp_path / 'new'
        hg.repository(baseui.copy(), pycompat.fsencode(str(path)), create=True)
    repo = hg.repository(baseui.copy(), pycompat.fsencode(str(path)))
    repo = repo.unfiltered()
    with repo.wlock(), repo.lock(), repo.transaction(b'test') as tr:
        for n in range(6):
            parents = rng.sample(range(len(repo)), min(len(repo), 1 + n % 2))
            commit(repo, b'new %d' % n, *sorted(parents, reverse=True))
            repo.changelog.headrevs()
            compare_with_fresh_answers(repo, rng)
            if n == 3:
                tr.writepending()
    compare_with_fresh_answers(repo, rng)
    assert ext.served['heads'] > 20
    reopened = hg.repository(baseui.copy(), pycompat.fsencode(str(path)))
    compare_with_fresh_answers(reopened.unfiltered(), rng)


def test_aborted_transaction(ext, build, baseui):
    rng = seeded('abort')
    path = pycompat.fsencode(str(build(random_parents(rng, 40))))
    repo = hg.repository(baseui.copy(), path).unfiltered()
    repo.changelog.headrevs()
    with pytest.raises(ZeroDivisionError):
        with repo.lock(), repo.transaction(b'test'):
            commit(repo, b'doomed', 39)
            assert 40 in repo.changelog.headrevs()
            raise ZeroDivisionError
    assert 40 not in repo.changelog.headrevs()
    compare_with_fresh_answers(repo, rng)


@pytest.mark.parametrize('inline', [False, True])
def test_strip(ext, build, baseui, inline):
    rng = seeded('strip', inline)
    path = build(random_parents(rng, 60))
    if inline:
        make_inline(path)
    repo = hg.repository(baseui.copy(), pycompat.fsencode(str(path)))
    repo = repo.unfiltered()
    assert repo.changelog._inline == inline
    for _ in range(4):
        repo.changelog.headrevs()
        victim = repo[rng.randrange(len(repo) // 2, len(repo))].node()
        with repo.wlock(), repo.lock():
            repair.strip(repo.ui, repo, [victim], backup=False)
        compare_with_fresh_answers(repo, rng, 3)
        commit(repo, b'after', rng.randrange(len(repo)))
        compare_with_fresh_answers(repo, rng, 3)


def test_strip_seen_at_once(ext, build, baseui):
    # the changelog object itself, before anything is written or reloaded
    rng = seeded('strip at once')
    path = pycompat.fsencode(str(build(random_parents(rng, 60))))
    repo = hg.repository(baseui.copy(), path).unfiltered()
    changelog = repo.changelog
    with repo.wlock(), repo.lock():
        with repo.transaction(b'strip') as tr:
            changelog.headrevs()
            tr.startgroup()
            changelog.strip(30, tr)
            tr.endgroup()
            left = len(changelog)
            assert left <= 30
            changelog_graph = changelog._inner._vermilion
            assert len(changelog_graph.graph('heads')) == left
            assert max(changelog.headrevs()) == left - 1
            with pytest.raises(IndexError):
                changelog.ancestors([left])
        repo.invalidate()


def test_index_changed_by_others(ext, build, pair):
    # by an extension that deletes from the index itself
    both = pair(build(random_parents(seeded('others'), 60)))
    for repo in both:
        changelog = repo.changelog
        changelog.headrevs()
        entries = [changelog.index[r] for r in range(50, 60)]
        del changelog.index[50:-1]
        for n, entry in enumerate(entries):
            entry = list(entry)
            entry[5], entry[6] = n, -1
            entry[7] = bytes([n + 1]) * 20
            changelog.index.append(tuple(entry))
    both.both(lambda r: r.changelog.headrevs())
    both.both(lambda r: list(r.changelog.ancestors([55, 59])))
    # the file is no longer what the index is
    assert 'ancestors: index file has changed' in ext.declined


def test_file_rewritten_by_another_process(ext, build, baseui):
    rng = seeded('rewritten')
    parents = random_parents(rng, 60)
    path = build(parents)
    other = build(parents[:30] + random_parents(rng, 30), 'other')
    repo = hg.repository(baseui.copy(), pycompat.fsencode(str(path)))
    repo = repo.unfiltered()
    assert len(repo.changelog) == 60
    index = path / '.hg/store/00changelog.i'
    # not in place: the old file is mapped
    index.unlink()
    index.write_bytes((other / '.hg/store/00changelog.i').read_bytes())
    repo.changelog.headrevs()
    assert ext.declined == {'heads: index file has changed': 1}
    compare_with_fresh_answers(repo, rng)


# 60 revisions that may stand in any order, the first apart.
STAR = [(n % 2 - 1, -1) for n in range(60)]
# The first and the last of those that change places, roots and others.
TURNED = [(1, 2), (10, 41), (30, 57), (50, 55), (57, 58)]


def turned(items, first, last):
    """The same items, a part of them in reverse order."""
    items = list(items)
    items[first : last + 1] = reversed(items[first : last + 1])
    return items


@pytest.mark.parametrize('first, last', TURNED)
def test_index_with_the_same_revisions_in_another_order(ext, build, pair, first, last):
    # neither its length nor its last node is another one
    both = pair(build(STAR[:45]))
    for repo in both:
        changelog = repo.changelog
        # some are not read from the file
        for n in range(45, 60):
            entry = list(changelog.index[n - 44])
            entry[4], entry[7] = n, bytes([n]) * 20
            changelog.index.append(tuple(entry))
        changelog.headrevs()
        entries = turned(map(changelog.index.__getitem__, range(60)), first, last)
        del changelog.index[first:-1]
        for entry in entries[first:]:
            changelog.index.append(entry)
        assert len(changelog.index) == 60
    both.both(lambda r: r.changelog.headrevs())
    both.both(lambda r: list(r.changelog.ancestors([last, 59], inclusive=True)))
    both.both(lambda r: sorted(r.changelog.reachableroots(0, [59, last], [0], True)))
    both.both(lambda r: [r.changelog.isancestorrev(0, n) for n in range(60)])


@pytest.mark.parametrize('settled', [False, True])
@pytest.mark.parametrize('first, last', TURNED)
def test_file_with_the_same_revisions_in_another_order(ext, build, baseui, first, last, settled):
    path = build(STAR)
    if settled:
        # its time stamp tells from now on
        time.sleep(0.2)
    repo = hg.repository(baseui.copy(), pycompat.fsencode(str(path)))
    repo = repo.unfiltered()
    assert len(repo.changelog) == 60 and not repo.changelog._inline
    index = path / '.hg/store/00changelog.i'
    content = index.read_bytes()
    index.unlink()
    entries = [content[at : at + 64] for at in range(0, len(content), 64)]
    index.write_bytes(b''.join(turned(entries, first, last)))
    repo.changelog.headrevs()
    assert ext.declined == {'heads: index file has changed': 1}
    compare_with_fresh_answers(repo, seeded('turned'), 3)


def test_file_is_compared_only_where_its_stamp_does_not_tell(ext, build, baseui, monkeypatch):
    path = build(STAR)

    def compared():
        repo = hg.repository(baseui.copy(), pycompat.fsencode(str(path)))
        calls = []
        graph = extcommon.loadpackage().Graph
        matches = graph.matches
        monkeypatch.setattr(graph, 'matches', lambda *args: calls.append(args) or matches(*args))
        assert max(repo.unfiltered().changelog.headrevs()) == 59
        assert not ext.declined
        monkeypatch.undo()
        return bool(calls)

    index = path / '.hg/store/00changelog.i'
    index.write_bytes(index.read_bytes())
    assert compared()
    time.sleep(0.2)
    assert not compared()


def test_file_longer_than_what_was_read(ext, build, baseui):
    rng = seeded('longer')
    path = build(random_parents(rng, 40))
    repo = hg.repository(baseui.copy(), pycompat.fsencode(str(path)))
    repo = repo.unfiltered()
    changelog = repo.changelog
    build(random_parents(rng, 20), create=False)
    assert len(changelog) == 40
    assert max(changelog.headrevs()) == 39
    assert len(changelog._inner._vermilion.graph('heads')) == 40


def test_inline_and_split(ext, build, pair):
    rng = seeded('inline')
    path = build(random_parents(rng, 60))
    make_inline(path)
    both = pair(path)
    assert both.fast.changelog._inline
    compare_all(both, rng, 20)
    # the first write splits it
    commit(both.fast, b'splits', 59)
    assert not both.fast.changelog._inline
    compare_with_fresh_answers(both.fast, rng)


def test_damaged_index(ext, build, pair):
    both = pair(build(random_parents(seeded('damaged'), 40)))
    for repo in both:
        assert len(repo.changelog) == 40
    index = both.fast.root
    name = pycompat.fsdecode(index) + '/.hg/store/00changelog.i'
    with open(name, 'rb') as f:
        data = f.read()
    import os

    os.unlink(name)
    with open(name, 'wb') as f:
        f.write(data[:-13])
    both.both(lambda r: r.changelog.headrevs())
    assert not ext.served['heads']


def test_bundle_over_a_repository(ext, build, baseui, tmp_path, pair):
    rng = seeded('bundle')
    parents = random_parents(rng, 60, roots=0)
    big = build(parents, 'big')
    small = build(parents[:35], 'small')
    ui = baseui.copy()
    repo = hg.repository(ui, pycompat.fsencode(str(big)))
    bundle = pycompat.fsencode(str(tmp_path / 'more.hg'))
    commands.bundle(ui, repo, bundle, pycompat.fsencode(str(small)), rev=[], base=[])
    repos = []
    for plain in (False, True):
        ui = baseui.copy()
        ui.setconfig(b'bundle', b'mainreporoot', pycompat.fsencode(str(small)))
        over = hg.repository(ui, bundle)
        assert len(over.changelog) == 60
        if plain:
            del over.svfs.options[b'vermilion']
        repos.append(over.unfiltered())
    both = Pair(*repos)
    compare_all(both, rng, 40)
    compare_revsets(both, rng)
    assert all(count for part, count in ext.served.items() if part not in OTHERS)


def test_broken_graph_is_given_up(ext, build, pair, monkeypatch, capsys):
    both = pair(build(random_parents(seeded('broken'), 40)))
    package = extcommon.loadpackage()

    def fail(*args, **kwargs):
        raise RuntimeError('on purpose')

    monkeypatch.setattr(package.Graph, 'heads', fail)
    warnings = []
    both.fast.ui.warn = warnings.append
    graph = extgraph.changelog_graph_of(both.fast.changelog)
    graph.settings.ui = both.fast.ui
    extcommon._warned.clear()
    for _ in range(2):
        both.both(lambda r: r.changelog.headrevs())
        both.both(lambda r: r.changelog.headrevs([3, 4]))
    assert len(warnings) == 1 and b'on purpose' in warnings[0]
    assert not ext.served['heads']


# -- discovery --------------------------------------------------------------


def discover(repo, remote, **options):
    ui = repo.ui
    for name, value in options.items():
        ui.setconfig(b'devel', name.encode(), value)
    audit = {}
    common, incoming, heads = setdiscovery.findcommonheads(
        ui, repo, remote, abortwhenunrelated=False, audit=audit
    )
    return set(common), incoming, heads, audit


@pytest.mark.parametrize('seed', range(4))
def test_discovery(ext, build, pair, baseui, seed):
    rng = seeded('discovery', seed)
    common = random_parents(rng, 150, roots=0)
    ours, theirs = (
        common + [(rng.randrange(150), -1)] + [(150 + n, -1) for n in range(99)] for _ in 'ab'
    )
    path = build(ours, 'ours')
    # the same revision numbers, but other changesets after the common ones
    remotepath = build(common, 'theirs')
    repo = hg.repository(baseui.copy(), pycompat.fsencode(str(remotepath)))
    for n, (p1, _p2) in enumerate(theirs[150:]):
        commit(repo, b'theirs %d' % n, p1 if p1 < 150 else len(repo) - 1)
    remote = repo.peer()
    for options in (
        {},
        {'discovery.sample-size': b'10', 'discovery.sample-size.initial': b'5'},
        {'discovery.exchange-heads': b'no', 'discovery.sample-size': b'20'},
        {'discovery.grow-sample.dynamic': b'no', 'discovery.sample-size': b'8'},
    ):
        both = pair(path)
        before = ext.served['discovery']
        found = both.both(lambda r: discover(r, remote, **options))
        assert found[3][b'total-roundtrips'] > 1
        assert ext.served['discovery'] == before + 1


@pytest.mark.parametrize('seed', range(3))
def test_partial_discovery_step_by_step(ext, build, pair, seed):
    rng = seeded('steps', seed)
    both = pair(build(random_parents(rng, 200, branchiness=0.4)))
    heads = both.plain.changelog.headrevs()
    known = set(both.plain.changelog.ancestors(rng.sample(range(200), 9), 0, True))

    def steps(repo):
        rng = seeded('same for both', seed)
        found = []
        disco = setdiscovery.pure_partialdiscovery(repo, heads, seed == 1, randomize=False)
        while True:
            name = rng.choice(['takefullsample', 'takequicksample'])
            sample = getattr(disco, name)(heads, rng.choice([3, 10, 60]))
            found.append((name, sorted(sample), disco.stats()))
            disco.addinfo((rev, rev in known) for rev in sample)
            found.append((disco.commonheads(), disco.hasinfo()))
            found.append((set(disco.undecided), set(disco.missing)))
            if disco.iscomplete():
                return found

    assert len(both.both(steps)) > 6
    assert ext.served['discovery'] == 1


def test_parts(ext, baseui):
    assert {name: why for name, _what, why in ext.parts(baseui)} == dict.fromkeys(ext.PARTS)
    ui = baseui.copy()
    ui.setconfig(b'vermilion', b'heads', b'no')
    assert [n for n, _what, why in ext.parts(ui) if why] == ['heads']
    ui.setconfig(b'extensions', b'vermilion', b'!')
    assert all('not enabled' in why for _n, _what, why in ext.parts(ui))
