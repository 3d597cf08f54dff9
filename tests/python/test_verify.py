# SPDX-License-Identifier: GPL-2.0-or-later
"""Looking through repositories, whole and damaged ones, beside hg verify."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess

import pytest
from harness import THOROUGH, seeds
from hgcommand import CONFIG, HG, hg
from vermilion import Repository

SEEDS = seeds(24, 4)
DAMAGES = 12 if THOROUGH else 4
# `file@rev: message`, or the same without a file.
ERROR = re.compile(rb"^ (?:(?P<file>.*)@)?(?P<rev>\d+|\?): ")
MISSING = re.compile(rb"^ (?P<rev>\d+|\?): empty or missing (?P<file>.*)$")
NOT_LISTED = re.compile(rb"^ warning: revlog '(?P<file>.*)' not in fncache!$")
ORPHAN = re.compile(rb"^warning: orphan data file '(?P<file>.*)'$")
CHECKED = re.compile(rb"checked (\d+) changesets with (\d+) changes to (\d+) files")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Random repositories."""
    folder = tmp_path_factory.mktemp("verify")
    hg("facts-make", "--no-facts", folder, SEEDS[0], SEEDS[-1] + 1)
    return folder


def theirs(path, *options):
    """What hg verify says: counts, errors as pairs of file and changeset, names of warnings."""
    config = [f"--config={name}={value}" for name, value in CONFIG.items()]
    env = {key: value for key, value in os.environ.items() if not key.startswith("HG")}
    env.update(HGRCPATH=os.devnull, HGENCODING="utf-8", HGPLAIN="1")
    command = [HG, *config, "verify", *options]
    done = subprocess.run(command, cwd=path, env=env, capture_output=True, check=False)
    errors, warnings = set(), set()
    for line in done.stderr.splitlines():
        if found := MISSING.match(line) or ERROR.match(line):
            rev = None if found["rev"] == b"?" else int(found["rev"])
            errors.add((found["file"], rev))
        elif found := NOT_LISTED.match(line) or ORPHAN.match(line):
            warnings.add(found["file"])
    counts = CHECKED.search(done.stdout)
    return counts and [int(number) for number in counts.groups()], errors, warnings, done


def ours(path, *, full=False):
    """The same of ours."""
    found = Repository(path).verify(full=full)
    errors = {
        (problem.file or problem.area.encode(), problem.rev)
        for problem in found.errors
        if problem.area not in ("store", "dirstate")
    }
    warnings = {problem.file for problem in found.warnings}
    return [found.changesets, found.revisions, found.files], errors, warnings, found


@pytest.mark.parametrize("seed", SEEDS)
def test_whole_repositories(made, seed):
    counts, errors, warnings, _ = theirs(made / str(seed))
    assert (errors, warnings) == (set(), set())
    for full in (False, True):
        found = ours(made / str(seed), full=full)
        assert found[:3] == (counts, set(), set())
        assert found[3].problems == [] and found[3].is_whole and found[3].first_damaged is None


def damage(store, rng):
    """Damages a file of the store in some way; says which and how."""
    files = [
        path
        for path in sorted(store.rglob("*"))
        if path.is_file()
        and path.suffix in (".i", ".d")
        and path.name not in ("00changelog.i", "00changelog.d")
        and path.stat().st_size
    ]
    path = rng.choice([*files, store / "fncache"])
    content = path.read_bytes()
    if path.name == "fncache":
        lines = content.splitlines(True)
        lines.pop(rng.randrange(len(lines)))
        path.write_bytes(b"".join(lines))
        return "a line of fncache"
    ways = ["data", "cut"] if path.name.startswith("00") else ["data", "cut", "remove", "link"]
    way = rng.choice(ways)
    if way == "remove":
        path.unlink()
    elif way == "cut":
        path.write_bytes(content[: rng.randrange(1, len(content))])
    elif way == "link" and path.suffix == ".i":
        # the changeset that the first revision says it came with
        path.write_bytes(content[:20] + bytes([0, 0, 0, rng.randrange(4)]) + content[24:])
    else:
        at = rng.randrange(64, len(content)) if len(content) > 64 else len(content) - 1
        changed = bytes([content[at] ^ (1 << rng.randrange(8))])
        path.write_bytes(content[:at] + changed + content[at + 1 :])
    return f"{way} {path.name}"


@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_repositories(made, tmp_path, seed):
    rng = random.Random(seed)
    for number in range(DAMAGES):
        path = tmp_path / str(number)
        shutil.copytree(made / str(seed), path, symlinks=True)
        if not (path / ".hg" / "store" / "fncache").exists():
            return
        how = damage(path / ".hg" / "store", rng)
        counts, errors, warnings, done = theirs(path)
        found = ours(path)
        # Where Mercurial gives up, all there is to say is that something is found.
        if counts is None:
            assert found[3].errors or how.startswith("a line"), (how, done)
            continue
        shown = (how, done.stderr, [*map(str, found[3].problems)])
        more = found[1] - errors
        # We compare manifests that are stored whole with their nodes, and look what deltas are
        # to; Mercurial does with --full. A text with the flag of censored ones is none for us.
        if any(file == b"manifest" for file, _ in more):
            assert b"manifest" in {file for file, _ in theirs(path, "--full")[1]}, shown
            assert found[1] >= errors, shown
            continue
        if any("censored" in problem.message for problem in found[3].errors):
            continue
        assert {file for file, _ in found[1]} == {file for file, _ in errors}, shown
        # An entry of an index between data may leave no way to those behind it.
        if not any("cannot have" in problem.message for problem in found[3].errors):
            assert found[1] == errors, shown
            assert found[2] == warnings, shown
            assert found[0] == counts, shown


@pytest.fixture
def small(tmp_path):
    """A repository of two changesets."""
    path = tmp_path / "small"
    hg("init", path)
    (path / "a").write_bytes(b"one\n")
    (path / "b").write_bytes(b"two\n")
    hg("commit", "-qAm", "first", cwd=path)
    (path / "a").write_bytes(b"three\n")
    hg("copy", "b", "c", cwd=path)
    hg("commit", "-qm", "second", cwd=path)
    return path


def test_what_is_told(small):
    data = small / ".hg" / "store" / "data"
    content = (data / "a.i").read_bytes()
    (data / "a.i").write_bytes(content[:-2] + b"X\n")
    (data / "b.i").unlink()
    found = Repository(small).verify()
    assert not found.is_whole and found.first_damaged == 0
    assert [(p.kind, p.area, p.file, p.rev) for p in found.problems] == [
        ("error", "file", b"a", 1),
        ("error", "file", b"b", 0),
        ("error", "file", b"b", 0),
        ("error", "file", b"c", 1),
    ]
    assert "a.i, revision 1" in found.problems[0].message
    assert str(found.problems[1]) == "error: b@0: its revisions are missing"
    assert repr(found) == "<Verification of 2 changesets, 3 files: 4 errors, 0 warnings>"


def test_the_dirstate(small):
    hg("debugsetparents", "0", cwd=small)
    found = Repository(small).verify()
    assert {(p.area, p.file, p.rev) for p in found.problems} == {("dirstate", b"c", None)}
    assert b"dirstate errors" in theirs(small)[3].stderr


def test_an_abandoned_transaction(small):
    (small / ".hg" / "store" / "journal").write_bytes(b"")
    [problem] = Repository(small).verify().problems
    assert problem[:4] == ("warning", "store", b"journal", None)


def test_manifests_as_a_whole(made):
    for seed in SEEDS:
        counts, errors, _, _ = theirs(made / str(seed), "--full")
        assert ours(made / str(seed), full=True)[:2] == (counts, errors)


def test_an_empty_repository(tmp_path):
    hg("init", tmp_path)
    found = Repository(tmp_path).verify()
    assert (found.changesets, found.manifests, found.files, found.revisions) == (0, 0, 0, 0)
    assert found.problems == []


def test_progress_and_interruption(made):
    repo, seen = Repository(made / str(SEEDS[-1])), []
    repo.verify(progress=seen.append)
    assert seen == sorted(seen)
