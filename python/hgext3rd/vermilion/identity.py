# SPDX-License-Identifier: GPL-2.0-or-later

# identity.py - whether an index is still the one it was
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""whether an index, in a file or in memory, is still the one it was

Neither its length nor its last node tells: a strip, and the same changesets
coming back, may leave both as they were and the rest in another order.
"""

from __future__ import annotations

import os

from .common import STAT

# Who writes to a file twice in one step of the file system's clock leaves one
# time stamp: in nanoseconds, the longest steps known, and those of file systems
# that count whole seconds.
_STEP = 100_000_000
_LONGSTEP = 2_000_000_000


# -- files ------------------------------------------------------------------


def _stampof(st):
    """Returns what changes when a file is written to or replaced."""
    return (
        st.st_dev,
        st.st_ino,
        st.st_size,
        st.st_mtime_ns,
        st.st_ctime_ns,
    )


def stampof(rl):
    """Returns the state of the index file that a revlog was read from, if it is known.

    It is not where the file might have been written to again without a trace.
    """
    st, now = rl.__dict__.get(STAT, (None, 0))
    # hooks read another file, which has what is not committed yet
    if st is None or rl._trypending:
        return None
    stamp = _stampof(st)
    written = max(stamp[3:])
    step = _STEP if written % 1_000_000_000 else _LONGSTEP
    return stamp if now - written >= step else None


def isfile(path, stamp):
    """Returns whether a file is for certain the one that had this stamp."""
    try:
        return stamp is not None and stamp == _stampof(os.stat(path))
    except OSError:
        return False


# -- in memory --------------------------------------------------------------


def readfromfile(index):
    """Returns how many of the first revisions are as they were read from the file.

    Mercurial appends to an index and takes out what comes after a revision, but
    changes nothing in between.
    """
    stats = getattr(index, 'stats', None)
    if stats is not None:  # in C
        return stats().get(b'revs in memory', 0)
    return getattr(index, '_lgt', 0)


def _probes(start, end):
    """Positions at which revisions that were appended are compared.

    The last ones, densely, as this is where histories differ that were
    rewritten, and then ever further apart down to the first.
    """
    last = end - 1
    positions = set(range(max(start, end - 8), end))
    step = 8
    while last - step >= start:
        positions.add(last - step)
        step *= 2
    if start < end:
        positions.add(start)
    return positions


class Noted:
    """The first ``length`` revisions of an index in memory, as they are now.

    What was read from the file is known to be the same as long as it is so
    many, and so is what was appended in Mercurial's pure Python, where taking
    something out makes another list. In C, what was appended is compared: all
    of it if that is little, else a part. (Mercurial itself takes something out
    in one place, which tells: see `ChangelogGraph.shrunk`.)
    """

    def __init__(self, index, length):
        self.length = length
        self._read = readfromfile(index)
        self._extra = getattr(index, '_extra', None)
        positions = {length - 1} if length else set()
        if self._extra is None:
            positions |= _probes(min(self._read, length), length)
        self._nodes = [(rev, index[rev][7]) for rev in sorted(positions)]

    def isin(self, index):
        """Returns whether they are still the first ones of the index."""
        if (
            len(index) < self.length
            or readfromfile(index) != self._read
            or getattr(index, '_extra', None) is not self._extra
        ):
            return False
        for rev, node in self._nodes:
            if index[rev][7] != node:
                return False
        return True
