# SPDX-License-Identifier: GPL-2.0-or-later
"""Threads that are in native code while the interpreter ends.

Before 3.14, CPython ends such a thread wherever it asks for the interpreter; it must not
come back into native code then, nor may the process crash.
"""

from __future__ import annotations

import pytest
from harness import leaving_threads

pytestmark = leaving_threads

# What a thread does again and again.
WORK = {
    "leaves the interpreter": "probe.sleep(0)",
    "leaves it for long": "probe.sleep(300)",
    "opens repositories": "refused(Graph.open, os.getcwd())",
    "asks a graph": "graph.is_ancestor(Lazy(), 7)",
    "calls": "probe.call(time.sleep, 0)",
    "asks for an attribute": "probe.attr_of(Lazy(), 'anything')",
    "drops an object": "probe.keep(Lazy()); probe.keep(None)",
}
CODE = """
import os, sys, threading, time
import vermilion.hpy
from vermilion import Graph
probe = vermilion.hpy.load("probe", os.environ["VERMILION_PROBE"])
graph = Graph.from_parents([(rev - 1, -1) for rev in range(100)])
class Lazy:
    def __index__(self):
        time.sleep(0)
        return 3
    def __getattr__(self, name):
        time.sleep(0)
        return name
    def __del__(self, sleep=time.sleep):
        sleep(0)
def refused(function, *args):
    try:
        function(*args)
    except Exception:
        pass
def work():
    while True:
        %s
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.05 + os.getpid() %% 17 / 1000)
"""


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_threads_that_are_left_behind(python, work):
    for _ in range(6):
        python(CODE % work)
