# SPDX-License-Identifier: GPL-2.0-or-later
"""Every method of Graph against a naive model."""

from __future__ import annotations

import gc
import itertools
import sys
import warnings
from array import array

import pytest
from dag import Model, histories, histories_with_revs, rev_lists
from harness import PYPY
from hypothesis import given, strategies as st
from longwork import NULL, long_history
from vermilion import Graph, PartialDiscovery, RevSet

EMPTY = Graph.from_parents([])


def ordered(revs):
    """A RevSet as the list of what it iterates over."""
    assert type(revs) is RevSet
    return list(revs)


# -- questions -----------------------------------------------------------------


@given(histories())
def test_parents_and_length(parents):
    graph = Graph.from_parents(parents)
    assert len(graph) == len(parents)
    assert [graph.parents(rev) for rev in range(len(graph))] == parents
    assert graph.parents(NULL) == (NULL, NULL)
    assert graph.path is None
    assert graph.memory["parents"] <= 8 * len(parents)


@given(histories_with_revs(lists=2), st.integers(-2, 30), st.booleans())
def test_ancestors(case, stoprev, inclusive):
    parents, revs, asked = case
    model, graph = Model(parents), Graph.from_parents(parents)
    expected = model.lazy(revs, stoprev, inclusive)
    lazy = graph.ancestors(revs, stoprev, inclusive)
    assert bool(lazy) == bool(expected)
    assert [rev in lazy for rev in asked] == [rev in expected for rev in asked]
    assert list(lazy) == expected
    assert list(lazy) == expected
    assert list(graph.ancestors(revs, stoprev=stoprev, inclusive=inclusive)) == expected
    everything = range(-3, len(parents) + 3)
    assert [rev for rev in everything if rev in lazy] == expected[::-1]


@given(histories_with_revs(lists=2))
def test_ancestors_by_several_iterators_at_once(case):
    parents, revs, asked = case
    expected = Model(parents).lazy(revs, 0, True)
    lazy = Graph.from_parents(parents).ancestors(revs, inclusive=True)
    first, second, found = iter(lazy), iter(lazy), ([], [])
    for step in range(2 * len(expected)):
        for iterator, into in ((first, found[0]), (second, found[1])):
            if step % 3 == 0 or into is found[0]:
                into += itertools.islice(iterator, 1)
        for rev in asked[:1]:
            assert (rev in lazy) == (rev in expected)
    assert found[0] == expected
    assert found[1] + list(second) == expected
    assert next(first, None) is None
    assert next(first, None) is None


def test_ancestors_contains_what_is_no_revision():
    lazy = Graph.from_parents([(NULL, NULL), (0, NULL)]).ancestors([1])
    assert 0 in lazy
    for thing in (None, "0", b"0", 0.5, [], -2, 2, 2**31, 2**63, 2**64, -(2**31), -(2**200)):
        assert thing not in lazy


@given(histories_with_revs(lists=4))
def test_missing_ancestors(case):
    parents, bases, more, revs, among = case
    model, graph = Model(parents), Graph.from_parents(parents)
    missing = graph.missing_ancestors(bases)
    assert missing.has_bases() == bool(set(bases) - {NULL})
    assert set(missing.bases) == (set(bases) or {NULL})
    assert ordered(missing.bases_heads()) == model.heads_of(bases)
    assert missing.missing_ancestors(revs) == model.missing(revs, bases)
    missing.add_bases(more)
    bases = bases + more
    assert missing.missing_ancestors(revs) == model.missing(revs, bases)
    assert missing.missing_ancestors(iter(revs)) == model.missing(revs, bases)
    # what a question has found out shows
    assert set(missing.bases_heads()) <= set(bases)
    assert model.ancestors(missing.bases_heads()) == model.ancestors(bases)
    rest = set(among) - model.ancestors(bases) - {NULL}
    for kind in (set, RevSet):
        changed = kind(among)
        assert missing.remove_ancestors_from(changed) is None
        assert changed == rest
    assert set(missing.bases) <= set(bases) | {NULL}


def test_missing_ancestors_leaves_what_the_graph_does_not_have():
    missing = Graph.from_parents([(NULL, NULL), (0, NULL)]).missing_ancestors([0])
    for kind in (set, RevSet):
        revs = kind([NULL, 0, 1, 7, 1000])
        missing.remove_ancestors_from(revs)
        assert revs == {1, 7, 1000}


@given(histories_with_revs(lists=2))
def test_only(case):
    parents, include, exclude = case
    graph = Graph.from_parents(parents)
    assert ordered(graph.only(include, exclude)) == Model(parents).missing(include, exclude)
    assert not graph.only([], exclude)


@given(histories_with_revs(lists=1))
def test_common_ancestor_heads(case):
    parents, revs = case
    model, graph = Model(parents), Graph.from_parents(parents)
    expected = model.common_heads(revs)
    assert graph.common_ancestor_heads(*revs) == expected
    deepest = graph.greatest_common_ancestors(*revs)
    assert set(deepest) <= set(expected)
    if len(expected) < 2:
        assert deepest == expected
    assert deepest == sorted(deepest)


@given(histories_with_revs(lists=1, roots=False))
def test_greatest_common_ancestors_are_the_deepest(case):
    parents, revs = case
    graph = Graph.from_parents(parents)
    assert graph.greatest_common_ancestors(*revs) == Model(parents).deepest(revs)


@given(histories(max_size=25))
def test_is_ancestor(parents):
    model, graph = Model(parents), Graph.from_parents(parents)
    for a, b in itertools.product(range(-1, len(parents)), repeat=2):
        assert graph.is_ancestor(a, b) is model.is_ancestor(a, b)


@given(histories_with_revs(lists=2), st.integers(0, 45))
def test_heads(case, stop):
    parents, revs, excluded = case
    model, graph = Model(parents), Graph.from_parents(parents)
    assert graph.heads() == model.heads()
    assert graph.heads(revs) == model.heads_of(revs)
    assert graph.heads(stop=stop) == model.heads(stop=stop)
    # what is excluded is so with its descendants
    excluded = set(excluded) - {NULL}
    excluded |= model.descendants(excluded)
    assert graph.heads(exclude=excluded) == model.heads(exclude=excluded)
    assert graph.heads(exclude=RevSet(excluded), stop=stop) == model.heads(excluded, stop)


@given(histories_with_revs(lists=1))
def test_roots_children_descendants(case):
    parents, revs = case
    model, graph = Model(parents), Graph.from_parents(parents)
    assert graph.roots(revs) == model.roots_of(revs)
    assert set(ordered(graph.descendants(revs))) == model.descendants(revs)
    for rev in range(-1, len(parents)):
        assert graph.children(rev) == model.children(rev)


@given(histories_with_revs(lists=2), st.integers(-1, 30))
def test_range_and_reachable_roots(case, minroot):
    parents, roots, heads = case
    model, graph = Model(parents), Graph.from_parents(parents)
    expected = sorted(model.range(roots, heads))
    assert ordered(graph.range(roots, heads)) == expected
    assert graph.reachable_roots(roots, heads, minroot) == model.reachable(roots, heads, minroot)
    if NULL not in roots:
        lowest = min(roots, default=0)
        assert graph.reachable_roots(roots, heads, lowest, include_path=True) == expected


@given(histories_with_revs(lists=2))
def test_toposort(case):
    parents, revs, first = case
    model, graph = Model(parents), Graph.from_parents(parents)
    order = graph.toposort(revs, first)
    assert sorted(order) == sorted(set(revs))
    place = {rev: index for index, rev in enumerate(order)}
    for child, parent in itertools.permutations(set(revs) - {NULL}, 2):
        if model.is_ancestor(parent, child):
            assert place[child] < place[parent]


def test_toposort_keeps_branches_together():
    # 0 - 1 - 4 and 0 - 2 - 3
    graph = Graph.from_parents([(NULL, NULL), (0, NULL), (0, NULL), (2, NULL), (1, NULL)])
    assert graph.toposort(range(5)) == [4, 1, 3, 2, 0]
    assert graph.toposort(range(5), first_branch=[3]) == [3, 2, 4, 1, 0]


@given(histories_with_revs(lists=2, min_size=1), st.integers(1, 12), st.booleans(), st.booleans())
def test_discovery(case, size, respect_size, randomize):
    parents, targets, known = case
    model, graph = Model(parents), Graph.from_parents(parents)
    theirs = model.ancestors(known)
    discovery = PartialDiscovery(graph, targets, respect_size, randomize)
    assert not discovery.has_info()
    assert not discovery.is_complete()
    undecided = model.ancestors(targets)
    for step in range(2 * len(parents) + 2):
        assert set(discovery.undecided) == undecided
        assert discovery.stats() == {"undecided": len(undecided)}
        assert discovery.is_complete() is (not undecided)
        if not undecided:
            break
        take = discovery.take_quick_sample if step == 0 else discovery.take_full_sample
        sample = take(graph.heads(), size)
        if respect_size and step:
            assert len(sample) == min(size, len(undecided))
        sample = set(sample) & undecided or undecided
        discovery.add_info((rev, rev in theirs) for rev in sample)
        undecided -= model.ancestors(sample & theirs)
        lacked = sample - theirs
        undecided = {rev for rev in undecided if not (model.up[rev] | {rev}) & lacked}
    assert set(discovery.missing) == model.ancestors(targets) - theirs
    common = model.ancestors(targets) & theirs
    assert set(discovery.common_heads()) >= set(model.heads_of(common)) or not common
    assert model.ancestors(discovery.common_heads()) == common


def test_discovery_told_by_hand():
    graph = Graph.from_parents([(NULL, NULL), (0, NULL), (1, NULL), (0, NULL)])
    discovery = PartialDiscovery(graph, [2, 3])
    assert discovery.stats() == {"undecided": 4}
    discovery.add_commons([1])
    assert discovery.has_info()
    assert discovery.common_heads() == {1}
    assert discovery.undecided == {2, 3}
    discovery.add_missings([2])
    assert discovery.missing == {2}
    assert not discovery.is_complete()
    discovery.add_info([(3, False)])
    assert discovery.is_complete()
    assert discovery.missing == {2, 3}


# -- an empty history, and null ------------------------------------------------


def test_empty_graph():
    assert len(EMPTY) == 0
    assert EMPTY.heads() == [NULL]
    assert EMPTY.heads([]) == EMPTY.roots([]) == EMPTY.children(NULL) == []
    assert EMPTY.heads([NULL]) == []
    assert EMPTY.roots([NULL]) == [NULL]
    assert list(EMPTY.ancestors([])) == list(EMPTY.ancestors([NULL])) == []
    assert not EMPTY.ancestors([NULL])
    assert EMPTY.is_ancestor(NULL, NULL)
    assert EMPTY.common_ancestor_heads() == EMPTY.common_ancestor_heads(NULL, NULL) == []
    assert EMPTY.greatest_common_ancestors() == []
    assert not EMPTY.descendants([NULL])
    assert not EMPTY.only([NULL], [NULL])
    assert EMPTY.missing_ancestors().missing_ancestors([NULL]) == []
    assert EMPTY.toposort([]) == []
    assert not EMPTY.range([], [])
    assert not PartialDiscovery(EMPTY, [NULL]).undecided
    assert EMPTY.memory == {"parents": 0, "labels": 0, "nodes": 0}


def test_null_among_the_included_ancestors():
    graph = Graph.from_parents([(NULL, NULL)])
    assert list(graph.ancestors([0, NULL], stoprev=-1, inclusive=True)) == [0, NULL]
    assert list(graph.ancestors([0, NULL], inclusive=True)) == [0]
    assert NULL in graph.ancestors([NULL], stoprev=-1, inclusive=True)


# -- where histories come from -------------------------------------------------

PAIRS = [(NULL, NULL), (0, NULL), (1, 0), (NULL, 2)]
FLAT = [rev for pair in PAIRS for rev in pair]

SOURCES = {
    "list of tuples": list,
    "tuple of lists": lambda pairs: tuple(map(list, pairs)),
    "generator": iter,
    "dict": lambda pairs: {(a, b): None for a, b in pairs},
    "pairs of other iterables": lambda pairs: [iter(pair) for pair in pairs],
    "bytes": lambda pairs: array("i", FLAT).tobytes(),
    "bytearray": lambda pairs: bytearray(array("i", FLAT).tobytes()),
    "memoryview of bytes": lambda pairs: memoryview(array("i", FLAT).tobytes()),
    "array": lambda pairs: array("i", FLAT),
    "memoryview of an array": lambda pairs: memoryview(array("i", FLAT)),
    "flat int32": lambda pairs: memoryview(array("i", FLAT).tobytes()).cast("i"),
    "pairs of int32": lambda pairs: memoryview(array("i", FLAT).tobytes()).cast(
        "i", (len(pairs), 2)
    ),
    "strided": lambda pairs: memoryview(array("i", [r for x in FLAT for r in (x, 99)]))[::2],
}


@pytest.mark.parametrize("kind", SOURCES)
def test_from_parents(kind):
    graph = Graph.from_parents(SOURCES[kind](PAIRS))
    assert [graph.parents(rev) for rev in range(4)] == PAIRS
    graph.extend(SOURCES[kind](PAIRS))
    assert [graph.parents(rev) for rev in range(8)] == PAIRS * 2


def test_from_parents_takes_what_counts_as_an_int():
    class Index:
        def __index__(self):
            return 0

    graph = Graph.from_parents([(NULL, NULL), (Index(), False), (True, Index())])
    assert [graph.parents(rev) for rev in (1, 2)] == [(0, 0), (1, 0)]


NOT_PARENTS = {
    "no iterable": (5, TypeError, "iterable"),
    "none": (None, TypeError, "iterable"),
    "ints": ([0, 1], TypeError, "revision 0: 0 is not a pair"),
    "three": ([(NULL, NULL, NULL)], ValueError, "revision 0: .* is not a pair"),
    "text": ([(NULL, NULL), ("0", NULL)], TypeError, "revision 1: .*'0'"),
    "float": ([(0.5, NULL)], TypeError, "revision 0: .*0.5"),
    "str": ("ab", ValueError, "revision 0: 'a' is not a pair"),
    "pairs of text": (["ab"], TypeError, "revision 0: 'ab' is not a pair"),
    "over 32 bits": ([(NULL, NULL), (2**31, NULL)], ValueError, "revision 1.*2147483648"),
    "over 64 bits": ([(NULL, 2**64)], ValueError, "revision 0.*18446744073709551616"),
    "far below": ([(-(2**99), NULL)], ValueError, "revision 0.*-633825300114114700748351602688"),
    "below null": ([(NULL, NULL), (0, -2)], ValueError, "revision 1.*-2"),
    "itself": ([(0, NULL)], ValueError, "revision 0.* 0"),
    "a cycle": ([(1, NULL), (0, NULL)], ValueError, "revision 0.* 1"),
    "later": ([(NULL, NULL), (0, 7)], ValueError, "revision 1.* 7"),
    "odd": (array("i", [NULL, NULL, 0]), ValueError, "3 parents"),
    "half an int": (b"\0\0\0\0\0", ValueError, "5 bytes"),
    "int16": (array("h", [NULL, NULL]), TypeError, "int32.*'h'"),
    "int64": (array("q", [NULL, NULL]), TypeError, "int32.*'q'"),
    "unsigned": (array("I", [0, 0]), TypeError, "int32.*'I'"),
    "floats": (array("f", [0, 0]), TypeError, "int32.*'f'"),
    "wide": (memoryview(bytes(24)).cast("i", (2, 3)), ValueError, r"\(2, 3\)"),
    "deep": (memoryview(bytes(16)).cast("i", (1, 2, 2)), ValueError, r"\(1, 2, 2\)"),
}


@pytest.mark.parametrize("kind", NOT_PARENTS)
def test_from_parents_refuses(kind):
    source, error, message = NOT_PARENTS[kind]
    with pytest.raises(error, match=message) as raised:
        Graph.from_parents(source)
    assert raised.type is error
    with pytest.raises(error):
        EMPTY.extend(source)
    assert len(EMPTY) == 0


def test_from_parents_with_numpy():
    numpy = pytest.importorskip("numpy", reason="numpy is not installed on this interpreter")
    expected = [Graph.from_parents(PAIRS).parents(rev) for rev in range(4)]
    square = numpy.array(PAIRS, dtype="int32")
    for source in (
        square,
        square.ravel(),
        numpy.asfortranarray(square),
        numpy.repeat(square, 2, axis=0)[::2],
        square.astype(square.dtype.newbyteorder("=")),
    ):
        graph = Graph.from_parents(source)
        assert [graph.parents(rev) for rev in range(4)] == expected
    assert len(Graph.from_parents(numpy.zeros((0, 2), dtype="int32"))) == 0
    for dtype in ("int64", "int16", "uint32", "float32", square.dtype.newbyteorder()):
        with pytest.raises(TypeError, match="int32"):
            Graph.from_parents(square.astype(dtype))
    with pytest.raises(ValueError, match=r"\(2, 4\)"):
        Graph.from_parents(square.reshape(2, 4))


REVS = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "generator": iter,
    "array": lambda revs: array("i", revs),
    "dict": dict.fromkeys,
    "keys": lambda revs: dict.fromkeys(revs).keys(),
    "map": lambda revs: map(int, revs),
    "RevSet": RevSet,
    "range": lambda revs: range(min(revs), max(revs) + 1),
    "memoryview": lambda revs: memoryview(array("i", revs)),
}


@pytest.mark.parametrize("count", [1, 5, 16, 17, 200])
@pytest.mark.parametrize("kind", REVS)
def test_revisions_from_any_iterable(kind, count):
    pairs = long_history(300)
    model, graph = Model(pairs), Graph.from_parents(pairs)
    revs = list(range(50, 50 + count))
    given = REVS[kind]
    assert graph.heads(given(revs)) == model.heads_of(revs)
    assert graph.roots(given(revs)) == model.roots_of(revs)
    assert list(graph.only(given(revs), given([20]))) == model.missing(revs, [20])
    assert list(graph.ancestors(given(revs), 0, True)) == model.lazy(revs, 0, True)
    assert graph.missing_ancestors(given([40])).missing_ancestors(given(revs)) == model.missing(
        revs, [40]
    )
    assert sorted(graph.toposort(given(revs), given([60]))) == revs
    assert list(graph.range(given([30]), given(revs))) == sorted(model.range([30], revs))


# -- laziness ------------------------------------------------------------------


@pytest.fixture(scope="module")
def million():
    """A line of a million revisions."""
    packed = array("i", [NULL]) * 2_000_000
    packed[2::2] = array("i", range(999_999))
    return Graph.from_parents(packed)


def test_first_items_walk_no_further(million):
    # Fetched in blocks that begin small: the source of blocks stands behind the first
    # one when the first item has been asked for.
    iterator = iter(million.ancestors([999_999]))
    assert next(iterator) == 999_998
    if PYPY:
        blocks = map(array, itertools.repeat("i"), iter(iterator._fetch, None))
    elif sys.version_info >= (3, 14):  # where an itertools.chain is no longer pickled
        (blocks,) = [it for it in gc.get_referents(iterator) if type(it) is map]
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            blocks = iterator.__reduce__()[-1][0]
    block = next(blocks)
    assert block[0] == 999_990
    assert len(block) < 100
    sizes = [len(block) for block in itertools.islice(blocks, 20)]
    assert sizes == sorted(sizes)
    assert sizes[-1] <= 1 << 15


def test_many_first_answers_on_a_long_history(million):
    # Would take minutes if each walked to the end.
    for rev in range(900_000, 902_000):
        lazy = million.ancestors([rev, 999_999])
        assert lazy
        assert next(iter(lazy)) == 999_998
        assert 999_990 in lazy
    assert 0 in lazy


def test_everything_of_a_long_history(million):
    assert sum(1 for _ in million.ancestors([999_999])) == 999_999
    assert len(million.only([999_999], [499_999])) == 500_000
    assert million.heads() == [999_999]
    assert million.is_ancestor(5, 999_999)
    assert million.common_ancestor_heads(999_999, 5) == [5]
    assert million.memory["parents"] == 8_000_000
    assert len(million.descendants([999_000])) == 999


# -- changes -------------------------------------------------------------------


@given(histories(max_size=30), st.lists(st.integers(0, 30), max_size=4), st.data())
def test_extend_and_truncate(parents, cuts, data):
    graph = Graph.from_parents(parents)
    for cut in cuts:
        graph.truncate(cut)
        parents = parents[:cut]
        assert len(graph) == len(parents)
        more = [(len(parents) - 1, NULL), (NULL, NULL), (len(parents), len(parents) + 1)]
        graph.extend(more)
        parents = parents + more
        model = Model(parents)
        revs = data.draw(rev_lists(len(parents)))
        assert graph.heads() == model.heads()
        assert list(graph.ancestors(revs)) == model.lazy(revs, 0, False)
        assert graph.common_ancestor_heads(*revs) == model.common_heads(revs)
        for a in revs[:5]:
            for b in range(len(parents)):
                assert graph.is_ancestor(a, b) == model.is_ancestor(a, b)


def test_lazy_objects_keep_their_snapshot():
    pairs = long_history(200)
    model, graph = Model(pairs), Graph.from_parents(pairs)
    lazy = graph.ancestors([199])
    missing = graph.missing_ancestors([100])
    discovery = PartialDiscovery(graph, [199], randomize=False)
    iterator = iter(graph.ancestors([199]))
    begun = [next(iterator) for _ in range(3)]
    graph.truncate(50)
    graph.extend([(49, NULL)] * 10)
    assert len(graph) == 60
    assert list(lazy) == begun + list(iterator) == model.lazy([199], 0, False)
    assert missing.missing_ancestors([199]) == model.missing([199], [100])
    assert set(discovery.undecided) == model.ancestors([199])
    with pytest.raises(IndexError, match="199"):
        graph.ancestors([199])
    assert list(graph.ancestors([59], 49)) == [49]
    graph.truncate(0)
    assert graph.heads() == [NULL]
    assert list(lazy) == model.lazy([199], 0, False)


def test_labels_follow_changes():
    pairs = long_history(3000)
    graph = Graph.from_parents(pairs)
    asked = [(rev * 7 % 3000, rev * 13 % 3000) for rev in range(20_000)]
    for a, b in asked:
        graph.is_ancestor(a, b)
    assert graph.memory["labels"] > 0
    graph.truncate(2000)
    graph.extend(
        [(NULL, NULL)] + [(rev, 1999 if rev == 2001 else NULL) for rev in range(2000, 2500)]
    )
    model = Model(pairs[:2000])
    assert not graph.is_ancestor(1999, 2001)
    assert graph.is_ancestor(1999, 2002)
    assert graph.is_ancestor(1500, 2400) is model.is_ancestor(1500, 1999)
    assert graph.common_ancestor_heads(2001, 1999) == []
    assert graph.common_ancestor_heads(2400, 1999) == [1999]


def test_long_questions_agree_with_the_model():
    # long enough that other threads are let in, and for labels
    pairs = long_history(5000)
    graph = Graph.from_parents(pairs)
    down = [set() for _ in pairs]
    for rev, pair in enumerate(pairs):
        down[rev] = {rev}.union(*(down[p] for p in pair if p >= 0)) if rev > 4000 else {rev}
    tips = [4999, 4990, 4800]
    expected = set().union(*(down[rev] for rev in tips))
    found = [rev for rev in graph.ancestors(tips, 4001, True)]
    assert found == sorted((rev for rev in expected if rev > 4000), reverse=True)
    below = graph.descendants([4500])
    assert list(below) == [rev for rev in range(4501, 5000) if 4500 in down[rev]]
    for other in range(4400, 4999, 7):
        assert graph.is_ancestor(other, 4999) is (other in down[4999])


# -- being a Python class ------------------------------------------------------


def test_graph_can_be_subclassed():
    class Mine(Graph):
        def __init__(self, native):
            super().__init__(native)
            self.note = "kept"

        def tips(self):
            return self.heads()

    graph = Mine.from_parents(PAIRS)
    assert type(graph) is Mine
    assert graph.tips() == [3]
    assert graph.note == "kept"
    graph.more = 5
    assert graph.more == 5
    assert repr(graph) == "<Mine of 4 revisions>"


def test_graph_is_made_by_its_class_methods():
    with pytest.raises(TypeError, match="from_parents"):
        Graph(PAIRS)
    with pytest.raises(TypeError):
        Graph()


def test_keyword_arguments_and_their_combinations():
    graph = Graph.from_parents(PAIRS)
    assert graph.heads(revs=[0, 1]) == [1]
    with pytest.raises(TypeError, match="exclude"):
        graph.heads([0], exclude=[1])
    with pytest.raises(TypeError, match="stop"):
        graph.heads([0], stop=1)
    assert graph.reachable_roots(roots=[0], heads=[3], minroot=0, include_path=True)


@pytest.mark.parametrize("length", [4095, 4096, 4097, 8192, 10_000])
def test_long_lists_of_revisions(length):
    graph = Graph.from_parents([(rev - 1, NULL) for rev in range(length)])
    revs = list(range(length))
    for given in (revs, tuple(revs), iter(revs), range(length), RevSet(revs), revs[::-1]):
        assert graph.heads(given) == [length - 1]
    assert list(graph.range(revs[7:], revs)) == revs[7:]
    for place in (0, 4095, length - 1):
        for wrong, error in (
            ("x", TypeError),
            (2**31, IndexError),
            (length, IndexError),
            (None, TypeError),
        ):
            with pytest.raises(error):
                graph.heads([*revs[:place], wrong, *revs[place + 1 :]])
