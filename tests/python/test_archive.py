# SPDX-License-Identifier: GPL-2.0-or-later
"""Archives beside those of hg, of random repositories (tests/common/hgfacts.py)."""

from __future__ import annotations

import os
import random
import stat
import tarfile
import zipfile

import pytest
from harness import seeds
from hgcommand import hg
from vermilion import Repository

SEEDS = seeds(30, 3)
KINDS = {"tar": "a.tar", "tgz": "a.tar.gz", "tbz2": "a.tbz2", "txz": "a.txz"}
ZIPS = {"zip": "a.zip", "uzip": "b.zip"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Random repositories."""
    folder = tmp_path_factory.mktemp("archives")
    hg("facts-make", "--no-facts", folder, SEEDS[0], SEEDS[-1] + 1)
    return folder


@pytest.fixture(params=SEEDS)
def repo(request, made):
    return Repository(made / str(request.param))


@pytest.fixture
def small(tmp_path):
    """A repository of one changeset."""
    path = tmp_path / "small"
    hg("init", path)
    (path / "a").write_bytes(b"one\n")
    (path / "dir").mkdir()
    (path / "dir" / "b").write_bytes(b"\0")
    (path / "link").symlink_to("a")
    hg("commit", "-qAm", "first", "-d", "1000000000 0", cwd=path)
    return path


def some(repo):
    """Changesets that have files."""
    revs = [changeset.rev for changeset in repo if len(changeset.tree)]
    return random.Random(len(repo)).sample(revs, min(1, len(revs)))


def after_1970(repo, revs):
    """Those of which Mercurial makes a .gz."""
    return [rev for rev in revs if repo[rev].timestamp[0] >= 0]


def both(repo, rev, folder, name, *options, **chosen):
    """The archives of hg and ours, under the same name."""
    theirs, ours = folder / "theirs" / name, folder / "ours" / name
    for path in (theirs, ours):
        path.parent.mkdir(exist_ok=True)
    hg("archive", "--hidden", "-r", rev, *options, theirs, cwd=repo.root)
    repo.archive(ours, rev, **chosen)
    return theirs, ours


def members_of_tar(path):
    with tarfile.open(path, errors="surrogateescape") as archive:
        return [
            (
                *(member.name, member.mode, member.mtime, member.type, member.linkname),
                *(member.uid, member.gid, member.uname, member.gname),
                archive.extractfile(member).read() if member.isfile() else None,
            )
            for member in archive
        ]


def members_of_zip(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return [
            (
                *(info.filename, info.external_attr, info.date_time, info.compress_type),
                *(info.extra, info.create_system, info.flag_bits, archive.read(info)),
            )
            for info in archive.infolist()
        ]


def files_below(folder):
    found = {}
    for place, directories, names in os.walk(os.fsencode(folder)):
        for name in [*names, *directories]:
            path = os.path.join(place, name)
            state = os.lstat(path)
            kind = stat.S_IFMT(state.st_mode)
            where = os.path.relpath(path, os.fsencode(folder))
            if kind == stat.S_IFLNK:
                found[where] = os.readlink(path)
            elif kind == stat.S_IFREG:
                with open(path, "rb") as file:
                    found[where] = (stat.S_IMODE(state.st_mode), state.st_mtime, file.read())
            else:
                found[where] = kind
    return found


# -- beside Mercurial ----------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_tar(repo, tmp_path, kind):
    revs = some(repo)
    for rev in after_1970(repo, revs) if kind == "tgz" else revs:
        theirs, ours = both(repo, rev, tmp_path, KINDS[kind])
        assert members_of_tar(ours) == members_of_tar(theirs)
        if kind == "tar":
            assert ours.read_bytes() == theirs.read_bytes()
        again = ours.with_name("again")
        assert repo.archive(again, rev, kind=kind, prefix="a") == len(repo[rev].tree)
        assert again.read_bytes() == ours.read_bytes()


@pytest.mark.parametrize("kind", ZIPS)
def test_zip(repo, tmp_path, kind):
    paths = [b"a", b"b c", b"dir", b".hg_archival.txt", b"z/y", b"dir.x", b"dir0"]
    patterns = [part for path in paths for part in ("-I", os.fsdecode(b"path:" + path))]
    for rev in some(repo):
        if not set(repo[rev].tree).difference([b"\xff", b"\xc3\xa9"]):
            continue
        # Python's zipfile has no names that are not UTF-8.
        theirs, ours = both(
            repo, rev, tmp_path, ZIPS[kind], "-t", kind, *patterns, kind=kind, paths=paths
        )
        assert members_of_zip(ours) == members_of_zip(theirs)
        if kind == "uzip":
            assert ours.read_bytes() == theirs.read_bytes()


def test_files(repo, tmp_path):
    for rev in some(repo):
        theirs, ours = both(repo, rev, tmp_path, str(rev))
        assert files_below(ours) == files_below(theirs)
        # Once more, over what is there.
        repo.archive(ours, rev)
        assert files_below(ours) == files_below(theirs)


@pytest.mark.parametrize("prefix", [".", "x//y/../z", "é", "p" * 120])
def test_prefixes(repo, tmp_path, prefix):
    for rev in some(repo):
        theirs, ours = both(repo, rev, tmp_path, "a.tar", "-p", prefix, prefix=prefix)
        assert ours.read_bytes() == theirs.read_bytes()
        if prefix == ".":
            repo.archive(ours, rev, prefix="")
            assert ours.read_bytes() == theirs.read_bytes()


def test_no_metadata(small, tmp_path):
    repo, dest = Repository(small), tmp_path / "a.tar"
    assert repo.archive(dest, metadata=False) == 3
    names = [member[0] for member in members_of_tar(dest)]
    assert names == ["a/a", "a/dir/b", "a/link"]
    assert repo.archive(dest, paths=["dir"]) == 1
    assert [member[0] for member in members_of_tar(dest)] == ["a/dir/b"]


# -- what is not as it should be -----------------------------------------------


def test_what_is_refused(small, tmp_path):
    repo = Repository(small)
    for dest, chosen, message in [
        ("a.tar", {"kind": "rar"}, "rar"),
        ("a.tar", {"prefix": "../x"}, "outside"),
        ("a.tar", {"prefix": "/x"}, "absolute"),
        ("a", {"prefix": "x"}, "prefix"),
        ("a.tar", {"paths": ["nope"]}, "no file"),
        ("small", {}, "root of the repository"),
        (".", {"kind": "tar"}, "not a file"),
    ]:
        with pytest.raises(ValueError, match=message):
            repo.archive(tmp_path / dest, **chosen)
    with pytest.raises(ValueError, match="no file"):
        repo.archive(tmp_path / "a.tar", "null")
    with pytest.raises(FileNotFoundError, match=r"nope/a\.tar"):
        repo.archive(tmp_path / "nope" / "a.tar")
    assert os.listdir(tmp_path) == ["small"]


def test_nothing_leads_out_of_a_directory(small, tmp_path):
    repo, dest, outside = Repository(small), tmp_path / "dest", tmp_path / "outside"
    dest.mkdir()
    outside.mkdir()
    (outside / "file").write_bytes(b"mine")
    (dest / "a").symlink_to(outside / "file")
    (dest / "dir").symlink_to(outside)
    with pytest.raises(OSError, match="dir/b"):
        repo.archive(dest)
    assert os.listdir(outside) == ["file"] and (outside / "file").read_bytes() == b"mine"
    (dest / "dir").unlink()
    (dest / "link").unlink()
    os.link(outside / "file", dest / "link")
    repo.archive(dest)
    assert (outside / "file").read_bytes() == b"mine"
    assert (dest / "a").read_bytes() == b"one\n" and os.readlink(dest / "link") == "a"


def test_damage_leaves_what_was_there(small, tmp_path):
    dest = tmp_path / "a.tar"
    dest.write_bytes(b"before")
    (small / ".hg" / "store" / "data" / "dir" / "b.i").write_bytes(b"\0\1\0\1" * 40)
    with pytest.raises(ValueError, match=r"b\.i"):
        Repository(small).archive(dest)
    assert dest.read_bytes() == b"before"
    assert sorted(os.listdir(tmp_path)) == ["a.tar", "small"]


def test_progress_and_interruption(tmp_path):
    path, rng = tmp_path / "large", random.Random(1)
    hg("init", path)
    for number in range(40):
        (path / str(number)).write_bytes(rng.randbytes(500_000))
    hg("commit", "-qAm", "first", cwd=path)
    repo, dest, seen = Repository(path), tmp_path / "a.txz", []
    assert repo.archive(tmp_path / "a.tbz2", progress=seen.append) == 40
    assert seen and seen == sorted(seen) and seen[-1] <= 40

    def interrupt(_done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        repo.archive(dest, progress=interrupt)
    assert not dest.exists() and sorted(os.listdir(tmp_path)) == ["a.tbz2", "large"]
