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
