# SPDX-License-Identifier: GPL-2.0-or-later
"""Threads that ask Vermilion while the interpreter ends."""

from __future__ import annotations

import daemons
import pytest
from harness import leaving_threads

pytestmark = leaving_threads

SETUP = """
from vermilion import Graph
graph = Graph.from_parents([(rev - 1, -1) for rev in range(100)])
"""
# What a thread does again and again.
WORK = {
    "opens repositories": "refused(Graph.open, os.getcwd())",
    "asks a graph": "graph.is_ancestor(Lazy(), 7)",
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_threads_that_are_left_behind(python, work):
    daemons.leave_behind(python, SETUP, work)
