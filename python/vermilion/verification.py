# SPDX-License-Identifier: GPL-2.0-or-later
"""`Verification`: what looking through a repository has found."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """Something in a repository that is not as it should be."""

    #: "error" for damage, "warning" for what is only unusual
    kind: str
    #: what it is about: "changelog", "manifest", "file", "store" or "dirstate"
    area: str
    #: the file, or the name of a file in the store; None where it is about all of its area
    file: bytes | None
    #: the changeset that what is damaged belongs to, where that can be told
    rev: int | None
    #: what is wrong
    message: str

    def __str__(self) -> str:
        where = self.area if self.file is None else self.file.decode("utf-8", "replace")
        rev = "?" if self.rev is None else self.rev
        return "%s: %s@%s: %s" % (self.kind, where, rev, self.message)


class Verification:
    """The result of looking through a repository."""

    __slots__ = ("changesets", "files", "manifests", "problems", "revisions")

    def __init__(self, counts: tuple[int, int, int, int], problems: list[Problem]) -> None:
        #: how many changesets there are, hidden ones too
        self.changesets = counts[0]
        #: how many manifests
        self.manifests = counts[1]
        #: how many files ever were in a changeset
        self.files = counts[2]
        #: how many revisions these have
        self.revisions = counts[3]
        #: what is wrong, in the order in which it was looked at
        self.problems = problems

    @property
    def errors(self) -> list[Problem]:
        """The problems that are damage."""
        return [problem for problem in self.problems if problem.kind == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """The problems that are none."""
        return [problem for problem in self.problems if problem.kind != "error"]

    @property
    def first_damaged(self) -> int | None:
        """The first changeset that something damaged belongs to."""
        revs = [problem.rev for problem in self.errors if problem.rev is not None]
        return min(revs) if revs else None

    @property
    def is_whole(self) -> bool:
        """Whether there is no damage."""
        return not self.errors

    def __repr__(self) -> str:
        return "<Verification of %d changesets, %d files: %d errors, %d warnings>" % (
            *(self.changesets, self.files),
            *(len(self.errors), len(self.warnings)),
        )
