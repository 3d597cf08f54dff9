#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Random operations on all examples, for as long as one likes: what `make soak` runs.

Only exceptions that are documented may come out, and memory has to be flat: what is
taken in the end is compared with what was after three tenths. After two, PyPy compiles
nothing more: it would find something to compile for ever, and keep it.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import os
import random
import sys
import threading
import time
import traceback

import hpy_host
import operations
import probed
from values import Values

PYPY = sys.implementation.name == "pypy"
DEBUG = "debug" in os.environ.get("HPY", "")
# Both are limits of others' debug modes: see tests/common/harness.py.
OTHERS_DEBUG = DEBUG and hpy_host.host().name != "own"
NESTED = not OTHERS_DEBUG
THREADS = 1 if OTHERS_DEBUG else 3
ROUND = 1000
# Rounds that go on in several threads, and those after which the process forks.
THREADED, FORKED = 4, 40
# Operations from which on memory is judged: before, the process grows into what it needs.
JUDGED = 1_000_000


class Soak:
    """A run: what it does next depends on the seed, and on how threads are switched."""

    def __init__(self, seed, probe=None):
        self.seed = seed
        self.random = random.Random(seed)
        self.todo = list(operations.OPERATIONS)
        kinds = list(operations.KINDS)
        if probe is not None:
            probed.Probe.module = probe
            self.todo += probed.OPERATIONS
            kinds += probed.KINDS
        self.kinds = kinds
        self.kept = {}
        self.forget()
        self.failures = []
        self.done = self.raised = self.forks = 0
        self.values = [self._values(seed + n) for n in range(THREADS)]
        if probe is not None:
            probe.set_hook(self.values[0].call_again)

    def _values(self, seed):
        values = Values(seed, self.kept, NESTED)
        values.again = lambda: self.operate(values)
        return values

    def forget(self):
        """Lets go of all objects that were kept."""
        for kind in self.kinds:
            self.kept[kind] = [None] * 16

    def operate(self, values):
        """One operation; whether it ended with an exception."""
        function, exceptions, says = values.random.choice(self.todo)
        try:
            function(values)
            return False
        except RuntimeError as error:
            if not says.search(str(error)):
                self._failed(function)
        except AssertionError:
            self._failed(function)
        except exceptions:
            pass
        except Exception:
            self._failed(function)
        return True

    def _failed(self, function):
        self.failures.append("%s:\n%s" % (function.__name__, traceback.format_exc()))

    def several(self, values, count):
        raised = 0
        for _ in range(count):
            raised += self.operate(values)
            if self.failures:
                break
        self.raised += raised

    def round(self, count):
        """Some operations, in one thread or in several, and then perhaps a fork."""
        if THREADS > 1 and self.random.randrange(THREADED) == 0:
            share = count // THREADS
            work = [threading.Thread(target=self.several, args=(v, share)) for v in self.values[1:]]
            for thread in work:
                thread.start()
            self.several(self.values[0], count - share * len(work))
            for thread in work:
                thread.join()
        else:
            self.several(self.values[0], count)
        self.done += count
        if self.random.randrange(FORKED) == 0:
            self.fork()

    def fork(self):
        """A child does some operations of its own."""
        self.forks += 1
        pid = os.fork()
        if pid == 0:
            try:
                self.several(self.values[0], 50)
                for failure in self.failures:
                    print(failure, flush=True)
            finally:
                os._exit(1 if self.failures else 0)
        _, status = os.waitpid(pid, 0)
        if status != 0:
            self.failures.append("a forked child ended with status %#x" % status)

    def run(self, count, tell=lambda text: None):
        """That many operations; returns (kB, blocks) after each tenth."""
        used = []
        began = time.monotonic()
        for tenth in range(1, 11):
            while self.done < count * tenth // 10 and not self.failures:
                self.round(min(ROUND, count * tenth // 10 - self.done))
            if PYPY and count >= JUDGED and tenth == 2:
                stop_compiling()
            self.forget()
            for _ in range(3):
                gc.collect()
            used.append((resident(), blocks()))
            minutes = (time.monotonic() - began) / 60
            tell("%9d operations, %5.1f min: %6d kB, %6d blocks" % (self.done, minutes, *used[-1]))
            if self.failures:
                break
        else:
            self.compare(used)
        return used

    def compare(self, used):
        """Fails where the end needs more than three tenths did, but for some slack."""
        (then, then_blocks), (now, now_blocks) = used[2], used[-1]
        slack = 4000 + then // 20
        if self.done >= JUDGED and now > then + slack:
            self.failures.append("memory grew from %d kB to %d kB" % (then, now))
        if now_blocks > then_blocks + 2000:
            self.failures.append("blocks grew from %d to %d" % (then_blocks, now_blocks))


def resident():
    """How many kB of memory the process has; 0 where that tells nothing."""
    if "ASAN_OPTIONS" in os.environ:
        return 0  # It keeps what was freed.
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    except OSError:
        return 0


def stop_compiling():
    """Lets PyPy go on with what it has compiled, and interpret the rest."""
    import pypyjit

    pypyjit.set_param("off")
    # The number of failed guards after which a bridge is compiled.
    pypyjit.set_param(trace_eagerness=2**30)


def blocks():
    """How many blocks Python has allocated; 0 on PyPy."""
    return 0 if PYPY else sys.getallocatedblocks()


def load_probe():
    """The test extension, where VERMILION_PROBE names it."""
    path = os.environ.get("VERMILION_PROBE")
    if not path:
        return None
    if "probe" not in sys.modules:
        sys.modules["probe"] = hpy_host.load("probe", path)
    return sys.modules["probe"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=100_000, metavar="N")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "little"))
    arguments = parser.parse_args()
    # Panics and errors of finalizers are told of there by the million; a panic that looks
    # for the names of functions takes a millisecond and much memory.
    os.environ["RUST_BACKTRACE"] = "0"
    faulthandler.enable(os.fdopen(os.dup(2), "w"))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    soak = Soak(arguments.seed, load_probe())
    where = "%s, host %s" % (sys.version.split("\n")[0], hpy_host.host().name)
    print("seed %d; %s%s" % (soak.seed, where, ", debug mode" * DEBUG), flush=True)
    soak.run(arguments.operations, lambda text: print(text, flush=True))
    print("%d operations, %d with an exception, %d forks" % (soak.done, soak.raised, soak.forks))
    for failure in soak.failures[:5]:
        print("FAILED: " + failure)
    return 1 if soak.failures else 0


if __name__ == "__main__":
    sys.exit(main())
