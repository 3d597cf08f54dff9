# SPDX-License-Identifier: GPL-2.0-or-later
"""Every accelerated operation against Mercurial's own, in one process."""

from __future__ import annotations

import pytest
from hgtools import random_parents, seeded
from mercurial import (
    branchmap,
    error,
    extensions,
    hg,
    obsolete,
    phases,
    pycompat,
    setdiscovery,
)
from pairs import (  # noqa: F401
    OTHERS,
    build,
    commit,
    compare_all,
    compare_revsets,
    ext,
    lazy,
    pair,
)

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


@pytest.mark.skipif(not hasattr(branchmap, '_TopoSeed'), reason='Mercurial asks so since 7.2')
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
    others = (
        *('contents', 'manifests', 'changesets', 'diffs', 'annotate', 'tags', 'update'),
        *('archive', 'texts', 'zstandard', 'head-start', 'read-ahead'),
    )
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
    off = {name: why for name, _what, why in ext.parts(baseui) if why}
    # C brings zstd along.
    assert off in ({}, {'zstandard': 'not needed: Mercurial has zstd'})
    ui = baseui.copy()
    ui.setconfig(b'vermilion', b'heads', b'no')
    assert {n for n, _what, why in ext.parts(ui) if why} == {'heads', *off}
    ui.setconfig(b'extensions', b'vermilion', b'!')
    assert all('not enabled' in why for _n, _what, why in ext.parts(ui))
