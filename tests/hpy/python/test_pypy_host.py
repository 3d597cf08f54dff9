# SPDX-License-Identifier: MIT OR Apache-2.0
"""hpy-host's own host for PyPy: threads, the ends of objects, leaks.

What every host has to do is in test_hosts.py and in HPy's own tests (make conformance).
"""

from __future__ import annotations

import copy
import functools
import gc
import os
import signal
import sys
import threading
import time
import weakref

import harness
import hpy_host
import pytest

if sys.implementation.name != "pypy" or hpy_host.host().name != "own":
    pytest.skip("only for hpy-host's own host for PyPy", allow_module_level=True)

from hpy_host import _pypy
from hpy_host._pypy import abi, gil

MANY = 100_000


@pytest.fixture(scope="module")
def native(compiled):
    return hpy_host.load("pypyhost", compiled("pypyhost"))


@pytest.fixture(autouse=True)
def balanced():
    """No test leaves a handle open, an error pending or the token taken."""
    before = _pypy.open_handles()
    yield
    collect()
    assert _pypy.open_handles() <= before
    assert gil.error == [None] and not gil._holder and not gil._waiters


def collect():
    # An object's end is told after the collection that finds it; its members' after the next.
    for _ in range(4):
        gc.collect()


in_threads = functools.partial(harness.in_threads, seconds=60)


# Threads


def test_the_context_has_the_size_it_has_in_c():
    assert abi.cffi.sizeof(abi.context) == abi.CONTEXT_SIZE


def test_one_thread_at_a_time(native):
    overlaps, entries = native.counts()
    deadline = time.monotonic() + 2
    done = [0] * 4

    def work(number):
        while time.monotonic() < deadline:
            for _ in range(50):
                assert native.enter() > 0
                assert native.call(lambda: number) == number
                assert native.call(lambda: native.call(native.enter)) > 0
                with pytest.raises(KeyError, match="^%d$" % number):
                    native.fail(number)
            native.rest(10)
            done[number] += 1

    in_threads(work)
    now_overlaps, now_entries = native.counts()
    assert now_overlaps == overlaps
    assert now_entries > entries + sum(done) * 50 * 8
    assert min(done) > 0, done  # nobody starves


def test_threads_run_while_native_code_rests(native):
    took = []
    while len(took) < 10 and (not took or took[-1] >= 0.9):  # other programs may be busy
        start = time.monotonic()
        in_threads(lambda number: native.rest(300_000))
        took.append(time.monotonic() - start)
    assert took[-1] < 0.9, took


def test_threads_make_and_drop_objects(native):
    def work(number):
        class Own(native.Derived):
            pass

        for index in range(3000):
            obj = (native.Base, native.Derived, Own)[index % 3]()
            obj.tag = index
            obj.set(obj if index % 2 else [obj])
            assert obj.tag == index
            native.enter()

    overlaps, wrongs = native.counts()[0], native.ends()[3]
    in_threads(work)
    collect()
    assert (native.counts()[0], native.ends()[3]) == (overlaps, wrongs)


def test_finalizers_in_the_middle_of_native_code(native):
    """Python finalizers that call native code run anywhere, even in context functions."""
    overlaps = native.counts()[0]
    calls = []

    class Restless:
        def __del__(self):
            calls.append(native.enter())
            calls.append(native.call(lambda: 1))

    def work(number):
        for index in range(200):
            for _ in range(20):
                cycle = Restless()
                cycle.self = cycle
            native.call(lambda: [native.enter() for _ in range(10)])
            if number == 0 and index % 10 == 0:
                native.call(gc.collect)

    in_threads(work, 2)
    collect()
    assert len(calls) == 2 * 2 * 200 * 20
    # A finalizer may interrupt a context function: that is one call within another.
    assert native.counts()[0] == overlaps


def test_errors_are_of_one_thread(native):
    """What one thread has pending while it is away is not seen by another one."""
    deadline = time.monotonic() + 1

    def work(number):
        while time.monotonic() < deadline:
            if number % 2:
                with pytest.raises(KeyError, match=str(number)):
                    native.fail(number)
            else:
                native.enter()

    in_threads(work)


def test_signal_handlers_that_raise(native):
    """What they raise comes out where Python runs, never out of a context function."""

    class Alarm(Exception):
        pass

    def handler(*_):
        native.enter()
        raise Alarm

    overlaps, stop, rounds, caught = native.counts()[0], threading.Event(), [0], 0

    def work():
        while not stop.is_set():
            native.call(native.enter)
            rounds[0] += 1

    thread = threading.Thread(target=work)
    old = signal.signal(signal.SIGALRM, handler)
    thread.start()
    try:
        for _ in range(300):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.002)
                while True:
                    obj = native.Base()
                    native.call(lambda: obj.set(native.enter()))
            except Alarm:
                caught += 1
        before, deadline = rounds[0], time.monotonic() + 60
        while rounds[0] == before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert rounds[0] > before, "the other thread waits for a token that is lost"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        stop.set()
        thread.join(60)
    assert not thread.is_alive()
    assert caught == 300 and native.counts()[0] == overlaps


def test_after_fork(native):
    stop = threading.Event()

    def work():
        while not stop.is_set():
            native.enter()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(20):
            child = os.fork()
            if child == 0:
                try:
                    native.call(native.enter)
                finally:
                    os._exit(0)
            deadline = time.monotonic() + 20
            while os.waitpid(child, os.WNOHANG) == (0, 0):
                assert time.monotonic() < deadline, "the child waits for a thread it has not"
                time.sleep(0.001)
    finally:
        stop.set()
        thread.join()


# The ends of objects


def ends_of(native, make, count=50):
    """How many calls of destroy (base, derived) and finalize objects bring, one for each."""
    before = native.ends()
    for _ in range(count):
        make()
    collect()
    after = native.ends()
    assert after[3] == before[3], "a struct was used after its end, or ended twice"
    assert all((new - old) % count == 0 for old, new in zip(before, after))
    return tuple((new - old) // count for old, new in zip(before[:3], after))


def test_destroyed_once(native):
    class OfBase(native.Base):
        pass

    class OfDerived(native.Derived):
        __slots__ = ("x",)

    assert ends_of(native, native.Base) == (1, 0, 0)
    assert ends_of(native, OfBase) == (1, 0, 0)
    assert ends_of(native, native.Derived) == (1, 1, 1)
    assert ends_of(native, OfDerived) == (1, 1, 1)


def test_destroyed_once_in_cycles(native):
    class Own(native.Derived):
        pass

    def make():
        one, two = Own(), native.Derived()
        one.set(two)
        two.set([one])
        one.attribute = one

    assert ends_of(native, make) == (2, 2, 2)


def test_not_destroyed_while_it_can_be_reached(native):
    kept = []

    class Own(native.Derived):
        def __del__(self):
            super().__del__()
            kept.append(self)

    before = native.ends()
    made = Own()
    made.tag = 7
    made.set(made)
    reference = weakref.ref(made)
    del made
    collect()
    assert native.ends()[:3] == (before[0], before[1], before[2] + 1)
    assert kept[0].tag == 7 and kept[0].get() is kept[0]
    assert reference() is None or reference() is kept[0]
    del kept[:]
    collect()
    # Finalized once in its life, destroyed now.
    assert native.ends() == (before[0] + 1, before[1] + 1, before[2] + 1, before[3])


def test_weak_references_do_not_see_what_is_destroyed(native):
    class Own(native.Base):
        pass

    wrongs = native.ends()[3]
    references = []
    for index in range(2000):
        one, two = Own(), Own()
        one.set(two)
        two.set(one)
        one.tag = two.tag = 5
        references.append(weakref.ref(one))
        if index % 100 == 0:
            gc.collect()
            for reference in references:
                obj = reference()
                if obj is not None:
                    assert obj.get().get() is obj and obj.tag == 5
    assert native.ends()[3] == wrongs


def test_structs_stay_where_they_are(native):
    objects = [native.Base() for _ in range(2000)]
    addresses = [obj.address() for obj in objects]
    collect()
    assert [obj.address() for obj in objects] == addresses
    assert all(address % 16 == 0 for address in addresses)
    assert len(set(addresses)) == len(addresses)


def test_objects_that_no_constructor_made(native):
    obj = native.Base.__new__(native.Base)
    assert obj.tag == 0 and obj.get() is None
    for make in (object.__new__, copy.copy):
        try:
            made = make(native.Base if make is object.__new__ else obj)
        except TypeError:
            continue
        assert made.tag == 0 and made.address() != obj.address()


def test_no_other_struct_behind_an_object(native):
    class Of1(native.Base):
        pass

    class Of2(native.Derived):
        pass

    class OfSealed:
        pass

    for obj, cls in [
        (native.Base(), native.Derived),
        (native.Derived(), native.Base),
        (native.Base(), native.Sealed),
        (native.Sealed(), native.Base),
        (Of1(), Of2),
        (Of2(), Of1),
        (Of1(), OfSealed),
        (OfSealed(), Of1),
        (Of1(), native.Base),
    ]:
        with pytest.raises(TypeError):
            obj.__class__ = cls
    with pytest.raises(TypeError):
        native.Base.set(native.Sealed(), 1)
    with pytest.raises(TypeError):
        native.Derived.more.__get__(native.Base())
    assert native.Base.tag.__get__(Of2()) == 0

    class Liar:
        __class__ = native.Base

    with pytest.raises(TypeError):
        native.Base.get(Liar())


def test_sealed_types(native):
    with pytest.raises(TypeError, match="not an acceptable base type"):

        class Sub(native.Sealed):
            pass

    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Sub", (native.Sealed,), {})


# Leaks


def raising():
    raise ZeroDivisionError("here")


def caught(error, function, *arguments):
    with pytest.raises(error):
        function(*arguments)


BODIES = {
    "calls": lambda native: native.pass_on(1, 2, 3, 4, 5, a=6, b=7),
    "calls of Python": lambda native: native.call(int),
    "objects": lambda native: native.Base().set([1]),
    "derived objects": lambda native: native.Derived().set(None),
    "errors of Python": lambda native: caught(ZeroDivisionError, native.call, raising),
    "errors of native code": lambda native: caught(KeyError, native.fail, "x"),
    "wrong arguments": lambda native: caught(TypeError, native.enter, 1),
    "wrong receivers": lambda native: caught(TypeError, native.Base.get, 1),
    "failure without an error": lambda native: caught(SystemError, native.wrong, False),
    "success with an error": lambda native: caught(SystemError, native.wrong, True),
    "globals": lambda native: native.replace([1]),
}


@pytest.mark.parametrize("kind", BODIES)
def test_no_handle_leaks(native, kind):
    body = BODIES[kind]
    count = MANY if "s of" not in kind and "error" not in kind else MANY // 10
    body(native)
    before, table = _pypy.open_handles(), None
    for index in range(count):
        body(native)
        if index == 1000:
            table = len(_pypy.handles.objects)
    assert _pypy.open_handles() == before
    assert len(_pypy.handles.objects) == table


def test_replaced_globals_are_released(native):
    class Plain:
        pass

    value = Plain()
    reference = weakref.ref(value)
    native.replace(value)
    del value
    assert native.replace(3) == 3
    collect()
    assert reference() is None


def test_fields_let_go(native):
    class Plain:
        pass

    obj, value = native.Base(), Plain()
    reference = weakref.ref(value)
    obj.set(value)
    del value
    collect()
    assert obj.get() is reference()
    obj.set(None)
    collect()
    assert reference() is None


def test_pointers_into_strings_live_as_long_as_the_strings(native):
    strings = []
    for index in range(100):
        strings += [
            "ascii %d" % index,
            "umlaut ä %d" % index,
            b"bytes %d" % index,
            "x" * (index * 1000) + "y",
        ]
    for string in strings:
        native.keep(string)
    garbage = [str(number) * 50 for number in range(50_000)]
    collect()
    expected = [string if isinstance(string, bytes) else string.encode() for string in strings]
    assert native.kept() == expected
    del garbage


def test_buffers(native):
    grid, released = native.Grid(), native.released()
    view = memoryview(grid)
    assert (view.shape, view.format, view.readonly) == ((2, 3), "H", False)
    view[1, 2] = 500
    view[0, 0] = 5
    assert grid.sum() == 505 and view.tolist() == [[5, 0, 0], [0, 0, 500]]
    with pytest.raises(BufferError):
        memoryview(grid)
    part = view.cast("B")
    del view
    collect()
    assert native.released() == released and bytes(part)[:2] == b"\x05\0"
    with pytest.raises(BufferError):
        memoryview(grid)
    del grid
    collect()
    assert bytes(part)[:2] == b"\x05\0"  # the object lives as long as its memory is seen
    del part
    collect()
    assert native.released() == released + 1


# Errors, and what functions look like


def test_errors_keep_their_tracebacks(native):
    with pytest.raises(ZeroDivisionError) as caught:
        native.call(raising)
    assert "raising" in [entry.name for entry in caught.traceback]


def test_frames_of_the_host_are_not_seen(native):
    assert native.call(lambda: sys._getframe(1).f_code.co_name) == (
        "test_frames_of_the_host_are_not_seen"
    )
    with pytest.raises(ZeroDivisionError) as caught:
        native.call(raising)
    assert not [entry for entry in caught.traceback if str(entry.path) != __file__]
    with pytest.warns(UserWarning, match="look out") as warned:
        native.warn()
    assert warned[0].filename == __file__


def test_endless_recursion(native):
    def again():
        return native.call(again)

    with pytest.raises(RecursionError):
        again()
    assert native.enter() > 0


def test_wrong_results(native):
    with pytest.raises(SystemError, match="without setting an exception"):
        native.wrong(False)
    with pytest.raises(SystemError, match="with an exception set") as caught:
        native.wrong(True)
    assert isinstance(caught.value.__cause__, ValueError)


def test_functions_look_like_built_in_ones(native):
    class Holder:
        enter = native.enter

    assert Holder().enter() > 0  # it does not bind
    assert repr(native.enter) == "<built-in function enter>"
    assert (native.enter.__name__, native.enter.__module__) == ("enter", "pypyhost")
    assert native.pass_on.__doc__ == "All."
    assert native.pass_on.__text_signature__ == "(*args, **kwargs)"
    assert native.Base.__doc__ == "A type."
    assert native.pass_on(1, a=2) == ((1,), ("a",))
    for call, message in [
        (lambda: native.enter(1), r"pypyhost.enter\(\) takes no arguments \(1 given\)"),
        (lambda: native.call(), r"pypyhost.call\(\) takes exactly one argument \(0 given\)"),
        (lambda: native.call(x=1), r"pypyhost.call\(\) takes no keyword arguments"),
        (lambda: native.Base().get(1), r"Base.get\(\) takes no arguments \(1 given\)"),
        (lambda: native.Base.get(1), "doesn't apply to a 'int' object"),
    ]:
        with pytest.raises(TypeError, match=message):
            call()


def test_finalizers_while_the_token_changes_hands(python):
    """Before and after the very steps that take and give the token."""
    code = """
import gc, os, signal, sys
import hpy_host
from hpy_host._pypy import gil
probe = hpy_host.load("probe", os.environ["VERMILION_PROBE"])
reports, garbage, caught = [], [], []
sys.unraisablehook = lambda report: reports.append(repr(report.exc_value))
signal.signal(signal.SIGUSR1, lambda *_: caught.append(1))

class Nosy(dict):
    busy = False
    def meddle(self, place):
        if garbage and place == number % 4 and not self.busy:
            self.busy = True
            garbage.clear()
            for _ in range(3):
                gc.collect()
            self.busy = False
    def setdefault(self, key, value):
        self.meddle(0)
        found = dict.setdefault(self, key, value)
        self.meddle(1)
        return found
    def __delitem__(self, key):
        self.meddle(2)
        dict.__delitem__(self, key)
        self.meddle(3)

gil._holder = Nosy(gil._holder)
for number in range(20):
    garbage.extend([made for made in map(probe.Counter, range(5))])
    probe.noop()
    assert probe.counters_alive() == 0, probe.counters_alive()
    os.kill(os.getpid(), signal.SIGUSR1)
    for _ in range(1000):
        probe.noop()
    assert len(caught) == number + 1, caught
assert not reports, reports
print(gil._nested, len(gil._holder))
"""
    assert python(code) == "[0] 0"


@pytest.mark.parametrize("how", ("closes twice", "closes the argument"))
def test_a_handle_that_is_closed_twice(native, monkeypatch, how):
    reports = []
    monkeypatch.setattr(sys, "unraisablehook", reports.append)
    for _ in range(3):
        # Each object has a handle of its own.
        assert native.misuse(how) == {"closes twice": (1, 2)}.get(how)
        assert native.call(lambda: native.pass_on(1, a=2)) == ((1,), ("a",))
    assert len(reports) == {"closes twice": 6}.get(how, 3)
    for report in reports:
        assert "native code closes handle" in str(report.exc_value)


@pytest.mark.parametrize("how", ("returns", "has the attribute of", "adds", "has the length of"))
def test_a_handle_that_is_used_when_it_is_closed(native, how):
    with pytest.raises((RuntimeError, SystemError, TypeError), match="closed"):
        native.misuse(how)
