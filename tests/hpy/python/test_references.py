# SPDX-License-Identifier: MIT OR Apache-2.0
"""References that are kept in native objects, threads, and the debug mode."""

from __future__ import annotations

import copy
import gc
import threading
import weakref

import pytest
from harness import DEBUG, HOST, OTHERS_DEBUG, PYPY, collected, in_threads, leaving_threads

# -- stored references ---------------------------------------------------------


def test_fields(probe):
    counter, kept = probe.Counter(5), [1, 2]
    assert counter.get_field(0) is None
    counter.set_field(0, kept)
    counter.set_field(1, counter)
    assert counter.get_field(0) is kept
    assert counter.get_field(1) is counter
    counter.set_field(0, "other")
    assert counter.get_field(0) == "other"
    counter.set_field(1, None)
    assert counter.get_field(1) is None
    for index in (2, 1000):
        with pytest.raises(RuntimeError, match="2 fields"):
            counter.get_field(index)
    with pytest.raises(OverflowError):
        counter.get_field(-1)


class Kept:
    pass


def test_fields_keep_their_objects(probe):
    counter, kept = probe.Counter(5), Kept()
    reference = weakref.ref(kept)
    counter.set_field(0, kept)
    del kept
    gc.collect()
    assert reference() is counter.get_field(0) is not None
    counter.set_field(0, "other")
    flush(probe)
    assert collected(reference)


@pytest.mark.parametrize(
    "make",
    [
        lambda probe, kept: probe.iterate([kept]),
        lambda probe, kept: probe.make(kept, kept),
        lambda probe, kept: probe.call(list, [kept]),
    ],
)
def test_containers_made_here_are_freed(probe, make):
    references = []
    for _ in range(20):
        kept = Kept()
        references.append(weakref.ref(kept))
        assert make(probe, kept)
    del kept
    flush(probe)
    # PyPy may remember what its compiled code had in hand last.
    assert collected(*references) or (PYPY and sum(r() is not None for r in references) <= 2)


def test_fields_let_go_with_their_owner(probe):
    counter, kept = probe.Counter(5), Kept()
    reference = weakref.ref(kept)
    counter.set_field(0, kept)
    counter.set_field(1, kept)
    del kept, counter
    flush(probe)
    assert collected(reference)


def test_cycles_through_fields_are_collected(probe):
    references = []
    for _ in range(50):
        counter, kept = probe.Counter(5), Kept()
        kept.counter = counter
        counter.set_field(0, kept)
        counter.set_field(1, counter)
        references.append(weakref.ref(kept))
    del counter, kept
    flush(probe)
    assert collected(*references)


def flush(probe):
    """Others' debug modes keep the last handles that were closed; this makes them others."""
    if OTHERS_DEBUG:
        from hpy.universal import _debug

        probe.as_ints(list(range(2 * _debug.get_closed_handles_queue_max_size())))


def test_destructors_run_once_for_each_object(probe):
    def alive():
        flush(probe)
        for _ in range(5):
            gc.collect()
        return probe.counters_alive()

    before = alive()
    counters = [probe.Counter(number) for number in range(100, 200)]
    assert alive() == before + 100
    iterators = [iter(counter) for counter in counters[:10]]
    del counters
    assert alive() == before + 10
    assert next(iterators[9]) == 109
    del iterators
    assert alive() == before
    with pytest.raises(probe.Refused):
        probe.Counter(13)
    assert alive() == before


def test_globals(probe):
    if not hasattr(probe, "_was_kept"):
        with pytest.raises(RuntimeError, match="before it is stored"):
            probe.kept()
    probe._was_kept = True
    first, second = Kept(), Kept()
    reference = weakref.ref(first)
    probe.keep(first)
    assert probe.kept() is first
    probe.keep(second)
    assert probe.kept() is second
    del first
    flush(probe)
    # PyPy's own host keeps whatever was stored in a global
    assert collected(reference) is (HOST != "built in")
    probe.keep(None)
    assert probe.kept() is None


def test_copies_of_native_objects_are_refused(probe):
    counter = probe.Counter(5)
    for how in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            len(how(counter))


# -- threads -------------------------------------------------------------------


@leaving_threads
def test_other_threads_run_while_the_interpreter_is_left(probe):
    ran = threading.Event()
    threading.Timer(0.05, ran.set).start()
    for _ in range(600):
        probe.sleep(100)
        if ran.is_set():
            break
    assert ran.is_set()


@leaving_threads
def test_many_threads_leave_and_come_back(probe):
    def work(_):
        for number in range(50):
            probe.sleep(0)
            assert probe.add(number, 1) == number + 1
            with pytest.raises(RuntimeError):
                probe.panic_outside()

    in_threads(work)


@leaving_threads
def test_one_object_in_many_threads(probe):
    counter, failures = probe.Counter(0), []

    def work(_):
        for _ in range(300):
            try:
                counter.__iadd__(1)
            except RuntimeError as error:
                failures.append(error)
            len(counter)

    in_threads(work)
    assert counter.start + len(failures) == 1200
    assert PYPY or not failures


# -- the debug mode itself -----------------------------------------------------


@pytest.mark.leaks
@pytest.mark.skipif(not DEBUG, reason="HPY=debug is not set: no handle is tracked")
def test_a_leak_would_be_noticed(probe):
    from leaks import new_generation, open_handles

    generation = new_generation()
    probe.noop()
    assert not open_handles(generation)
    probe.leak(["leaked"])
    (leak,) = open_handles(generation)
    assert "leaked" in repr(leak)
    if HOST != "own":
        leak._force_close()
