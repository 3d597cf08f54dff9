# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of a repository's changesets, as a library that speaks Arrow reads it."""

from __future__ import annotations

import sys

import pytest
from harness import PYPY
from hgcommand import hg
from vermilion import Repository

# The interpreters for which tests/common/requirements.txt has nanoarrow.
NANOARROW = sys.version_info[:2] in ((3, 9), (3, 11), (3, 13))
if PYPY:
    NANOARROW = sys.implementation.version < (8,)
if NANOARROW:
    import nanoarrow


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    path = tmp_path_factory.mktemp("repo")
    hg("init", path)
    for number in range(5):
        (path / f"file {number % 2}").write_text(f"{number}\n")
        hg("commit", "-qAm", f"№ {number}", "-u", f"user {number % 2}", cwd=path)
    return Repository(path)


if NANOARROW:

    def test_a_table(repo):
        changesets = repo.changesets()
        stream = nanoarrow.ArrayStream(changesets)
        names = [field.name for field in stream.schema.fields]
        rows = [dict(zip(names, row)) for row in stream.iter_tuples()]
        assert len(rows) == 5
        for row, changeset in zip(rows, changesets):
            assert (row["rev"], row["node"]) == (changeset.rev, changeset.node)
            assert [rev for rev in (row["p1"], row["p2"]) if rev != -1] == list(changeset.parents)
            assert row["date"].timestamp() == changeset.timestamp[0]
            assert row["offset"] == changeset.timestamp[1]
            assert (row["user"], row["branch"]) == (changeset.user, changeset.branch)
            assert row["closes_branch"] is changeset.closes_branch
            assert row["description"] == changeset.description
            assert row["files"] == changeset.files

    def test_fewer_columns_and_no_rows(repo):
        less = repo.changesets([], descriptions=False, files=False)
        names = [field.name for field in nanoarrow.Schema(less).fields]
        assert names[-1] == "closes_branch" and "rev" in names
        assert list(nanoarrow.ArrayStream(less).iter_tuples()) == []


def test_capsules(repo):
    assert "arrow_array_stream" in repr(repo.changesets().__arrow_c_stream__())
    assert "arrow_schema" in repr(repo.changesets().__arrow_c_schema__())
