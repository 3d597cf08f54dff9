# SPDX-License-Identifier: GPL-2.0-or-later
"""`vermilion hg` beside hg itself where there are subrepositories, or were: they are left to it."""

from __future__ import annotations

import pytest
from beside import check, explained
from hgcommand import hg

REASON = "subrepositories"
# What is asked of changesets without subrepositories is answered natively.
LINES = {
    "status": False,
    "diff": False,
    "diff -r 0": False,
    "diff -r 1": True,
    "diff -r 1 -r 0": True,
    "diff -c 2": True,
    "status --rev 0": False,
    "status --rev 1": True,
    "status --change 1": True,
    "files -r 0": False,
    "files -r 1": True,
    "locate -r 1": True,
    "files": False,
}


@pytest.fixture(scope="module")
def gone(tmp_path_factory):
    """A repository that had a subrepository in one changeset, and has a changed file."""
    root = tmp_path_factory.mktemp("subrepositories") / "r"
    hg("init", root)
    (root / "a").write_text("one\n")
    hg("commit", "-qAm", "first", "-u", "u", cwd=root)
    hg("init", root / "sub")
    (root / "sub" / "b").write_text("b\n")
    hg("commit", "-qAm", "of it", "-u", "u", cwd=root / "sub")
    (root / ".hgsub").write_text("sub = sub\n")
    hg("add", ".hgsub", cwd=root)
    hg("commit", "-qm", "second", "-u", "u", cwd=root)
    hg("remove", ".hgsub", cwd=root)
    hg("commit", "-qm", "third", "-u", "u", cwd=root)
    # Mercurial leaves it there; "third" does not have it.
    (root / ".hgsubstate").unlink(missing_ok=True)
    (root / "a").write_text("two\n")
    return root


@pytest.mark.parametrize("line", LINES)
def test_subrepositories_that_are_gone(line, gone, alone):
    words = line.split()
    said = explained(words, gone, alone)
    assert (REASON in said) == LINES[line] and (said == "natively\n") != LINES[line], said
    check(words, gone, alone)
