# SPDX-License-Identifier: GPL-2.0-or-later
"""RevSet against Python's own set."""

from __future__ import annotations

import copy
import operator
import pickle
import sys
from array import array

import pytest
from harness import nested_calls
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from vermilion import RevSet

HIGHEST = 2**31 - 1

# near each other, around blocks' borders, and at the ends
revs = st.one_of(
    st.integers(-1, 40),
    st.integers(65_530, 65_542),
    st.integers(HIGHEST - 3, HIGHEST),
)
rev_sets = st.one_of(
    st.sets(revs, max_size=20),
    st.builds(lambda a, n: set(range(a, a + n)), st.integers(-1, 100), st.integers(0, 400)),
)
kinds = st.sampled_from([RevSet, set, frozenset])

OPERATORS = [operator.or_, operator.and_, operator.sub, operator.xor]
IN_PLACE = [operator.ior, operator.iand, operator.isub, operator.ixor]
COMPARISONS = [operator.eq, operator.ne, operator.le, operator.lt, operator.ge, operator.gt]

NO_SETS = [None, 5, "12", b"\0\0\0\0", [1], (1,), {1: 2}, {1: 2}.values(), range(3), 1.5, object()]
NO_REVS = [None, "1", b"1", 1.5, [1], object()]
OUT_OF_RANGE = [-2, -(2**31), 2**31, 2**32, 2**63, 2**64, -(2**63) - 1, 10**100]


def same(found, expected):
    assert type(found) is RevSet
    assert list(found) == sorted(expected)
    assert len(found) == len(expected)


# -- a whole life --------------------------------------------------------------


class Life(RuleBasedStateMachine):
    """One RevSet and one set through the same changes."""

    def __init__(self):
        super().__init__()
        self.ours, self.plain = RevSet(), set()
        self.iterators = []

    def changed(self, before):
        """An iterator begun before fails if something changed, and goes on if not."""
        for begun, rest in self.iterators:
            if self.plain != before:
                with pytest.raises(RuntimeError, match="changed during iteration"):
                    next(begun)
            else:
                assert list(begun) == rest
        self.iterators.clear()

    @rule(count=st.integers(0, 3))
    def begin_to_iterate(self, count):
        iterator, rest = iter(self.ours), sorted(self.plain)
        for _ in range(min(count, len(rest))):
            assert next(iterator) == rest.pop(0)
        self.iterators.append((iterator, rest))

    @rule(name=st.sampled_from(["add", "discard"]), rev=revs)
    def one(self, name, rev):
        before = set(self.plain)
        assert getattr(self.ours, name)(rev) is None
        getattr(self.plain, name)(rev)
        self.changed(before)

    @rule(rev=revs)
    def remove(self, rev):
        before = set(self.plain)
        if rev in self.plain:
            self.plain.remove(rev)
            assert self.ours.remove(rev) is None
        else:
            with pytest.raises(KeyError, match=str(rev)):
                self.ours.remove(rev)
        self.changed(before)

    @rule()
    def pop(self):
        before = set(self.plain)
        if self.plain:
            rev = self.ours.pop()
            assert rev == max(self.plain)
            self.plain.remove(rev)
        else:
            with pytest.raises(KeyError):
                self.ours.pop()
        self.changed(before)

    @rule(kind=st.sampled_from([RevSet, set, list, iter]), other=rev_sets)
    def update(self, kind, other):
        before = set(self.plain)
        assert self.ours.update(kind(other)) is None
        self.plain.update(other)
        self.changed(before)

    @rule(change=st.sampled_from(IN_PLACE), kind=kinds, other=rev_sets)
    def in_place(self, change, kind, other):
        before, ours = set(self.plain), self.ours
        self.ours = change(self.ours, kind(other))
        assert self.ours is ours
        self.plain = change(self.plain, other)
        self.changed(before)

    @rule(change=st.sampled_from(IN_PLACE))
    def in_place_with_itself(self, change):
        before, ours = set(self.plain), self.ours
        self.ours = change(self.ours, self.ours)
        assert self.ours is ours
        self.plain = change(self.plain, set(self.plain))
        self.changed(before)

    @rule()
    def clear(self):
        before = set(self.plain)
        self.ours.clear()
        self.plain.clear()
        self.changed(before)

    @rule()
    def go_on_with_a_copy(self):
        left = self.ours
        self.ours = left.copy()
        assert self.ours is not left
        left.add(12345)
        self.iterators.clear()

    @rule(protocol=st.integers(0, pickle.HIGHEST_PROTOCOL))
    def go_on_with_a_pickle(self, protocol):
        self.ours = pickle.loads(pickle.dumps(self.ours, protocol))
        self.iterators.clear()

    @precondition(lambda self: self.plain)
    @rule(data=st.data())
    def look(self, data):
        rev = data.draw(st.one_of(st.sampled_from(sorted(self.plain)), revs))
        assert (rev in self.ours) is (rev in self.plain)

    @invariant()
    def agrees(self):
        same(self.ours, self.plain)
        assert self.ours == self.plain
        assert bool(self.ours) is bool(self.plain)


TestLife = Life.TestCase


# -- making one ----------------------------------------------------------------


@given(st.lists(revs))
def test_made_of_any_iterable(items):
    for kind in (list, tuple, set, frozenset, iter, dict.fromkeys, RevSet):
        same(RevSet(kind(items)), set(items))
    same(RevSet(array("i", items)), set(items))


def test_made_of_nothing():
    for empty in (RevSet(), RevSet([]), RevSet(RevSet()), RevSet(None)):
        same(empty, set())
        assert not empty


def test_constructor_takes_one_positional_argument():
    for call in (lambda: RevSet([1], [2]), lambda: RevSet(revs=[1])):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("many", [[], list(range(40))])
@pytest.mark.parametrize("item", NO_REVS, ids=repr)
def test_other_members_are_refused(item, many):
    with pytest.raises(TypeError):
        RevSet(many + [item])
    with pytest.raises(TypeError):
        RevSet(many).update(many + [item])
    with pytest.raises(TypeError):
        RevSet(many).add(item)
    with pytest.raises(TypeError):
        RevSet(many).remove(item)


@pytest.mark.parametrize("many", [[], list(range(40))])
@pytest.mark.parametrize("rev", OUT_OF_RANGE)
def test_impossible_revisions_are_refused_by_name(rev, many):
    ours = RevSet(many)
    iterator = iter(ours)
    for change in (
        lambda: RevSet(many + [rev]),
        lambda: ours.update(many + [rev]),
        lambda: ours.add(rev),
    ):
        with pytest.raises(IndexError) as raised:
            change()
        assert str(rev) in str(raised.value)
    with pytest.raises((KeyError, IndexError), match=str(rev)):
        ours.remove(rev)
    assert rev not in ours
    ours.discard(rev)
    assert list(iterator) == many


def test_a_number_too_long_to_print():
    if not hasattr(sys, "get_int_max_str_digits"):
        pytest.skip("this Python prints ints of any length")
    with pytest.raises(IndexError, match="revision is out of range"):
        RevSet([10**100_000])


@pytest.mark.parametrize("item", [5, None, 1.5, object()], ids=repr)
def test_no_iterable(item):
    for call in (RevSet, RevSet().update, RevSet().isdisjoint):
        if item is None and call is RevSet:
            continue
        with pytest.raises(TypeError):
            call(item)


# -- operators and comparisons -------------------------------------------------


@given(rev_sets, rev_sets, kinds)
def test_operators(a, b, kind):
    ours = RevSet(a)
    for apply in OPERATORS:
        same(apply(ours, kind(b)), apply(a, b))
        same(apply(kind(b), ours), apply(b, a))
    same(ours, a)


@given(rev_sets, rev_sets, kinds)
def test_comparisons(a, b, kind):
    for first, second in ((a, b), (a, a | b), (a | b, a), (a, set(a))):
        for compare in COMPARISONS:
            expected = compare(first, second)
            assert compare(RevSet(first), kind(second)) is expected
            assert compare(kind(first), RevSet(second)) is expected
        assert RevSet(first).isdisjoint(kind(second)) is first.isdisjoint(second)
        assert RevSet(first).isdisjoint(iter(second)) is first.isdisjoint(second)


@given(rev_sets)
def test_operators_with_itself(a):
    ours = RevSet(a)
    same(ours | ours, a)
    same(ours & ours, a)
    same(ours - ours, set())
    same(ours ^ ours, set())
    assert ours == ours
    assert ours <= ours
    assert not ours < ours
    assert ours.isdisjoint(ours) is (not a)


@pytest.mark.parametrize("other", NO_SETS, ids=repr)
def test_operators_with_what_is_no_set(other):
    ours = RevSet([1, 2])
    for apply in OPERATORS + IN_PLACE + COMPARISONS[2:]:
        with pytest.raises(TypeError):
            apply(ours, other)
        with pytest.raises(TypeError):
            apply(other, ours)
    assert (ours == other) is False
    assert (other == ours) is False
    assert (ours != other) is True
    same(ours, {1, 2})


def test_the_other_operand_may_do_the_work():
    class Other:
        def __ror__(self, left):
            return "or", left

        def __rsub__(self, left):
            return "sub", left

        def __eq__(self, left):
            return "equal"

        def __gt__(self, left):
            return "greater"

    ours, other = RevSet([1]), Other()
    assert (ours | other) == ("or", ours)
    assert (ours - other) == ("sub", ours)
    assert (ours == other) == "equal"
    assert (ours < other) == "greater"
    kept = ours
    ours |= other
    assert ours == ("or", kept)


@pytest.mark.parametrize("foreign", ["x", None, 2**40, -2, (1,)], ids=repr)
def test_sets_with_members_that_are_no_revisions(foreign):
    ours, other = RevSet([1, 2, 3]), {2, 3, 4, foreign}
    same(ours & other, {2, 3})
    same(other & ours, {2, 3})
    same(ours - other, {1})
    assert not ours.isdisjoint(other)
    assert ours.isdisjoint([foreign, 9])
    for apply in (operator.or_, operator.xor, operator.ior, operator.ixor):
        with pytest.raises(TypeError, match="revisions only"):
            apply(ours, other)
    for apply in (operator.or_, operator.xor, operator.sub):
        with pytest.raises(TypeError, match="revisions only"):
            apply(other, ours)
    same(ours, {1, 2, 3})
    assert ours != other
    assert other != ours
    assert not ours >= other
    assert not ours > other
    assert RevSet([2, 3]) <= other
    assert RevSet([2, 3]) < other
    assert RevSet([2, 3, 4]) < other
    assert not RevSet([2, 3, 4]) == other
    ours &= other
    same(ours, {2, 3})
    ours -= other
    same(ours, set())


def test_special_methods_by_name():
    ours = RevSet([1])
    for name in ("__or__", "__rsub__", "__ior__", "__eq__", "__lt__"):
        assert getattr(ours, name)(5) is NotImplemented
        with pytest.raises(TypeError):
            getattr(ours, name)()
        with pytest.raises(TypeError):
            getattr(ours, name)(ours, ours)
    for name in ("to_array", "to_bytes", "copy", "clear", "pop", "__iter__", "__reduce__"):
        with pytest.raises(TypeError):
            getattr(ours, name)(1)
    for name in ("add", "discard", "remove", "update", "isdisjoint"):
        with pytest.raises(TypeError):
            getattr(ours, name)()
        with pytest.raises(TypeError):
            getattr(ours, name)(1, 2)
    same(ours, {1})


# -- contents ------------------------------------------------------------------


def test_contains():
    ours = RevSet([-1, 0, 7, HIGHEST])
    assert all(rev in ours for rev in (-1, 0, 7, HIGHEST, False))
    for other in [1, 8, True, HIGHEST - 1, *OUT_OF_RANGE, *NO_REVS]:
        assert other not in ours
        ours.discard(other)
    same(ours, {-1, 0, 7, HIGHEST})


@given(rev_sets)
def test_as_array_and_bytes(members):
    ours, expected = RevSet(members), array("i", sorted(members))
    found = ours.to_array()
    assert type(found) is array
    assert found == expected
    assert found.typecode == "i"
    assert ours.to_bytes() == expected.tobytes()
    found.append(5)
    same(ours, members)


def test_repr():
    assert repr(RevSet()) == "RevSet()"
    assert repr(RevSet([3, -1])) == "RevSet([-1, 3])"
    assert eval(repr(RevSet(range(16)))) == set(range(16))
    assert repr(RevSet(range(1000))) == "RevSet([%s, … 1000 in all])" % ", ".join(
        map(str, range(16))
    )


def test_unhashable():
    with pytest.raises(TypeError):
        hash(RevSet())
    with pytest.raises(TypeError):
        {RevSet()}


def test_truth_and_length():
    assert not RevSet()
    assert RevSet([-1])
    assert len(RevSet(range(100_000))) == 100_000


# -- copies --------------------------------------------------------------------

COPIES = {
    "copy()": lambda ours: ours.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "constructor": RevSet,
    **{
        "pickle %d" % protocol: lambda ours, p=protocol: pickle.loads(pickle.dumps(ours, p))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("how", COPIES)
@given(members=rev_sets)
@settings(max_examples=10)
def test_copies_are_independent(how, members):
    ours = RevSet(members)
    other = COPIES[how](ours)
    same(other, members)
    other.add(777)
    other.discard(0)
    same(ours, members)


def test_pickles_are_small():
    assert len(pickle.dumps(RevSet(range(1_000_000)))) < 140_000


def test_broken_pickles_are_refused():
    undo, (data,) = RevSet([1, 2, 70_000]).__reduce__()
    assert undo(data) == {1, 2, 70_000}
    for broken in (b"", b"x", data[:-1], data + b"\0", b"\xff" * len(data)):
        with pytest.raises(ValueError, match="serialised RevSet"):
            undo(broken)
    for no_bytes in (None, "", 5, bytearray(data), [1]):
        with pytest.raises(TypeError):
            undo(no_bytes)


@given(st.binary(max_size=60))
def test_pickles_of_anything(data):
    undo, (good,) = RevSet([1, 2, 70_000]).__reduce__()
    for attempt in (data, good[:8] + data, data + good):
        try:
            found = undo(attempt)
        except ValueError:
            continue
        assert list(found) == sorted(set(found))
        assert all(-1 <= rev <= HIGHEST for rev in found)


# -- iteration -----------------------------------------------------------------


def test_iterators_are_independent():
    ours = RevSet(range(1000))
    first, second = iter(ours), iter(ours)
    assert [next(first) for _ in range(300)] == list(range(300))
    assert list(second) == list(range(1000))
    assert list(first) == list(range(300, 1000))
    assert next(first, "end") == "end"
    assert iter(first) is first


CHANGES = {
    "add": lambda ours: ours.add(5000),
    "discard": lambda ours: ours.discard(7),
    "remove": lambda ours: ours.remove(7),
    "pop": lambda ours: ours.pop(),
    "update": lambda ours: ours.update([5000]),
    "clear": lambda ours: ours.clear(),
    "|=": lambda ours: operator.ior(ours, {5000}),
    "&=": lambda ours: operator.iand(ours, {7}),
    "-=": lambda ours: operator.isub(ours, {7}),
    "^=": lambda ours: operator.ixor(ours, {7}),
    "itself": lambda ours: operator.isub(ours, ours),
}


@pytest.mark.parametrize("position", [0, 1, 255, 256, 999, 1000])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_ends_iteration_at_the_next_step(change, position):
    ours = RevSet(range(1000))
    iterator = iter(ours)
    for _ in range(position):
        next(iterator)
    CHANGES[change](ours)
    for _ in range(2):  # and it stays so
        with pytest.raises(RuntimeError, match="changed during iteration"):
            next(iterator)
    assert sum(1 for _ in ours) == len(ours)


NO_CHANGES = {
    "add": lambda ours: ours.add(7),
    "discard": lambda ours: ours.discard(5000),
    "update": lambda ours: ours.update([7, 8]),
    "update by nothing": lambda ours: ours.update([]),
    "|=": lambda ours: operator.ior(ours, {7}),
    "|= itself": lambda ours: operator.ior(ours, ours),
    "&=": lambda ours: operator.iand(ours, set(range(2000))),
    "&= itself": lambda ours: operator.iand(ours, ours),
    "-=": lambda ours: operator.isub(ours, {5000, "x"}),
    "^=": lambda ours: operator.ixor(ours, set()),
    "reading": lambda ours: (
        len(ours),
        7 in ours,
        list(ours),
        ours | ours,
        repr(ours),
        ours.copy(),
    ),
}


@pytest.mark.parametrize("change", NO_CHANGES)
def test_what_changes_nothing_does_not_end_iteration(change):
    ours = RevSet(range(1000))
    iterator = iter(ours)
    next(iterator)
    NO_CHANGES[change](ours)
    assert list(iterator) == list(range(1, 1000))


def test_failures_do_not_end_iteration():
    ours, empty = RevSet(range(1000)), RevSet()
    iterator, nothing = iter(ours), iter(empty)
    for wrong in (
        lambda: ours.add("x"),
        lambda: ours.add(2**40),
        lambda: ours.remove(5000),
        lambda: ours.update([5000, "x"]),
        lambda: operator.ior(ours, {5000, "x"}),
        lambda: empty.pop(),
    ):
        with pytest.raises((TypeError, IndexError, KeyError)):
            wrong()
    empty.clear()
    assert list(iterator) == list(range(1000))
    assert list(nothing) == []


@nested_calls
def test_changing_while_an_argument_is_read():
    # Converting an argument runs Python code, which changes the set meanwhile.
    ours = RevSet([1, 2, 3])

    class Evil:
        def __index__(self):
            ours.add(100)
            return 4

    ours.add(Evil())
    same(ours, {1, 2, 3, 4, 100})

    def evil():
        for rev in list(ours):
            ours.discard(rev)
            yield rev

    ours.update(evil())
    same(ours, {1, 2, 3, 4, 100})
    with pytest.raises(RuntimeError, match="changed during iteration"):
        for rev in ours:
            ours.add(rev + 1000)


def test_an_iterator_outlives_its_set():
    iterator = iter(RevSet(range(1000)))
    assert list(iterator) == list(range(1000))
