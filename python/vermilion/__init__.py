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

`Repository` reads a whole repository: changesets, their files, what they are called and how they
differ. `WorkingCopy` tells the state of the files on disk.

Other native modules ask a graph without Python in between, by the C functions in the
capsule `graph_capi`; the graph is named there by its `capi_id`.
"""

from __future__ import annotations

__version__ = "0.1.0"  # first: the host for PyPy names it while the rest is imported

from vermilion._runtime import runtime  # loads the native module

# isort: split

from vermilion._native import (
    AmbiguousRevisionError,
    Ancestors,
    ConfigError,
    CorruptDirstateError,
    CorruptIndexError,
    CorruptRefsError,
    HiddenRevisionError,
    MissingAncestors,
    PanicError,
    RevisionLookupError,
    RevSet,
    UnknownRevisionError,
    UnsupportedIndexError,
    UnsupportedWorkingCopyError,
    graph_capi,
)
from vermilion.graph import Graph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vermilion.changeset import Change, Changes, Changeset, File, Tree
    from vermilion.columns import Changesets
    from vermilion.configuration import Config
    from vermilion.discovery import PartialDiscovery
    from vermilion.history import AnnotatedLine, Annotation, FileVersion
    from vermilion.patch import Hunk, Patch, PatchedFile
    from vermilion.repository import (
        Branch,
        LatestTag,
        Marker,
        Repository,
        RepositoryChangedError,
    )
    from vermilion.revsets import RevsetError, UnsupportedRevsetError
    from vermilion.search import LineMatch
    from vermilion.verification import Problem, Verification
    from vermilion.workingcopy import Names, Status, WorkingCopy

# Few programs need them, and importing the package is to be quick: the modules that have them.
_ELSEWHERE = {
    "changeset": ("Change", "Changes", "Changeset", "File", "Tree"),
    "columns": ("Changesets",),
    "configuration": ("Config",),
    "discovery": ("PartialDiscovery",),
    "history": ("AnnotatedLine", "Annotation", "FileVersion"),
    "patch": ("Hunk", "Patch", "PatchedFile"),
    "repository": ("Branch", "LatestTag", "Marker", "Repository", "RepositoryChangedError"),
    "revsets": ("RevsetError", "UnsupportedRevsetError"),
    "search": ("LineMatch",),
    "verification": ("Problem", "Verification"),
    "workingcopy": ("Names", "Status", "WorkingCopy"),
}

__all__ = [
    "AmbiguousRevisionError",
    "Ancestors",
    "AnnotatedLine",
    "Annotation",
    "Branch",
    "Change",
    "Changes",
    "Changeset",
    "Changesets",
    "Config",
    "ConfigError",
    "CorruptDirstateError",
    "CorruptIndexError",
    "CorruptRefsError",
    "File",
    "FileVersion",
    "Graph",
    "HiddenRevisionError",
    "Hunk",
    "LatestTag",
    "LineMatch",
    "Marker",
    "MissingAncestors",
    "Names",
    "PanicError",
    "PartialDiscovery",
    "Patch",
    "PatchedFile",
    "Problem",
    "Repository",
    "RepositoryChangedError",
    "RevSet",
    "RevisionLookupError",
    "RevsetError",
    "Status",
    "Tree",
    "UnknownRevisionError",
    "UnsupportedIndexError",
    "UnsupportedRevsetError",
    "UnsupportedWorkingCopyError",
    "Verification",
    "WorkingCopy",
    "graph_capi",
    "runtime",
]


def __getattr__(name: str) -> object:
    for module, names in _ELSEWHERE.items():
        if name in names:
            # not importlib, which takes time to import
            found = getattr(__import__("vermilion." + module, fromlist=[name]), name)
            globals()[name] = found
            return found
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
