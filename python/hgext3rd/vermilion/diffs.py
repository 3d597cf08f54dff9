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
# The hunks of a unified diff are made in one call, by the same algorithm as Mercurial has for
# finding lines that match, which is another one in C than in pure Python, and handed on one by one,
# as Mercurial's own code does it.
#
# Who asks for a patch of two changesets as a text gets it in blocks of files, whose contents are
# read and compared in one call. What cannot be answered for a file, Mercurial answers for it
# alone. Labels are left out where nobody would see them.

from __future__ import annotations

import difflib

from mercurial import context, mdiff, patch, pycompat
from mercurial.utils import dateutil

from . import contents, manifests, versions
from .common import AsText, decline, loadpackage
from .overrides import Check, isown

# So many files of a patch are compared at first, and then at most, at a time; fewer where their
# part of it takes more bytes.
_FEW, _MANY = 8, 64
_LONG = 1 << 20

# What makes a patch.
_PATCH = ('_filepairs', '_gitindex', 'diffcontent', 'diffhunks', 'trydiff')
_HUNKS = ('_unidiff', 'b85diff', 'unidiff')
_check, _patches, _shown = Check(), Check(), Check()


def islikec():
    """Returns whether Mercurial finds lines that match as its C code does."""
    return not mdiff.bdiff.__name__.startswith('mercurial.pure.')


def linematchers():
    """Returns what finds out which lines match, and what these are, for a check."""
    names = 'allblocks', 'blocks', 'chooseblocksfunc', 'splitblock', 'splitnewlines', 'wsclean'
    return (mdiff, names), (mdiff.bdiff, ('blocks', 'xdiffblocks') if islikec() else ('blocks',))


def findslines():
    """Returns whether it is known how Mercurial finds lines that match."""
    return islikec() or difflib.SequenceMatcher.__module__ == 'difflib'


def _declines(opts, isours):
    """Returns whether hunks with these options are left to Mercurial, and says why."""
    if not isours or not findslines():
        decline('diffs', 'overridden')
        return True
    if opts.showfunc and not versions.knowsidentifiers():
        decline('diffs', 'an older rule for names of functions')
        return True
    return False


# -- hunks --------------------------------------------------------------------


def hunks(orig, t1, t2, opts=mdiff.defaultopts):
    package = loadpackage()
    if package is None or type(t1) is not bytes or type(t2) is not bytes:
        return orig(t1, t2, opts)
    if _declines(opts, isown(orig) and _check.holds(*linematchers())):
        return orig(t1, t2, opts)
    found = contents.ask('diffs', package._native.unified_diff, t1, t2, opts, not islikec())
    return orig(t1, t2, opts) if found is None else _handout(found)


def _handout(found):
    """Yields whether there are hunks, and these: their ranges and their lines."""
    yield bool(found)
    for ranges, text in found:
        lines = text.split(b'\n')
        # What is behind the last newline: a line that has none, of which Mercurial does not say
        # so if it is one of other white space only.
        last = lines.pop()
        yield ranges, [line + b'\n' for line in lines] + [last] * bool(last)


# -- patches ------------------------------------------------------------------


def diffui(orig, repo, *args, **kwargs):
    ui = repo.ui
    names = (type(ui), ('_write', 'label', 'write')), (patch, ('difflabel',))
    # Who shows no colours here shows none elsewhere in the same process.
    if ui._colormode is not None or not isown(orig) or not _shown.holds(*names):
        return orig(repo, *args, **kwargs)
    return ((chunk, b'') for chunk in patch.diff(repo, *args, **kwargs))


def trydiff(orig, repo, revs, ctx1, ctx2, modified, added, removed, copy, getfilectx, *how):
    opts, losedatafn, pathfn = how
    native = None
    if type(pathfn) is AsText and losedatafn is None and not opts.showsimilarity:
        native = _reader(orig, repo, (ctx1, ctx2), opts, pathfn)

    def left(modified, added, removed):
        return orig(repo, revs, ctx1, ctx2, modified, added, removed, copy, getfilectx, *how)

    if native is None:
        return left(modified, added, removed)
    heading = (
        [pycompat.sysstr(rev) for rev in revs],
        dateutil.datestr(ctx1.date()),
        dateutil.datestr(ctx2.date()),
    )
    near = ctx1.rev(), ctx2.rev()

    nodes = ctx1.manifestnode(), ctx2.manifestnode()

    def row(f1, f2, copyop):
        isrename = None if copyop is None else copyop == b'rename'
        return f1, f2, pathfn(f1 or f2), pathfn(f2 or f1), isrename

    def ask(files):
        asked = nodes, near, [row(*file) for file in files], heading, opts, not islikec()
        return contents.ask('diffs', native.file_diffs, *asked) or [None] * len(files)

    def made():
        files = list(patch._filepairs(modified, added, removed, copy, opts))
        at, size = 0, _FEW
        while at < len(files):
            block = files[at : at + size]
            at, length = at + size, 0
            for (f1, f2, copyop), known in zip(block, ask(block)):
                if known is not None:
                    header, text = known
                    length += len(text)
                    lines = header.split(b'\n')[:-1]
                    yield None, None, lines, [(None, [text])] if text else []
                    continue
                gone = [f1] if copyop == b'rename' else []
                if f2 is None:
                    yield from left([], [], [f1])
                elif f1 is None or copyop is not None:
                    yield from left([], [f2], gone)
                else:
                    yield from left([f2], [], [])
            size = max(1, size // 2) if length > _LONG else min(_MANY, size * 2)

    return made()


def _reader(orig, repo, contexts, opts, pathfn):
    """Returns the native object that may compare the files of two changesets, or None."""
    if not all(map(manifests.isplain, contexts)):
        return None
    settings = contents.asked(repo)
    if settings is None or 'diffs' not in settings.parts:
        return None
    isours = isown(orig) and _patches.holds(
        (patch, _PATCH),
        (mdiff, _HUNKS),
        *linematchers(),
        (context.changectx, contents.CHANGESET),
        (context.filectx, (*contents.FILE, 'isbinary')),
    )
    if _declines(opts, isours):
        return None
    # Mercurial looks for the name that is shown before it says that there is a content.
    if opts.index and pathfn(b'a') != b'a':
        return None
    return manifests.reader(repo)
