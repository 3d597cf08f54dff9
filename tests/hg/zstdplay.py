# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays the same calls on any module for zstd, and tells what came of them.

As a program it does so with the module that its Mercurial has, for those who ask through pipes.
"""

from __future__ import annotations

import ast
import sys


def play(zstd, act, *args):
    return {'compress': _compress, 'stream': _stream, 'decompress': _decompress}[act](zstd, *args)


def _told(zstd, function, *args, **kwargs):
    """What comes of a call; an error by its name, and by its words but for the library's."""
    try:
        return function(*args, **kwargs)
    except Exception as exc:
        if isinstance(exc, zstd.ZstdError):
            return 'ZstdError', str(exc).partition(':')[0]
        return type(exc).__name__, str(exc) if type(exc) is ValueError else ''


def _made(found):
    return not isinstance(found, tuple)


def _compress(zstd, options, *texts):
    """Frames of texts, by one compressor."""
    made = _told(zstd, zstd.ZstdCompressor, **options)
    return [_told(zstd, made.compress, text) for text in texts] if _made(made) else made


def _stream(zstd, options, steps):
    """What comes of pieces of data, and of ways to flush."""
    made = _told(zstd, zstd.ZstdCompressor, **options)
    if not _made(made):
        return made
    stream = made.compressobj()
    told = []
    for step in steps:
        how = getattr(zstd, step, step) if isinstance(step, str) else step
        if how is None:
            told.append(_told(zstd, stream.flush))
        elif isinstance(how, int):
            told.append(_told(zstd, stream.flush, how))
        else:
            told.append(_told(zstd, stream.compress, how))
    return told


def _decompress(zstd, options, *frames):
    """What comes of frames, each in pieces, by one decompressor; no further than to an error."""
    made = _told(zstd, zstd.ZstdDecompressor, **options)
    if not _made(made):
        return made
    told = []
    for pieces in frames:
        stream = made.decompressobj()
        told.append([])
        for piece in pieces:
            found = _told(zstd, stream.decompress, piece)
            told[-1].append(found)
            if not _made(found) and 'multiple times' not in found[1]:
                break
    return told


def main():
    from mercurial import zstd

    assert zstd.__file__.endswith(('.so', '.pyd')), 'not the C module'
    names = [name for name in dir(zstd) if name.isupper()]
    print(repr({name: getattr(zstd, name) for name in names}), flush=True)
    for line in sys.stdin:
        print(repr(play(zstd, *ast.literal_eval(line))), flush=True)


if __name__ == '__main__':
    main()
