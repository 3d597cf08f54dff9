# SPDX-License-Identifier: GPL-2.0-or-later

# zstandard.py - what Mercurial asks of a module zstandard, where there is none
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""what Mercurial asks of a module zstandard, where there is none"""

# How it works
# ------------
#
# Mercurial takes this for the module, with the few names of it that Mercurial 7.2 uses
# (_zstdengine in utils/compression.py, the zstd8mb coders in wireprotoframing.py). It asks
# whether there is one at every start, but only who reads or writes something compressed
# reaches the native package.

from __future__ import annotations

import sys
import types

from mercurial import error, pycompat, util
from mercurial.i18n import _

from .common import loadpackage, problem, served

__version__ = '0.vermilion'


def _native():
    """Returns the native module; Abort where it does not load, as nobody else reads that data."""
    package = loadpackage()
    if package is None:
        raise error.Abort(
            _(b'zstd is left to vermilion, which cannot be imported: %s')
            % pycompat.sysbytes(problem()),
            hint=_(b"see 'vermilion doctor', or install zstandard"),
        )
    return package._native


def ZstdCompressor(level=3, threads=0):
    """Makes an object that compresses, with ``compress`` and ``compressobj``."""
    made = _native().ZstdCompressor(level, threads=threads)
    served['zstandard'] += 1
    return made


def ZstdDecompressor(max_window_size=0):
    """Makes an object that decompresses, with ``decompressobj``."""
    made = _native().ZstdDecompressor(max_window_size=max_window_size)
    served['zstandard'] += 1
    return made


_NAMES = (
    'ZstdError',
    'COMPRESSOBJ_FLUSH_FINISH',
    'COMPRESSOBJ_FLUSH_BLOCK',
    'COMPRESSION_RECOMMENDED_INPUT_SIZE',
    'DECOMPRESSION_RECOMMENDED_INPUT_SIZE',
)


def __getattr__(name):
    if name not in _NAMES:
        raise AttributeError('module %r has no attribute %r' % (__name__, name))
    globals()[name] = found = getattr(_native(), name)
    return found


def reconsider():
    """Takes back what a process has concluded from there being no zstd, before it had this."""
    del util.compengines[b'zstd']._module
    for name, forget in (
        ('upgrade_utils.actions', _newdefault),
        ('wireprotoframing', _forgetencoders),
    ):
        module = sys.modules.get('mercurial.' + name)
        # of another type if it is still lazy
        if type(module) is types.ModuleType:
            forget(module)


def _newdefault(actions):
    actions._has_zstd = True
    actions.compressionengine.default = b'zstd'


def _forgetencoders(wireprotoframing):
    wireprotoframing.STREAM_ENCODERS.clear()
    del wireprotoframing.STREAM_ENCODERS_ORDER[:]
