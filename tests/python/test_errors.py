"""Wrong arguments, threads, forks, the garbage collector, and what is sealed."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import random
import signal
import threading
import time
import weakref

import pytest
from conftest import HOST, PYPY, leaving_threads, nested_calls
from dag import Model
from longwork import LONG, NULL, long_history, long_operations

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
        lambda: Index() in graph.ancestors([5]),
    ):
        with pytest.raises((Mine, TypeError)):
            question()
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


@pytest.mark.parametrize("what", [[1], (1,), frozenset([1]), {1: 2}, "1", None, iter([1])], ids=repr)
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


# -- lifetimes -----------------------------------------------------------------


def test_objects_outlive_what_they_were_made_from():
    graph = Graph.from_parents(PAIRS)
    model = Model(PAIRS)
    lazy = graph.ancestors([39])
    iterator, begun = iter(lazy), iter(graph.ancestors([39]))
    first = next(begun)
    missing = graph.missing_ancestors([5])
    discovery = PartialDiscovery(graph, [39])
    revs = iter(graph.only([39], [5]))
    bases = missing.bases
    del graph
    gc.collect()
    assert [first, *begun] == list(iterator) == list(lazy) == model.lazy([39], 0, False)
    assert missing.missing_ancestors([39]) == list(revs) == model.missing([39], [5])
    del missing
    gc.collect()
    assert bases == {5}
    assert set(discovery.undecided) == model.ancestors([39])


def test_graphs_in_reference_cycles_are_collected():
    class Mine(Graph):
        pass

    graph = Mine.from_parents(PAIRS)
    graph.me = graph
    graph.lazy = graph.ancestors([39])
    graph.iterator = iter(graph.lazy)
    next(graph.iterator)
    gone = weakref.ref(graph)
    del graph
    for _ in range(5):
        gc.collect()
    assert gone() is None


def test_garbage_is_collected_in_between():
    graph = Graph.from_parents(PAIRS)
    expected = Model(PAIRS).lazy([39], 0, False)
    threshold = gc.get_threshold() if not PYPY else None
    if not PYPY:
        gc.set_threshold(1)
    try:
        for _ in range(100):
            assert list(graph.ancestors([39])) == expected
            revs = graph.only([39], [5]) | {1, 2}
            revs ^= graph.descendants([3])
            iter(revs)
            with contextlib.suppress(IndexError):
                graph.heads([1000])
    finally:
        if not PYPY:
            gc.set_threshold(*threshold)


# -- threads -------------------------------------------------------------------

def in_threads(work, count=4):
    """Runs `work(number)` in threads at once, and raises what one of them raised."""
    errors, barrier = [], threading.Barrier(count)

    def run(number):
        try:
            barrier.wait(30)
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
        assert not thread.is_alive(), "a thread hangs"
    if errors:
        raise errors[0]


@leaving_threads
def test_threads_reading_one_graph_get_right_answers():
    graph = Graph.from_parents(LONG)
    fresh = Graph.from_parents(LONG)
    asked = [(rev * 7919 % 20_000, rev * 104_729 % 20_000) for rev in range(1, 300)]
    expected = {
        pair: (
            fresh.is_ancestor(*pair),
            fresh.common_ancestor_heads(*pair),
            len(fresh.only([pair[0]], [pair[1]])),
        )
        for pair in asked
    }
    everything = list(fresh.ancestors([19_999]))
    shared = graph.ancestors([19_999])
    heads = fresh.heads()

    def work(number):
        mine = asked[number:] + asked[:number]
        for a, b in mine:
            found = graph.is_ancestor(a, b), graph.common_ancestor_heads(a, b), len(graph.only([a], [b]))
            assert found == expected[a, b]
        assert list(shared) == everything
        assert graph.heads() == heads
        assert all(rev in shared for rev in everything[number::97])

    in_threads(work)


@leaving_threads
def test_threads_sharing_one_iterator():
    graph = Graph.from_parents(LONG)
    expected = list(graph.ancestors([19_999]))
    for _ in range(30):
        iterator, found = iter(graph.ancestors([19_999])), [[] for _ in range(4)]
        in_threads(lambda number: found[number].extend(rev for rev in iterator))
        assert all(part == sorted(part, reverse=True) for part in found)
        assert sorted(rev for part in found for rev in part) == expected[::-1]


@leaving_threads
def test_threads_sharing_everything():
    """Whatever happens is right or a RuntimeError."""
    graph = Graph.from_parents(LONG)
    revs, missing = RevSet(range(1000)), graph.missing_ancestors([10])
    discovery = PartialDiscovery(graph, [19_999])
    iterator = iter(graph.ancestors([19_999]))
    deadline = time.monotonic() + 2
    done = [0] * 4

    def work(number):
        random_number = random.Random(number)
        while time.monotonic() < deadline:
            choice, rev = random_number.randrange(14), random_number.randrange(15_000)
            try:
                if choice == 0:
                    graph.extend([(15_000, 14_999)] * 3)
                elif choice == 1:
                    graph.truncate(19_000 + rev % 1000)
                elif choice == 2:
                    assert graph.parents(rev) == LONG[rev]
                elif choice == 3:
                    assert all(parent < rev for parent in graph.ancestors([rev]))
                elif choice == 4:
                    assert graph.is_ancestor(rev, rev)
                elif choice == 5:
                    assert rev in graph.only([rev], [])
                elif choice == 6:
                    revs.add(rev)
                elif choice == 7:
                    revs.discard(rev)
                elif choice == 8:
                    assert sorted(set(revs)) == list(RevSet(revs)) or len(revs) >= 0
                elif choice == 9:
                    revs.update(range(rev % 500))
                elif choice == 10:
                    missing.add_bases([rev % 100])
                    found = missing.missing_ancestors([rev])
                    assert found == sorted(found)
                elif choice == 11:
                    discovery.add_info([(rev, rev < 7000)])
                elif choice == 12:
                    discovery.take_full_sample([rev], 20)
                elif choice == 13:
                    next(iterator, None)
                done[number] += 1
            except RuntimeError as error:
                assert "in use" in str(error) or "being changed" in str(error) or "changed" in str(error)
            except ValueError as error:
                # a generator behind the iterator may be running in another thread
                assert "already executing" in str(error)

    in_threads(work)
    assert all(done)
    assert snapshot(graph)[:19_000] == LONG[:19_000]
    assert [rev for rev in revs] == sorted(revs)


@leaving_threads
def test_a_long_question_lets_other_threads_run():
    # On a history long enough for several milliseconds in Rust.
    graph = Graph.from_parents([(rev - 1, NULL) for rev in range(300_000)])
    steps, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            steps[0] += 1

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    try:
        before, deadline = steps[0], time.monotonic() + 60
        while steps[0] < before + 3 and time.monotonic() < deadline:
            graph.descendants([0])
    finally:
        stop.set()
        thread.join(60)
    assert steps[0] >= before + 3


# -- processes -----------------------------------------------------------------


def wait_for(pid, seconds=60):
    """The exit status of a child; kills it when it does not end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    pytest.fail("the child hangs")


@pytest.mark.parametrize("before", [False, True])
def test_fork(before):
    graph = Graph.from_parents(LONG)
    expected = long_operations(Graph.from_parents(LONG))
    if before:
        assert long_operations(graph) == expected
    for generation in range(2):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                ok = long_operations(graph) == expected
                ok = ok and long_operations(Graph.from_parents(LONG)) == expected
                grandchild = os.fork()
                if grandchild == 0:
                    os._exit(0 if long_operations(Graph.from_parents(LONG)) == expected else 1)
                ok = ok and os.waitpid(grandchild, 0)[1] == 0
                status = 0 if ok else 2
            finally:
                os._exit(status)
        assert wait_for(pid) == 0, generation
    assert long_operations(graph) == expected


@leaving_threads
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_fork_while_other_threads_work():
    graph = Graph.from_parents(LONG)
    expected = long_operations(Graph.from_parents(LONG))
    stop = threading.Event()

    def work():
        while not stop.is_set():
            Graph.from_parents(LONG).descendants([3])

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        for _ in range(3):
            pid = os.fork()
            if pid == 0:
                status = 1
                try:
                    status = 0 if long_operations(graph) == expected else 2
                finally:
                    os._exit(status)
            assert wait_for(pid) == 0
    finally:
        stop.set()
        thread.join(60)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(method, python):
    code = """
import multiprocessing, sys
sys.path.insert(0, sys.argv[2])
import longwork
from vermilion import Graph, RevSet
if __name__ == "__main__":
    expected = longwork.long_operations(Graph.from_parents(longwork.LONG))
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        for number, found, revs in pool.map(longwork.answer, range(4)):
            assert found == expected
            assert revs == RevSet([number]), revs
    print("done")
"""
    assert python(code, method, os.path.dirname(os.path.abspath(__file__)), timeout=240) == "done"


def test_classes_are_where_they_say():
    for cls in (Graph, PartialDiscovery, RevSet, Ancestors, MissingAncestors):
        assert cls.__module__.startswith("vermilion")
