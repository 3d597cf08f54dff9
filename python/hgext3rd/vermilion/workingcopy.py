# SPDX-License-Identifier: GPL-2.0-or-later

# workingcopy.py - the state of the working copy in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""the state of the working copy, from Rust"""

# How it works
# ------------
#
# With a native object for what Mercurial knows of the files (dirstatemap.py), a status is
# one call: the walk, the ignore rules and the comparison with the dirstate happen in Rust,
# and names come back in blocks. Which files are asked for is decided here: explicit files
# are looked at by Mercurial's own code, which has something to say about each that is
# missing, and patterns are applied to what was found.
#
# Where anything is unusual, or the native code says that something is not for it,
# Mercurial's own code is behind each method.

from __future__ import annotations

import os
import stat

from mercurial import (
    encoding,
    match as matchmod,
    pathutil,
    scmutil,
)
from mercurial.dirstateutils import timestamp

from .common import (
    bits,
    names_of,
    strictness,
    tick,
)

# What the native status lists, in its order.
(MODIFIED, ADDED, REMOVED, DELETED, CLEAN, UNKNOWN, IGNORED, UNSURE, DIRECTORIES) = range(9)


class Scope:
    """The part of the working copy that a matcher is about."""

    def __init__(self, dirstate, match):
        self.bad = []
        self.explicit = [b'']
        # What Mercurial says of files that were asked for by name, and those of them
        # that are not tracked.
        self.named = {}
        self.untracked = []
        # Whether all that is in the scope matches.
        self.matches = True
        if match.always():
            self.native = ([b''], True, [], [])
            self.search = [b'']
            return
        collect = matchmod.badmatch(match, lambda f, msg: self.bad.append((f, msg)))
        self.named, found, missing = dirstate._walkexplicit(collect, [])
        del self.named[b'.hg']
        files = list(self.named)
        self.untracked = [f for f in files if f not in dirstate._map]
        self.explicit = [d[0] for d in found] + missing
        if match.isexact():
            self.search = []
            self.native = ([], False, [], files)
            self.matches = False
            return
        self.search = [d[0] for d in found]
        # A matcher may call itself a prefix and match less: that of a subrepository.
        self.matches = False
        self.native = (self.search, not match.prefix(), missing, files)

    def visited(self, match, directories):
        """Those of some directories that Mercurial would have tried to read, as often
        and in the order in which it would have."""
        if match.always():
            return directories
        met = self.met(match, directories)
        return [d for d in met if match.visitchildrenset(d[0])]

    def met(self, match, directories):
        """The same for directories of which it would have known."""
        if match.always():
            return directories
        return [
            d
            for top in self.search
            for d in directories
            if _contains(top, d[0]) and _reaches(match, top, d[0])
        ]


def _reaches(match, above, directory):
    """Returns whether a walk that starts with one directory comes upon another one."""
    while above != directory:
        children = match.visitchildrenset(above)
        rest = directory[len(above) + 1 :] if above else directory
        name = rest.split(b'/', 1)[0]
        if not children or (children not in (b'this', b'all') and name not in children):
            return False
        above = above + b'/' + name if above else name
    return True


def _contains(directory, path):
    return not directory or path == directory or path.startswith(directory + b'/')


class _Result:
    """The native code's findings about the files that a matcher is about.

    Nothing has been said to the user yet, and nothing changed, so that Mercurial's
    own code can still take over.
    """

    def __init__(self, dirstate, native, match, wanted, boundary=None):
        if dirstate._sparsematchfn is not None:
            named = matchmod.exact(match.files())
            inside = matchmod.unionmatcher([dirstate._sparsematcher, named])
            match = matchmod.intersectmatchers(match, inside)
        self.match = match
        self.scope = scope = Scope(dirstate, match)
        self.ignore_files = []
        if wanted & (bits().WANT_UNKNOWN | bits().WANT_IGNORED):
            self.ignore_files = dirstate._ignorefiles()
            if not wanted & bits().WANT_IGNORED and not self.ignore_files:
                dirstate._ignore  # cheap, and fails where nothing can be said of the file
        wanted |= 0 if dirstate._checkexec else bits().NO_EXEC
        wanted |= 0 if dirstate._checklink else bits().NO_LINK
        wanted |= strictness()
        now = None if boundary is None else (boundary[0], boundary[1])
        blocks, self.unreadable, self.warnings, self.news, now = native.status(
            dirstate._rootdir, self.ignore_files, scope.native, wanted, now, tick
        )
        self.boundary = now and timestamp.timestamp((*now, False))
        self.lists = [names_of(block) for block in blocks]
        self.directories = self.lists.pop(DIRECTORIES)
        if not scope.matches:
            self.lists = [[f for f in names if match(f)] for names in self.lists]

    def complain(self, dirstate):
        """Says of directories that cannot be read what Mercurial's walk says of them."""
        for directory, errno in self.scope.visited(self.match, self.unreadable):
            message = encoding.strtolocal(os.strerror(errno))
            self.match.bad(dirstate.pathto(directory), message)


def status(dirstate, native, match, ignored, clean, unknown):
    """Does what ``dirstate.status`` does, without subrepositories, or returns None."""
    try:
        boundary = timestamp.get_fs_now(dirstate._opener)
    except OSError:
        boundary = None
    wanted = (
        (bits().WANT_CLEAN if clean else 0)
        | (bits().WANT_UNKNOWN if unknown else 0)
        | (bits().WANT_IGNORED if ignored else 0)
        | (bits().WANT_DIRECTORIES if match.traversedir else 0)
    )
    answer = _Result(dirstate, native, match, wanted, boundary)
    boundary = answer.boundary
    scope, lists, warnings = answer.scope, answer.lists, answer.warnings
    # Mercurial reads the ignore files when the first file has to be judged by them, and
    # then has its say: the property is asked for where it would be.
    judged = lists[UNKNOWN] or lists[IGNORED]
    if warnings and ignored and not unknown and not judged:
        return None  # there may be unknown files, which nobody has counted
    if warnings and unknown and not ignored:
        dirstate._ignore
    for f, message in scope.bad:
        match.bad(f, message)
    if match.traversedir:
        for directory in scope.explicit:
            match.traversedir(directory)
        for directory, _none in scope.met(answer.match, [(d, None) for d in answer.directories]):
            match.traversedir(directory)
    answer.complain(dirstate)
    if ignored and judged and (warnings or not answer.ignore_files):
        dirstate._ignore
    if not answer.ignore_files and any(match.exact(f) for f in scope.untracked):
        dirstate._ignore
    if answer.news and boundary is not None:
        dirstate._dirty = True
    found = scmutil.status(
        lists[MODIFIED],
        lists[ADDED],
        lists[REMOVED],
        lists[DELETED],
        lists[UNKNOWN],
        lists[IGNORED],
        lists[CLEAN],
    )
    return lists[UNSURE], found, boundary


class _Stat:
    """The state of a file that is there, which is looked up when somebody asks."""

    __slots__ = ('_path',)

    def __init__(self, path):
        self._path = path

    def __getattr__(self, name):
        return getattr(os.lstat(self._path), name)

    def __getitem__(self, index):
        return os.lstat(self._path)[index]


def walk(dirstate, native, match, full):
    """Does what ``dirstate.walk`` does for tracked and unknown files, without
    subrepositories. Unless ``full``, clean files that nobody named are left out."""
    wanted = bits().WANT_UNKNOWN | (bits().WANT_CLEAN if full else 0)
    answer = _Result(dirstate, native, match, wanted)
    if answer.warnings:
        dirstate._ignore
    for f, message in answer.scope.bad:
        match.bad(f, message)
    answer.complain(dirstate)
    results = answer.scope.named
    there = _Stat
    root = dirstate._rootdir
    for state in (MODIFIED, ADDED, UNSURE, CLEAN, UNKNOWN):
        for f in answer.lists[state]:
            if f not in results:
                results[f] = there(root + f)
    for f in answer.lists[DELETED]:
        results.setdefault(f)
    audit = pathutil.pathauditor(dirstate._root, cached=True)
    for f in answer.lists[REMOVED]:
        if f not in results:
            results[f] = _untracked(dirstate, audit, f)
    return results


def _untracked(dirstate, audit, f):
    """The state of a file that the dirstate calls removed, or None."""
    try:
        st = os.lstat(dirstate._join(f)) if audit.check(f) else None
    except OSError:
        return None
    if st is None or stat.S_ISREG(st.st_mode) or stat.S_ISLNK(st.st_mode):
        return st
    # Below an ignored directory, Mercurial does not look what kind of a file it is.
    return st if dirstate._dirignore(os.path.dirname(f)) else None
