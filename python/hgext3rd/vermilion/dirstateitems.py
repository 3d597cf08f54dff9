# SPDX-License-Identifier: GPL-2.0-or-later

# dirstateitems.py - the items of a dirstate, in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""the items of a dirstate, in Rust"""

from __future__ import annotations

import struct

from .common import names_of

# Bits of an entry's flags, those of the format dirstate-v2.
WC_TRACKED = 1 << 0
P1_TRACKED = 1 << 1
P2_INFO = 1 << 2
HAS_FALLBACK_EXEC = 1 << 5
FALLBACK_EXEC = 1 << 6
HAS_FALLBACK_SYMLINK = 1 << 7
FALLBACK_SYMLINK = 1 << 8
HAS_MODE_AND_SIZE = 1 << 10
HAS_MTIME = 1 << 11
MTIME_SECOND_AMBIGUOUS = 1 << 12

_ENTRY = struct.Struct('=5i')


# What flags say, of those that were met: see `_meaning`.
_MEANINGS = {}


def _meaning(flags):
    """Returns what an item is made of that depends on nothing but its flags."""
    bits = WC_TRACKED, P1_TRACKED, P2_INFO, HAS_MODE_AND_SIZE, HAS_MTIME, MTIME_SECOND_AMBIGUOUS
    fallbacks = (HAS_FALLBACK_EXEC, FALLBACK_EXEC), (HAS_FALLBACK_SYMLINK, FALLBACK_SYMLINK)
    meaning = [bool(flags & bit) for bit in bits]
    meaning += [bool(flags & value) if flags & has else None for has, value in fallbacks]
    _MEANINGS[flags] = meaning
    return meaning


class Items:
    """The dict of items by file name, in Rust."""

    __slots__ = ('native', 'newitem', '__weakref__')

    def __init__(self, native, newitem):
        self.native = native
        self.newitem = newitem

    def item(self, flags, mode, size, seconds, nanoseconds):
        wc, p1, p2, data, mtime, ambiguous, isexec, islink = _MEANINGS.get(flags) or _meaning(flags)
        known = (mode, size, (seconds, nanoseconds, ambiguous)) if data or mtime else None
        # By name it takes PyPy twice as long, and many want the items of all files.
        return self.newitem(wc, p1, p2, data, mtime, known, isexec, islink)

    def __len__(self):
        return len(self.native)

    def __contains__(self, name):
        return name in self.native

    def __iter__(self):
        return iter(names_of(self.native.paths()))

    def keys(self):
        return names_of(self.native.paths())

    def entries(self):
        """Returns pairs of a file's name and its entry, of which an item can be made."""
        names, entries = self.native.items()
        return zip(names_of(names), _ENTRY.iter_unpack(entries))

    def items(self):
        make = self.item
        for name, entry in self.entries():
            yield name, make(*entry)

    def values(self):
        return (item for _name, item in self.items())

    def get(self, name, default=None):
        entry = self.native.get(name)
        return default if entry is None else self.item(*entry)

    def __getitem__(self, name):
        entry = self.native.get(name)
        if entry is None:
            raise KeyError(name)
        return self.item(*entry)

    def __setitem__(self, name, item):
        flags, size, seconds, nanoseconds = item.v2_data()
        self.native.set(name, (flags, item.mode, size, seconds, nanoseconds))

    def __delitem__(self, name):
        if self.native.remove(name) is None:
            raise KeyError(name)

    def pop(self, name, *default):
        entry = self.native.remove(name)
        if entry is not None:
            return self.item(*entry)
        if default:
            return default[0]
        raise KeyError(name)

    def clear(self):
        self.native.clear()


class Copies(dict):
    """The sources of copies by file name, which the native object has to know."""

    __slots__ = ('_native',)

    def __init__(self, native):
        super().__init__(native.copies())
        self._native = native

    def __setitem__(self, name, source):
        self._native.set_copy(name, source)
        super().__setitem__(name, source)

    def __delitem__(self, name):
        super().__delitem__(name)
        self._native.set_copy(name, None)

    def pop(self, name, *default):
        if name in self:
            self._native.set_copy(name, None)
        return super().pop(name, *default)

    def clear(self):
        for name in list(self):
            del self[name]

    def update(self, *args, **kwargs):
        for name, source in dict(*args, **kwargs).items():
            self[name] = source

    def setdefault(self, name, source=None):
        if name not in self:
            self[name] = source
        return self[name]

    def popitem(self):
        name = next(reversed(self))
        return name, self.pop(name)
