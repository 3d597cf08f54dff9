# SPDX-License-Identifier: GPL-2.0-or-later
"""Graph.open on repositories, written here and by Mercurial."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest
from indexes import LINE, index_bytes, os_error
from longwork import NULL
from vermilion import CorruptIndexError, Graph, UnsupportedIndexError

MERCURIAL = os.environ.get("VERMILION_MERCURIAL") == "1"

# -- repositories written here -------------------------------------------------


def repository(path, requires=("revlogv1", "store"), store="store", parents=LINE, safe=()):
    """The parts of a repository that matter; returns its .hg."""
    dot_hg = path / ".hg"
    (dot_hg / store).mkdir(parents=True)
    (dot_hg / "requires").write_text("".join(name + "\n" for name in requires))
    if safe:
        (dot_hg / store / "requires").write_text("".join(name + "\n" for name in safe))
    if parents is not None:
        (dot_hg / store / "00changelog.i").write_bytes(index_bytes(parents))
    return dot_hg


def test_repository(tmp_path, monkeypatch):
    dot_hg = repository(tmp_path)
    changelog = dot_hg / "store" / "00changelog.i"
    for path in (tmp_path, dot_hg, changelog, str(tmp_path) + "/", str(dot_hg) + "/."):
        graph = Graph.open(path)
        assert len(graph) == 3
        assert os.path.samefile(graph.path, changelog)
    monkeypatch.chdir(tmp_path)
    assert len(Graph.open(".")) == len(Graph.open(b".hg")) == 3
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileNotFoundError):
        Graph.open("folder")


def test_repository_without_a_store_folder_of_its_own(tmp_path):
    repository(tmp_path, requires=["revlogv1"], store=".")
    assert len(Graph.open(tmp_path)) == 3


def test_repository_without_revisions(tmp_path):
    dot_hg = repository(tmp_path, parents=None)
    graph = Graph.open(tmp_path)
    assert len(graph) == 0
    assert graph.heads() == [NULL]
    assert graph.path == str(dot_hg / "store" / "00changelog.i")


def test_share_safe_repository(tmp_path):
    dot_hg = repository(tmp_path, ["share-safe"], safe=["revlogv1", "store", "generaldelta"])
    assert len(Graph.open(tmp_path)) == 3
    (dot_hg / "store" / "requires").unlink()
    os_error(tmp_path, FileNotFoundError, errno.ENOENT, dot_hg / "store" / "requires")


@pytest.mark.parametrize("safe", [False, True])
@pytest.mark.parametrize("relative", [False, True])
def test_shares(tmp_path, safe, relative):
    theirs = ["revlogv1", "store"]
    source = repository(tmp_path / "source", ["share-safe"] if safe else theirs, safe=theirs)
    share = tmp_path / "a" / "share" / ".hg"
    share.mkdir(parents=True)
    mine = ["relshared" if relative else "shared"] + (["share-safe"] if safe else theirs)
    (share / "requires").write_text("".join(name + "\n" for name in mine))
    target = "../../../source/.hg" if relative else str(source)
    (share / "sharedpath").write_text(target + "\n")
    graph = Graph.open(share.parent)
    assert len(graph) == 3
    assert os.path.samefile(graph.path, source / "store" / "00changelog.i")
    (source / "store" / "00changelog.i").unlink()
    assert len(Graph.open(share)) == 0
    (share / "sharedpath").write_text(str(tmp_path / "gone") + "\n")
    os_error(share.parent, FileNotFoundError, errno.ENOENT, tmp_path / "gone")
    (share / "sharedpath").unlink()
    os_error(share.parent, FileNotFoundError, errno.ENOENT, share / "sharedpath")


def test_missing_store(tmp_path):
    dot_hg = repository(tmp_path, parents=None)
    (dot_hg / "store").rmdir()
    os_error(tmp_path, FileNotFoundError, errno.ENOENT, dot_hg / "store")


@pytest.mark.parametrize("name", ["exp-revlogv2.2", "made-up"])
def test_repositories_of_other_formats(tmp_path, name):
    repository(tmp_path / "plain", ["revlogv1", "store", name])
    repository(tmp_path / "safe", ["share-safe"], safe=["revlogv1", "store", name])
    for path in (tmp_path / "plain", tmp_path / "safe"):
        with pytest.raises(UnsupportedIndexError, match=name) as raised:
            Graph.open(path)
        assert str(path) in str(raised.value)


@pytest.mark.parametrize("content", [b"\n", b"store\n\nrevlogv1\n", b"-x\n", b"\xff\xfe\n"])
def test_broken_requirements(tmp_path, content):
    dot_hg = repository(tmp_path)
    (dot_hg / "requires").write_bytes(content)
    with pytest.raises((CorruptIndexError, UnsupportedIndexError), match="\\.hg"):
        Graph.open(tmp_path)


# -- repositories that Mercurial makes -----------------------------------------

needs_mercurial = pytest.mark.skipif(
    not MERCURIAL, reason="VERMILION_MERCURIAL=1 is not set: no Mercurial to make repositories"
)
UNSTABLE = b"enable-unstable-format-and-corrupt-my-data"


@pytest.fixture(scope="module")
def baseui(tmp_path_factory):
    if sys.implementation.name == "pypy":
        os.environ.setdefault("HGMODULEPOLICY", "py")  # before Mercurial reads it
    from mercurial import initialization, ui as uimod

    os.environ["HGRCPATH"] = os.devnull
    initialization.init()
    if sys.implementation.name == "pypy":
        # what Mercurial itself needs on PyPy 8 before it can commit twice
        repair = Path(__file__).parent.with_name("hg") / "repair.py"
        exec(compile(repair.read_text(encoding="utf-8"), str(repair), "exec"), {})
    ui = uimod.ui.load()
    ui.setconfig(b"ui", b"username", b"test")
    ui.setconfig(b"storage", b"all-slow-path", b"allow")
    ui.setconfig(b"storage", b"dirstate-v2.slow-path", b"allow")
    ui.setconfig(b"storage", b"revlog.persistent-nodemap.slow-path", b"allow")
    ui.quiet = True
    return ui


@pytest.fixture
def make(baseui, tmp_path):
    """Makes a repository with some history, in a format."""
    from mercurial import debugcommands, hg

    def make(name="repository", dag=b"+30 *10 /3 +5 <3 +4 $ +2", **options):
        ui = baseui.copy()
        for option, value in options.items():
            section, _, key = option.partition("_")
            ui.setconfig(section.encode(), key.replace("_", "-").encode(), value)
        path = os.fsencode(tmp_path / name)
        repo = hg.repository(ui, path, create=True)
        if dag:
            debugcommands.debugbuilddag(ui, repo, dag)
        return hg.repository(ui, path)

    return make


def commit(repo, count):
    """Commits changes to a file, one after the other."""
    from mercurial import context

    with repo.wlock(), repo.lock():
        for number in range(count):

            def content(repo, ctx, path, number=number):
                return context.memfilectx(repo, ctx, path, b"line\n" * number)

            parents = [repo[len(repo) - 1].node(), repo.nullid]
            context.memctx(repo, parents, b"change", [b"file"], content).commit()


def agree(repo, path=None):
    """The opened graph is the repository's history."""
    changelog = repo.unfiltered().changelog
    graph = Graph.open(repo.root if path is None else path)
    assert len(graph) == len(changelog)
    for rev in range(-1, len(changelog)):
        assert graph.parents(rev) == tuple(changelog.parentrevs(rev))
        assert graph.node(rev) == changelog.node(rev)
        assert graph.rev(changelog.node(rev)) == rev
    assert graph.heads() == changelog.headrevs()
    return graph


FORMATS = {
    "default": {},
    "share-safe": {"format_use_share_safe": True},
    "not share-safe": {"format_use_share_safe": False},
    "no general delta": {"format_usegeneraldelta": False, "format_sparse_revlog": False},
    "no store": {"format_usestore": False, "format_use_share_safe": False},
    "no fncache": {"format_usefncache": False},
    "dirstate-v2": {"format_use_dirstate_v2": True},
    "persistent nodemap": {"format_use_persistent_nodemap": True},
    "secret internals": {"format_internal_phase": True},
}


@needs_mercurial
@pytest.mark.parametrize("kind", FORMATS)
def test_formats_of_repositories(make, kind):
    repo = make(**FORMATS[kind])
    graph = agree(repo)
    assert len(graph) > 40
    agree(repo, repo.path)
    agree(repo, repo.sjoin(b"00changelog.i"))
    assert os.fsencode(graph.path) == repo.sjoin(b"00changelog.i")


@needs_mercurial
@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("safe", [False, True])
def test_shares_of_repositories(make, baseui, tmp_path, relative, safe):
    from mercurial import hg

    source = make(format_use_share_safe=safe)
    share = os.fsencode(tmp_path / "share")
    hg.share(baseui.copy(), source.root, share, update=False, relative=relative)
    again = os.fsencode(tmp_path / "share of the share")
    hg.share(baseui.copy(), share, again, update=False, relative=relative)
    for path in (share, again):
        graph = agree(hg.repository(baseui.copy(), path), path)
        assert os.path.samefile(os.fsencode(graph.path), source.sjoin(b"00changelog.i"))


@needs_mercurial
def test_repository_that_nobody_committed_to(make):
    repo = make(dag=None)
    assert len(agree(repo)) == 0


@needs_mercurial
def test_unsupported_formats_of_repositories(make):
    option = "experimental_revlogv2"
    repo = make(name=option, dag=None, **{option: UNSTABLE})
    with pytest.raises(UnsupportedIndexError, match="exp-") as raised:
        Graph.open(repo.root)
    assert option in str(raised.value)


@needs_mercurial
def test_changelog_of_version_2(make):
    repo = make(dag=b"+5 *3 +2", format_exp_use_changelog_v2=UNSTABLE)
    assert len(agree(repo)) == 8


@needs_mercurial
def test_index_of_the_manifest(make):
    repo = make(dag=None)
    commit(repo, 4)
    revlog = repo.manifestlog.getstorage(b"")._revlog
    graph = Graph.open(repo.sjoin(b"00manifest.i"))
    assert len(graph) == len(revlog) > 0
    for rev in range(len(revlog)):
        assert graph.node(rev) == revlog.node(rev)
        assert graph.parents(rev) == tuple(revlog.parentrevs(rev))


@needs_mercurial
def test_a_repository_that_goes_on(make):
    repo = make(dag=b"+5")
    graph = agree(repo)
    commit(repo, 3)
    assert len(graph) == 5
    assert len(agree(repo)) == 8
