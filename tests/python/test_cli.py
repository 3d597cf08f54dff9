# SPDX-License-Identifier: GPL-2.0-or-later
"""The program `vermilion` with commands of its own, and the report of its doctor."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from harness import PROGRAM
from indexes import index_bytes, node_of
from vermilion import doctor, runtime

#   0 - 1 - 3
#    \- 2 - 4
PARENTS = [(-1, -1), (0, -1), (0, -1), (1, -1), (2, -1)]
MODULE = (sys.executable, "-m", "vermilion")


@pytest.fixture
def repository(tmp_path):
    store = tmp_path / "repository" / ".hg" / "store"
    store.mkdir(parents=True)
    (store.parent / "requires").write_text("revlogv1\nstore\n")
    (store / "00changelog.i").write_bytes(index_bytes(PARENTS))
    return tmp_path / "repository"


def run(*arguments, by=(PROGRAM,), **more):
    """Runs the program: (status, words or lines of output, errors)."""
    done = subprocess.run([*by, *arguments], stdout=-1, stderr=-1, timeout=120, **more)
    return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()


ANSWERS = {
    "ancestors 4": "2 0",
    "ancestors 4 3": "2 1 0",
    "ancestors -i 4": "4 2 0",
    "ancestors --inclusive --limit 2 4 3": "4 3",
    "ancestors -l 0 4": "",
    "ancestors tip": "2 0",
    "ancestors 0": "",
    "heads": "3 4",
    "heads 0 1 2": "1 2",
    "heads 0": "0",
    "only 4": "0 2 4",
    "only 4 -x 3": "2 4",
    "only 4 3 -x 1 --exclude 2": "3 4",
    "only 0 -x tip": "",
}


@pytest.mark.parametrize("line", ANSWERS)
def test_answers(repository, line):
    command, *rest = line.split()
    expected = ANSWERS[line].split()
    assert run(command, "-R", repository, *rest) == (0, expected, "")
    index = repository / ".hg" / "store" / "00changelog.i"
    assert run(command, "--repository", index, *rest) == (0, expected, "")
    nodes = [node_of(int(rev)).hex() for rev in expected]
    assert run(command, "-n", "-R", repository, *rest) == (0, nodes, "")


def test_revisions_by_node(repository):
    node = node_of(4).hex()
    assert run("ancestors", "-R", repository, node) == (0, ["2", "0"], "")
    assert run("ancestors", "-R", repository, node.upper()) == (0, ["2", "0"], "")


def test_the_repository_around(repository):
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    assert run("heads", cwd=below) == (0, ["3", "4"], "")


def test_no_repository_around(tmp_path):
    status, lines, error = run("heads", cwd=tmp_path)
    if status == 0:
        pytest.skip("the folder for temporary files lies in a repository")
    assert (status, lines) == (1, [])
    assert "no Mercurial repository" in error
    assert str(tmp_path) in error


FAILURES = {
    "ancestors 5": "5",
    "ancestors -- -2": "-2",
    "heads 99999999999": "99999999999",
    "only 4 -x 7": "7",
    "ancestors x": "'x'",
    "ancestors " + "0" * 39 + "1": "",
    "ancestors " + "z" * 40: "z",
}


@pytest.mark.parametrize("line", FAILURES)
def test_questions_that_cannot_be_answered(repository, line):
    command, *rest = line.split()
    status, lines, error = run(command, "-R", repository, *rest)
    assert (status, lines) == (1, [])
    assert error.startswith("vermilion: ")
    assert FAILURES[line] in error


def test_no_such_repository(tmp_path):
    status, lines, error = run("heads", "-R", tmp_path / "nothing")
    assert (status, lines) == (1, [])
    assert str(tmp_path / "nothing") in error


@pytest.mark.parametrize("by", [(PROGRAM,), MODULE], ids=["program", "module"])
def test_as_a_module_too(repository, tmp_path, by):
    assert run("heads", "-R", repository, by=by) == (0, ["3", "4"], "")
    for wrong in ([], ["unknown"], ["ancestors"], ["heads", "--no-such"]):
        status, lines, error = run(*wrong, by=by)
        assert (status, lines) == (2, []) and "Usage: vermilion" in error, wrong
    for words in (["--help"], ["ancestors", "--help"], ["doctor", "--help"]):
        status, lines, error = run(*words, by=by)
        assert (status, error) == (0, "") and "vermilion" in "".join(lines)
    link = tmp_path / "bin" / "hg"
    assert run("shim", link.parent, by=by) == (0, [f"{link} -> {os.path.realpath(PROGRAM)}"], "")
    odd = os.fsencode(tmp_path) + b"/\xff\n"
    status, lines, error = run("heads", "-R", odd, by=by)
    assert (status, lines) == (1, []) and error.startswith("vermilion: ")


@pytest.mark.parametrize("by", [(PROGRAM,), MODULE], ids=["program", "module"])
def test_an_output_that_is_full(repository, by):
    with open("/dev/full", "wb") as full:
        command = [*by, "heads", "-R", repository]
        process = subprocess.run(command, stdout=full, stderr=-1, timeout=120)
    assert process.returncode == 1
    assert process.stderr.startswith(b"vermilion: No space left on device")


@pytest.mark.parametrize("by", [(PROGRAM,), MODULE], ids=["program", "module"])
def test_a_reader_that_stops(tmp_path, by):
    index = tmp_path / "00changelog.i"
    index.write_bytes(index_bytes([(rev - 1, -1) for rev in range(30_000)]))
    command = [*by, "ancestors", "-R", str(index), "tip"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"29998\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(120) == 0


@pytest.fixture
def this_interpreter_s(tmp_path):
    """An hg that this interpreter runs, as far as its first line tells."""
    script = tmp_path / "hg"
    script.write_text(f"#!{sys.executable}\n")
    script.chmod(0o755)
    return {**os.environ, "VERMILION_HG": str(script)}


@pytest.mark.parametrize("by", [(PROGRAM,), MODULE], ids=["program", "module"])
def test_doctor(this_interpreter_s, by):
    status, lines, error = run("doctor", by=by, env=this_interpreter_s)
    assert (status, error) == (0, "")
    text, found = "\n".join(lines), runtime()
    for expected in (found.path, found.sha256, found.abi, found.host_version, "Mercurial"):
        assert expected in text
    for accelerated in ("graph", "revset", "discovery"):
        assert any(line.split()[:2] == [accelerated, "on:"] for line in lines)


def test_doctor_says_why_mercurial_is_not_accelerated(monkeypatch):
    monkeypatch.setitem(sys.modules, "mercurial", None)
    assert "off: Mercurial cannot be imported" in doctor.report()
