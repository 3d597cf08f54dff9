# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands by a warm server: begun on demand, found again, and never with another's environment."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hgcommand import HG, hg


@pytest.fixture
def run(program, served, repo):
    """Runs `vermilion hg`; returns (status, output, errors)."""

    def run(*words, cwd=repo, env=served, stdin=b"", **more):
        command = [program, "hg", *words]
        done = subprocess.run(
            command, cwd=cwd, env={**env, **more}, input=stdin, capture_output=True, timeout=120
        )
        return done.returncode, done.stdout, done.stderr

    return run


def servers(env):
    """The sockets that servers listen at."""
    return [path for path in Path(env["TMPDIR"]).glob("*/*") if stat.S_ISSOCK(path.lstat().st_mode)]


# A command that only Mercurial knows, and that says in which process it ran.
WHO = ("debugshell", "-c", "import os; ui.write(b'%d\\n' % os.getppid())")


def test_one_server_for_all_commands(run, served):
    first = run(*WHO)
    assert first[0] == 0 and first[2] == b""
    assert run(*WHO) == first
    assert len(servers(served)) == 1


def test_what_a_client_has(run, repo, tmp_path):
    show = ("debugshell", "-c", "import os; ui.write(os.environb.get(b'SOME', b'none'))")
    assert run(*show)[1] == b"none"
    assert run(*show, SOME="thing")[1] == b"thing"
    assert run(*show)[1] == b"none"
    assert run("debugshell", "-c", "ui.write(ui.fin.read())", stdin=b"words")[1] == b"words"
    (repo / "dir").mkdir()
    here = ("debugshell", "-c", "import os; ui.write(os.getcwdb())")
    assert run(*here, cwd=repo / "dir")[1] == os.fsencode(repo / "dir")
    code = "import os; m = os.umask(0); old = os.umask(m); ui.write(b'%o' % m)"
    for mask in (0o22, 0o77):
        before = os.umask(mask)
        try:
            assert run("debugshell", "-c", code)[1] == b"%o" % mask
        finally:
            os.umask(before)


def test_status_and_errors(run, repo, served):
    for words in (
        ["debugshell", "-c", "raise SystemExit(7)"],
        ["log", "-r", "nothing"],
        ["nothing"],
    ):
        done = subprocess.run([HG, *words], cwd=repo, env=served, capture_output=True)
        assert run(*words) == (done.returncode, done.stdout, done.stderr)


def test_programs_run_where_the_user_is(run, repo, tmp_path):
    """Editors and hooks are children of the client, in its environment."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "by $WHO" > "$1"\n')
    editor.chmod(0o755)
    (repo / "a").write_text("two\n")
    status = run("commit", "-u", "u", HGEDITOR=str(editor), WHO="me")
    assert status == (0, b"", b"")
    assert hg("log", "-r", ".", "-T", "{desc}", cwd=repo) == b"by me"
    hook = ("--config", "hooks.pre-log=echo hooked $SOME")
    assert run("log", "-T", "x", *hook, SOME="one") == (0, b"hooked one\nxx", b"")


def test_configuration_and_extensions_are_seen_at_once(run, repo, served, tmp_path):
    extension = tmp_path / "said.py"
    text = (
        "from mercurial import registrar\ncmdtable = {}\ncommand = registrar.command(cmdtable)\n"
        "@command(b'said', [], norepo=True)\ndef said(ui):\n    ui.write(b'%s\\n')\n"
    )
    extension.write_text(text % "one")
    (repo / ".hg" / "hgrc").write_text(f"[extensions]\nsaid = {extension}\n")
    assert run("said")[1] == b"one\n"
    extension.write_text(text % "another")
    assert run("said")[1] == b"another\n"
    (repo / ".hg" / "hgrc").write_text("[alias]\nsaid = log -T x\n")
    assert run("said")[1] == b"x"


def test_a_server_that_is_gone(run, served):
    first = run(*WHO)
    os.kill(int(first[1]), signal.SIGKILL)
    second = run(*WHO)
    assert second[0] == 0 and second != first
    # A socket that nobody listens at any more.
    (socket,) = servers(served)
    os.kill(int(second[1]), signal.SIGSTOP)
    os.kill(int(second[1]), signal.SIGKILL)
    assert run(*WHO)[0] == 0
    assert socket.exists()


def test_who_may_get_in(run, served, repo):
    """Where others may get into the folder of the sockets, there is no server."""
    assert run(*WHO)[0] == 0
    (folder,) = Path(served["TMPDIR"]).iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o770)
    # hg itself is a child of its own.
    assert int(run(*WHO)[1]) == os.getpid()
    folder.chmod(0o700)
    folder.rename(folder.with_name("moved"))
    folder.symlink_to("moved")
    assert run("log", "-T", "x")[1] == b"x"
    assert not servers({"TMPDIR": str(folder)})


def test_many_at_once(run):
    with ThreadPoolExecutor(50) as clients:
        show = ("debugshell", "-c", "import os; ui.write(os.environb[b'N'])")
        done = list(clients.map(lambda n: run(*show, N=str(n)), range(50)))
    assert done == [(0, b"%d" % n, b"") for n in range(50)]


def test_ctrl_c(program, served, repo):
    """Reaches the command, which ends as hg does."""
    # In small steps: Python does not notice a signal that comes just before it falls asleep.
    code = "import time; ui.write(b'x'); ui.flush(); [time.sleep(0.1) for _ in range(600)]"
    ended = []
    for command in ([HG], [program, "hg"], [program, "hg"]):
        process = subprocess.Popen(
            [*command, "debugshell", "-c", code],
            cwd=repo, env=served, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            # Whoever runs the tests in the background may have it ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        assert process.stdout.read(1) == b"x"
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert time.monotonic() - started < 30
        ended.append((process.returncode, errors.splitlines()[-1:]))
    assert ended[0] == ended[1] == ended[2]


@pytest.mark.parametrize("off", ["variable", "configuration", "option"])
def test_turned_off(off, run, served, repo):
    more = {"VERMILION_SERVER": "0"} if off == "variable" else {}
    words = ["--config", "vermilion.server=no"] if off == "option" else []
    if off == "configuration":
        with (Path(served["HOME"]) / ".hgrc").open("a") as file:
            file.write("[vermilion]\nserver = no\n")
    assert run("log", "-T", "x", *words, **more) == (0, b"x", b"")
    assert not servers(served)


def test_a_server_that_would_say_something(run, served, repo):
    """Is not used: what an extension prints when it is loaded is printed with each command."""
    with (Path(served["HOME"]) / ".hgrc").open("a") as file:
        file.write("[extensions]\nnot_there =\n")
    done = subprocess.run([HG, "log"], cwd=repo, env=served, capture_output=True)
    assert b"not_there" in done.stderr
    for _ in range(3):
        assert run("log") == (done.returncode, done.stdout, done.stderr)
