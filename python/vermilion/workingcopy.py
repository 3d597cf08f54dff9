# SPDX-License-Identifier: GPL-2.0-or-later
"""`WorkingCopy`: the state of the files of a repository on disk, found out by Rust."""

from __future__ import annotations

import os

# What collections.abc exports, without importing collections.
from _collections_abc import Sequence

from vermilion import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Iterator
    from typing import Callable, Union, overload

    Path = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]

# Every so many names of a block, the place is known.
_STEP = 64
# Iterating makes the names of so many places at a time.
_PLACES = 16


class Names(Sequence[bytes]):
    """Paths in the order of their bytes, as a sequence of bytes that are made when asked for.

    They lie in one `block`, each followed by a NUL. `len` is O(1); an item is O(1) after
    the first one, which is O(n), as is `in`. A slice is a list. Equal to other sequences
    with the same items; not hashable.
    """

    __slots__ = ("_block", "_count", "_offsets")

    def __init__(self, block: bytes, count: int | None = None) -> None:
        if block and not block.endswith(b"\0"):
            raise ValueError("each name in a block is followed by a NUL")
        self._block = block
        self._count = block.count(b"\0") if count is None else count
        self._offsets: array[int] | None = None

    @property
    def block(self) -> bytes:
        """All paths, each followed by a NUL."""
        return self._block

    def __len__(self) -> int:
        return self._count

    def _places(self) -> array[int]:
        """Returns where each name begins whose index is a multiple of _STEP, and the end."""
        if self._offsets is None:
            from array import array

            offsets = array("Q", _native.name_offsets(self._block, _STEP))
            offsets.append(len(self._block))
            self._offsets = offsets
        return self._offsets

    def _between(self, first: int, last: int) -> list[bytes]:
        """The names between two places."""
        places = self._places()
        last = min(last, len(places) - 1)
        return self._block[places[first] : places[last]].split(b"\0")[:-1]

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> bytes: ...
        @overload
        def __getitem__(self, index: slice) -> list[bytes]: ...

    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            wanted = range(self._count)[index]
            if not wanted:
                return []
            low, high = min(wanted[0], wanted[-1]), max(wanted[0], wanted[-1])
            first = low // _STEP
            names = self._between(first, high // _STEP + 1)
            if wanted.step > 0:
                return names[low - first * _STEP : high - first * _STEP + 1 : wanted.step]
            return [names[i - first * _STEP] for i in wanted]
        try:
            place, rest = divmod(range(self._count)[index], _STEP)
        except IndexError:
            raise IndexError("there are %d names" % self._count) from None
        return self._between(place, place + 1)[rest]

    def __iter__(self) -> Iterator[bytes]:
        for first in range(0, -(-self._count // _STEP), _PLACES):
            yield from self._between(first, first + _PLACES)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, bytes) or b"\0" in name or not self._block:
            return False
        record = name + b"\0"
        return self._block.startswith(record) or b"\0" + record in self._block

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Names):
            return self._block == other._block
        if isinstance(other, (list, tuple)):
            return len(other) == self._count and all(a == b for a, b in zip(self, other))
        return NotImplemented

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:4]))
        return "Names([%s%s])" % (shown, ", … %d" % self._count if self._count > 4 else "")


class Status:
    """The state of a working copy's files; see `WorkingCopy.status`."""

    __slots__ = (
        "modified",
        "added",
        "removed",
        "deleted",
        "unknown",
        "ignored",
        "clean",
        "unsure",
        "parents",
        "copies",
        "bad",
        "warnings",
        "unsure_reason",
    )

    #: different from the first parent, or merged
    modified: Names
    #: to be added by the next commit
    added: Names
    #: to be removed by the next commit
    removed: Names
    #: tracked, but gone
    deleted: Names
    #: not tracked, if asked for
    unknown: Names
    #: not tracked and ignored, if asked for
    ignored: Names
    #: as in the first parent, if asked for
    clean: Names
    #: modified or clean: what the first parent has cannot be read
    unsure: Names
    #: the nodes that the working copy was based on, zeros for none
    parents: tuple[bytes, bytes]
    #: what tracked files are copies of, if asked for
    copies: dict[bytes, bytes]
    #: paths that could not be looked at, with the reason
    bad: list[tuple[bytes, str]]
    #: complaints about ignore files, as Mercurial words them
    warnings: list[bytes]
    #: why the first of the unsure files is, or None
    unsure_reason: str | None

    def __init__(self, **fields: object) -> None:
        for name in self.__slots__:
            setattr(self, name, fields[name])

    def __bool__(self) -> bool:
        """Returns whether anything is modified, added, removed, deleted or unsure."""
        return bool(self.modified or self.added or self.removed or self.deleted or self.unsure)

    def __repr__(self) -> str:
        counts = ", ".join("%s=%d" % (name, len(getattr(self, name))) for name in _LISTS)
        return "<Status %s>" % counts


_LISTS = Status.__slots__[:8]


class WorkingCopy:
    """The working copy of a Mercurial repository.

    `path` is its root, or anything in it. It is only read: nothing is written and no lock
    is taken, so that many may look at once, and each question is answered by what the files
    say at that moment.

    Neither Mercurial nor its configuration is needed, nor read. What `ui.ignore` names
    there is passed as `ignore_files`: files of ignore rules beside `.hgignore`, absolute or
    relative to the root. Encoding filters and extensions that say what a file contains
    (eol, keyword) are not known here.

    Raises OSError where there is no repository, or where a file cannot be looked at;
    `UnsupportedWorkingCopyError` for sparse and narrow ones, for largefiles and other
    requirements that are not known, for subrepositories that are not Mercurial's, for ignore
    rules that Rust does not match as Python does, and for file systems without case or
    permissions; `CorruptDirstateError` and `CorruptIndexError` for damaged files. All
    methods may.
    """

    def __init__(self, path: Path = ".", *, ignore_files: Iterable[Path] = ()) -> None:
        files = [os.fsencode(file) for file in ignore_files]
        self._native = _native.open_working_copy(os.fspath(path), files)

    @property
    def root(self) -> str:
        """The root directory: absolute, without symlinks."""
        return self._native.root

    @property
    def parents(self) -> tuple[bytes, bytes]:
        """The nodes that the working copy is based on, zeros for none. O(1)."""
        return self._native.parents()

    def __repr__(self) -> str:
        return "WorkingCopy(%r)" % self.root

    def is_ignored(self, path: Path) -> bool:
        """Returns whether a path, relative to the root, or a directory above it is ignored.

        Tracked files are not ignored by Mercurial, whatever this says. The rules are read
        by the first question and by each `status` that needs them.
        """
        return self._native.is_ignored(os.fsencode(path).rstrip(b"/"))

    def status(
        self,
        paths: Iterable[Path] | None = None,
        *,
        tracked: bool = True,
        unknown: bool = True,
        ignored: bool = False,
        clean: bool = False,
        copies: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> Status:
        """The state of the files, as `hg status` tells it: see `Status`.

        Of all files, or of those that are in `paths`: files and directories, relative to
        the root. Files whose time stamps do not tell whether they are clean are compared
        with the first parent; those stay unsure whose contents there cannot be read, as
        of censored revisions. Without `tracked`, only unknown and ignored files are looked for, which is
        faster. Directories of other repositories are left out, subrepositories too.

        O(files and entries of directories), on all processors, while other Python threads
        run. `progress` is called about twenty times a second with the number of directories
        looked at so far; what it raises, and Ctrl-C, ends the work.

        Raises ValueError for a path that is not in the working copy.
        """
        wanted = (
            (_native.WANT_TRACKED if tracked else 0)
            | (_native.WANT_CLEAN if clean else 0)
            | (_native.WANT_UNKNOWN if unknown else 0)
            | (_native.WANT_IGNORED if ignored else 0)
            | (_native.WANT_COPIES if copies else 0)
        )
        places = None if paths is None else [os.fsencode(path) for path in paths]
        lists, parents, pairs, bad, (warnings, unsure_reason) = self._native.status(
            wanted, places, progress or _tick
        )
        fields: dict[str, object] = {
            name: Names(block, count) for name, (count, block) in zip(_LISTS, lists)
        }
        return Status(
            parents=parents,
            copies=dict(pairs),
            bad=[(path, _reason(errno, kind)) for path, errno, kind in bad],
            warnings=[_warning(*warning) for warning in warnings],
            unsure_reason=unsure_reason,
            **fields,
        )


def _tick(_directories: int) -> None:
    """Called now and then during a walk, for Python to look after signals."""


def _reason(errno: int | None, kind: str) -> str:
    if errno is None:
        return "unsupported file type (type is %s)" % kind
    return os.strerror(errno)


def _warning(file: bytes, errno: int | None, syntax: bytes) -> bytes:
    if errno is None:
        return b"%s: ignoring invalid syntax '%s'" % (file, syntax)
    return b"skipping unreadable pattern file '%s': %s" % (file, os.fsencode(os.strerror(errno)))
