# SPDX-License-Identifier: GPL-2.0-or-later

# latesttags.py - the latest tags of changesets, without a context for each
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""the latest tags of changesets, without a context for each"""

# How it works
# ------------
#
# Templates, and with one of them every archive, ask for the latest tag of a changeset. Mercurial
# goes through all ancestors that have none, and remembers what it finds for each of them. Here
# that memory is filled beforehand, from the changelog's parents; then Mercurial looks there.

from __future__ import annotations

from mercurial import context, util
from mercurial.node import nullrev
from mercurial.utils import stringutil

from .common import decline, served, settingsof
from .overrides import Check, isown

_CONTEXT = ('_parents', 'date', 'parents', 'rev', 'tags')
_REPO = ('__getitem__', '_tagscache', 'changelog', 'nodetags', 'revs', 'tagtype')
_check = Check()


def latesttags(orig, kwcontext, mapping, pattern=None):
    repo, ctx, cache = (kwcontext.resource(mapping, key) for key in (b'repo', b'ctx', b'cache'))
    if settingsof(repo, 'tags') is not None and type(ctx) is context.changectx:
        names = (type(repo.unfiltered()), _REPO), (context.changectx, _CONTEXT)
        if isown(orig) and _check.holds(*names):
            _fill(repo, ctx.rev(), cache, pattern)
            served['tags'] += 1
        else:
            decline('tags', 'overridden')
    return orig(kwcontext, mapping, pattern)


def _fill(repo, rev, cache, pattern):
    """Puts the date, the distance and the names of the latest tag into Mercurial's cache, for a
    revision and what that takes."""
    name = b'latesttags' if pattern is None else b'latesttags-' + pattern
    match = util.always if pattern is None else stringutil.stringmatcher(pattern)[2]
    known = cache.setdefault(name, {nullrev: (0, 0, [b'null'])})
    cl = repo.changelog

    def isfor(tag):
        kind = repo.tagtype(tag)
        return kind and kind != b'local' and match(tag)

    # Few revisions have tags: only these are asked for theirs.
    tagged = {cl.index.get_rev(node) for node in repo._tagscache.tags.values()}
    todo = [rev]
    while todo:
        rev = todo[-1]
        if rev in known:
            todo.pop()
            continue
        tags = sorted(filter(isfor, repo.nodetags(cl.node(rev)))) if rev in tagged else ()
        if tags:
            known[rev] = repo[rev].date()[0], 0, tags
            continue
        p1, p2 = cl.parentrevs(rev)
        parents = [p1] if p2 == nullrev else [p1, p2]
        unknown = [parent for parent in parents if parent not in known]
        if unknown:
            todo += unknown
            continue
        date, distance, names = _later(repo, rev, [known[parent] for parent in parents])
        known[rev] = date, distance + 1, names


def _later(repo, rev, found):
    """Returns that of the parents' latest tags since which there are fewer changes."""
    if len(found) == 1 or found[0][2] == found[1][2]:
        # of the same tags, they are compared by date and distance
        return max(found)

    def nearness(one):
        date, _distance, names = one
        return -len(repo.revs(b'only(%d, %s)', rev, names[0])), date

    return max(found, key=nearness)
