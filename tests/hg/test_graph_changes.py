# SPDX-License-Identifier: GPL-2.0-or-later
"""The same operations where the history changes, or its index is not what it was."""

from __future__ import annotations

import os
import time

import pytest
from hgext3rd.vermilion import changeloggraph as extgraph, common as extcommon, versions
from hgtools import make_inline, random_parents, seeded
from mercurial import commands, hg, pycompat, repair
from pairs import (  # noqa: F401
    OTHERS,
    Pair,
    build,
    commit,
    compare_all,
    compare_revsets,
    ext,
    outcome,
    pair,
)


def compare_with_fresh_answers(repo, rng, rounds=6):
    """Compare with the same object's own code, not with another's index."""
    option = repo.svfs.options.pop(b'vermilion')
    shared = repo.changelog.__dict__[extcommon.SHARED]
    changelog_graph = shared.pop('graph', None)
    state = rng.getstate()

    class Once(Pair):
        def both(self, function):
            repo.svfs.options.pop(b'vermilion', None)
            shared.pop('graph', None)
            plain = outcome(function, repo)
            repo.svfs.options[b'vermilion'] = option
            if changelog_graph is not None:
                shared['graph'] = changelog_graph
            fast = outcome(function, repo)
            assert fast == plain
            return fast

    rng.setstate(state)
    compare_all(Once(repo, repo), rng, rounds)
    repo.svfs.options[b'vermilion'] = option
    if changelog_graph is not None:
        shared['graph'] = changelog_graph


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
            changelog_graph = changelog.__dict__[extcommon.SHARED]['graph']
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
    # Texts of changesets are not there at all.
    heads = {why: count for why, count in ext.declined.items() if why.startswith('heads')}
    assert heads == {'heads: index file has changed': 1}
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
    # Texts of changesets are not there at all.
    heads = {why: count for why, count in ext.declined.items() if why.startswith('heads')}
    assert heads == {'heads: index file has changed': 1}
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
    assert len(changelog.__dict__[extcommon.SHARED]['graph'].graph('heads')) == 40


def test_inline_and_split(ext, build, pair):
    rng = seeded('inline')
    path = build(random_parents(rng, 60))
    make_inline(path)
    both = pair(path)
    assert both.fast.changelog._inline
    compare_all(both, rng, 20)
    # the first write splits it
    commit(both.fast, b'splits', 59)
    # before 6.7, it takes more than that to be split
    assert not both.fast.changelog._inline or versions.series() < (6, 7)
    compare_with_fresh_answers(both.fast, rng)


def test_damaged_index(ext, build, pair):
    both = pair(build(random_parents(seeded('damaged'), 40)))
    for repo in both:
        assert len(repo.changelog) == 40
    index = both.fast.root
    name = pycompat.fsdecode(index) + '/.hg/store/00changelog.i'
    with open(name, 'rb') as f:
        data = f.read()
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
