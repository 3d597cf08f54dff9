# SPDX-License-Identifier: GPL-2.0-or-later
"""`Graph`: a history's shape, owned by Rust."""

from __future__ import annotations

import os
import sys

from vermilion import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable
    from typing import TypeVar, Union

    from vermilion._native import Ancestors, Graph as NativeGraph, MissingAncestors, RevSet

    Self = TypeVar("Self", bound="Graph")
    Pairs = Union[Iterable[tuple[int, int]], bytes, bytearray, memoryview, "array[int]"]
    Revs = Union[Iterable[int], RevSet]


# How the formats of buffers mark this machine's order of bytes.
_NATIVE = "@=<" if sys.byteorder == "little" else "@=>"


def _pack(pairs: Pairs) -> bytes:
    """The parents as packed native int32: 8 bytes a revision."""
    try:
        view = memoryview(pairs)  # type: ignore[arg-type]
    except TypeError:
        return _pack_items(pairs)  # type: ignore[arg-type]
    if view.format == "B" and view.ndim == 1:  # packed already
        return view.tobytes()
    if view.format.lstrip(_NATIVE) not in ("i", "l") or view.itemsize != 4:
        raise TypeError(
            "parents are int32, not items of format %r with %d bytes" % (view.format, view.itemsize)
        )
    if view.ndim > 2 or (view.ndim == 2 and view.shape is not None and view.shape[1] != 2):
        raise ValueError("parents have the shape (n, 2) or (2 * n,), not %r" % (view.shape,))
    if view.ndim == 2 and not view.c_contiguous:
        # PyPy's `tobytes` takes them in the order of memory. Lists of two ints each:
        return _pack_items(view.tolist())  # type: ignore[arg-type]
    return view.tobytes()


def _pack_items(pairs: Iterable[tuple[int, int]]) -> bytes:
    from array import array  # not at the start, which is to be quick

    packed = array("i")
    append = packed.append
    for position, pair in enumerate(pairs):
        try:
            p1, p2 = pair
            append(p1)
            append(p2)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind("revision %d: %r is not a pair of revisions" % (position, pair)) from None
        except OverflowError:
            raise ValueError(
                "revision %d: the parents %r are no revisions" % (position, pair)
            ) from None
    return packed.tobytes()


def restore_revset(data: bytes) -> RevSet:
    """A RevSet out of its pickle. Pickles name this function: it stays where it is."""
    return _native.revset_from_bytes(data)


def restore_graph(
    kind: type[Graph], path: str | None, length: int, known: bytes, state: dict[str, object]
) -> Graph:
    """A Graph out of its pickle. Pickles name this function: it stays where it is."""
    if path is None:
        graph = kind.from_parents(known)
    else:
        graph = kind.open(path)
        # There may be more meanwhile.
        graph.truncate(length)
        if len(graph) != length or graph.node(length - 1) != known:
            raise RuntimeError("%s is not as it was when the graph was pickled" % path)
    graph.__dict__.update(state)
    return graph


class Graph:
    """The graph of a history: which revisions are whose parents.

    Made by `from_parents` or `open`. Costs 8 bytes a revision beside a mapped index
    file; labels for questions about ancestry (see `memory`) are made when enough of
    them have been asked. May be subclassed. Pickles: one that was opened as the path of its
    file and its last node, which have to be the same there (else a RuntimeError), another one as
    its parents.

    n is the number of revisions in what follows. Sets are `RevSet`, lists are of int
    and ascending unless something else is said.
    """

    _native: NativeGraph
    _capi_id: int

    def __init__(self, native: NativeGraph) -> None:
        if not isinstance(native, _native.Graph):
            raise TypeError("a Graph is made by Graph.from_parents() or Graph.open()")
        self._native = native
        # Kept here, as native code asks for it: a call of native code from within another
        # one aborts in the debug mode of PyPy before 7.3.22.
        self._capi_id = native.capi_id

    @classmethod
    def from_parents(cls: type[Self], pairs: Pairs) -> Self:
        """A graph of the given parents, revision by revision. O(n).

        `pairs` is an iterable of `(p1, p2)`, with -1 for no parent, or packed native
        int32, as `bytes`, `array('i')`, `memoryview` or a NumPy array, flat or of shape
        (n, 2).

        Raises ValueError for a parent that is not lower than its child or is less
        than -1, for an odd number of parents, and for values beyond 32 bits; TypeError
        for another type.
        """
        return cls(_native.graph_from_packed(_pack(pairs)))

    @classmethod
    def open(cls: type[Self], path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> Self:
        """The history graph of a Mercurial repository, or of a revlog index file. O(n).

        `path` is a repository (a share too), its `.hg`, or a file such as
        `00changelog.i` in revlog format 1, inline or not. The file is mapped, not read
        into memory; it may grow, shrink or be rewritten meanwhile: the graph stays as it
        was when it was opened, only `node` and `rev` need the file, and notice.

        Raises OSError for what cannot be read, `CorruptIndexError` for a damaged or cut
        off index and `UnsupportedIndexError` for other formats, all naming the file.
        """
        return cls(_native.open_graph(os.fspath(path)))

    @property
    def path(self) -> str | None:
        """The index file, for a graph that was opened."""
        return self._native.path

    @property
    def memory(self) -> dict[str, int]:
        """Bytes taken: `parents` (8 a revision), `labels` for ancestry and `nodes` for
        `node` and `rev`; both grow when they are needed. A mapped file is not counted."""
        parents, labels, nodes = self._native.memory
        return {"parents": parents, "labels": labels, "nodes": nodes}

    @property
    def capi_id(self) -> int:
        """The number by which native code names this graph, for `vermilion.graph_capi`.

        It names the graph as long as this object lives, and never another one.
        """
        return self._capi_id

    def __len__(self) -> int:
        """Returns how many revisions there are, null not counted."""
        return len(self._native)

    def __repr__(self) -> str:
        source = "" if self.path is None else " from %r" % self.path
        return "<%s of %d revisions%s>" % (type(self).__name__, len(self), source)

    def __reduce__(self) -> tuple[object, ...]:
        state = {k: v for k, v in self.__dict__.items() if k not in ("_native", "_capi_id")}
        path, length = self.path, len(self)
        if path is not None:
            try:
                last = self.node(length - 1)
                return restore_graph, (type(self), os.path.abspath(path), length, last, state)
            except LookupError:
                pass  # something was added
        return restore_graph, (type(self), None, length, self._native.pairs(), state)

    def parents(self, rev: int) -> tuple[int, int]:
        """The parents of a revision, -1 for none. O(1)."""
        return self._native.parents(rev)

    def node(self, rev: int) -> bytes:
        """The node of a revision: 20 bytes, zeros for null. O(1).

        Raises LookupError for a graph or a revision that does not come from an index
        file, `CorruptIndexError` if the file was cut off since it was opened, or rewritten
        where this revision is.
        """
        return self._native.node(rev)

    def rev(self, node: bytes) -> int:
        """The revision of a node. O(n) for the first few, then O(1).

        Raises LookupError for an unknown node, ValueError if it has not 20 bytes, and
        `CorruptIndexError` if the file was changed so that another answer might be right.
        """
        return self._native.rev(node)

    def matches(self, entries: bytes, start: int = 0) -> bool:
        """Returns whether the revisions from `start` on are those of `entries`, as a revlog index
        has them (64 bytes each), by their parents and nodes. O(entries).

        Raises as `node` does, and ValueError for bytes that are no whole entries.
        """
        return self._native.matches(entries, start)

    def extend(self, pairs: Pairs) -> None:
        """Adds revisions, given as for `from_parents`. O(what is added).

        Lazy objects made before keep the graph as it was (and cost a copy of it now).
        On an error nothing is added.
        """
        self._native.extend(_pack(pairs))

    def truncate(self, length: int) -> None:
        """Forgets the revisions from `length` on. O(1)."""
        self._native.truncate(length)

    def ancestors(self, revs: Revs, stoprev: int = 0, inclusive: bool = False) -> Ancestors:
        """The ancestors of `revs`, lazily: see `Ancestors`.

        Those below `stoprev` are left out; `revs` themselves belong to it with
        `inclusive`, else only where they are ancestors of one another.
        """
        return self._native.ancestors(revs, stoprev, inclusive)

    def missing_ancestors(self, bases: Revs = ()) -> MissingAncestors:
        """Questions about what is no ancestor of `bases`: see `MissingAncestors`."""
        return self._native.missing_ancestors(bases)

    def only(self, include: Revs, exclude: Revs) -> RevSet:
        """The ancestors of `include` that are no ancestors of `exclude`, the revisions
        themselves counted among their ancestors. O(n) bits, less if they are close."""
        return self._native.only(include, exclude)

    def common_ancestor_heads(self, *revs: int) -> list[int]:
        """The heads of the common ancestors of `revs`: descending, empty for unrelated
        revisions. A few microseconds a pair once there are labels; O(n) at worst, and for
        each further 62 of very many."""
        return self._native.common_ancestor_heads(*revs)

    def greatest_common_ancestors(self, *revs: int) -> list[int]:
        """Of `common_ancestor_heads`, those on the longest path from a root: what
        Mercurial's index calls `ancestors`."""
        return self._native.greatest_common_ancestors(*revs)

    def is_ancestor(self, a: int, b: int) -> bool:
        """Returns whether `a` is an ancestor of `b`. Every revision is its own, and null is
        everyone's. O(1) mostly, once there are labels, and O(n) at worst."""
        return self._native.is_ancestor(a, b)

    def heads(
        self, revs: Revs | None = None, *, exclude: Revs | None = None, stop: int | None = None
    ) -> list[int]:
        """The revisions that have no children. O(n).

        Among `revs`: those of them that have no children among them. Without: of all
        revisions below `stop`, those in `exclude` (which must hold the descendants of
        its members) not counted; an empty history's head is null, [-1].
        """
        if revs is None:
            return self._native.heads(exclude, stop)
        if exclude is not None or stop is not None:
            raise TypeError("heads() takes either revs, or exclude and stop")
        return self._native.heads_of(revs)

    def roots(self, revs: Revs) -> list[int]:
        """Those of `revs` that have no parent among them. O(revs)."""
        return self._native.roots_of(revs)

    def range(self, roots: Revs, heads: Revs) -> RevSet:
        """Everything on paths from `roots` to `heads`, ends included: Mercurial's
        `roots::heads`. O(n) at most."""
        return self._native.range(roots, heads, None, True)

    def reachable_roots(
        self, roots: Revs, heads: Revs, minroot: int = 0, include_path: bool = False
    ) -> list[int]:
        """Those of `roots` that are ancestors of `heads`, found without going on from a
        root or below `minroot`; with `include_path`, what lies between too."""
        return list(self._native.range(roots, heads, minroot, include_path).to_array())

    def descendants(self, revs: Revs) -> RevSet:
        """The descendants of `revs`, they themselves only where one descends from
        another. O(n)."""
        return self._native.descendants(revs)

    def children(self, rev: int) -> list[int]:
        """The children of a revision; of null, the roots. O(n - rev)."""
        return self._native.children(rev)

    def toposort(self, revs: Revs, first_branch: Revs = ()) -> list[int]:
        """`revs` so that children come before parents and branches stay together: the
        order of `hg log --graph -r 'sort(…, topo)'`. The branch of `first_branch` comes
        first. O(n)."""
        return self._native.toposort(revs, first_branch)
