# SPDX-License-Identifier: GPL-2.0-or-later
"""`Changeset`, its files as a `Tree`, and `Changes` between two of them."""

from __future__ import annotations

import os

# What collections.abc exports, without importing collections.
from _collections_abc import Mapping
from array import array
from typing import NamedTuple

from vermilion import _native
from vermilion._blocks import tick
from vermilion._rows import Rows
from vermilion._text import decode, path_bytes
from vermilion.workingcopy import Names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from vermilion._native import Tree as NativeTree
    from vermilion._text import Path
    from vermilion.patch import Patch
    from vermilion.repository import Repository

    # user, (seconds, offset), branch, whether it closes that, files, description
    Fields = tuple[str, tuple[int, int], str, bool, list[bytes], str]

NULL = -1
_NULL_NODE = b"\0" * 20


class File:
    """A file of a changeset: `path`, `node`, and what can be read of it.

    `flag` is `b"x"` for an executable file, `b"l"` for a symbolic link, else `b""`.
    """

    __slots__ = ("_data", "_repository", "flag", "node", "path", "rev")

    def __init__(
        self, repository: Repository, rev: int, path: bytes, node: bytes, flag: bytes
    ) -> None:
        self._repository = repository
        #: the changeset in whose tree it was looked up
        self.rev = rev
        self.path = path
        #: the 20 bytes by which Mercurial names this revision of the file
        self.node = node
        self.flag = flag
        self._data: bytes | None = None

    @property
    def data(self) -> bytes:
        """The content, kept once it was read; the target of a symbolic link.

        Raises `UnsupportedIndexError` for a censored revision or one whose content lfs stores
        elsewhere than in the repository, and `CorruptIndexError` for a damaged one.
        """
        if self._data is None:
            self._data = self._repository._native.content(self.path, self.node)
        return self._data

    @property
    def copied_from(self) -> tuple[bytes, bytes] | None:
        """The path and the node of what this version was copied from, or None."""
        return _native.copied_from(self._repository._native, self.path, self.node)

    @property
    def introduced_by(self) -> int:
        """The revision of the changeset that introduced this version of the file."""
        return _native.introduced_by(self._repository._native, self.path, self.rev, tick)

    @property
    def size(self) -> int:
        """The length of the content in bytes. Reads it."""
        return len(self.data)

    @property
    def is_binary(self) -> bool:
        """Whether Mercurial takes the content to be binary: it has a NUL. Reads it."""
        return b"\0" in self.data

    @property
    def is_executable(self) -> bool:
        """Whether its owner may execute it."""
        return self.flag == b"x"

    @property
    def is_symlink(self) -> bool:
        """Whether it is a symbolic link."""
        return self.flag == b"l"

    def __repr__(self) -> str:
        return "<File %r of revision %d>" % (self.path, self.rev)


class Change(NamedTuple):
    """How one file of a changeset is, seen from another one."""

    #: the path
    path: bytes
    #: "A" for added, "M" for modified, "R" for removed
    kind: str
    #: the node of the file as it is now; zeros for a removed one
    node: bytes
    #: its flag: b"x", b"l" or b""; b"" for a removed one
    flag: bytes


class Changes(Rows[Change]):
    """The files in which two changesets differ, sorted by path: a sequence of `Change`.

    `modified`, `added` and `removed` are lists of paths, sorted.
    """

    __slots__ = ("_flags", "_kinds", "_nodes", "_paths")

    def __init__(self, paths: list[bytes], kinds: bytes, nodes: bytes, flags: bytes) -> None:
        self._paths = paths
        self._kinds = kinds
        self._nodes = nodes
        self._flags = flags

    def _of(self, kind: int) -> list[bytes]:
        if kind not in self._kinds:
            return []
        return [path for path, other in zip(self._paths, self._kinds) if other == kind]

    @property
    def paths(self) -> list[bytes]:
        """All of them."""
        return list(self._paths)

    @property
    def modified(self) -> list[bytes]:
        """Files that both have, with another content or another flag."""
        return self._of(0x4D)

    @property
    def added(self) -> list[bytes]:
        """Files that only the later one has."""
        return self._of(0x41)

    @property
    def removed(self) -> list[bytes]:
        """Files that only the earlier one has."""
        return self._of(0x52)

    def __len__(self) -> int:
        return len(self._paths)

    def _row(self, row: int) -> Change:
        flag = self._flags[row : row + 1]
        return Change(
            self._paths[row],
            chr(self._kinds[row]),
            self._nodes[20 * row : 20 * row + 20],
            b"" if flag == b" " else flag,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Changes):
            return NotImplemented
        return list(self) == list(other)

    def __repr__(self) -> str:
        counts = (len(self.modified), len(self.added), len(self.removed))
        return "<Changes: %d modified, %d added, %d removed>" % counts


def changes_in(block: tuple[bytes, bytes, bytes, bytes, bytes]) -> Iterator[Changes]:
    """The changes of each changeset in a block of them."""
    packed, names, kinds, nodes, flags = block
    paths = names.split(b"\0")
    starts = array("q", packed)
    for start, end in zip(starts, starts[1:]):
        yield Changes(
            paths[start:end], kinds[start:end], nodes[20 * start : 20 * end], flags[start:end]
        )


class Tree(Mapping[bytes, File]):
    """The files of a changeset: a mapping from paths, which are bytes, to `File`.

    An item is found by binary search in the text of the manifest, in O(log of its length); the
    first `len` and each iteration go through all of it. Sorted by path.
    """

    def __init__(self, repository: Repository, rev: int, native: NativeTree) -> None:
        self._repository = repository
        self._native = native
        self._count: int | None = None
        #: the changeset
        self.rev = rev

    def __getitem__(self, path: bytes) -> File:
        found = self._native.find(path) if isinstance(path, bytes) else None
        if found is None:
            raise KeyError(path)
        return File(self._repository, self.rev, path, *found)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.names())

    def __len__(self) -> int:
        if self._count is None:
            self._count = self._native.files(b"")[0]
        return self._count

    def __contains__(self, path: object) -> bool:
        return isinstance(path, bytes) and self._native.find(path) is not None

    def __repr__(self) -> str:
        return "<Tree of revision %d>" % self.rev

    def names(self, directory: Path = b"") -> Names:
        """The paths in a directory and those below it, sorted. O(what is there)."""
        count, block, _, _ = self._native.files(path_bytes(directory))
        return Names(block, count)

    def files(self, directory: Path = b"") -> Iterator[File]:
        """The files in a directory and those below it, sorted by path."""
        _, block, nodes, flags = self._native.files(path_bytes(directory))
        for row, path in enumerate(block.split(b"\0")[:-1]):
            flag = flags[row : row + 1].strip()
            yield File(self._repository, self.rev, path, nodes[20 * row : 20 * row + 20], flag)

    def directory(self, path: Path = b"") -> dict[bytes, File | None]:
        """What is in a directory itself: by name, its files, and None for each directory in it.

        Sorted by name; empty where there is no such directory.
        """
        path = path_bytes(path)
        start = len(path) + 1 if path else 0
        found: dict[bytes, File | None] = {}
        for file in self.files(path):
            name, slash, _ = file.path[start:].partition(b"/")
            found.setdefault(name, None if slash else file)
        return {name: found[name] for name in sorted(found)}

    def contents(self, directory: Path = b"") -> Iterator[tuple[File, bytes]]:
        """The files in a directory and those below it, each with its content, in order.

        They are read in parallel, some at a time.
        """
        files = list(self.files(directory))
        yield from zip(files, self._repository.contents((f.path, f.node) for f in files))

    def changes_to(self, other: Tree) -> Changes:
        """The files in which another tree differs from this one. O(length of both)."""
        (changes,) = changes_in(self._native.changes_to(other._native))
        return changes


class Changeset:
    """A changeset of a `Repository`, read when something of it is asked for.

    Texts that people read are str: user, description, branch, extra (see `Repository`).
    """

    __slots__ = ("_extra", "_fields", "_node", "_repository", "rev")

    def __init__(self, repository: Repository, rev: int) -> None:
        self._repository = repository
        self._fields: Fields | None = None
        self._extra: dict[str, str] | None = None
        self._node: bytes | None = None
        #: its number; -1 for the null revision, which is before all others
        self.rev = rev

    def _load(self) -> Fields:
        if self._fields is None:
            _, user, date, branch, closes, extra, files, description = (
                self._repository._native.fields(self.rev)
            )
            self._extra = {decode(key): decode(value) for key, value in extra}
            self._fields = (
                decode(user),
                date,
                decode(branch),
                closes,
                files.split(b"\n") if files else [],
                decode(description),
            )
        return self._fields

    @property
    def node(self) -> bytes:
        """The 20 bytes that name it everywhere."""
        if self._node is None:
            self._node = self._repository._native.node(self.rev)
        return self._node

    @property
    def hex(self) -> str:
        """The node in 40 hexadecimal digits."""
        return self.node.hex()

    def shortest(self, min_length: int = 4) -> str:
        """The shortest beginning of `hex` that stands for it and nothing else."""
        return self._repository._native.shortest(self.rev, min_length)

    @property
    def parents(self) -> tuple[int, ...]:
        """The revisions that it is based on: none, one, or two for a merge."""
        found = self._repository._native.parents(self.rev)
        return tuple(rev for rev in found if rev != NULL)

    @property
    def children(self) -> list[int]:
        """The revisions that are based on it and not hidden. O(later revisions)."""
        hidden = self._repository._filtered()
        children = self._repository.graph.children(self.rev)
        return [rev for rev in children if rev not in hidden]

    @property
    def user(self) -> str:
        """Who committed it, mostly `Name <address>`."""
        return self._load()[0]

    @property
    def timestamp(self) -> tuple[int, int]:
        """When: seconds since 1970, UTC, and how many seconds the time zone is west of UTC."""
        return self._load()[1]

    @property
    def date(self) -> datetime:
        """When, in the time zone of whoever committed.

        Raises ValueError or OverflowError for a date that `datetime` does not have, which
        `timestamp` tells all the same.
        """
        from datetime import datetime, timedelta, timezone

        seconds, offset = self.timestamp
        zone = timezone(timedelta(seconds=-offset))
        return datetime(1970, 1, 1, tzinfo=timezone.utc).astimezone(zone) + timedelta(
            seconds=seconds
        )

    @property
    def branch(self) -> str:
        """The name of its branch."""
        return self._load()[2]

    @property
    def closes_branch(self) -> bool:
        """Whether it closes its branch."""
        return self._load()[3]

    @property
    def files(self) -> list[bytes]:
        """The files that it touches, as it tells itself; `changes` compares with a parent."""
        return list(self._load()[4])

    @property
    def description(self) -> str:
        """The commit message."""
        return self._load()[5]

    @property
    def extra(self) -> dict[str, str]:
        """What else is recorded of it; the branch too if it is not `default`."""
        if self._extra is None:
            self._fields = None
            self._load()
        return dict(self._extra or {})

    @property
    def phase(self) -> str:
        """`public`, `draft` or `secret`; `archived` or `internal` for what Mercurial hides."""
        return self._repository.phase(self.rev)

    @property
    def tags(self) -> list[str]:
        """The tags that name it, sorted; `tip` is not one of them."""
        return self._repository._named("tags", self.rev)

    @property
    def bookmarks(self) -> list[str]:
        """The bookmarks that name it, sorted."""
        return self._repository._named("bookmarks", self.rev)

    @property
    def is_obsolete(self) -> bool:
        """Whether it was rewritten or given up."""
        return self._repository._is_obsolete(self.rev)

    @property
    def instabilities(self) -> list[str]:
        """Which of `orphan`, `content-divergent` and `phase-divergent` it is."""
        found = self._repository.instabilities()
        return [name for name, revs in found.items() if self.rev in revs]

    @property
    def tree(self) -> Tree:
        """Its files. Reads the manifest, each time."""
        return Tree(self._repository, self.rev, self._repository._native.tree(self.rev))

    def __getitem__(self, path: Path) -> File:
        """A file by its path from the root.

        Raises KeyError, with path and revision, if the changeset has no such file.
        """
        name = os.fsencode(path)
        try:
            return self.tree[name]
        except KeyError:
            raise KeyError("%r is not in revision %d" % (name, self.rev)) from None

    def __contains__(self, path: Path) -> bool:
        return os.fsencode(path) in self.tree

    def changes(self, against: int | None = None) -> Changes:
        """The files in which it differs from its first parent, or from another revision."""
        base = self._repository._native.parents(self.rev)[0] if against is None else against
        return self._repository.status(base, self.rev)

    @property
    def copies(self) -> dict[bytes, bytes]:
        """The files that it copied or moved from ones of its parents: their paths, by the new one.

        Where both parents have a source, the first one's counts.
        """
        first, second = _native.copies_of_changeset(self._repository._native, self.rev, tick)
        return {**dict(second), **dict(first)}

    def diff(self, **options: object) -> Patch:
        """What it changes in its first parent, as a patch: see `Repository.diff`."""
        base = self._repository._native.parents(self.rev)[0]
        return self._repository.diff(base, self.rev, **options)  # type: ignore[arg-type]

    def __int__(self) -> int:
        return self.rev

    __index__ = __int__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Changeset):
            return NotImplemented
        return self.node == other.node and self._repository.root == other._repository.root

    def __hash__(self) -> int:
        return hash(self.node)

    def __repr__(self) -> str:
        return "<Changeset %d:%s>" % (self.rev, self.hex[:12])
