# SPDX-License-Identifier: GPL-2.0-or-later
"""A Mercurial extension that makes random repositories, and says what it knows of their files.

`hg files-make DIR FIRST END` makes a repository for each number, and beside it a file with facts, a
line each: a question, ` : ` and what Mercurial answers; names are in hexadecimal digits.
`hg files-ask KIND` answers the questions of its input, and says how long it took.
"""

import os
import random
import sys
import time

from mercurial import context, copies, error, hg, mdiff, obsolete, registrar
from mercurial.utils import dag_util

cmdtable = {}
command = registrar.command(cmdtable)
testedwith = b"7.2.4"

PATHS = [b"a", b"b", b"c c", b"d/e", b"d/f", b"d/g/h", b"i/j"]
WHITESPACE = ["", "ignorews", "ignorewsamount", "ignoreblanklines", "ignorewseol"]


def digits(text):
    return b"=" + text.hex().encode()


def undigits(word):
    return bytes.fromhex(word[1:].decode())


def fact(*words):
    return b" ".join(word if isinstance(word, bytes) else b"%d" % word for word in words)


def joined(items):
    return b",".join(items) or b"-"


def revs(numbers):
    return joined(b"%d" % rev for rev in sorted(numbers))


def pairs(items):
    return joined(b"%s<%s" % (digits(a), digits(b)) for a, b in sorted(items))


def revision(repo, path, rev):
    """Says all of a revision of a filelog."""
    filelog = repo.file(path)
    node = filelog.node(rev)
    source = filelog.renamed(node)
    return fact(
        node.hex().encode(),
        filelog.linkrev(rev),
        *filelog.parentrevs(rev),
        filelog.size(rev),
        digits(filelog.read(node)),
        digits(source[0]) + source[1].hex().encode() if source else b"-",
    )


def changeset_copies(repo, rev):
    ctx = repo[rev]
    return fact(pairs(ctx.p1copies().items()), pairs(ctx.p2copies().items()))


def path_copies(repo, x, y):
    return pairs(copies.pathcopies(repo[x], repo[y]).items())


def changes(repo, path):
    return revs(repo.revs(b"filelog(%s)", repo.wjoin(path)))


def follow(repo, path, rev, first):
    start = repo[rev][path].introfilectx()
    found = set()
    for changeset, ctxs in dag_util.filectxancestors([start], followfirst=bool(first)):
        found |= {(changeset, ctx.path(), ctx.filenode()) for ctx in ctxs}
    return joined(
        b"%d%s%s" % (rev, digits(path), node.hex().encode()) for rev, path, node in sorted(found)
    )


def introduced(repo, path, rev):
    return fact(repo[rev][path].introrev())


def last_changed(repo, directory, rev):
    start = directory and directory + b"/"
    names = {path[len(start) :].split(b"/")[0] for path in repo[rev] if path.startswith(start)}
    words = []
    for name in sorted(names):
        pattern = b"path:" + start + name
        last = repo.revs(b"max(::%d and file(%s))", rev, pattern).first()
        words.append(b"%s%d" % (digits(start + name), -1 if last is None else last))
    return joined(words)


def annotate(repo, path, rev, follow, whitespace, *skip):
    name = WHITESPACE[whitespace]
    options = mdiff.diffopts(**({name: True} if name else {}))
    skip = set(skip) or None
    lines = repo[rev][path].annotate(bool(follow), skip, options)
    words = []
    for line in lines:
        mark = b"*" if line.skip else b""
        words.append(b"%d%s:%d%s" % (line.fctx.rev(), digits(line.fctx.path()), line.lineno, mark))
    return joined(words)


KINDS = {
    b"revision": revision,
    b"changeset-copies": changeset_copies,
    b"copies": path_copies,
    b"changes": changes,
    b"follow": follow,
    b"introduced": introduced,
    b"last-changed": last_changed,
    b"annotate": annotate,
}


def answer(repo, question):
    kind, *words = question.split(b" ")
    words = [undigits(word) if word.startswith(b"=") else int(word) for word in words]
    return KINDS[kind](repo, *words)


def questions(repo, rng):
    """Yields random questions about a repository."""
    paths = sorted({path for rev in repo for path in repo[rev]})
    for path in paths:
        for rev in range(len(repo.file(path))):
            yield fact(b"revision", digits(path), rev)
    for rev in repo:
        yield fact(b"changeset-copies", rev)
    for _ in range(3 * len(repo)):
        yield fact(b"copies", rng.randrange(-1, len(repo)), rng.randrange(-1, len(repo)))
    for rev in repo:
        there = sorted(repo[rev])
        for path in there:
            yield fact(b"introduced", digits(path), rev)
        for path in rng.sample(there, min(len(there), 3)):
            yield fact(b"follow", digits(path), rev, rng.randrange(2))
            skip = rng.sample(range(len(repo)), rng.choice([0, 0, len(repo) // 3]))
            yield fact(b"annotate", digits(path), rev, rng.randrange(2), 0, *skip)
            whitespace = rng.randrange(1, len(WHITESPACE))
            yield fact(b"annotate", digits(path), rev, 1, whitespace)
        for directory in (b"", b"d", b"d/g"):
            if not directory or repo[rev].hasdir(directory):
                yield fact(b"last-changed", digits(directory), rev)


def facts(repo, seed):
    rng = random.Random(seed)
    every = repo.unfiltered()
    asked = sorted(set(questions(every, rng))) if len(repo.unfiltered()) else []
    for question in asked:
        try:
            yield b"%s : %s" % (question, answer(every, question))
        except IndexError:
            # Mercurial's answer where a skipped changeset has an empty parent.
            pass
    for path in PATHS:
        for view in (every, repo.filtered(b"visible")):
            name = b"%s-changes" % (view.filtername or b"all")
            yield b"%s %s : %s" % (name, digits(path), changes(view, path))


@command(b"files-ask", [(b"", b"hidden", False, b"")], b"")
def ask_command(ui, repo):
    """Answers the questions of the input, and says how long each kind took."""
    took = {}
    for line in ui.fin:
        question = line.rstrip(b"\n")
        begin = time.perf_counter()
        answered = answer(repo.unfiltered(), question)
        kind = question.split(b" ")[0]
        took[kind] = took.get(kind, 0) + time.perf_counter() - begin
        ui.write(b"%s : %s\n" % (question, answered))
    for kind, seconds in took.items():
        sys.stderr.write(f"{kind.decode()}: {seconds:.3f} s\n")


class Maker:
    """Makes random changes to a repository."""

    def __init__(self, repo, seed):
        self.repo = repo.unfiltered()
        self.random = random.Random(seed)

    def content(self):
        rng = self.random
        lines = [rng.choice([b"a", b" a", b"b ", b"b", b"", b"c  c", b"d"]) for _ in range(5)]
        return self.joined(lines[: rng.randrange(6)])

    def joined(self, lines):
        rng = self.random
        text = b"".join(line + b"\n" for line in lines)
        if rng.random() < 0.1:
            text = b"\1\n" + text
        return text[:-1] if rng.random() < 0.2 else text

    def edited(self, text):
        rng = self.random
        lines = text.split(b"\n")
        for _ in range(rng.randrange(1, 3)):
            at = rng.randrange(len(lines) + 1)
            new = [b"%d" % rng.randrange(100) for _ in range(rng.randrange(3))]
            lines[at : at + rng.randrange(3)] = new
        return self.joined(lines[:12])

    def again(self, ctx, parent):
        """Returns the changes of a changeset, which another one is to make, too."""
        sources = {**ctx.p1copies(), **ctx.p2copies()}
        changes = {}
        for path in ctx.files():
            if path in ctx:
                file = ctx[path]
                changes[path] = (file.data(), b"x" in file.flags(), sources.get(path))
            elif path in parent:
                changes[path] = None
        return changes

    def some(self, parent, other):
        """Returns random changes: of each path the content, flag and source, None to remove."""
        rng = self.random
        changes = {}
        for path in rng.sample(PATHS, rng.randrange(1, 4)):
            exec_ = rng.random() < 0.15
            sources = sorted(set(parent) | set(other))
            if path in parent:
                text = parent[path].data()
                kind = rng.random()
                if kind < 0.15:
                    changes[path] = None
                    continue
                if kind < 0.25:
                    # only a flag
                    changes[path] = (text, not parent.flags(path), None)
                    continue
                changes[path] = (self.edited(text), exec_, None)
            else:
                changes[path] = (self.content(), exec_, None)
            if sources and rng.random() < 0.4:
                source = rng.choice(sources)
                text = (parent if source in parent else other)[source].data()
                text = self.edited(text) if rng.random() < 0.5 else text
                changes[path] = (text, exec_, source if source != path else None)
                if rng.random() < 0.6 and source in parent and source != path:
                    changes[source] = None
        return changes

    def merged(self, parent, other):
        """Returns the changes of a merge."""
        rng = self.random
        changes = {}
        for path in sorted(set(parent) | set(other)):
            sides = [ctx for ctx in (parent, other) if path in ctx]
            pick = rng.choice(sides)[path]
            text, flag = pick.data(), b"x" in pick.flags()
            kind = rng.random()
            if len(sides) == 2:
                if parent[path].data() == other[path].data() and kind < 0.7:
                    continue
                if kind < 0.4:
                    texts = [side[path].data().split(b"\n") for side in sides]
                    text = b"\n".join(texts[0][:3] + texts[1][3:])
                elif kind < 0.5:
                    text = self.edited(text)
                elif kind < 0.55:
                    flag = not flag
                changes[path] = (text, flag, None)
            elif path in other and kind < 0.8:
                changes[path] = (text, flag, None)
            elif path in parent and kind < 0.2:
                changes[path] = None
        if rng.random() < 0.4:
            changes.update(self.some(parent, other))
        return changes

    def commit(self, rewritten=None):
        """Makes a changeset; with `rewritten` one like that, on the same parent."""
        repo, rng = self.repo, self.random
        last = len(repo) - 1
        lowest = -1 if last < 0 or rng.random() < 0.1 else 0
        p1 = last if rng.random() < 0.5 else rng.randint(lowest, last)
        p2 = rng.randint(0, last) if last > 0 and rng.random() < 0.25 else -1
        p1, p2 = (p1, -1) if p1 in (p2, -1) else (p1, p2)
        if p2 >= 0 and repo.changelog.isancestorrev(p2, p1):
            p2 = -1
        if rewritten:
            p1, p2 = rewritten.p1().rev(), -1
        parent, other = repo[p1], repo[p2]
        if p2 >= 0:
            changes = self.merged(parent, other)
        elif rewritten or (last >= 0 and rng.random() < 0.3):
            changes = self.again(rewritten or repo[rng.randint(0, last)], parent)
        else:
            changes = self.some(parent, other)

        def get(repo, ctx, path):
            if changes[path] is None:
                return None
            text, flag, source = changes[path]
            if source not in parent and source not in other:
                source = None
            return context.memfilectx(repo, ctx, path, text, isexec=flag, copysource=source)

        files = [path for path in changes if changes[path] or path in parent or path in other]
        taken = {above for path in files for above in self.above(path) if changes[path]}
        files = sorted(path for path in files if path not in taken)
        parents = [repo.changelog.node(p1), repo.changelog.node(p2)]
        text, date = b"d%d" % len(repo), (len(repo), 0)
        repo.commitctx(context.memctx(repo, parents, text, files, get, b"u", date))

    @staticmethod
    def above(path):
        parts = path.split(b"/")
        return {b"/".join(parts[:at]) for at in range(1, len(parts))}

    def hide(self, transaction):
        repo, rng = self.repo, self.random
        heads = repo.changelog.headrevs()
        head = repo[rng.choice(heads)]
        for ctx in (head, head.p1())[: rng.randint(1, 2)]:
            if ctx.rev() >= 0:
                repo.obsstore.create(transaction, ctx.node(), (), 0, None, (0.0, 0), {})
        if rng.random() < 0.7:
            self.commit(rewritten=ctx)

    def change(self):
        with self.repo.transaction(b"files") as transaction:
            if len(self.repo) > 3 and self.random.random() < 0.12:
                self.hide(transaction)
            else:
                self.commit()
        self.repo.invalidateall()
        self.repo.invalidatevolatilesets()


@command(b"files-make", [], b"DIR FIRST END", norepo=True)
def make_command(ui, directory, first, end):
    """Makes random repositories, and files with facts about them."""
    # A commit in memory does not tell lfs that the repository needs it.
    options = {b"lfs": True} if ui.config(b"extensions", b"lfs") is not None else {}
    for seed in range(int(first), int(end)):
        path = os.path.join(directory, b"%d" % seed)
        maker = Maker(hg.repository(ui.copy(), path, create=True, createopts=options), seed)
        with maker.repo.wlock(), maker.repo.lock():
            for _ in range(maker.random.choice([1, 15, 30, 40])):
                maker.change()
        repo = hg.repository(ui.copy(), path)
        if not obsolete.isenabled(repo, obsolete.createmarkersopt):
            raise error.Abort(b"needs obsolescence markers")
        with open(path + b".facts", "wb") as file:
            for line in facts(repo, seed):
                file.write(line + b"\n")
