# SPDX-License-Identifier: GPL-2.0-or-later
"""`WorkingCopy` and `vermilion status` where the system refuses something, or files are odd."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys

import pytest
import vermilion
from harness import PROGRAM
from systems import fails_to_look_up, preload, well  # noqa: F401
from test_workingcopy import (  # noqa: F401
    beside_mercurial,
    dirstate_v1,
    hg,
    made,
    make,
    quiet_configuration,
    vermilion_status,
)
from vermilion import WorkingCopy

# The same program, and run by the native module.
BOTH = {"program": [PROGRAM], "module": [sys.executable, "-m", "vermilion"]}


# -- deep trees and few threads --------------------------------------------------------


def test_deep_trees_with_many_processors(made, preload):
    """Half of the runs died when depth took stack, and stolen work lay on top of it."""
    tops = [os.path.join(str(made), "deep", *name) for name in ("ll", "lr", "rl", "rr")]
    for top in tops:
        os.makedirs(top)
        well(top, 1900, 30)
    environ = dict(os.environ, **preload(CPUS=8))
    try:
        results = {vermilion_status("-u", cwd=made, env=environ) for _ in range(6)}
    finally:
        subprocess.run(["rm", "-rf", str(made / "deep")], check=True)
    ((code, out, err),) = results
    assert (code, err) == (0, b"")
    assert out.count(b"\n") == 1 + 4 * 2 * 30


def test_without_threads(made, preload):
    for number in range(300):
        (made / ("d%d" % (number % 7)) / str(number)).mkdir(parents=True)
        (made / ("d%d" % (number % 7)) / str(number) / "file").write_text("")
    wanted = vermilion_status("-A", "-R", made)
    assert wanted[0] == 0 and wanted[1].count(b"file") == 300
    for cpus in (1, 2, 8):
        for threads in (0, 1, 2, 3, 5):
            environ = dict(os.environ, **preload(CPUS=cpus, THREADS=threads))
            assert vermilion_status("-A", "-R", made, env=environ) == wanted, (cpus, threads)


def test_without_threads_it_can_still_be_interrupted_at_the_end(made, preload):
    code = (
        "import signal, sys, vermilion\n"
        "def stop(*_): raise KeyError('stopped')\n"
        "signal.signal(signal.SIGALRM, stop)\n"
        "working_copy, calls = vermilion.WorkingCopy(sys.argv[1]), []\n"
        "working_copy.status(progress=calls.append)\n"
        "assert len(calls) == 1 and calls[0] > 0, calls\n"
        "def progress(done): raise ValueError(done)\n"
        "try: working_copy.status(progress=progress)\n"
        "except ValueError: print('raised')\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(made)],
        env=dict(os.environ, **preload(THREADS=0)),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    assert out == b"raised\n"


# -- files that are none ---------------------------------------------------------------


def test_files_without_an_end(made):
    tracked = [(name, b"n", 0o100644, 3, 0) for name in (b".hgsub", b".hgsubstate")]
    (made / ".hg" / "dirstate").write_bytes(dirstate_v1(tracked))

    def refused(path, *classes):
        with pytest.raises(classes) as error:
            WorkingCopy(made).status()
        assert str(path) in str(error.value)
        code, out, err = vermilion_status("-R", made)
        assert code in (1, 255) and not out and os.fsencode(path) in err
        assert b"Traceback" not in err

    unsupported = vermilion.UnsupportedWorkingCopyError, vermilion.CorruptDirstateError, OSError
    for name in (".hgsub", ".hgsubstate"):
        path = made / name
        os.mkfifo(path)
        refused(path, *unsupported)
        path.unlink()
        with open(path, "wb") as file:
            file.truncate(1 << 43)
        refused(path, *unsupported)
        path.unlink()
        # The text of a link is what counts.
        path.symlink_to("[subpaths]" if name == ".hgsub" else "0 /dev/zero")
        assert (
            WorkingCopy(made).status().modified
            == [b".hgsub", b".hgsubstate"][: 1 + (name != ".hgsub")]
        )
    for name in ("requires", "dirstate"):
        path = made / ".hg" / name
        content = path.read_bytes()
        for target in ("/dev/zero", path):
            path.unlink()
            path.symlink_to(target)
            refused(path, *unsupported)
        path.unlink()
        os.mkfifo(path)
        refused(path, *unsupported)
        path.unlink()
        path.write_bytes(content)
    os.mkfifo(made / ".hg" / "store" / "requires")  # which nobody reads without share-safe
    assert WorkingCopy(made).status()


@beside_mercurial
@pytest.mark.parametrize(
    "sub, state",
    [
        (b"s = s\n", b"nonsense\n"),
        (b"s = s\n", b"\n\n0000 s\n  x\n"),
        (b"s = s\n", b"0000 s\r1"),
        (b"s = s\n", b" \n0000 s\n\t\n"),
        (b"s = s\n", b"0000 \n"),
        (b"s = s\n", None),
        (None, b"nonsense\n"),
        (b"# nothing\n", b"nonsense\n"),
        (b"nonsense\n", b""),
        (b"a = b\n\n  indented\n", b""),
        (b"a = b\n  goes on\n", b""),
        (b"a = [hg\n", b""),
        (b"[subpaths]\na = [hg\n", b""),
        (b"[]\n", b""),
        (b"\xef\xbb\xbfa = b\n", b""),
        (b"a = b\rc\n", b""),
    ],
)
def test_damaged_subrepositories_end_it_as_in_mercurial(tmp_path, quiet_configuration, sub, state):
    root = os.path.realpath(tmp_path / "repository")
    contents = {".hgsub": sub, ".hgsubstate": state}
    there = [name for name, content in contents.items() if content is not None]
    make(root, False, None, [("write", name, b"") for name in ("file", *there)], [])
    for name in there:
        with open(os.path.join(root, name), "wb") as file:
            file.write(contents[name])
    theirs = hg("-R", root, "--cwd", root, "status")
    code, out, err = vermilion_status("-R", root)
    if theirs[0]:
        assert (code, out) == (255, b"") and b".hgsub" in err, (theirs, code, out, err)
        line = [word for word in theirs[2].split() if word.rstrip(b":").isdigit()]
        assert not line or line[0].strip(b":") in err
    else:
        assert (code, out) == (0, theirs[1])


# -- errors that are no state ----------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ELOOP, errno.EIO, errno.ENAMETOOLONG, errno.ENOTDIR])
def test_a_file_that_cannot_be_looked_at_is_not_missing(made, number):
    for flags in ((), ("-A",)):
        code, out, err = vermilion_status(*flags, "-R", made, preexec_fn=fails_to_look_up(number))
        assert (code, out) == (255, b""), (out, err)
        assert os.fsencode(os.strerror(number)) in err and os.fsencode(made / "clean") in err


@beside_mercurial
@pytest.mark.parametrize("number", [errno.ELOOP, errno.EIO])
def test_mercurial_gives_up_as_well(tmp_path, quiet_configuration, number):
    root = os.path.realpath(tmp_path / "repository")
    make(root, False, None, [("write", path, b"") for path in ("a/b", "c")], [])
    theirs = subprocess.run(
        [sys.executable, "-m", "mercurial", "status", "-R", root],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=fails_to_look_up(number),
    )
    if sys.implementation.name == "cpython":  # which looks names up in open directories
        assert theirs.returncode == 255 and not theirs.stdout
    ours = vermilion_status("-R", root, preexec_fn=fails_to_look_up(number))
    assert ours[:2] == (255, b"")


def test_links_that_lead_in_circles(made):
    (made / ".hg" / "dirstate").write_bytes(
        dirstate_v1([(b"loop/file", b"n", 0o100644, 3, 0), (b"gone/file", b"n", 0o100644, 3, 0)])
    )
    (made / "loop").symlink_to("loop")
    code, out, err = vermilion_status("-mard", "-R", made)
    assert (code, out) == (255, b"")
    assert os.fsencode(made / "loop") in err and os.fsencode(os.strerror(errno.ELOOP)) in err
    # Asked for unknown files, Mercurial does not go through links: nothing is there.
    code, out, err = vermilion_status("-R", made)
    assert code == 0 and b"! loop/file\n" in out and b"! gone/file\n" in out and not err


def test_a_way_that_cannot_be_looked_at(made):
    with pytest.raises(OSError, match="long") as error:
        WorkingCopy(made).status(["x" * 300 + "/y"])
    assert error.value.errno == errno.ENAMETOOLONG


# -- what is written -------------------------------------------------------------------


def buffered():
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def test_what_is_said_is_said(made):
    (made / ".hgignore").write_bytes(b"syntax: nosuch\n")
    code, out, err = vermilion_status("nowhere", "-R", ".", cwd=made, env=buffered())
    assert (code, out) == (0, b"") and b"\nnowhere: " in err and b"nosuch" in err
    code, out, err = vermilion_status(cwd=made, env=buffered())
    assert code == 0 and out and b"nosuch" in err and err.endswith(b"\n")
    code, out, err = vermilion_status("-R", "/nowhere", env=buffered())
    assert code == 1 and b"/nowhere" in err
    code, out, err = vermilion_status("--no-such-option", env=buffered())
    assert code == 2 and b"Usage" in err
    code, out, err = vermilion_status("--help", env=buffered())
    assert code == 0 and b"Usage" in out and not err


def streams(by, made, redirections, *flags):
    """The exit status, and what came out, of a process with such streams."""
    command = " ".join([*BOTH[by], "status", *flags, redirections])
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=made,
        env=buffered(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=300,
    )
    assert b"Traceback" not in done.stderr + done.stdout
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("by", BOTH)
@pytest.mark.parametrize("flags", [[], ["--json"], ["-A", "-C"]])
def test_streams_that_take_nothing(made, flags, by):
    wanted = streams(by, made, "", *flags)
    assert wanted[0] == 0 and wanted[1] and not wanted[2]
    for redirection, reason in ((">/dev/full", errno.ENOSPC), (">&-", errno.EBADF)):
        code, out, err = streams(by, made, redirection, *flags)
        assert code == 1 and not out
        assert os.fsencode(os.strerror(reason)) in err
        assert err.count(b"\n") == 1
    # Nobody hears of complaints, and the rest is as it was.
    (made / ".hgignore").write_bytes(b"syntax: nosuch\n")
    shown = streams(by, made, "", *flags)
    assert shown[2]
    for redirection in ("2>/dev/full", "2>&-"):
        assert streams(by, made, redirection, *flags)[1:] == (shown[1], b"")
    assert streams(by, made, "2>/dev/full", *flags)[0] == 1
    for redirection in (">/dev/full 2>/dev/full", ">&- 2>&-"):
        assert streams(by, made, redirection, *flags) == (1, b"", b"")


def test_a_reader_that_stops(made):
    for number in range(20_000):
        (made / ("new%d" % number)).write_bytes(b"")
    process = subprocess.Popen(
        [PROGRAM, "status", "-R", str(made)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=buffered(),
    )
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(120) == 0
    shutil.rmtree(made)
