# SPDX-License-Identifier: GPL-2.0-or-later

# changeloggraph.py - the graph that belongs to a changelog
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""the graph in Rust that belongs to a changelog in memory"""

# No graph is trusted blindly: it comes from the index *file*, while Mercurial
# works on the index *in memory*, which may be longer (a running transaction,
# a bundle laid over the repository) or shorter (a strip in progress, another
# process that has appended meanwhile). See `ChangelogGraph`.

from __future__ import annotations

from mercurial import error, pycompat, revlog
from mercurial.i18n import _
from mercurial.node import nullrev

from . import versions
from .common import (
    DECLINED,
    OPTION,
    SHARED,
    decline,
    loadpackage,
    served,
    warnonce,
    warnpackage,
)
from .identity import Noted, isfile, readfromfile, stampof
from .overrides import find, isown
from .seams import indexpath

# Raised for arguments that are not revisions (out of range, hidden, the
# working directory, the wrong type): Mercurial's own code meets the same
# argument next and raises its own exception for it.
_BADARGUMENT = (IndexError, KeyError, TypeError, OverflowError)


# Methods of a changelog that the graph stands for, whichever of them is asked.
_METHODS = (
    *('_commonancestorsheads', 'headrevs', 'incrementalmissingrevs', 'node', 'parentrevs'),
    *('reachableroots', 'rev'),
)
# Functions of Mercurial's behind these.
_FUNCTIONS = (
    ('ancestor', ('ancestors', 'commonancestorsheads', 'incrementalmissingancestors')),
    ('ancestor', ('lazyancestors',)),
    ('dagop', ('headrevs', 'reachableroots', '_reachablerootspure')),
)

# So many entries are compared at a time.
_BLOCK = 4096


class ChangelogGraph:
    """The Rust graph that belongs to one index in memory.

    It is shared by all the copies that repository views make of a changelog. `graph`
    brings it in step with the index before each question:

    - It opens the index file. If that is not for certain the one that Mercurial
      has read, its revisions are compared with the index. Where any differs
      (another process rewrote the file after it was read), Mercurial's own
      code serves.
    - Revisions the file has beyond the index are cut off, and revisions
      the index has beyond the file are added from the index.
    - A strip cuts it off (`shrunk`). Should anybody else have taken something
      out of the index, `identity.Noted` tells, and the graph is made anew.
    """

    def __init__(self, rl, settings):
        self.index = rl.index
        self.settings = settings
        self.path = indexpath(rl)
        self.stamp = stampof(rl)
        self.off = None
        # What was found to be Mercurial's own, by the class of a changelog.
        self._methods = {}
        if rl._format_version != revlog.REVLOGV1:
            self.off = 'index format'
        elif versions.usesrust(rl):
            self.off = "Mercurial's own Rust extensions are in use"
        elif rl.postfix is not None:
            self.off = 'temporary revlog'
        self._forget()

    def _forget(self):
        self._graph = None
        self._record(0)

    def overridden(self, rl):
        """Returns whether others have put something in the place of Mercurial's own code."""
        cls = type(rl)
        found = [getattr(cls, name) for name in _METHODS]
        if self._methods.get(cls) != found:
            if not all(map(isown, found)) or not all(
                isown(find(getattr(revlog, module), name))
                for module, names in _FUNCTIONS
                for name in names
            ):
                return True
            self._methods[cls] = found
        return False

    def _record(self, length):
        """Notes the state of the index the graph now stands for."""
        self._noted = Noted(self.index, length)
        self._heads = None
        self._visibleheads = None

    def graph(self, part):
        """Returns the graph, in step with the index, or None."""
        if part not in self.settings.parts:
            decline(part, 'off')
            return None
        if self.off is not None:
            decline(part, self.off)
            return None
        length = len(self.index)
        if (
            self._graph is not None
            and length == self._noted.length
            and self._noted.isin(self.index)
        ):
            return self._graph
        if not length:
            decline(part, 'empty history')
            return None
        if loadpackage() is None:
            warnpackage(self.settings.ui)
            self.off = 'vermilion cannot be imported'
            decline(part, self.off)
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
            decline(part, self.off)
        return self._graph

    def _follow(self, length):
        """Brings the graph to ``length`` revisions."""
        index = self.index
        if self._graph is not None and not (
            self._noted.length < length and self._noted.isin(index)
        ):
            self._forget()
        if self._graph is None:
            graph = self._open()
            common = min(len(graph), length)
            # what is the same in the file and in memory, without looking
            same = readfromfile(index) if isfile(self.path, self.stamp) else 0
            for first in range(same, common, _BLOCK):
                revs = range(first, min(first + _BLOCK, common))
                entries = b''.join(map(index.entry_binary, revs))
                if not first:
                    # without the header that is in place of its first bytes
                    entries = bytes(-len(entries) % index.entry_size) + entries
                if not graph.matches(entries, first):
                    self.off = 'index file has changed'
                    return
            if common < len(graph):
                graph.truncate(common)
            self._graph = graph
        if len(self._graph) < length:
            from array import array

            parents = array('i')
            for rev in range(len(self._graph), length):
                entry = index[rev]
                parents.append(entry[5])
                parents.append(entry[6])
            self._graph.extend(parents)
        self._record(length)

    def _open(self):
        try:
            return loadpackage().Graph.open(self.path)
        except FileNotFoundError:
            # the first revisions of a repository, not written yet
            return loadpackage().Graph.from_parents(())

    def shrunk(self):
        """Follow a strip."""
        length = len(self.index)
        if self._graph is not None and length < self._noted.length:
            self._graph.truncate(length)
            self._record(length)

    def trouble(self, part, exc):
        """Gives up on the graph after an error that should not have been."""
        self._forget()
        self.off = 'internal error'
        decline(part, 'internal error: %r' % exc)
        warnonce(
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


def changelog_graph_of(rl):
    """Returns the `ChangelogGraph` of a revlog, or None if it cannot have one."""
    if rl.target[0] != revlog.KIND_CHANGELOG:
        return None
    shared = rl.__dict__.setdefault(SHARED, {})
    changelog_graph = shared.get('graph')
    if changelog_graph is None or changelog_graph.index is not rl.index:
        settings = versions.opener(rl).options.get(OPTION)
        if settings is None:
            # the extension is not enabled for this repository
            return None
        changelog_graph = shared['graph'] = ChangelogGraph(rl, settings)
    if changelog_graph.overridden(rl):
        decline('graph', 'overridden')
        return None
    return changelog_graph


def known(rl, length, revs):
    """Returns whether all of ``revs`` are revisions that ``rl`` shows, or null."""
    return not revs or (
        min(revs) >= nullrev and max(revs) < length and rl.filteredrevs.isdisjoint(revs)
    )


def accelerated(part):
    """Makes a wrapper for ``extensions.wrapfunction`` from an attempt.

    The attempt gets the revlog, its changelog_graph, the graph and the arguments. It
    must not consume an iterator, nor change anything, before it declines.
    """

    def decorate(attempt):
        known = None

        def wrapper(orig, rl, *args, **kwargs):
            nonlocal known
            if orig is not known:
                if not isown(orig):
                    decline(part, 'overridden')
                    return orig(rl, *args, **kwargs)
                known = orig
            changelog_graph = changelog_graph_of(rl)
            if changelog_graph is not None:
                graph = changelog_graph.graph(part)
                if graph is not None:
                    answer = ask(part, attempt, changelog_graph, rl, graph, *args, **kwargs)
                    if answer is not DECLINED:
                        return answer
            return orig(rl, *args, **kwargs)

        wrapper.__name__ = attempt.__name__
        wrapper.__doc__ = attempt.__doc__
        return wrapper

    return decorate


def ask(part, attempt, changelog_graph, *args, **kwargs):
    try:
        answer = attempt(*args, **kwargs)
    except (error.RevlogError, error.WdirUnsupported):
        return decline(part, 'argument')
    except _BADARGUMENT:
        return decline(part, 'argument')
    except Exception as exc:
        changelog_graph.trouble(part, exc)
        return DECLINED
    if answer is not DECLINED:
        served[part] += 1
    return answer
