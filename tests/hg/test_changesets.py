# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts of changesets, words in them and latest tags, in Rust and in Mercurial."""

from __future__ import annotations

import random

import pytest
from hgtools import HG, PYPY, Hg, random_parents, seeded, some

# Words in some changesets, in other cases too, and letters that only Unicode has in two cases.
WORDS = ['Fix', 'FIX', 'fix the bug', 'Kelvin K', 'straße', 'ÉTÉ', 'été', '', 're:f', 'a\tb']
USERS = ['Alice <a@example.org>', 'bob', 'Jürgen', 'BOB', 'K']
QUERIES = (
    *('keyword("fix")', 'keyword("FIX")', 'keyword(K)', 'keyword("ÉTÉ")', 'keyword("dir/")'),
    *('keyword("")', 'keyword("re:f")', 'keyword("a\\tb")', 'keyword("<")', 'keyword(nothing)'),
    *('user(alice)', 'user("ALICE <A")', 'author(bob)', 'user("jürgen")', 'user("literal:bob")'),
    *('user("re:^b")', 'user("literal:")', 'desc(fix)', 'desc("re:^fix")', 'desc("literal:FIX")'),
    *('desc("STRASSE")', 'desc("k")', 'reverse(keyword(fix))', 'keyword(fix) and 5:40'),
    *('first(keyword(fix))', 'last(user(bob))', 'not desc(fix)', 'sort(desc(fix), user)'),
    *('keyword()', 'keyword(1)', 'user(', 'desc(all())', 'hidden() and desc(fix)'),
)
LOGS = (
    ('-T', '{rev} {user} {date|isodate} {files} {desc}\n'),
    ('-T', '{rev} {desc}\n', '-r', '20:0'),
    ('-T', '{rev} {desc}\n', '-r', '0::tip', '-b', 'default'),
    ('-v', '--encoding', 'ascii'),
    ('-k', 'fix'),
    ('-k', 'fix', '-u', 'bob', '-l', '3'),
    ('-k', 'straße', '--encoding', 'latin-1'),
    ('-T', '{rev} {latesttag} {latesttagdistance} {changessincelatesttag}\n'),
    ('-T', '{rev} {latesttag("re:^a")} {latesttag("nothing") % "{distance}"}\n', '-r', 'all()'),
    ('-T', '{latesttag}{latesttagdistance}\n', '-r', 'wdir()'),
    ('-T', '{latesttag % "{tag} {distance} {changes} "}\n', '--hidden'),
)


@pytest.fixture(scope='module')
def repo(tmp_path_factory, hgserver):
    """A repository with many users, descriptions and tags, merges, and hidden changesets."""
    hg = Hg(tmp_path_factory.mktemp('changesets'), hgserver)
    root, rng = hg.folder / 'repo', seeded('changesets')
    hg.run('init', root, plain=True)
    for number, (p1, p2) in enumerate(random_parents(rng, 20 if PYPY else 60)):
        hg.run('update', '-qC', p1 if p1 >= 0 else 'null', cwd=root, plain=True)
        if p2 >= 0:
            merge = '--config', 'ui.merge=:local'
            hg.run('merge', '-q', '-r', p2, *merge, cwd=root, plain=True, check=False)
        (root / 'dir').mkdir(exist_ok=True)
        (root / 'dir' / rng.choice(['a', 'b', 'é', 'Fix'])).write_text(str(number))
        (root / 'always').write_text(str(number))
        date = '%d 0' % rng.randrange(10**9)
        message = '%s\n%d' % (rng.choice(WORDS), number)
        words = '-m', message, '-u', rng.choice(USERS), '-d', date
        hg.run('commit', '-qA', *words, '--encoding', 'utf-8', cwd=root, plain=True)
        if rng.random() < 0.2:
            name = rng.choice(['a', 'b', 'c']) + str(number)
            local = ('-l',) if rng.random() < 0.3 else ()
            hg.run('tag', name, *local, '-u', 'x', cwd=root, plain=True)
    markers = ('--config', 'experimental.evolution.createmarkers=yes')
    for rev in ('first(heads(all()))', 'last(heads(all()))'):
        node = hg.out('log', '-r', rev, '-T', '{node}', cwd=root, plain=True)
        hg.run(*markers, 'debugobsolete', node, cwd=root, plain=True)
    return root


@pytest.mark.parametrize('query', some(QUERIES))
def test_words(hg, repo, query):
    for more in ((), ('--hidden',), ('--encoding', 'ascii'))[: 1 if PYPY else 3]:
        words = ('log', '-T', '{rev} ', '-r', query, '--encoding', 'utf-8', *more)
        hg.same(*words, cwd=repo, check=False)


@pytest.mark.parametrize('words', LOGS, ids=' '.join)
def test_logs(hg, repo, words):
    hg.same('log', '--encoding', 'utf-8', *words, cwd=repo, check=False)


def test_they_are_answered_in_rust(hg, repo):
    hg.same('log', '-T', '{rev} {desc}\n', '-r', 'all()', cwd=repo)
    assert hg.served()['changesets']
    hg.same('log', '-T', '{rev}\n', '-k', 'fix', cwd=repo)
    assert hg.served()['changesets']
    hg.same('log', '-T', '{latesttag}\n', '-r', 'tip', cwd=repo)
    assert hg.served()['tags'] == 1
    for part in ('changesets', 'tags'):
        option = ('--config', 'vermilion.%s=no' % part)
        hg.same('log', '-T', '{latesttag} {desc}\n', '-k', 'fix', *option, cwd=repo)
        assert not hg.served()[part]


# What another extension puts in the place of Mercurial's own, and whether ours leaves the word, the
# text or the tag to it.
REPLACED = {
    'encoding.lower': ('lambda orig, s: orig(s).replace(b"x", b"fix")', 'changesets'),
    'context.changectx.user': ('lambda orig, self: b"bob"', 'changesets'),
    'context.changectx.files': ('lambda orig, self: [b"fix"]', 'changesets'),
    'context.changectx.description': ('lambda orig, self: orig(self)[::-1]', 'changesets'),
    'changelog.changelog.changelogrevision': ('lambda orig, *a: orig(*a)', 'changesets'),
    'changelog.changelogrevision.description': ('lambda orig, self: b"fix"', 'changesets'),
    'revlog.revlog._revisiondata': (
        'lambda orig, self, *a, **k: orig(self, *a, **k).replace(b"bug", b"b-g")',
        'changesets',
    ),
    'context.changectx.tags': ('lambda orig, self: [b"mine"] * (self._rev == 3)', 'tags'),
    'context.changectx.parents': ('lambda orig, self: orig(self)[:1]', 'tags'),
    'localrepo.localrepository.nodetags': ('lambda orig, self, node: orig(self, node)[:1]', 'tags'),
}


@pytest.mark.parametrize('name', REPLACED)
@pytest.mark.parametrize('moment', ['extsetup'] if PYPY else ['uisetup', 'extsetup'])
def test_overrides_are_asked(hg, repo, tmp_path, name, moment):
    owner, _, attribute = name.rpartition('.')
    replacement, part = REPLACED[name]
    how = 'extensions.wrapfunction(%s, %r, %s)' % (owner, attribute, replacement)
    if attribute == 'description' and owner.endswith('revision'):
        how = '%s.description = property(lambda self: b"fix")' % owner
    extension = tmp_path / 'other.py'
    extension.write_text(
        'from mercurial import changelog, context, encoding, extensions, localrepo, revlog\n'
        'def %s(ui):\n    %s\n' % (moment, how)
    )
    option = ('--config', 'extensions.other=%s' % extension, '--encoding', 'utf-8')
    hg.same('log', '-T', '{rev} {desc} {latesttag}\n', '-k', 'fix', *option, cwd=repo)
    assert hg.declined()[part + ': overridden']


PREDICATE = """
from mercurial import registrar
revsetpredicate = registrar.revsetpredicate()
@revsetpredicate(b'keyword(string)', safe=True, weight=10)
def keyword(repo, subset, x):
    return subset & [1, 2, 3]
"""


def test_predicates_of_others(hg, repo, tmp_path):
    extension = tmp_path / 'other.py'
    extension.write_text(PREDICATE)
    option = ('--config', 'extensions.other=%s' % extension)
    hg.same('log', '-T', '{rev} ', '-k', 'fix', *option, cwd=repo, check=False)


def test_help_is_as_it_was(hg, repo):
    hg.same('help', 'revsets.keyword', cwd=repo)
    hg.same('debugrevspec', '--verify-optimized', 'user(bob) and desc(fix)', '-v', cwd=repo)


def test_what_is_written_meanwhile(hg, tmp_path):
    root, rng = tmp_path / 'repo', random.Random(4)
    hg.run('init', root, plain=True)
    for number in range(30):
        (root / 'f').write_text(str(number))
        hg.run('commit', '-qAm', rng.choice(WORDS) or 'x', cwd=root, plain=True)
    # An amended changeset takes the number of another one; what is pending is in no file yet.
    hook = 'hooks.pretxncommit=%s log -T "{rev} {desc}\\n" -k fix > ../seen' % HG
    for text in ('fix one', 'none', 'FIX two'):
        seen = []
        for plain in (True, False):
            copy = tmp_path / ('plain' if plain else 'ours')
            if not copy.exists():
                hg.run('clone', '-q', '--pull', root, copy, plain=True)
            (copy / 'f').write_text(text)
            words = 'commit', '--amend', '-m', text, '-d', '0 0', '--config', hook
            hg.run(*words, cwd=copy, plain=plain)
            seen.append((tmp_path / 'seen').read_text())
            hg.same('log', '-T', '{rev} {node} {desc}\n', '-k', 'fix', cwd=copy)
        assert seen[0] == seen[1]
