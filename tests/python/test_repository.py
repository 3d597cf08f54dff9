# SPDX-License-Identifier: GPL-2.0-or-later
"""Repository beside Mercurial, on random repositories (tests/common/hgfacts.py)."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import threading
from datetime import timedelta

import pytest
import vermilion
from harness import forked, seeds
from hgcommand import hg
from vermilion import (
    AmbiguousRevisionError,
    CorruptIndexError,
    CorruptRefsError,
    HiddenRevisionError,
    Repository,
    RepositoryChangedError,
    RevisionLookupError,
    RevSet,
    UnknownRevisionError,
)

SEEDS = seeds(100, 12)
VIEWS = ("visible", "all")


def blob(text):
    return text.encode("latin-1")


def read(text):
    """The str that people read for a string of bytes."""
    return blob(text).decode("utf-8", "surrogateescape")


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Random repositories, each beside the facts about it."""
    folder = tmp_path_factory.mktemp("facts")
    hg("facts-make", folder, SEEDS[0], SEEDS[-1] + 1)
    return folder


@pytest.fixture(params=SEEDS)
def seed(request):
    return request.param


@pytest.fixture(params=VIEWS)
def both(request, seed, made):
    """A repository, and the facts about it."""
    facts = json.loads((made / f"{seed}.json").read_text())[request.param]
    return Repository(made / str(seed), hidden=request.param == "all"), facts


@pytest.fixture
def small(tmp_path):
    """A repository of two changesets."""
    hg("init", tmp_path)
    (tmp_path / "a").write_bytes(b"one\n")
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "b").write_bytes(b"\0")
    hg("commit", "-qAm", "first", cwd=tmp_path)
    (tmp_path / "a").write_bytes(b"two\n")
    hg("commit", "-qm", "second", cwd=tmp_path)
    return tmp_path


# -- beside Mercurial ----------------------------------------------------------


def test_changesets(both):
    repo, facts = both
    assert len(repo) == len(facts["changesets"])
    assert list(repo.revs()) == [known["rev"] for known in facts["changesets"]]
    for known in facts["changesets"]:
        changeset = repo[known["rev"]]
        assert repo[changeset.hex] == repo[changeset.node] == changeset
        assert changeset.hex == known["node"]
        assert list(changeset.parents) == known["parents"]
        assert changeset.children == known["children"]
        assert changeset.user == read(known["user"])
        assert list(changeset.timestamp) == known["date"]
        assert changeset.date.timestamp() == known["date"][0]
        assert changeset.date.utcoffset() == timedelta(seconds=-known["date"][1])
        assert changeset.branch == read(known["branch"])
        assert changeset.closes_branch == known["closes"]
        assert changeset.files == [blob(path) for path in known["files"]]
        assert changeset.description == read(known["description"])
        extra = {read(key): read(value) for key, value in known["extra"].items()}
        assert changeset.extra == {
            k: v for k, v in extra.items() if (k, v) != ("branch", "default")
        }
        assert changeset.phase == known["phase"]
        assert changeset.tags == sorted(read(tag) for tag in known["tags"])
        assert changeset.bookmarks == sorted(read(name) for name in known["bookmarks"])
        assert changeset.is_obsolete == known["obsolete"]
        assert [*repo.latest_tag(known["rev"])] == [
            [read(name) for name in known["latest_tag"][0]],
            known["latest_tag"][1],
        ]
        assert repo.latest_tag(known["rev"], re.compile("")) == repo.latest_tag(known["rev"])


def test_columns_are_the_changesets(both):
    repo, _ = both
    for revs in (None, [], list(repo.revs())[::-2]):
        columns = repo.changesets(revs)
        one_by_one = [repo[rev] for rev in columns.revs]
        assert len(columns) == len(one_by_one) == len(columns.descriptions) == len(columns.files)
        assert list(columns) == one_by_one
        assert columns[:] == one_by_one
        for row, (changeset, filled) in enumerate(zip(one_by_one, columns)):
            p1, p2 = columns.parents[2 * row : 2 * row + 2]
            assert [p for p in (p1, p2) if p != -1] == list(changeset.parents)
            assert columns.nodes[20 * row : 20 * row + 20] == changeset.node == filled.node
            assert (columns.seconds[row], columns.offsets[row]) == changeset.timestamp
            assert filled.timestamp == changeset.timestamp
            assert columns.users[row] == changeset.user == filled.user
            assert columns.branches[row] == changeset.branch == filled.branch
            assert bool(columns.closes_branch[row]) == changeset.closes_branch
            assert columns.descriptions[row] == changeset.description == filled.description
            assert columns.files[row] == changeset.files == filled.files
            assert filled.extra == changeset.extra
    less = repo.changesets(descriptions=False, files=False)
    assert len(less.descriptions) == 0
    assert [(c.description, c.files) for c in less] == [(c.description, c.files) for c in repo]
    assert [c.rev for c in repo.changesets(reverse=True)] == list(repo.revs())[::-1]


def test_changesets_that_touch_paths(both):
    repo, facts = both
    for places in ([b"a"], ["dir"], [b"dir/sub/", b"z/y"], [b"dir/su"], [b"\xff"]):
        wanted = [os.fsencode(place).rstrip(b"/") for place in places]
        touching = [
            known["rev"]
            for known in facts["changesets"]
            if any(
                blob(path) == place or blob(path).startswith(place + b"/")
                for path in known["files"]
                for place in wanted
            )
        ]
        assert list(repo.changesets(paths=places).revs) == touching


def test_trees_and_contents(both):
    repo, facts = both
    for known in facts["changesets"]:
        changeset = repo[known["rev"]]
        tree = changeset.tree
        files = {blob(path): file for path, file in known["tree"].items()}
        assert list(tree) == list(tree.names()) == list(files) == [f.path for f in tree.files()]
        assert len(tree) == len(files)
        found = {path: [file.node.hex(), file.flag.decode()] for path, file in tree.items()}
        assert found == files
        contents = list(tree.contents())
        assert [hashlib.sha1(data).hexdigest() for _, data in contents] == known["contents"]
        assert [changeset[path].data for path in files] == [data for _, data in contents]
        assert [changeset[path].is_binary for path in files] == known["binary"]
        assert [changeset[path].size for path in files] == [len(data) for _, data in contents]
        below = [path for path in files if path.startswith(b"dir/")]
        assert list(tree.names("dir")) == list(tree.names(b"dir/")) == below
        top = {path.partition(b"/")[0]: b"/" in path for path in files}
        shown = {name: entry is None for name, entry in tree.directory().items()}
        assert list(shown.items()) == sorted(top.items())
        for path in (b"nope", b"dir", b"", b"a/", b"\xff\xff"):
            assert path not in tree
            assert path not in changeset
            with pytest.raises(KeyError, match=f"revision {changeset.rev}"):
                changeset[path]


def test_changes(both):
    repo, facts = both
    by_rev = {known["rev"]: known for known in facts["changesets"]}
    found = dict(repo.changes())
    assert list(found) == list(by_rev)
    for rev, changes in found.items():
        lists = [changes.modified, changes.added, changes.removed]
        assert lists == [[blob(path) for path in paths] for paths in by_rev[rev]["changes"]]
        assert changes == repo[rev].changes()
        assert changes.paths == sorted(sum(lists, []))
        for path, kind, node, flag in changes:
            if kind == "R":
                assert (node, flag) == (b"\0" * 20, b"")
            else:
                assert [node.hex(), flag.decode()] == by_rev[rev]["tree"][path.decode("latin-1")]


def test_changes_against_the_one_before(both):
    repo, _ = both
    revs, before = list(repo.revs())[::-1], -1
    for rev, changes in repo.changes(revs, against="previous"):
        assert changes == repo.status(before, rev)
        before = rev
    with pytest.raises(ValueError, match="p2"):
        next(repo.changes(against="p2"))


def test_patches(both):
    repo, _ = both
    for options in ({}, {"git": False, "context": 1}, {"ignore_all_space": True}):
        for paths in (None, ["dir", b"a"]):
            patches = list(repo.patches(paths=paths, **options))
            assert [rev for rev, _ in patches] == list(repo.revs())
            for rev, patch in patches:
                assert patch.text() == repo[rev].diff(paths=paths, **options).text()
    few = list(repo.revs())[::-2]
    assert [rev for rev, _ in repo.patches(few, ["a"])] == few
    with pytest.raises(TypeError, match="lines"):
        next(repo.patches(lines=2))
    with pytest.raises((LookupError, ValueError)):
        list(repo.patches([1 << 20]))


def test_diffs(both):
    repo, facts = both
    names = {
        "git": "git",
        "text": "text",
        "showfunc": "show_function",
        "xdiff": "xdiff",
        "ignorews": "ignore_all_space",
        "ignorewsamount": "ignore_space_change",
        "ignoreblanklines": "ignore_blank_lines",
        "context": "context",
    }
    for a, b, options, text, of_some, stat in facts["diffs"]:
        chosen = {names[name]: value for name, value in options.items()}
        patch = repo.diff(a, b, **chosen)
        some = repo.diff(a, b, ["dir", b"a"], **chosen)
        binary = options["git"] and any(file.is_binary for file in patch)
        # Of binary contents, the compressed bytes are those of another zlib.
        if not binary:
            assert patch.text() == bytes(patch) == blob(text)
            assert some.text() == blob(of_some)
        # Mercurial counts lines in the text, where it may have left a newline out.
        assert options["ignoreblanklines"] or patch.stat() == [
            (blob(name), *lines) for name, *lines in stat
        ]
        for file in () if options["ignoreblanklines"] else patch:
            lines = [line[:1] for hunk in file.hunks for line in hunk.lines]
            assert (lines.count(b"+"), lines.count(b"-")) == (file.added, file.removed)
            for hunk in file.hunks:
                signs = [line[:1] for line in hunk.lines]
                assert hunk.old[1] == signs.count(b"-") + signs.count(b" ")
                assert hunk.new[1] == signs.count(b"+") + signs.count(b" ")


def test_histories_of_files(both):
    repo, facts = both
    for known in facts["of_files"]:
        path, rev = blob(known["path"]), known["rev"]
        assert [version.rev for version in repo.file_history(path)] == known["log"]
        assert {version.path for version in repo.file_history(path)} <= {path}
        a, b, copies = known["between"]
        assert repo.copies(a, b) == {blob(to): blob(source) for to, source in copies.items()}
        if "lines" not in known:
            with pytest.raises(KeyError, match=f"revision {rev}"):
                repo.annotate(path, rev)
            with pytest.raises(KeyError, match=f"revision {rev}"):
                repo.file_history(path, rev, follow=True)
            continue
        file = repo[rev][path]
        assert file.introduced_by == known["introduced"]
        source = known["source"] and (blob(known["source"][0]), bytes.fromhex(known["source"][1]))
        assert file.copied_from == (source or None)
        annotation = repo.annotate(path, rev, follow=known["follow"])
        assert [[line.text, line.rev, line.path, line.number] for line in annotation] == [
            [blob(text), rev, blob(where), number] for text, rev, where, number in known["lines"]
        ]
        assert b"".join(annotation.lines) == file.data
        versions = repo.file_history(path, rev, follow=True)
        assert list(dict.fromkeys(version.rev for version in versions)) == known["followed"]
        for version in versions:
            assert repo._native.content(version.path, version.node) is not None
    for known in facts["changesets"]:
        changeset = repo[known["rev"]]
        copies = {blob(to): blob(source) for to, source in known["copies"].items()}
        assert changeset.copies == copies
        last = {blob(name): rev for name, rev in known["last_changed"].items()}
        assert list(repo.last_changed(changeset).items()) == sorted(last.items())


def test_names_and_states(both):
    repo, facts = both
    branches = {read(name): branch for name, branch in facts["branches"].items()}
    assert {name: [*branch] for name, branch in repo.branches().items()} == branches
    for name, (_, heads, closed) in branches.items():
        assert repo.heads(name) == heads
        assert repo.heads(name, closed=True) == sorted(heads + closed)
    assert repo.tags() == {read(name): rev for name, rev in facts["tags"].items()}
    assert repo.bookmarks() == {read(name): rev for name, rev in facts["bookmarks"].items()}
    assert repo.active_bookmark == (facts["active"] and read(facts["active"]))
    assert list(repo.working_parents) == facts["working_parents"]
    assert repo.working_branch == read(facts["working_branch"])
    assert repo.requirements == set(facts["requirements"])
    assert list(repo.hidden()) == facts["hidden"]
    assert repo.heads(closed=True) == facts["heads"]
    for phase, revs in facts["phases"].items():
        assert list(repo.phase_revs(phase)) == revs
    assert list(repo.instabilities()["orphan"]) == facts["sets"]["orphan"]
    assert list(repo.extinct()) == facts["sets"]["extinct"]
    assert len(repo.markers()) == facts["markers"]


def test_archives_tell_their_changeset(both, tmp_path):
    repo, facts = both
    for known in facts["changesets"]:
        if known["tree"]:
            repo.archive(tmp_path, known["rev"])
            told = (tmp_path / ".hg_archival.txt").read_bytes()
            assert told == blob(known["archival"])


def test_many_nodes_and_revisions(both):
    repo, facts = both
    revs = [known["rev"] for known in facts["changesets"]]
    nodes = b"".join(bytes.fromhex(known["node"]) for known in facts["changesets"])
    assert repo.nodes_of(revs) == repo.nodes_of(RevSet(revs)) == nodes
    assert list(repo.revs_of(nodes)) == revs
    with pytest.raises(UnknownRevisionError, match="01" * 20):
        repo.revs_of(nodes + b"\1" * 20)
    with pytest.raises(ValueError, match="20 bytes"):
        repo.revs_of(b"short")
    some = revs[:: max(1, len(revs) // 3)]
    missing = repo.missing([*(repo[rev].node for rev in some), b"\1" * 20])
    assert missing == repo.revs() - set(repo.graph.only(some, []))


# -- what names a changeset ----------------------------------------------------


def test_what_names_a_changeset(small):
    repo = Repository(small)
    tip = repo["tip"]
    for what in (1, -1 + 2, tip, tip.node, tip.hex, ".", "1", "-1", "default", tip.shortest()):
        assert repo[what] == tip
        assert what in repo
    assert repo[-1].rev == repo["null"].rev == -1
    assert -1 not in repo
    assert repo[-1].files == [] and len(repo[-1].tree) == 0
    # Fewer digits might begin a node.
    for what in ("nope", b"\1" * 20, "999999999999"):
        with pytest.raises(UnknownRevisionError):
            repo[what]
        assert what not in repo
    with pytest.raises(AmbiguousRevisionError):
        repo[""]
    with pytest.raises(IndexError, match="revision 2 "):
        repo[2]
    with pytest.raises(ValueError, match="20 bytes"):
        repo[b"tip"]
    with pytest.raises(TypeError):
        repo[1.0]
    with pytest.raises(LookupError, match="working copy"):
        repo["f" * 40]
    assert issubclass(RevisionLookupError, LookupError)


def test_hidden_changesets(small):
    hg("debugobsolete", Repository(small)["tip"].hex, cwd=small)
    hg("update", "-q", "0", cwd=small)
    repo = Repository(small)
    everything = Repository(small, hidden=True)
    assert (len(repo), len(everything)) == (1, 2)
    last = everything["tip"]
    for what in (1, last.node, last.hex, "1"):
        with pytest.raises(HiddenRevisionError):
            repo[what]
        assert what not in repo and what in everything
    assert last.is_obsolete and last.instabilities == []
    assert repo.hidden() == everything.hidden() == {1}
    assert repo[0].children == [] and everything[0].children == [1]
    assert [marker.predecessor for marker in repo.markers()] == [last.node]


# -- as time goes on -----------------------------------------------------------


def test_refresh(small):
    repo = Repository(small)
    assert repo.refresh() == range(2, 2)
    (small / "c").write_bytes(b"c")
    hg("commit", "-qAm", "third", cwd=small)
    assert len(repo) == 2 and repo["tip"].rev == 1
    assert len(repo.graph) == 2
    assert repo.refresh() == range(2, 3)
    assert repo["tip"].description == "third" and len(repo.graph) == 3
    hg("--config", "extensions.strip=", "strip", "-q", "--no-backup", "1", cwd=small)
    (small / "d").write_bytes(b"d")
    hg("commit", "-qAm", "other", cwd=small)
    assert repo.refresh() == range(1, 2)
    assert repo["tip"].description == "other"


def test_pickle(small):
    repo = Repository(small, hidden=True)
    again = pickle.loads(pickle.dumps(repo))
    assert (again.root, again.shows_hidden, len(again)) == (repo.root, True, 2)
    assert again["tip"] == repo["tip"] and hash(again["tip"]) == hash(repo["tip"])
    kept = pickle.dumps(repo)
    (small / "c").write_bytes(b"c")
    hg("commit", "-qAm", "third", cwd=small)
    with pytest.raises(RepositoryChangedError, match=str(small)):
        pickle.loads(kept)


def test_pickled_graphs(small):
    graph = Repository(small).graph
    again = pickle.loads(pickle.dumps(graph))
    assert (len(again), again.path, again.node(1)) == (2, graph.path, graph.node(1))
    made = vermilion.Graph.from_parents([(-1, -1), (0, -1)])
    again = pickle.loads(pickle.dumps(made))
    assert [again.parents(rev) for rev in range(2)] == [(-1, -1), (0, -1)]
    kept = pickle.dumps(graph)
    hg("--config", "extensions.strip=", "strip", "-q", "--no-backup", "1", cwd=small)
    with pytest.raises(RuntimeError, match="00changelog"):
        pickle.loads(kept)


def test_a_share(small, tmp_path_factory):
    share = tmp_path_factory.mktemp("share") / "share"
    hg("--config", "extensions.share=", "share", "-qU", small, share)
    repo = Repository(share)
    assert repo.root == str(share) and repo["tip"]["a"].data == b"two\n"
    assert repo.working_parents == () and repo["."].rev == -1


def test_an_empty_repository(tmp_path):
    hg("init", tmp_path)
    repo = Repository(tmp_path)
    assert len(repo) == 0 and list(repo) == [] and not repo.revs()
    assert repo["tip"].rev == repo["."].rev == -1
    assert repo.heads() == [] and repo.branches() == {} and repo.refresh() == range(0, 0)
    assert repo["tip"].user == "" and repo.latest_tag() == ([], 0)
    assert list(repo.changes()) == [] and len(repo.changesets()) == 0
    assert len(repo.diff(-1, "tip")) == 0
    assert len(pickle.loads(pickle.dumps(repo))) == 0


def test_threads(made):
    repo = Repository(made / "0", hidden=True)
    expected = [(c.user, len(c.tree), c.diff().text()) for c in repo]
    fresh = Repository(made / "0", hidden=True)
    answers, errors = [], []

    def ask():
        try:
            answers.append([(c.user, len(c.tree), c.diff().text()) for c in fresh])
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and answers == [expected] * 4


def test_after_a_fork(small):
    repo = Repository(small)
    list(repo.changes())
    before = [c.diff().text() for c in repo]
    assert forked(lambda: [c.diff().text() for c in repo] == before) == 0


# -- what is not as it should be -----------------------------------------------


def test_no_repository(tmp_path):
    with pytest.raises(FileNotFoundError):
        Repository(tmp_path)


def test_damaged_files(small):
    store = small / ".hg" / "store"
    (store / "phaseroots").write_bytes(b"9 " + b"0" * 40 + b"\n")
    with pytest.raises(CorruptRefsError, match="phaseroots"):
        Repository(small).phase("tip")
    (store / "phaseroots").unlink()
    (store / "obsstore").write_bytes(b"\1short")
    with pytest.raises(CorruptRefsError, match="obsstore"):
        Repository(small)["tip"]
    (store / "obsstore").unlink()
    filelog = store / "data" / "a.i"
    filelog.write_bytes(filelog.read_bytes()[:-3] + b"xyz")
    repo = Repository(small)
    with pytest.raises(CorruptIndexError, match=r"a\.i.*revision 1"):
        repo["tip"]["a"].data
    assert repo[0]["a"].data == b"one\n"
    filelog.unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.i"):
        Repository(small)["tip"]["a"].data
    manifests = store / "00manifest.i"
    manifests.write_bytes(manifests.read_bytes()[:100])
    with pytest.raises(CorruptIndexError, match="00manifest"):
        Repository(small)["tip"].tree


def test_contents_that_are_not_there(small):
    repo = Repository(small)
    file = repo["tip"]["a"]
    wanted = [(b"a", file.node), (b"a", b"\1" * 20), (b"nope", file.node)]
    contents = repo.contents(wanted)
    assert next(contents) == b"two\n"
    with pytest.raises(LookupError, match="01" * 20):
        next(contents)
    with pytest.raises(ValueError):
        next(repo.contents([(b"../a", file.node)]))
    with pytest.raises(ValueError, match="20 bytes"):
        next(repo.contents([(b"a", b"short")]))


def test_interruption(made, monkeypatch):
    repo = Repository(made / "0", hidden=True)
    everything = list(repo.revs())

    def interrupt(_done):
        raise KeyboardInterrupt

    monkeypatch.setattr("vermilion.repository.tick", interrupt)
    # In one piece: seconds of work, of which some milliseconds are done.
    monkeypatch.setattr("vermilion.repository._CHANGES", 1_000_000)
    with pytest.raises(KeyboardInterrupt):
        list(repo.changes(everything * (500_000 // len(everything))))
    monkeypatch.undo()
    assert len(list(repo.changes())) == len(repo)
