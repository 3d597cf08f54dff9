# SPDX-License-Identifier: GPL-2.0-or-later
"""`vermilion hg` beside hg itself in repositories that are not as most are."""

from __future__ import annotations

import os
import random
import subprocess
import time

import pytest
from beside import PROGRAM, check, committed, explained, outcome
from hgcommand import HG, hg


def test_a_merge(alone, tmp_path):
    """Files with conflicts are listed, of both kinds, and nothing is when the merge is over."""
    root = tmp_path / "r"
    hg("init", root)
    (root / "dir").mkdir()
    for name in ("a", "b", "dir/c", "gone"):
        (root / name).write_text("0\n")
    hg("commit", "-qAm", "0", "-u", "u", cwd=root)
    for number in (1, 2):
        hg("update", "-q", "0", cwd=root)
        for name in ("a", "b", "dir/c", "gone"):
            (root / name).write_text(f"{number}\n")
        if number == 1:
            hg("rm", "-f", "gone", cwd=root)
            (root / "path").write_text("a file")
        else:
            (root / "path").mkdir()
            (root / "path" / "d").write_text("in a directory")
        hg("commit", "-qAm", str(number), "-u", "u", cwd=root)
    lines = ("-l", "-ln", "-l dir", "-l re:[ab]", "-lTjson", "-l --color=debug", "-l nowhere")
    lines += ("-l -n -T {mergestatus}{path}\\n", "-l -X a --cwd dir")
    merge = [
        "merge",
        "-q",
        "1",
        "-t",
        ":fail",
        "--config=experimental.merge.checkpathconflicts=yes",
    ]
    subprocess.run([HG, *merge], cwd=root, env=alone, stdin=subprocess.DEVNULL, check=False)
    for marked in ([], ["b", "path"]):
        if marked:
            hg("resolve", "-m", *marked, cwd=root)
        for line in lines:
            assert explained(["resolve", *line.split()], root, alone) == "natively\n"
            check(["resolve", *line.split()], root, alone)
        more = ("phase", "diff --reverse", "diff --reverse --stat")
        for line in ("status", "status -v", "summary", "id", "parents", "log -G", *more):
            check(line.split(), root, alone)
    assert outcome([PROGRAM, "hg"], ["resolve", "-l"], root, alone)[1].count(b"\n") > 2
    hg("update", "-qC", ".", cwd=root)
    check(["resolve", "-l"], root, alone)


def test_an_empty_repository(alone, tmp_path):
    """The null revision is its tip."""
    hg("init", tmp_path / "r")
    lines = ("summary", "summary -q", "heads", "heads -t", "id", "phase", "tags", "log", "tip")
    more = ("log -r null -T {rev}{tags}{latesttag}", "log -r null", "branches", "parents", "status")
    for line in (*lines, *more, "id -T {tags}", "log -r tip -Tjson"):
        check(line.split(), tmp_path / "r", alone)


def test_names_with_spaces(alone, tmp_path):
    """Mercurial reads a single revision of diff and status without looking at names."""
    root = tmp_path / "r"
    hg("init", root)
    (root / "a").write_text("0\n")
    hg("branch", "-q", "a name", cwd=root)
    hg("commit", "-qAm", "0", "-u", "u", cwd=root)
    for words in (["diff", "-r"], ["status", "--rev"], ["log", "-r"], ["cat", "a", "-r"]):
        check([*words, "a name"], root, alone)
    check(["diff", "-r", "a name", "-r", "null"], root, alone)


def test_binary_files(alone, tmp_path):
    """What is compressed in git's patches, Python's zlib compresses."""
    root = tmp_path / "r"
    hg("init", root)
    content = random.Random(1).choices(range(200), k=3000)
    (root / "a").write_bytes(bytes(content))
    hg("commit", "-qAm", "0", "-u", "u", cwd=root)
    (root / "a").write_bytes(bytes(reversed(content)))
    ways = {"diff": "natively", "diff -g": "by ", "diff -g --no-binary": "natively"}
    ways |= {
        "log -p": "natively",
        "log -p -g": "by ",
        "export -g 0": "by ",
        "log --stat": "natively",
    }
    ways |= {"log -T {diff()} --config diff.git=1": "by ", "export 0": "natively"}
    for line, way in ways.items():
        assert explained(line.split(), root, alone).startswith(way), line
        check(line.split(), root, alone)


@pytest.mark.parametrize("evolution", ["", "all", "createmarkers, x", "yes", "no", "allowunstable"])
def test_markers_without_evolution(evolution, alone, tmp_path):
    """Mercurial warns of markers of obsolescence where none are to be made."""
    root = committed(tmp_path / "r")
    hg("commit", "--amend", "-qm", "1", "-u", "u", cwd=root)
    assert (root / ".hg" / "store" / "obsstore").exists()
    own = "[experimental]\nevolution = %s\n" % evolution if evolution else ""
    for more in ("", "evolution.createmarkers = %s\n" % ("no" if evolution == "all" else "yes")):
        section = "" if own or not more else "[experimental]\n"
        (root / ".hg" / "hgrc").write_text(own + section + more)
        for line in ("log", "id", "branches", "status", "tags", "root", "heads", "grep 0"):
            check(line.split(), root, alone)
    assert explained(["log"], root, alone).startswith("by " if evolution == "all" else "natively")


def test_names_in_another_encoding(alone, tmp_path):
    """JSON has what was stored, whatever of it can be shown."""
    root = tmp_path / "r"
    hg("init", root)
    (root / "a").write_text("0\n")
    hg("branch", "-q", "ö", cwd=root)
    hg("commit", "-qAm", "0", "-u", "ü", cwd=root)
    hg("tag", "ä", "-u", "ü", cwd=root)
    hg("bookmark", "é", cwd=root)
    lines = ("bookmarks", "tags", "branches", "id", "annotate a -u", "grep 0 -r 0 -u", "log")
    for encoding in ("utf-8", "ascii", "latin1"):
        for line in lines:
            for more in ([], ["-Tjson"]):
                check([*line.split(), *more, "--encoding", encoding], root, alone)


def test_local_tags_in_another_encoding(alone, tmp_path):
    """They are in that of whoever runs hg."""
    root = committed(tmp_path / "r")
    node = hg("log", "-T", "{node}", cwd=root)
    for name in ("ä".encode(), "ä".encode("latin-1")):
        (root / ".hg" / "localtags").write_bytes(node + b" " + name + b"\n")
        for encoding in ("utf-8", "latin1", "ascii"):
            for line in ("tags", "log", "id"):
                check([*line.split(), "--encoding", encoding], root, alone)


def test_shelves(alone, tmp_path):
    """What was put aside is listed by its age."""
    hg("init", tmp_path / "r")
    root = tmp_path / "r"
    check(["shelve", "-l"], root, alone)
    (root / "a").write_text("0\n")
    hg("commit", "-qAm", "0", "-u", "u", cwd=root)
    messages = {"first": "# a\nmessage", "a-name-of-many-letters": "x" * 200, "ä": "ü", "": ""}
    for number, (name, message) in enumerate(messages.items()):
        (root / "a").write_text(f"new {number}\n")
        named = ["-n", name] if name else []
        hg("shelve", "-q", "-m", message, *named, cwd=root)
    shelved = root / ".hg" / "shelved"
    now = time.time()
    for number, path in enumerate(sorted(shelved.glob("*.shelve"))):
        os.utime(path, (now, now - 86400 * 25 * (1 + number) ** 2 - 7200))
    (shelved / "default.shelve").unlink()
    os.utime(shelved / "default.patch", (now, now - 100_000))
    (shelved / "half.patch").write_text("half")
    for line in ("-l", "--list -q", "-l first", "-l ä default nowhere", "-l --color=debug"):
        assert explained(["shelve", *line.split()], root, alone) == "natively\n"
        check(["shelve", *line.split()], root, alone)
    for line in ("-l -p", "-l --stat", "-l --config ui.formatted=yes", "-l -v"):
        check(["shelve", *line.split()], root, alone)
    assert outcome([PROGRAM, "hg"], ["shelve", "-l"], root, alone)[1].count(b"\n") == 4
    hg("unshelve", "-q", "first", cwd=root)
    check(["shelve", "-l"], root, alone)


def test_shares(alone, tmp_path):
    """A share has the bookmarks of its source where the extension says so, and is on."""
    hg("init", tmp_path / "source")
    (tmp_path / "source" / "a").write_text("a\n")
    hg("commit", "-qAm", "first", "-u", "u", cwd=tmp_path / "source")
    hg("bookmark", "mark", cwd=tmp_path / "source")
    on = "--config=extensions.share="
    for options in ([], ["-B"]):
        share = tmp_path / f"share{len(options)}"
        hg(on, "share", "-q", *options, tmp_path / "source", share)
        for line in ("bookmarks", "log -T {bookmarks}", "id -B", "branches", "log -r mark -q"):
            for extension in ([], [on]):
                check([*line.split(), *extension], share, alone)
        assert explained(["bookmarks", on], share, alone) == "natively\n"
