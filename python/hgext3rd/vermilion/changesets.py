# SPDX-License-Identifier: GPL-2.0-or-later

# changesets.py - texts of changesets in Rust
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""texts of changesets, from Rust"""

# How it works
# ------------
#
# Who reads one changeset after the other, in either direction, gets the next ones in blocks,
# which takes one call for all of them and undoes each delta once. The predicates of revision sets
# that look for a word are answered in blocks as well, without reading a text in Python.
#
# Whatever is known of a revision is used only if it has the node that Mercurial says: a text is
# what its node says, which Rust has checked. Changesets with letters beyond ASCII, of which
# the locale tells what is the same in lower case, and those that are not on disk yet, are asked of
# Mercurial's own code.

from __future__ import annotations

import functools

from mercurial import changelog, context, encoding, revlog, revsetlang
from mercurial.utils import stringutil

from . import versions
from .common import OPTION, SHARED, decline
from .contents import ask, store
from .overrides import Check, isown

# So many changesets are read at a time; so many next to each other are asked for before; and so
# far from each other they may be to be that.
_BLOCK = 256
_INAROW = 8
_NEAR = 4

_TEXT = ('_rawtext', '_revisiondata', 'checkhash', 'node', 'revision')
_CONTEXT = ('_changeset', 'description', 'files', 'user')
_REVISION = ('__new__', 'description', 'files', 'user')
_texts, _words = Check(), Check()
# Where the changelog has the texts that were read ahead, and who notices that they are of use.
_TEXTS, _ROW = 'texts', 'row'
# The fields that predicates look through: the user, the description and the files.
_FIELDS = {
    b'author': (True, False, False),
    b'desc': (False, True, False),
    b'keyword': (True, True, True),
    b'user': (True, False, False),
}
# Answers for changesets.
_YES, _UNCLEAR = 1, 2


def _settings(cl):
    settings = versions.opener(cl).options.get(OPTION)
    return settings if settings is not None and 'changesets' in settings.parts else None


class _InARow:
    """Notices who asks for one revision after the other."""

    def __init__(self):
        self._last = None
        self._count = 0
        self.isbackwards = False

    def isone(self, rev):
        """Returns whether a revision is one of many in a row, and counts it."""
        last, self._last = self._last, rev
        if last is None or abs(rev - last) > _NEAR:
            self._count = min(self._count, 0)
            return False
        self._count += 1
        self.isbackwards = rev < last
        return self._count >= _INAROW

    def rest(self):
        """Has it wait for a block of them, as nothing is to be had here."""
        self._count = -_BLOCK


# -- texts --------------------------------------------------------------------


def revisiondata(orig, cl, nodeorrev, *args, **kwargs):
    shared = cl.__dict__.get(SHARED)
    if shared is None or type(nodeorrev) is not int or nodeorrev < 0:
        return orig(cl, nodeorrev, *args, **kwargs)
    if _ROW not in shared:
        shared[_ROW], shared[_TEXTS] = _InARow(), {}
    isone = shared[_ROW].isone(nodeorrev)
    known = shared[_TEXTS].get(nodeorrev)
    if known is None and isone:
        shared[_TEXTS] = _readahead(orig, cl, nodeorrev, shared[_ROW].isbackwards)
        known = shared[_TEXTS].get(nodeorrev)
        if known is None:
            shared[_ROW].rest()
    # of a hidden one, this fails as it should
    if known is not None and known[0] == cl.node(nodeorrev):
        return known[1]
    return orig(cl, nodeorrev, *args, **kwargs)


def _readahead(orig, cl, rev, backwards):
    """Returns the nodes and texts of changesets from one on, by their revisions."""
    settings = _settings(cl)
    if settings is None:
        return {}
    if not isown(orig) or not _texts.holds((type(cl), _TEXT), (revlog.revlog, _TEXT)):
        decline('changesets', 'overridden')
        return {}
    native = store(settings)
    if native is None:
        return {}
    first = max(0, rev + 1 - _BLOCK) if backwards else rev
    count = rev + 1 - first if backwards else _BLOCK
    found = ask('changesets', native.changesets, first, count) or ()
    return {first + at: known for at, known in enumerate(found) if known is not None}


# -- words --------------------------------------------------------------------


def condition(orig, name, repo, x, slow):
    """Returns the condition of a predicate's set, which asks Rust for blocks of changesets."""
    mentions = _mentions(orig, name, repo.unfiltered(), x)
    if mentions is None:
        return slow
    changelog = repo.unfiltered().changelog
    row = _InARow()
    blocks = {}

    def quick(rev):
        if type(rev) is not int or rev < 0:
            return slow(rev)
        number, at = divmod(rev, _BLOCK)
        isone = row.isone(rev)
        if isone and number not in blocks:
            found = ask('changesets', mentions, number * _BLOCK, _BLOCK)
            blocks[number] = found or (b'', b'')
        nodes, answers = blocks.get(number, (b'', b''))
        answer = answers[at] if at < len(answers) else _UNCLEAR
        if answer == _UNCLEAR or nodes[20 * at : 20 * at + 20] != changelog.node(rev):
            return slow(rev)
        return answer == _YES

    return quick


def _mentions(orig, name, unfi, x):
    """Returns what tells of blocks whether they have what a predicate looks for, or None."""
    settings = _settings(unfi.changelog)
    word = _wordof(name, x)
    # The names of files may be elsewhere.
    if settings is None or not word or unfi.changelog._copiesstorage == b'changeset-sidedata':
        return None
    if not isown(orig) or not _words.holds(
        (type(unfi), ('__getitem__', 'changelog')),
        (type(unfi.changelog), (*_TEXT, 'changelogrevision')),
        (context.changectx, _CONTEXT),
        (changelog.changelogrevision, _REVISION),
        (encoding, ('lower', 'tolocal')),
    ):
        decline('changesets', 'overridden')
        return None
    native = store(settings)
    return native and functools.partial(native.mentions, word, _FIELDS[name])


def _wordof(name, x):
    """Returns the word in ASCII that a predicate looks for in lower case, or None."""
    # Anything but a text, Mercurial has refused by now.
    text = revsetlang.getstring(x, b'')
    if name != b'keyword':
        kind, text, _matcher = stringutil.stringmatcher(text, casesensitive=False)
        if kind != b'literal':
            return None
    return text.lower() if text.isascii() else None
