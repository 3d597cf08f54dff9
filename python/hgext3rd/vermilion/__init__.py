# vermilion - answer Mercurial's questions about history and working copy in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""answer questions about the history graph and the working copy in Rust

Enable it with::

  [extensions]
  vermilion =

Nothing else changes: commands print what they print without it, repositories
get no new requirement, and whatever is not supported is answered by
Mercurial's own code. Each part can be turned off::

  [vermilion]
  # lazy ancestor sets, e.g. for copy tracing and linkrev adjustment
  ancestors = yes
  # ancestors of one set that are not ancestors of another, e.g. only()
  missing = yes
  # common ancestors, e.g. of the two sides of a merge
  common-ancestors = yes
  # is this revision an ancestor of that one?
  is-ancestor = yes
  # x::y
  reachable-roots = yes
  # heads of the repository, of what is visible of it, and of a set
  heads = yes
  # what is common with another repository, for pull and push
  discovery = yes
  # ::x and x:: in revision sets
  revsets = yes
  # the state of the working copy, e.g. for status, diff, commit and update
  status = yes

  # Histories shorter than this are left to Mercurial as long as Vermilion has
  # not been loaded: loading it would take longer than the answer.
  min-revisions = 2000

:hg:`debugextensions` shows whether the extension is loaded, the command
``vermilion doctor`` which parts are in use.
"""

# How it works
# ------------
#
# Methods of ``revlog.revlog`` (and three functions around it) are wrapped.
# A wrapper asks `_graph_of` for the Rust graph of the revlog at hand; where
# there is none, or an argument is unusual in any way, Mercurial's own code,
# which is always behind the wrapper, answers, and raises what it raises.
#
# Only changelogs are accelerated. Their graph is large and is asked about
# over and over; a filelog or manifest is asked a question or two, for which
# opening and checking its index file again would cost more than the answer.
#
# No graph is trusted blindly: it comes from the index *file*, while Mercurial
# works on the index *in memory*, which may be longer (a running transaction,
# a bundle laid over the repository) or shorter (a strip in progress, another
# process that has appended meanwhile). See `_Holder`.
#
# Nothing of this is loaded before it is needed: under Mercurial's lazy imports
# the wrappers are put in place at the moment Mercurial itself loads the module
# they belong to, and the ``vermilion`` package is imported by the first
# question, so that a command which asks none pays next to nothing.

from __future__ import annotations

import contextlib
import os
import sys
import types

from mercurial import (
    extensions,
    pycompat,
    registrar,
    util,
)
from mercurial.i18n import _
from mercurial.node import nullrev

# Lazy under demandimport: nothing of these may be touched at load time.
from mercurial import (
    branchmap,
    dirstate,
    dirstatemap,
    error,
    repoview,
    revlog,
    setdiscovery,
    smartset,
)
from mercurial.branching import rev_cache
from mercurial.repo import vfs_options
from mercurial.utils import dag_util

testedwith = b'7.2'

# The wrappers rely on internals, so the series is checked exactly.
SUPPORTED = (7, 2)

PARTS = {
    'ancestors': 'lazy sets of ancestors',
    'missing': 'ancestors of one set but not of another',
    'common-ancestors': 'common ancestors',
    'is-ancestor': 'whether one revision is an ancestor of another',
    'reachable-roots': 'ranges (x::y)',
    'heads': 'heads of a repository or of a set',
    'discovery': 'what is common with another repository',
    'revsets': '::x and x:: in revision sets',
    'status': 'the state of the working copy',
}

configtable = {}
configitem = registrar.configitem(configtable)
for _part in PARTS:
    configitem(b'vermilion', pycompat.sysbytes(_part), default=True)
configitem(b'vermilion', b'min-revisions', default=2000)
del _part

# Key of this extension in the options of a store's vfs, where Mercurial's
# revlogs find their configuration, and in the attributes of an inner revlog.
_OPTION = b'vermilion'
_HOLDER = '_vermilion'

# What an attempt returns to let Mercurial's own code answer.
_DECLINED = object()

# Raised for arguments that are not revisions (out of range, hidden, the
# working directory, the wrong type): Mercurial's own code meets the same
# argument next and raises its own exception for it.
_BADARGUMENT = (IndexError, KeyError, TypeError, OverflowError)

# Calls answered here, by part, and those left to Mercurial, by part and why.
served = dict.fromkeys(PARTS, 0)
declined = {}


def _decline(part, why):
    key = '%s: %s' % (part, why)
    declined[key] = declined.get(key, 0) + 1
    return _DECLINED


# -- the package ------------------------------------------------------------

_package = None
_packageproblem = None


def _loadpackage():
    """Return the ``vermilion`` package, or None where it does not load."""
    global _package, _packageproblem
    if _package is None and _packageproblem is None:
        import hgdemandimport

        try:
            # eagerly: a lazily imported native module would fail in the
            # middle of a question
            with hgdemandimport.deactivated():
                import vermilion

                vermilion.Graph, vermilion.PartialDiscovery
            _package = vermilion
        except Exception as exc:
            # most likely an ImportError that tells what is missing
            _packageproblem = str(exc) or type(exc).__name__
    return _package


class _Settings:
    """What one repository's configuration says, read at the first question."""

    def __init__(self, ui):
        self.ui = ui

    @util.propertycache
    def parts(self):
        return frozenset(
            part
            for part in PARTS
            if self.ui.configbool(b'vermilion', pycompat.sysbytes(part))
        )

    @util.propertycache
    def minrevisions(self):
        return self.ui.configint(b'vermilion', b'min-revisions')


_warned = set()


def _warnonce(ui, message):
    if message not in _warned:
        _warned.add(message)
        ui.warn(message)


def _warnpackage(ui):
    _warnonce(
        ui,
        _(
            b'warning: vermilion cannot be imported: %s\n'
            b"(using Mercurial's own code; see 'vermilion doctor')\n"
        )
        % pycompat.sysbytes(_packageproblem),
    )


# -- one graph for each index -----------------------------------------------


def _probes(length):
    """Positions at which a graph of ``length`` revisions is checked.

    The last ones, densely, as this is where histories differ that were
    rewritten, and then ever further apart down to the first.
    """
    last = length - 1
    positions = set(range(max(0, length - 8), length))
    step = 8
    while step <= last:
        positions.add(last - step)
        step *= 2
    positions.add(0)
    return sorted(positions, reverse=True)


class _Holder:
    """The Rust graph that belongs to one index in memory.

    It hangs on the inner revlog, which is shared by all the copies that
    repository views make of a changelog. `graph` brings it in step with the
    index before each question:

    - It opens the index file, and trusts what it finds only after comparing
      node ids with the index. Where any differs (another process rewrote the
      file after it was read), Mercurial's own code serves.
    - Revisions the file has beyond the index are cut off, and revisions
      the index has beyond the file are added from the index.
    - A strip cuts it off (`shrunk`). Should anybody else have changed the
      index, its length or last node id tells, and the graph is made anew.
    """

    def __init__(self, rl, settings):
        self.index = rl.index
        self.settings = settings
        self.path = rl.opener.join(b'%s.i' % rl.radix)
        self.off = None
        if rl._format_version != revlog.REVLOGV1:
            self.off = 'index format'
        elif rl.uses_rust:
            self.off = "Mercurial's own Rust extensions are in use"
        elif rl.postfix is not None:
            self.off = 'temporary revlog'
        self._forget()

    def _forget(self):
        self._graph = None
        self._record(0)

    def _record(self, length):
        """Note the state of the index the graph now stands for."""
        self._length = length
        self._tip = self.index[length - 1][7]
        self._heads = None
        self._visibleheads = None

    def graph(self, part):
        """Return the graph, in step with the index, or None."""
        if part not in self.settings.parts:
            _decline(part, 'off')
            return None
        if self.off is not None:
            _decline(part, self.off)
            return None
        length = len(self.index)
        if (
            self._graph is not None
            and length == self._length
            and self.index[length - 1][7] == self._tip
        ):
            return self._graph
        if not length:
            _decline(part, 'empty history')
            return None
        if _package is None:
            if length < self.settings.minrevisions:
                _decline(part, 'short history')
                return None
            if _loadpackage() is None:
                _warnpackage(self.settings.ui)
                self.off = 'vermilion cannot be imported'
                _decline(part, self.off)
                return None
        try:
            self._follow(length)
        except (ValueError, OSError) as exc:
            # A corrupt index, or one for other software: what Mercurial makes
            # of it is its own affair.
            self._forget()
            self.off = type(exc).__name__
        except Exception as exc:
            self.trouble(part, exc)
        if self.off is not None:
            _decline(part, self.off)
        return self._graph

    def _follow(self, length):
        """Bring the graph from `_length` to ``length`` revisions."""
        index = self.index
        if self._graph is not None and not (
            self._length < length and index[self._length - 1][7] == self._tip
        ):
            self._forget()
        if self._graph is None:
            graph = self._open()
            common = min(len(graph), length)
            if common and any(
                graph.node(rev) != index[rev][7] for rev in _probes(common)
            ):
                self.off = 'index file has changed'
                return
            if common < len(graph):
                graph.truncate(common)
            self._graph = graph
            self._length = common
        if self._length < length:
            from array import array

            parents = array('i')
            for rev in range(self._length, length):
                entry = index[rev]
                parents.append(entry[5])
                parents.append(entry[6])
            self._graph.extend(parents)
        self._record(length)

    def _open(self):
        try:
            return _package.Graph.open(self.path)
        except FileNotFoundError:
            # the first revisions of a repository, not written yet
            return _package.Graph.from_parents(())

    def shrunk(self):
        """Follow a strip."""
        length = len(self.index)
        if self._graph is not None and length < self._length:
            self._graph.truncate(length)
            self._record(length)

    def trouble(self, part, exc):
        """Give up on the graph after an error that should not have been."""
        self._forget()
        self.off = 'internal error'
        _decline(part, 'internal error: %r' % exc)
        _warnonce(
            self.settings.ui,
            _(
                b'warning: vermilion failed: %s\n'
                b"(using Mercurial's own code from here on; please report it)\n"
            )
            % pycompat.sysbytes('%s: %s' % (type(exc).__name__, exc)),
        )

    # Mercurial's C index remembers its heads, so must this.

    def heads(self, graph):
        if self._heads is None:
            self._heads = graph.heads()
        return self._heads[:]

    def visibleheads(self, graph, hidden):
        known = self._visibleheads
        if known is None or known[0] is not hidden:
            known = (hidden, graph.heads(exclude=hidden))
            self._visibleheads = known
        return known[1][:]


def _holder_of(rl):
    """Return the `_Holder` of a revlog, or None if it cannot have one."""
    if rl.target[0] != revlog.KIND_CHANGELOG:
        return None
    try:
        attributes = rl._inner.__dict__
    except AttributeError:
        return None
    holder = attributes.get(_HOLDER)
    if holder is None or holder.index is not rl.index:
        settings = rl.opener.options.get(_OPTION)
        if settings is None:
            # the extension is not enabled for this repository
            return None
        holder = attributes[_HOLDER] = _Holder(rl, settings)
    return holder


def _known(rl, length, revs):
    """Whether all of ``revs`` are revisions that ``rl`` shows, or null."""
    return not revs or (
        min(revs) >= nullrev
        and max(revs) < length
        and rl.filteredrevs.isdisjoint(revs)
    )


def _accelerated(part):
    """Make a wrapper for ``extensions.wrapfunction`` from an attempt.

    The attempt gets the revlog, its holder, the graph and the arguments. It
    must not consume an iterator, nor change anything, before it declines.
    """

    def decorate(attempt):
        def wrapper(orig, rl, *args, **kwargs):
            holder = _holder_of(rl)
            if holder is not None:
                graph = holder.graph(part)
                if graph is not None:
                    answer = _try(
                        part, attempt, holder, rl, graph, *args, **kwargs
                    )
                    if answer is not _DECLINED:
                        return answer
            return orig(rl, *args, **kwargs)

        wrapper.__name__ = attempt.__name__
        wrapper.__doc__ = attempt.__doc__
        return wrapper

    return decorate


def _try(part, attempt, holder, *args, **kwargs):
    try:
        answer = attempt(*args, **kwargs)
    except (error.RevlogError, error.WdirUnsupported):
        return _decline(part, 'argument')
    except _BADARGUMENT:
        return _decline(part, 'argument')
    except Exception as exc:
        holder.trouble(part, exc)
        return _DECLINED
    if answer is not _DECLINED:
        served[part] += 1
    return answer


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


@_accelerated('ancestors')
def _ancestors(rl, graph, revs, stoprev=0, inclusive=False):
    if hasattr(revs, '__next__'):
        return _decline('ancestors', 'iterator')
    revs = list(revs)
    if not _known(rl, len(graph), revs):
        return _decline('ancestors', 'argument')
    # Mercurial yields null, and repeats itself, when asked to like this
    if stoprev < 0 or (inclusive and len(set(revs)) != len(revs)):
        return _decline('ancestors', 'unusual arguments')
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
        self._bases = bases
        self._fallback = fallback
        self._own = None

    def _serves(self, revs):
        if self._own is None:
            try:
                if _known(self._revlog, self._length, revs):
                    return True
            except TypeError:
                pass
            _decline('missing', 'argument')
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
            self._bases = self._bases + newbases
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


def _incrementalmissingrevs(orig, rl, common=None):
    # findmissing() and findmissingrevs() come through here as well
    if common is not None:
        # an iterator must survive until Mercurial's own code needs it
        common = list(common)
    holder = _holder_of(rl)
    if holder is not None:
        graph = holder.graph('missing')
        if graph is not None:

            def attempt():
                bases = [nullrev] if not common else common
                if not _known(rl, len(graph), bases):
                    return _decline('missing', 'argument')
                return missingancestors(
                    rl, graph, bases, lambda common: orig(rl, common)
                )

            answer = _try('missing', attempt, holder)
            if answer is not _DECLINED:
                return answer
    return orig(rl, common)


# -- common ancestors and reachability --------------------------------------


@_accelerated('common-ancestors')
def _commonancestorsheads(rl, graph, *revs):
    if not revs or min(revs) < 0 or not _known(rl, len(graph), revs):
        return _decline('common-ancestors', 'argument')
    heads = graph.common_ancestor_heads(*revs)
    if not hasattr(rl.index, 'commonancestorsheads') or len(set(revs)) > 24:
        # Python answers with a set, also for more revisions than C can take
        return set(heads)
    return heads


@_accelerated('common-ancestors')
def _ancestor(rl, graph, a, b):
    revs = rl.rev(a), rl.rev(b)
    if min(revs) < 0:
        return rl.nullid
    ancestors = graph.greatest_common_ancestors(*revs)
    # the lowest node id wins, as for anybody else
    return min(map(rl.node, ancestors)) if ancestors else rl.nullid


@_accelerated('is-ancestor')
def _isancestorrev(rl, graph, a, b):
    if 0 <= a < b < len(graph) and b not in rl.filteredrevs:
        return graph.is_ancestor(a, b)
    if a == nullrev or a == b:
        return True
    if a > b:
        return False
    return _decline('is-ancestor', 'argument')


@_accelerated('reachable-roots')
def _reachableroots(rl, graph, minroot, heads, roots, includepath=False):
    length = len(graph)
    if not roots or not heads:
        return _decline('reachable-roots', 'nothing to do')
    if (
        # the C index takes nothing else
        type(heads) is not list
        or type(roots) is not list
        or type(includepath) is not bool
        # C and Python differ here
        or min(heads) < minroot
        or not _known(rl, length, heads)
    ):
        return _decline('reachable-roots', 'argument')
    if not (nullrev <= min(roots) and max(roots) < length):
        # e.g. the working directory: nobody's ancestor
        roots = [rev for rev in roots if nullrev <= rev < length]
    return graph.reachable_roots(
        roots, heads, minroot=minroot, include_path=includepath
    )


# -- heads ------------------------------------------------------------------


@_accelerated('heads')
def _allheads(rl, graph, stoprev):
    if stoprev is None or stoprev == len(graph):
        return _holder_of(rl).heads(graph)
    if not 0 < stoprev <= len(graph):
        return _decline('heads', 'argument')
    return graph.heads(stop=stoprev)


@_accelerated('heads')
def _visibleheads(rl, graph, hidden, stoprev):
    if stoprev is None or stoprev == len(graph):
        return _holder_of(rl).visibleheads(graph, hidden)
    if not 0 < stoprev <= len(graph):
        return _decline('heads', 'argument')
    return graph.heads(exclude=hidden, stop=stoprev)


@_accelerated('heads')
def _headsof(rl, graph, revs):
    if hasattr(revs, '__next__'):
        return _decline('heads', 'iterator')
    heads = set(revs)
    # Hidden revisions are refused by the view before; all others may be asked
    # of any copy of the changelog.
    if heads and not (min(heads) >= nullrev and max(heads) < len(graph)):
        return _decline('heads', 'argument')
    # Taking away what is no head keeps the iteration order of Mercurial's own
    # answer, which a new set would not.
    heads.difference_update(heads.difference(graph.heads(heads)))
    heads.discard(nullrev)
    return heads


def _headrevs(orig, rl, revs=None, stop_rev=None):
    if revs is None:
        return _allheads(lambda rl, stop: orig(rl, None, stop), rl, stop_rev)
    return _headsof(orig, rl, revs)


def _filteredheadrevs(orig, rl, revs=None, stop_rev=None):
    if revs is not None:
        # after its own checks this asks the method above
        return orig(rl, revs, stop_rev)
    return _visibleheads(
        lambda rl, hidden, stop: orig(rl, None, stop),
        rl,
        rl.filteredrevs,
        stop_rev,
    )


def _topoheads(orig, seed):
    changelog = seed._repo.changelog
    if seed._tip_rev == nullrev or not seed._filtered_revs:
        return orig(seed)
    return _visibleheads(
        lambda rl, hidden, stop: orig(seed),
        changelog,
        seed._filtered_revs,
        seed._tip_rev + 1,
    )


def _strip(orig, rl, *args, **kwargs):
    # the one place where Mercurial deletes from an index
    try:
        return orig(rl, *args, **kwargs)
    finally:
        holder = _holder_of(rl)
        if holder is not None:
            holder.shrunk()


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


@_accelerated('discovery')
def _discover(rl, graph, targetheads, respectsize, randomize):
    if not _known(rl, len(graph), targetheads):
        return _decline('discovery', 'argument')
    return partialdiscovery(
        _package.PartialDiscovery(
            graph,
            targetheads,
            respect_size=bool(respectsize),
            randomize=bool(randomize),
        )
    )


def _partialdiscovery(orig, repo, targetheads, respectsize, randomize=True):
    targetheads = list(targetheads)
    return _discover(
        lambda rl, *args: orig(repo, *args),
        repo.changelog,
        targetheads,
        respectsize,
        randomize,
    )


# -- revision sets ----------------------------------------------------------


@_accelerated('revsets')
def _revancestors(rl, graph, revs):
    revs = list(revs)
    if not revs or min(revs) < 0 or not _known(rl, len(graph), revs):
        return _decline('revsets', 'argument')
    return iter(graph.ancestors(set(revs), 0, True))


def _genrevancestors(
    orig, repo, revs, followfirst, startdepth, stopdepth, cutfunc
):
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


@_accelerated('revsets')
def _revdescendants(rl, graph, revs):
    revs = set(revs)
    if not revs or min(revs) < 0 or not _known(rl, len(graph), revs):
        return _decline('revsets', 'argument')
    found = graph.descendants(revs)
    for rev in revs:
        found.add(rev)
    hidden = rl.filteredrevs
    return (rev for rev in found if rev not in hidden) if hidden else iter(found)


def _genrevdescendants(orig, repo, revs, followfirst):
    if followfirst or type(revs) is not smartset.baseset:
        return orig(repo, revs, followfirst)
    return _revdescendants(
        lambda rl, revs: orig(repo, revs, False), repo.changelog, revs
    )


# -- installation -----------------------------------------------------------


def _wraprevlog(module):
    wrap = extensions.wrapfunction
    cls = module.revlog
    wrap(cls, 'ancestors', _ancestors)
    wrap(cls, 'incrementalmissingrevs', _incrementalmissingrevs)
    wrap(cls, '_commonancestorsheads', _commonancestorsheads)
    wrap(cls, 'ancestor', _ancestor)
    wrap(cls, 'isancestorrev', _isancestorrev)
    wrap(cls, 'reachableroots', _reachableroots)
    wrap(cls, 'headrevs', _headrevs)
    wrap(cls, 'strip', _strip)


def _wraprepoview(module):
    cls = module.filteredchangelogmixin
    extensions.wrapfunction(cls, 'headrevs', _filteredheadrevs)


def _wrapbranchmap(module):
    cls = module._TopoSeed
    extensions.wrapfunction(cls, 'get_topo_heads', _topoheads)


def _wrapsetdiscovery(module):
    # The other name, without "pure", is only used with Mercurial's own Rust.
    wrap = extensions.wrapfunction
    wrap(module, 'pure_partialdiscovery', _partialdiscovery)


def _wrapdagutil(module):
    extensions.wrapfunction(module, '_genrevancestors', _genrevancestors)
    extensions.wrapfunction(module, '_genrevdescendants', _genrevdescendants)


def _loadforstatus(ui):
    """Return the package for a working copy, or None to leave it to Mercurial."""
    if not ui.configbool(b'vermilion', b'status'):
        return None
    package = _loadpackage()
    if package is None:
        _warnpackage(ui)
    return package


def _declinestatus(why):
    _decline('status', why)


def _wrapdirstatemap(module):
    if module.rustmod is None and os.name == 'posix':
        from . import workingcopy

        module.dirstatemap = workingcopy.mapclass(
            module, _loadforstatus, _declinestatus
        )


def _wrapdirstate(module):
    if module.rustmod is None:
        extensions.wrapfunction(module.dirstate, 'status', _status)


def _wrapvfsoptions(module):
    def options(orig, ui, requirements, features):
        # Mercurial refuses to read what it would be slow at; with Rust it is fast.
        if b'dirstate-v2' in requirements and _loadforstatus(ui) is not None:
            dirstate.HAS_FAST_DIRSTATE_V2 = True
        return orig(ui, requirements, features)

    name = 'resolve_revlog_store_vfs_options'
    extensions.wrapfunction(module, name, options)


def _status(orig, self, match, subrepos, *args, **kwargs):
    answer = _attemptstatus(self, match, subrepos, *args, **kwargs)
    if answer is not None:
        served['status'] += 1
        return answer
    return orig(self, match, subrepos, *args, **kwargs)


def _attemptstatus(
    self, match, subrepos, ignored, clean, unknown, empty_dirs_keep_files=False
):
    if not self._running_status:
        return None  # a mistake, of which Mercurial says so
    native = getattr(self._map, '_native', None)
    if native is None:
        return None
    for reason in (
        subrepos and 'subrepositories',
        self._checkcase and 'case-insensitive',
        self._sparsematchfn is not None and 'sparse',
    ):
        if reason:
            return _declinestatus(reason)
    from . import workingcopy

    module = _loadpackage()._native
    try:
        return workingcopy.status(
            self, native, match, ignored=ignored, clean=clean, unknown=unknown
        )
    except (
        OSError,
        module.CorruptDirstateError,
        module.UnsupportedWorkingCopyError,
    ) as exc:
        return _declinestatus(type(exc).__name__)


class _WrapWhenLoaded:
    """The loader of a module that is still lazy, plus wrapping it.

    A lazy module executes through the loader in its spec at the first access
    to an attribute. This stands in for that loader once.
    """

    def __init__(self, spec, wrap):
        self._spec = spec
        self._loader = spec.loader
        self._wrap = wrap
        spec.loader = self

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def exec_module(self, module):
        self._spec.loader = self._loader
        self._loader.exec_module(module)
        self._wrap(module)


def _whenloaded(module, wrap):
    marker = '_vermilion_wrapped'

    def once(module):
        if marker not in module.__dict__:
            module.__dict__[marker] = True
            wrap(module)

    # type(), as reading any attribute of a lazy module loads it
    if type(module) is types.ModuleType:
        once(module)
        return
    try:
        spec = object.__getattribute__(module, '__spec__')
        _WrapWhenLoaded(spec, once)
    except AttributeError:
        # some other kind of lazy module: load it now
        once(sys.modules[module.__name__])


def _repairnogc():
    """Give PyPy's ``util.nogc`` the form that streamclone uses.

    On PyPy, Mercurial 7.2 replaces ``util.nogc`` by a function that only
    knows its use as a decorator, while stream clones, and with them every
    local ``hg clone``, use it as a context manager: TypeError. PyPy is not to
    turn its collector off in either form, so the context manager does nothing.
    """
    try:
        with util.nogc():
            pass
    except TypeError:
        util.nogc = lambda func=None: (
            contextlib.nullcontext() if func is None else func
        )


def _wraprevcache(rev_cache):
    """Let PyPy 8 read the cache of branches and then go on writing it.

    A record is read through a memoryview of the bytes that are appended to, and
    PyPy 8 refuses to append while one exists, which it does until the collector
    comes by.
    """

    def unpack_record(self, rbcrevidx):
        start, data = rbcrevidx, self._prefix
        if rbcrevidx >= self.len_prefix:
            start, data = rbcrevidx - self.len_prefix, self._rest
        with memoryview(data) as view:
            return rev_cache.unpack_from(rev_cache._rbcrecfmt, view, start)

    rev_cache.rbcrevs.unpack_record = unpack_record


def _unsupported():
    """Return a message if this is not a Mercurial to work with, else None."""
    if util.versiontuple(n=2) == SUPPORTED:
        return None
    return _(
        b'warning: vermilion supports Mercurial %d.%d, not %s: it stays off\n'
    ) % (SUPPORTED + (util.version(),))


def uisetup(ui):
    message = _unsupported()
    if message is not None:
        _warnonce(ui, message)
        return
    if pycompat.ispypy:
        _repairnogc()
        _whenloaded(rev_cache, _wraprevcache)
    _whenloaded(revlog, _wraprevlog)
    _whenloaded(repoview, _wraprepoview)
    _whenloaded(branchmap, _wrapbranchmap)
    _whenloaded(setdiscovery, _wrapsetdiscovery)
    _whenloaded(dag_util, _wrapdagutil)
    _whenloaded(dirstatemap, _wrapdirstatemap)
    _whenloaded(dirstate, _wrapdirstate)
    _whenloaded(vfs_options, _wrapvfsoptions)


def reposetup(ui, repo):
    # Peers have no store of their own, and a repository over static HTTP no
    # file to open. No wrapper does anything without this option.
    if repo.local():
        repo.svfs.options[_OPTION] = _Settings(repo.ui)


# -- what is in use ---------------------------------------------------------


def parts(ui=None):
    """Tell what is accelerated: a list of ``(part, what, problem)``.

    ``problem`` is None for a part in use, else a sentence that says why it is
    not. ``ui`` is a Mercurial ui; without it the user's configuration is
    read, outside any repository.
    """
    from mercurial import configitems, ui as uimod

    if ui is None:
        ui = uimod.ui.load()
    configitems.loadconfigtable(ui, b'vermilion', configtable)
    problem = None
    enabled = ui.config(b'extensions', b'vermilion')
    message = _unsupported()
    if message is not None:
        problem = pycompat.sysstr(message).strip()
    elif enabled is None or enabled.startswith(b'!'):
        problem = (
            "the extension is not enabled: add 'vermilion =' to the section "
            '[extensions] of your hgrc'
        )
    elif revlog.rustrevlog is not None:
        problem = "Mercurial's own Rust extensions are in use"
    elif _loadpackage() is None:
        problem = 'vermilion cannot be imported: %s' % _packageproblem
    settings = _Settings(ui)
    return [
        (
            part,
            what,
            problem
            or (
                None
                if part in settings.parts
                else 'turned off by vermilion.%s in the configuration' % part
            ),
        )
        for part, what in PARTS.items()
    ]


def _writecounts(path):
    """Append the counts of this process to ``path``, as one line of JSON."""
    import json

    line = json.dumps(
        {
            'argv': sys.argv,
            'served': served,
            'declined': declined,
            'loaded': _package is not None,
        }
    )
    with open(path, 'a', encoding='utf-8') as f:
        f.write(line + '\n')


# For tests: a wrapper that always left the work to Mercurial would go unnoticed
# if only results were compared.
if 'VERMILION_COUNTS' in os.environ:
    import atexit

    atexit.register(_writecounts, os.environ['VERMILION_COUNTS'])
