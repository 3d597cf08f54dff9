# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong arguments, and what is sealed."""

from __future__ import annotations

import contextlib
import gc
import pickle

import pytest
from dag import Model
from harness import HOST, nested_calls
from longwork import NULL, long_history
from vermilion import Ancestors, Graph, MissingAncestors, PartialDiscovery, RevSet, _native

PAIRS = long_history(40)


def graph_questions(graph, rev):
    """Every use of a revision in the questions to a graph, alone and among others."""
    some, many = [0, rev], [*range(30), rev]
    return {
        "parents": lambda: graph.parents(rev),
        "node": lambda: graph.node(rev),
        "ancestors": lambda: graph.ancestors([rev]),
        "ancestors of some": lambda: graph.ancestors(some, inclusive=True),
        "ancestors of many": lambda: graph.ancestors(many),
        "ancestors of a tuple": lambda: graph.ancestors(tuple(some)),
        "ancestors of a set": lambda: graph.ancestors(set(some)),
        "missing_ancestors": lambda: graph.missing_ancestors([rev]),
        "missing_ancestors of many": lambda: graph.missing_ancestors(many),
        "only, included": lambda: graph.only([rev], [0]),
        "only, excluded": lambda: graph.only([0], some),
        "common_ancestor_heads": lambda: graph.common_ancestor_heads(0, rev),
        "greatest_common_ancestors": lambda: graph.greatest_common_ancestors(rev, 0),
        "is_ancestor, above": lambda: graph.is_ancestor(rev, 0),
        "is_ancestor, below": lambda: graph.is_ancestor(0, rev),
        "heads": lambda: graph.heads(many),
        "roots": lambda: graph.roots(some),
        "range, roots": lambda: graph.range([rev], [0]),
        "range, heads": lambda: graph.range([0], some),
        "reachable_roots, roots": lambda: graph.reachable_roots([rev], [0]),
        "reachable_roots, heads": lambda: graph.reachable_roots([0], [rev]),
        "descendants": lambda: graph.descendants(some),
        "children": lambda: graph.children(rev),
        "toposort": lambda: graph.toposort(some),
        "toposort, first": lambda: graph.toposort([0], [rev]),
        "discovery": lambda: PartialDiscovery(graph, [rev]),
    }


def object_questions(missing, discovery, rev):
    """The same for the objects that a graph makes."""
    return {
        "add_bases": lambda: missing.add_bases([1, rev]),
        "missing_ancestors": lambda: missing.missing_ancestors([1, rev]),
        "add_commons": lambda: discovery.add_commons([1, rev]),
        "add_missings": lambda: discovery.add_missings([39, rev]),
        "take_quick_sample": lambda: discovery.take_quick_sample([1, rev], 3),
        "take_full_sample": lambda: discovery.take_full_sample([1, rev], 3),
    }


OUT_OF_RANGE = [40, 41, -2, -3, 2**31 - 1, -(2**31), 2**31, -(2**31) - 1, 2**32, 2**63 - 1]
OUT_OF_RANGE += [2**63, -(2**63), -(2**63) - 1, 2**64, 2**64 + 1, 10**30, -(10**30)]
WRONG_TYPES = ["1", b"1", None, 1.0, [1], (1,), {}, object(), 1j, range(1), RevSet([1])]


def snapshot(graph):
    return [graph.parents(rev) for rev in range(len(graph))]


@pytest.mark.parametrize("rev", OUT_OF_RANGE)
def test_revisions_out_of_range(rev):
    graph = Graph.from_parents(PAIRS)
    for name, question in graph_questions(graph, rev).items():
        with pytest.raises(IndexError) as raised:
            question()
        assert str(rev) in str(raised.value), name
        assert raised.type is IndexError
    assert snapshot(graph) == PAIRS


@pytest.mark.parametrize("rev", OUT_OF_RANGE)
def test_revisions_out_of_range_for_other_objects(rev):
    graph = Graph.from_parents(PAIRS)
    missing, discovery = graph.missing_ancestors([5]), PartialDiscovery(graph, [39])
    undecided = set(discovery.undecided)
    for name, question in object_questions(missing, discovery, rev).items():
        with pytest.raises(IndexError) as raised:
            question()
        assert str(rev) in str(raised.value), name
    for answers in ([(rev, False)], [(rev, True)], [(39, False), (rev, True)]):
        with pytest.raises(IndexError, match=str(rev)):
            discovery.add_info(answers)
    assert set(missing.bases) == {5}
    assert missing.missing_ancestors([39]) == Model(PAIRS).missing([39], [5])
    assert set(discovery.undecided) == undecided
    assert not discovery.missing
    assert not discovery.has_info()


@pytest.mark.parametrize("rev", WRONG_TYPES, ids=repr)
def test_other_types_for_revisions(rev):
    graph = Graph.from_parents(PAIRS)
    missing, discovery = graph.missing_ancestors([5]), PartialDiscovery(graph, [39])
    undecided = set(discovery.undecided)
    with contextlib.suppress(TypeError):
        hash(rev)
        for question in (*graph_questions(graph, rev).values(),):
            with pytest.raises(TypeError):
                question()
    for question in object_questions(missing, discovery, rev).values():
        with pytest.raises(TypeError):
            question()
    assert snapshot(graph) == PAIRS
    assert set(missing.bases) == {5}
    assert set(discovery.undecided) == undecided
    assert not discovery.has_info()


@pytest.mark.parametrize("revs", [None, 5, 1.5, object(), len], ids=repr)
def test_what_is_no_iterable_of_revisions(revs):
    graph = Graph.from_parents(PAIRS)
    missing, discovery = graph.missing_ancestors([5]), PartialDiscovery(graph, [39])
    for question in (
        lambda: graph.ancestors(revs),
        lambda: graph.missing_ancestors(revs),
        lambda: graph.only(revs, [0]),
        lambda: graph.only([0], revs),
        lambda: graph.roots(revs),
        lambda: graph.range(revs, [0]),
        lambda: graph.range([0], revs),
        lambda: graph.reachable_roots(revs, [0]),
        lambda: graph.descendants(revs),
        lambda: graph.toposort(revs),
        lambda: graph.toposort([0], revs),
        lambda: PartialDiscovery(graph, revs),
        lambda: missing.add_bases(revs),
        lambda: missing.missing_ancestors(revs),
        lambda: missing.remove_ancestors_from(revs),
        lambda: discovery.add_commons(revs),
        lambda: discovery.add_info(revs),
        lambda: discovery.take_quick_sample(revs, 1),
    ):
        with pytest.raises(TypeError):
            question()
    if revs is not None:
        with pytest.raises(TypeError):
            graph.heads(revs)


def test_iterables_that_fail_pass_their_own_error_on():
    graph = Graph.from_parents(PAIRS)

    class Mine(Exception):
        pass

    def failing():
        yield 1
        raise Mine

    class Index:
        def __index__(self):
            raise Mine

    for question in (
        lambda: graph.heads(failing()),
        lambda: graph.only([1], failing()),
        lambda: graph.heads([Index()]),
        lambda: graph.heads([*range(30), Index()]),
        lambda: graph.parents(Index()),
        lambda: graph.extend((pair, Mine) if pair is None else failing() for pair in [None, 1]),
        lambda: Graph.from_parents([(Index(), -1)]),
        lambda: RevSet(failing()),
    ):
        with pytest.raises((Mine, TypeError)):
            question()
    # What is no number is in no set, whatever it raises.
    assert Index() not in graph.ancestors([5])
    assert Index() not in RevSet([5])
    assert snapshot(graph) == PAIRS


def test_ints_of_other_types_count_as_ints():
    class Index:
        def __index__(self):
            return 3

    graph = Graph.from_parents(PAIRS)
    assert graph.parents(Index()) == graph.parents(3)
    assert graph.parents(True) == graph.parents(1)
    assert graph.heads([Index(), 0]) == graph.heads([3, 0])
    assert graph.heads([*range(30), Index()]) == graph.heads(range(30))
    assert RevSet([Index(), True]) == {1, 3}


@pytest.mark.parametrize("number", [-1, -(2**31), -(2**64), 2**64, 10**30])
def test_impossible_numbers_of_revisions(number):
    graph = Graph.from_parents(PAIRS)
    discovery = PartialDiscovery(graph, [39])
    for question in (
        lambda: graph.truncate(number),
        lambda: graph.heads(stop=number),
        lambda: discovery.take_quick_sample([39], number),
        lambda: discovery.take_full_sample([39], number),
    ):
        with pytest.raises(ValueError) as raised:
            question()
        assert str(number) in str(raised.value)
    assert snapshot(graph) == PAIRS


@pytest.mark.parametrize("number", ["1", 1.0, [], b"1"], ids=repr)
def test_other_types_for_numbers_of_revisions(number):
    graph = Graph.from_parents(PAIRS)
    for question in (
        lambda: graph.truncate(number),
        lambda: graph.heads(stop=number),
        lambda: graph.ancestors([5], stoprev=number),
        lambda: graph.reachable_roots([0], [5], minroot=number),
        lambda: PartialDiscovery(graph, [39]).take_full_sample([39], number),
    ):
        with pytest.raises(TypeError):
            question()
    assert snapshot(graph) == PAIRS


def test_numbers_beyond_the_end():
    graph = Graph.from_parents(PAIRS)
    for number in (40, 41, 2**31, 2**40, 2**63):
        graph.truncate(number)
        assert graph.heads(stop=number) == graph.heads()
    assert snapshot(graph) == PAIRS
    with pytest.raises(IndexError, match=str(2**40)):
        graph.ancestors([5], stoprev=2**40)


def test_excluded_heads_out_of_range():
    graph = Graph.from_parents(PAIRS)
    for rev in (-2, 2**31, -(2**40)):
        with pytest.raises(IndexError, match=str(rev)):
            graph.heads(exclude=[rev])


def test_missing_arguments_and_too_many():
    graph = Graph.from_parents(PAIRS)
    native = graph._native
    for name in ("parents", "only", "is_ancestor", "children", "toposort", "extend", "rev"):
        with pytest.raises(TypeError):
            getattr(native, name)()
        with pytest.raises(TypeError):
            getattr(native, name)(*[0] * 9)
    missing = graph.missing_ancestors()
    for call in (
        missing.add_bases,
        missing.remove_ancestors_from,
        missing.missing_ancestors,
        lambda: missing.has_bases(1),
        lambda: missing.bases_heads(1),
        lambda: missing.remove_ancestors_from(set(), set()),
        lambda: iter(graph.ancestors([1])).__next__(1),
        lambda: _native.threads(1),
        lambda: _native.open_graph(),
        lambda: _native.graph_from_packed(b"", b""),
    ):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize(
    "what", [[1], (1,), frozenset([1]), {1: 2}, "1", None, iter([1])], ids=repr
)
def test_ancestors_are_removed_from_sets_only(what):
    missing = Graph.from_parents(PAIRS).missing_ancestors([5])
    with pytest.raises(TypeError):
        missing.remove_ancestors_from(what)


@pytest.mark.parametrize("member", ["x", None, 2**40, -5], ids=repr)
def test_ancestors_are_removed_from_sets_of_revisions_only(member):
    missing = Graph.from_parents(PAIRS).missing_ancestors([5])
    revs = {1, 2, member}
    with pytest.raises((TypeError, IndexError)):
        missing.remove_ancestors_from(revs)
    assert revs == {1, 2, member}


def test_nothing_is_added_on_an_error():
    graph = Graph.from_parents(PAIRS)
    for bad in ([(39, NULL), (50, NULL)], [(39, NULL), None], b"\0", [(2**40, 1)]):
        with pytest.raises((ValueError, TypeError)):
            graph.extend(bad)
        assert snapshot(graph) == PAIRS


# -- the objects of graphs cannot be changed from within -----------------------


@nested_calls
def test_changing_a_graph_while_its_arguments_are_read():
    graph = Graph.from_parents(PAIRS)

    def shrinking():
        yield 39
        graph.truncate(10)

    with pytest.raises(IndexError, match="39"):
        graph.heads(shrinking())
    assert len(graph) == 10

    class Index:
        def __index__(self):
            graph.extend([(9, NULL)] * 20)
            return 25

    assert graph.parents(Index()) == (9, NULL)


# -- what is sealed ------------------------------------------------------------


def natives():
    graph = Graph.from_parents(PAIRS)
    return {
        "Graph": graph._native,
        "Ancestors": graph.ancestors([5]),
        "MissingAncestors": graph.missing_ancestors([5]),
        "RevSet": RevSet([1]),
        "RevSetIterator": iter(RevSet([1])),
        "Discovery": PartialDiscovery(graph, [5])._native,
        "Dirstate": _native.dirstate(False),
    }


NATIVES = [*natives(), "AncestorsChunks"]
METHODS = {
    "Graph": ["parents", "node", "extend", "__len__", "common_ancestor_heads"],
    "Ancestors": ["__contains__", "__iter__", "__bool__"],
    "MissingAncestors": ["add_bases", "has_bases", "remove_ancestors_from"],
    "RevSet": ["add", "pop", "__or__", "__ior__", "__iter__", "__len__", "__repr__", "to_array"],
    "RevSetIterator": ["__next__"],
    "AncestorsChunks": ["__next__"],
    "Discovery": ["add_commons", "undecided"],
    "Dirstate": ["get", "set", "has_dir", "status", "__len__"],
}


@pytest.mark.parametrize("name", NATIVES)
def test_native_classes_have_no_usable_subclasses(name):
    native = getattr(_native, name)
    with pytest.raises(TypeError):

        class Sub(native):
            pass

        Sub([])
    with pytest.raises(TypeError):
        type("Sub", (native,), {"__slots__": ()})([])
    with pytest.raises(TypeError):

        class Both(native, list):
            pass

        Both([])


@pytest.mark.parametrize("name", NATIVES)
def test_native_objects_without_constructor_are_useless_but_harmless(name):
    native = getattr(_native, name)
    if name != "RevSet":
        with pytest.raises(TypeError):
            native()
        with pytest.raises(TypeError):
            native.__new__(native)
    try:
        made = object.__new__(native)
    except TypeError:
        return
    for method in METHODS[name]:
        with contextlib.suppress(TypeError, AttributeError, RuntimeError):
            getattr(made, method)(*[5][: method != "__next__"])
    with contextlib.suppress(TypeError):
        len(made)
    with contextlib.suppress(TypeError):
        5 in made
    with contextlib.suppress(TypeError):
        iter(made)
    with contextlib.suppress(TypeError):
        made | made
    with pytest.raises(TypeError):
        RevSet([1]) | made
    del made
    gc.collect()


@pytest.mark.parametrize("name", NATIVES)
def test_methods_refuse_other_receivers(name):
    native, objects = getattr(_native, name), natives()
    for method in METHODS[name]:
        function = getattr(native, method)
        for other in [5, None, [], object(), object, native, *objects.values()]:
            if type(other) is native:
                continue
            for arguments in ((), (5,), ([1],)):
                with pytest.raises(TypeError):
                    function(other, *arguments)


@pytest.mark.parametrize("name", natives())
@pytest.mark.skipif(HOST == "built in", reason="PyPy 7.3's native objects have attributes")
def test_native_objects_have_no_attributes_of_their_own(name):
    with pytest.raises(AttributeError):
        natives()[name].more = 1


def test_native_objects_that_change_their_class():
    # PyPy lets them; then they are of no use, and do no harm.
    for name, native in natives().items():
        for other in NATIVES:
            if name == other:
                continue
            try:
                native.__class__ = getattr(_native, other)
            except TypeError:
                continue
            for method in METHODS[other]:
                for arguments in ((), (1,)):
                    if method != "__ior__" or not arguments:
                        with pytest.raises(TypeError):
                            getattr(native, method)(*arguments)
            with pytest.raises(TypeError):
                RevSet([1]) | native
        del native
        gc.collect()


def test_native_objects_but_sets_are_not_pickled():
    for name, native in natives().items():
        if name == "RevSet":
            continue
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError):
                pickle.loads(pickle.dumps(native, protocol))


def test_classes_are_where_they_say():
    for cls in (Graph, PartialDiscovery, RevSet, Ancestors, MissingAncestors):
        assert cls.__module__.startswith("vermilion")
