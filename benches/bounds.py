# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured, and what it may cost: the project's promises as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One operation, measured beside the peers.

    `at_most` gives, for each peer, the part of its time that ours may take;
    `seconds` an absolute bound for each interpreter instead.
    """

    key: str
    title: str
    at_most: dict[str, float]
    seconds: dict[str, float] | None = None


def _parts(c: float, pure: float) -> dict[str, float]:
    return {"c": 1 / c, "pure": 1 / pure, "rust": 1 / 2}


_OPENED = {"cpython": 0.0015, "pypy": 0.004}

ROWS = (
    Row("iterate", "iterate all ancestors of tip", _parts(15, 10)),
    Row("contains", "10,000 random `in` on one lazy object", _parts(40, 20)),
    Row("missing", "missing ancestors, base tip-1000, head tip", _parts(25, 8)),
    Row("common", "common_ancestor_heads, 1,000 random pairs", _parts(3, 30)),
    Row("is_ancestor", "is_ancestor, 1,000 random pairs", _parts(200, 5000)),
    Row("heads", "heads of everything, fresh object", _parts(2, 4)),
    Row("discovery", "partial discovery, remote has the ancestors of 50 revisions", _parts(12, 8)),
    Row("open_heads", "open the repository and answer: heads", {}, _OPENED),
    Row("open_is_ancestor", "open the repository and answer: is_ancestor", {}, _OPENED),
    Row("open_common", "open the repository and answer: common_ancestor_heads", {}, _OPENED),
    Row("open_ancestors", "open the repository and answer: 100 ancestors of tip", {}, _OPENED),
)

# Which Mercurial is measured on which interpreter.
PEERS = {
    "c": ("cpython", "Mercurial with C, CPython"),
    "pure": ("pypy", "pure Mercurial, PyPy"),
    "rust": ("cpython", "Mercurial with its own Rust, CPython"),
}

# Bytes a revision that a Graph may take over the mapped file.
GRAPH_BYTES = 8.0
# Seconds to open an index of ten million revisions.
OPEN_TEN_MILLION = 1.0
# Seconds that `import vermilion` may add to a process.
IMPORT = {"cpython": 0.006, "pypy": 0.025}
# The part of its time that the enabled extension may add to `hg root`.
HG_ROOT = 0.05

# The part of its time, and the seconds, that it may add to any command: what is more counts.
COMMAND_PART, COMMAND_FLOOR = 0.02, 0.003
# Those that touch a seam of ours and those that do not; FILE is one that has often changed.
COMMANDS = (
    *(
        "root",
        "version -q",
        "help status",
        "config --config ui.editor=vi ui",
        "paths",
        "debuginstall",
    ),
    *("branch", "branches", "bookmarks", "tags", "heads", "tip", "parents", "id", "summary"),
    *("phase -r .", "resolve -l", "identify -r 0"),
    *("status", "status --all", "status --rev 0", "add -n", "addremove -n", "files", "locate"),
    *("manifest", "cat FILE", "cat -r 0 FILE", "annotate FILE", "grep -l . FILE"),
    *("diff", "diff -c tip", "diff -r 0 --stat FILE", "export tip"),
    *("log -l 10", "log FILE", "log -G -l 20", "log -p -l 3", "log -r only(tip,0) -l 5"),
    *("log -r ancestor(tip,1)", "log -r heads(all())"),
)


@dataclass(frozen=True)
class Call:
    """A piece of work across the border, measured through each host.

    `pyo3` is the part of PyO3's time that our host may take. Where there is none, most
    of the time is that of hpy-bindings, or of the interpreter, and not the host's: it is
    shown for information. `whole` is for work in which the loop is native code's or
    belongs to it: for others, what an empty loop takes is subtracted.
    """

    key: str
    title: str
    pyo3: float | None = None
    whole: bool = False


CALLS = (
    Call("nothing", "call without arguments", 1.1),
    Call("add", "call with two ints", 1.1),
    Call("iterate", "item of a native iterator", 1.0, whole=True),
    Call("total", "item of a list of ints read", 1.5, whole=True),
    Call("numbers", "item of a list of ints built", 1.1, whole=True),
    Call("create", "object created", 1.0),
    Call("property", "property of a class read"),
    Call("getset", "get-set of a bare type read", 1.1),
    Call("member", "member of a bare type read", 1.1),
    Call("method", "method with two ints"),
    Call("keyword", "method with two ints by name"),
    Call("text_size", "call with a str"),
    Call("bytes_size", "call with bytes"),
    Call("text", "call with a str as result"),
    Call("fail", "call that raises"),
)

# Who is called on which interpreter; "own" is our host.
CONTENDERS = {
    "cpython3.11": ("hpy", "pyo3"),
    "cpython3.12": ("own", "hpy", "pyo3"),
    "cpython3.13": ("own", "pyo3"),
    "cpython3.14": ("own", "pyo3"),
    "cpython3.15": ("own", "pyo3"),
    "pypy": ("builtin",),
    "pypy8": ("own",),
}
# The part of hpy 0.9.0's time that our host may take, with the same binary.
HPY_AT_MOST = 1.0

# What hpy-bindings adds to a module in C with HPy's own macros, on the host that is used
# on each interpreter: so many nanoseconds, or such a ratio where the interpreter is PyPy.
LAYER_ADDS = 2.0
LAYER_RATIO = 1.1
LAYER_ON = {
    "cpython3.11": "hpy",
    "cpython3.12": "own",
    "cpython3.13": "own",
    "cpython3.14": "own",
    "cpython3.15": "own",
    "pypy": "builtin",
    "pypy8": "own",
}
# The calls to which this applies. The others are shown for information.
LAYER_BOUNDED = ("nothing", "add", "iterate", "total", "numbers", "method")
# A member has no code of the module's; of a get-set of a bare type both have the same.
LAYER_CALLS = tuple(call for call in CALLS if call.key != "member")

# Operations of Vermilion alone, on PyPy 8 with our host and on PyPy 7.3 with the one it
# has built in: what crosses the border in blocks may take so many times as long.
BLOCKS_AT_MOST = 1.5
_IN_BLOCKS = ("iterate", "missing", "heads", "discovery")
OPERATIONS = {row.key: row.title for row in ROWS} | {
    "set_make": "RevSet of a list of 10,000 revisions",
    "set_algebra": "100 times union, intersection and two differences of RevSets",
    "set_iterate": "list of a RevSet, all ancestors of tip",
    "set_array": "array of a RevSet, all ancestors of tip",
    "set_contains": "10,000 random `in` on a RevSet",
}
IN_BLOCKS = {
    *_IN_BLOCKS,
    *(key for key in OPERATIONS if key.startswith("open")),
    "set_make",
    "set_algebra",
    "set_array",
}


@dataclass(frozen=True)
class Way:
    """One way to write the functions of benches/ways: what its user writes, and how to
    build that. `missing` says why it is not on an interpreter."""

    key: str
    title: str
    sources: tuple[str, ...]
    recipe: tuple[str, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()


WAYS = (
    Way("python", "pure Python", ("talk.py",)),
    Way("c", "C, C API", ("talk.c",), ("setup.py",)),
    Way("cython", "Cython", ("talk.pyx",), ("setup.py",)),
    Way("numba", "Numba", ("talk.py",), missing=(("pypy", "Numba knows CPython only"),)),
    Way("cffi", "cffi", ("talk_build.py", "talk.py")),
    Way("pyo3", "PyO3", ("src/lib.rs",), ("Cargo.toml", "pyproject.toml")),
    Way("ours", "hpy-bindings", ("src/lib.rs",), ("Cargo.toml",)),
)
WAYS_ON = ("cpython3.11", "cpython3.15", "pypy")


@dataclass(frozen=True)
class Contender:
    """One program that tells the state of a working copy.

    On PyPy where the title says so, else on CPython 3.11 or a program by itself.
    `place` is the key of PEERS whose interpreter runs it; `every` says in which rounds it
    runs: those that take longest run less often.
    """

    key: str
    title: str
    place: str | None = None
    extended: bool = False
    every: int = 1


CONTENDERS_OF_STATUS = (
    Contender("c", "hg (C)", "c"),
    Contender("c+", "hg + Vermilion", "c", extended=True),
    Contender("rust", "hg (Rust)", "rust"),
    Contender("pure", "PyPy: hg (pure)", "pure", every=3),
    Contender("pure+", "PyPy: hg + Vermilion", "pure", extended=True, every=3),
    Contender("rhg", "rhg"),
    Contender("git", "git"),
    Contender("git+", "git, untracked cache"),
    Contender("vermilion", "vermilion status", "c"),
)


@dataclass(frozen=True)
class Case:
    """One command in one kind of working copy; `files` is a key of FILES."""

    files: str
    form: str
    state: str
    command: str

    @property
    def key(self) -> str:
        return f"{self.command}, {self.form}, {self.state}, {self.files}"


# How many files, in a full run and in a quick one.
FILES = {"100k": (100_000, 2_000), "260k": (260_000, 4_000)}
CASES = (
    *(
        Case("100k", form, state, "status")
        for form in ("v1", "v2")
        for state in ("clean", "changed")
    ),
    Case("100k", "v1", "changed", "status -mard"),
    Case("100k", "v2", "changed", "status -mard"),
    Case("100k", "v1", "changed", "status -u"),
    Case("100k", "v1", "few", "diff"),
    Case("100k", "v1", "changed", "diff"),
    *(
        Case("260k", form, state, "status")
        for form in ("v1", "v2")
        for state in ("clean", "changed")
    ),
)
# The rows that README shows.
FIRST_SCREEN = {
    "status, v1, clean, 100k",
    "status, v2, changed, 100k",
    "diff, v1, changed, 100k",
}


def part_of(case: Case) -> dict[tuple[str, str], float]:
    """The part of another contender's time by the clock that one may take, in this case."""
    found: dict[tuple[str, str], float] = {}
    if case.command == "status":
        found["c+", "rust"] = 0.9
    elif case.command == "status -mard" and case.form == "v1":
        found["c+", "rust"] = 0.9
    elif case.command == "diff":
        found["c+", "rust"] = 0.95
    if found:
        found["pure+", "pure"] = 0.5
    if case.command != "diff":
        found["vermilion", "rhg"] = 1.0
    if case.command in ("status", "status -u"):
        # Both remember directories without new files, or neither.
        found["vermilion", "git" if case.form == "v1" else "git+"] = 1.0
    return found


# The part of another contender's memory that one may take, with most files.
MEMORY_OF_STATUS = {("c+", "c"): 1.0}
# The part of what the system takes to walk a tree and look at its files, on two threads,
# that our walk with a dirstate in the format v1 may take.
WALK_AT_MOST = 1.4
# The part of a walk that finds only unknown files that it may take to make them a list.
HAND_OVER_AT_MOST = 0.3
# The part of the time of Mercurial's parser in C that ours may take.
PARSE_AT_MOST = 1.0
# Seconds to open a dirstate in the format v2, for each file.
OPEN_V2 = 0.006 / 100_000

# Histories that are bad for one way to find something out or the other: so many revisions,
# in a full run and in a quick one.
BAD_SIZES = {False: (10**4, 10**5, 10**6), True: (10**3, 10**4)}
# From one size to the next, our time may grow so many times as fast as the peer's, or as
# the history.
BAD_GROWTH = 2.0
# The part of the peer's time that ours may take, and seconds that do not count.
BAD_AT_MOST = 1.0
BAD_FLOOR = 0.002
# What a peer is no longer asked, once it has taken so many seconds at a smaller size.
BAD_PATIENCE = 6.0
BAD_CASES = {
    "is_ancestor": "is_ancestor, 20 pairs",
    "common": "common_ancestor_heads of two heads",
    "common_many": "common_ancestor_heads of 1,000",
    "greatest": "greatest_common_ancestors of two heads",
    "only": "only(one head, another)",
    "missing": "missing_ancestors, all revisions, one base",
    "ancestors": "ancestors of all revisions",
    "range": "range, all revisions on both sides",
    "heads": "heads of all revisions",
    "roots": "roots of all revisions",
    "descendants": "descendants of all revisions",
    "toposort": "toposort of all revisions",
    "discovery": "discovery, two samples",
}
