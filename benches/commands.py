# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands of Mercurial's with the extension and without: none may become slower."""

from __future__ import annotations

import collections
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import bounds
import processes
from common import say
from places import ROOT, Place, Places

# A bundle of real changesets with contents; where it is not, a repository is made.
BUNDLE = ROOT.parent / "shared" / "data" / "hist.hg"
INTERPRETERS = {"cpython": "c", "pypy": "pure"}
REPOSITORIES = ("small", "large")
MADE_FILES, MADE_CHANGESETS = 2_000, 60


def _hg(place: Place, *words: object, cwd: Path) -> str:
    command = [str(place.python), str(place.python.parent / "hg"), *map(str, words)]
    env = {**place.env, "HGRCPATH": os.devnull, "HGUSER": "somebody"}
    done = subprocess.run(
        command, cwd=cwd, env=env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    return done.stdout.decode()


def _make(place: Place, root: Path, files: int, changesets: int) -> None:
    """A repository in which one file changes in every changeset, and others now and then."""
    _hg(place, "init", root, cwd=root.parent)
    for number in range(files):
        path = root / f"dir{number % 17}" / f"file{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{number}\n" * 20)
    for number in range(changesets):
        (root / "dir0" / "file0").write_text("".join(f"line {line}\n" for line in range(number)))
        (root / "dir1" / "file1").write_text(f"{number}\n")
        _hg(place, "commit", "-A", "-q", "-m", f"change {number}", cwd=root)


def _repository(place: Place, unbundler: Place, size: str, scratch: Path) -> tuple[Path, str]:
    """A repository of such a size, and a file in it that has changed often.

    The format is the default of `place`, which need not be able to read the bundle.
    """
    root = scratch / size
    if size == "small":
        _make(place, root, 30, 20)
    elif not BUNDLE.exists():
        _make(place, root, MADE_FILES, MADE_CHANGESETS)
    else:
        _hg(place, "init", root, cwd=scratch)
        _hg(unbundler, "unbundle", "-q", "-u", BUNDLE, cwd=root)
        # Revisions of a file are what annotate goes through; it has to be there in all of them.
        always = set(_hg(place, "files", "-r", "0", cwd=root).splitlines())
        always &= set(_hg(place, "files", cwd=root).splitlines())
        changes = _hg(place, "log", "-T", "{files % '{file}\\n'}", cwd=root).splitlines()
        counts = collections.Counter(file for file in changes if file in always)
        return root, counts.most_common(1)[0][0]
    return root, "dir0/file0"


def measure(where: Places, quick: bool) -> dict[str, Any]:
    """For each interpreter and repository, what each command takes, and what we add."""
    results: dict[str, Any] = {}
    runs = 5 if quick else 21
    with tempfile.TemporaryDirectory(prefix="vermilion-bench-") as scratch:
        enabled = Path(scratch) / "hgrc"
        enabled.write_text("[extensions]\nvermilion =\n")
        unbundler = where.get("c")
        assert unbundler is not None
        for interpreter, peer in INTERPRETERS.items():
            place = where.get(peer)
            assert place is not None
            folder = Path(scratch) / interpreter
            folder.mkdir()
            # Users have byte code.
            env = {k: v for k, v in place.env.items() if k != "PYTHONDONTWRITEBYTECODE"}
            hg = [str(place.python), str(place.python.parent / "hg")]
            results[interpreter] = {}
            for size in REPOSITORIES:
                root, file = _repository(place, unbundler, size, folder)
                rows = results[interpreter][size] = {}
                for words in bounds.COMMANDS:
                    say(f"hg {words}, {size}, {interpreter}")
                    argv = [file if word == "FILE" else word for word in words.split()]
                    plain = ["env", f"HGRCPATH={os.devnull}", *hg, *argv]
                    extended = ["env", f"HGRCPATH={enabled}", *hg, *argv]
                    rows[words] = processes.compare(plain, extended, env, root, runs)
    return results
