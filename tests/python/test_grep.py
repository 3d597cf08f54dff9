# SPDX-License-Identifier: GPL-2.0-or-later
"""Searching files beside hg grep, in random repositories (tests/common/hgfacts.py)."""

from __future__ import annotations

import os
import pickle
import random
import re
import subprocess

import pytest
from harness import seeds
from hgcommand import CONFIG, HG, hg
from vermilion import Repository, UnsupportedIndexError

SEEDS = seeds(24, 3)
PATTERNS = [
    b"a",
    b"^ +a|b$",
    b"",
    b"$",
    b"a\nb",
    b"(?:a|b)+?",
    b"[^a\n]+",
    rb"\bf\(",
    b"\xc3",
    b"}\\s*",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Random repositories."""
    folder = tmp_path_factory.mktemp("grep")
    hg("facts-make", "--no-facts", folder, SEEDS[0], SEEDS[-1] + 1)
    return folder


def run_hg(path, *arguments):
    """What hg prints, found or not."""
    config = [f"--config={name}={value}" for name, value in CONFIG.items()]
    env = {key: value for key, value in os.environ.items() if not key.startswith("HG")}
    env.update(HGRCPATH=os.devnull, HGENCODING="utf-8", HGPLAIN="1")
    command = [HG, *config, *arguments]
    done = subprocess.run(command, cwd=path, env=env, capture_output=True, check=False)
    assert done.returncode in (0, 1) and not done.stderr, done
    return done.stdout


def theirs(path, *arguments):
    """What hg grep finds: its own names for columns, and spans of what matches."""
    found = []
    for row in pickle.loads(run_hg(path, "grep", "-a", "-n", "-Tpickle", *arguments)):
        spans, line = [], b""
        for text in row[b"texts"]:
            if text[b"matched"]:
                spans.append((len(line), len(line) + len(text[b"text"])))
            line += text[b"text"]
        change = row.get(b"change", b"").decode()
        found.append((row[b"path"], row[b"rev"], row[b"lineno"], change, line, spans))
    return found


def ours(path, *arguments, **chosen):
    """The same of ours."""
    return [tuple(match) for match in Repository(path).grep(*arguments, **chosen)]


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_of_changesets(made, seed):
    path, rng = made / str(seed), random.Random(seed)
    revs = list(Repository(path).revs())
    for pattern in PATTERNS:
        chosen = rng.sample(revs, min(len(revs), 3))
        options = [part for rev in chosen for part in ("-r", str(rev))]
        assert ours(path, pattern, chosen) == theirs(path, *options, "--", pattern), pattern


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_that_changesets_change(made, seed):
    path = made / str(seed)
    for pattern in PATTERNS:
        found = ours(path, pattern, all_changes=True)
        assert found == theirs(path, "--diff", "--", pattern), pattern


@pytest.mark.parametrize("seed", SEEDS)
def test_options(made, seed):
    path = made / str(seed)
    rev = list(Repository(path).revs())[-1]
    assert ours(path, "A|B", [rev], ignore_case=True) == theirs(path, "-i", "-r", str(rev), "A|B")
    some = ["path:dir", "path:a"]
    assert ours(path, "a", all_changes=True, paths=["dir", b"a"]) == theirs(
        path, "--diff", "a", *some
    )
    found = ours(path, "a", [rev], paths=["dir", b"a"])
    assert found == theirs(path, "-r", str(rev), "a", *some)
    first = list(dict.fromkeys((row[0], row[1]) for row in found))
    assert [row[:2] for row in ours(path, "a", [rev], paths=["dir", "a"], files_only=True)] == first


@pytest.fixture
def small(tmp_path):
    """A repository of three changesets, with common lines."""
    hg("init", tmp_path)
    rng = random.Random(5)
    for _ in range(3):
        words = [b"same", b"same", b"x", b"y", b"z%d" % rng.randrange(9)]
        lines = [rng.choice(words) + b"\n" for _ in range(300)]
        (tmp_path / "a").write_bytes(b"".join(lines))
        hg("commit", "-qAm", "next", cwd=tmp_path)
    return tmp_path


def test_common_lines(small):
    for pattern in ("", "same|x", "[xyz]"):
        assert ours(small, pattern, all_changes=True) == theirs(small, "--diff", pattern)


def test_some_at_a_time(small, monkeypatch):
    for number in range(200):
        (small / f"file{number:03}").write_bytes(b"x%d\n" % number)
    hg("commit", "-qAm", "many", cwd=small)
    repo = Repository(small)
    for chosen in ({"revs": [3, 2, 3]}, {"all_changes": True}):
        expected = list(repo.grep("x|y", **chosen))
        assert len(expected) > 200
        monkeypatch.setattr("vermilion.search._READY", 1)
        monkeypatch.setattr("vermilion.search._REVS", 1)
        assert list(repo.grep("x|y", **chosen)) == expected
        monkeypatch.undo()
    assert [match.path for match in repo.grep("x1")][0] == b"file001"


def test_patterns_that_are_not_searched_for(small):
    repo = Repository(small)
    for pattern in ("(?=a)", r"(a)\1"):
        with pytest.raises(UnsupportedIndexError, match="pattern"):
            list(repo.grep(pattern))
    with pytest.raises(re.error):
        repo.grep("(")
    with pytest.raises(IndexError):
        repo.grep("a", [99])
    assert list(repo.grep("a", [-1])) == list(repo.grep("a", [])) == []


def test_interruption(small):
    repo = Repository(small)

    def interrupt(_done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(repo.grep("same", [0, 1, 2] * 100_000, all_changes=True, progress=interrupt))
    assert list(repo.grep("same"))
