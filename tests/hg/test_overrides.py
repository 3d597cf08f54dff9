# SPDX-License-Identifier: GPL-2.0-or-later
"""What other extensions put in the place of Mercurial's own code counts, however they do it."""

from __future__ import annotations

import contextlib
import pkgutil
import shutil

import pytest
from hgtools import PYPY, some

# Commands whose answers depend on what is ignored, hidden by a walk, or modified.
COMMANDS = (
    ('status', '--all'),
    ('purge', '-p', '--no-confirm'),
    ('status', 'sub'),
    ('add', '-n'),
    ('diff', '--stat'),
)

# What is put there, by the method: functions of the original and the dirstate.
REPLACEMENTS = {
    '_ignore': 'lambda orig, self: lambda f: f.endswith(b".o")',
    '_dirignore': 'lambda orig, self, f: f.startswith(b"sub") or orig(self, f)',
    '_ignorefiles': 'lambda orig, self: orig(self) + [self._join(b"rules")]',
    'walk': 'lambda orig, self, *args, **kwargs: {f: st for f, st in '
    'orig(self, *args, **kwargs).items() if b"hidden" not in f}',
    '_walkexplicit': 'lambda orig, self, *args: hide(orig(self, *args))',
    'status': 'lambda orig, self, *args, **kwargs: forget(orig(self, *args, **kwargs))',
    '_join': 'lambda orig, self, f: orig(self, f.replace(b"a", b"b") if f == b"a" else f)',
}

COMMON = """
import functools
from mercurial import context, dirstate, extensions, filelog, match, revlog, scmutil, util

def hide(found):
    files, dirs, missing = found
    return {f: st for f, st in files.items() if b"hidden" not in f}, dirs, missing

def forget(found):
    unsure, status, boundary = found
    return [], status, boundary

replace = %s
name = %r
"""

# Ways of putting something in the place of a method.
WAYS = {
    'subclass': """
original = getattr(dirstate.dirstate, name)
if isinstance(original, dirstate.rootcache):
    original = original.func
class mine(dirstate.dirstate):
    pass
def method(self, *args, **kwargs):
    return replace(original, self, *args, **kwargs)
method.__name__ = name
setattr(mine, name, dirstate.rootcache(b'.hgignore')(method) if name == '_ignore' else method)
def reposetup(ui, repo):
    dirstate.dirstate = mine
""",
    'class of the object': """
def reposetup(ui, repo):
    if not repo.local():
        return
    plain = type(repo.dirstate)
    original = plain.__dict__.get(name) or getattr(plain, name)
    original = getattr(original, 'func', original)
    class mine(plain):
        pass
    def method(self, *args, **kwargs):
        return replace(original, self, *args, **kwargs)
    method.__name__ = name
    setattr(mine, name, dirstate.rootcache(b'.hgignore')(method) if name == '_ignore' else method)
    repo.dirstate.__class__ = mine
""",
    'wrapper': """
def %s(ui):
    if name == '_ignore':
        extensions.wrapfilecache(dirstate.dirstate, name.encode(), replace)
    else:
        extensions.wrapfunction(dirstate.dirstate, name, replace)
""",
    'assignment': """
def %s(ui):
    prop = dirstate.dirstate.__dict__[name]
    original = getattr(prop, 'func', prop)
    @functools.wraps(original)
    def method(self, *args, **kwargs):
        return replace(original, self, *args, **kwargs)
    if prop is original:
        setattr(dirstate.dirstate, name, method)
    else:
        prop.func = method
""",
    'object': """
def reposetup(ui, repo):
    if not repo.local():
        return
    found = repo.dirstate
    prop = type(found).__dict__[name]
    if name == '_ignore':
        found._ignore = replace(None, found)
    else:
        setattr(found, name, functools.partial(replace, prop, found))
""",
}
MOMENTS = {'wrapper': ('uisetup', 'extsetup'), 'assignment': ('uisetup', 'extsetup')}
CASES = [
    (method, way, moment)
    for method in REPLACEMENTS
    for way in WAYS
    for moment in MOMENTS.get(way, ('',))
    # On PyPy, where each command takes long, each way once.
    if not PYPY or method == 'walk'
]


@pytest.fixture(scope='module')
def _repo(tmp_path_factory, hgserver):
    """A repository with files of all states."""
    from hgtools import Hg

    hg = Hg(tmp_path_factory.mktemp('overrides'), hgserver)
    root = hg.folder / 'repo'
    hg.run('init', str(root), plain=True)
    (root / 'sub').mkdir()
    for name in ('a', 'b', 'hidden', 'sub/c', 'sub/hidden', 'tracked.o'):
        (root / name).write_text(name)
    hg.run('commit', '-Aqm', 'one', plain=True, cwd=root)
    for name in ('b', 'hidden', 'sub/hidden'):
        (root / name).write_text('changed ' + name)
    (root / 'a').write_text('A')
    for name in ('new', 'new.o', 'hidden2', 'sub/new', 'sub/new.o', 'junk', 'sub/junk'):
        (root / name).write_text('')
    (root / '.hgignore').write_text('syntax: glob\nignored\n')
    (root / 'rules').write_text('syntax: glob\njunk\n')
    (root / 'sub/ignored').write_text('')
    hg.run('debugrebuilddirstate', plain=True, cwd=root)
    shutil.copy(root / '.hg/dirstate', hg.folder / 'dirstate')
    return hg, root


@contextlib.contextmanager
def _enabled(repo, *others):
    """Let extensions be loaded around ours; without ours in runs that are to be plain."""
    hg, _root = repo
    plain = hg.plainrc.read_text() + '[extensions]\npurge =\n'
    before = hg.plainrc.read_text(), hg.rc.read_text()
    hg.plainrc.write_text(plain + ''.join(line for line in others if line != OURS))
    hg.rc.write_text(plain + ''.join(others) + '[vermilion]\nmin-revisions = 0\nmin-files = 0\n')
    try:
        yield
    finally:
        hg.plainrc.write_text(before[0])
        hg.rc.write_text(before[1])


OURS = 'vermilion =\n'


def _run(repo, command, plain):
    """Run a command on a dirstate that nobody has told anything new yet."""
    hg, root = repo
    shutil.copy(root.parent / 'dirstate', root / '.hg/dirstate')
    return hg.run(*command, plain=plain, check=False, cwd=root)


def _same(repo, text, commands=COMMANDS, less=2):
    """Run commands with an extension and ours, in both orders, and with that one alone.

    Return how often ours answered, and how often it left that for the other's sake. With
    ours loaded first, only the first commands are run."""
    hg, _root = repo
    other = hg.folder / 'other.py'
    other.write_text(text)
    other = 'other = %s\n' % other
    served = declined = 0
    expected = {}
    for order in ((other, OURS), (OURS, other)):
        with _enabled(repo, *order):
            for command in commands if order[0] == other else commands[:less]:
                if command not in expected:
                    expected[command] = _run(repo, command, True)
                assert _run(repo, command, False) == expected[command], (command, order)
                served += hg.served()['status']
                declined += sum(n for why, n in hg.declined().items() if 'overridden' in why)
    return served, declined


@pytest.mark.parametrize('method, way, moment', some(CASES, 2, 3))
def test_methods_of_the_dirstate(_repo, method, way, moment):
    text = WAYS[way] % moment if moment else WAYS[way]
    text = COMMON % (REPLACEMENTS[method], method) + text
    _served, declined = _same(_repo, text)
    # Our status may answer for one that calls it, but for nothing behind it.
    assert declined or method == 'status'


FILES = {
    'matches': 'lambda orig, self, *args: [f for f in orig(self, *args) if b"hidden" not in f]',
    'get_entry': 'lambda orig, self, f: orig(self, b"none" if b"hidden" in f else f)',
}


@pytest.fixture(scope='module')
def _v2(tmp_path_factory, hgserver):
    """A repository whose dirstate is read in Rust by every command."""
    from hgtools import Hg

    hg = Hg(tmp_path_factory.mktemp('v2'), hgserver)
    root = hg.folder / 'repo'
    for rc in (hg.plainrc, hg.rc):
        rc.write_text(rc.read_text() + '[storage]\ndirstate-v2.slow-path = allow\n')
    hg.run('init', '--config', 'format.use-dirstate-v2=yes', str(root), plain=True)
    for name in ('a', 'hidden', 'removed'):
        (root / name).write_text(name)
    hg.run('commit', '-Aqm', 'one', plain=True, cwd=root)
    hg.run('remove', 'removed', plain=True, cwd=root)
    shutil.copy(root / '.hg/dirstate', hg.folder / 'dirstate')
    return hg, root


@pytest.mark.parametrize('way', WAYS)
@pytest.mark.parametrize('method', [*FILES, None])
def test_files_of_the_working_copy(_v2, method, way):
    replacement = FILES.get(method, 'None')
    text = COMMON % (replacement, method)
    if method:
        text += WAYS[way] % MOMENTS[way][0] if way in MOMENTS else WAYS[way]
    served, _declined = _same(_v2, text, (('files',), ('files', '-I', '**i**')))
    assert bool(served) == (method is None)


FUNCTIONS = {
    'listdir': 'extensions.wrapfunction(util, "listdir", lambda orig, *args, **kwargs: '
    '[e for e in orig(*args, **kwargs) if b"hidden" not in e[0]])',
    'statfiles': 'extensions.wrapfunction(util, "statfiles", lambda orig, files: '
    '[None if b"hidden" in f else st for f, st in zip(files, orig(files))])',
    'match': 'extensions.wrapfunction(match, "match", lambda orig, *args, **kwargs: '
    'match.never() if kwargs.get("warn") else orig(*args, **kwargs))',
    'cmp': 'extensions.wrapfunction(context.filectx, "cmp", lambda orig, *args: False)',
    'data': 'extensions.wrapfunction(context.workingfilectx, "data", lambda orig, self: b"x")',
    'flags': 'extensions.wrapfunction(context.workingctx, "flags", lambda orig, self, f: b"x")',
    'read': 'extensions.wrapfunction(filelog.filelog, "read", lambda orig, self, node: b"x")',
    'filelog cmp': 'extensions.wrapfunction(filelog.filelog, "cmp", lambda orig, *args: False)',
    'revision': 'extensions.wrapfunction(revlog.revlog, "revision", lambda orig, self, node: '
    'orig(self, node) + b"more" if b"/data/" in self._indexfile or self._indexfile.startswith'
    '(b"data/") else orig(self, node))',
}


@pytest.mark.parametrize('name', FUNCTIONS)
@pytest.mark.parametrize('moment', ['extsetup'] if PYPY else ['uisetup', 'extsetup', 'reposetup'])
def test_functions(_repo, name, moment):
    arguments = 'ui, repo' if moment == 'reposetup' else 'ui'
    text = COMMON % ('None', name) + 'def %s(%s):\n    %s\n' % (moment, arguments, FUNCTIONS[name])
    _same(_repo, text, (('status', '--all'), ('diff',), ('cat', 'a')))


HISTORY = {
    'parentrevs': '(revlog.revlog, "parentrevs", lambda orig, self, rev: (orig(self, rev)[0], -1))',
    'reachableroots': '(revlog.revlog, "reachableroots", lambda orig, *args, **kwargs: [])',
    'headrevs': '(revlog.revlog, "headrevs", lambda orig, *args: first(orig(*args)))',
    'lazyancestors': '(ancestor, "lazyancestors", '
    'lambda orig, parents, revs, **how: orig(parents, list(revs)[:1], **how))',
    'incrementalmissingancestors': '(ancestor, "incrementalmissingancestors", '
    'lambda orig, parents, bases: orig(parents, [-1]))',
}


@pytest.fixture(scope='module')
def _history(tmp_path_factory, hgserver):
    """A repository with branches and merges."""
    from hgtools import Hg

    hg = Hg(tmp_path_factory.mktemp('history'), hgserver)
    root = hg.folder / 'repo'
    hg.run('init', str(root), plain=True)
    hg.run('debugbuilddag', '+4:a *3+2 /a +3 *2+2:b *b/2 +2', plain=True, cwd=root)
    return hg, root


@pytest.mark.parametrize('name', HISTORY)
@pytest.mark.parametrize('moment', ['uisetup'] if PYPY else ['uisetup', 'reposetup'])
def test_history(_history, name, moment):
    hg, root = _history
    arguments = 'ui, repo' if moment == 'reposetup' else 'ui'
    text = 'from mercurial import ancestor, extensions, revlog\n'
    text += 'def first(found):\n    return type(found)(sorted(found)[:1])\n'
    text += 'def %s(%s):\n' % (moment, arguments)
    text += '    extensions.wrapfunction' + HISTORY[name] + '\n'
    other = hg.folder / 'other.py'
    other.write_text(text)
    other = 'other = %s\n' % other
    answered = 0
    for revs in ('only(tip, 5)', 'ancestor(tip, 6)', '2::tip', 'heads(all())', '::8', 'head()'):
        command = ('log', '-T', '{rev} ', '-r', revs)
        with _enabled(_history, other, OURS):
            expected = hg.run(*command, plain=True, check=False, cwd=root)
            assert hg.run(*command, check=False, cwd=root) == expected, revs
            assert not any(hg.served().values()), revs
        with _enabled(_history, OURS):
            hg.run(*command, check=False, cwd=root)
            answered += sum(hg.served().values())
    assert answered


def test_what_has_nothing_to_do_with_it(_repo):
    text = COMMON % ('None', '') + (
        'class mine(dirstate.dirstate):\n'
        '    def set_tracked(self, *args, **kwargs):\n'
        '        return super().set_tracked(*args, **kwargs)\n'
        'def reposetup(ui, repo):\n'
        '    dirstate.dirstate = mine\n'
    )
    served, declined = _same(_repo, text)
    assert served >= len(COMMANDS) and not declined


# Extensions that come with Mercurial and cannot be loaded beside others, or alone.
_ALONE = {
    'fsmonitor': 'says each time that there is no watchman',
    'factotum': 'is for Plan 9',
    'win32mbcs': 'is for Windows',
    'win32text': 'is for Windows',
    'zeroconf': 'wants a network',
}


def _shipped():
    import hgext

    names = {module.name for module in pkgutil.iter_modules(hgext.__path__)}
    return sorted(names - set(_ALONE) - {'__index__', 'infinitepush'})


# Other people's, which are installed for this; hg-git's rules come with its dirstate.
_BESIDE = ['evolve', 'topic', 'hggit']


@pytest.mark.parametrize('name', _shipped() + _BESIDE)
def test_extensions_of_many_people(_repo, name):
    with _enabled(_repo, '%s =\n' % name, OURS):
        for command in COMMANDS[:1] + (('addremove', '-n'), ('diff',))[: 1 if PYPY else 2]:
            expected = _run(_repo, command, True)
            assert _run(_repo, command, False) == expected, command


HGGIT = """
from mercurial import dirstate

def reposetup(ui, repo):
    from hggit import gitdirstate
    dirstate.dirstate = gitdirstate.gitdirstate
"""


def test_rules_of_hg_git(_repo):
    _hg, root = _repo
    (root / '.gitignore').write_text('*.o\n!new.o\nsub/\n')
    try:
        _served, declined = _same(_repo, HGGIT)
        assert declined
    finally:
        (root / '.gitignore').unlink()
