# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of `.hg` as nobody should have left them: whatever hg says of them is said."""

from __future__ import annotations

import shutil

import pytest
from beside import check
from conftest import made
from hgcommand import hg

LINES = ("log", "id", "bookmarks", "status")
NODE, NOBODY = "%(node)s", "1" * 40
# What a file has then, with the node of a changeset in it; a `+` before adds it at the end.
ODD = [
    ("bookmarks", "+nonsense\n"),
    ("bookmarks", "+zz name\n"),
    ("bookmarks", f"+{NODE} \n"),
    ("bookmarks", f"+\n{NODE} last"),
    ("bookmarks", f"+{NOBODY} unknown\n"),
    ("bookmarks", f"{NODE} mark\n{NODE} mark\n"),
    ("bookmarks.current", "gone\n"),
    ("bookmarks.current", " mark \n"),
    ("localtags", "nonsense\n"),
    ("localtags", f"{NOBODY} unknown\n{NODE} known\n"),
    ("localtags", f"{NODE} known\n{'0' * 40} known\n"),
    ("localtags", f"{NODE} tip\n{NODE} null\n{NODE} 12\n"),
    ("store/phaseroots", "nonsense\n"),
    ("store/phaseroots", f"+1 {NOBODY}\n"),
    ("store/phaseroots", f"+9 {NODE}\n"),
    ("store/phaseroots", f"+32 {NODE}\n"),
    ("store/obsstore", ""),
    ("store/obsstore", "\x01"),
    ("store/obsstore", "\x07nonsense"),
    ("branch", ""),
    ("branch", "x y \n\n"),
    ("dirstate", "short"),
    ("dirstate", "\x01" * 40),
    ("hgrc", "nonsense\n"),
    ("requires", "+made-up\n"),
    ("sparse", "[include]\na\n"),
    ("merge/state2", "x\n"),
    ("cache/tags2-visible", "x\n"),
    ("cache/branch2-served", "x\n"),
    ("cache/hgtagsfnodes1", "x" * 100),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A repository with a bookmark, a tag and two heads."""
    root = tmp_path_factory.mktemp("base") / "r"
    hg("init", root)
    for number, name in enumerate("ab"):
        (root / name).write_text(name)
        hg("commit", "-qAm", name, "-d", f"{number} 0", "-u", "u", cwd=root)
        hg("tag", f"v{number}", "-d", f"{number} 0", "-u", "u", cwd=root)
        hg("update", "-q", "0", cwd=root)
    hg("bookmark", "mark", cwd=root)
    return root, hg("log", "-r", "0", "-T", "{node}", cwd=root).decode()


@pytest.mark.parametrize("name, content", ODD)
def test_odd_files(base, tmp_path, name, content):
    original, node = base
    root = tmp_path / "r"
    shutil.copytree(original, root, symlinks=True)
    path = root / ".hg" / name
    path.parent.mkdir(exist_ok=True)
    with open(path, "a" if content.startswith("+") else "w", encoding="latin-1") as file:
        file.write((content.removeprefix("+")) % {"node": node})
    env = made(tmp_path, VERMILION_SERVER="0")
    for line in LINES:
        check(line.split(), root, env)
