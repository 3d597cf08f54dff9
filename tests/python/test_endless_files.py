# SPDX-License-Identifier: GPL-2.0-or-later
"""Each file of a repository in turn is one that has no end, or that nobody ever writes to.

Whatever is asked then, there is an answer or an error, soon and without much memory.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from hgcommand import hg

# Asked one after the other in a process of its own, for each file that is named on its input.
QUESTIONS = r"""
import os, resource, sys
import vermilion
from vermilion import Repository, WorkingCopy

# PyPy alone has reserved some of it.
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
root, damage = sys.argv[1:]
SETS = (
    "bisect(good)", "bookmark()", "tag()", "obsolete()", "secret()", "branch(default)",
    "file('**')", "contains('re:a')", "modifies('*')", "conflictlocal()", "hidden()", "p1()",
    "nodefromfile('%s')" % os.path.join(root, ".hg", "bookmarks"),
)

def asked():
    repo = Repository(root)
    yield lambda: repo.config.items("ui")
    yield lambda: [(c.user, c.files, c.phase, c.tags, c.bookmarks) for c in repo]
    yield lambda: (repo.branches(), repo.tags(), repo.heads(), repo.latest_tag())
    yield lambda: (repo.bookmarks(), repo.active_bookmark)
    yield lambda: (repo.markers(), repo.obsolete(), repo.hidden(), repo.instabilities())
    yield lambda: (repo.working_parents, repo.working_branch)
    for spec in SETS:
        yield lambda: list(repo.revs(spec))
    yield lambda: [data for _file, data in repo["tip"].tree.contents()]
    yield lambda: list(repo.patches(range(len(repo))))
    yield lambda: repo.diff(0, "tip").text
    yield lambda: [repo.annotate(path, ".") for path in repo["."].tree]
    yield lambda: list(repo.grep("x"))
    yield lambda: list(repo.grep("x", all_changes=True))
    yield lambda: repo.verify()
    yield lambda: repo.archive(os.path.join(root, "..", "archive.tar"))
    yield lambda: WorkingCopy(root).status()

# All of it has an answer where nothing is wrong.
for question in asked():
    question()
# What is wrong is said in one of these ways.
SAID = (OSError, ValueError, LookupError, vermilion.ConfigError)
for name in sys.stdin.read().split("\n"):
    path = os.path.join(root, name)
    os.rename(path, path + ".kept")
    if damage == "pipe":
        os.mkfifo(path)
    elif damage == "zeros":
        os.symlink("/dev/zero", path)
    elif damage == "loop":
        os.symlink(os.path.basename(path), path)
    else:
        with open(path, "wb") as file:
            file.truncate(1 << 43)
    print(name, end=" ", flush=True)
    answers = errors = 0
    try:
        for question in asked():
            try:
                question()
                answers += 1
            except SAID as error:
                errors += 1
    except SAID as error:
        errors += 1
    os.unlink(path)
    os.rename(path + ".kept", path)
    print(answers, errors, flush=True)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A repository with all kinds of files in it, and their names."""
    folder = tmp_path_factory.mktemp("endless")
    hg("facts-make", "--no-facts", folder, 0, 1)
    (root,) = folder.iterdir()
    dot_hg = root / ".hg"
    good = hg("log", "-r", "0", "-T", "good {node}\n", cwd=root)
    (dot_hg / "bisect.state").write_bytes(good)
    (dot_hg / "hgrc").write_text("[ui]\nusername = me\n")
    (root / ".hgignore").write_text("ignored\n")
    for name in ("bookmarks", "bookmarks.current", "branch", "localtags"):
        (dot_hg / name).touch()
    every = [str(path.relative_to(root)) for path in sorted(dot_hg.rglob("*")) if path.is_file()]
    data = [name for name in every if "/store/data/" in name]
    names = [name for name in every if "/store/data/" not in name and "undo" not in name]
    return root, [*names, *data[:4], ".hgignore"]


@pytest.mark.parametrize("damage", ["pipe", "zeros", "loop", "sparse"])
def test_endless_files(made, damage):
    root, names = made
    command = [sys.executable, "-c", QUESTIONS, root, damage]
    asking = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        out, err = asking.communicate("\n".join(names), timeout=300)
    except subprocess.TimeoutExpired:
        asking.kill()
        out, err = asking.communicate()
        pytest.fail(f"waits: {out.splitlines()[-1]}")
    assert asking.returncode == 0, (out, err)
    told = [line.rsplit(" ", 2) for line in out.splitlines()]
    assert [name for name, _answers, _errors in told] == names
    # It is not so that nothing works, or that nothing is noticed.
    assert any(int(answers) for _name, answers, _errors in told)
    assert sum(int(errors) for _name, _answers, errors in told) > len(names)
