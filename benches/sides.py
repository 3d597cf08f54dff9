# SPDX-License-Identifier: GPL-2.0-or-later
"""The names that questions are asked with: a function for each kind of side, in worker.py."""

from __future__ import annotations

import gc
import importlib
import importlib.machinery
import importlib.util
import itertools
import os
import random
import sys
from operator import and_, or_, sub, xor

from dirstates import slow_files, status
from readers import contexts, library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Names = dict[str, Any]

# Sample sizes of the discovery, as Mercurial's clients have them.
FULL, QUICK = 200, 100


def _inputs(parents: Callable[[int], Any], count: int, heads: list[int]) -> Names:
    """Makes what is asked about: the same on all interpreters, from a fixed seed."""
    rng = random.Random(42)
    pairs = [(rng.randrange(count), rng.randrange(count)) for _ in range(1000)]
    remote: set[int] = set()
    todo = rng.sample(range(count), min(50, count))
    while todo:
        rev = todo.pop()
        if rev >= 0 and rev not in remote:
            remote.add(rev)
            todo.extend(parents(rev))
    tip = count - 1
    everything = list(range(count))
    return {
        "tip": tip,
        "other": heads[-2] if len(heads) > 1 else count - 2,
        "heads": heads,
        "many": heads[-1000:] if len(heads) >= 1000 else everything[-1000:],
        "everything": everything,
        "revs": [rng.randrange(count) for _ in range(10000)],
        "pairs": pairs,
        "ordered": [(min(pair), max(pair)) for pair in pairs],
        "few": [(tip * k // 40, tip - k % 3) for k in range(20)],
        "remote": remote,
        "first": lambda number, revs: list(itertools.islice(revs, number)),
        "weighed": lambda revs: sum(place * rev for place, rev in enumerate(revs)),
    }


def _asking(names: Names, spelt: Callable[[str], str]) -> Names:
    """Adds questions of several steps; `spelt` says how a side calls its methods."""
    remote, heads, revs = names["remote"], names["heads"], names["revs"]

    def method(discovery: Any, name: str) -> Any:
        return getattr(discovery, spelt(name))

    def discovered(discovery: Any) -> list[int]:
        complete, has_info = method(discovery, "is_complete"), method(discovery, "has_info")
        full, quick = (method(discovery, f"take_{n}_sample") for n in ("full", "quick"))
        while not complete():
            sample = full(heads, FULL) if has_info() else quick(heads, QUICK)
            method(discovery, "add_info")([(rev, rev in remote) for rev in sample])
        return sorted(method(discovery, "common_heads")())

    def sampled(discovery: Any) -> tuple[int, int]:
        found = method(discovery, "take_quick_sample")(heads, QUICK)
        method(discovery, "add_info")([(rev, rev % 2 == 0) for rev in found])
        return len(found), len(method(discovery, "take_full_sample")(heads, FULL))

    def contained(among: Any) -> list[bool]:
        return [rev in among for rev in revs]

    return {**names, "discovered": discovered, "sampled": sampled, "contained": contained}


def vermilion(repository: str, labels: bool = False) -> Names:
    """Our side, through the package's public API."""
    import vermilion

    graph = vermilion.Graph.open(repository)
    names = _inputs(graph.parents, len(graph), list(graph.heads()))
    # The state in which most questions are asked.
    while labels and not graph.memory["labels"]:
        graph.is_ancestor(0, names["tip"])
        graph.only([names["tip"]], [])

    def algebra(a: Any, b: Any) -> list[int]:
        for _ in range(100):
            found = [len(each(a, b)) for each in (or_, and_, sub, xor)]
        return found

    names.update(
        graph=graph,
        RevSet=vermilion.RevSet,
        algebra=algebra,
        opened=lambda: vermilion.Graph.open(repository),
        discovery=lambda: vermilion.PartialDiscovery(graph, names["heads"], True, randomize=False),
        facts=f"{vermilion.runtime().host} host",
    )
    return _asking(names, lambda name: name)


def mercurial(repository: str, expected: str, needed: dict[str, str]) -> Names:
    """Mercurial's side, through the methods that its own commands call."""
    from mercurial import ancestor, dagop, extensions, hg, revset_predicates, setdiscovery, ui, util

    # Imported for its side effect: hg.repository() wants revsets registered.
    assert revset_predicates
    settings = ui.ui.load()
    for name, path in needed.items():
        settings.setconfig(b"extensions", os.fsencode(name), os.fsencode(path))
    extensions.loadall(settings)

    def opened() -> Any:
        return hg.repository(settings, os.fsencode(repository)).unfiltered()

    repo = opened()
    log = repo.changelog
    rust = bool(getattr(log.index, "rust_ext_compat", False))
    kind = "rust" if rust else "pure" if "pure" in type(log.index).__module__ else "c"
    if kind != expected:
        raise SystemExit("this Mercurial is %s, not %s" % (kind, expected))
    discovery = setdiscovery.partialdiscovery if rust else setdiscovery.pure_partialdiscovery

    def roots(revs: list[int]) -> list[int]:
        among = set(revs)
        return [rev for rev in among if not any(p in among for p in log.parentrevs(rev) if p >= 0)]

    def greatest(a: int, b: int) -> Any:
        if hasattr(log.index, "ancestors"):
            return log.index.ancestors(a, b)
        return ancestor.ancestors(log.parentrevs, a, b)

    names = _inputs(log.parentrevs, len(log), list(log.headrevs()))
    names.update(
        log=log,
        dagop=dagop,
        roots=roots,
        greatest=greatest,
        opened=opened,
        discovery=lambda: discovery(repo, names["heads"], True, randomize=False),
        facts="Mercurial %s, %s" % (util.version().decode(), kind),
    )
    return _asking(names, lambda name: name.replace("_", ""))


def crossings(count: int) -> Names:
    """What crosses the border, on a history without branches."""
    from vermilion import Graph, RevSet

    line = Graph.from_parents([(rev - 1, -1) for rev in range(count + 1)])
    some = list(range(count))
    ancestors = line.ancestors([count], inclusive=True)
    list(ancestors)
    return {
        **{"line": line, "some": some, "known": set(some), "numbers": RevSet(some)},
        **{"times": range(count), "ancestors": ancestors, "is_ancestor": line.is_ancestor},
        "has_bases": line.missing_ancestors([5]).has_bases,
        "native_is_ancestor": line._native.is_ancestor,
        "native_parents": line._native.parents,
    }


def growth(parents: str) -> Names:
    """A graph of packed parents, and one that has labels."""
    from vermilion import Graph

    with open(parents, "rb") as file:
        packed = file.read()
    rng = random.Random(7)
    graph, labelled = Graph.from_parents(packed), Graph.from_parents(packed)
    count = len(graph)
    pairs = [(rng.randrange(count), rng.randrange(count)) for _ in range(1000)]

    def asked(one: Any, times: int) -> None:
        for a, b in pairs[:times]:
            one.is_ancestor(a, b)
            one.common_ancestor_heads(a, b)

    asked(labelled, 300)
    names = {"Graph": Graph, "packed": packed, "graph": graph, "labelled": labelled}
    return {**names, "pairs": pairs, "asked": asked, "tip": count - 1, "heads": graph.heads()}


def _resident() -> int:
    """Returns the bytes that this process has beside files that are mapped."""
    gc.collect()
    with open("/proc/self/status") as lines:
        return next(int(s.split()[1]) * 1024 for s in lines if s.startswith("RssAnon"))


def memory(index: str, label: bool) -> Names:
    """What a Graph takes in bytes: as it says itself, and as the process grows."""
    import vermilion

    before = _resident()
    graph = vermilion.Graph.open(index)
    count = len(graph)
    found = {"revisions": count, "Graph": graph.memory["parents"] / count}
    found["growth of the process"] = (_resident() - before) / count
    if label:
        rng = random.Random(1)
        for _ in range(2000):
            a, b = rng.randrange(count), rng.randrange(count)
            graph.is_ancestor(a, b)
            graph.common_ancestor_heads(a, b)
            graph.rev(graph.node(a))
        found["labels"] = graph.memory["labels"] / count
        found["node table"] = graph.memory["nodes"] / count
    return {"facts": found, "open": lambda: vermilion.Graph.open(index)}


def repository_memory(repository: str) -> Names:
    """What a Repository takes in bytes, as the process grows by what is asked of it."""
    import vermilion

    before = _resident()
    repo = vermilion.Repository(repository)
    tip = len(repo) - 1
    asked = repo.graph.common_ancestor_heads(tip // 2, tip)
    assert asked == [tip // 2] and len(repo.graph.only([tip], asked)) == tip - tip // 2
    found = {"opened, and its graph asked": _resident() - before}
    most = 0
    for row, changeset in enumerate(repo.changesets()):
        assert changeset.user
        if row % 50_000 == 0:
            most = max(most, _resident() - before)
    return {"facts": {**found, "all changesets, one after the other": most}}


def _hosted(package: str) -> Callable[[str, str], Any]:
    def module(name: str, path: str) -> Any:
        universal = importlib.import_module(package)
        loader = importlib.machinery.ExtensionFileLoader(name, path)
        spec = importlib.machinery.ModuleSpec(name, loader, origin=path)
        return universal.load(name, path, spec)

    return module


def _plain(name: str, path: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_OURS, _THEIRS = _hosted("hpy_host.universal"), _hosted("hpy.universal")
_HOSTS = {"own host": _OURS, "hpy 0.9.0": _THEIRS, "built-in host": _THEIRS}


def _load(contender: str, folder: str) -> dict[str, Any]:
    """Returns the names of a contender's module; that in C is on the host named in `folder`."""
    place = os.path.join(folder, contender.split()[0])
    if contender == "PyO3":
        return vars(_plain("ffi_pyo3", os.path.join(place, "ffi_pyo3.abi3.so")))
    name, _, host = contender.partition(" on ")
    if host:
        return vars(_HOSTS[host]("ffi_chpy", os.path.join(place, "ffi_chpy.hpy0.so")))
    module = _HOSTS[name]("ffi_hpy", os.path.join(place, "ffi_hpy.hpy0.so"))
    # The types on the bare ABI are those of the module in C, on the same host.
    bare = _HOSTS[name]("ffi_chpy", os.path.join(place, "ffi_chpy.hpy0.so"))
    return {**vars(module), "Value": bare.Value}


def _refused(error: type[Exception], function: Callable[..., Any], *arguments: Any) -> bool:
    try:
        function(*arguments)
    except error:
        return True
    return False


def _check(names: dict[str, Any]) -> None:
    """Stops unless a contender does what all have to do."""
    nothing, add, total, numbers = (names[n] for n in ("nothing", "add", "total", "numbers"))
    text_size, bytes_size, Number = (names[n] for n in ("text_size", "bytes_size", "Number"))
    number, value = Number(1000), names["Value"]()
    value.member = 7000
    right = (
        *(nothing() is None, add(1000, 2000) == 3000, total([1, 2, 3]) == 6),
        *(numbers(3) == [0, 1, 2], list(names["Countdown"](3)) == [3, 2, 1]),
        (number.value, number.plus(1, 2), number.plus_named(a=1, b=2)) == (1000, 1003, 1003),
        *(number.plus_named(1, b=2) == 1003, (value.member, value.getset) == (7000, 7000)),
        *(text_size("aé") == 3, bytes_size(b"abc") == 3),
        names["text"]() == "some text to make a str of",
        _refused(ValueError, names["fail"]),
        *(_refused(TypeError, add, *args) for args in ((1, "2"), (1,), (1, 2.0))),
        *(_refused(OverflowError, add, 1, large) for large in (2**63, 2**63 - 1)),
        *(_refused(TypeError, total, items) for items in ([1, None], {1: 2})),
        *(_refused(TypeError, text_size, b"a"), _refused(TypeError, bytes_size, "a")),
        *(_refused(TypeError, Number), _refused(TypeError, lambda: number.plus_named(1, c=2))),
    )
    if not all(right):
        raise SystemExit("a contender does something else: %r" % (right,))


def port(folder: str, module: str, prepared: dict[str, str], times: int) -> Names:
    """A package in `folder`, of which there may be another one of that name elsewhere."""
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        del sys.modules[name]
    sys.path.insert(0, folder)
    try:
        loaded = {"module": importlib.import_module(module)}
    finally:
        sys.path.remove(folder)
    names: Names = {name: eval(text, loaded) for name, text in prepared.items()}
    return {**names, "repeat": itertools.repeat, "times": times}


def ffi(contender: str, folder: str, times: int, many: int) -> Names:
    """The module of one contender, which must do what all have to do."""
    names: Names = _load(contender, folder)
    _check(names)
    number, bare = names["Number"](1000), names["Value"]()
    bare.member = 7000

    names.update(number=number, bare=bare, repeat=itertools.repeat)
    return {**names, "times": times, "many": many, "items": list(range(many))}
