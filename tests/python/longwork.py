# SPDX-License-Identifier: GPL-2.0-or-later
"""A long history and long operations on it, for other processes too.

Imports nothing that takes long to import.
"""

from __future__ import annotations

from vermilion import Graph, PartialDiscovery, RevSet, _native

NULL = -1


def long_history(length, seed=7):
    """A deterministic history of any length: a trunk with branches and merges."""
    pairs, state = [(NULL, NULL)], seed
    for rev in range(1, length):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        p1 = rev - 1 - (state >> 8) % min(rev, 3)
        p2 = rev - 1 - (state >> 12) % min(rev, 40) if state >> 20 & 7 == 0 else NULL
        pairs.append((p1, NULL if p2 == p1 else p2))
    return pairs


LONG = long_history(20_000)


def long_operations(graph):
    """What uses threads of its own, or leaves the interpreter."""
    for rev in range(0, 20_000, 13):
        graph.is_ancestor(rev, 19_999)
    return (
        len(list(graph.ancestors([19_999]))),
        len(graph.descendants([7])),
        graph.heads()[-1],
        graph.common_ancestor_heads(19_999, 19_990),
        PartialDiscovery(graph, [19_999]).stats(),
        _native.threads() > 0,
    )


def answer(number):
    graph = Graph.from_parents(LONG)
    return number, long_operations(graph), RevSet([number])
