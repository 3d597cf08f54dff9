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
