# SPDX-License-Identifier: GPL-2.0-or-later
"""A Mercurial extension: what Mercurial 7.2 needs on PyPy, and nothing else.

The extension under test brings the same. Runs without it get this one, as Mercurial
could otherwise neither clone (PyPy 7.3) nor pull (PyPy 8), nor open a repository in the format
that is the default.
"""

import contextlib

import hgdemandimport
from mercurial import policy, util
from mercurial.branching import rev_cache

util.nogc = lambda f=None: contextlib.nullcontext() if f is None else f


def _unpack_record(self, start):
    data = self._prefix
    if start >= self.len_prefix:
        start, data = start - self.len_prefix, self._rest
    with memoryview(data) as view:
        return rev_cache.unpack_from(rev_cache._rbcrecfmt, view, start)


rev_cache.rbcrevs.unpack_record = _unpack_record


class _Zstandard:
    """The module zstandard, by Vermilion's native classes alone."""

    def __getattr__(self, name):
        if name.startswith('_'):
            raise AttributeError(name)
        with hgdemandimport.deactivated():
            from vermilion import _native
        found = self.__dict__[name] = getattr(_native, name)
        return found


if policy.get_zstd() is None:
    _zstandard = _Zstandard()
    policy.get_zstd = lambda: _zstandard
    # In a process that lives on, somebody has asked.
    vars(util.compengines[b'zstd']).pop('_module', None)
