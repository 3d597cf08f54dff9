# SPDX-License-Identifier: GPL-2.0-or-later
"""Mercurial's history graph and working copies in Rust, one binary for CPython and PyPy.

>>> import vermilion
>>> graph = vermilion.Graph.from_parents([(-1, -1), (0, -1), (0, -1), (1, 2)])
>>> graph.is_ancestor(1, 3)
True
>>> list(graph.ancestors([3]))
[2, 1, 0]
>>> graph.common_ancestor_heads(1, 2)
[0]

A *revision* is a number, its position in the history; -1 is the null revision,
everyone's ancestor. Parents always have lower numbers than their children. A *node*
is the 20 bytes by which Mercurial names a revision.

Wherever revisions are taken, any iterable of ints or a `RevSet` will do (`bytes` are taken
for packed native int32). A revision
that the graph does not have is an IndexError that names it; another type than int is
a TypeError. Long questions let other Python threads run.

`WorkingCopy` tells the state of a repository's files.

Other native modules ask a graph without Python in between, by the C functions in the
capsule `graph_capi`; the graph is named there by its `capi_id`.
"""

from __future__ import annotations

__version__ = "0.1.0"  # first: the host for PyPy names it while the rest is imported

from vermilion._runtime import runtime  # loads the native module

# isort: split

from vermilion._native import (
    Ancestors,
    CorruptDirstateError,
    CorruptIndexError,
    MissingAncestors,
    PanicError,
    RevSet,
    UnsupportedIndexError,
    UnsupportedWorkingCopyError,
    graph_capi,
)
from vermilion.graph import Graph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vermilion.discovery import PartialDiscovery
    from vermilion.workingcopy import Names, Status, WorkingCopy

__all__ = [
    "Ancestors",
    "CorruptDirstateError",
    "CorruptIndexError",
    "Graph",
    "MissingAncestors",
    "Names",
    "PanicError",
    "PartialDiscovery",
    "RevSet",
    "Status",
    "UnsupportedIndexError",
    "UnsupportedWorkingCopyError",
    "WorkingCopy",
    "graph_capi",
    "runtime",
]


def __getattr__(name: str) -> object:
    # Few programs need them, and importing the package is to be quick.
    if name in ("Names", "Status", "WorkingCopy"):
        from vermilion import workingcopy

        globals()[name] = found = getattr(workingcopy, name)
        return found
    if name == "PartialDiscovery":
        from vermilion.discovery import PartialDiscovery

        globals()[name] = PartialDiscovery
        return PartialDiscovery
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
