# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured, and what it may cost: the project's promises as data.

The questions about histories, with their promises, are in questions.py.
"""

from __future__ import annotations

from typing import NamedTuple

from questions import GRAPH, OPENING, SETS

# Which Mercurial is measured, and on which interpreter.
PEERS = {
    "c": "Mercurial with C, CPython",
    "pure": "pure Mercurial, PyPy",
    "rust": "Mercurial with its own Rust, CPython",
}
CPYTHONS = tuple(f"cpython3.{minor}" for minor in range(11, 16))


# Mercurial's own Rust takes so many times as long at everything.
RUST = 2
# Seconds that this may take with each peer's interpreter.
OPENED = {"c": 0.0015, "pure": 0.004, "rust": 0.0015}

# Operations of Vermilion alone, on PyPy 8 with our host and on PyPy 7.3 with the one it has
# built in: what crosses the border in blocks may take so many times as long.
BLOCKS_AT_MOST = 1.5
OPERATIONS = {row.title: row.ours for row in (*GRAPH, *OPENING)} | SETS
ONE_BY_ONE = ("10,000", "common_ancestor_heads", "is_ancestor", "list of")

# Bytes a revision that a Graph may take over the mapped file.
GRAPH_BYTES = 8.0
# Bytes that a Repository of so many changesets may take over the mapped files.
REPOSITORY_CHANGESETS = {False: 10**6, True: 10**5}
REPOSITORY_BYTES = {
    "opened, and its graph asked": 60e6,
    "all changesets, one after the other": 100e6,
}
# Seconds to open an index of ten million revisions.
OPEN_TEN_MILLION = 1.0


class Call(NamedTuple):
    """A piece of work across the border, measured through each host.

    `pyo3` is the part of PyO3's time that our host may take. Where there is none, most of the
    time is that of hpy-bindings, or of the interpreter, and not the host's. `layer` says
    whether what hpy-bindings adds to C is bounded. From calls that Python's loop makes, what an
    empty loop takes is subtracted; what has `many` or `items` in it is many pieces at once.
    """

    title: str
    statement: str
    pyo3: float | None = None
    layer: bool = False

    @property
    def whole(self) -> bool:
        """Whether the loop belongs to the work."""
        return "many" in self.statement or "items" in self.statement

    @property
    def loop(self) -> str:
        """What is run and timed."""
        return self.statement if self.whole else f"for _ in repeat(None, times): {self.statement}"


CALLS = (
    Call("an empty loop", "pass"),
    Call("call without arguments", "nothing()", 1.1, layer=True),
    Call("call with two ints", "add(1000, 2000)", 1.1, layer=True),
    Call("item of a native iterator", "for _ in Countdown(many): pass", 1.0, layer=True),
    Call("item of a list of ints read", "total(items)", 1.5, layer=True),
    Call("item of a list of ints built", "numbers(many)", 1.1, layer=True),
    Call("object created", "Number(1000)", 1.0),
    Call("property of a class read", "number.value"),
    Call("get-set of a bare type read", "bare.getset", 1.1),
    Call("member of a bare type read", "bare.member", 1.1),
    Call("method with two ints", "number.plus(1000, 2000)", layer=True),
    Call("method with two ints by name", "number.plus_named(a=1000, b=2000)"),
    Call("call with a str", 'text_size("a short text")'),
    Call("call with bytes", 'bytes_size(b"some bytes")'),
    Call("call with a str as result", "text()"),
    Call("call that raises", "\n        try: fail()\n        except ValueError: pass"),
)
# Who is called on which interpreter. "own" is our host, "C" a module in C with HPy's own
# macros, on the host that is used there: that of the first contender.
CONTENDERS = {
    "cpython3.11": ("own host", "hpy 0.9.0", "PyO3", "C"),
    "cpython3.12": ("own host", "hpy 0.9.0", "PyO3", "C"),
    **{name: ("own host", "PyO3", "C") for name in CPYTHONS[2:]},
    "pypy": ("built-in host", "C"),
    "pypy8": ("own host", "C"),
}
# The part of hpy 0.9.0's time that our host may take, with the same binary.
HPY_AT_MOST = 1.0
# What hpy-bindings may add to C: nanoseconds, or such a ratio where the interpreter is PyPy.
LAYER_ADDS, LAYER_RATIO = 2.0, 1.1


class Way(NamedTuple):
    """One way to write the functions of examples/ways: what its user writes, and a recipe."""

    key: str
    title: str
    sources: tuple[str, ...]
    recipe: tuple[str, ...] = ()


WAYS = (
    Way("python", "pure Python", ("talk.py",)),
    Way("c", "C, C API", ("talk.c",), ("setup.py",)),
    Way("cython", "Cython", ("talk.pyx",), ("setup.py",)),
    Way("numba", "Numba", ("talk.py",)),
    Way("cffi", "cffi", ("talk_build.py", "talk.py")),
    Way("pyo3", "PyO3", ("src/lib.rs",), ("Cargo.toml", "pyproject.toml")),
    Way("ours", "hpy-bindings", ("src/lib.rs",), ("Cargo.toml",)),
)
WAYS_ON = ("cpython3.11", "cpython3.15", "pypy")
NO_WAY = {("numba", "pypy"): "Numba knows CPython only"}


class Port(NamedTuple):
    """A package of examples/ports: what is prepared with its `module`, and what is measured.

    Of each row, the part of the original's time that ours may take on CPython; on PyPy it may
    take as much.
    """

    module: str
    prepared: dict[str, str]
    rows: dict[str, tuple[str, float | None]]


PORT = 1.1
PORTS = {
    "rpds": Port(
        "rpds",
        {
            "large": "module.HashTrieMap({str(n): n for n in range(1000)})",
            "Map": "module.HashTrieMap",
            "two": '{"a": 1, "b": 2}',
            "numbers": "module.List([1, 2, 3])",
        },
        {
            "lookup": ('large["500"]', PORT),
            "insert": ('large.insert("5000", 1)', PORT),
            "iteration over 1,000": ("for _ in large: pass", PORT),
            "HashTrieMap({2 entries})": ("Map(two)", PORT),
            "List.push_front": ("numbers.push_front(0)", None),
        },
    ),
    "blake3": Port(
        "blake3",
        {"blake3": "module.blake3", "short": 'b"a short input"', "long": "bytes(1_000_000)"},
        {
            "blake3(short).digest()": ("blake3(short).digest()", PORT),
            "blake3(1 MB).digest()": ("blake3(long).digest()", None),
        },
    ),
    "uuid": Port(
        "uuid_utils",
        {
            "UUID": "module.UUID",
            "text": '"a8098c1a-f86e-11da-bd1a-00112444be1e"',
            "uuid4": "module.uuid4",
            "one": "module.uuid4()",
        },
        {
            "UUID(str)": ("UUID(text)", PORT),
            "uuid4()": ("uuid4()", None),
            "str(UUID)": ("str(one)", None),
            "UUID.int": ("one.int", None),
        },
    ),
    "nh3": Port(
        "nh3",
        {
            "clean": "module.clean",
            "html": "\"<p onclick='x()'>A <b>word</b> and <a href='https://example.com/a'>more</a></p>\"",
        },
        {
            "nh3.clean": ("clean(html)", PORT),
            "nh3.clean with tags": ('clean(html, tags={"b"})', None),
        },
    ),
}
PORTS_ON = ("cpython3.13", "pypy", "pypy8")
PORTS_ON_PYPY = 1.0

# Seconds that `import vermilion` may add to a process; the part of its time, and the seconds,
# that the extension may add to any command, whichever is more.
IMPORT = {"CPython": 0.006, "PyPy": 0.025}
COMMAND_PART, COMMAND_FLOOR = 0.02, 0.003
# Those that touch a seam of ours and those that do not; FILE is one that has often changed.
_COMMANDS = """
root; version -q; help status; config --config ui.editor=vi ui; paths; debuginstall;
branch; branches; bookmarks; tags; heads; tip; parents; id; summary; phase -r .;
resolve -l; identify -r 0; status; status --all; status --rev 0; add -n; addremove -n;
files; locate; manifest; cat FILE; cat -r 0 FILE; annotate FILE; grep -l . FILE; diff;
diff -c tip; diff -r 0 --stat FILE; export tip; log -l 10; log FILE; log -G -l 20;
log -p -l 3; log -r only(tip,0) -l 5; log -r ancestor(tip,1); log -r heads(all())
"""
COMMANDS = [words.strip() for words in _COMMANDS.split(";")]


class Faster(NamedTuple):
    """A command that the extension makes faster: the parts of hg's time that it may take.

    EARLY, LATE and OUT stand for revisions and a file or directory that is not there; `before` is
    run each time. What writes files waits for the system most: of that, only the `user`'s time.
    """

    words: str
    cpython: float | None = None
    pypy: float | None = None
    before: str = ""
    user: bool = False


FASTER = (
    Faster("log -p -l 200", 1 / 2.5, 1 / 3.5),
    Faster("diff -r EARLY -r LATE", 1 / 2.2, 1 / 2.6),
    Faster("export -r last(all(),200)", 1 / 1.6, 1 / 1.6),
    Faster("annotate FILE", 1 / 2.5, 1 / 2.5),
    Faster("log -k refactor", 1 / 2, 1 / 2),
    Faster("archive -r LATE OUT", 1 / 2.3, 1 / 2.1, user=True),
    Faster("update -q -r LATE", 1 / 2.3, 1 / 2, "update -q -C -r EARLY", user=True),
    Faster("log -T {node}{files}{desc}\\n"),
    Faster("log -u 1"),
    Faster("verify -q"),
    Faster("clone -q -U --pull . OUT"),
)

# Programs that tell the state of a working copy, and the key of PEERS whose interpreter runs each.
STATUS = {
    "hg (C)": "c",
    "hg + Vermilion": "c",
    "hg (Rust)": "rust",
    "PyPy: hg (pure)": "pure",
    "PyPy: hg + Vermilion": "pure",
    "rhg": "",
    "git": "",
    "git, untracked cache": "",
    "vermilion hg": "c",
}


class Case(NamedTuple):
    """One command in one kind of working copy; `files` is a key of FILES."""

    files: str
    form: str
    state: str
    command: str


# How many files, in a full run and in a quick one.
FILES = {"100k": (100_000, 2_000), "260k": (260_000, 4_000)}
_WHOLE = [(form, state, "status") for form in ("v1", "v2") for state in ("clean", "changed")]
CASES = (
    *(Case("100k", *case) for case in _WHOLE),
    Case("100k", "v1", "changed", "status -mard"),
    Case("100k", "v2", "changed", "status -mard"),
    Case("100k", "v1", "changed", "status -u"),
    Case("100k", "v1", "few", "diff"),
    Case("100k", "v1", "changed", "diff"),
    *(Case("260k", *case) for case in _WHOLE),
)


def part_of(case: Case) -> dict[tuple[str, str], float]:
    """Returns the part of another program's time by the clock that one may take in this case."""
    found: dict[tuple[str, str], float] = {}
    if case.command == "diff" or case.command == "status" or case[1:] == CASES[4][1:]:
        found["hg + Vermilion", "hg (Rust)"] = 0.95 if case.command == "diff" else 0.9
        found["PyPy: hg + Vermilion", "PyPy: hg (pure)"] = 0.5
    if case.command != "diff":
        found["vermilion hg", "rhg"] = 0.8
    # Both remember directories without new files, or neither.
    remembers = case.form == "v2" and case.command in ("status", "status -u")
    found["vermilion hg", "git, untracked cache" if remembers else "git"] = 1.0
    return found


# The part of hg's memory that hg with Vermilion may take, with most files.
MEMORY_AT_MOST = 1.0
# Of what the system takes to walk a tree and look at its files, on two threads, our walk with
# a dirstate v1; of a walk that finds only unknown files, making them a list; of the time of
# Mercurial's parser in C, ours; seconds to open a dirstate v2, for each file.
WALK_AT_MOST, HAND_OVER_AT_MOST, PARSE_AT_MOST, OPEN_V2 = 1.4, 0.3, 1.0, 0.006 / 100_000


# Commands of `vermilion hg`, whole processes: what git calls them, if it has the like, whether rhg
# has them, and the parts of others' time by the clock that one may take. FILE is one that changed
# often.
class Native(NamedTuple):
    """A command that the program answers natively."""

    words: str
    git: str | None = None
    rhg: bool = False
    at_most: tuple[tuple[str, float], ...] = ()


_AS_GIT, _TENTH = ("git", 1.0), ("hg (C)", 0.1)
NATIVE = (
    Native("root", "rev-parse --show-toplevel", True, (("rhg", 0.9),)),
    Native("branch", "branch --show-current", at_most=(_AS_GIT,)),
    # Both tell whether something is changed.
    Native("identify -i", "describe --always --dirty", at_most=(_AS_GIT,)),
    Native("config ui.username", "config user.name", True, (("rhg", 0.9),)),
    Native("bookmarks -q", "branch", at_most=(_AS_GIT,)),
    Native("status", "status --porcelain", True, (("rhg", 0.8), _AS_GIT)),
    Native("log -l 10", "log -10", at_most=(_AS_GIT, _TENTH)),
    Native("log -T {node}\\n", "log --format=%H", at_most=(_AS_GIT, _TENTH)),
    Native("log -v", "log --name-only", at_most=(_AS_GIT, _TENTH)),
    Native("log FILE", "log FILE", at_most=(_AS_GIT, _TENTH)),
    Native("log -f FILE", "log --follow FILE", at_most=(_AS_GIT, _TENTH)),
    Native("log -p -l 100", "log -p -100", at_most=(_AS_GIT, _TENTH)),
    Native("log -G -l 100", "log --graph -100", at_most=(_AS_GIT, _TENTH)),
    Native("cat -r 0 FILE", "cat-file blob FIRST:FILE", True, (("rhg", 0.8), _AS_GIT)),
    Native("files", "ls-files", True, (("rhg", 0.8), _AS_GIT)),
    Native("annotate FILE", "blame FILE", True, (("rhg", 0.8), _AS_GIT)),
    Native("diff", "diff", at_most=(_AS_GIT,)),
    Native("diff -r 0 -r tip", "diff FIRST HEAD", at_most=(_AS_GIT,)),
    Native("export tip", "format-patch --stdout -1 HEAD", at_most=(_AS_GIT,)),
    Native("grep -l import", "grep -l import", at_most=(_AS_GIT,)),
    Native("log -r only(tip,0) -l 5", at_most=(_TENTH,)),
    Native("log -r ancestor(tip,1)", at_most=(_TENTH,)),
    Native("log -r heads(all())", at_most=(_TENTH,)),
)
# What a prompt asks in each directory, on FILES["100k"], 1 % changed.
PROMPT = (
    Native("branch", "branch --show-current", at_most=(_AS_GIT,)),
    Native("bookmarks -q", "branch", at_most=(_AS_GIT,)),
    Native("status -q -n", "status --porcelain --untracked-files=no", at_most=(_AS_GIT,)),
    Native("identify", "describe --always --dirty", at_most=(_AS_GIT,)),
    Native("status", "status --porcelain", True, (("rhg", 0.8), _AS_GIT)),
)


class Served(NamedTuple):
    """A command that a warm server answers; a shell runs `before` each time."""

    words: str
    before: str = ""


# UNKNOWN is an extension that changes nothing, which only Python can know. The last one adds to
# the repository.
SERVED = (
    Served("log -l 1 --debug"),
    Served("log -l 1 --config extensions.unknown=UNKNOWN"),
    Served("update ."),
    Served("debugdate now"),
    Served("commit -q -m more", "echo more >> FILE"),
)
# The part of chg's time that they may take, and of plain hg's on PyPy.
SERVED_AT_MOST = {"chg": 1.1, "PyPy: hg (pure)": 0.25}
# The rows that README shows.
FIRST_SCREEN = (
    *("identify -i", "log -l 10", "log -f FILE", "log -p -l 100", "annotate FILE"),
    *("diff -r 0 -r tip", "identify", "status", "update ."),
)
# The part of the larger of rhg's and git's memory that a native command may take.
NATIVE_MEMORY = 0.5

# Histories that are bad for one way to find something out or the other, by how many revisions,
# and files that are made to be slow, by their bytes. From one size to the next, our time may
# grow BAD_GROWTH times as fast as the peer's or the size, whichever does more; ours may take
# the peer's time and BAD_FLOOR more. A peer that took BAD_PATIENCE is not asked at more.
BAD_SIZES = {False: (10**4, 10**5, 10**6), True: (10**3, 10**4)}
BAD_GROWTH, BAD_FLOOR, BAD_PATIENCE = 2.0, 0.002, 6.0
