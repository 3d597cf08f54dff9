# SPDX-License-Identifier: GPL-2.0-or-later
"""Children that are forked while other threads are in native code: none may hang."""

from __future__ import annotations

import os
import threading
import time

import pytest
from harness import THOROUGH, forked, leaving_threads
from longwork import long_history
from test_workingcopy import dirstate_v1
from vermilion import Graph, WorkingCopy, _native

FORKS = 600 if THOROUGH else 60

pytestmark = [leaving_threads, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def wide(tmp_path):
    """A repository that takes a while, with many rules."""
    root = tmp_path / "wide"
    (root / ".hg" / "store").mkdir(parents=True)
    (root / ".hg" / "requires").write_text("revlogv1\nstore\n")
    entries = []
    for number in range(300):
        folder = root / ("d%d" % (number % 20)) / str(number)
        folder.mkdir(parents=True)
        for name in ("a", "b.o"):
            (folder / name).write_bytes(b"abc")
        entries.append((b"d%d/%d/a" % (number % 20, number), b"a", 0, 0, 0))
    rules = b"".join(b"glob:*.x%d\n" % number for number in range(200))
    (root / ".hgignore").write_bytes(b"glob:*.o\n" + rules)
    (root / ".hg" / "dirstate").write_bytes(dirstate_v1(entries))
    return root


def forks_while(busy, work, threads=6, forks=FORKS):
    """Forks many times while threads do something; how the children ended that did not well."""
    stop = threading.Event()
    failed = []

    def run():
        while not stop.is_set():
            try:
                busy()
            except BaseException as error:
                failed.append(error)
                return

    running = [threading.Thread(target=run, daemon=True) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        for number in range(forks):
            time.sleep(0.001 * (number % 7))
            status = forked(work)
            assert status == 0, "child %d of %d ended with %d" % (number, forks, status)
    finally:
        stop.set()
        for thread in running:
            thread.join(60)
    assert not failed, failed
    assert not any(thread.is_alive() for thread in running)


def test_working_copies(wide):
    working_copy = WorkingCopy(wide)
    known = len(working_copy.status(clean=True, ignored=True).ignored)
    assert known == 300

    def busy():
        working_copy.status(clean=True)
        working_copy.is_ignored("x.o")

    def work():
        status = working_copy.status(clean=True, ignored=True)
        return len(status.ignored) == known and working_copy.is_ignored("x.o")

    forks_while(busy, work)


def test_rules(wide):
    """Only what is kept between questions."""
    working_copy = WorkingCopy(wide)

    def busy():
        working_copy.status(tracked=False, paths=["d1/1"])
        working_copy.is_ignored("x.o")

    forks_while(busy, lambda: working_copy.is_ignored("d/x.o") and not working_copy.is_ignored("x"))


def test_children_of_children(wide):
    working_copy = WorkingCopy(wide)
    working_copy.status()

    def answers():
        return len(working_copy.status().added) == 300

    def work():
        return answers() and forked(answers) == 0 and answers()

    forks_while(working_copy.status, work, threads=2, forks=FORKS // 6)


def test_the_pool_while_it_is_made(wide):
    """The first questions ever, in a process of their own each time."""
    working_copy = WorkingCopy(wide)

    def first():
        threads = [threading.Thread(target=working_copy.status) for _ in range(3)]
        for thread in threads:
            thread.start()
        # Now and then one of the threads is about to make the pool.
        fine = all(forked(lambda: len(working_copy.status().added) == 300) == 0 for _ in range(3))
        for thread in threads:
            thread.join()
        return fine

    for _ in range(FORKS // 6):
        assert forked(first) == 0


def test_graphs_and_working_copies_at_once(wide):
    working_copy = WorkingCopy(wide)
    history = long_history(9000)

    def busy():
        Graph.from_parents(history).is_ancestor(5, 8999)
        working_copy.status()

    def work():
        graph = Graph.from_parents(history)
        return graph.is_ancestor(0, 8999) and len(working_copy.status().added) == 300

    forks_while(busy, work, threads=3, forks=FORKS // 3)


def test_head_starts(wide):
    """Nothing can be had of what the parent began, and nobody waits for it."""
    wanted, everything = _native.WANT_UNKNOWN, ([b""], True, [], [])
    for number in range(FORKS // 3):
        begun = _native.head_start(os.fsencode(wide), False, [], everything, wanted, True)
        time.sleep(0.0005 * (number % 5))

        def nothing():
            return begun.dirstate(None) is None and begun.manifest_text(bytes(20)) is None

        assert forked(nothing) == 0
        made = begun.dirstate(None)
        if made is None:
            continue
        native, p1, p2 = made
        assert (p1, p2) == (bytes(20), bytes(20))

        def asked():
            blocks, *_rest = native.status(
                os.fsencode(wide), [], everything, wanted, (1, 0), lambda _done: None
            )
            return len(blocks[1].split(b"\0")) == 301

        assert forked(asked) == 0
        assert asked()
