# SPDX-License-Identifier: GPL-2.0-or-later
"""Histories to test with, and the plainest possible answers to compare with."""

from __future__ import annotations

from hypothesis import strategies as st
from longwork import NULL

# How far back parents lie, how many percent of the revisions are merges, and roots.
SHAPES = {
    "line": (1, 0, 0),
    "trunk": (3, 10, 2),
    "branches": (20, 30, 5),
    "merges": (5, 80, 1),
    "bushy": (1000, 5, 10),
    "anything": (1000, 50, 20),
    "roots": (2, 0, 60),
}


def make_parents(draws, back, merges, roots):
    """The parents that a list of (chance, chance, distance, distance) stands for."""
    parents = []
    for rev, (root, merge, far1, far2) in enumerate(draws):
        if rev == 0 or root < roots:
            parents.append((NULL, NULL))
            continue
        p1 = rev - 1 - far1 % min(back, rev)
        p2 = rev - 1 - far2 % min(back, rev)
        if merge >= merges:
            parents.append((p1, NULL))
        elif merge == 0:  # legal, if odd
            parents.append((NULL, p2))
        else:
            parents.append((p1, p2))
    return parents


@st.composite
def histories(draw, max_size=40, min_size=0, roots=True):
    """Parents of up to `max_size` revisions, of several shapes."""
    back, merges, root_chance = draw(st.sampled_from(sorted(SHAPES.values())))
    chance = st.integers(0, 99)
    far = st.integers(0, 999)
    draws = draw(
        st.lists(st.tuples(chance, chance, far, far), min_size=min_size, max_size=max_size)
    )
    if not roots:
        root_chance = 0
        draws = [(a, max(b, 1), c, d) for a, b, c, d in draws]
    return make_parents(draws, back, merges, root_chance)


@st.composite
def histories_with_revs(draw, lists=1, **options):
    """A history and `lists` lists of its revisions, null and repetitions among them."""
    parents = draw(histories(**options))
    return (parents, *(draw(rev_lists(len(parents))) for _ in range(lists)))


def rev_lists(length, null=True):
    """Lists of revisions of a history of this length."""
    if not length:
        return st.just([]) if not null else st.lists(st.just(NULL), max_size=2)
    rev = st.integers(0, length - 1)
    if null:
        rev = st.one_of(rev, rev, rev, rev, rev, st.just(NULL))
    return st.one_of(st.lists(rev, max_size=4), st.lists(rev, max_size=30))


class Model:
    """The obvious answers."""

    def __init__(self, parents):
        self.pairs = [tuple(pair) for pair in parents]
        self.up = {NULL: frozenset()}
        for rev, pair in enumerate(self.pairs):
            above = [self.up[p] | {p} for p in pair if p != NULL]
            self.up[rev] = frozenset().union(*above)

    def __len__(self):
        return len(self.pairs)

    def parents(self, rev):
        return (NULL, NULL) if rev == NULL else self.pairs[rev]

    def ancestors(self, revs):
        """The ancestors of `revs`, themselves included, null not."""
        found = set().union(*(self.up[rev] | {rev} for rev in revs))
        return found - {NULL}

    def lazy(self, revs, stoprev, inclusive):
        starts = [rev for rev in revs if rev >= stoprev]
        found = set().union(*(self.up[rev] for rev in starts))
        if inclusive:
            found |= set(starts)
        return sorted((rev for rev in found if rev >= stoprev), reverse=True)

    def is_ancestor(self, a, b):
        return a == NULL or a == b or a in self.up[b]

    def missing(self, revs, bases):
        return sorted(self.ancestors(revs) - self.ancestors(bases))

    def heads_of(self, revs):
        inner = {p for rev in revs for p in self.parents(rev)}
        return sorted(set(revs) - inner - {NULL})

    def heads(self, exclude=(), stop=None):
        length = len(self) if stop is None else min(stop, len(self))
        if not length:
            return [NULL]
        return self.heads_of([rev for rev in range(length) if rev not in exclude])

    def roots_of(self, revs):
        revs = set(revs)
        return sorted(rev for rev in revs if not (set(self.parents(rev)) - {NULL}) & revs)

    def common(self, revs):
        return set.intersection(*(self.ancestors([rev]) for rev in revs)) if revs else set()

    def common_heads(self, revs):
        return self.heads_of(self.common(revs))[::-1]

    def depth(self, rev):
        """The longest way from `rev` down to a root."""
        return max((1 + self.depth(p) for p in self.parents(rev) if p != NULL), default=0)

    def deepest(self, revs):
        """The deepest of the common heads, in a history with one root."""
        heads = self.common_heads(revs)
        deepest = max(map(self.depth, heads), default=0)
        return sorted(head for head in heads if self.depth(head) == deepest)

    def descendants(self, revs):
        if NULL in revs:
            return set(range(len(self)))
        return {rev for rev in range(len(self)) if self.up[rev] & set(revs)}

    def children(self, rev):
        if rev == NULL:
            return [c for c, pair in enumerate(self.pairs) if pair == (NULL, NULL)]
        return [c for c, pair in enumerate(self.pairs) if rev in pair]

    def range(self, roots, heads):
        """Everything on paths from `roots` to `heads`."""
        below = {rev for rev in self.up if any(self.is_ancestor(root, rev) for root in roots)}
        above = self.ancestors(heads) | (set(heads) & {NULL})
        if NULL in roots and heads:
            above.add(NULL)
        return below & above

    def reachable(self, roots, heads, minroot):
        """Those of `roots` met when walking down from `heads` and stopping there."""
        seen, todo, reached = set(), list(heads), set()
        while todo:
            rev = todo.pop()
            if rev in seen:
                continue
            seen.add(rev)
            if rev in roots:
                reached.add(rev)
            else:
                todo += [p for p in self.parents(rev) if p >= minroot and rev != NULL]
        return sorted(reached)
