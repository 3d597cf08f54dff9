# SPDX-License-Identifier: GPL-2.0-or-later
"""The operations on one bad history, ours and Mercurial's; see bounds.BAD_CASES.

Mercurial's side are the functions that its changelog and revision sets call: its C index
where that has them, on CPython, its Python functions elsewhere.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# At most so many runs of each, and seconds for all of them.
RUNS, SECONDS = 5, 1.0


class Inputs:
    """What is asked about: the same for both sides."""

    def __init__(self, count: int, heads: list[int]) -> None:
        self.tip = count - 1
        self.other = heads[-2] if len(heads) > 1 else count - 2
        self.everything = list(range(count))
        self.heads = heads
        self.many = (
            heads[-1000:] if len(heads) >= 1000 else list(range(max(0, count - 1000), count))
        )
        self.pairs = [(self.tip * k // 40, self.tip - k % 3) for k in range(20)]


class Vermilion:
    def __init__(self, index: str) -> None:
        import vermilion

        self._discovery = vermilion.PartialDiscovery
        self.graph = vermilion.Graph.open(index)
        self.inputs = Inputs(len(self.graph), self.graph.heads())
        # The state in which most questions are asked: with labels.
        while not self.graph.memory["labels"]:
            self.graph.is_ancestor(0, self.inputs.tip)
            self.graph.only([self.inputs.tip], [])

    def is_ancestor(self, on: Inputs) -> Any:
        return [self.graph.is_ancestor(a, b) for a, b in on.pairs]

    def common(self, on: Inputs) -> Any:
        return sorted(self.graph.common_ancestor_heads(on.tip, on.other))

    def common_many(self, on: Inputs) -> Any:
        return sorted(self.graph.common_ancestor_heads(*on.many))

    def greatest(self, on: Inputs) -> Any:
        return sorted(self.graph.greatest_common_ancestors(on.tip, on.other))

    def only(self, on: Inputs) -> Any:
        return len(self.graph.only([on.tip], [on.other]))

    def missing(self, on: Inputs) -> Any:
        return len(self.graph.missing_ancestors([on.other]).missing_ancestors(on.everything))

    def ancestors(self, on: Inputs) -> Any:
        return sum(self.graph.ancestors(on.everything))

    def range(self, on: Inputs) -> Any:
        return len(self.graph.range(on.everything, on.everything))

    def heads(self, on: Inputs) -> Any:
        return len(self.graph.heads(on.everything))

    def roots(self, on: Inputs) -> Any:
        return len(self.graph.roots(on.everything))

    def descendants(self, on: Inputs) -> Any:
        return len(self.graph.descendants(on.everything))

    def toposort(self, on: Inputs) -> Any:
        return sum(place * rev for place, rev in enumerate(self.graph.toposort(on.everything)))

    def discovery(self, on: Inputs) -> Any:
        discovery = self._discovery(self.graph, on.heads, True, randomize=False)
        first = discovery.take_quick_sample(on.heads, 100)
        discovery.add_info([(rev, rev % 2 == 0) for rev in first])
        return len(first), len(discovery.take_full_sample(on.heads, 200))


class Mercurial:
    def __init__(self, index: str) -> None:
        from mercurial import ancestor, dagop, policy, setdiscovery

        parsers = policy.importmod("parsers")
        with open(index, "rb") as file:
            self.index, _ = parsers.parse_index2(file.read(), False, True, False)
        self._ancestor, self._dagop = ancestor, dagop
        self._discovery = setdiscovery.pure_partialdiscovery
        self.changelog = self

    def parents(self, rev: int) -> Any:
        entry = self.index[rev]
        return entry[5], entry[6]

    def incrementalmissingrevs(self, bases: Any = ()) -> Any:
        return self._ancestor.incrementalmissingancestors(self.parents, bases)

    def _between(self, lowest: int, heads: list[int], roots: list[int], path: bool) -> Any:
        if hasattr(self.index, "reachableroots2"):
            return self.index.reachableroots2(lowest, heads, roots, path)
        return self._dagop._reachablerootspure(self.parents, lowest, roots, heads, path)

    def revs(self, expression: Any, *arguments: Any) -> Any:
        """What a discovery asks its repository."""
        if expression == b"%ld::%ld":
            roots, heads = map(list, arguments)
            return sorted(self._between(min(roots), heads, roots, True))
        if expression == b"heads(%ld)":
            return sorted(self._dagop.headrevs(arguments[0], self.parents))
        assert expression == b"roots(%ld)"
        return self._roots(arguments[0])

    def _from(self, start: int) -> Any:
        return iter(range(start, len(self.index)))

    def _roots(self, revs: Any) -> list[int]:
        among = set(revs)
        return [rev for rev in among if not any(p in among for p in self.parents(rev) if p >= 0)]

    def is_ancestor(self, on: Inputs) -> Any:
        return [bool(self._between(a, [b], [a], False)) for a, b in on.pairs]

    def common(self, on: Inputs) -> Any:
        return self._common(on.tip, on.other)

    def common_many(self, on: Inputs) -> Any:
        return self._common(*on.many)

    def _common(self, *revs: int) -> Any:
        # C compares 24 at most.
        if hasattr(self.index, "commonancestorsheads") and len(revs) <= 24:
            return sorted(self.index.commonancestorsheads(*revs))
        return sorted(self._ancestor.commonancestorsheads(self.parents, *revs))

    def greatest(self, on: Inputs) -> Any:
        if hasattr(self.index, "ancestors"):
            return sorted(self.index.ancestors(on.tip, on.other))
        return sorted(self._ancestor.ancestors(self.parents, on.tip, on.other))

    def only(self, on: Inputs) -> Any:
        return len(self.incrementalmissingrevs([on.other]).missingancestors([on.tip]))

    def missing(self, on: Inputs) -> Any:
        return len(self.incrementalmissingrevs([on.other]).missingancestors(on.everything))

    def ancestors(self, on: Inputs) -> Any:
        return sum(self._ancestor.lazyancestors(self.parents, on.everything))

    def range(self, on: Inputs) -> Any:
        return len(self._between(0, on.everything, on.everything, True))

    def heads(self, on: Inputs) -> Any:
        return len(self._dagop.headrevs(on.everything, self.parents))

    def roots(self, on: Inputs) -> Any:
        return len(self._roots(on.everything))

    def descendants(self, on: Inputs) -> Any:
        return sum(1 for _ in self._dagop.descendantrevs(on.everything, self._from, self.parents))

    def toposort(self, on: Inputs) -> Any:
        found = self._dagop.toposort(on.everything, self.parents, [])
        return sum(place * rev for place, rev in enumerate(found))

    def discovery(self, on: Inputs) -> Any:
        discovery = self._discovery(self, on.heads, True, randomize=False)
        first = discovery.takequicksample(on.heads, 100)
        discovery.addinfo([(rev, rev % 2 == 0) for rev in first])
        return len(first), len(discovery.takefullsample(on.heads, 200))


def bad_cases(index: str, keys: list[str]) -> dict[str, Any]:
    """For each operation, the least time of the processor of both sides, and whether
    their answers are the same."""
    from worker import Case

    ours, peer = Vermilion(index), Mercurial(index)
    rows: dict[str, Any] = {}
    for key in keys:
        row: dict[str, Any] = {}
        answers = []
        for name, side in (("ours", ours), ("peer", peer)):
            question, spent = getattr(side, key), []
            while len(spent) < RUNS and sum(spent) < SECONDS:
                (_, busy), answer = Case(lambda: ours.inputs, question).run()
                spent.append(busy)
            answers.append(answer)
            row[name] = min(spent)
        row["same"] = answers[0] == answers[1]
        rows[key] = row
        print("%s %s" % (key, "" if row["same"] else "DIFFERS"), file=sys.stderr, flush=True)
    return rows
