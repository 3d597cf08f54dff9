# SPDX-License-Identifier: GPL-2.0-or-later
"""A Mercurial extension that makes random repositories, and says what Mercurial knows of them.

`hg facts-make DIR FIRST END` makes a repository for each number, and beside it a JSON file with
facts; `hg facts` prints those of a repository. Bytes are strings there, a character each.
"""

import hashlib
import json
import os
import random

from mercurial import (
    archival,
    bookmarks,
    context,
    copies,
    hg,
    match,
    mdiff,
    patch,
    phases,
    registrar,
    tags,
    templateutil,
)

cmdtable = {}
command = registrar.command(cmdtable)
testedwith = b"7.2.4"

PATHS = [b"a", b"b c", b"dir/a", b"dir/sub/x", b"dir.x", b"dir0", b"\xc3\xa9", b"\xff", b"z/y"]
WORDS = [b"", b" ", b"a", b"b", b"  a", b"a ", b"def f(x):", b"}", b"\xc3\xa9", b"x\r", b"\t"]
SWITCHES = (
    *("git", "text", "showfunc", "xdiff"),
    *("ignorews", "ignorewsamount", "ignoreblanklines"),
)


def text(blob):
    return blob.decode("latin-1")


class Maker:
    """Makes random changes to a repository."""

    def __init__(self, repo, seed):
        self.repo = repo.unfiltered()
        self.rng = random.Random(seed)

    def any_rev(self, lowest=0):
        return self.rng.randint(lowest, len(self.repo) - 1)

    def content(self, old=None):
        rng = self.rng
        if rng.random() < 0.1:
            return b"\0binary" + bytes(rng.randrange(256) for _ in range(rng.choice([1, 90])))
        lines = [rng.choice(WORDS) + b"\n" for _ in range(rng.choice([0, 1, 5, 40]))]
        if old is not None and b"\0" not in old:
            lines = old.splitlines(True)
            for _ in range(rng.randint(1, 4)):
                at = rng.randint(0, len(lines))
                lines[at : at + rng.randint(0, 2)] = [rng.choice(WORDS) + b"\n"]
        if lines and rng.random() < 0.2:
            lines[-1] = lines[-1].rstrip() or b"x"
        return b"".join(lines)

    def commit(self):
        repo, rng = self.repo, self.rng
        p1 = self.any_rev(-1) if rng.random() < 0.4 else len(repo) - 1
        p2 = self.any_rev() if len(repo) and rng.random() < 0.2 else -1
        p1, p2 = (p1, -1) if p1 in (p2, -1) else (p1, p2)
        there = repo[p1]
        files, flags, copies, gone = {}, {}, {}, set()
        for _ in range(rng.randrange(4)):
            path = rng.choice(PATHS)
            known = [path for path in there if path not in gone]
            if known and rng.random() < 0.3:
                source = rng.choice(known)
                # Nothing can be a file and a directory.
                if path not in there:
                    files[path], copies[path] = there[source].data(), source
                    if rng.random() < 0.5:
                        files[path] = self.content(files[path])
                    if rng.random() < 0.6:
                        gone.add(source)
                    continue
            old = there[path].data() if path in there else None
            files[path] = self.content(old if rng.random() < 0.8 else None)
            flags[path] = rng.choice([b"", b"", b"", b"x", b"l"])
            if flags[path] == b"l":
                files[path] = rng.choice([b"a", b"../b", b"dir/sub"])
        if there.rev() >= 0 and rng.random() < 0.2:
            gone |= set(rng.sample(sorted(there), min(1, len(list(there)))))
        gone -= set(files)
        copies = {path: source for path, source in copies.items() if path in files}

        def get(repo, ctx, path):
            if path not in files:
                return None
            flag = flags.get(path, b"")
            return context.memfilectx(
                repo, ctx, path, files[path], b"l" in flag, b"x" in flag, copies.get(path)
            )

        extra = {}
        branch = there.branch() if rng.random() < 0.7 else rng.choice([b"stable", b"\xc3\xa9 b"])
        if branch != b"default":
            extra[b"branch"] = branch
        if rng.random() < 0.1:
            extra[b"close"] = b"1"
        if rng.random() < 0.2:
            extra[b"k"] = b"v\n\0\\"
        user = rng.choice([b"A <a@b>", b"b", b"\xc3\xbc <u@x>"])
        description = rng.choice([b"one", b"two\n\nlines \xc3\xa9", b""])
        date = (rng.randrange(-(2**31), 2**31), rng.choice([0, 3600, -7200, 12_600]))
        parents = [repo.changelog.node(p1), repo.changelog.node(p2)]
        every = sorted({*files, *gone})
        new = context.memctx(repo, parents, description, every, get, user, date, extra)
        repo.commitctx(new)

    def obsolete(self, transaction):
        rng, node = self.rng, self.repo.changelog.node
        predecessor = node(self.any_rev())
        successors = {node(self.any_rev()) for _ in range(rng.choice([0, 1, 1, 2]))}
        self.repo.obsstore.create(
            transaction,
            predecessor,
            tuple(sorted(successors - {predecessor})),
            0,
            None,
            (float(rng.randrange(10**9)), 0),
            {b"user": b"me"},
        )

    def tag(self):
        repo, rng = self.repo, self.rng
        node = repo.changelog.node(self.any_rev())
        names = [rng.choice([b"1.0", b"1.1", b"v2", b"\xc3\xa9"])]
        tags.tag(repo, names, node, b"tag", rng.random() < 0.2, b"me", (0, 0))

    def make(self):
        repo, rng = self.repo, self.rng
        for _ in range(rng.choice([1, 10, 40])):
            with repo.lock():
                self.commit()
        with repo.wlock(), repo.lock():
            hg.updaterepo(repo, repo.changelog.node(self.any_rev()), overwrite=True)
            for _ in range(rng.randrange(4)):
                self.tag()
        with repo.wlock(), repo.lock(), repo.transaction(b"states") as transaction:
            for _ in range(rng.randrange(3)):
                node = repo.changelog.node(self.any_rev())
                phase = rng.choice([phases.public, phases.secret])
                move = phases.advanceboundary if phase == phases.public else phases.retractboundary
                move(repo, transaction, phase, [node])
            if rng.random() < 0.6:
                for _ in range(rng.randrange(6)):
                    self.obsolete(transaction)
            for name in rng.sample([b"book", b"mark \xc3\xa9", b"12"], rng.randrange(3)):
                marks = [(name, repo.changelog.node(self.any_rev()))]
                repo._bookmarks.applychanges(repo, transaction, marks)
        if repo._bookmarks and rng.random() < 0.5:
            with repo.wlock():
                bookmarks.activate(repo, sorted(repo._bookmarks)[0])


def changed(status):
    lists = (status.modified, status.added, status.removed)
    return [[text(path) for path in paths] for paths in lists]


def of_changeset(repo, rev):
    ctx = repo[rev]
    files = {
        text(path): [ctx[path].filenode().hex(), text(ctx.flags(path))] for path in ctx.manifest()
    }
    seconds, offset = ctx.date()
    return {
        "rev": rev,
        "node": ctx.node().hex(),
        "parents": [parent.rev() for parent in ctx.parents() if parent.rev() >= 0],
        "children": sorted(child.rev() for child in ctx.children()),
        "user": text(ctx.user()),
        "date": [int(seconds), offset],
        "branch": text(ctx.branch()),
        "closes": ctx.closesbranch(),
        "files": [text(path) for path in ctx.files()],
        "description": text(ctx.description()),
        "extra": {text(key): text(value) for key, value in ctx.extra().items()},
        "phase": text(ctx.phasestr()),
        "tags": sorted(text(tag) for tag in ctx.tags() if tag != b"tip"),
        "bookmarks": sorted(text(name) for name in ctx.bookmarks()),
        "obsolete": ctx.obsolete(),
        "tree": files,
        "changes": changed(ctx.p1().status(ctx)),
        "contents": [hashlib.sha1(ctx[path].data()).hexdigest() for path in ctx.manifest()],
        "binary": [ctx[path].isbinary() for path in ctx.manifest()],
        "latest_tag": latest_tag(ctx),
        "archival": text(archival.buildmetadata(ctx)),
        "copies": copied({**ctx.p2copies(), **ctx.p1copies()}),
        "last_changed": last_changed(repo, rev),
    }


class _Context:
    """What the keyword asks of a template's context."""

    def __init__(self, repo, ctx):
        self.found = {b"repo": repo, b"ctx": ctx, b"cache": {}}

    def resource(self, mapping, key):
        return self.found[key]


def latest_tag(ctx):
    _, distance, names = templateutil.get_latest_tags(_Context(ctx.repo(), ctx), {})
    return [sorted(text(name) for name in names if name != b"null"), distance]


def diffs(repo, seed):
    """Yields differences between random pairs, with random options."""
    rng, revs = random.Random(seed), [-1, *repo.changelog]
    for _ in range(40):
        a, b = rng.choice(revs), rng.choice(revs)
        # Two null revisions are the working copy's for Mercurial here.
        b = rng.choice(revs[1:]) if a < 0 else b
        options = {name: rng.random() < 0.3 for name in SWITCHES}
        options["context"] = rng.choice([0, 1, 3, 3, 10])
        opts = mdiff.diffopts(**options)
        found = b"".join(patch.diff(repo, repo[a], repo[b], opts=opts))
        some = match.match(repo.root, repo.root, [b"path:dir", b"path:a"])
        of_some = b"".join(patch.diff(repo, repo[a], repo[b], some, opts=opts))
        stat = patch.diffstatdata(found.split(b"\n"))
        yield [
            a,
            b,
            options,
            text(found),
            text(of_some),
            [[text(row[0]), *row[1:3]] for row in stat],
        ]


def copied(copies):
    return {text(path): text(source) for path, source in copies.items()}


def of_files(repo, seed):
    """Yields what there is to say of files' histories, of random files and changesets."""
    rng, revs = random.Random(seed), list(repo.changelog)
    for _ in range(25 if revs else 0):
        ctx = repo[rng.choice(revs)]
        path = rng.choice([*ctx] or PATHS)
        found = {"path": text(path), "rev": ctx.rev()}
        # Only of a path without a prefix is it said what is not in the working copy.
        found["log"] = list(repo.revs(b"reverse(filelog(%s))", repo.wjoin(path)))
        a, b = rng.choice(revs), rng.choice(revs)
        found["between"] = [a, b, copied(copies.pathcopies(repo[a], repo[b]))]
        if path in ctx:
            found["introduced"] = ctx[path].introrev()
            source = repo.file(path).renamed(ctx[path].filenode())
            found["source"] = source and [text(source[0]), source[1].hex()]
            follow = rng.random() < 0.7
            found["follow"] = follow
            lines = ctx[path].annotate(follow=follow)
            found["lines"] = [
                [text(line.text), line.fctx.introrev(), text(line.fctx.path()), line.lineno]
                for line in lines
            ]
            query = b"reverse(follow(%s, startrev=%d))"
            found["followed"] = list(repo.revs(query, b"path:" + path, ctx.rev()))
        yield found


def last_changed(repo, rev):
    """The last ancestor that changed each entry of the root."""
    names = {path.partition(b"/")[0] for path in repo[rev]}
    query = b"max(::%d and file(%s))"
    return {text(name): repo.revs(query, rev, b"path:" + name).first() for name in names}


def branches(repo):
    branchmap = repo.branchmap()
    for name in branchmap:
        heads = branchmap.branchheads(name, closed=True)
        closed = [head for head in heads if head in branchmap._closednodes]
        rev = repo.changelog.rev
        open_revs = sorted(rev(head) for head in heads if head not in closed)
        yield text(name), [rev(branchmap.branchtip(name)), open_revs, sorted(map(rev, closed))]


def facts(repo):
    """Returns what Mercurial knows of a repository, as it is seen."""
    revs = list(repo.changelog)
    rev = repo.changelog.rev
    names = {name: repo.revs(name + b"()") for name in (b"orphan", b"extinct")}
    return {
        "changesets": [of_changeset(repo, rev) for rev in revs],
        "heads": sorted(rev(head) for head in repo.changelog.heads() if rev(head) >= 0),
        "branches": dict(branches(repo)),
        "tags": {text(name): rev(node) for name, node in repo.tags().items() if name != b"tip"},
        "bookmarks": {text(name): rev(node) for name, node in repo._bookmarks.items()},
        "active": repo._bookmarks.active and text(repo._bookmarks.active),
        "working_branch": text(repo[None].branch()),
        "working_parents": [ctx.rev() for ctx in repo[None].parents() if ctx.rev() >= 0],
        "requirements": sorted(map(text, repo.requirements)),
        "hidden": sorted(set(repo.unfiltered()) - set(repo.filtered(b"visible"))),
        "phases": {
            text(name): list(repo.revs(name + b"()")) for name in (b"public", b"draft", b"secret")
        },
        "sets": {text(name): list(found) for name, found in names.items()},
        "markers": len(repo.obsstore),
        "diffs": list(diffs(repo, len(revs))),
        "of_files": list(of_files(repo, len(revs))),
    }


def views(repo):
    return {
        "visible": facts(repo.filtered(b"visible")),
        "all": facts(repo.unfiltered()),
    }


@command(b"facts", [], b"")
def facts_command(ui, repo):
    """Prints the facts about a repository."""
    ui.write(json.dumps(views(repo)).encode())


@command(
    b"facts-make",
    [(b"", b"no-facts", None, b"make repositories only")],
    b"DIR FIRST END",
    norepo=True,
)
def make_command(ui, folder, first, end, no_facts=False):
    """Makes random repositories, and files with the facts about them."""
    for seed in range(int(first), int(end)):
        path = os.path.join(folder, b"%d" % seed)
        repo = hg.repository(ui, path, create=True)
        Maker(repo, seed).make()
        if no_facts:
            continue
        # as a new process sees it
        found = views(hg.repository(ui, path))
        with open(path + b".json", "w") as file:
            json.dump(found, file)
