# SPDX-License-Identifier: GPL-2.0-or-later
"""What tools ask of a repository, by our library and by Mercurial's own objects."""

from __future__ import annotations

import collections
import hashlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Names = dict[str, Any]

# The changesets whose changed files and whose patches are asked for.
CHANGED, PATCHED = 300, 100


def _digest(texts: Iterable[bytes]) -> str:
    digest = hashlib.sha1()
    for text in texts:
        digest.update(b"%d\n" % len(text))
        digest.update(text)
    return digest.hexdigest()


def _revs(count: int) -> Names:
    """Returns changesets from the later half of a history."""
    start = max(count * 3 // 4 - CHANGED, 0)
    return {
        "some": list(range(start, min(start + CHANGED, count))),
        "last": list(range(max(count - PATCHED, 0), count)),
        "far": (count // 2, count - 1),
    }


def _count(texts: Iterable[bytes]) -> int:
    """Returns how many files patches are about, and reads all of them.

    Pure Python matches other lines than C does, so that the rest of a patch is another one there.
    """
    return sum(line.startswith(b"diff -r ") for text in texts for line in text.split(b"\n"))


def _often(touched: Iterable[Iterable[bytes]], there: Any) -> bytes:
    """Returns the file of the last changeset that was touched most often."""
    counts = collections.Counter(path for paths in touched for path in paths)
    ordered = sorted(counts, key=lambda path: (-counts[path], path))
    return next(path for path in ordered if path in there)


def library(repository: str) -> Names:
    """Our side, through the package's public API."""
    from vermilion import Repository

    def opened() -> Repository:
        return Repository(repository)

    repo = opened()
    tip = repo["tip"]
    often = _often(repo.changesets().files, tip.tree)

    def columns() -> list[int]:
        asked = opened().changesets(descriptions=False)
        files = len(asked.files.offsets) - 1
        return [len(asked), len(asked.users.values), sum(asked.seconds), files]

    def changed(revs: list[int]) -> list[list[list[bytes]]]:
        return [[c.modified, c.added, c.removed] for _, c in repo.changes(revs)]

    return {
        **_revs(len(repo)),
        "opened": opened,
        "columns": columns,
        "changed": changed,
        "contents": lambda: _digest(data for _, data in opened()["tip"].tree.contents()),
        "patches": lambda revs: _count(patch.text() for _, patch in repo.patches(revs, git=False)),
        "patch": lambda far: _count([repo.diff(*far, git=False).text()]),
        "annotated": lambda: len(repo.annotate(often, tip).revs),
        "history": lambda: [version.rev for version in repo.file_history(often, tip, follow=True)],
        "facts": "vermilion.Repository",
    }


def contexts(repository: str, expected: str, needed: dict[str, str]) -> Names:
    """Mercurial's side, through the objects that its own commands use."""
    import sides
    from mercurial import hg, mdiff, patch, ui

    checked = sides.mercurial(repository, expected, needed)
    settings = ui.ui.load()

    def opened() -> Any:
        return hg.repository(settings, os.fsencode(repository))

    repo = opened()
    tip, count = repo[b"tip"], len(repo)
    often = _often((repo[rev].files() for rev in range(count)), tip)

    def columns() -> list[int]:
        users, seconds, files, asked = set(), 0, 0, opened()
        for rev in asked.changelog:
            ctx = asked[rev]
            users.add(ctx.user())
            seconds += int(ctx.date()[0])
            files += len(ctx.files())
        return [len(asked), len(users), seconds, files]

    def changed(revs: list[int]) -> list[list[list[bytes]]]:
        found = (repo[rev].p1().status(repo[rev]) for rev in revs)
        return [[status.modified, status.added, status.removed] for status in found]

    options = mdiff.diffopts(context=3)

    def text(a: Any, b: Any) -> bytes:
        return b"".join(patch.diff(repo, a, b, opts=options))

    def contents() -> str:
        ctx = opened()[b"tip"]
        return _digest(ctx[path].data() for path in ctx)

    def history() -> list[int]:
        query = b"reverse(follow(%s, startrev=%d))"
        return list(repo.revs(query, b"path:" + often, tip.rev()))

    return {
        **_revs(count),
        "opened": opened,
        "columns": columns,
        "changed": changed,
        "contents": contents,
        "patches": lambda revs: _count(text(repo[rev].p1(), repo[rev]) for rev in revs),
        "patch": lambda far: _count([text(repo[far[0]], repo[far[1]])]),
        "annotated": lambda: len([line.fctx.rev() for line in tip[often].annotate(follow=True)]),
        "history": history,
        "facts": checked["facts"],
    }
