# SPDX-License-Identifier: GPL-2.0-or-later
"""What is asked about histories: a title, and below it Python expressions for worker.py.

They are evaluated with the names of a side (sides.py); what stands before `;` is evaluated
outside of the time and named `x`. Behind a title stands how many times faster than Mercurial's C,
and than its pure Python, ours must be.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A question to both sides."""

    title: str
    ours: str
    theirs: str
    c: float = 0
    pure: float = 0


def _rows(text: str) -> tuple[Row, ...]:
    lines = [line.strip() for line in text.strip().splitlines()]
    heads = [head.partition(" | ") for head in lines[::3]]
    times = [map(float, head[2].split()) for head in heads]
    both = zip(lines[1::3], lines[2::3])
    return tuple(Row(h[0], *asked, *more) for h, asked, more in zip(heads, both, times))


def _ours(text: str) -> dict[str, str]:
    lines = [line.strip() for line in text.strip().splitlines()]
    return dict(zip(lines[::2], lines[1::2]))


GRAPH = _rows("""
iterate all ancestors of tip | 15 10
    sum(graph.ancestors([tip], inclusive=True))
    sum(log.ancestors([tip], inclusive=True))
10,000 random `in` on one lazy object | 40 20
    contained(graph.ancestors([tip], inclusive=True))
    contained(log.ancestors([tip], inclusive=True))
missing ancestors, base tip-1000, head tip | 25 8
    graph.missing_ancestors([tip - 1000]).missing_ancestors([tip])
    log.incrementalmissingrevs([tip - 1000]).missingancestors([tip])
common_ancestor_heads, 1,000 random pairs | 3 30
    [sorted(graph.common_ancestor_heads(a, b)) for a, b in pairs]
    [sorted(log._commonancestorsheads(a, b)) for a, b in pairs]
is_ancestor, 1,000 random pairs | 200 5000
    [graph.is_ancestor(a, b) for a, b in ordered]
    [log.isancestorrev(a, b) for a, b in ordered]
heads of everything, fresh object | 2 4
    opened(); x.heads()
    opened().changelog; list(x.headrevs())
partial discovery, remote has the ancestors of 50 revisions | 12 8
    discovered(discovery())
    discovered(discovery())
""")
_OPENED = "(graph := opened()) and "
OPENING = tuple(
    Row(f"open the repository and answer: {one}", _OPENED + ours, f"opened(); {theirs}")
    for one, ours, theirs, *_ in _rows("""
heads
    graph.heads()
    list(x.changelog.headrevs())
is_ancestor
    graph.is_ancestor(*ordered[0])
    x.changelog.isancestorrev(*ordered[0])
common_ancestor_heads
    sorted(graph.common_ancestor_heads(*pairs[0]))
    sorted(x.changelog._commonancestorsheads(*pairs[0]))
100 ancestors of tip
    first(100, graph.ancestors([tip]))
    first(100, x.changelog.ancestors([tip]))
""")
)
# Of a history with contents: the names are those of readers.py.
LIBRARY = _rows("""
open the repository, and ask for the user of tip | 1 1
    opened()["tip"].user
    opened()[b"tip"].user().decode()
open it, users, dates and files of all changesets | 10 10
    columns()
    columns()
changed files of 300 changesets, against their first parents | 10 20
    changed(some)
    changed(some)
contents of all files of tip | 5 5
    contents()
    contents()
patches of the last 100 changesets | 8 8
    patches(last)
    patches(last)
patch from the middle of the history to tip | 2 2
    patch(far)
    patch(far)
annotate the file that changed most often | 5 5
    annotated()
    annotated()
history of that file, under whatever names | 2 2
    history()
    history()
""")
# Asked on PyPy 7.3 and 8, besides those above.
SETS = _ours("""
RevSet of a list of 10,000 revisions
    len(RevSet(revs))
100 times union, intersection and two differences of RevSets
    RevSet(revs), RevSet([rev // 2 for rev in revs]); algebra(*x)
list of a RevSet, all ancestors of tip
    graph.only([tip], []); list(x)
array of a RevSet, all ancestors of tip
    graph.only([tip], []); sum(x.to_array())
10,000 random `in` on a RevSet
    graph.only([tip], []); contained(x)
""")
# Nanoseconds of crossings of the border, the measuring loop included.
CROSSINGS = _ours("""
an empty loop
    for rev in times: pass
`in` on Python's own set
    for rev in times: rev in known
call without arguments
    for rev in times: has_bases()
call with two ints
    for rev in times: native_is_ancestor(rev, rev)
the same through a Python method
    for rev in times: is_ancestor(rev, rev)
call with an int, result a pair
    for rev in times: native_parents(rev)
`in` on a RevSet
    for rev in times: rev in numbers
`in` on lazy ancestors
    for rev in times: rev in ancestors
item of lazy ancestors
    for rev in line.ancestors([len(times)]): pass
item of a RevSet
    for rev in numbers: pass
item of a list as argument
    line.heads(some)
item of a list as result
    line.missing_ancestors([0]).missing_ancestors([len(times)])
""")
# How time grows with the revisions; what has a pair, for each of a thousand.
GROWTH = _ours("""
from_parents
    Graph.from_parents(packed)
300 first questions, labels included
    Graph.from_parents(packed); asked(x, 300)
iterate all ancestors of all heads
    sum(graph.ancestors(heads, inclusive=True))
heads of everything
    graph.heads()
missing ancestors, tip-1000 to tip
    graph.missing_ancestors([tip - 1000]).missing_ancestors([tip])
is_ancestor, a random pair
    [labelled.is_ancestor(a, b) for a, b in pairs]
common_ancestor_heads, a random pair
    [labelled.common_ancestor_heads(a, b) for a, b in pairs]
""")
# Asked of histories that are bad for one way to find something out or the other.
BAD = _rows("""
is_ancestor, 20 pairs
    [graph.is_ancestor(a, b) for a, b in few]
    [log.isancestorrev(a, b) for a, b in few]
common_ancestor_heads of two heads
    sorted(graph.common_ancestor_heads(tip, other))
    sorted(log._commonancestorsheads(tip, other))
common_ancestor_heads of 1,000
    sorted(graph.common_ancestor_heads(*many))
    sorted(log._commonancestorsheads(*many))
greatest_common_ancestors of two heads
    sorted(graph.greatest_common_ancestors(tip, other))
    sorted(greatest(tip, other))
only(one head, another)
    len(graph.only([tip], [other]))
    len(log.incrementalmissingrevs([other]).missingancestors([tip]))
missing_ancestors, all revisions, one base
    len(graph.missing_ancestors([other]).missing_ancestors(everything))
    len(log.incrementalmissingrevs([other]).missingancestors(everything))
ancestors of all revisions
    sum(graph.ancestors(everything))
    sum(log.ancestors(everything))
range, all revisions on both sides
    len(graph.range(everything, everything))
    len(log.reachableroots(0, everything, everything, True))
heads of all revisions
    len(graph.heads(everything))
    len(dagop.headrevs(everything, log.parentrevs))
roots of all revisions
    len(graph.roots(everything))
    len(roots(everything))
descendants of all revisions
    len(graph.descendants(everything))
    sum(1 for _ in dagop.descendantrevs(everything, log.revs, log.parentrevs))
toposort of all revisions
    weighed(graph.toposort(everything))
    weighed(dagop.toposort(everything, log.parentrevs, []))
discovery, two samples
    sampled(discovery())
    sampled(discovery())
""")
