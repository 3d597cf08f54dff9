# SPDX-License-Identifier: GPL-2.0-or-later

# versions.py - where each Mercurial has what the extension stands in front of
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""where each Mercurial has what the extension stands in front of

Mercurial moves and renames its internals; this is all that is known of it. What a newer
Mercurial has made of them, nobody can know: see the module ``newer``.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys

from mercurial import policy, revlog, util

# The first and the last series that the tests run with.
OLDEST, NEWEST = (6, 3), (7, 2)

# Their releases that the tests run with: the last ones of each, and those of Debian.
TESTED = b'6.3.2 6.3.3 6.4.5 6.5.3 6.6.3 6.7.4 6.8.2 6.9.5 7.0.1 7.0.3 7.1.2 7.2 7.2.4'

_ZSTD = 'mercurial.zstd'

# What a part leaves to a Mercurial older than that.
_LEFT = (
    ((6, 4), 'status', 'dirstate-v2'),
    ((6, 4), 'status', 'walks apart from a status'),
    ((6, 7), 'status', 'patterns'),
    ((7, 1), 'diffs', 'names of functions'),
)

# Lazily, as everywhere: only where they are, is found out here. What holds the options of a
# store, and the functions for sets of revisions and for annotations, before 7.2 and 7.1:
try:
    from mercurial.repo import vfs_options as store_options

    STORE_OPTIONS = 'resolve_revlog_store_vfs_options'
except ImportError:
    from mercurial import localrepo as store_options  # noqa: F401

    STORE_OPTIONS = 'resolverevlogstorevfsoptions'
try:
    from mercurial.utils import dag_util
except ImportError:
    from mercurial import dagop as dag_util  # noqa: F401
try:
    from mercurial import revset_predicates
except ImportError:  # before 7.2
    from mercurial import revset as revset_predicates  # noqa: F401
try:
    from mercurial.merge_utils import update as merge_update
except ImportError:  # before 7.1
    from mercurial import merge as merge_update  # noqa: F401

# The function for the latest tags, in the module templateutil or, before 7.2, in templatekw.
LATEST_TAGS = 'get_latest_tags', 'getlatesttags'


def series():
    """Returns the first two numbers of this Mercurial's version, zeros where it tells none."""
    # Every command comes here: Mercurial's own parser of versions would be made first.
    numbers = util.version().split(b'.')
    try:
        return int(numbers[0]), int(_digits(numbers[1]))
    except (IndexError, ValueError):
        return 0, 0


def left(part):
    """Returns what a part leaves to this Mercurial because of its age."""
    return [what for since, name, what in _LEFT if name == part and series() < since]


def _digits(part):
    """Returns the digits that something begins with: of 2rc1 or 2+20, 2."""
    return part[: len(part) - len(part.lstrip(b'0123456789'))]


def revcache():
    """Returns the lazy module with the cache of branches, None before 6.9."""
    try:
        from mercurial.branching import rev_cache
    except ImportError:
        return None
    return rev_cache


def revsetsymbols():
    """Returns the predicates of revision sets, by their names."""
    from mercurial import revset

    return revset.symbols


def linefinder(manifest):
    """Returns the class in pure Python that finds the lines of a manifest, if it is in use."""
    pure = getattr(manifest, '_LazyManifest', None)  # before 6.9, it has the name of C's
    if pure is None:
        pure = manifest._lazymanifest
    return pure if pure is manifest._lazymanifest and hasattr(pure, 'findlines') else None


def isinstatus(dirstate):
    """Returns whether a dirstate is in a status; before 6.4, nobody said so."""
    return getattr(dirstate, '_running_status', True)


def currentidentity(dirstatemap):
    """Returns the identity of the dirstate's file as it is now."""
    if hasattr(dirstatemap, '_get_current_identity'):
        return dirstatemap._get_current_identity()
    if hasattr(dirstatemap, '_set_identity'):  # before 6.4
        dirstatemap._set_identity()
        return dirstatemap.identity
    # before 6.3.3
    return util.filestat.frompath(dirstatemap._opener.join(dirstatemap._filename))


def isunambiguous(identity):
    """Returns whether what another process writes will have another identity."""
    return hasattr(identity, 'cacheable') and identity.cacheable()  # before 6.4, nothing tells


def hasattempts(dirstatemap):
    """Returns whether a dirstate-v2 is read again where it was replaced meanwhile, and may be
    appended to: so from 6.4 on. Before that, Mercurial keeps it to itself."""
    return hasattr(dirstatemap, 'V2_MAX_READ_ATTEMPTS')


def visitsforpatterns():
    """Returns whether a walk comes upon all files that may match a pattern; before 6.7, it did not
    look into the directory of a rootfilesin."""
    return series() >= (6, 7)


def readdirstate(dirstatemap):
    """Returns the identity and the content of the dirstate's file."""
    identity = currentidentity(dirstatemap)
    read = dirstatemap._readdirstatefile()
    # before 7.0, the content only
    return read if isinstance(read, tuple) else (identity, read)


def opener(changelog):
    """Returns what opens the files of a changelog.

    Before 6.6, a function stands before it while a changelog is written to."""
    found = changelog.opener
    return found if hasattr(found, 'options') else changelog._realopener


def usesrust(rl):
    """Returns whether the index of a revlog is that of Mercurial's own Rust."""
    return getattr(rl, 'uses_rust', revlog.rustrevlog is not None)  # before 7.0, all or none


def knowsidentifiers():
    """Returns whether the line that names a hunk's function begins with a letter, _ or $; before
    7.1, it begins with a letter or a digit."""
    return series() >= (7, 1)


# -- zstd ---------------------------------------------------------------------


def looksforzstd():
    """Returns whether this Mercurial looks for zstd in other packages, as HGZSTDPOLICY says, which
    it does from 7.2 on."""
    return hasattr(policy, 'get_zstd')


def hasownzstd():
    """Returns whether this Mercurial, one before 7.2, came with its module for zstd."""
    return _ZSTD in sys.modules or importlib.util.find_spec(_ZSTD) is not None


def foundzstd():
    """Returns the module for zstd that Mercurial uses, None if there is none."""
    try:
        return policy.get_zstd() if looksforzstd() else importlib.import_module(_ZSTD)
    except ImportError:
        return None


def becomezstd(module):
    """Puts a module in the place of Mercurial's own one for zstd, before 7.2."""
    sys.modules[_ZSTD] = module
