# SPDX-License-Identifier: GPL-2.0-or-later

# pypycompat.py - what Mercurial needs on PyPy
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""what Mercurial needs on PyPy"""

from __future__ import annotations

import contextlib
import functools

from mercurial import util

from . import versions
from .overrides import isown
from .seams import whenloaded


def repair():
    """Puts all repairs in place, those of modules when they are loaded."""
    import platform  # lazy as well

    from mercurial.utils import dateutil

    repairnogc()
    rev_cache = versions.revcache()
    if rev_cache is not None:
        whenloaded(rev_cache, wraprevcache)
    whenloaded(platform, wrapplatform)
    whenloaded(dateutil, wrapdateutil)


def repairnogc():
    """Gives PyPy's ``util.nogc`` the form that streamclone uses.

    On PyPy, Mercurial 7.2 replaces ``util.nogc`` by a function that only
    knows its use as a decorator, while stream clones, and with them every
    local ``hg clone``, use it as a context manager: TypeError. PyPy is not to
    turn its collector off in either form, so the context manager does nothing.
    """
    try:
        with util.nogc():
            pass
    except TypeError:
        util.nogc = lambda func=None: contextlib.nullcontext() if func is None else func


def wrapdateutil(dateutil):
    """Lets the epoch be written once only.

    A diff writes it for each file, and dates are slow on PyPy. What takes its place is a
    plain function as well: annotate counts its arguments.
    """
    plain, epoch = dateutil.datestr, []
    if not isown(plain):
        return
    usual = plain.__defaults__[1]

    @functools.wraps(plain)
    def datestr(date=None, format=usual):
        if date != (0, 0) or format is not usual:
            return plain(date, format)
        if not epoch:
            epoch.append(plain(date))
        return epoch[0]

    dateutil.datestr = datestr


def wrapplatform(platform):
    """Lets PyPy know the system's name without running ``uname``.

    Its ``platform.uname()`` runs that program for the processor's name when any other field
    is asked for; ``uuid``, which every dirstate imports, asks for the system's.
    """
    platform.uname_result.system = property(lambda self: tuple.__getitem__(self, 0))


def wraprevcache(rev_cache):
    """Lets PyPy 8 read the cache of branches and then go on writing it.

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
