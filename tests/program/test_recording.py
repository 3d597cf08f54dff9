# SPDX-License-Identifier: GPL-2.0-or-later
"""What a native status notes in the dirstate: what hg's own would, or nothing."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import threading
import time

import pytest
from harness import seeds
from hgcommand import hg

# Mercurial without its Rust is slow with dirstate-v2, and insists that one knows.
SLOW = "dirstate-v2.slow-path"
V2 = ["--config", "format.use-dirstate-v2=1", "--config", f"storage.{SLOW}=allow"]


@pytest.fixture
def run(program, alone, tmp_path):
    """Runs a command that has to be native; returns what it prints."""

    def run(*words, cwd, **more):
        trace = tmp_path / f"trace-{threading.get_ident()}"
        env = {**alone, "VERMILION_TRACE": str(trace)}
        done = subprocess.run(
            [program, "hg", *words], cwd=cwd, env=env, capture_output=True, **more
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert json.loads(trace.read_text().splitlines()[-1])[1] == "natively"
        return done.stdout

    return run


def made(root, rng, count=40, v2=False):
    """Makes a repository whose dirstate does not know of any file whether it is clean."""
    hg("init", root, *(V2 if v2 else []))
    if v2:
        (root / ".hg" / "hgrc").write_text(f"[storage]\n{SLOW} = allow\n")
    for number in range(count):
        path = root / rng.choice(["", "d", "d/e", "f/g/h"]) / str(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        if rng.random() < 0.1:
            path.symlink_to(f"to {number}")
            continue
        path.write_bytes(rng.randbytes(rng.choice([0, 3, 3000])))
        if rng.random() < 0.2:
            path.chmod(0o755)
    hg("commit", "-qAm", "first", "-u", "u", cwd=root)
    hg("debugrebuilddirstate", cwd=root)
    later()


def later():
    """Waits until all time stamps tell."""
    time.sleep(1.1 - time.time() % 1 + 0.01)


def changed(root, rng):
    """Changes some files, and more whose content stays."""
    for path in sorted(p for p in root.rglob("*") if p.is_file() and ".hg" not in p.parts):
        chance = rng.random()
        if path.is_symlink() or chance > 0.5:
            continue
        if chance < 0.1:
            path.write_bytes(rng.randbytes(path.stat().st_size))
        elif chance < 0.15:
            path.write_bytes(b"longer" + path.read_bytes())
        elif chance < 0.2:
            path.unlink()
        elif chance < 0.25:
            path.chmod(path.stat().st_mode ^ 0o100)
        elif chance < 0.3:
            hg("forget", "-q", path, cwd=root)
        elif chance < 0.35:
            hg("copy", "-q", path, f"{path}.copy", cwd=root)
        else:
            os.utime(path, (10**9 + chance, 10**9 + chance))


COMMANDS = [
    ["status"],
    ["status", "-A"],
    ["status", "-mn", "d"],
    ["diff", "--nodates"],
    ["id"],
    ["summary"],
    ["files", "set:modified()"],
]


@pytest.mark.parametrize("seed", seeds(14, 4))
def test_the_same_bytes_as_mercurials(run, tmp_path, seed):
    rng = random.Random(seed)
    command = COMMANDS[seed % len(COMMANDS)]
    ours, theirs = tmp_path / "r", tmp_path / "theirs"
    made(ours, rng)
    if rng.random() < 0.7:
        changed(ours, rng)
        later()
    subprocess.run(["cp", "-a", ours, theirs], check=True)
    before = (ours / ".hg" / "dirstate").read_bytes()
    assert run(*command, cwd=ours) == hg(*command, cwd=theirs)
    after = (ours / ".hg" / "dirstate").read_bytes()
    assert after == (theirs / ".hg" / "dirstate").read_bytes()
    assert after != before
    assert sorted(os.listdir(ours / ".hg")) == sorted(os.listdir(theirs / ".hg"))
    # There is nothing new.
    at = (ours / ".hg" / "dirstate").stat()
    run(*command, cwd=ours)
    assert (ours / ".hg" / "dirstate").stat() == at


@pytest.mark.parametrize("seed", seeds(8, 3))
def test_dirstate_v2(run, tmp_path, seed):
    """Mercurial finds the same after us as without us; a data file grows, or there is a new one."""
    rng = random.Random(seed)
    ours, theirs = tmp_path / "r", tmp_path / "theirs"
    made(ours, rng, v2=True)
    for _ in range(2):
        changed(ours, rng)
        later()
        shutil.rmtree(theirs, ignore_errors=True)
        subprocess.run(["cp", "-a", ours, theirs], check=True)
        if rng.random() < 0.5:
            # Nothing is written to a file that is another repository's as well.
            [data] = (ours / ".hg").glob("dirstate.*")
            other = tmp_path / f"other-{rng.random()}"
            os.link(data, other)
            content = other.read_bytes()
        else:
            other = None
        before = (ours / ".hg" / "dirstate").read_bytes()
        answer = run("status", "-A", cwd=ours)
        assert (ours / ".hg" / "dirstate").read_bytes() != before
        assert answer == hg("status", "-A", cwd=theirs) == hg("status", "-A", cwd=ours)
        assert other is None or other.read_bytes() == content
        assert len(list((ours / ".hg").glob("dirstate.*"))) == 1
        hg("verify", "-q", cwd=ours)


def test_a_directory_is_not_read_again(run, tmp_path):
    """What is new in it is seen all the same."""
    root = tmp_path / "r"
    made(root, random.Random(1), v2=True)
    run("status", cwd=root)
    at = (root / ".hg" / "dirstate").stat()
    assert run("status", cwd=root) == b""
    assert (root / ".hg" / "dirstate").stat() == at
    (root / "d" / "new").touch()
    assert run("status", cwd=root) == b"? d/new\n"
    (root / ".hgignore").write_text("new\n")
    assert run("status", cwd=root) == b"? .hgignore\n"
    (root / "d" / "other").touch()
    assert run("status", cwd=root) == b"? .hgignore\n? d/other\n"


def left_alone(root):
    """Returns what must not change: names in .hg, and the dirstate."""
    dirstate = root / ".hg" / "dirstate"
    return sorted(os.listdir(root / ".hg")), dirstate.read_bytes(), dirstate.lstat()


def test_who_is_at_work_is_not_waited_for(run, tmp_path):
    root = tmp_path / "r"
    made(root, random.Random(2))
    lock = root / ".hg" / "wlock"
    for owner in ["elsewhere:1", f"{os.uname().nodename}:4194304"]:
        lock.symlink_to(owner)
        before = left_alone(root)
        assert run("status", cwd=root) == b""
        assert left_alone(root) == before
        lock.unlink()


def test_what_cannot_be_written_is_not(run, tmp_path):
    root = tmp_path / "r"
    made(root, random.Random(3))
    dirstate = root / ".hg" / "dirstate"
    # A file that must not be as long; SIGXFSZ would end the program.
    before = left_alone(root)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before[1]) - 1,) * 2)

    assert run("status", cwd=root, preexec_fn=limit) == b""
    assert left_alone(root) == before
    # A link.
    dirstate.rename(root / ".hg" / "elsewhere")
    dirstate.symlink_to("elsewhere")
    before = left_alone(root)
    assert run("status", cwd=root) == b""
    assert left_alone(root) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_somebody_elses_repository(run, tmp_path):
    root = tmp_path / "r"
    made(root, random.Random(4))
    for path in [root, *tmp_path.parents]:
        assert path == root or path.stat().st_mode & 0o5 or path.chmod(0o755) is None
    before = left_alone(root)
    # Others may not read where the program is, perhaps.
    caps = "+dac_read_search"
    line = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    line += [f"--inh-caps={caps}", f"--ambient-caps={caps}"]
    done = subprocess.run(
        [*line, os.environ["VERMILION_PROGRAM"], "hg", "status"],
        cwd=root, capture_output=True, env={"VERMILION_HG": os.environ["VERMILION_HG"]},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert left_alone(root) == before


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"])
def test_ended_halfway(program, alone, tmp_path, name):
    """The dirstate is the old one or the new one; what is left behind, Mercurial does away with."""
    root = tmp_path / "r"
    rng = random.Random(name)
    made(root, rng, count=300)
    dirstate = root / ".hg" / "dirstate"
    old = dirstate.read_bytes()

    def begin():
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def started():
        dirstate.write_bytes(old)
        return subprocess.Popen(
            [program, "hg", "status"], cwd=root, env=alone, stderr=subprocess.PIPE, preexec_fn=begin
        )

    begun = time.monotonic()
    started().communicate()
    long, new = time.monotonic() - begun, dirstate.read_bytes()
    assert new != old
    for _ in range(12):
        process = started()
        time.sleep(rng.uniform(0.2, 1.1) * long)
        process.send_signal(getattr(signal, name))
        process.communicate(timeout=60)
        assert dirstate.read_bytes() in (old, new)
        if name != "SIGKILL":
            left = os.listdir(root / ".hg")
            assert "wlock" not in left and not [n for n in left if n.startswith(".dirstate")]
    hg("branch", "-q", "other", "--config", "ui.timeout=2", cwd=root)
    assert hg("status", cwd=root) == b""


def test_beside_mercurial(run, tmp_path):
    """Mercurial commits and updates while others ask for the status all the time."""
    root = tmp_path / "r"
    made(root, random.Random(5))
    is_over = threading.Event()
    wrong = []

    def ask():
        while not is_over.is_set():
            try:
                run("status", cwd=root)
            except AssertionError as error:
                wrong.append(error)

    askers = [threading.Thread(target=ask, daemon=True) for _ in range(2)]
    for asker in askers:
        asker.start()
    for number in range(2):
        (root / "new").write_text(f"{number}\n")
        hg("commit", "-qAm", f"{number}", "-u", "u", "--config", "ui.timeout=60", cwd=root)
        hg("update", "-q", "0", "--config", "ui.timeout=60", cwd=root)
        hg("update", "-q", "tip", "--config", "ui.timeout=60", cwd=root)
    is_over.set()
    for asker in askers:
        asker.join(60)
    assert not wrong
    assert hg("status", cwd=root) == b"" == hg("verify", "-q", cwd=root)
    assert (root / "new").read_text() == "1\n"
