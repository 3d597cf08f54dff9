# SPDX-License-Identifier: GPL-2.0-or-later
"""`WorkingCopy`, and the command `vermilion status`: beside Mercurial where it is installed."""

from __future__ import annotations

import ctypes
import io
import json
import os
import signal
import struct
import subprocess
import sys
import time

import pytest
import vermilion
from harness import PROGRAM
from hypothesis import example, given, settings, strategies as st
from vermilion import Names, WorkingCopy

WITH_MERCURIAL = os.environ.get("VERMILION_MERCURIAL") == "1"
beside_mercurial = pytest.mark.skipif(
    not WITH_MERCURIAL, reason="VERMILION_MERCURIAL=1 is not set: no Mercurial to compare with"
)
if WITH_MERCURIAL:
    if sys.implementation.name == "pypy":
        os.environ.setdefault("HGMODULEPOLICY", "py")  # before Mercurial reads it
    from mercurial import dispatch, main_script

LISTS = ("modified", "added", "removed", "deleted", "unknown", "ignored", "clean", "unsure")
LETTERS = dict(zip(LISTS, "MAR!?IC"))
NOBODY = b"\0" * 20
OLD = 1_000_000_000


# -- sequences of names --------------------------------------------------------


def block(names):
    return b"".join(name + b"\0" for name in names)


@given(st.lists(st.binary(min_size=1).filter(lambda name: b"\0" not in name)), st.data())
def test_names_are_a_sequence(some, data):
    expected = sorted(some * data.draw(st.integers(1, 40)))
    names = Names(block(expected))
    assert len(names) == len(expected)
    assert list(names) == expected
    assert names == expected and names == Names(block(expected)) and names == tuple(expected)
    assert bool(names) == bool(expected)
    cut = data.draw(st.slices(len(expected)))
    assert names[cut] == expected[cut]
    for index in data.draw(st.lists(st.integers(-len(expected) - 2, len(expected) + 2))):
        try:
            wanted = expected[index]
        except IndexError:
            with pytest.raises(IndexError):
                names[index]
        else:
            assert names[index] == wanted
    for name in some + [b"no such name"]:
        assert (name in names) == (name in expected)


def test_names_of_a_block():
    names = Names(b"a\0b/c\0")
    assert names.block == b"a\0b/c\0"
    assert b"a" in names and b"c" not in names and b"b/" not in names and "a" not in names
    assert b"a\0b/c" not in names and b"" not in names
    assert names != [b"a"] and names != 5
    assert repr(names) == "Names([b'a', b'b/c'])"
    assert repr(Names(block([b"x"] * 7))).endswith("… 7])")
    assert list(Names(b"")) == [] and b"" not in Names(b"")
    with pytest.raises(TypeError):
        hash(names)
    with pytest.raises(ValueError, match="NUL"):
        Names(b"a")


# -- a repository by hand ------------------------------------------------------


def dirstate_v1(entries, p1=NOBODY):
    """The file, of (path, state, mode, size, mtime)."""
    packed = p1 + NOBODY
    for path, state, mode, size, mtime in entries:
        packed += struct.pack(">cllll", state, mode, size, mtime, len(path)) + path
    return packed


@pytest.fixture
def made(tmp_path):
    """A repository without history, but with entries that claim to be of one."""
    root = tmp_path.resolve() / "made"
    (root / ".hg" / "store").mkdir(parents=True)
    (root / ".hg" / "requires").write_text("revlogv1\nstore\n")
    (root / "sub").mkdir()
    entries = []
    for path, state in [("clean", b"n"), ("sub/resized", b"n"), ("gone", b"n"), ("new", b"a")]:
        entries.append((path.encode(), state, 0o100644, 3, OLD))
        if path != "gone":
            (root / path).write_bytes(b"abc")
            os.utime(root / path, (OLD, OLD))
    entries.append((b"removed", b"r", 0, 0, 0))
    (root / "sub" / "resized").write_bytes(b"abcd")
    (root / ".hgignore").write_bytes(b"syntax: glob\n*.o\n")
    (root / "x.o").write_bytes(b"")
    (root / ".hg" / "dirstate").write_bytes(dirstate_v1(entries, b"\1" * 20))
    return root


def test_a_working_copy(made):
    working_copy = WorkingCopy(made / "sub")
    assert working_copy.root == str(made)
    assert working_copy.parents == (b"\1" * 20, NOBODY)
    assert repr(working_copy) == "WorkingCopy(%r)" % str(made)
    status = working_copy.status(ignored=True, clean=True)
    assert status.parents == working_copy.parents
    assert {name: list(getattr(status, name)) for name in LISTS} == {
        "modified": [b"sub/resized"],
        "added": [b"new"],
        "removed": [b"removed"],
        "deleted": [b"gone"],
        "unknown": [b".hgignore"],
        "ignored": [b"x.o"],
        "clean": [b"clean"],
        "unsure": [],
    }
    assert status and repr(status).startswith("<Status modified=1, added=1")
    assert status.bad == [] and status.warnings == [] and status.unsure_reason is None
    short = working_copy.status(unknown=False)
    assert not short.unknown and not short.ignored and not short.clean
    assert not (made / ".hg" / "cache").exists() and not (made / ".hg" / "wcache").exists()


def test_what_cannot_be_compared_stays_unsure(made):
    os.utime(made / "clean")
    status = WorkingCopy(made).status(clean=True)
    assert list(status.unsure) == [b"clean"] and not status.clean
    assert "00changelog.i" in status.unsure_reason
    status, out, err = vermilion_status("-R", made)
    assert status == 1
    assert out == b"M sub/resized\nA new\nR removed\n! gone\n? .hgignore\n"
    assert b"clean cannot be compared" in err and b"00changelog.i" in err


def test_paths(made):
    working_copy = WorkingCopy(made)
    status = working_copy.status(["sub", b"gone", "nowhere"], clean=True)
    assert list(status.modified) == [b"sub/resized"]
    assert list(status.deleted) == [b"gone"]
    assert not status.clean and not status.added
    assert status.bad == [(b"nowhere", os.strerror(2))]
    assert list(working_copy.status(["."]).added) == [b"new"]
    assert not working_copy.status([])
    for path in ["..", "/", "sub/../..", ".hg", "a\0b"]:
        with pytest.raises(ValueError):
            working_copy.status([path])


def test_ignored(made):
    working_copy = WorkingCopy(made)
    assert working_copy.is_ignored("x.o") and working_copy.is_ignored(b"x.o/below/")
    assert not working_copy.is_ignored("x.c")
    (made / ".hgignore").write_bytes(b"syntax: glob\n*.c\nsyntax: odd\n")
    assert not working_copy.is_ignored("x.c")  # rules that were read stay
    status = working_copy.status()
    assert status.warnings == [
        b"%s: ignoring invalid syntax 'odd'" % os.fsencode(made / ".hgignore")
    ]
    assert working_copy.is_ignored("x.c")
    (made / "more").write_bytes(b"re:^sub$\n")
    assert not WorkingCopy(made).is_ignored("sub")
    assert WorkingCopy(made, ignore_files=["more"]).is_ignored("sub/resized")
    missing = WorkingCopy(made, ignore_files=["nowhere"]).status().warnings
    assert any(one.startswith(b"skipping unreadable pattern file") for one in missing)


def test_refusals(made, tmp_path):
    with pytest.raises(FileNotFoundError):
        WorkingCopy("/")
    with pytest.raises(FileNotFoundError):
        WorkingCopy(tmp_path / "nowhere")
    working_copy = WorkingCopy(made)
    dirstate = (made / ".hg" / "dirstate").read_bytes()
    (made / ".hg" / "dirstate").write_bytes(dirstate[:-3])
    with pytest.raises(vermilion.CorruptDirstateError):
        working_copy.status()
    (made / ".hg" / "dirstate").write_bytes(dirstate[:30])
    with pytest.raises(vermilion.CorruptDirstateError):
        working_copy.parents
    (made / ".hg" / "dirstate").unlink()
    assert working_copy.parents == (NOBODY, NOBODY)
    (made / ".hgignore").write_bytes(b"(?>x)\n")
    with pytest.raises(vermilion.UnsupportedWorkingCopyError, match="hgignore"):
        working_copy.status()
    assert not working_copy.status(unknown=False)
    for requirement in ["exp-sparse", "narrowhg-experimental", "largefiles", "from-the-future"]:
        (made / ".hg" / "requires").write_text("revlogv1\nstore\n%s\n" % requirement)
        with pytest.raises(vermilion.UnsupportedWorkingCopyError):
            WorkingCopy(made)
        with pytest.raises(vermilion.UnsupportedWorkingCopyError):
            working_copy.status()


def test_subrepositories_of_others(made):
    entries = [(b".hgsub", b"n", 0o100644, 3, OLD)]
    (made / ".hg" / "dirstate").write_bytes(dirstate_v1(entries))
    (made / ".hgsub").write_bytes(b"sub = ../sub\n")
    assert list(WorkingCopy(made).status().modified) == [b".hgsub"]
    (made / ".hgsub").write_bytes(b"sub = [git]../sub\n")
    with pytest.raises(vermilion.UnsupportedWorkingCopyError, match="subrepositories"):
        WorkingCopy(made).status()


def tree_of_directories(root, count):
    for number in range(count):
        (root / ("d%d" % (number // 100)) / str(number)).mkdir(parents=True)


def test_what_progress_raises_ends_it(made):
    class Enough(Exception):
        pass

    def enough(directories):
        raise Enough

    tree_of_directories(made, 3000)
    # As long as nothing takes 50 ms, nobody asks.
    for _ in range(200):
        try:
            status = WorkingCopy(made).status(progress=enough)
        except Enough:
            return
    assert list(status.added) == [b"new"]


def test_interrupt(made):
    tree_of_directories(made, 2000)
    code = (
        "import signal, sys, vermilion\n"
        # What runs in the background may have been started without.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "working_copy = vermilion.WorkingCopy(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "while True: working_copy.status()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(made)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=20)
    assert b"KeyboardInterrupt" in err


# -- the command ---------------------------------------------------------------


def vermilion_status(*arguments, **more):
    """Runs the command: (status, output, errors)."""
    command = [PROGRAM, "status", *arguments]
    done = subprocess.run(command, stdout=-1, stderr=-1, timeout=300, **more)
    return done.returncode, done.stdout, done.stderr


def test_a_file_of_rules(made):
    (made / "rules").write_bytes(b"re:.*\n")
    found = vermilion_status("--repository", made, "-u", "--ignore-file", made / "rules")
    assert found == (0, b"", b"")


def test_no_repository(tmp_path):
    status, out, err = vermilion_status("-R", tmp_path / "nowhere")
    assert (status, out) == (1, b"") and err.startswith(b"vermilion: ") and b"nowhere" in err


def test_paths_are_seen_from_here(made):
    here = made / "sub"
    status, out, _ = vermilion_status(cwd=here)
    assert status == 0 and out.startswith(b"M sub/resized\n")
    missing = b"nowhere: %s\n" % os.fsencode(os.strerror(2))
    assert vermilion_status(".", "../gone", "nowhere", cwd=here) == (
        0,
        b"M resized\n! ../gone\n",
        missing,
    )
    assert vermilion_status("../..", cwd=here)[0] == 1


# -- beside Mercurial ----------------------------------------------------------

# Where the locale is not UTF-8, other tests find out about names.
PARTS = st.sampled_from(["a", "b", "c.o", "d", "lib", "x-y", "A", "é", "a b"])
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)
STEPS = st.one_of(
    st.tuples(st.just("write"), PATHS, st.binary(max_size=3)),
    st.tuples(st.just("write"), PATHS, st.sampled_from([b"\1\n", b"\1\nx\1\n", b"same", b"SAME"])),
    st.tuples(st.just("touch"), PATHS, st.integers(0, 2)),
    st.tuples(st.just("link"), PATHS, PARTS),
    st.tuples(st.just("chmod"), PATHS, st.sampled_from([0o644, 0o755])),
    st.tuples(st.just("unlink"), PATHS, st.none()),
    st.tuples(st.just("repository"), PATHS, st.none()),
)
COMMANDS = st.one_of(
    STEPS,
    st.tuples(st.just("hg"), st.sampled_from(["add", "remove -f", "forget"]), PATHS),
    st.tuples(st.just("copy"), PATHS, PATHS),
)
RULES = st.lists(
    st.sampled_from(
        [b"syntax: glob", b"glob:*.o", b"syntax: regexp", b"lib", b"^a$", b"d/", b"syntax: x"]
    )
)


# Without Mercurial's own Rust, dirstate-v2 is refused unless one insists.
SLOW_PATH = ("--config", "storage.dirstate-v2.slow-path=allow")


def hg(*arguments):
    """Runs hg in this process: (exit status, output, errors)."""
    out, err = io.BytesIO(), io.BytesIO()
    request = main_script.request(
        [os.fsencode(argument) for argument in (*arguments, *SLOW_PATH)],
        fin=io.BytesIO(),
        fout=out,
        ferr=err,
        prereposetups=None,
    )
    status = dispatch.dispatch(request)
    return status, out.getvalue(), err.getvalue()


def step(root, kind, path, what):
    """Changes the tree, or does nothing where that cannot be done."""
    full = os.path.join(root, path)
    try:
        if kind in ("write", "link"):
            os.makedirs(os.path.dirname(full), exist_ok=True)
        if kind == "write":
            with open(full, "wb") as file:
                file.write(what)
        elif kind == "touch":
            os.utime(full, (OLD + what, OLD), follow_symlinks=False)
        elif kind == "link":
            os.symlink(what, full)
        elif kind == "chmod":
            os.chmod(full, what)
        elif kind == "unlink":
            os.unlink(full)
        elif kind == "repository":
            os.makedirs(os.path.join(full, ".hg", "store"))
        elif kind == "hg":
            hg("-R", root, "--cwd", root, *path.split(), "path:" + what)
        elif kind == "copy":
            hg("-R", root, "--cwd", root, "copy", full, os.path.join(root, what))
    except (OSError, NotImplementedError):
        pass


@pytest.fixture(scope="module")
def quiet_configuration():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HGRCPATH", "")
        patch.setenv("HGPLAIN", "1")
        patch.setenv("HGUSER", "somebody")
        yield


FLAGS = ["", "-mard", "-u", "-i", "-c", "-A", "-Cmn", "-0A", "-amu0n", "-C"]


def make(root, v2, rules, before, after):
    setting = "format.use-dirstate-v2=%s" % ("yes" if v2 else "no")
    # Other processes have no zstd on PyPy, where this one may have ours by now.
    options = ("--config", setting, "--config", "format.revlog-compression=zlib")
    status, _out, err = hg("init", *options, root)
    assert not status, err
    for one in before:
        step(root, *one)
    if rules is not None:
        with open(os.path.join(root, ".hgignore"), "wb") as file:
            file.write(b"\n".join(rules) + b"\n")
    hg("-R", root, "--cwd", root, "commit", "-A", "-m", "before")
    for one in after:
        step(root, *one)


@beside_mercurial
@settings(max_examples=settings.default.max_examples // 2)
@given(
    v2=st.booleans(),
    rules=st.none() | RULES,
    before=st.lists(STEPS, max_size=10),
    after=st.lists(COMMANDS, max_size=8),
    first=st.booleans(),
)
@example(False, None, [("write", "b/a", b"")], [("repository", "b", None)], False)
@example(False, None, [("link", "b/a", "a")], [("repository", "b", None)], False)
def test_as_hg_status(tmp_path_factory, quiet_configuration, v2, rules, before, after, first):
    root = os.path.realpath(tmp_path_factory.mktemp("random") / "repository")
    make(root, v2, rules, before, after)
    # Mercurial writes down what it finds out: be first, or second.
    ours = [vermilion_status("-R", root, *flags.split()) for flags in FLAGS] if first else None
    theirs = [theirs_of("-R", root, *flags.split()) for flags in FLAGS]
    ours = ours or [vermilion_status("-R", root, *flags.split()) for flags in FLAGS]
    for flags, one, other in zip(FLAGS, ours, theirs):
        if other[0] < 0:  # it gives up, on the way to a file that has to be compared
            # Asked for ignored files only, ours does not look at tracked ones.
            assert flags == "-i" or one[0] == 1 and b"cannot be compared" in one[2], flags
        else:
            assert one == other, flags
    listed = json.loads(theirs_of("-R", root, "-A", "-T", "json")[1].decode("utf-8"))
    assert json.loads(vermilion_status("-R", root, "-A", "--json")[1].decode("utf-8")) == listed
    tree = WorkingCopy(root).status(clean=True, ignored=True, copies=True)
    assert not tree.unsure and tree.unsure_reason is None
    for name in LISTS:
        found = getattr(tree, name)
        assert len(found) == len(list(found))
        letter = LETTERS.get(name)
        assert list(found) == [os.fsencode(f["path"]) for f in listed if f["status"] == letter]
    assert tree.copies == {
        os.fsencode(one["path"]): os.fsencode(one["source"]) for one in listed if "source" in one
    }


def theirs_of(*arguments):
    status, out, err = hg("status", *arguments)
    return status or 0, out, err


@beside_mercurial
def test_files_that_must_not_be_read(tmp_path, quiet_configuration):
    root = os.path.realpath(tmp_path / "repository")
    make(root, False, None, [("write", path, b"x") for path in ("a/b", "c/d", "e")], [])
    for path in ("a/b", "c/d", "e"):
        step(root, "touch", path, 0)
    step(root, "repository", "a", None)
    os.rename(os.path.join(root, "c"), os.path.join(root, "moved"))
    os.symlink("moved", os.path.join(root, "c"))
    assert theirs_of("-R", root, "-mard")[0] < 0
    status = WorkingCopy(root).status(unknown=False, clean=True)
    assert list(status.unsure) == [b"a/b", b"c/d"] and list(status.clean) == [b"e"]
    assert status.unsure_reason == "a/b: a is a nested repository"
    step(root, "write", "a/b", b"resized")
    status = WorkingCopy(root).status(unknown=False)
    assert list(status.modified) == [b"a/b"]
    assert status.unsure_reason == "c/d: c is a symbolic link"


@beside_mercurial
@settings(max_examples=settings.default.max_examples // 2)
@given(
    v2=st.booleans(),
    before=st.lists(STEPS, max_size=10),
    after=st.lists(COMMANDS, max_size=5),
    paths=st.lists(PATHS, min_size=1, max_size=4),
)
def test_paths_as_hg_status(tmp_path_factory, quiet_configuration, v2, before, after, paths):
    root = os.path.realpath(tmp_path_factory.mktemp("random") / "repository")
    make(root, v2, [b"lib"], before, after)
    full = [os.path.join(root, path) for path in paths]
    theirs = theirs_of("-A", "-R", root, "--cwd", root, *full)
    ours = vermilion_status("-A", "-R", root, *[os.path.relpath(path) for path in full])
    if theirs[0] < 0:  # it gives up
        assert ours[:2] == (255, b"")
        return
    here = os.fsencode(os.path.relpath(root)) + b"/"
    assert (ours[0], ours[1].replace(here, b""), ours[2].replace(here, b"")) == theirs


@beside_mercurial
def test_whole_processes(tmp_path, quiet_configuration):
    """Many files, some of each kind, and the process's own streams."""
    root = os.path.realpath(tmp_path / "many")
    before = [("write", "d%d/f%d" % (i % 37, i), b"%d" % i) for i in range(2000)]
    before += [("write", "o%d.o" % i, b"") for i in range(50)]
    after = [("write", "d%d/f%d" % (i % 37, i), b"%d" % -i) for i in range(0, 2000, 20)]
    after += [("unlink", "d%d/f%d" % (i % 37, i), None) for i in range(1, 2000, 50)]
    after += [("write", "new%d" % i, b"") for i in range(100)]
    make(root, False, [b"\\.o$"], before, after)
    for flags in ["", "-A", "-n0c"]:
        done = vermilion_status("-R", root, *flags.split())
        assert done == theirs_of("-R", root, *flags.split())
        assert done[1]


def like_others():
    """As root, become subject to the permissions of files from the next program on."""
    if os.geteuid() == 0:
        prctl, drop = ctypes.CDLL(None).prctl, 24  # PR_CAPBSET_DROP
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            assert prctl(drop, capability, 0, 0, 0) == 0


@beside_mercurial
def test_unreadable_directories(tmp_path, quiet_configuration):
    root = os.path.realpath(tmp_path / "repository")
    make(root, False, None, [("write", path, b"") for path in ("a/b", "c/d", "e")], [])
    for path in ("a/b", "c"):
        os.chmod(os.path.join(root, path), 0)
    os.mkdir(os.path.join(root, "f"), 0)
    try:
        ours, theirs = (
            subprocess.run(
                [sys.executable, "-m", module, "status", "-A"],
                cwd=root,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                preexec_fn=like_others,
            )
            for module in ("vermilion", "mercurial")
        )
    finally:
        for path in ("c", "f"):
            os.chmod(os.path.join(root, path), 0o755)
    assert os.strerror(13).encode() in theirs.stderr
    assert (ours.returncode, ours.stdout) == (0, theirs.stdout)
    # Mercurial's C code takes directories in the order in which the system names them.
    assert sorted(ours.stderr.splitlines()) == sorted(theirs.stderr.splitlines())
