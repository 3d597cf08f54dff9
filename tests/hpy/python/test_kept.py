# SPDX-License-Identifier: MIT OR Apache-2.0
"""Python objects in Rust values: they are there, the collector sees them, they go in time."""

from __future__ import annotations

import gc
import random
import weakref

import pytest
from harness import DEBUG, PYPY, collected, in_threads, leaving_threads, nested_calls
from hypothesis import given, strategies as st

ELSEWHERE = "no object that keeps this one takes part"


class Thing:
    """An object that can be watched."""

    def __init__(self, name=None):
        self.name = name


class Finalized(Thing):
    """Calls something when it goes."""

    def __init__(self, call):
        self.call = call

    def __del__(self):
        self.call()


def things(count):
    made = [Thing(number) for number in range(count)]
    return made, [weakref.ref(thing) for thing in made]


# -- what is kept is there -------------------------------------------------------


def test_in_a_vec(probe):
    a, b = Thing(), Thing()
    stack = probe.Stack([a, None, 3])
    stack.push(b)
    assert stack[0] is a and stack[1] is None and stack[2] == 3 and stack[3] is b
    assert stack.to_list() == [a, None, 3, b]
    assert [stack.pop() for _ in range(5)] == [b, 3, None, a, None]
    assert len(stack) == 0


def test_in_an_option(probe):
    a, b = probe.Node(), probe.Node()
    assert a.next is None
    a.next, b.next = b, a
    assert a.next is b and a.next.next is a
    a.next = None
    assert a.next is None and b.next is a


def test_as_keys_of_a_map(probe):
    versions = [probe.Versions()]
    for number in range(20):
        versions.append(versions[-1].insert((number,), "value %d" % number))
    for count, version in enumerate(versions):
        assert len(version) == count
        for number in range(20):
            assert version.get((number,)) == ("value %d" % number if number < count else None)
    assert len(versions[-1].insert((3,), 0)) == 20


@nested_calls
def test_while_they_are_called(probe):
    stack, seen = probe.Stack(), []
    stack.push(lambda: seen.append(len(stack)))
    stack.push(lambda: seen.append(stack[0] is not None))
    stack.call_all()
    assert seen == [2, True]
    stack.push(lambda: stack.push(1))
    with pytest.raises(RuntimeError, match="in use"):
        stack.call_all()


def test_for_one_call_only(probe):
    thing = Thing()
    assert probe.kept_for_a_call(thing) is thing
    reference = weakref.ref(thing)
    del thing
    assert collected(reference)


def test_made_by_a_function(probe):
    stack, steps = probe.stack_and_steps()
    thing = Thing()
    stack.push(thing)
    assert next(steps) is thing


@nested_calls
def test_a_panic_behind_a_push(probe):
    stack, thing = probe.Stack(), Thing()
    with pytest.raises(RuntimeError, match="panicked"):
        stack.panics(thing)
    assert stack.pop() is thing


# -- values that share objects -----------------------------------------------------


def test_iterators_reach_the_objects_of_their_value(probe):
    stack = probe.Stack()
    early, items = iter(stack), [Thing() for _ in range(5)]
    for item in items:
        stack.push(item)
    late = iter(stack)
    assert list(early) == list(late) == items
    left = iter(stack)
    del stack
    gc.collect()
    assert list(left) == items


def test_values_take_over_objects(probe):
    items = [Thing() for _ in range(9)]
    a, b, c = (probe.Stack(items[n : n + 3]) for n in (0, 3, 6))
    a.extend(b)
    both = b + c
    del b, c
    gc.collect()
    assert a.to_list() == items[:6]
    assert both.to_list() == items[3:]
    a.extend_any(a)
    a.extend_any(both)
    del both
    gc.collect()
    assert a.to_list() == items[:6] + items[:6] + items[3:]


def test_many_values_come_together(probe):
    alone = [probe.Stack([Thing(number)]) for number in range(100)]
    everything = probe.Stack()
    for stack in alone:
        everything.extend(stack)
    assert [thing.name for thing in everything.to_list()] == list(range(100))
    # Trees of them, the smaller ones first or last.
    left = right = probe.Stack([0])
    for number in range(1, 100):
        left, right = left + probe.Stack([number]), probe.Stack([number]) + right
    assert left.to_list() == list(range(100))
    assert right.to_list() == list(range(99, -1, -1))
    for stack in alone:
        assert stack[0] in everything.to_list()


def test_many_made_in_one_call(probe):
    thing = Thing()
    copies = probe.Stack([thing]).copies(50)
    for copy in copies:
        copy.push(thing)
        assert copy.to_list() == [thing, thing]


def test_objects_that_no_call_knows_of(probe):
    a, b = probe.Cell("a"), probe.Cell("b")
    a.exchange(b)
    for cell in (a, b):
        with pytest.raises(RuntimeError, match=ELSEWHERE):
            cell.get()
    a.exchange(b)
    assert (a.get(), b.get()) == ("a", "b")
    thing = Thing()
    reference = weakref.ref(thing)
    probe.steal(thing)
    try:
        del thing
        with pytest.raises(RuntimeError, match=ELSEWHERE):
            probe.stolen()
        assert collected(reference)
    finally:
        probe.forget_stolen()


@given(st.randoms(use_true_random=False))
def test_beside_lists(probe, rng):
    stacks, lists = [probe.Stack()], [[]]
    for step in range(60):
        number = rng.randrange(len(stacks))
        stack, model = stacks[number], lists[number]
        other = rng.randrange(len(stacks))
        act = rng.randrange(9)
        if act < 3:
            thing = Thing(step)
            stack.push(thing)
            model.append(thing)
        elif act == 3 and model:
            assert stack.pop() is model.pop()
        elif act == 4 and len(model) < 200:
            stack.extend_any(stacks[other])
            model.extend(list(lists[other]))
        elif act == 5 and len(model) < 200 and number != other:
            stacks.append(stack + stacks[other])
            lists.append(model + lists[other])
        elif act == 6 and model:
            a, b = rng.randrange(len(model)), rng.randrange(len(model))
            stack.swap(a, b)
            model[a], model[b] = model[b], model[a]
        elif act == 7:
            stacks.append(probe.Stack(model[:3]))
            lists.append(model[:3])
        elif len(stacks) > 1:
            del stacks[number], lists[number]
        for stack, model in zip(stacks, lists):
            found = stack.to_list()
            assert len(found) == len(model)
            assert all(a is b for a, b in zip(found, model))


# -- they go in time ------------------------------------------------------------------


def test_what_is_dropped_goes(probe):
    made, references = things(4)
    stack = probe.Stack(made)
    del made
    stack.pop()
    assert collected(*references[3:]) and references[2]() is not None
    stack.set(0, None)
    assert collected(references[0])
    stack.clear()
    assert collected(*references)
    made, references = things(4)
    stack = probe.Stack(made)
    del made, stack
    assert collected(*references)


@leaving_threads
def test_what_another_thread_drops_goes(probe):
    made, references = things(4)
    stack = probe.Stack(made)
    del made
    stack.drop_elsewhere()
    assert collected(*references)
    stack.push(1)
    assert stack.to_list() == [1]


def test_what_a_dead_value_shared_goes_with_the_next_call(probe):
    made, references = things(2)
    first = probe.Stack([made[0]])
    second = first + probe.Stack([made[1]])
    del made, second
    gc.collect()
    for _ in range(5):
        gc.collect()
        assert first[0] is references[0]()
    assert collected(references[1]) and references[0]() is not None


def test_places_are_used_again(probe):
    stack = probe.Stack([Thing()])
    for _ in range(1000):
        stack.push(Thing())
        stack.pop()
    lists = [found for found in gc.get_referents(stack) if type(found) is list]
    assert lists or PYPY
    assert all(len(found) < 10 for found in lists)


def cycle_of_one(probe):
    stack = probe.Stack()
    stack.push(stack)
    return [stack]


def cycle_through_a_dict(probe):
    stack = probe.Stack()
    stack.push({"stack": stack})
    return [stack]


def cycle_of_properties(probe):
    nodes = [probe.Node() for _ in range(5)]
    for a, b in zip(nodes, nodes[1:] + nodes[:1]):
        a.next = b
    return nodes


def cycle_through_an_iterator(probe):
    stack = probe.Stack()
    stack.push(iter(stack))
    return [stack]


def cycle_of_what_came_together(probe):
    a, b, c = probe.Stack(), probe.Stack([1]), probe.Stack([2])
    a.extend(b)
    c.extend(a)
    c.push(b)
    b.push(c)
    return [a, b, c]


@pytest.mark.parametrize(
    "make",
    [
        cycle_of_one,
        cycle_through_a_dict,
        cycle_of_properties,
        cycle_through_an_iterator,
        cycle_of_what_came_together,
    ],
)
def test_cycles_are_collected(probe, make):
    def garbage():
        # Nothing of it is left in a frame that is still there.
        references = []
        for _ in range(3):
            for kept in make(probe):
                thing = Thing()
                references.append(weakref.ref(thing))
                if isinstance(kept, probe.Stack):
                    kept.push(thing)
                else:
                    thing.next, kept.next = kept.next, thing
        return references

    assert collected(*garbage())


def test_chains_end_without_a_deep_stack(probe):
    first = probe.Node()
    node = first
    for _ in range(1_000 if DEBUG else 100_000):
        node.next = probe.Node()
        node = node.next
    reference = Thing()
    node.next, reference = reference, weakref.ref(reference)
    del first, node
    assert collected(reference)


# -- while others are at work ---------------------------------------------------------


@nested_calls
def test_finalizers_that_use_the_same_value(probe):
    stack, seen = probe.Stack(), []

    def look():
        try:
            seen.append(len(stack.to_list()))
            stack.push("more")
        except RuntimeError:
            seen.append(None)

    for _ in range(20):
        stack.push(Finalized(look))
        stack.push(1)
    while len(stack):
        stack.pop()
        if len(seen) > 100:
            break
    for _ in range(5):
        gc.collect()
    assert seen and len(seen) <= 20


@nested_calls
def test_collections_in_the_middle_of_everything(probe):
    rng, stacks, seen = random.Random(5), [probe.Stack() for _ in range(4)], []

    def disturb():
        stack = rng.choice(stacks)
        try:
            stack.push(len(seen))
            seen.append(stack.pop())
        except RuntimeError:
            pass

    def garbage():
        cycle = Finalized(disturb)
        cycle.itself = cycle

    # PyPy has no thresholds: there it is asked to collect now and then.
    before = None if PYPY else gc.get_threshold()
    if before:
        gc.set_threshold(1)
    try:
        for number in range(300):
            garbage()
            if PYPY and number % 20 == 0:
                gc.collect()
            a, b = rng.sample(range(4), 2)
            stacks[a].push(Thing(number))
            if number % 7 == 0:
                stacks[a].extend(stacks[b])
            if number % 50 == 0:
                stacks[b] = probe.Stack([number])
            for stack in stacks:
                assert all(isinstance(item, (Thing, int)) for item in stack.to_list())
            if len(stacks[a]) > 200:
                stacks[a].clear()
    finally:
        if before:
            gc.set_threshold(*before)


def test_threads(probe):
    shared = [probe.Stack() for _ in range(3)]

    def work(number):
        rng = random.Random(number)
        for step in range(200):
            stack = rng.choice(shared)
            try:
                stack.push((number, step))
                if step % 20 == 0:
                    stack.extend_any(rng.choice(shared))
                for item in stack.to_list():
                    assert type(item) is tuple and len(item) == 2
                if len(stack) > 500:
                    stack.clear()
            except RuntimeError as error:
                if "in use" not in str(error) and "being changed" not in str(error):
                    raise

    in_threads(work)


def test_the_list_may_be_spoilt(probe):
    """Nobody should, but `gc` hands the list out: then objects are others, or gone."""
    stack = probe.Stack(["a", "b"])
    for found in gc.get_referents(stack):
        if type(found) is list:
            found.clear()
    for use in (lambda: stack[0], lambda: stack.push(1), stack.to_list):
        try:
            use()
        except RuntimeError as error:
            assert "garbage collector" in str(error)
