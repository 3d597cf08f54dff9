# SPDX-License-Identifier: MIT OR Apache-2.0
"""Values that threads share, records of loggers, futures: tests/hpy/probe/src/threads.rs."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
import time

import pytest
from harness import in_threads, leaving_threads, nested_calls

# Asks for the probe in another process.
LOAD = """
import os, sys, threading, hpy_host
probe = hpy_host.load("probe", os.environ["VERMILION_PROBE"])
"""


@nested_calls
@leaving_threads
def test_a_value_is_made_once_and_nobody_waits(python):
    code = LOAD + (
        "first, second, values = threading.Event(), threading.Event(), []\n"
        "def slow():\n"
        "    first.set()\n"
        "    assert second.wait(60)\n"
        "    return 1\n"
        "thread = threading.Thread(target=lambda: values.append(probe.once(slow)))\n"
        "thread.start()\n"
        "assert first.wait(60)\n"
        # as the value is being made, and within the making of another
        "def fails(): raise KeyError\n"
        "try:\n    probe.once(fails)\n"
        "except KeyError: values.append('failed')\n"
        "values.append(probe.once(lambda: probe.once(lambda: 2) + 1))\n"
        "second.set()\n"
        "thread.join(60)\n"
        "values.append(probe.once(fails))\n"
        "print(values)\n"
    )
    assert python(code) == "['failed', 2, 2, 2]"


@nested_calls
@leaving_threads
def test_a_mutex_is_waited_for_without_the_interpreter(probe):
    before = probe.add_locked(int)

    def work(_):
        for _ in range(25):
            # Others get their turn while this one has the mutex.
            probe.add_locked(lambda: time.sleep(0.0001))

    in_threads(work)
    assert probe.add_locked(int) == before + 101


@nested_calls
@leaving_threads
def test_whoever_waits_lets_the_holder_use_python(probe):
    waits, goes_on = threading.Event(), threading.Event()

    def hold():
        waits.set()
        assert goes_on.wait(60)

    def work(number):
        if number == 0:
            probe.add_locked(hold)
        elif number == 1:
            assert waits.wait(60)
            assert not probe.try_add()
            threading.Timer(0.02, goes_on.set).start()
            probe.add_locked(int)

    in_threads(work, 2)
    assert probe.try_add()


@nested_calls
def test_a_mutex_is_no_deadlock_with_its_own_thread(probe):
    with pytest.raises(RuntimeError, match="this thread has the mutex already"):
        probe.add_locked(lambda: probe.add_locked(int))
    assert not probe.clear_poison()
    assert probe.try_add()


def test_a_panic_poisons(probe):
    with pytest.raises(RuntimeError, match="native code panicked"):
        probe.panic_locked()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="a thread panicked that had the mutex"):
            probe.add_locked(int)
        with pytest.raises(RuntimeError, match="a thread panicked that had the mutex"):
            probe.try_add()
    assert probe.clear_poison()
    assert probe.try_add()


@nested_calls
@leaving_threads
def test_a_fork_while_another_thread_has_the_mutex(python):
    code = LOAD + (
        "held, done = threading.Event(), threading.Event()\n"
        "def hold():\n"
        "    held.set()\n"
        "    assert done.wait(60)\n"
        "thread = threading.Thread(target=probe.add_locked, args=(hold,))\n"
        "thread.start()\n"
        "assert held.wait(60)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    try:\n"
        "        probe.add_locked(int)\n"
        "    except RuntimeError as error:\n"
        "        os._exit(17 if 'forked' in str(error) else 1)\n"
        "    os._exit(2)\n"
        "status = os.waitpid(child, 0)[1]\n"
        "done.set()\n"
        "thread.join(60)\n"
        "print(os.WEXITSTATUS(status), probe.add_locked(int))\n"
    )
    assert python(code, PYTHONWARNINGS="ignore") == "17 2"


class Kept(logging.Handler):
    def __init__(self):
        super().__init__(1)
        self.records = []

    def emit(self, record):
        self.records.append(record)


@pytest.fixture
def kept():
    handler, logger = Kept(), logging.getLogger("probe")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(1)
    yield handler.records
    logger.setLevel(level)
    logger.removeHandler(handler)


@nested_calls
def test_records(probe, kept):
    before = time.time()
    probe.log_levels()
    assert [(record.levelno, record.getMessage()) for record in kept] == [
        (40, "e1"),
        (30, "w"),
        (20, "i"),
        (10, "d"),
        (5, "t"),
    ]
    for record in kept:
        assert record.name == "probe.levels"
        assert record.filename == "threads.rs" and record.lineno > 1
        assert before - 1 <= record.created <= time.time() + 1


@nested_calls
def test_levels_of_python(probe, kept):
    logging.getLogger("probe.levels").setLevel(logging.WARNING)
    probe.log_levels()
    logging.getLogger("probe.levels").setLevel(logging.NOTSET)
    assert [record.levelno for record in kept] == [40, 30]


@nested_calls
def test_a_record_before_an_error(probe, kept):
    with pytest.raises(LookupError, match="after the record"):
        probe.log_and_fail()
    assert [record.getMessage() for record in kept] == ["before the error"]


@nested_calls
@leaving_threads
def test_records_of_threads_of_rust(probe, kept):
    probe.log_in_thread(100)
    assert [record.getMessage() for record in kept] == [str(n) for n in range(100)]
    assert {record.threadName for record in kept} == {"rusty"}


@nested_calls
@leaving_threads
def test_too_many_records(probe, kept, caplog):
    with caplog.at_level(logging.WARNING, "hpy_bindings"):
        probe.log_in_thread(11000)
    assert len(kept) == 10000
    told = [record.getMessage() for record in caplog.records if record.name == "hpy_bindings"]
    assert told == ["1000 records were dropped: too many waited"]


@nested_calls
def test_a_handler_that_logs_itself(probe, kept):
    class Echo(logging.Handler):
        def emit(self, record):
            if record.getMessage() == "e1":
                with pytest.raises(LookupError):
                    probe.log_and_fail()

    echo = Echo()
    logging.getLogger("probe.levels").addHandler(echo)
    probe.log_levels()
    logging.getLogger("probe.levels").removeHandler(echo)
    assert sorted(record.getMessage() for record in kept) == sorted(
        ["e1", "w", "i", "d", "t", "before the error"]
    )


@nested_calls
def test_a_handler_that_fails(probe, kept, monkeypatch):
    reports = []
    monkeypatch.setattr("sys.unraisablehook", reports.append)

    class Fails(logging.Handler):
        def emit(self, record):
            raise KeyError(record.getMessage())

    fails = Fails()
    logging.getLogger("probe.failing").addHandler(fails)
    with pytest.raises(LookupError, match="after the record"):
        probe.log_and_fail()
    logging.getLogger("probe.failing").removeHandler(fails)
    assert [report.exc_type for report in reports] == [KeyError]


@nested_calls
def test_events(probe, kept):
    probe.trace(7)
    (record,) = kept
    assert record.getMessage() == 'outer:inner: found 1 line=7 text="a"'
    assert (record.name, record.levelno) == ("probe.traced", 30)


@nested_calls
@leaving_threads
def test_futures_are_awaited(probe):
    async def main():
        one = await probe.later(1)
        return one, await asyncio.gather(*(probe.later(n) for n in range(10)))

    assert asyncio.run(main()) == (1, list(range(10)))
    assert probe.futures_alive() == 0


@nested_calls
@leaving_threads
def test_errors_of_futures(probe):
    async def main():
        with pytest.raises(LookupError, match="minus one"):
            await probe.later(-1)
        with pytest.raises(RuntimeError, match="panicked.*minus two"):
            await probe.later(-2)

    asyncio.run(main())
    assert probe.futures_alive() == 0
    with pytest.raises(RuntimeError, match="no running event loop"):
        probe.later(1)
    assert probe.futures_alive() == 0


@nested_calls
@leaving_threads
def test_a_future_is_cancelled(probe):
    async def main():
        waits = [asyncio.ensure_future(probe.never()) for _ in range(3)]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(probe.never(), 0.05)
        for wait in waits:
            wait.cancel()
        ended = await asyncio.gather(*waits, return_exceptions=True)
        assert [type(end) for end in ended] == [asyncio.CancelledError] * 3

    # Ends, as the threads of the executor do.
    asyncio.run(main())
    end = time.monotonic() + 60
    while probe.futures_alive() and time.monotonic() < end:
        time.sleep(0.001)
    assert probe.futures_alive() == 0


@nested_calls
@leaving_threads
def test_context_variables_of_futures(probe):
    variable = contextvars.ContextVar("probe.variable")

    async def main():
        variable.set(5)
        future = probe.variable_later()
        variable.set(6)
        return await future

    assert asyncio.run(main()) == [5]
