# SPDX-License-Identifier: GPL-2.0-or-later
"""Graph.open on index files written here, good and bad ones."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from dag import histories
from hypothesis import given, settings, strategies as st
from indexes import GENERALDELTA, INLINE, LINE, index_bytes, node_of, os_error
from longwork import NULL, long_history
from vermilion import CorruptIndexError, Graph, UnsupportedIndexError

NULL_NODE = bytes(20)
ROOT = [(NULL, NULL)]


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
    "docket of a changelog with more behind it": (index_bytes(LINE, 0, version=0xD34D), "docket"),
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


@pytest.mark.parametrize(
    "path", [None, 5, 1.5, [], object(), bytearray(b"x"), Somewhere(5)], ids=repr
)
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


@pytest.mark.parametrize("tabled", [False, True])
@pytest.mark.parametrize("flags", [0, INLINE])
@pytest.mark.parametrize(("first", "last"), [(1, 2), (400, 1100), (1497, 1498)])
def test_an_index_whose_revisions_come_back_in_another_order(index, flags, tabled, first, last):
    """Neither the length of the file nor its last entry is another one."""
    star = [(NULL, NULL)] + [(0, NULL)] * 1499
    content = index_bytes(star, flags)
    path = index(content)
    graph = Graph.open(path)
    while tabled and graph.memory["nodes"] < 1500:
        with pytest.raises(LookupError):
            graph.rev(b"x" * 20)
    changed = list(range(1500))
    changed[first : last + 1] = reversed(changed[first : last + 1])
    entries = [content[64 * rev : 64 * rev + 64] for rev in changed]
    with open(path, "r+b") as file:
        file.truncate(64 * first)
        file.seek(0, 2)
        file.write(b"".join(entries[first:]))
    noticed = 0
    for rev in range(1500):
        try:
            assert graph.node(rev) == node_of(rev)
        except CorruptIndexError as error:
            assert str(path) in str(error)
            noticed += 1
        else:
            assert changed[rev] == rev
        try:
            assert graph.rev(node_of(rev)) == rev
        except CorruptIndexError:
            pass
        else:
            assert changed[rev] == rev
    assert last - first < noticed <= last - first + 128
    assert [Graph.open(path).rev(node_of(rev)) for rev in changed] == list(range(1500))


def test_entries_that_match(index):
    content = index_bytes(LINE)
    graph = Graph.open(index(content))
    assert graph.matches(content) and graph.matches(b"") and graph.matches(content[64:128], 1)
    assert not graph.matches(content, 1) and not graph.matches(content + content[64:128])
    for at in (64 + 24, 64 + 31, 64 + 32, 64 + 51):
        other = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        assert not graph.matches(other)
    for entries in (b"x", content[:-1]):
        with pytest.raises(ValueError, match="bytes too many"):
            graph.matches(entries)
    with pytest.raises(ValueError):
        graph.matches(content, -1)
    graph.truncate(2)
    graph.extend([(0, NULL)])
    assert graph.matches(content[:128]) and not graph.matches(content)
    with pytest.raises(LookupError):
        Graph.from_parents(LINE).matches(content)


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
