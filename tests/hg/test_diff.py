# SPDX-License-Identifier: GPL-2.0-or-later
"""Differences of texts beside those of Mercurial's C, on random texts."""

from __future__ import annotations

import pytest
from hgext3rd.vermilion import diffs, versions
from hgtools import PYPY, seeded
from mercurial import mdiff
from mercurial.pure import bdiff as pure
from vermilion import _native

if not PYPY:
    from mercurial.cext import bdiff

WORDS = [
    b'',
    b' ',
    b'\t',
    b'a',
    b'b',
    b'  a',
    b'a ',
    b'}',
    b'def f(x):',
    b'$x',
    b'_y',
    b'\xc3\xa9 f',
]
ENDS = [b'\n', b'\n', b'\n', b'\r\n', b' \n', b'\f\n']
SWITCHES = (
    'showfunc',
    'ignorews',
    'ignorewsamount',
    'ignoreblanklines',
    'ignorewseol',
)


def text(rng):
    """Returns some lines, few of which are different."""
    words = rng.sample(WORDS, rng.randint(1, len(WORDS)))
    if rng.random() < 0.3:
        words += [b'%d' % n for n in range(rng.randint(1, 200))]
    lines = [rng.choice(words) + rng.choice(ENDS) for _ in range(rng.choice([0, 1, 5, 40, 300]))]
    return without_end(rng, lines)


def without_end(rng, lines):
    if lines and rng.random() < 0.3:
        lines[-1] = lines[-1].rstrip() or b'x'
    return b''.join(lines)


def changed(rng, old):
    """Returns a text with some lines of another one changed, moved, added or gone."""
    lines = old.splitlines(True)
    for _ in range(rng.choice([0, 1, 2, 10, 50])):
        at, some = rng.randint(0, len(lines)), rng.randint(0, 4)
        part = lines[at : at + some]
        kind = rng.choice(['gone', 'new', 'longer', 'wider', 'moved'])
        if kind == 'new':
            lines[at:at] = [rng.choice(WORDS) + rng.choice(ENDS) for _ in range(some)]
        elif kind == 'longer':
            lines[at : at + some] = [line + b'x\n' for line in part]
        elif kind == 'wider':
            lines[at : at + some] = [line.replace(b' ', b'  ') for line in part]
        else:
            del lines[at : at + some]
            if kind == 'moved':
                to = rng.randint(0, len(lines))
                lines[to:to] = part
    return without_end(rng, lines)


def pairs(name, seed, many):
    rng = seeded(name, seed)
    for _ in range(many):
        old = text(rng)
        yield rng, old, text(rng) if rng.random() < 0.1 else changed(rng, old)


def plainly(blocks):
    """Returns whether blocks are in order, equal, and end at both ends."""
    return blocks == sorted(blocks) and all(a2 - a1 == b2 - b1 for a1, a2, b1, b2 in blocks)


@pytest.mark.parametrize('seed', range(4))
def test_matching_blocks(seed):
    for _rng, old, new in pairs('blocks', seed, 250):
        blocks = _native.matching_blocks(old, new)
        assert plainly(blocks)
        a, b = mdiff.splitnewlines(old), mdiff.splitnewlines(new)
        assert all(a[a1:a2] == b[b1:b2] for a1, a2, b1, b2 in blocks)
        assert blocks[-1] == (len(a), len(a), len(b), len(b))
        if not PYPY:
            assert blocks == bdiff.blocks(old, new)


@pytest.mark.skipif(PYPY, reason='hunks are those of C, which PyPy has not')
def test_matching_blocks_of_many_lines():
    rng = seeded('many', 0)
    for count, kinds in ((40_000, 30), (40_000, 5_000), (70_000, 60_000), (33_000, 1)):
        old = b''.join(b'%d\n' % rng.randrange(kinds) for _ in range(count))
        lines = old.splitlines(True)
        for _ in range(50):
            at = rng.randrange(len(lines))
            lines[at : at + rng.randint(0, 30)] = [b'new\n'] * rng.randint(0, 30)
        new = b''.join(lines)
        assert _native.matching_blocks(old, new) == bdiff.blocks(old, new)


# Who finds lines that match: Mercurial's C, whose blocks ours are, its Python, or its copy of git's.
BLOCKS = {'bdiff': _native.matching_blocks, 'difflib': pure.blocks}
if not PYPY:
    BLOCKS['xdiff'] = bdiff.xdiffblocks


@pytest.mark.parametrize('algorithm', BLOCKS)
@pytest.mark.parametrize('seed', range(4))
def test_unified_diffs(monkeypatch, seed, algorithm):
    monkeypatch.setattr(mdiff.bdiff, 'blocks', BLOCKS[algorithm], raising=False)
    monkeypatch.setattr(mdiff, 'blocks', BLOCKS[algorithm])
    for rng, old, new in pairs('unified', seed, 400):
        options = {switch: rng.random() < 0.3 for switch in SWITCHES}
        options['showfunc'] = options['showfunc'] and versions.knowsidentifiers()
        options['xdiff'] = algorithm == 'xdiff'
        opts = mdiff.diffopts(context=rng.choice([0, 1, 3, 3, 10, 10**6]), **options)
        theirs = mdiff._unidiff(old, new, opts)
        assert next(theirs) in (True, False)
        theirs = [(where, b''.join(lines)) for where, lines in theirs]
        ours = _native.unified_diff(old, new, opts, algorithm == 'difflib')
        assert ours == theirs
        found, *hunks = diffs._handout(ours)
        assert found == bool(theirs)
        assert [(where, b''.join(lines)) for where, lines in hunks] == theirs


@pytest.mark.skipif(PYPY, reason='there is no xdiff in Python')
@pytest.mark.parametrize('seed', range(4))
def test_xdiff_of_many_lines(seed):
    rng = seeded('xdiff', seed)
    opts = mdiff.diffopts(context=0, xdiff=True)
    for count, kinds, changes in (
        # what is the same at both ends is left away, common lines are, the search is cut short
        *((400, 30, 4), (1_000, 3, 40), (3_000, 3_000, 900), (6_000, 2, 3_000), (4_000, 40, 4_000)),
        *((20_000, 5_000, 20), (20_000, 20_000, 15_000)),
    ):
        words = [b' ' * rng.choice([0, 0, 2, 4, 9]) + b'%d\n' % word for word in range(kinds)]
        lines = [rng.choice(words + [b'\n', b'\t\n']) for _ in range(count)]
        old = without_end(rng, list(lines))
        for _ in range(changes):
            at, some = rng.randrange(len(lines) + 1), rng.choice([0, 1, 1, 2, 5])
            lines[at : at + some] = rng.choices(words, k=rng.choice([0, 1, 1, 2, 5]))
        new = without_end(rng, lines)
        theirs, a1, b1 = [], 0, 0
        for a2, a3, b2, b3 in bdiff.xdiffblocks(old, new):
            if (a1, b1) != (a2, b2):
                theirs.append((a2 - a1, b2 - b1, b''.join(new.splitlines(True)[b1:b2])))
            a1, b1 = a3, b3
        ours = _native.unified_diff(old, new, opts, False)
        assert [(a, b) for (_, a, _, b), _ in ours] == [(a, b) for a, b, _ in theirs]
        added = [
            b''.join(line[1:] for line in text.splitlines(True) if line[:1] == b'+')
            for _, text in ours
        ]
        assert [text.rstrip() for text in added] == [text.rstrip() for _, _, text in theirs]


def test_lines_that_are_too_frequent_begin_no_block():
    rng = seeded('frequent', 0)
    for _ in range(150):
        kinds = rng.choice([2, 5, 30, 300])
        old, new = (
            b''.join(
                b'%d\n' % rng.randrange(kinds) for _ in range(rng.choice([190, 199, 200, 450]))
            )
            for _ in range(2)
        )
        opts = mdiff.diffopts(context=0)
        ours = [where for where, _text in _native.unified_diff(old, new, opts, True)]
        blocks = mdiff.allblocks(old, new, opts)
        if not PYPY:
            found = pure.blocks(old, new)
            blocks = zip([(0, 0, 0, 0), *found], found)
            blocks = [((a[1], b[0], a[3], b[2]), b'!') for a, b in blocks]
            blocks = [b for b in blocks if b[0][0] < b[0][1] or b[0][2] < b[0][3]]
        theirs = [
            (a1 + (a1 < a2), a2 - a1, b1 + (b1 < b2), b2 - b1)
            for (a1, a2, b1, b2), kind in blocks
            if kind == b'!'
        ]
        assert ours == theirs
