# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes revlog indexes of version 1, and looks at what goes wrong with them."""

from __future__ import annotations

import hashlib
import os
import struct

import pytest
from longwork import NULL
from vermilion import Graph

INLINE = 1 << 16
GENERALDELTA = 1 << 17
LINE = [(NULL, NULL), (0, NULL), (1, NULL)]

# offset and flags, stored and full length, base, link, two parents, node
ENTRY = struct.Struct(">Qiiiiii20s12x")


def node_of(rev):
    """The node that the indexes written here give to a revision."""
    return hashlib.sha1(b"revision %d" % rev).digest()


def index_bytes(parents, flags=GENERALDELTA, version=1, data=lambda rev: b""):
    """An index of these parents; with INLINE, `data` is what stands between entries."""
    out, offset = [], 0
    for rev, (p1, p2) in enumerate(parents):
        text = data(rev)
        entry = ENTRY.pack(offset << 16, len(text), len(text), rev, rev, p1, p2, node_of(rev))
        if rev == 0:
            entry = struct.pack(">I", flags | version) + entry[4:]
        out.append(entry)
        if flags & INLINE:
            out.append(text)
        offset += len(text)
    return b"".join(out)


def os_error(path, kind, number, filename=None):
    """Opening `path` fails with this OSError."""
    with pytest.raises(OSError) as raised:
        Graph.open(path)
    assert raised.type is kind
    assert raised.value.errno == number
    assert raised.value.strerror == os.strerror(number)
    assert raised.value.filename == str(filename or path)
