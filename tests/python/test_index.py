"""Graph.open: on Mercurial's repositories, on index files written here, on bad input."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest
from dag import histories
from hypothesis import given, settings
from hypothesis import strategies as st
from indexes import GENERALDELTA, INLINE, index_bytes, node_of
from longwork import NULL, long_history

from vermilion import CorruptIndexError, Graph, UnsupportedIndexError

MERCURIAL = os.environ.get("VERMILION_MERCURIAL") == "1"
NULL_NODE = bytes(20)
ROOT, LINE = [(NULL, NULL)], [(NULL, NULL), (0, NULL), (1, NULL)]


def text(rev):
    """Data between the entries of an inline index, of every length."""
    return b"x" * (rev * 37 % 200)


@pytest.fixture
def index(tmp_path):
    """Writes an index file; returns its path."""

    def write(content, name="00changelog.i"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


# -- index files ---------------------------------------------------------------

FLAGS = {
    "plain": 0,
    "generaldelta": GENERALDELTA,
    "inline": INLINE,
    "inline generaldelta": INLINE | GENERALDELTA,
}


@pytest.mark.parametrize("flags", FLAGS)
@given(parents=histories(max_size=150), data=st.data())
@settings(max_examples=15)
def test_index_files(tmp_path_factory, flags, parents, data):
    path = tmp_path_factory.mktemp("index") / "00changelog.i"
    path.write_bytes(index_bytes(parents, FLAGS[flags], data=text))
    graph = Graph.open(path)
    assert len(graph) == len(parents)
    assert [graph.parents(rev) for rev in range(len(graph))] == parents
    assert graph.memory["parents"] <= 8 * len(parents)
    for rev in data.draw(st.permutations(range(len(parents)))):
        assert graph.node(rev) == node_of(rev)
        assert graph.rev(node_of(rev)) == rev
    assert graph.node(NULL) == NULL_NODE
    assert graph.rev(NULL_NODE) == NULL
    with pytest.raises(LookupError, match=node_of(10**6).hex()):
        graph.rev(node_of(10**6))


@pytest.mark.parametrize("flags", [0, INLINE])
def test_a_long_index(index, flags):
    pairs = long_history(20_000)
    graph = Graph.open(index(index_bytes(pairs, flags, data=text)))
    memory = graph.memory
    assert memory["parents"] == 160_000
    assert memory["labels"] == 0
    assert memory["nodes"] < 5000
    for rev in range(0, 20_000, 61):
        assert graph.parents(rev) == pairs[rev]
        assert graph.node(rev) == node_of(rev)
        assert graph.rev(node_of(rev)) == rev
    # by now there is a table, of a few bytes a revision
    assert 20_000 < graph.memory["nodes"] <= 8 * 20_000
    for rev in range(1, 20_000, 3):
        assert graph.rev(node_of(rev)) == rev
    for rev in range(20_000, 20_100):
        with pytest.raises(LookupError):
            graph.rev(node_of(rev))


def test_nodes_that_begin_alike(index):
    content = bytearray(index_bytes(LINE * 1, 0))
    nodes = [b"a" * 19 + b"%d" % rev for rev in range(3)]
    for rev, node in enumerate(nodes):
        content[64 * rev + 32 : 64 * rev + 52] = node
    graph = Graph.open(index(content))
    for _ in range(50):
        assert [graph.rev(node) for node in nodes] == [0, 1, 2]
        with pytest.raises(LookupError):
            graph.rev(b"a" * 20)


def test_an_empty_file_is_an_empty_history(index):
    path = index(b"")
    graph = Graph.open(path)
    assert len(graph) == 0
    assert graph.heads() == [NULL]
    assert graph.rev(NULL_NODE) == NULL
    with pytest.raises(LookupError):
        graph.rev(b"x" * 20)
    with pytest.raises(IndexError):
        graph.node(0)


def test_node_and_rev_refuse_other_things(index):
    graph = Graph.open(index(index_bytes(LINE)))
    for rev in (3, -2, 2**31, 2**64, -(2**40)):
        with pytest.raises(IndexError, match=str(rev)):
            graph.node(rev)
    for rev in ("0", None, 0.0, b"0"):
        with pytest.raises(TypeError):
            graph.node(rev)
    for node in (b"", b"x", b"x" * 19, b"x" * 21, b"0" * 40):
        with pytest.raises(ValueError, match="20 bytes, not %d" % len(node)):
            graph.rev(node)
    for node in ("0" * 40, None, 5, bytearray(20), memoryview(bytes(20)), [0] * 20):
        with pytest.raises(TypeError):
            graph.rev(node)


def test_nodes_of_changed_graphs(index):
    graph = Graph.open(index(index_bytes(LINE)))
    graph.truncate(2)
    graph.extend([(0, 1)])
    with pytest.raises(LookupError, match=node_of(2).hex()):
        graph.rev(node_of(2))
    with pytest.raises(LookupError, match="revision 2"):
        graph.node(2)
    with pytest.raises(IndexError):
        graph.node(3)
    assert graph.rev(node_of(1)) == 1
    graph.truncate(0)
    assert graph.rev(NULL_NODE) == NULL
    made = Graph.from_parents(LINE)
    for question in (lambda: made.node(0), lambda: made.rev(node_of(0))):
        with pytest.raises(LookupError, match="nodes"):
            question()


def test_a_revision_added_in_memory_has_no_node(index):
    graph = Graph.open(index(index_bytes(LINE)))
    graph.extend([(2, NULL)])
    with pytest.raises(LookupError, match="revision 3"):
        graph.node(3)


# -- bad index files -----------------------------------------------------------


def patched(content, *places):
    content = bytearray(content)
    for offset, value in places:
        content[offset : offset + len(value)] = value
    return bytes(content)


def number(value):
    return value.to_bytes(4, "big", signed=value < 0)


PLAIN = index_bytes(LINE, 0)
MIXED = index_bytes(LINE, INLINE, data=lambda rev: b"data")

CORRUPT = {
    "half a header": (PLAIN[:3], "3 bytes"),
    "cut in the first entry": (PLAIN[:63], "revision 0"),
    "cut in the last entry": (PLAIN[:-1], "revision 2"),
    "cut after a few bytes of an entry": (PLAIN[:129], "revision 2"),
    "inline, cut in an entry": (MIXED[: 68 + 10], "revision 1"),
    "inline, cut in the data": (MIXED[:-1], "revision 2"),
    "inline, length beyond the end": (patched(MIXED, (8, number(2**31 - 1))), "revision 0"),
    "inline, negative length": (patched(MIXED, (8, number(-5))), "revision 0.*-5"),
    "negative length": (patched(PLAIN, (64 + 8, number(-1))), "revision 1.*-1"),
    "parent is the revision": (patched(PLAIN, (64 + 24, number(1))), "revision 1.* 1"),
    "parent is later": (patched(PLAIN, (64 + 28, number(2))), "revision 1.* 2"),
    "cycle": (patched(PLAIN, (64 + 24, number(2)), (128 + 24, number(1))), "revision 1.* 2"),
    "root with a parent": (patched(PLAIN, (24, number(0))), "revision 0.* 0"),
    "parent beyond the end": (patched(PLAIN, (128 + 24, number(3))), "revision 2.* 3"),
    "far beyond": (patched(PLAIN, (128 + 24, number(2**31 - 1))), "revision 2.*2147483647"),
    "parent below null": (patched(PLAIN, (128 + 28, number(-2))), "revision 2.*-2"),
    "lowest parent": (patched(PLAIN, (128 + 28, number(-(2**31)))), "revision 2.*-2147483648"),
    "null node": (patched(PLAIN, (64 + 32, NULL_NODE)), "revision 1.*null"),
}


@pytest.mark.parametrize("kind", CORRUPT)
def test_corrupt_index_files(index, kind):
    content, message = CORRUPT[kind]
    path = index(content)
    with pytest.raises(CorruptIndexError, match=message) as raised:
        Graph.open(path)
    assert raised.type is CorruptIndexError
    assert isinstance(raised.value, ValueError)
    assert str(path) in str(raised.value)


UNSUPPORTED = {
    "version 0": (index_bytes(LINE, 0, version=0), "version 0"),
    "version 2": (index_bytes(LINE, 0, version=0xDEAD), "version 2"),
    "changelog version 2": (index_bytes(LINE, 0, version=0xD34D), "changelog version 2"),
    "version 7": (index_bytes(LINE, 0, version=7), "version 7"),
    "another kind of file": (b"#!/bin/sh\nexit\n" * 30, "version"),
    "unknown flags": (index_bytes(LINE, 1 << 25), "flags.*0x0?200"),
    "placeholder": (b"\0\0\xff\xff dummy changelog to prevent using the old repo layout", "old"),
}


@pytest.mark.parametrize("kind", UNSUPPORTED)
def test_unsupported_index_files(index, kind):
    content, message = UNSUPPORTED[kind]
    path = index(content)
    with pytest.raises(UnsupportedIndexError, match=message) as raised:
        Graph.open(path)
    assert raised.type is UnsupportedIndexError
    assert isinstance(raised.value, ValueError)
    assert str(path) in str(raised.value)


@given(st.data())
def test_damaged_index_files_are_read_or_refused(tmp_path_factory, data):
    flags = data.draw(st.sampled_from([0, INLINE]))
    content = bytearray(index_bytes(long_history(5), flags, data=text))
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    path = tmp_path_factory.mktemp("damaged") / "index"
    path.write_bytes(content)
    try:
        graph = Graph.open(path)
    except (CorruptIndexError, UnsupportedIndexError) as error:
        assert str(path) in str(error)
        return
    for rev in range(len(graph)):
        assert all(-1 <= parent < rev for parent in graph.parents(rev))
        assert graph.node(graph.rev(graph.node(rev))) == graph.node(rev)


# -- paths ---------------------------------------------------------------------


class Somewhere:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


def test_kinds_of_paths(index, tmp_path, monkeypatch):
    path = index(index_bytes(LINE))
    encoded = os.fsencode(path)
    for given_path in (str(path), encoded, path, Somewhere(str(path)), Somewhere(encoded)):
        graph = Graph.open(given_path)
        assert len(graph) == 3
        assert graph.path == str(path)
        assert repr(graph) == "<Graph of 3 revisions from %r>" % str(path)
    link = tmp_path / "link"
    link.symlink_to(path)
    assert len(Graph.open(link)) == 3
    monkeypatch.chdir(tmp_path)
    assert Graph.open("00changelog.i").path == "00changelog.i"
    assert len(Graph.open(b"./00changelog.i")) == 3


def test_names_that_are_no_unicode(tmp_path):
    name = os.path.join(os.fsencode(tmp_path), b"caf\xe9\xff.i")
    Path(os.fsdecode(name)).write_bytes(index_bytes(LINE))
    for given_path in (name, os.fsdecode(name), Path(os.fsdecode(name))):
        graph = Graph.open(given_path)
        assert len(graph) == 3
        assert os.fsencode(graph.path) == name
        assert graph.node(0) == node_of(0)
    with pytest.raises(FileNotFoundError) as raised:
        Graph.open(name + b"x")
    assert os.fsencode(raised.value.filename) == name + b"x"
    with open(name, "wb") as file:
        file.write(PLAIN[:100])
    with pytest.raises(CorruptIndexError, match="caf"):
        Graph.open(name)


@pytest.mark.parametrize("path", [None, 5, 1.5, [], object(), bytearray(b"x"), Somewhere(5)], ids=repr)
def test_no_paths(path):
    with pytest.raises(TypeError):
        Graph.open(path)


def test_paths_that_no_file_can_have():
    with pytest.raises(ValueError, match="null byte"):
        Graph.open("a\0b")
    with pytest.raises(ValueError, match="null byte"):
        Graph.open(b"a\0b")
    with pytest.raises(UnicodeEncodeError):
        Graph.open("\ud800")
    with pytest.raises(OSError) as raised:
        Graph.open("x" * 5000)
    assert raised.value.errno == errno.ENAMETOOLONG


def os_error(path, kind, number, filename=None):
    with pytest.raises(OSError) as raised:
        Graph.open(path)
    assert raised.type is kind
    assert raised.value.errno == number
    assert raised.value.strerror == os.strerror(number)
    assert raised.value.filename == str(filename or path)


def test_system_errors(index, tmp_path):
    os_error(tmp_path / "nothing", FileNotFoundError, errno.ENOENT)
    path = index(PLAIN)
    os_error(path / "below", NotADirectoryError, errno.ENOTDIR)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    os_error(loop, OSError, errno.ELOOP)
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nothing")
    os_error(dangling, FileNotFoundError, errno.ENOENT)
    os_error(tmp_path, FileNotFoundError, errno.ENOENT, filename=tmp_path / ".hg")


def test_no_permission(index, python):
    path = index(PLAIN)
    path.chmod(0)
    code = """
import os, sys
import vermilion
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
try:
    vermilion.Graph.open(sys.argv[1])
except PermissionError as error:
    print(error.filename == sys.argv[1], error.errno)
"""
    assert python(code, path) == "True %d" % errno.EACCES


def test_special_files_are_refused_at_once(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, "/dev/null", "/dev/zero"):
        with pytest.raises((ValueError, OSError)) as raised:
            Graph.open(path)
        assert str(path) in str(raised.value)


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


@pytest.mark.parametrize("name", ["exp-changelog-v2", "exp-revlogv2.2", "made-up"])
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


# -- files that change ---------------------------------------------------------


def test_an_index_that_grows(index):
    pairs = long_history(500)
    content = index_bytes(pairs)
    path = index(content[: 64 * 300])
    graph = Graph.open(path)
    with open(path, "ab") as file:
        file.write(content[64 * 300 :])
    assert len(graph) == 300
    for _ in range(3):
        assert [graph.rev(node_of(rev)) for rev in range(300)] == list(range(300))
        with pytest.raises(LookupError):
            graph.rev(node_of(300))
    assert graph.node(299) == node_of(299)
    assert len(Graph.open(path)) == 500


def test_an_index_that_is_replaced(index, tmp_path):
    path = index(index_bytes(LINE))
    graph = Graph.open(path)
    other = index(index_bytes(ROOT), name="other")
    os.replace(other, path)
    assert graph.node(2) == node_of(2)
    assert len(Graph.open(path)) == 1


TRUNCATION = """
import faulthandler, os, sys
early, tabled, length = (int(argument) for argument in sys.argv[2:])
if early:
    faulthandler.enable()
import vermilion
if not early:
    faulthandler.enable()
path = sys.argv[1]
graph = vermilion.Graph.open(path)
count = len(graph)
node = graph.node(count - 1)
first = graph.node(0)
while tabled and graph.memory["nodes"] < count:
    graph.rev(first)
os.truncate(path, length)
questions = {
    "node": lambda: graph.node(count - 1),
    "rev": lambda: graph.rev(node),
    "rev of the first": lambda: graph.rev(first),
    "unknown": lambda: graph.rev(b"x" * 20),
}
for _ in range(3):
    for name, question in questions.items():
        try:
            answer = question()
        except vermilion.CorruptIndexError as error:
            assert path in str(error), error
        else:
            raise SystemExit("%s answered %r" % (name, answer))
assert len(list(graph.ancestors([count - 1], inclusive=True))) == count
assert graph.parents(count - 1) == (count - 2, -1)
assert graph.is_ancestor(0, count - 1)
try:
    again = vermilion.Graph.open(path)
except vermilion.CorruptIndexError:
    assert length % 64
else:
    assert len(again) == length // 64
print("alive")
"""


@pytest.mark.parametrize("early", [0, 1])
@pytest.mark.parametrize(("tabled", "length"), [(0, 0), (1, 0), (0, 64 * 1000), (1, 64 * 1000 + 7)])
def test_an_index_truncated_while_mapped(index, python, early, tabled, length):
    line = [(rev - 1, NULL) for rev in range(3000)]
    path = index(index_bytes(line))
    assert python(TRUNCATION, path, early, tabled, length) == "alive"


def test_an_index_that_shrinks_and_grows_again(index, python):
    line = [(rev - 1, NULL) for rev in range(3000)]
    path = index(index_bytes(line))
    code = """
import os, sys
import vermilion
path = sys.argv[1]
graph = vermilion.Graph.open(path)
node = graph.node(0)
content = open(path, "rb").read()
with open(path, "r+b") as file:
    file.truncate(64 * 2000)
    file.seek(0, 2)
    file.write(content[64 * 500 : 64 * 1500])
try:
    graph.rev(node)
except vermilion.CorruptIndexError as error:
    print(path in str(error))
"""
    assert python(code, path) == "True"


# -- repositories that Mercurial makes -----------------------------------------

needs_mercurial = pytest.mark.skipif(
    not MERCURIAL, reason="VERMILION_MERCURIAL=1 is not set: no Mercurial to make repositories"
)
UNSTABLE = b"enable-unstable-format-and-corrupt-my-data"


@pytest.fixture(scope="module")
def baseui(tmp_path_factory):
    if sys.implementation.name == "pypy":
        os.environ.setdefault("HGMODULEPOLICY", "py")  # before Mercurial reads it
    from mercurial import initialization
    from mercurial import ui as uimod

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
    for option in ("format_exp_use_changelog_v2", "experimental_revlogv2"):
        repo = make(name=option, dag=None, **{option: UNSTABLE})
        with pytest.raises(UnsupportedIndexError, match="exp-") as raised:
            Graph.open(repo.root)
        assert option in str(raised.value)


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
