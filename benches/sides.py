# SPDX-License-Identifier: GPL-2.0-or-later
"""The same questions asked of Vermilion and of Mercurial.

Each method returns the worker's Case for one row of bounds.ROWS. What both sides must
do in the timed part is the same: make the object that answers, unless a row says that
it is shared, and consume the answer.
"""

from __future__ import annotations

import os
import random
from operator import and_, or_, sub, xor

from worker import Case

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# Sample sizes of the discovery, as Mercurial's clients have them.
FULL, QUICK = 200, 100


class Inputs:
    """What is asked about: the same on all interpreters, from a fixed seed."""

    def __init__(self, parents: list[tuple[int, int]], heads: list[int]) -> None:
        rng = random.Random(42)
        count = len(parents)
        self.tip = count - 1
        self.heads = heads
        self.revs = [rng.randrange(count) for _ in range(10000)]
        self.pairs = [(rng.randrange(count), rng.randrange(count)) for _ in range(1000)]
        self.ordered = [(min(pair), max(pair)) for pair in self.pairs]
        self.remote: set[int] = set()
        todo = rng.sample(range(count), min(50, count))
        while todo:
            rev = todo.pop()
            if rev >= 0 and rev not in self.remote:
                self.remote.add(rev)
                todo.extend(parents[rev])


def _discover(make: Callable[[], Any], names: dict[str, str], inputs: Inputs) -> Case:
    """A whole discovery; `names` says how the methods of the object are called."""
    known, heads = inputs.remote, inputs.heads

    def question(discovery: Any) -> list[int]:
        complete, has_info = (getattr(discovery, names[n]) for n in ("is_complete", "has_info"))
        full, quick = (
            getattr(discovery, names[n]) for n in ("take_full_sample", "take_quick_sample")
        )
        add_info = getattr(discovery, names["add_info"])
        while not complete():
            sample = full(heads, FULL) if has_info() else quick(heads, QUICK)
            add_info([(rev, rev in known) for rev in sample])
        return sorted(getattr(discovery, names["common_heads"])())

    return Case(lambda: None, lambda _: question(make()))


_METHODS = (
    "is_complete",
    "has_info",
    "take_full_sample",
    "take_quick_sample",
    "add_info",
    "common_heads",
)


class Vermilion:
    """Our side, through the package's public API."""

    def __init__(self, repository: str, inputs: Inputs) -> None:
        import vermilion

        self._open = lambda: vermilion.Graph.open(repository)
        self._discovery = vermilion.PartialDiscovery
        self._revset = vermilion.RevSet
        self._graph = self._open()
        self._inputs = inputs

    def _warm(self, question: Callable[[Any], Any]) -> Case:
        """A question to a graph that has answered others before."""
        return Case(lambda: self._graph, question)

    def _opened(self, question: Callable[[Any], Any]) -> Case:
        return Case(lambda: None, lambda _: question(self._open()))

    def iterate(self) -> Case:
        tip = self._inputs.tip
        return self._warm(lambda graph: sum(graph.ancestors([tip], inclusive=True)))

    def contains(self) -> Case:
        tip, revs = self._inputs.tip, self._inputs.revs

        def question(graph: Any) -> list[bool]:
            ancestors = graph.ancestors([tip], inclusive=True)
            return [rev in ancestors for rev in revs]

        return self._warm(question)

    def missing(self) -> Case:
        tip = self._inputs.tip
        return self._warm(
            lambda graph: graph.missing_ancestors([tip - 1000]).missing_ancestors([tip])
        )

    def common(self) -> Case:
        pairs = self._inputs.pairs
        return self._warm(
            lambda graph: [sorted(graph.common_ancestor_heads(a, b)) for a, b in pairs]
        )

    def is_ancestor(self) -> Case:
        ordered = self._inputs.ordered
        return self._warm(lambda graph: [graph.is_ancestor(a, b) for a, b in ordered])

    def heads(self) -> Case:
        return Case(self._open, lambda graph: graph.heads())

    def discovery(self) -> Case:
        def make() -> Any:
            return self._discovery(self._graph, self._inputs.heads, True, randomize=False)

        return _discover(make, {name: name for name in _METHODS}, self._inputs)

    def _sets(self) -> tuple[Any, Any]:
        revs = self._inputs.revs
        return self._revset(revs), self._revset([rev // 2 for rev in revs])

    def set_make(self) -> Case:
        revs = self._inputs.revs
        return Case(lambda: None, lambda _: len(self._revset(revs)))

    def set_algebra(self) -> Case:
        def question(sets: Any) -> list[int]:
            for _ in range(100):
                found = [len(each(*sets)) for each in (or_, and_, sub, xor)]
            return found

        return Case(self._sets, question)

    def set_iterate(self) -> Case:
        return Case(self._ancestors, list)

    def set_array(self) -> Case:
        return Case(self._ancestors, lambda revset: sum(revset.to_array()))

    def set_contains(self) -> Case:
        revs = self._inputs.revs
        return Case(self._ancestors, lambda revset: [rev in revset for rev in revs])

    def _ancestors(self) -> Any:
        return self._graph.only([self._inputs.tip], [])

    def open_heads(self) -> Case:
        return self._opened(lambda graph: graph.heads())

    def open_is_ancestor(self) -> Case:
        a, b = self._inputs.ordered[0]
        return self._opened(lambda graph: graph.is_ancestor(a, b))

    def open_common(self) -> Case:
        a, b = self._inputs.pairs[0]
        return self._opened(lambda graph: sorted(graph.common_ancestor_heads(a, b)))

    def open_ancestors(self) -> Case:
        tip = self._inputs.tip
        return self._opened(
            lambda graph: [rev for _, rev in zip(range(100), graph.ancestors([tip]))]
        )


class Mercurial:
    """Mercurial's side, through the methods that its own commands call."""

    def __init__(self, repository: str, expected: str) -> None:
        from mercurial import hg, revset_predicates, setdiscovery, ui, util

        # Imported for its side effect: hg.repository() wants revsets registered.
        assert revset_predicates
        settings = ui.ui.load()
        self._open = lambda: hg.repository(settings, os.fsencode(repository)).unfiltered()
        self._repository = self._open()
        self._changelog = changelog = self._repository.changelog
        rust = bool(getattr(changelog.index, "rust_ext_compat", False))
        kind = "rust" if rust else "pure" if "pure" in type(changelog.index).__module__ else "c"
        if kind != expected:
            raise SystemExit("this Mercurial is %s, not %s" % (kind, expected))
        self.description = "Mercurial %s, %s" % (util.version().decode(), kind)
        self._discovery = (
            setdiscovery.partialdiscovery if rust else setdiscovery.pure_partialdiscovery
        )
        parents = [tuple(changelog.parentrevs(rev)) for rev in range(len(changelog))]
        self.inputs = Inputs(parents, list(changelog.headrevs()))

    def _warm(self, question: Callable[[Any], Any]) -> Case:
        return Case(lambda: self._changelog, question)

    def _opened(self, question: Callable[[Any], Any]) -> Case:
        """The repository object is made before: only its changelog is opened in the time."""
        return Case(self._open, lambda repository: question(repository.changelog))

    def iterate(self) -> Case:
        tip = self.inputs.tip
        return self._warm(lambda changelog: sum(changelog.ancestors([tip], inclusive=True)))

    def contains(self) -> Case:
        tip, revs = self.inputs.tip, self.inputs.revs

        def question(changelog: Any) -> list[bool]:
            ancestors = changelog.ancestors([tip], inclusive=True)
            return [rev in ancestors for rev in revs]

        return self._warm(question)

    def missing(self) -> Case:
        tip = self.inputs.tip
        return self._warm(
            lambda changelog: changelog.incrementalmissingrevs([tip - 1000]).missingancestors([tip])
        )

    def common(self) -> Case:
        pairs = self.inputs.pairs
        return self._warm(
            lambda changelog: [sorted(changelog._commonancestorsheads(a, b)) for a, b in pairs]
        )

    def is_ancestor(self) -> Case:
        ordered = self.inputs.ordered
        return self._warm(lambda changelog: [changelog.isancestorrev(a, b) for a, b in ordered])

    def heads(self) -> Case:
        return Case(lambda: self._open().changelog, lambda changelog: list(changelog.headrevs()))

    def discovery(self) -> Case:
        def make() -> Any:
            return self._discovery(self._repository, self.inputs.heads, True, randomize=False)

        return _discover(make, {name: name.replace("_", "") for name in _METHODS}, self.inputs)

    def open_heads(self) -> Case:
        return self._opened(lambda changelog: list(changelog.headrevs()))

    def open_is_ancestor(self) -> Case:
        a, b = self.inputs.ordered[0]
        return self._opened(lambda changelog: changelog.isancestorrev(a, b))

    def open_common(self) -> Case:
        a, b = self.inputs.pairs[0]
        return self._opened(lambda changelog: sorted(changelog._commonancestorsheads(a, b)))

    def open_ancestors(self) -> Case:
        tip = self.inputs.tip
        return self._opened(
            lambda changelog: [rev for _, rev in zip(range(100), changelog.ancestors([tip]))]
        )
