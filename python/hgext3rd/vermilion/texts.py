# SPDX-License-Identifier: GPL-2.0-or-later

# texts.py - long texts on PyPy
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""long texts on PyPy, where Mercurial has no C code for them"""

from __future__ import annotations

from array import array

from .common import decline, loadpackage, served


def _ask(function, text):
    """Returns what a native function makes of a text, None if it is anything odd."""
    package = loadpackage()
    if package is None:
        return None
    try:
        made = getattr(package._native, function)(bytes(text))
    except package.PanicError as exc:
        decline('texts', type(exc).__name__)
        return None
    if made is not None:
        served['texts'] += 1
    return made


def findlines(orig, self, data):
    block = _ask('manifest_lines', data)
    return orig(self, data) if block is None else array('i', block).tolist()


def inflate(orig, data):
    text = _ask('inflate', data)
    return orig(data) if text is None else text
