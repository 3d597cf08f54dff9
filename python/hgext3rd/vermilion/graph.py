# SPDX-License-Identifier: GPL-2.0-or-later

# graph.py - questions about the history graph
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""questions about the history graph, in Rust"""

# How it works
# ------------
#
# These stand in for methods of ``revlog.revlog`` and some functions around it.
# Each asks `changelog_graph_of` for the Rust graph of the revlog at hand; where
# there is none, or an argument is unusual in any way, Mercurial's own code,
# which is always behind the wrapper, answers, and raises what it raises.
#
# Only changelogs are accelerated. Their graph is large and is asked about
# over and over; a filelog or manifest is asked a question or two, for which
# opening and checking its index file again would cost more than the answer.

from __future__ import annotations

from mercurial import smartset
from mercurial.node import nullrev

from .changeloggraph import accelerated, ask, changelog_graph_of, known
from .common import DECLINED, decline, loadpackage

# -- ancestors --------------------------------------------------------------


class lazyancestors:
    """A native ancestor set with the manners of Mercurial's."""

    __slots__ = ('_native',)

    def __init__(self, native):
        self._native = native

    def __bool__(self):
        return bool(self._native)

    def __iter__(self):
        return iter(self._native)

    def __contains__(self, rev):
        if rev is None:
            # asked by some callers, and not an ancestor of anything
            return False
        try:
            return rev in self._native
        except (IndexError, OverflowError):
            return False


@accelerated('ancestors')
def ancestors(rl, graph, revs, stoprev=0, inclusive=False):
    if hasattr(revs, '__next__'):
        return decline('ancestors', 'iterator')
    revs = list(revs)
    if not known(rl, len(graph), revs):
        return decline('ancestors', 'argument')
    # Mercurial yields null, and repeats itself, when asked to like this
    if stoprev < 0 or (inclusive and len(set(revs)) != len(revs)):
        return decline('ancestors', 'unusual arguments')
    return lazyancestors(graph.ancestors(revs, stoprev, bool(inclusive)))


class missingancestors:
    """The native counterpart of ``ancestor.incrementalmissingancestors``.

    When it is given a revision that the graph does not have or the changelog
    does not show, it becomes a mere front of Mercurial's own object, made for
    the same bases, which then says what has to be said.
    """

    def __init__(self, rl, graph, bases, fallback):
        self._revlog = rl
        self._native = graph.missing_ancestors(bases)
        self._length = len(graph)
        self._bases = list(bases)
        self._fallback = fallback
        self._own = None

    def _serves(self, revs):
        if self._own is None:
            try:
                if known(self._revlog, self._length, revs):
                    return True
            except TypeError:
                pass
            decline('missing', 'argument')
            self._own = self._fallback(self._bases)
        return False

    @property
    def bases(self):
        if self._own is not None:
            return self._own.bases
        return set(self._native.bases)

    def hasbases(self):
        if self._own is not None:
            return self._own.hasbases()
        return self._native.has_bases()

    def addbases(self, newbases):
        newbases = list(newbases)
        if self._serves(newbases):
            self._native.add_bases(newbases)
            self._bases += newbases
        else:
            self._own.addbases(newbases)

    def basesheads(self):
        if self._own is not None:
            return self._own.basesheads()
        return set(self._native.bases_heads())

    def removeancestorsfrom(self, revs):
        if self._serves(revs):
            self._native.remove_ancestors_from(revs)
        else:
            self._own.removeancestorsfrom(revs)

    def missingancestors(self, revs):
        revs = list(revs)
        if self._serves(revs):
            return self._native.missing_ancestors(revs)
        return self._own.missingancestors(revs)


def incrementalmissingrevs(orig, rl, common=None):
    # findmissing() and findmissingrevs() come through here as well
    if common is not None:
        # an iterator must survive until Mercurial's own code needs it
        common = list(common)
    changelog_graph = changelog_graph_of(rl)
    if changelog_graph is not None:
        graph = changelog_graph.graph('missing')
        if graph is not None:

            def attempt():
                bases = [nullrev] if not common else common
                if not known(rl, len(graph), bases):
                    return decline('missing', 'argument')
                return missingancestors(rl, graph, bases, lambda common: orig(rl, common))

            answer = ask('missing', attempt, changelog_graph)
            if answer is not DECLINED:
                return answer
    return orig(rl, common)


# -- common ancestors and reachability --------------------------------------


@accelerated('common-ancestors')
def commonancestorsheads(rl, graph, *revs):
    if not revs or min(revs) < 0 or not known(rl, len(graph), revs):
        return decline('common-ancestors', 'argument')
    heads = graph.common_ancestor_heads(*revs)
    if not hasattr(rl.index, 'commonancestorsheads') or len(set(revs)) > 24:
        # Python answers with a set, also for more revisions than C can take
        return set(heads)
    return heads


@accelerated('common-ancestors')
def ancestor(rl, graph, a, b):
    revs = rl.rev(a), rl.rev(b)
    if min(revs) < 0:
        return rl.nullid
    ancestors = graph.greatest_common_ancestors(*revs)
    # the lowest node id wins, as for anybody else
    return min(map(rl.node, ancestors)) if ancestors else rl.nullid


@accelerated('is-ancestor')
def isancestorrev(rl, graph, a, b):
    if 0 <= a < b < len(graph) and b not in rl.filteredrevs:
        return graph.is_ancestor(a, b)
    if a == nullrev or a == b:
        return True
    if a > b:
        return False
    return decline('is-ancestor', 'argument')


@accelerated('reachable-roots')
def reachableroots(rl, graph, minroot, heads, roots, includepath=False):
    length = len(graph)
    if not roots or not heads:
        return decline('reachable-roots', 'nothing to do')
    if (
        # the C index takes nothing else
        type(heads) is not list
        or type(roots) is not list
        or type(includepath) is not bool
        # C and Python differ here
        or min(heads) < minroot
        or not known(rl, length, heads)
    ):
        return decline('reachable-roots', 'argument')
    if not (nullrev <= min(roots) and max(roots) < length):
        # e.g. the working directory: nobody's ancestor
        roots = [rev for rev in roots if nullrev <= rev < length]
    return graph.reachable_roots(roots, heads, minroot=minroot, include_path=includepath)


# -- heads ------------------------------------------------------------------


@accelerated('heads')
def _allheads(rl, graph, stoprev):
    if stoprev is None or stoprev == len(graph):
        return changelog_graph_of(rl).heads(graph)
    if not 0 < stoprev <= len(graph):
        return decline('heads', 'argument')
    return graph.heads(stop=stoprev)


@accelerated('heads')
def _visibleheads(rl, graph, hidden, stoprev):
    if stoprev is None or stoprev == len(graph):
        return changelog_graph_of(rl).visibleheads(graph, hidden)
    if not 0 < stoprev <= len(graph):
        return decline('heads', 'argument')
    return graph.heads(exclude=hidden, stop=stoprev)


@accelerated('heads')
def _headsof(rl, graph, revs):
    if hasattr(revs, '__next__'):
        return decline('heads', 'iterator')
    heads = set(revs)
    # Hidden revisions are refused by the view before; all others may be asked
    # of any copy of the changelog.
    if heads and not (min(heads) >= nullrev and max(heads) < len(graph)):
        return decline('heads', 'argument')
    # Taking away what is no head keeps the iteration order of Mercurial's own
    # answer, which a new set would not.
    heads.difference_update(heads.difference(graph.heads(heads)))
    heads.discard(nullrev)
    return heads


def headrevs(orig, rl, revs=None, stop_rev=None):
    if revs is None:
        return _allheads(lambda rl, stop: orig(rl, *_until(None, stop)), rl, stop_rev)
    return _headsof(orig, rl, revs)


def _until(revs, stop):
    """Returns the arguments of ``headrevs``; before 6.9, there was no second one."""
    return (revs,) if stop is None else (revs, stop)


def filteredheadrevs(orig, rl, revs=None, stop_rev=None):
    if revs is not None:
        # after its own checks this asks the method above
        return orig(rl, *_until(revs, stop_rev))
    return _visibleheads(
        lambda rl, hidden, stop: orig(rl, *_until(None, stop)),
        rl,
        rl.filteredrevs,
        stop_rev,
    )


def topoheads(orig, seed):
    changelog = seed._repo.changelog
    if seed._tip_rev == nullrev or not seed._filtered_revs:
        return orig(seed)
    return _visibleheads(
        lambda rl, hidden, stop: orig(seed),
        changelog,
        seed._filtered_revs,
        seed._tip_rev + 1,
    )


def strip(orig, rl, *args, **kwargs):
    # the one place where Mercurial deletes from an index
    try:
        return orig(rl, *args, **kwargs)
    finally:
        changelog_graph = changelog_graph_of(rl)
        if changelog_graph is not None:
            changelog_graph.shrunk()


# -- discovery --------------------------------------------------------------


class partialdiscovery:
    """The native counterpart of ``setdiscovery.partialdiscovery``."""

    def __init__(self, native):
        self._native = native
        self.addcommons = native.add_commons
        self.addmissings = native.add_missings
        self.hasinfo = native.has_info
        self.iscomplete = native.is_complete
        self.stats = native.stats

    def addinfo(self, sample):
        self._native.add_info(list(sample))

    def commonheads(self):
        return set(self._native.common_heads())

    @property
    def undecided(self):
        return set(self._native.undecided)

    @property
    def missing(self):
        return set(self._native.missing)

    def takequicksample(self, headrevs, size):
        return self._native.take_quick_sample(list(headrevs), size)

    def takefullsample(self, headrevs, size):
        return self._native.take_full_sample(list(headrevs), size)


@accelerated('discovery')
def _discover(rl, graph, targetheads, respectsize, randomize):
    if not known(rl, len(graph), targetheads):
        return decline('discovery', 'argument')
    return partialdiscovery(
        loadpackage().PartialDiscovery(
            graph,
            targetheads,
            respect_size=bool(respectsize),
            randomize=bool(randomize),
        )
    )


def newdiscovery(orig, repo, targetheads, respectsize, randomize=True):
    targetheads = list(targetheads)
    return _discover(
        lambda rl, *args: orig(repo, *args),
        repo.changelog,
        targetheads,
        respectsize,
        randomize,
    )


# -- revision sets ----------------------------------------------------------


@accelerated('revsets')
def _revancestors(rl, graph, revs):
    revs = list(revs)
    if not revs or min(revs) < 0 or not known(rl, len(graph), revs):
        return decline('revsets', 'argument')
    return iter(graph.ancestors(set(revs), 0, True))


def genrevancestors(orig, repo, revs, followfirst, startdepth, stopdepth, cutfunc):
    # A set that is still being computed must not be computed in full here:
    # only part of the answer may be asked for.
    if (
        followfirst
        or startdepth
        or stopdepth is not None
        or cutfunc is not None
        or type(revs) is not smartset.baseset
    ):
        return orig(repo, revs, followfirst, startdepth, stopdepth, cutfunc)
    return _revancestors(
        lambda rl, revs: orig(repo, revs, False, None, None, None),
        repo.changelog,
        revs,
    )


@accelerated('revsets')
def _revdescendants(rl, graph, revs):
    revs = set(revs)
    if not revs or min(revs) < 0 or not known(rl, len(graph), revs):
        return decline('revsets', 'argument')
    found = graph.descendants(revs)
    found.update(revs)
    hidden = rl.filteredrevs
    return (rev for rev in found if rev not in hidden) if hidden else iter(found)


def genrevdescendants(orig, repo, revs, followfirst):
    if followfirst or type(revs) is not smartset.baseset:
        return orig(repo, revs, followfirst)
    return _revdescendants(lambda rl, revs: orig(repo, revs, False), repo.changelog, revs)
