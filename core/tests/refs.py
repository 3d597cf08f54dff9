# SPDX-License-Identifier: GPL-2.0-or-later
"""A Mercurial extension that makes random repositories, and says all that Mercurial knows of them.

`hg refs-make DIR FIRST END` makes a repository for each number, and beside it a file with what
`hg refs-dump` says: a line for each fact, with names in hexadecimal digits.
"""

import os
import random

from mercurial import (
    bookmarks,
    context,
    error,
    hg,
    mergestate,
    obsolete,
    phases,
    registrar,
    repoview,
    scmutil,
)
from mercurial.interfaces import repository

cmdtable = {}
command = registrar.command(cmdtable)
testedwith = b"7.2.4"

NAMES = [b"a", b"b c", b"12", b"abc", b"0", b"f", b"tip2", b"dead", b"x1", "é".encode(), b"00ff"]
SYMBOLS = b"x f ff 0 00 . tip null 2147483647 -0 +1 1_0 xyz".split() + [b"", b" 1"]
SETS = [b"obsolete", b"orphan", b"suspended", b"extinct", b"phasedivergent", b"contentdivergent"]
PHASES = [phases.draft, phases.secret]


def fact(*words):
    return b" ".join(word if isinstance(word, bytes) else b"%d" % word for word in words)


def digits(text):
    return b"=" + text.hex().encode()


def revs(numbers):
    return b",".join(b"%d" % rev for rev in sorted(numbers)) or b"-"


def changesets(repo):
    changelog = repo.changelog
    for rev in changelog:
        read = changelog.changelogrevision(rev)
        seconds, offset = read.date
        branch, closes = read.branchinfo
        extra = b",".join(digits(k) + digits(v) for k, v in sorted(read.extra.items()))
        files = b",".join(digits(path) for path in read.files)
        parts = [int(seconds), offset, digits(branch), int(closes), extra or b"-", files or b"-"]
        yield fact(
            b"changeset",
            rev,
            changelog.node(rev).hex().encode(),
            read.manifest.hex().encode(),
            digits(read.user),
            *parts,
            digits(read.description),
        )
        if changelog._copiesstorage == b"changeset-sidedata":
            changes = read.changes
            for name in ("added", "merged", "removed", "salvaged", "touched"):
                for path in getattr(changes, name):
                    if name != "touched" or path not in (
                        changes.added | changes.merged | changes.removed | changes.salvaged
                    ):
                        yield fact(b"change", rev, name.encode(), digits(path))
            for parent, copies in enumerate((changes.copied_from_p1, changes.copied_from_p2)):
                for path, source in copies.items():
                    yield fact(b"copy", rev, parent, digits(path), digits(source))


def states(repo):
    for rev in repo.changelog:
        phase = repo._phasecache.phase(repo, rev)
        if phase:
            yield fact(b"phase", rev, phases.phasenames[phase])
    for name in SETS:
        yield fact(b"set", name, revs(obsolete.getrevs(repo, name)))
    yield fact(b"set", b"hidden", revs(repoview.computehidden(repo)))
    for mark in repo.obsstore:
        predecessor, successors, flags, metadata, (seconds, offset), parents = mark
        items = b",".join(digits(k) + digits(v) for k, v in metadata)
        yield fact(
            b"marker",
            digits(predecessor),
            b",".join(map(digits, successors)) or b"-",
            flags,
            items or b"-",
            int(seconds),
            offset,
            b",".join(map(digits, parents or ())) or b"-",
        )


def names(repo):
    rev = repo.changelog.rev
    for name, node in repo._bookmarks.items():
        yield fact(b"bookmark", digits(name), rev(node))
    yield fact(b"active", digits(repo._bookmarks.active or b""))
    for name, node in repo.tags().items():
        if name != b"tip":
            kind = repo.tagtype(name)
            yield fact(b"tag", digits(name), rev(node), kind)
    branches = repo.branchmap()
    for name in branches:
        heads = branches.branchheads(name, closed=True)
        closed = branches._closednodes
        tip = rev(branches.branchtip(name))
        words = [b"%d%s" % (rev(head), b"c" if head in closed else b"o") for head in heads]
        yield fact(b"branch", digits(name), tip, b",".join(sorted(words)))


def found(repo, symbol):
    try:
        rev = scmutil.revsymbol(repo, symbol).rev()
    except error.FilteredRepoLookupError:
        return b"hidden"
    except error.AmbiguousPrefixLookupError:
        return b"ambiguous"
    except error.RepoLookupError:
        return b"unknown"
    return b"working-copy" if rev is None else b"%d" % rev


def sample(repo):
    """Returns revisions from all over the history, not too many."""
    return range(0, len(repo), max(1, len(repo) // 200))


def symbols(repo):
    some = {*SYMBOLS, *NAMES, b"0" * 6, b"f" * 40, b"0" * 40, b"F" * 40, b"0" * 41}
    ends = (*range(-3, 3), *range(len(repo) - 3, len(repo) + 3))
    some |= {b"%d" % rev for rev in (*ends, *sample(repo), *(-rev for rev in ends))}
    some |= {*repo._bookmarks, *repo.branchmap(), *repo.tags()}
    for rev in sample(repo):
        node = repo.unfiltered().changelog.node(rev).hex().encode()
        some |= {node, node.upper(), node + b"0", b"x" + node[:3], b"xx" + node[:4]}
        some |= {node[:length] for length in range(1, 7)}
        some |= {node[:5].upper()}
    return sorted(some)


def dump(repo):
    """Yields the facts about a repository, and what it is with hidden changesets and without."""
    yield from changesets(repo.unfiltered())
    yield from states(repo.unfiltered())
    for prefix, view in ((b"visible", repo.filtered(b"visible")), (b"all", repo.unfiltered())):
        for line in names(view):
            yield fact(prefix, line)
        for symbol in symbols(view):
            yield fact(prefix, b"lookup", digits(symbol), found(view, symbol))
    view = repo.filtered(b"visible")
    for rev in set(sample(repo)) - view.changelog.filteredrevs:
        for length in (1, 4):
            shortest = scmutil.shortesthexnodeidprefix(view, view.changelog.node(rev), length)
            yield fact(b"shortest", rev, length, shortest)


@command(b"refs-dump", [], b"")
def dump_command(ui, repo):
    """Prints all facts about a repository."""
    for line in dump(repo):
        ui.write(line + b"\n")


class Maker:
    """Makes random changes to a repository."""

    def __init__(self, repo, seed):
        self.repo = repo.unfiltered()
        self.random = random.Random(seed)
        self.tags = {}

    def any_rev(self, null=False):
        return self.random.randint(-1 if null else 0, len(self.repo) - 1)

    def any_node(self, unknown=0.0):
        if self.random.random() < unknown:
            return bytes([1 + self.random.randrange(3)] * 20)
        return self.repo.changelog.node(self.any_rev())

    def text(self, length):
        alphabet = "ab\n\r\\\0:0x7é "
        return "".join(self.random.choice(alphabet) for _ in range(length)).encode()

    def tag_lines(self, rev):
        """Returns the tags of a new changeset on a revision."""
        lines = self.tags.get(rev, b"")
        for _ in range(self.random.choice([0, 0, 1, 2])):
            name = self.random.choice(NAMES + [b"tag 1", b"tag 2"])
            if len(self.repo) == 0 or self.random.random() < 0.15:
                node = b"0" * 40
            else:
                node = self.any_node(unknown=0.1).hex().encode()
            if self.random.random() < 0.05:
                node = node[:7]
            lines += b"%s %s%s" % (node, name, self.random.choice([b"\n", b"\r\n", b" \n"]))
        return lines

    def commit(self):
        repo, rng = self.repo, self.random
        p1 = self.any_rev(null=True) if rng.random() < 0.5 else len(repo) - 1
        p2 = self.any_rev() if len(repo) and rng.random() < 0.2 else -1
        p1, p2 = (p1, -1) if p1 in (p2, -1) else (p1, p2)
        parents = [repo.changelog.node(p1), repo.changelog.node(p2)]
        lines = self.tag_lines(rng.choice([p1, p1, p2]))
        files = {b"f%d" % rng.randrange(5): self.text(5) for _ in range(rng.randrange(3))}
        if lines:
            files[b".hgtags"] = lines
        there = repo[p1].manifest()
        gone = [path for path in there if path not in files and rng.random() < 0.1]
        copies = {b"f%d" % rng.randrange(5): path for path in there if rng.random() < 0.05}

        def get(repo, ctx, path):
            if path not in files:
                return None
            source = copies.get(path)
            source = source if source != path and source not in gone else None
            return context.memfilectx(repo, ctx, path, files[path], copysource=source)

        extra = {}
        branch = rng.choice([b"default", b"default", b"stable", b"b c", b"abc", b"7"])
        if rng.random() < 0.6 and p1 >= 0:
            branch = repo[p1].branch()
        if branch != b"default":
            extra[b"branch"] = branch
        if rng.random() < 0.15:
            extra[b"close"] = b"1"
        if rng.random() < 0.2:
            extra[b"k\\:"[: rng.randint(1, 2)]] = self.text(6)
        description = b"d%d " % len(repo) + self.text(rng.randrange(9)).replace(b"\0", b"")
        user = rng.choice([b"A <a@b>", b"b", "ü".encode()])
        date = (rng.randrange(-(2**31), 2**33), rng.choice([0, 3600, -7200]))
        every = sorted({*files, *gone})
        new = context.memctx(repo, parents, description, every, get, user, date, extra)
        rev = repo.changelog.rev(repo.commitctx(new))
        written = files.get(b".hgtags")
        self.tags[rev] = b"" if b".hgtags" in gone else written or self.tags.get(p1, b"")

    def obsolete(self, transaction):
        rng, unfiltered = self.random, self.repo
        predecessor = self.any_node(unknown=0.15)
        count = rng.choice([0, 1, 1, 1, 2])
        successors = {self.any_node(unknown=0.15) for _ in range(count)} - {predecessor}
        metadata = {b"user": b"me", b"note": rng.choice([b"", b"x y"])}
        parents = rng.choice([None, (self.any_node(),)])
        flag = rng.choice([0, 0, 0, 1])
        date = (float(rng.randrange(10**9)), 60 * rng.randrange(-600, 600))
        unfiltered.obsstore.create(
            transaction, predecessor, tuple(successors), flag, parents, date, metadata
        )

    def move_phase(self, transaction):
        phase = self.random.choice(PHASES)
        if self.random.random() < 0.1 and phases.supportinternal(self.repo):
            phase = phases.internal
        if self.random.random() < 0.1 and phases.supportarchived(self.repo):
            phase = phases.archived
        phases.retractboundary(self.repo, transaction, phase, [self.any_node()])

    def publish(self, transaction):
        node = self.any_node()
        phases.advanceboundary(self.repo, transaction, phases.public, [node])

    def mark(self, transaction):
        changes = [(self.random.choice(NAMES), self.any_node())]
        self.repo._bookmarks.applychanges(self.repo, transaction, changes)

    def change(self):
        """Makes a random change in a transaction of its own."""
        others = [self.obsolete, self.obsolete, self.move_phase, self.publish, self.mark]
        with self.repo.transaction(b"refs") as transaction:
            if len(self.repo) == 0 or self.random.random() < 0.7:
                self.commit()
            else:
                self.random.choice(others)(transaction)
        self.repo.invalidateall()
        self.repo.invalidatevolatilesets()

    def finish(self):
        """Changes what is outside of transactions."""
        repo, rng = self.repo, self.random
        if not len(repo):
            return
        with repo.dirstate.changing_parents(repo):
            repo.dirstate.setparents(self.any_node())
        if repo._bookmarks and rng.random() < 0.5:
            bookmarks.activate(repo, rng.choice(sorted(repo._bookmarks)))
        if rng.random() < 0.4:
            with repo.vfs(b"localtags", b"wb") as file:
                for _ in range(rng.randrange(4)):
                    node = self.any_node(unknown=0.2).hex().encode()
                    file.write(b"%s %s\n" % (node, rng.choice(NAMES)))
        if rng.random() < 0.2:
            state = mergestate.mergestate.clean(repo)
            state.start(self.any_node(), self.any_node())
            null = b"0" * 40
            is_resolved = rng.choice([b"u", b"r"])
            state._state[b"a"] = [is_resolved, b"k" * 40, b"a", b"a", null, b"a", b"1" * 40, b""]
            state._dirty = True
            state.commit()
        if rng.random() < 0.3:
            repo.updatecaches(caches=repository.CACHES_ALL)
        if rng.random() < 0.2:
            for name in repo.cachevfs.listdir():
                repo.cachevfs.tryunlink(name)


def make(ui, path, seed):
    """Makes a repository, and the file with the facts about it."""
    ui = ui.copy()
    rng = random.Random(seed)
    if rng.random() < 0.3:
        ui.setconfig(b"format", b"obsstore-version", b"0", b"refs")
    maker = Maker(hg.repository(ui, path, create=True), seed)
    with maker.repo.wlock(), maker.repo.lock():
        for _ in range(rng.choice([0, 1, 5, 20, 40])):
            maker.change()
        maker.finish()
    # Facts are what somebody who comes later finds.
    with open(path + b".facts", "wb") as file:
        for line in dump(hg.repository(ui, path)):
            file.write(line + b"\n")


@command(b"refs-make", [], b"DIR FIRST END", norepo=True)
def make_command(ui, directory, first, end):
    """Makes random repositories."""
    for seed in range(int(first), int(end)):
        make(ui, os.path.join(directory, b"%d" % seed), seed)
