# SPDX-License-Identifier: GPL-2.0-or-later
"""Helpers for testing the Mercurial extension: repositories and processes."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import struct
import subprocess
import sys

from hgext3rd.vermilion import versions

HERE = os.path.dirname(os.path.abspath(__file__))
PYPY = sys.implementation.name == 'pypy'
THOROUGH = os.environ.get('VERMILION_THOROUGH') == '1'
# Not resolved: in a virtual environment the interpreter is a link.
HG = os.path.join(os.path.dirname(os.path.abspath(sys.executable)), 'hg')

HGRC = """
[ui]
username = somebody
interactive = no
paginate = never
[phases]
publish = no
[devel]
discovery.randomize = no
default-date = 0 0
[experimental]
evolution = all
"""

ENABLED = """
[extensions]
vermilion =
[vermilion]
min-revisions = 0
min-files = 0
"""


def environment(rcpath, counts=None, **more):
    environ = {
        key: value for key, value in os.environ.items() if not key.startswith(('HG', 'VERMILION'))
    }
    environ['HGRCPATH'] = str(rcpath)
    environ['HGENCODING'] = 'utf-8'
    environ['PYTHONHASHSEED'] = '0'
    if PYPY:
        environ['HGMODULEPOLICY'] = 'py'
    if counts is not None:
        environ['VERMILION_COUNTS'] = str(counts)
    environ.update(more)
    return environ


class Hg:
    """Runs ``hg`` in processes of its own, with the extension or without.

    They are forks of a server, which saves them a start.
    """

    def __init__(self, folder, server):
        self.folder = folder
        self.server = server
        self.counts = folder / 'counts'
        self.plainrc = folder / 'plain.hgrc'
        repair = '[extensions]\nrepair = %s\n' % os.path.join(HERE, 'repair.py')
        self.plainrc.write_text(HGRC + (repair if PYPY else ''))
        self.rc = folder / 'enabled.hgrc'
        self.rc.write_text(HGRC + ENABLED)

    def run(self, *args, cwd=None, plain=False, check=True, stdin='', **environ):
        """Return ``(status, stdout, stderr)``."""
        rcpath = self.plainrc if plain else self.rc
        if self.counts.exists():
            self.counts.unlink()
        # Python has read its own variables when the server started.
        direct = any(name.startswith('PYTHON') for name in environ)
        run = self._run_direct if direct else self.server.run
        words, environ = [str(a) for a in args], environment(rcpath, self.counts, **environ)
        status, *texts = run(words, str(cwd or self.folder), environ, stdin.encode())
        out, err = (text.decode('utf-8', 'replace').replace('\r', '') for text in texts)
        assert not check or status == 0, (args, out, err)
        return status, out, err

    def _run_direct(self, args, cwd, environ, stdin):
        command = [sys.executable, HG, *args]
        done = subprocess.run(command, cwd=cwd, env=environ, input=stdin, capture_output=True)
        return done.returncode, done.stdout, done.stderr

    def out(self, *args, **kwargs):
        return self.run(*args, **kwargs)[1]

    def same(self, *args, **kwargs):
        """Run with and without; the same must come out. Return the output."""
        plain = self.run(*args, plain=True, **kwargs)
        enabled = self.run(*args, **kwargs)
        assert enabled == plain
        return enabled[1]

    def served(self):
        """Calls the last run answered itself, by part, all processes."""
        total = {}
        for counts in self.lines():
            for part, count in counts['served'].items():
                total[part] = total.get(part, 0) + count
        return total

    def declined(self):
        total = {}
        for counts in self.lines():
            for why, count in counts['declined'].items():
                total[why] = total.get(why, 0) + count
        return total

    def lines(self):
        return [json.loads(line) for line in self.counts.open()]


def random_parents(rng, length, merges=0.2, branchiness=0.3, roots=0.02):
    """A random history: pairs of parent revisions."""
    parents = []
    for rev in range(length):
        if not rev or rng.random() < roots:
            parents.append((-1, -1))
            continue
        p1 = rev - 1
        if rng.random() < branchiness:
            p1 = rng.randrange(rev)
        p2 = -1
        if rev > 1 and rng.random() < merges:
            p2 = rng.choice([r for r in range(rev) if r != p1])
        parents.append((p1, p2))
    return parents


def dagtext(parents, start=0):
    """The text that makes ``hg debugbuilddag`` build such a history."""
    words = []
    for rev, (p1, p2) in enumerate(parents, start):
        if p1 < 0:
            words.append('$ +1')
        elif p2 < 0:
            words.append('*%d' % (rev - p1))
        else:
            words.append('*%d/%d' % (rev - p1, rev - p2))
    return ' '.join(words)


# Whether the extension reads a dirstate-v2 of this Mercurial's.
KNOWS_V2 = versions.series() >= (6, 4)


def make_inline(root):
    """Turn a repository's changelog into an inline one, as older ones are."""
    index = root / '.hg/store/00changelog.i'
    if not index.with_suffix('.d').exists():
        return  # before 6.7, it is one at first
    data = root / '.hg/store/00changelog.d'
    entries, texts = index.read_bytes(), data.read_bytes()
    out = bytearray()
    for at in range(0, len(entries), 64):
        entry = bytearray(entries[at : at + 64])
        offset, length = struct.unpack_from('>Qi', entry)
        offset = 0 if not at else offset >> 16
        if not at:
            (header,) = struct.unpack_from('>I', entry)
            struct.pack_into('>I', entry, 0, header | 1 << 16)
        out += entry + texts[offset : offset + length]
    index.write_bytes(bytes(out))
    data.unlink()


def make_split(root):
    """Turn a repository's changelog, where it is inline, as it is at first before Mercurial 6.7,
    into two files."""
    index = root / '.hg/store/00changelog.i'
    content = index.read_bytes() if index.exists() else b''
    if not content or not struct.unpack_from('>I', content)[0] & 1 << 16:
        return
    entries, texts, at = bytearray(), bytearray(), 0
    while at < len(content):
        entries += content[at : at + 64]
        (length,) = struct.unpack_from('>i', content, at + 8)
        texts += content[at + 64 : at + 64 + length]
        at += 64 + length
    (header,) = struct.unpack_from('>I', entries)
    struct.pack_into('>I', entries, 0, header & ~(1 << 16))
    index.with_suffix('.d').write_bytes(texts)
    index.write_bytes(entries)


def seeded(*key):
    return random.Random(repr(key))


def some(cases, cpython=2, pypy=4):
    """Returns each second case, or so, as each takes long; all in a thorough run."""
    return list(cases)[:: 1 if THOROUGH else pypy if PYPY else cpython]


# Names that are in each other's way, or odd.
TREE = ('a', 'b c', 'é', 'x~1', 'd/a', 'd/b', 'd/e/a', 'f/a', 'f', 'link', 'g.hg/a', 'large')


def change_tree(rng, root):
    """Makes some files, links and directories, in the place of whatever is there."""
    for name in rng.sample(TREE, 6):
        path = root / name
        for above in reversed(path.relative_to(root).parents[:-1]):
            if (root / above).is_symlink() or (root / above).is_file():
                (root / above).unlink()
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = rng.random()
        if kind < 0.2:
            path.symlink_to(rng.choice(['a', 'd', 'nowhere']))
        elif kind < 0.9:
            path.write_text(name + '\n' * rng.randrange(9 if name != 'large' else 200_000))
            path.chmod(rng.choice([0o644, 0o755]))


def make_changing(hg, root, revisions):
    """Makes a repository of such changes, without a working copy."""
    rng = seeded(os.path.basename(root))
    hg.run('init', root, plain=True)
    for number in range(revisions):
        change_tree(rng, root)
        hg.run('addremove', '-q', cwd=root, plain=True)
        hg.run('commit', '-qm', str(number), '-d', '0 0', cwd=root, plain=True)
    hg.run('update', '-q', 'null', cwd=root, plain=True)
    return root


def read_tree(root, times=False):
    """Returns what is in a directory, but in its .hg: modes and contents by path; of regular files
    the time of modification as well."""
    found = {}
    for path in sorted(root.rglob('*')):
        name, stat = path.relative_to(root), path.lstat()
        if name.parts[0] == '.hg':
            continue
        content = os.readlink(path) if path.is_symlink() else path.is_file() and path.read_bytes()
        isregular = path.is_file() and not path.is_symlink()
        found[str(name)] = stat.st_mode, content, times and isregular and stat.st_mtime_ns
    return found


def replacing(folder, name, replacement, moment):
    """Writes an extension that wraps a function of Mercurial's; returns options that turn it on.

    ``name`` begins with the module, ``replacement`` is a function of the original one, and
    ``moment`` the function of an extension that does it."""
    owner, _, attribute = name.rpartition('.')
    (folder / 'other.py').write_text(
        'from mercurial import archival, context, error, extensions, localrepo, manifest, match\n'
        'from mercurial import mdiff, patch, pathutil, util, vfs\n'
        'def refuse(path):\n'
        '    if path.endswith(b"b"): raise error.Abort(b"not there")\n'
        'def %s(ui%s):\n'
        '    extensions.wrapfunction(%s, %r, %s)\n'
        % (moment, ', repo' * (moment == 'reposetup'), owner, attribute, replacement)
    )
    return '--config', 'extensions.other=%s' % (folder / 'other.py')


def on_a_full_disk(folder):
    """Returns options for a command that cannot write files of more than 100,000 bytes."""
    (folder / 'full.py').write_text(
        'import resource, signal\n'
        'def uisetup(ui):\n'
        '    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n'
        '    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, %d))\n'
        % resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    )
    return '--config', 'extensions.full=%s' % (folder / 'full.py')
