# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `vermilion`, and the report of its doctor."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from indexes import index_bytes, node_of
from vermilion import cli, runtime

#   0 - 1 - 3
#    \- 2 - 4
PARENTS = [(-1, -1), (0, -1), (0, -1), (1, -1), (2, -1)]


@pytest.fixture
def repository(tmp_path):
    store = tmp_path / "repository" / ".hg" / "store"
    store.mkdir(parents=True)
    (store.parent / "requires").write_text("revlogv1\nstore\n")
    (store / "00changelog.i").write_bytes(index_bytes(PARENTS))
    return tmp_path / "repository"


@pytest.fixture
def run(capsys):
    """Runs the command in this process: (status, lines of output, errors)."""

    def run(*arguments):
        status = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out.splitlines(), captured.err

    return run


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
def test_answers(run, repository, line):
    command, *rest = line.split()
    expected = ANSWERS[line].split()
    assert run(command, "-R", repository, *rest) == (0, expected, "")
    index = repository / ".hg" / "store" / "00changelog.i"
    assert run(command, "--repository", index, *rest) == (0, expected, "")
    nodes = [node_of(int(rev)).hex() for rev in expected]
    assert run(command, "-n", "-R", repository, *rest) == (0, nodes, "")


def test_revisions_by_node(run, repository):
    node = node_of(4).hex()
    assert run("ancestors", "-R", repository, node) == (0, ["2", "0"], "")
    assert run("ancestors", "-R", repository, node.upper()) == (0, ["2", "0"], "")


def test_the_repository_around(run, repository, monkeypatch):
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert run("heads") == (0, ["3", "4"], "")


def test_no_repository_around(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, lines, error = run("heads")
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
def test_questions_that_cannot_be_answered(run, repository, line):
    command, *rest = line.split()
    status, lines, error = run(command, "-R", repository, *rest)
    assert (status, lines) == (1, [])
    assert error.startswith("vermilion: ")
    assert FAILURES[line] in error
    assert "Traceback" not in error


def test_no_such_repository(run, tmp_path):
    status, lines, error = run("heads", "-R", tmp_path / "nothing")
    assert (status, lines) == (1, [])
    assert str(tmp_path / "nothing") in error


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["ancestors"], ["heads", "--no-such"]])
def test_wrong_command_lines(arguments, capsys):
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)
    assert raised.value.code == 2
    assert "usage: vermilion" in capsys.readouterr().err


def test_help(capsys):
    for arguments in (["--help"], ["ancestors", "--help"], ["doctor", "--help"]):
        with pytest.raises(SystemExit) as raised:
            cli.main(arguments)
        assert raised.value.code == 0
        assert "vermilion" in capsys.readouterr().out


def test_doctor(run):
    status, lines, error = run("doctor")
    assert (status, error) == (0, "")
    text, found = "\n".join(lines), runtime()
    for expected in (found.path, found.sha256, found.abi, found.host_version, "Mercurial"):
        assert expected in text
    for accelerated in ("graph", "revset", "discovery"):
        assert any(line.split()[:2] == [accelerated, "on:"] for line in lines)


def test_doctor_says_why_mercurial_is_not_accelerated(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "mercurial", None)
    status, lines, _ = run("doctor")
    assert status == 0
    assert any("off: Mercurial cannot be imported" in line for line in lines)


def test_as_a_program(repository):
    for command in ([sys.executable, "-m", "vermilion"], [_script()]):
        process = subprocess.run(
            [*command, "heads", "-R", str(repository)], capture_output=True, timeout=120
        )
        assert (process.returncode, process.stdout, process.stderr) == (0, b"3\n4\n", b"")


@pytest.mark.parametrize("program", ["module", "script"])
def test_what_a_program_cannot_do(repository, program):
    command = [sys.executable, "-m", "vermilion"] if program == "module" else [_script()]
    for arguments, status, text in (
        (["ancestors", "99"], 1, b"vermilion: "),
        (["ancestors"], 2, b"usage: vermilion ancestors"),
        (["heads"], 1, b"No space left on device"),
    ):
        with open("/dev/full", "wb") as full:
            process = subprocess.run(
                [*command, *arguments, "-R", str(repository)],
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=120,
            )
        assert process.returncode == status
        assert (
            text in process.stderr.replace(b"Usage", b"usage")
            and b"Traceback" not in process.stderr
        )


def _script():
    path = os.path.join(os.path.dirname(sys.executable), "vermilion")
    assert os.path.exists(path), "the wheel's command is not installed"
    return path


def test_a_reader_that_stops(tmp_path):
    index = tmp_path / "00changelog.i"
    index.write_bytes(index_bytes([(rev - 1, -1) for rev in range(30_000)]))
    command = [sys.executable, "-m", "vermilion", "ancestors", "-R", str(index), "tip"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == b"29998\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(120) == 0
