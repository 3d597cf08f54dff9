# SPDX-License-Identifier: GPL-2.0-or-later
"""`Repository`: a history with its files, names and states, read by Rust."""

from __future__ import annotations

import os
from array import array
from itertools import islice
from typing import NamedTuple

from vermilion import _native
from vermilion._blocks import tick
from vermilion._text import decode, encode, path_bytes
from vermilion.changeset import NULL, Changes, Changeset, Tree, changes_in
from vermilion.graph import Graph

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Callable, Union, overload

    from vermilion._native import RevSet
    from vermilion._text import Path
    from vermilion.columns import Changesets
    from vermilion.configuration import Config
    from vermilion.graph import Revs
    from vermilion.history import Annotation, FileVersion
    from vermilion.patch import Patch
    from vermilion.search import LineMatch
    from vermilion.verification import Verification
    from vermilion.workingcopy import WorkingCopy

    # A number, a node of 20 bytes, or a symbol as `hg log -r` takes it.
    What = Union[int, bytes, str, Changeset]

# Changesets whose changes, whose patches, and files whose contents, are asked for at a time.
_CHANGES = 1024
_PATCHES = 32
_CONTENTS = 512
# What diffs are like where nothing else is said.
_OPTIONS = {
    "context": 3,
    "text": False,
    "showfunc": False,
    "git": False,
    "nodates": False,
    "nobinary": False,
    "noprefix": False,
    "index": 0,
    "ignorews": False,
    "ignorewsamount": False,
    "ignoreblanklines": False,
    "ignorewseol": False,
    "xdiff": False,
}
# What they are called here, and by Mercurial.
_NAMES = {
    "git": "git",
    "context": "context",
    "text": "text",
    "show_function": "showfunc",
    "ignore_all_space": "ignorews",
    "ignore_space_change": "ignorewsamount",
    "ignore_blank_lines": "ignoreblanklines",
    "ignore_space_at_eol": "ignorewseol",
    "xdiff": "xdiff",
}
# Bytes of contents that may lie ready.
_READY = 32 << 20


class RepositoryChangedError(RuntimeError):
    """A repository is not any more as it was when an object was pickled."""


class Branch(NamedTuple):
    """A named branch."""

    #: the revision that its name stands for
    tip: int
    #: the revisions of its heads that do not close it, ascending
    heads: list[int]
    #: the revisions of those that do
    closed_heads: list[int]

    @property
    def is_closed(self) -> bool:
        """Whether all its heads close it."""
        return not self.heads


class Marker(NamedTuple):
    """An obsolescence marker: what a changeset was rewritten to."""

    #: the node of the changeset that was rewritten
    predecessor: bytes
    #: the nodes of what it became: none if it was given up, several if it was split
    successors: list[bytes]
    #: Mercurial's flags
    flags: int
    #: when: seconds since 1970, UTC, and how many seconds the time zone is west of UTC
    date: tuple[float, int]
    #: keys and values, such as `user`
    metadata: dict[str, str]
    #: the nodes of the parents of what was rewritten, if they were recorded
    parents: list[bytes] | None


class LatestTag(NamedTuple):
    """The last release before a changeset."""

    #: the tags of the tagged changeset, sorted; empty if there is none
    tags: list[str]
    #: how many steps it is away, along the path on which it was found; to the beginning of the
    #: history if there is none
    distance: int


class Repository:
    """A Mercurial repository, as it was when it was opened: neither Mercurial nor its
    configuration is needed.

    >>> import vermilion
    >>> repo = vermilion.Repository(".")                                    # doctest: +SKIP
    >>> repo["tip"].description                                             # doctest: +SKIP
    'vermilion: first version'

    `path` is the root, or anything in it. Hidden changesets are left out, as `hg` does, unless
    `hidden` is true.

    **What names a changeset.** A number, which is its position in this repository; a node, as 20
    bytes; a str that is what `hg log -r` takes for one: ".", "tip", "null", a number, a node in
    hexadecimal digits or its beginning, a bookmark, a tag, a branch, in Mercurial's order. Methods
    that take a `what` take any of them, or a `Changeset`.

    **Bytes and text.** Paths, contents and nodes are bytes. What people read is str: users,
    descriptions, names of branches, tags and bookmarks, extras. It is decoded as UTF-8, in which
    Mercurial writes it; other bytes become lone surrogates (`errors="surrogateescape"`), so that
    encoding it the same way gives the bytes back.

    **A view of one moment.** What is committed later is not seen until `refresh`. Small files
    such as bookmarks and phases are read when it is opened, changesets and files when they are
    asked for, from where Mercurial only appends. It may be used by several threads at once, and
    in a child that was forked. Long questions let other threads run, and end with Ctrl-C.

    It pickles as its path and the last changeset, which have to be the same where it is
    unpickled: else `RepositoryChangedError`.

    Raises OSError where there is no repository, or a file cannot be read;
    `UnsupportedIndexError` for requirements that are not known; `CorruptIndexError` for damaged
    revlogs and `CorruptRefsError` for damaged bookmarks, phases or markers, all naming the file.
    A changeset that is not there is an `UnknownRevisionError`, `AmbiguousRevisionError` or
    `HiddenRevisionError`, all of them `RevisionLookupError`, which is a LookupError; a number that
    no changeset has is an IndexError. All methods may raise these.

    n is the number of changesets in what follows.
    """

    def __init__(self, path: Path = ".", *, hidden: bool = False) -> None:
        self._native = _native.open_repository(os.fspath(path), hidden)
        self._forget()

    def _forget(self) -> None:
        """Forgets what was worked out."""
        self._graph: Graph | None = None
        self._config: Config | None = None
        self._hidden: RevSet | None = None
        self._obsolete: RevSet | None = None
        self._instabilities: dict[str, RevSet] | None = None
        self._names: dict[str, dict[int, list[str]]] = {}

    # The repository

    @property
    def root(self) -> str:
        """The root of the working copy: absolute, without symlinks."""
        return self._native.root

    @property
    def requirements(self) -> frozenset[str]:
        """What the repository requires of those who read it: Mercurial's names."""
        return frozenset(self._native.requirements)

    @property
    def shows_hidden(self) -> bool:
        """Whether hidden changesets are there too."""
        return self._native.hidden

    @property
    def graph(self) -> Graph:
        """The history's shape, with hidden changesets. O(n) when first asked for."""
        if self._graph is None:
            graph = Graph.open(self.root)
            length = len(self._native)
            graph.truncate(length)
            if len(graph) < length or graph.node(length - 1) != self._native.node(length - 1):
                raise RepositoryChangedError("%s was stripped" % self.root)
            self._graph = graph
        return self._graph

    @property
    def config(self) -> Config:
        """The configuration that hg would have here, read when first asked for."""
        if self._config is None:
            from vermilion.configuration import Config

            self._config = Config(self.root)
        return self._config

    @property
    def working_copy(self) -> WorkingCopy:
        """The working copy, which is as it is now."""
        from vermilion.workingcopy import WorkingCopy

        return WorkingCopy(self.root)

    @property
    def working_parents(self) -> tuple[int, ...]:
        """The revisions that the working copy is based on: none, one, or two in a merge."""
        return tuple(rev for rev in self._native.working_parents() if rev != NULL)

    @property
    def working_branch(self) -> str:
        """The branch that the next commit would be on, as it is when it is asked for."""
        return decode(self._native.working_branch())

    def refresh(self) -> range:
        """Goes on to how the repository is now; returns the revisions that are not as before.

        An empty range if nothing was committed; from the first that was replaced if changesets
        were stripped. Changesets made before are of the repository as it is now.
        """
        before = self._native
        now = _native.open_repository(self.root, before.hidden)
        same = min(len(before), len(now))
        # What is before a revision whose node is the same may still be in another order.
        nodes = [native.nodes_of(array("i", range(same)).tobytes()) for native in (before, now)]
        if nodes[0] != nodes[1]:
            pairs = zip(*(memoryview(packed).cast("c") for packed in nodes))
            same = next(at for at, (a, b) in enumerate(pairs) if a != b) // 20
        self._native = now
        self._forget()
        return range(same, len(now))

    def __repr__(self) -> str:
        return "Repository(%r%s)" % (self.root, ", hidden=True" if self.shows_hidden else "")

    def __reduce__(self) -> tuple[object, ...]:
        length = len(self._native)
        last = self._native.node(length - 1)
        return restore_repository, (type(self), self.root, self.shows_hidden, length, last)

    # Changesets

    def _filtered(self) -> RevSet:
        """The changesets that are left out."""
        if self._hidden is None:
            self._hidden = self._native.filtered()
        return self._hidden

    def _rev(self, what: What) -> int:
        """The revision that is meant."""
        if isinstance(what, Changeset):
            return what.rev
        if isinstance(what, str):
            return self._native.lookup(encode(what))
        if isinstance(what, bytes):
            rev = self._native.rev(what)
            if rev is None:
                raise _native.UnknownRevisionError("unknown revision %r" % what.hex())
        else:
            rev = what
            self._native.node(rev)  # an IndexError where there is none
        if rev in self._filtered():
            raise _native.HiddenRevisionError("hidden revision %d" % rev)
        return rev

    def __getitem__(self, what: What) -> Changeset:
        """A changeset by its number, its node, or what it is called."""
        return Changeset(self, self._rev(what))

    def __contains__(self, what: What) -> bool:
        try:
            return self._rev(what) != NULL
        except (_native.RevisionLookupError, IndexError):
            return False

    def __len__(self) -> int:
        """Returns how many changesets there are, hidden ones left out."""
        return len(self._native) - len(self._filtered())

    def __iter__(self) -> Iterator[Changeset]:
        """Iterates over the changesets, in ascending order."""
        return iter(self.changesets())

    if TYPE_CHECKING:

        @overload
        def revs(self) -> RevSet: ...

        @overload
        def revs(
            self,
            spec: str | bytes,
            *args: object,
            aliases: Mapping[str, str] | None = None,
            cwd: Path | None = None,
        ) -> array[int]: ...

    def revs(
        self,
        spec: str | bytes | None = None,
        *args: object,
        aliases: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> RevSet | array[int]:
        """All revisions that are not hidden, as a `RevSet`; with `spec`, those of a revision set.

        `spec` is what `hg log -r` takes (`hg help revsets`). The result is an array in Mercurial's
        order, and `RevSet(result)` a set::

            repo.revs("only(tip, @) and user(ann)")

        Values have their places as in Mercurial's own `repo.revs`, and are quoted: `%d` a number,
        `%s` a text, `%n` a node, `%r` a revision set, `%b` a branch; `%ld` and so on any number of
        them, `%%` a percent sign. Where there are no values, `%` is the operator::

            repo.revs("only(%d, %d) and user(%s)", a, b, "alice")

        `aliases` are those of the section `revsetalias` of a configuration, which is not read.
        Patterns of files are relative to `cwd`, the root without. Only changesets on which the
        answer depends are read, many at a time.

        Raises `RevsetError` with Mercurial's message for what is no revision set,
        `RevisionLookupError` for names that stand for nothing, and `UnsupportedRevsetError`, which
        names the predicate, for what only Mercurial answers (docs/revsets.md).
        """
        if spec is None:
            everything = _native.RevSet(array("i", range(len(self._native))).tobytes())
            return everything - self._filtered()
        from vermilion.revsets import argument, error

        pairs = [(encode(name), encode(text)) for name, text in (aliases or {}).items()]
        packed, wrong = self._native.evaluate(
            encode(spec) if isinstance(spec, str) else spec,
            [argument(value) for value in args] if args else None,
            pairs,
            None if cwd is None else os.path.abspath(os.fsdecode(cwd)),
            tick,
        )
        if wrong is not None:
            raise error(wrong)
        revs = array("i")
        revs.frombytes(packed or b"")
        return revs

    def rev_of(self, what: What) -> int:
        """The revision of what names a changeset. O(1) for numbers and nodes, once n were read."""
        return self._rev(what)

    def revs_of(self, nodes: bytes | Iterable[bytes]) -> array[int]:
        """The revisions of many nodes, in their order, whether hidden or not.

        `nodes` are 20 bytes each, one after the other or in an iterable. Raises
        `UnknownRevisionError` for one that no changeset has.
        """
        packed = nodes if isinstance(nodes, bytes) else b"".join(nodes)
        revs = array("i", self._native.revs_of(packed))
        if -2 in revs:
            at = 20 * revs.index(-2)
            raise _native.UnknownRevisionError("unknown revision %r" % packed[at : at + 20].hex())
        return revs

    def nodes_of(self, revs: Revs) -> bytes:
        """The nodes of many revisions, in their order, 20 bytes each."""
        return self._native.nodes_of(revs)

    def missing(self, nodes: bytes | Iterable[bytes]) -> RevSet:
        """The changesets that somebody lacks who has those of `nodes` and their ancestors.

        Nodes that are not known here do not count. O(n) bits.
        """
        packed = nodes if isinstance(nodes, bytes) else b"".join(nodes)
        known = [rev for rev in array("i", self._native.revs_of(packed)) if rev >= 0]
        return self.revs() - self.graph.only(known, [])

    def changesets(
        self,
        revs: Revs | None = None,
        *,
        reverse: bool = False,
        paths: Iterable[Path] = (),
        descriptions: bool = True,
        files: bool = True,
    ) -> Changesets:
        """Many changesets at once, in the order of `revs`; of all that are not hidden without.

        With `paths` only those that touch one of these files or a file below one of these
        directories, as changesets tell it themselves. `descriptions` and `files` say whether
        these columns are read. See `Changesets`: a sequence, columns, and a table of Arrow's.
        """
        from vermilion.columns import Changesets

        chosen: Revs = self.revs() if revs is None else revs
        places = [path_bytes(path) for path in paths]
        if places:
            chosen = array("i", self._native.touching(chosen, places, tick))
        if reverse:
            chosen = list(reversed(list(chosen)))
        native = self._native.changesets(_packed(chosen), descriptions, files)
        return Changesets(self, native, descriptions and files)

    def changes(
        self, revs: Revs | None = None, *, against: str = "p1"
    ) -> Iterator[tuple[int, Changes]]:
        """The files that each changeset changes, as pairs of revision and `Changes`.

        Against its first parent, or with `against="previous"` against the one before it in
        `revs`, the first one against an empty tree. Found out by comparing manifests, some
        hundred changesets at a time and in parallel; quickest in ascending order.
        """
        if against not in ("p1", "previous"):
            raise ValueError("against is 'p1' or 'previous', not %r" % against)
        chosen = array("i", _packed(self.revs() if revs is None else revs))
        previous = None if against == "p1" else NULL
        for start in range(0, len(chosen), _CHANGES):
            some = chosen[start : start + _CHANGES]
            block = self._native.changes(some.tobytes(), previous, tick)
            if previous is not None:
                previous = some[-1]
            yield from zip(some, changes_in(block))

    # Files

    def tree(self, what: What) -> Tree:
        """The files of a changeset."""
        return self[what].tree

    def contents(self, files: Iterable[tuple[bytes, bytes]]) -> Iterator[bytes]:
        """The contents of many revisions of files, given as pairs of path and node, in order.

        They are read in parallel, some at a time. Raises LookupError for a node that the file
        does not have.
        """
        rest = iter(files)
        wanted: list[tuple[bytes, bytes]] = []
        while True:
            wanted += islice(rest, _CONTENTS - len(wanted))
            if not wanted:
                return
            found = self._native.contents(wanted, _READY, tick)
            wanted = wanted[len(found) :]
            yield from found

    def status(self, a: What, b: What) -> Changes:
        """The files in which `b` differs from `a`."""
        return self.tree(a).changes_to(self.tree(b))

    def diff(
        self,
        a: What,
        b: What,
        paths: Iterable[Path] | None = None,
        *,
        git: bool = True,
        context: int = 3,
        text: bool = False,
        show_function: bool = False,
        ignore_all_space: bool = False,
        ignore_space_change: bool = False,
        ignore_blank_lines: bool = False,
        ignore_space_at_eol: bool = False,
        xdiff: bool = False,
    ) -> Patch:
        """The difference between two changesets as a patch, as `hg diff --from a --to b` has it.

        Of all files, or of those in `paths`: files, and directories with all below them. The
        options are those of `hg diff`: `git` for git's format, in which a patch tells modes,
        copies and binary contents; `context` lines around changes; `text` to take all files
        for text. Matching lines are found by the algorithm of Mercurial's C code, so that hunks
        are the same, or with `xdiff` by git's, as Mercurial does with `experimental.xdiff`. In
        parallel. See `Patch`.
        """
        options = _options(
            git=git,
            context=context,
            text=text,
            show_function=show_function,
            ignore_all_space=ignore_all_space,
            ignore_space_change=ignore_space_change,
            ignore_blank_lines=ignore_blank_lines,
            ignore_space_at_eol=ignore_space_at_eol,
            xdiff=xdiff,
        )
        return self._patches([(self._rev(a), self._rev(b))], paths, options)[0]

    def patches(
        self, revs: Revs | None = None, paths: Iterable[Path] | None = None, **options: int
    ) -> Iterator[tuple[int, Patch]]:
        """What each changeset changes in its first parent, as pairs of revision and `Patch`.

        `paths` and the options are those of `diff`. Some patches are made at a time, in
        parallel, and manifests that follow one another are read once: quicker than to ask each
        changeset for its `diff`.
        """
        made = _options(**{"git": True, **options})
        chosen = array("i", _packed(self.revs() if revs is None else revs))
        for start in range(0, len(chosen), _PATCHES):
            some = chosen[start : start + _PATCHES]
            pairs = [(self._native.parents(rev)[0], rev) for rev in some]
            yield from zip(some, self._patches(pairs, paths, made))

    def _patches(
        self, pairs: list[tuple[int, int]], paths: Iterable[Path] | None, options: dict[str, int]
    ) -> list[Patch]:
        from vermilion.patch import Patch, PatchedFile

        places = None if paths is None else [path_bytes(path) for path in paths]
        made = self._native.patches(pairs, places, options, tick)
        return [Patch([PatchedFile(*file) for file in files]) for files in made]

    def archive(
        self,
        dest: Path,
        what: What = ".",
        *,
        kind: str | None = None,
        prefix: Path | None = None,
        paths: Iterable[Path] | None = None,
        metadata: bool = True,
        progress: Callable[[int], object] = tick,
    ) -> int:
        """Writes the files of a changeset as an archive, as `hg archive` does; returns how many.

        `kind` is one of "files" (a directory), "tar", "tgz", "tbz2", "txz", "zip", and "uzip" for
        a zip that is not compressed; without, the suffix of `dest` tells, a directory where it
        tells none. Names in an archive begin with `prefix`, which is the name of `dest` without
        suffix if it is not given, "" for nothing. `paths` are files, and directories with all
        below them, that are to be in it: all without. With `metadata` the first file is
        `.hg_archival.txt`, which tells changeset, branch and latest tag.

        Members, their order, modes and times are Mercurial's, as are the bytes of tar; the same
        call writes the same bytes again. Filters and keywords that a configuration may ask for
        are not applied, and there is nothing of subrepositories. Contents are read in parallel,
        some at a time. An archive is complete once it is at `dest`, where nothing is before; in
        a directory files are replaced one by one, and no symlink there is followed. `progress`
        is called now and then with the number of files that were written.

        Raises ValueError for an unknown kind, a prefix that leads outside or for a directory, the
        root of the repository as `dest`, and where there is no file to write.
        """
        start = None if prefix is None else os.fsencode(prefix)
        places = None if paths is None else [path_bytes(path) for path in paths]
        rev, name = self._rev(what), os.fspath(dest)
        return self._native.archive(rev, name, kind, start, places, metadata, progress)

    def verify(
        self, *, full: bool = False, progress: Callable[[int], object] = tick
    ) -> Verification:
        """Looks through the whole repository, as it is now, as `hg verify` does.

        Changesets, manifests and all revisions of all files are read, and compared with their
        nodes; which of them name which others, with each other; lengths of files, the list of
        the store's files, and the dirstate, too. What is wrong is in `problems` of the
        `Verification`, and nothing of it an exception, but where the changelog cannot be read
        at all. With `full`, whole texts of manifests are compared with their nodes, where else
        that is done for those that are stored whole. `progress` is called now and then with the
        number of revisions that were read.

        O(all texts, those of manifests left out), in parallel; memory for the names of all files
        and O(changes of files) besides. No lock is taken: raises `RepositoryChangedError` where
        somebody has committed meanwhile, and `UnsupportedIndexError` where manifests are trees.
        """
        from vermilion.verification import Problem, Verification

        native = _native.open_repository(self.root, True)
        counts, found = native.verify(full, progress)
        now = _native.open_repository(self.root, True)
        length = len(native)
        if len(now) != length or now.node(length - 1) != native.node(length - 1):
            raise RepositoryChangedError("%s changed while it was verified" % self.root)
        kinds = ("warning", "error")
        problems = [
            Problem(kinds[is_error], area, file, rev, message)
            for is_error, area, file, rev, message in found
        ]
        return Verification(counts, problems)

    def copies(self, a: What, b: What) -> dict[bytes, bytes]:
        """The files of `b` that were copied or moved from files of `a`: paths, by those in `b`.

        As Mercurial traces them; back from `b` to `a`, only moves count.
        """
        return dict(_native.copies(self._native, self._rev(a), self._rev(b), tick))

    # Histories of files

    def file_history(
        self,
        path: Path,
        at: What | None = None,
        *,
        follow: bool = False,
        first_parent: bool = False,
    ) -> list[FileVersion]:
        """The versions of a file, the latest changeset first.

        Of all changesets that are not hidden, or of `at` and its ancestors; those that had this
        path, as `hg log FILE` shows them. With `follow`, those that the one in `at` (the working
        copy's parent without) was made of, under whatever names, as `hg log --follow FILE`, with
        `first_parent` without the other side of merges. O(versions) mostly.

        Raises KeyError for a file to follow that is not there; one that never was has no history.
        """
        from vermilion.history import versions

        name, hidden = os.fsencode(path), self._filtered()
        if follow:
            rev = self._rev("." if at is None else at)
            found = _native.followed(self._native, name, rev, first_parent, hidden, tick)
        else:
            within = None if at is None else self._rev(at)
            found = _native.versions_of(self._native, name, hidden, within, tick)
        return versions(found)

    def last_changed(self, at: What = ".", directory: Path = b"") -> dict[bytes, int]:
        """The changesets that changed the entries of a directory last, by name: what code hosts
        show beside them.

        Of `at` and its ancestors; a directory's is the last that changed anything below it.
        Sorted by name; empty where there is no such directory. O(changesets back to there), in
        parallel.
        """
        place = path_bytes(directory)
        found = _native.last_changed(self._native, place, self._rev(at), tick)
        return {name: rev for name, _, rev in found}

    def annotate(
        self,
        path: Path,
        at: What = ".",
        *,
        follow: bool = True,
        skip: Revs | None = None,
        ignore_all_space: bool = False,
        ignore_space_change: bool = False,
        ignore_blank_lines: bool = False,
        ignore_space_at_eol: bool = False,
        xdiff: bool = False,
    ) -> Annotation:
        """The lines of a file in a changeset, and where each comes from, as `hg annotate` has it.

        With `follow`, lines are followed to the files that it was copied from. Lines that
        changesets in `skip` changed are said to come from where lines near by did. The other
        options are changes in whitespace that are none, and `xdiff` as in `diff`. See `Annotation`.

        Reads each version once, and compares it with the ones that it was made of. Raises
        KeyError if the changeset has no such file.
        """
        from vermilion.history import Annotation

        options = _options(
            ignore_all_space=ignore_all_space,
            ignore_space_change=ignore_space_change,
            ignore_blank_lines=ignore_blank_lines,
            ignore_space_at_eol=ignore_space_at_eol,
            xdiff=xdiff,
        )
        name, rev = os.fsencode(path), self._rev(at)
        found = _native.annotate(self._native, name, rev, follow, skip, options, False, tick)
        return Annotation(*found)

    def grep(
        self,
        pattern: str | bytes,
        revs: Revs | None = None,
        *,
        paths: Iterable[Path] | None = None,
        ignore_case: bool = False,
        all_changes: bool = False,
        files_only: bool = False,
        progress: Callable[[int], object] = tick,
    ) -> Iterator[LineMatch]:
        """The lines of files that match a regular expression, as `hg grep -r` finds them.

        In the files that each changeset of `revs` has, by default the working copy's parent; with
        `all_changes` those that it adds and removes beside its first parent, as `hg grep --diff`,
        by default of all changesets, the latest first. In the order of `revs`, then of the
        paths, then of the lines, what is removed before what is added in its place. `paths`
        are files, and directories with all below them, that are searched. With `files_only` only
        the first line of each file is told. `progress` is called now and then with the number of
        files that were searched. See `LineMatch`.

        `pattern` means what it does for Python's `re`, with the flag `re.M`, in bytes; a str is
        encoded as UTF-8. Contents are searched as they are, binary ones too, whole and in
        parallel; a file that is the same in the next changeset once. O(contents), a search being
        linear; what was found is asked for some megabytes at a time while it is iterated over.

        Raises `re.error` for a pattern that is none, and `UnsupportedIndexError` for one that is
        not for automata: with a look-around, or a reference to a group.
        """
        import re

        from vermilion.search import found

        wanted = pattern.encode() if isinstance(pattern, str) else pattern
        re.compile(wanted)
        if revs is not None:
            chosen = array("i", _packed(revs))
        elif all_changes:
            chosen = array("i", self.revs().to_bytes())
            chosen.reverse()
        else:
            chosen = array("i", [self._rev(".")])
        self._native.nodes_of(chosen)  # an IndexError for one that is not there
        places = None if paths is None else [path_bytes(path) for path in paths]
        question = (wanted, ignore_case, places, all_changes, files_only)
        return found(self._native, chosen, question, progress)

    # Names and states

    def bookmarks(self) -> dict[str, int]:
        """The bookmarks and their revisions, by name."""
        return {decode(name): rev for name, rev in self._native.bookmarks()[0]}

    @property
    def active_bookmark(self) -> str | None:
        """The bookmark that the next commit moves, or None."""
        name = self._native.bookmarks()[1]
        return None if name is None else decode(name)

    def tags(self, *, local: bool = True) -> dict[str, int]:
        """The tags and their revisions, by name; `local` ones too or only those of everybody.

        `tip` is not one of them.
        """
        tags = self._native.tags()
        return {decode(name): rev for name, rev, is_local in tags if local or not is_local}

    def branches(self) -> dict[str, Branch]:
        """The branches, closed ones too, by name: see `Branch`."""
        found = {}
        for name, tip, heads in self._native.branches():
            is_open = [rev for rev, closes in heads if not closes]
            found[decode(name)] = Branch(tip, is_open, [rev for rev, closes in heads if closes])
        return found

    def heads(self, branch: str | None = None, *, closed: bool = False) -> list[int]:
        """The changesets without children, ascending; or the heads of a branch.

        `closed` says whether those that close their branch are among these. O(n).
        Raises LookupError for a branch that is not there.
        """
        if branch is not None:
            known = self.branches().get(branch)
            if known is None:
                raise LookupError("there is no branch %r" % branch)
            return sorted(known.heads + (known.closed_heads if closed else []))
        heads = [rev for rev in self.graph.heads(exclude=self._filtered()) if rev != NULL]
        if closed:
            return heads
        return [rev for rev in heads if not self[rev].closes_branch]

    def latest_tag(self, what: What = ".", pattern: str | re.Pattern[str] = "*") -> LatestTag:
        """The tags of everybody on the nearest tagged ancestor, as `{latesttag}` has it.

        Where the parents of a merge lead to different tags, it is the one that fewer changesets
        came after, then the later one. Only tags that match `pattern` count: a glob, or a regular
        expression that fits anywhere in the name. O(ancestors since).
        """
        from fnmatch import fnmatchcase

        def is_wanted(name: str) -> bool:
            if isinstance(pattern, str):
                return fnmatchcase(name, pattern)
            return pattern.search(name) is not None

        names: dict[int, list[str]] = {}
        for name, rev in self.tags(local=False).items():
            if is_wanted(name):
                names.setdefault(rev, []).append(name)
        tagged, distance = self._native.latest_tag(self._rev(what), list(names))
        return LatestTag(sorted(names.get(tagged, [])), distance)

    def phase(self, what: What) -> str:
        """The name of a changeset's phase."""
        return self._native.phase(self._rev(what))

    def phase_revs(self, phase: str) -> RevSet:
        """The changesets of a phase: `public`, `draft`, `secret`, `archived` or `internal`."""
        found = self._native.phase_revs(phase)
        if found is None:
            raise ValueError("%r is not a phase" % phase)
        return found

    def _is_obsolete(self, rev: int) -> bool:
        if self._obsolete is None:
            self._obsolete = self.obsolete()
        return rev in self._obsolete

    def _property(self, name: str) -> RevSet:
        found = self._native.obsolescence(name)
        assert found is not None
        return found

    def obsolete(self) -> RevSet:
        """The changesets that were rewritten or given up."""
        return self._property("obsolete")

    def extinct(self) -> RevSet:
        """The obsolete changesets all of whose descendants are obsolete too."""
        return self._property("extinct")

    def hidden(self) -> RevSet:
        """The changesets that Mercurial hides, whether they are left out here or not."""
        return self._property("hidden")

    def instabilities(self) -> dict[str, RevSet]:
        """The changesets that rewriting others has left in trouble, by kind.

        `orphan`: with an obsolete ancestor; `content-divergent`: another one was made of the same
        changeset; `phase-divergent`: made of one that is public.
        """
        if self._instabilities is None:
            kinds = ("orphan", "content-divergent", "phase-divergent")
            self._instabilities = {kind: self._property(kind) for kind in kinds}
        return dict(self._instabilities)

    def markers(self) -> list[Marker]:
        """All obsolescence markers, in the order in which they were recorded."""
        return [
            Marker(
                predecessor,
                successors,
                flags,
                date,
                {decode(key): decode(value) for key, value in metadata},
                parents,
            )
            for predecessor, successors, flags, date, metadata, parents in self._native.markers()
        ]

    def _named(self, kind: str, rev: int) -> list[str]:
        """The tags or bookmarks that name a revision."""
        if kind not in self._names:
            names: dict[int, list[str]] = {}
            for name, named in sorted(
                (self.tags() if kind == "tags" else self.bookmarks()).items()
            ):
                names.setdefault(named, []).append(name)
            self._names[kind] = names
        return list(self._names[kind].get(rev, ()))


def _options(**given: int) -> dict[str, int]:
    """Options of a diff by Mercurial's names, of those that `diff` takes."""
    for name in given:
        if name not in _NAMES:
            raise TypeError("%s is no option of a diff" % name)
    return {**_OPTIONS, **{_NAMES[name]: value for name, value in given.items()}}


def _packed(revs: Revs) -> bytes:
    """Revisions as packed native int32."""
    if isinstance(revs, bytes):
        return revs
    if isinstance(revs, _native.RevSet):
        return revs.to_bytes()
    return array("i", revs).tobytes()


def restore_repository(
    kind: type[Repository], root: str, hidden: bool, length: int, last: bytes
) -> Repository:
    """A Repository out of its pickle. Pickles name this function: it stays where it is."""
    repository = kind(root, hidden=hidden)
    native = repository._native
    if len(native) != length or native.node(length - 1) != last:
        raise RepositoryChangedError("%s is not as it was when it was pickled" % root)
    return repository
