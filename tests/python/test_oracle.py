# SPDX-License-Identifier: GPL-2.0-or-later
"""The same questions to Mercurial's own code: results and order must be the same.

On CPython its C index answers where it has the operation, its Python functions
elsewhere; on PyPy its pure index. The index is written here, byte by byte.
"""

from __future__ import annotations

import os
import sys

import pytest

if os.environ.get("VERMILION_MERCURIAL") != "1":
    pytest.skip(
        "VERMILION_MERCURIAL=1 is not set: no Mercurial to compare with",
        allow_module_level=True,
    )
if sys.implementation.name == "pypy":
    os.environ.setdefault("HGMODULEPOLICY", "py")  # before Mercurial reads it

from dag import Model, histories_with_revs
from hypothesis import given, strategies as st
from indexes import index_bytes, node_of
from longwork import NULL, long_history
from mercurial import ancestor, dagop, error, policy, setdiscovery, util
from vermilion import Graph, PartialDiscovery, RevSet

parsers = policy.importmod("parsers")


def test_this_is_the_mercurial_to_agree_with():
    assert util.version().startswith(b"7.2.4")
    expected = "mercurial.pure.parsers" if policy.policy == b"py" else "mercurial.cext.parsers"
    assert parsers.__name__ == expected
    assert policy.policy == (b"py" if sys.implementation.name == "pypy" else b"c")


class Oracle:
    """A history in Mercurial's own index."""

    def __init__(self, parents):
        self.index, _ = parsers.parse_index2(index_bytes(parents), False, True, False)
        assert len(self.index) == len(parents)

    def parents(self, rev):
        return self.index[rev][5:7]

    def revs(self, start=0):
        return iter(range(start, len(self.index)))


def asked(parents):
    return Oracle(parents), Graph.from_parents(parents)


def as_made(parents, tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "00changelog.i"
    path.write_bytes(index_bytes(parents))
    return Graph.open(path)


def outcome(function, *arguments):
    """The result, or that it raised IndexError."""
    try:
        return function(*arguments)
    except IndexError:
        return IndexError


@given(histories_with_revs(lists=2), st.integers(-2, 40), st.booleans())
def test_ancestors(case, stoprev, inclusive):
    parents, revs, others = case
    theirs, graph = asked(parents)
    # Mercurial repeats revisions that are given repeatedly
    once = list(dict.fromkeys(revs))
    lazy = ancestor.lazyancestors(theirs.parents, once, stoprev, inclusive)
    ours = graph.ancestors(revs, stoprev, inclusive)
    assert [rev in ours for rev in others] == [rev in lazy for rev in others]
    assert list(ours) == list(lazy)
    assert bool(ours) == bool(lazy)


@given(histories_with_revs(lists=4))
def test_missing_ancestors(case):
    parents, bases, more, revs, among = case
    theirs, graph = asked(parents)
    plain = ancestor.incrementalmissingancestors(theirs.parents, bases)
    ours = graph.missing_ancestors(bases)
    assert ours.has_bases() == bool(plain.hasbases())
    assert set(ours.bases) == set(plain.bases)
    assert set(ours.bases_heads()) == plain.basesheads()
    assert ours.missing_ancestors(revs) == plain.missingancestors(revs)
    assert set(ours.bases_heads()) == plain.basesheads()
    plain.addbases(more)
    ours.add_bases(more)
    left = set(among)
    plain.removeancestorsfrom(left)
    for kind in (set, RevSet):
        mine = kind(among)
        ours.remove_ancestors_from(mine)
        assert mine == left
    assert set(ours.bases_heads()) == plain.basesheads()
    assert ours.missing_ancestors(revs) == plain.missingancestors(revs)


@given(histories_with_revs(lists=1))
def test_common_ancestor_heads(case):
    parents, revs = case
    theirs, graph = asked(parents)
    ours = graph.common_ancestor_heads(*revs)
    assert set(ours) == set(ancestor.commonancestorsheads(theirs.parents, *revs))
    found = graph.greatest_common_ancestors(*revs)
    assert set(found) == set(ancestor.ancestors(theirs.parents, *revs))
    if hasattr(theirs.index, "commonancestorsheads"):  # the C index, whose order counts
        assert ours == theirs.index.commonancestorsheads(*revs)
        assert set(found) == set(theirs.index.ancestors(*revs))


@given(histories_with_revs(lists=1, max_size=20))
def test_is_ancestor(case):
    parents, revs = case
    theirs, graph = asked(parents)
    for b in revs:
        for a in range(-1, len(parents)):
            if a == NULL:
                expected = True
            elif b == NULL:
                expected = False
            else:
                expected = bool(dagop._reachablerootspure(theirs.parents, a, [a], [b], False))
            assert graph.is_ancestor(a, b) is expected


@given(histories_with_revs(lists=2), st.integers(0, 40))
def test_heads(case, stop):
    parents, revs, hidden = case
    theirs, graph = asked(parents)
    stop = min(stop, len(parents))
    assert graph.heads() == theirs.index.headrevs()
    assert graph.heads(stop=stop) == theirs.index.headrevs(None, stop)
    assert set(graph.heads(revs)) == dagop.headrevs(revs, theirs.parents)
    hidden = set(hidden) - {NULL}
    hidden |= Model(parents).descendants(hidden)
    excluded = frozenset(hidden)
    assert graph.heads(exclude=hidden) == theirs.index.headrevs(excluded)
    assert graph.heads(exclude=hidden, stop=stop) == theirs.index.headrevs(excluded, stop)


@given(histories_with_revs(lists=2), st.integers(-1, 40), st.booleans())
def test_reachable_roots(case, minroot, path):
    parents, roots, heads = case
    theirs, graph = asked(parents)
    if not path or minroot <= min(heads, default=0):
        # With a path the Python function also looks at heads below `minroot`.
        expected = dagop._reachablerootspure(theirs.parents, minroot, roots, heads, path)
        assert graph.reachable_roots(roots, heads, minroot, path) == sorted(expected)
    if roots:
        lowest = min(roots)
        expected = dagop._reachablerootspure(theirs.parents, lowest, roots, heads, True)
        if lowest <= min(heads, default=0):
            assert list(graph.range(roots, heads)) == sorted(expected)
    if hasattr(theirs.index, "reachableroots2") and NULL not in roots:
        # The C code has no null revision as a root.
        expected = theirs.index.reachableroots2(minroot, heads, roots, path)
        assert graph.reachable_roots(roots, heads, minroot, path) == sorted(expected)


@given(histories_with_revs(lists=1))
def test_descendants(case):
    parents, revs = case
    theirs, graph = asked(parents)
    if revs:
        expected = dagop.descendantrevs(revs, theirs.revs, theirs.parents)
        assert list(graph.descendants(revs)) == list(expected)


@given(histories_with_revs(lists=2))
def test_toposort(case):
    parents, revs, first = case
    theirs, graph = asked(parents)
    revs = [rev for rev in revs if rev != NULL]
    expected = dagop.toposort(sorted(set(revs)), theirs.parents, first)
    assert graph.toposort(revs, first) == list(expected)


# -- discovery -----------------------------------------------------------------


class Repository:
    """What setdiscovery uses of a repository."""

    def __init__(self, oracle):
        self.oracle = oracle
        self.changelog = self
        self.index = oracle.index

    def incrementalmissingrevs(self):
        return ancestor.incrementalmissingancestors(self.oracle.parents, [])

    def revs(self, expression, *arguments):
        parents = self.oracle.parents
        if expression == b"%ld::%ld":
            roots, heads = map(list, arguments)
            found = dagop._reachablerootspure(parents, min(roots), roots, heads, True)
        elif expression == b"heads(%ld)":
            found = dagop.headrevs(arguments[0], parents)
        else:
            assert expression == b"roots(%ld)"
            revs = set(arguments[0])
            found = {rev for rev in revs if not (set(parents(rev)) - {NULL}) & revs}
        return sorted(found)


@given(histories_with_revs(lists=2, min_size=1), st.integers(1, 12), st.booleans())
def test_discovery_makes_the_same_decisions(case, size, respect_size):
    parents, targets, known = case
    theirs, graph = asked(parents)
    remote = Model(parents).ancestors(known)
    plain = setdiscovery.pure_partialdiscovery(
        Repository(theirs), targets, respect_size, randomize=False
    )
    ours = PartialDiscovery(graph, targets, respect_size, randomize=False)
    heads = graph.heads()
    for step in range(len(parents) + 1):
        assert ours.stats() == plain.stats()
        assert ours.undecided == plain.undecided
        assert ours.missing == plain.missing
        assert ours.common_heads() == plain.commonheads()
        assert ours.has_info() == bool(plain.hasinfo())
        assert ours.is_complete() == plain.iscomplete()
        if plain.iscomplete():
            break
        if step:
            sample, expected = ours.take_full_sample(heads, size), plain.takefullsample(heads, size)
        else:
            sample, expected = (
                ours.take_quick_sample(heads, size),
                plain.takequicksample(heads, size),
            )
        assert set(sample) == set(expected)
        assert len(sample) == len(expected)
        answers = [(rev, rev in remote) for rev in sample]
        ours.add_info(answers)
        plain.addinfo(answers)
    assert plain.iscomplete()


# -- larger, and read from a file ----------------------------------------------


def test_a_larger_history(tmp_path_factory):
    parents = long_history(6000)
    theirs, graph = Oracle(parents), as_made(parents, tmp_path_factory)
    assert len(graph) == 6000
    index = theirs.index
    for rev in range(0, 6000, 97):
        assert graph.parents(rev) == theirs.parents(rev)
        assert graph.node(rev) == index[rev][7] == node_of(rev)
        assert graph.rev(node_of(rev)) == index.rev(node_of(rev)) == rev
    assert graph.heads() == index.headrevs()
    pairs = [(rev * 31 % 6000, rev * 57 % 6000) for rev in range(1, 600)]
    for a, b in pairs:
        expected = ancestor.commonancestorsheads(theirs.parents, a, b)
        assert set(graph.common_ancestor_heads(a, b)) == expected
        assert set(graph.greatest_common_ancestors(a, b)) == set(
            ancestor.ancestors(theirs.parents, a, b)
        )
        assert graph.is_ancestor(a, b) is (a in expected)
    for a, b in pairs[:20]:
        lazy = ancestor.lazyancestors(theirs.parents, [a, b], inclusive=True)
        assert list(graph.ancestors([a, b], inclusive=True)) == list(lazy)
        plain = ancestor.incrementalmissingancestors(theirs.parents, [a])
        assert list(graph.only([b], [a])) == plain.missingancestors([b])
    assert graph.toposort(range(6000)) == list(dagop.toposort(list(range(6000)), theirs.parents))


def test_unknown_nodes():
    theirs, _ = asked(long_history(5))
    with pytest.raises(error.RevlogError):
        theirs.index.rev(b"x" * 20)
