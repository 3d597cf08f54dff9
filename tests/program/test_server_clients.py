# SPDX-License-Identifier: GPL-2.0-or-later
"""What a command by a warm server has of the process that asked: as hg itself would have it."""

from __future__ import annotations

import json
import os
import resource
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from hgcommand import HG, hg
from terminals import SECRET, at_a_terminal

IS_ROOT = os.geteuid() == 0
NOBODY = 65534


@pytest.fixture
def programs(program, served, repo):
    """hg itself, and ours with a server that begins, and with one that there is."""
    ours = [program, "hg"]
    return {"hg": [HG], "begun": ours, "warm": ours}


def all_the_same(programs, ask):
    """What `ask` returns for each of them must be the same."""
    answers = {name: ask(words) for name, words in programs.items()}
    assert answers["begun"] == answers["hg"]
    assert answers["warm"] == answers["hg"]
    return answers["hg"]


def shell(code):
    """A command that only Mercurial knows; it takes one statement."""
    return ["debugshell", "-c", f"exec({code!r})"]


@pytest.mark.parametrize(
    "code, keys",
    [
        ("ui.write(b'<%s>' % ui.prompt(b'name?', default=b'x'))", [(b"name?", b"joe\r")]),
        ("ui.write(b'<%d>' % ui.promptchoice(b'well?$$&Yes$$&No'))", [(b"well?", b"n\r")]),
        ("ui.write(b'<%s>' % ui.getpass())", [(b"password: ", SECRET + b"secret\r")]),
        ("ui.pager(b'x'); ui.write(b'words\\n')", []),
        ("import os; ui.write(b'<%d>' % os.isatty(0))", []),
        ("import os; ui.write(b'<%s>' % os.ttyname(1).encode()[:8])", []),
        ("ui.write(b'<%d>' % ui.termwidth())", []),
    ],
    ids=["prompt", "choice", "password", "pager", "is a terminal", "its name", "width"],
)
def test_terminals(code, keys, programs, repo, served):
    env = {**served, "TERM": "xterm", "PAGER": "sed s/^/:/"}

    def ask(words):
        return at_a_terminal([*words, *shell(code)], repo, env, send=keys)

    status, shown = all_the_same(programs, ask)
    assert status == 0 and b"secret\r\n<" not in shown, shown


def test_an_editor_at_the_terminal(programs, repo, served, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "message?"\nread line < /dev/tty\necho "$line" > "$1"\n')
    editor.chmod(0o755)
    env = {**served, "TERM": "xterm", "HGEDITOR": str(editor)}
    for number, words in enumerate(programs.values()):
        (repo / "a").write_text(f"{number}\n")
        keys = [(b"message?", b"typed %d\r" % number)]
        status, shown = at_a_terminal([*words, "commit", "-u", "u"], repo, env, send=keys)
        assert status == 0, shown
        assert hg("log", "-r", "tip", "-T", "{desc}", cwd=repo) == b"typed %d" % number


COUNTING = (
    "import time\nfor n in range(80):\n"
    " with open('count', 'a') as f: f.write('.')\n"
    " time.sleep(0.05)\n"
    "ui.write(b'all of it\\n')"
)


def counted(repo):
    """Returns how far the command above is, once it has begun."""
    deadline = time.monotonic() + 60
    while not (repo / "count").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return (repo / "count").stat().st_size


def test_ctrl_z_and_fg(programs, repo, served):
    """The shell gets its prompt, the command waits, and goes on in the foreground."""
    for words in programs.values():
        line = shlex.join([*words, *shell(COUNTING)])
        script = (
            f"set -m; {line} & wait_for() {{ while ! test -s count; do sleep 0.05; done; }}\n"
            "wait_for; kill -TSTP %1; sleep 0.5; before=$(wc -c < count); sleep 0.7\n"
            'test "$before" = "$(wc -c < count)" && jobs | grep -c Stopped\n'
            "fg %1; echo status $?\n"
        )
        (repo / "count").unlink(missing_ok=True)
        env = {**served, "TERM": "xterm"}
        status, shown = at_a_terminal(["bash", "--norc", "-c", script], repo, env)
        lines = shown.replace(b"\r", b"").splitlines()
        assert b"1" in lines and lines[-2:] == [b"all of it", b"status 0"], shown


@pytest.mark.parametrize("name", ["SIGHUP", "SIGTERM", "SIGINT", "SIGUSR1"])
def test_signals(name, programs, repo, served):
    """End the command, and nothing of it goes on."""

    def ask(words):
        (repo / "count").unlink(missing_ok=True)
        process = subprocess.Popen(
            [*words, *shell(COUNTING)], cwd=repo, env=served,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        counted(repo)
        process.send_signal(getattr(signal, name))
        out, errors = process.communicate(timeout=60)
        before = counted(repo)
        time.sleep(0.3)
        assert counted(repo) == before < 80
        return process.returncode, out, errors.splitlines()[-1:]

    all_the_same(programs, ask)


def test_a_client_that_is_killed(program, repo, served):
    """Does not leave a command behind that waits for its terminal, nor a server that is stuck."""
    for _ in range(2):
        process = subprocess.Popen(
            [program, "hg", *shell("ui.write(b'x'); ui.flush(); ui.fin.read(); ui.write(b'y')")],
            cwd=repo, env=served, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout.read(1) == b"x"
        process.kill()
        process.communicate(timeout=60)
    done = subprocess.run([program, "hg", "log", "-T", "x"], cwd=repo, env=served, timeout=60)
    assert done.returncode == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full"])
def test_closed_streams(closed, programs, repo, served):
    def ask(words):
        (repo / "left").unlink(missing_ok=True)
        code = "open('left', 'w').write('done'); ui.write(b'words'); ui.flush()"
        line = f"{shlex.join([*words, *shell(code)])} {closed}"
        done = subprocess.run(["sh", "-c", line], cwd=repo, env=served, capture_output=True)
        return done.returncode, done.stdout, done.stderr, (repo / "left").read_text()

    all_the_same(programs, ask)


LIMITS = sorted(name for name in dir(resource) if name.startswith("RLIMIT_"))
# What these limits limit would be in the way, or is set to what it is for all.
LOWERED = {"RLIMIT_NPROC": 5000, "RLIMIT_NOFILE": 200, "RLIMIT_CPU": 900, "RLIMIT_FSIZE": 10**8}


def test_limits(programs, repo, served):
    """All limits of the client's, one after the other, are the command's."""
    code = (
        "import json, resource\nui.write(json.dumps({n: resource.getrlimit(getattr(resource, n))"
        " for n in dir(resource) if n.startswith('RLIMIT_')}).encode())"
    )
    for limit in (None, *LIMITS):

        def lower(limit=limit):
            if limit is not None:
                number = getattr(resource, limit)
                _, hard = resource.getrlimit(number)
                most = LOWERED.get(limit, 0 if limit == "RLIMIT_CORE" else 2**33)
                most = most if hard == resource.RLIM_INFINITY else min(most, hard)
                resource.setrlimit(number, (most, hard))

        def ask(words, lower=lower):
            done = subprocess.run(
                [*words, *shell(code)], cwd=repo, env=served, capture_output=True, preexec_fn=lower
            )
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)

        all_the_same(programs, ask)


def test_a_directory_that_is_gone(programs, repo, served, tmp_path):
    def ask(words):
        line = f"mkdir -p {tmp_path}/gone; cd {tmp_path}/gone; rmdir {tmp_path}/gone; "
        line += shlex.join([*words, "-R", str(repo), *shell("ui.write(b'words')")])
        done = subprocess.run(["sh", "-c", line], env=served, capture_output=True)
        return done.returncode, done.stdout, done.stderr

    all_the_same(programs, ask)


@pytest.mark.parametrize(
    "more",
    [
        {"PYTHONHASHSEED": "7"},
        {"HGDEMANDIMPORT": "disable"},
        {"TZ": "Asia/Kolkata"},
        {"HGENCODING": "latin1"},
        {"HGPLAIN": "1"},
        {"LC_ALL": "C"},
        {"PYTHONWARNINGS": "error::SyntaxWarning"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_environments(more, programs, repo, served):
    """What only a new process can have, and what is read once."""
    code = (
        "import sys, time\n"
        "from mercurial import encoding\n"
        "ui.write(repr((hash('a') if {seeded} else 0, time.timezone,"
        " encoding.encoding, ui.plain(), sys.warnoptions)).encode())"
    ).replace("{seeded}", str("PYTHONHASHSEED" in more))

    def ask(words):
        done = subprocess.run(
            [*words, *shell(code)], cwd=repo, env={**served, **more}, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    all_the_same(programs, ask)
    # Nor has the next one what that one had.
    more = {}
    code = code.replace("hash('a') if True", "hash('a') if False")
    all_the_same(programs, ask)


def test_another_hg(program, repo, served, tmp_path):
    """An hg that was replaced is seen at once."""
    link = tmp_path / "bin" / "hg"
    link.parent.mkdir()
    env = {**served, "VERMILION_HG": str(link)}
    # In a file beside it, as an installer does it, in the same file, and by the same name only.
    for number in range(4):
        text = f'#!/bin/sh\nexport NUMBER={number}\nexec {shlex.quote(HG)} "$@"\n'
        made = link if number == 2 else link.with_name("new")
        made.write_text(text)
        made.chmod(0o755)
        if made != link:
            made.rename(link)
        for _ in range(2):
            words = shell("import os; ui.write(os.environb.get(b'HGUNKNOWN', b'none'))")
            done = subprocess.run([program, "hg", *words], cwd=repo, env=env, capture_output=True)
            assert (done.returncode, done.stdout) == (0, b"none"), done.stderr
    # Each of them was asked once for a server.
    sockets = [
        p for p in Path(served["TMPDIR"]).glob("*/hg*") if "." not in p.name and p.is_socket()
    ]
    assert len({path.name.partition("-")[0] for path in sockets}) == 4


def test_hg_serve(programs, repo, served):
    """Serves in the foreground until Ctrl-C, and in the background for as long as its user wants."""
    for words in programs.values():
        line = [*words, "serve", "--port", "0", "--address", "localhost", "-E", "errors"]
        process = subprocess.Popen(
            line, cwd=repo, env=served, stdout=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip
        assert b"listening at http://" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        done = subprocess.run([*line, "-d", "--pid-file", "pid"], cwd=repo, env=served, timeout=60)
        assert done.returncode == 0
        pid = int((repo / "pid").read_text())
        os.kill(pid, signal.SIGTERM)
        (repo / "pid").unlink()


@pytest.mark.skipif(not IS_ROOT, reason="only root can be two users")
def test_two_users(program, repo, served, tmp_path):
    """Each has servers of its own, also by the same TMPDIR; a folder that another one made is not
    gone into."""
    os.chmod(served["TMPDIR"], 0o1777)
    who = shell("import os; ui.write(b'%d %d' % (os.geteuid(), os.getppid()))")

    def run(user):
        env = {**served, "HGRCPATH": os.devnull}
        # Others may not read where Python is, perhaps; whose the sockets are, that leaves as it is.
        caps = "+dac_override,+dac_read_search"
        setpriv = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        setpriv += [f"--inh-caps={caps}", f"--ambient-caps={caps}"]
        done = subprocess.run(
            [*setpriv, program, "hg", *who], cwd=repo, env=env, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        uid, parent = map(int, done.stdout.split())
        assert uid == user
        return parent

    first, second = run(0), run(NOBODY)
    assert first != second and first == run(0) and second == run(NOBODY)
    folder = Path(served["TMPDIR"]) / f"vermilion-{NOBODY}"
    assert folder.stat().st_uid == NOBODY
    shutil.rmtree(folder)
    folder.mkdir(mode=0o777)
    # It is root's now, so hg itself answers.
    assert run(NOBODY) == os.getpid()


@pytest.mark.skipif(not IS_ROOT, reason="only root has other groups")
def test_groups(programs, repo, served, tmp_path):
    """Files that a command makes are of the client's group."""
    code = "import os; ui.write(b'%d %s' % (os.getegid(), repr(sorted(os.getgroups())).encode()))"
    for how in ({}, {"group": 1}, {"extra_groups": [1, 2]}, {"extra_groups": []}):

        def ask(words, how=how):
            done = subprocess.run(
                [*words, *shell(code)], cwd=repo, env=served, capture_output=True, **how
            )
            return done.returncode, done.stdout

        assert all_the_same(programs, ask)[0] == 0
