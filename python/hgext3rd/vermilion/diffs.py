# SPDX-License-Identifier: GPL-2.0-or-later

# diffs.py - differences of texts in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""differences of texts, from Rust"""

# How it works
# ------------
#
# The hunks of a unified diff are made in one call, by the same algorithm as Mercurial's C has for
# finding lines that match, and handed on one by one, as Mercurial's own code does it. Pure Python
# has another algorithm there, and finds other lines: where that is in use, it stays.

from __future__ import annotations

from mercurial import mdiff

from . import versions
from .common import decline, loadpackage, served
from .overrides import Check, isown

# What finds out which lines match, and what these are.
_NAMES = ('allblocks', 'blocks', 'splitblock', 'splitnewlines', 'wsclean')
_check = Check()


def islikec():
    """Returns whether Mercurial finds lines that match as its C code does."""
    return not mdiff.bdiff.__name__.startswith('mercurial.pure.')


def hunks(orig, t1, t2, opts=mdiff.defaultopts):
    if not islikec():
        decline('diffs', 'pure Python matches other lines')
        return orig(t1, t2, opts)
    package = loadpackage()
    if package is None or type(t1) is not bytes or type(t2) is not bytes:
        return orig(t1, t2, opts)
    if opts.xdiff or not isown(orig) or not _check.holds((mdiff, _NAMES)):
        decline('diffs', 'xdiff' if opts.xdiff else 'overridden')
        return orig(t1, t2, opts)
    if opts.showfunc and not versions.knowsidentifiers():
        decline('diffs', 'an older rule for names of functions')
        return orig(t1, t2, opts)
    try:
        found = package._native.unified_diff(t1, t2, opts)
    except (TypeError, ValueError, OverflowError, package.PanicError) as exc:
        # options that are odd, which Mercurial may take all the same
        decline('diffs', type(exc).__name__)
        return orig(t1, t2, opts)
    served['diffs'] += 1
    return _handout(found)


def _handout(found):
    """Yields whether there are hunks, and these: their ranges and their lines."""
    yield bool(found)
    for ranges, text in found:
        lines = text.split(b'\n')
        # What is behind the last newline: a line that has none, of which Mercurial does not say
        # so if it is one of other white space only.
        last = lines.pop()
        yield ranges, [line + b'\n' for line in lines] + [last] * bool(last)
