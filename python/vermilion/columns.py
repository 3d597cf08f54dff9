# SPDX-License-Identifier: GPL-2.0-or-later
"""`Changesets`: many changesets as columns, without an object for each."""

from __future__ import annotations

from _collections_abc import Sequence
from array import array

from vermilion._blocks import tick
from vermilion._rows import Rows
from vermilion._text import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import overload

    from vermilion._native import Changesets as NativeChangesets
    from vermilion.changeset import Changeset
    from vermilion.repository import Repository

# The rows that are read at a time by whoever iterates.
_BLOCK = 4096


class Distinct(Rows[str]):
    """A column of texts of which there are few different ones, as a sequence.

    `values` has each text once, in the order in which they first come; `rows`, an
    `array('i')`, the number in `values` of each row's text.
    """

    __slots__ = ("rows", "values")

    def __init__(self, values: list[str], rows: array[int]) -> None:
        self.values = values
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def _row(self, row: int) -> str:
        return self.values[self.rows[row]]


class Texts(Rows[str]):
    """A column of texts as a sequence, each made when it is asked for.

    Row i is `block[offsets[i]:offsets[i + 1]]`: `block` is bytes, `offsets` an `array('q')` with
    one more than there are rows.
    """

    __slots__ = ("block", "offsets")

    def __init__(self, block: bytes, offsets: array[int]) -> None:
        self.block = block
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def _row(self, row: int) -> str:
        return decode(self.block[self.offsets[row] : self.offsets[row + 1]])


class PathLists(Rows["list[bytes]"]):
    """A column of lists of paths as a sequence, each made when it is asked for.

    The paths of row i are numbers `starts[i]` up to `starts[i + 1]`, and path n is
    `block[offsets[n]:offsets[n + 1]]`; `starts` and `offsets` are `array('q')`.
    """

    __slots__ = ("block", "offsets", "starts")

    def __init__(self, block: bytes, offsets: array[int], starts: array[int]) -> None:
        self.block = block
        self.offsets = offsets
        self.starts = starts

    def __len__(self) -> int:
        return len(self.starts) - 1

    def _row(self, row: int) -> list[bytes]:
        block, offsets = self.block, self.offsets
        numbers = range(self.starts[row], self.starts[row + 1])
        return [block[offsets[n] : offsets[n + 1]] for n in numbers]


class _Block:
    """Rows that were read: a column each."""

    __slots__ = (
        "branches",
        "closes_branch",
        "descriptions",
        "files",
        "nodes",
        "offsets",
        "parents",
        "revs",
        "seconds",
        "users",
    )

    def __init__(self, native: NativeChangesets, start: int, count: int) -> None:
        (
            revs,
            parents,
            self.nodes,
            seconds,
            offsets,
            (users, user_rows),
            (branches, branch_rows),
            self.closes_branch,
            (descriptions, description_offsets),
            ((files, file_offsets), file_starts),
        ) = native.block(start, count, tick)
        self.revs = array("i", revs)
        self.parents = array("i", parents)
        self.seconds = array("q", seconds)
        self.offsets = array("i", offsets)
        self.users = Distinct([decode(user) for user in users], array("i", user_rows))
        self.branches = Distinct([decode(name) for name in branches], array("i", branch_rows))
        self.descriptions = Texts(descriptions, array("q", description_offsets))
        self.files = PathLists(files, array("q", file_offsets), array("q", file_starts))


class Changesets(Sequence["Changeset"]):
    """Many changesets, in the order in which they were asked for.

    As a sequence its items are `Changeset`; iterating reads some thousand at a time, in
    parallel. As columns it has no object for each:

    ================= ===================================================================
    `revs`            the revisions: `array('i')`
    `parents`         two revisions a row, -1 for none: `array('i')`
    `nodes`           20 bytes a row: `bytes`
    `seconds`         when, in seconds since 1970, UTC: `array('q')`
    `offsets`         the time zone, in seconds west of UTC: `array('i')`
    `users`           who: `Distinct`, a sequence of str
    `branches`        on which branch: `Distinct`
    `closes_branch`   whether it closes that, a byte of 0 or 1 a row: `bytes`
    `descriptions`    `Texts`, a sequence of str; empty if they were not asked for
    `files`           `PathLists`, a sequence of lists of paths; empty if not asked for
    ================= ===================================================================

    The first column that is asked for reads all, in parallel, in time and memory linear in what
    they hold. As a table of Arrow's (`__arrow_c_stream__`), which pyarrow, polars, pandas and
    duckdb take without a copy, it is read in batches of some thousand rows as they go on, so
    that all need not fit into memory: columns rev, node, p1, p2, date, offset, user, branch,
    closes_branch, description, files. Text that is not UTF-8 has U+FFFD there.

    Raises what reading changesets does: see `Repository`.
    """

    def __init__(self, repository: Repository, native: NativeChangesets, filled: bool) -> None:
        self._repository = repository
        self._native = native
        # Whether rows have all that a Changeset tells.
        self._filled = filled
        self._all: _Block | None = None

    def _columns(self) -> _Block:
        if self._all is None:
            self._all = _Block(self._native, 0, len(self._native))
        return self._all

    @property
    def revs(self) -> array[int]:
        """The revisions."""
        return array("i", self._native.revs())

    @property
    def parents(self) -> array[int]:
        """The parents, two revisions a row, -1 for none."""
        return self._columns().parents

    @property
    def nodes(self) -> bytes:
        """The nodes, 20 bytes a row."""
        return self._columns().nodes

    @property
    def seconds(self) -> array[int]:
        """When they were committed, in seconds since 1970, UTC."""
        return self._columns().seconds

    @property
    def offsets(self) -> array[int]:
        """The time zones of those who committed, in seconds west of UTC."""
        return self._columns().offsets

    @property
    def users(self) -> Distinct:
        """Who committed them."""
        return self._columns().users

    @property
    def branches(self) -> Distinct:
        """Their branches."""
        return self._columns().branches

    @property
    def closes_branch(self) -> bytes:
        """Whether they close their branch: a byte a row, 0 or 1."""
        return self._columns().closes_branch

    @property
    def descriptions(self) -> Texts:
        """Their descriptions; without rows if they were not asked for."""
        return self._columns().descriptions

    @property
    def files(self) -> PathLists:
        """The files that they touch, as they tell it; without rows if not asked for."""
        return self._columns().files

    def __len__(self) -> int:
        return len(self._native)

    def __repr__(self) -> str:
        return "<%d changesets of %r>" % (len(self), self._repository)

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Changeset: ...
        @overload
        def __getitem__(self, index: slice) -> list[Changeset]: ...

    def __getitem__(self, index: int | slice) -> Changeset | list[Changeset]:
        from vermilion.changeset import Changeset

        found = self.revs[index]
        if isinstance(found, array):
            return [Changeset(self._repository, rev) for rev in found]
        return Changeset(self._repository, found)

    def __iter__(self) -> Iterator[Changeset]:
        from vermilion.changeset import Changeset

        repository, filled = self._repository, self._filled
        for start in range(0, len(self), _BLOCK):
            block = _Block(self._native, start, _BLOCK)
            users, branches, closes = block.users, block.branches, block.closes_branch
            for row, rev in enumerate(block.revs):
                changeset = Changeset(repository, rev)
                changeset._node = block.nodes[20 * row : 20 * row + 20]
                if filled:
                    changeset._fields = (
                        users._row(row),
                        (block.seconds[row], block.offsets[row]),
                        branches._row(row),
                        closes[row] != 0,
                        block.files._row(row),
                        block.descriptions._row(row),
                    )
                yield changeset

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table, by the Arrow PyCapsule interface; batches are read as it goes on."""
        return self._native.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        """The names and types of the table's columns, by the Arrow PyCapsule interface."""
        return self._native.__arrow_c_schema__()
