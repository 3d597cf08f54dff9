# SPDX-License-Identifier: GPL-2.0-or-later
"""Ignore rules with look-around and references: what Mercurial's own matcher says."""

from __future__ import annotations

import os
import random
import re
import warnings

import pytest
import vermilion
from hgtools import PYPY
from mercurial import error, match as matchmod

CASES = int(os.environ.get('VERMILION_IGNORE_CASES', 250 if PYPY else 600))
TEXTS = b'aaab//._\nA\xe9'

#: what is in the ignore files of vim, octave, MonetDB and go, and paths to try it with
REAL = [
    (
        rb'^src/auto/(?!configure$)' b'\nsyntax: glob\n*.o\n',
        [b'src/auto/configure', b'src/auto/config.h', b'src/auto', b'src/auto/configure.in'],
    ),
    (rb'^m4/(?!ax_).+\.m4$' b'\n.~$\n', [b'm4/ax_a.m4', b'm4/a.m4', b'm4/.m4', b'x~', b'~']),
    (
        rb'/\#' b'\n' rb'^(?!buildtools).*/Makefile\.am$' b'\n',
        [b'a/Makefile.am', b'buildtools/Makefile.am', b'Makefile.am', b'a/#b'],
    ),
    (
        b'syntax:glob\n*.[568ao]\nsyntax:regexp\n' rb'^src/cmd/(.*)/6?\1$' b'\n',
        [b'src/cmd/gc/6gc', b'src/cmd/gc/gc', b'src/cmd/gc/8gc', b'src/cmd/a/b/6a/b'],
    ),
    (b'^(a)x\n' rb'^(b)\1$' b'\n', [b'bb', b'ba', b'ax', b'b']),
    (b'^(a)x\n' rb'^(b)\2$' b'\n', [b'bb', b'ba', b'ax', b'b']),
    (b'^(?P<n>a)x\n^b(?P=n)?c\n', [b'bc', b'bac', b'ax']),
    (b'^(a)x\n^(?(1)b|c)d\n', [b'bd', b'cd', b'ax']),
    (rb'foo.*$(?<!bar)' b'\n', [b'foobar', b'foobaz', b'foo\n', b'a/foobar/b']),
]


@pytest.fixture
def root(hg):
    hg.run('init', hg.folder / 'rules', plain=True)
    return hg.folder / 'rules'


def answers(root, contents, paths):
    """What Vermilion says and what Mercurial says; None where either has an error."""
    file = root / '.hgignore'
    file.write_bytes(contents)
    rootbytes = os.fsencode(root)
    working_copy = vermilion.WorkingCopy(root)
    try:
        ours = [working_copy.is_ignored(os.fsdecode(path)) for path in paths]
    except vermilion.UnsupportedWorkingCopyError:
        ours = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('error')
            ignore = matchmod.match(rootbytes, b'', [], [b'include:' + os.fsencode(file)])
            theirs = [any(map(ignore, with_parents(path))) for path in paths]
    except (error.Abort, Warning):
        theirs = None
    return ours, theirs


def with_parents(path):
    yield path
    while b'/' in path:
        path = path.rpartition(b'/')[0]
        yield path
    yield b''


@pytest.mark.parametrize('contents, paths', REAL)
def test_real_patterns(root, contents, paths):
    ours, theirs = answers(root, contents, paths)
    assert ours is not None and ours == theirs
    assert len(set(ours)) == 2


class Patterns:
    """Makes random patterns of one ignore file, in which groups are numbered through."""

    def __init__(self, random):
        self.random = random
        self.groups = 0

    def literal(self):
        byte = self.random.choice(TEXTS)
        return self.random.choice([re.escape(bytes([byte])), b'\\x%02x' % byte, b'\\%03o' % byte])

    def leaf(self):
        if self.random.random() < 0.5:
            return self.literal()
        leaves = [b'.', b'[ab]', b'[^/]', rb'\w', rb'\b', b'$', b'^', rb'\Z', rb'\W', b'.*']
        return self.random.choice(leaves)

    def many(self, depth, least, most):
        return [self.pattern(depth - 1) for _ in range(self.random.randint(least, most))]

    def pattern(self, depth):
        kind = self.random.random() if depth > 0 else 0
        if kind < 0.3:
            return self.leaf()
        if kind < 0.5:
            return b''.join(self.many(depth, 0, 3))
        if kind < 0.58:
            return b'(?:%s)' % b'|'.join(self.many(depth, 1, 3))
        if kind < 0.68:
            times = [b'*', b'+', b'?', b'*?', b'??', b'{1,2}', b'{2}', b'+?', b'{,2}']
            return b'(?:%s)%s' % (self.pattern(depth - 1), self.random.choice(times))
        if kind < 0.77:
            self.groups += 1
            name = b'?P<g%d>' % self.groups if self.random.random() < 0.2 else b''
            inside = self.pattern(depth - 1)
            return b'(%s%s)%s' % (name, inside, self.random.choice([b'', b'', b'?']))
        if kind < 0.88:
            looks = [b'?=', b'?!', b'?<=', b'?<!']
            return b'(%s%s)' % (self.random.choice(looks), self.pattern(depth - 1))
        number = self.random.randint(1, max(1, self.groups))
        if kind < 0.94:
            return b'(?:\\%d)' % number
        if kind < 0.97:
            return b'(?(%d)%s)' % (number, b'|'.join(self.many(depth, 1, 2)))
        flags = self.random.choice([b'i', b's', b'm', b'x', b'im', b'-i'])
        return b'(?%s:%s)' % (flags, self.pattern(depth - 1))


IRREGULAR = re.compile(rb'\(\?(=|!|<|\()|\\[1-9]\)')


def test_random_patterns(root):
    source = random.Random(12)
    compared = 0
    for _ in range(CASES):
        made = Patterns(source)
        lines = [
            source.choice([b'', b'^']) + made.pattern(source.randint(1, 4))
            for _ in range(source.randint(1, 3))
        ]
        contents = b'\n'.join(line.replace(b'\n', b'\\n') for line in lines)
        paths = [bytes(source.choice(TEXTS) for _ in range(source.randint(1, 7))) for _ in range(8)]
        paths = [path.strip(b'/') for path in paths]
        ours, theirs = answers(root, contents, paths)
        if ours is not None:
            assert ours == theirs, (contents, paths)
            compared += bool(IRREGULAR.search(contents))
    assert compared > CASES / 12


def test_a_pattern_that_takes_too_long(hg, root):
    """Nothing is said about files without an answer: Mercurial's own code is asked."""
    (root / '.hgignore').write_bytes(b'^(?=(?:a|a|b)+(?:a|a|b)+$)x\n')
    (root / ('a' * 9 + 'c')).write_bytes(b'')
    hg.same('status', cwd=root)
    with pytest.raises(vermilion.UnsupportedWorkingCopyError, match='too long'):
        vermilion.WorkingCopy(root).is_ignored('a' * 40 + 'c')
