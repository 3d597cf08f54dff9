# SPDX-License-Identifier: GPL-2.0-or-later
"""`PartialDiscovery`: finding out which revisions another repository has."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vermilion._native import RevSet
    from vermilion.graph import Graph, Revs


class PartialDiscovery:
    """The knowledge, during a discovery, of the revisions that the other side has.

    Every ancestor of `target_heads` is common, missing on the other side, or undecided.
    Ask the other side about the revisions of a sample, hand its answers to `add_info`,
    and go on until `is_complete`. The decisions and the samples are those of Mercurial's
    setdiscovery; with `randomize=False` they are the same revisions too.

    `respect_size` keeps samples to the size asked for; without it they grow with the
    width of what is undecided. The graph is the one of the moment of creation.
    """

    def __init__(
        self, graph: Graph, target_heads: Revs, respect_size: bool = True, randomize: bool = True
    ) -> None:
        self._native = graph._native.discovery(target_heads, respect_size, randomize)

    def add_commons(self, revs: Revs) -> None:
        """The other side has `revs`, and so their ancestors."""
        self._native.add_commons(revs)

    def add_missings(self, revs: Revs) -> None:
        """The other side lacks `revs`, and so their descendants."""
        self._native.add_missings(revs)

    def add_info(self, sample: Iterable[tuple[int, bool]]) -> None:
        """Takes the other side's answers: pairs of a revision and whether it has it."""
        common: list[int] = []
        missing: list[int] = []
        for rev, known in sample:
            (common if known else missing).append(rev)
        if common:
            self._native.add_commons(common)
        if missing:
            self._native.add_missings(missing)

    def has_info(self) -> bool:
        """Returns whether anything is known to be common."""
        return self._native.has_info()

    def is_complete(self) -> bool:
        """Returns whether nothing is undecided any more."""
        return self._native.is_complete()

    def stats(self) -> dict[str, int]:
        """`undecided`: how many revisions still are."""
        return {"undecided": self._native.undecided_count()}

    @property
    def undecided(self) -> RevSet:
        """The undecided revisions, as a new set."""
        return self._native.undecided()

    @property
    def missing(self) -> RevSet:
        """The revisions known to be missing on the other side, as a new set."""
        return self._native.missing()

    def common_heads(self) -> set[int]:
        """The heads of what is known to be common."""
        return set(self._native.common_heads())

    def take_quick_sample(self, head_revs: Revs, size: int) -> list[int]:
        """A first sample: the heads of what is undecided, then ancestors of `head_revs`
        at growing distances, about `size` of them."""
        return self._native.take_quick_sample(head_revs, size)

    def take_full_sample(self, head_revs: Revs, size: int) -> list[int]:
        """A sample of `size` from all over what is undecided, denser near its heads and
        its roots."""
        return self._native.take_full_sample(head_revs, size)
