# SPDX-License-Identifier: GPL-2.0-or-later
"""The results as a table to read, and which bounds they break."""

from __future__ import annotations

from typing import Any

import bounds

TITLES = {"cpython": "CPython", "pypy": "PyPy"}
HOST_TITLES = {"own": "own host", "hpy": "hpy 0.9.0", "builtin": "built-in host", "pyo3": "PyO3"}


def seconds(value: float) -> str:
    """A time with three digits and a unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if abs(value) >= size or unit == "ns":
            number = value / size
            return f"{number:.{max(0, 2 - len(str(int(abs(number)))) + 1)}f} {unit}"
    raise AssertionError


def times(ratio: float) -> str:
    """How many times faster."""
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown, its columns aligned for reading as plain text too."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = [head, tuple("-" * width for width in widths), *rows]
    return "\n".join(
        "| " + " | ".join(c.ljust(w) for c, w in zip(line, widths)) + " |" for line in lines
    )


class _Judge:
    """Collects what does not hold."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def __call__(self, holds: bool, what: str) -> str:
        if not holds:
            self.problems.append(what)
        return "yes" if holds else "**NO**"


def speedup(measured: dict[str, Any]) -> float:
    """How many times faster than the peer: by the processor's time or by the clock,
    whichever says less."""
    ours, peer = measured["ours"], measured["peer"]
    return min(
        peer["median"] / ours["median"],
        peer["processor"]["median"] / ours["processor"]["median"],
    )


def _peer(peer: str, result: dict[str, Any], judge: _Judge) -> str:
    interpreter, title = bounds.PEERS[peer]
    lines, opened = [], []
    for row in bounds.ROWS:
        if row.key not in result["rows"]:
            continue
        measured = result["rows"][row.key]
        same = judge(measured["same"], f"{row.title}: the answer is not that of {title}")
        ours, other = (measured[side]["processor"]["median"] for side in ("ours", "peer"))
        first = seconds(measured["ours"]["first"])
        if row.seconds:
            bound = row.seconds[interpreter]
            ours = max(ours, measured["ours"]["median"])
            holds = judge(
                ours <= bound, f"{row.title}, {title}: {seconds(ours)}, at most {seconds(bound)}"
            )
            opened.append((row.title, seconds(ours), seconds(other), seconds(bound), holds, same))
        else:
            faster = speedup(measured)
            bound = 1 / row.at_most[peer]
            holds = judge(
                faster >= bound,
                f"{row.title}, {title}: {faster:.1f} times faster, at least {bound:.0f}",
            )
            lines.append(
                (
                    row.title,
                    seconds(ours),
                    seconds(other),
                    times(faster),
                    times(bound),
                    holds,
                    first,
                    same,
                )
            )
    head = (
        "operation",
        "ours",
        "Mercurial",
        "times faster",
        "at least",
        "holds",
        "our first run",
        "same answer",
    )
    text = f"### Beside {title}\n\n{result['peer']}; Python {result['interpreter']}\n\n{table(head, lines)}\n"
    if opened:
        head = ("operation", "ours, in all", "Mercurial", "at most", "holds", "same answer")
        text += f"\n{table(head, opened)}\n"
    return text


def _processes(results: dict[str, Any], judge: _Judge) -> str:
    rows = []
    for name, result in results.items():
        title = TITLES[name]
        found = result["import"]
        added, bound = found["added"], bounds.IMPORT[name]
        # The processor's time, for the same reason as elsewhere.
        added = found["added_processor"]
        holds = judge(
            added <= bound, f"import vermilion, {title}: {seconds(added)}, at most {seconds(bound)}"
        )
        rows.append(
            (
                f"`import vermilion`, {title}",
                seconds(found["without_processor"]),
                seconds(found["with_processor"]),
                seconds(added),
                seconds(bound),
                holds,
                seconds(found["added"]),
            )
        )
        found = result["hg_root"]
        part = found["added_processor"] / found["without_processor"]
        holds = judge(
            part <= bounds.HG_ROOT,
            f"hg root, {title}: {part:.1%} more, at most {bounds.HG_ROOT:.0%}",
        )
        rows.append(
            (
                f"`hg root`, {title}",
                seconds(found["without_processor"]),
                seconds(found["with_processor"]),
                f"{part:.1%}",
                f"{bounds.HG_ROOT:.0%}",
                holds,
                f"{found['added'] / found['without']:.1%}",
            )
        )
    head = ("whole process", "without", "with", "added", "at most", "holds", "added, by the clock")
    return f"### Starting\n\n{table(head, rows)}\n"


def _crossings(results: dict[str, Any]) -> str:
    names = list(next(iter(results.values())))
    rows = [
        (name, *(f"{found[name]['median']:.1f}" for found in results.values())) for name in names
    ]
    head = ("crossing, ns each with the loop around it", *(TITLES[name] for name in results))
    return f"### Crossing the border\n\n{table(head, rows)}\n"


def _memory(results: dict[str, Any], judge: _Judge) -> str:
    rows = []

    def add(title: str, found: dict[str, Any]) -> None:
        count = found["revisions"]
        size = found["opened"]["parents"] / count
        holds = judge(
            size <= bounds.GRAPH_BYTES, f"memory of a Graph, {title}: {size:.2f} bytes a revision"
        )
        asked = found.get("asked")
        rows.append(
            (
                title,
                f"{count:,}",
                f"{size:.2f}",
                holds,
                f"{found['growth']['own'] / count:.1f}",
                f"{asked['labels'] / count:.1f}" if asked else "",
                f"{asked['nodes'] / count:.1f}" if asked else "",
            )
        )

    for name, found in results["history"].items():
        add(f"the history, {TITLES[name]}", found)
    opening = []
    for count, by_name in results["project-like"].items():
        for name, found in by_name.items():
            add(f"project-like, {TITLES[name]}", found["memory"])
            spent = found["opening"]["processor"]["median"]
            holds = ""
            if int(count) == 10**7:
                bound = bounds.OPEN_TEN_MILLION
                holds = judge(
                    spent <= bound,
                    f"opening {int(count):,} revisions, {TITLES[name]}: {seconds(spent)}",
                )
            clock = seconds(found["opening"]["median"])
            opening.append((f"{int(count):,}", TITLES[name], seconds(spent), clock, holds))
    head = (
        "bytes a revision",
        "revisions",
        "Graph",
        "at most 8",
        "growth of the process",
        "labels",
        "node table",
    )
    text = f"### Memory\n\n{table(head, rows)}\n\n"
    text += (
        "Labels and the node table are there once questions have asked for them. The process also\n"
    )
    text += "holds, when it has opened an index, what the allocator keeps.\n\n"
    head = ("opening an index of", "interpreter", "median", "by the clock", "under a second")
    return text + table(head, opening) + "\n"


def _growth(results: dict[str, Any]) -> str:
    names = [name for name in next(iter(results.values()))[0] if name not in ("revisions", "bytes")]
    rows = [
        (shape, f"{found['revisions']:,}", *(seconds(found[name]) for name in names))
        for shape, sizes in results.items()
        for found in sizes
    ]
    return f"### Growth, on CPython\n\n{table(('shape', 'revisions', *names), rows)}\n"


def interpreter_title(name: str, version: str) -> str:
    """ "CPython 3.12.1" of a key of bounds.CONTENDERS and that interpreter's sys.version."""
    if name.startswith("cpython"):
        return f"CPython {version.split()[0]}"
    return "PyPy " + version.split("PyPy ", 1)[1].split()[0].rstrip("]")


def _calls(results: dict[str, Any], judge: _Judge) -> str:
    """A table for each interpreter: times, and the ratios that are bounded."""
    parts = []
    for name, found in results.items():
        title = interpreter_title(name, found["interpreter"])
        contenders = bounds.CONTENDERS[name]
        contenders = [c for c in contenders if c in found["rows"][bounds.CALLS[0].key]["ns"]]
        others = [c for c in contenders if c != "own"] if "own" in contenders else []
        rows = []
        for call in bounds.CALLS:
            row = found["rows"][call.key]
            line = [call.title, *(f"{row['ns'][c]['median']:.1f}" for c in contenders)]
            for other in others:
                ratio = row["ratio"][other]
                bound = bounds.HPY_AT_MOST if other == "hpy" else call.pyo3
                what = (
                    f"{call.title}, {title}: {ratio['median']:.2f} of {HOST_TITLES[other]}'s time"
                )
                line += [f"{ratio['median']:.2f}", f"{ratio['low']:.2f} – {ratio['high']:.2f}"]
                if bound is None:
                    line += ["–", "–"]
                    continue
                line += [
                    f"{bound:.1f}",
                    judge(ratio["low"] <= bound, f"{what}, at most {bound:.1f}"),
                ]
            rows.append(tuple(line))
        head = ["ns each", *(HOST_TITLES[c] for c in contenders)]
        for other in others:
            head += [f"own / {HOST_TITLES[other]}", "quartiles", "at most", "holds"]
        loop = f"An empty loop takes {found['empty']['median']:.1f} ns there."
        parts.append(f"#### {title}\n\n{loop}\n\n{table(tuple(head), rows)}\n")
    return "\n".join(parts)


def _pypys(results: dict[str, Any], judge: _Judge) -> str:
    old, new = results["pypy"], results["pypy8"]
    titles = [f"{interpreter_title(n, f['interpreter'])}, {f['host']}" for n, f in results.items()]
    rows = []
    for key, title in bounds.OPERATIONS.items():
        before, after = old["rows"][key], new["rows"][key]
        same = judge(before["answer"] == after["answer"], f"{title}: another answer on {titles[1]}")
        before, after = before["seconds"]["median"], after["seconds"]["median"]
        bound = holds = ""
        if key in bounds.IN_BLOCKS:
            bound = f"{bounds.BLOCKS_AT_MOST:.1f}"
            what = f"{title}: {after / before:.2f} times as long on {titles[1]} as on {titles[0]}"
            holds = judge(after <= before * bounds.BLOCKS_AT_MOST, f"{what}, at most {bound}")
        rows.append(
            (title, seconds(before), seconds(after), f"{after / before:.2f}", bound, holds, same)
        )
    head = (
        "operation",
        *(f"{title} host" for title in titles),
        "times as long",
        "at most",
        "holds",
        "same answer",
    )
    return f"### Vermilion on two PyPys\n\n{table(head, rows)}\n"


def _hosts(results: dict[str, Any], judge: _Judge) -> str:
    text = (
        "### Calls through HPy hosts\n\n"
        "The same small module, as one binary on `hpy-bindings` (benches/ffi/hpy) that every host loads,\n"
        "and with PyO3 and CPython's stable ABI (benches/ffi/pyo3). Contenders take turns in one process,\n"
        "CPythons take turns too, five times. Times are medians of the processor's time for each call or\n"
        "item; what an empty loop takes is subtracted, except from items. Lists and objects are dropped in\n"
        "that time, exceptions caught. Ratios are medians of the ratios within a round; a bound is broken\n"
        "when three quarters of the rounds are above it: a host beside a copy of itself gives medians from\n"
        "0.97 to 1.03. “Bare” types use the ABI directly; a property is Python's `property` around a native\n"
        "method with `hpy-bindings`, a get-set descriptor with PyO3.\n\n"
        f"Load at the start of this section: {results['load']}.\n"
    )
    if results["missing"]:
        text += "\nNot measured: " + "; ".join(results["missing"]) + ".\n"
    text += "\n" + _calls(results["calls"], judge)
    if len(results["pypys"]) == 2:
        text += "\n" + _pypys(results["pypys"], judge)
    return text


def write(results: dict[str, Any]) -> tuple[str, list[str]]:
    """The report in Markdown, and what does not hold."""
    judge = _Judge()
    history, machine = results["history"], results["machine"]
    facts = "; ".join(f"{k.replace('_', ' ')} {v:,}" for k, v in history.items() if k != "name")
    parts = [
        "# Measurements\n",
        "Written by `make bench`"
        + (" in a quick run, whose figures mean little" if results["quick"] else "")
        + f", {results['date']}. {machine['processor']}, {machine['system']}; load at the start {machine['load']}.\n",
        f"History: {history['name']} ({facts}).\n" if facts else f"History: {history['name']}.\n",
        "Both sides run in the same process, in turns, after their answers were compared. Times are\n"
        "medians of the processor's time, of all threads, which other programs on the machine disturb\n"
        "little; “times faster” is by that or by the clock on the wall, whichever says less. Answers are\n"
        "consumed: iterations summed up, lists built. “Our first run” is by the clock and includes what is\n"
        "built on demand, such as labels. Quartiles and clock times are in results.json.\n",
    ]
    if "peers" in results:
        parts += [_peer(peer, found, judge) for peer, found in results["peers"].items()]
    if "processes" in results:
        parts.append(_processes(results["processes"], judge))
    if "memory" in results:
        parts.append(_memory(results["memory"], judge))
    if "crossings" in results:
        parts.append(_crossings(results["crossings"]))
    if "hosts" in results:
        parts.append(_hosts(results["hosts"], judge))
    if "status" in results:
        # here, as it needs this module
        import status_report

        parts.append(status_report.write(results["status"], judge, results["quick"]))
    if "layer" in results:
        import layer_report

        parts.append(layer_report.write(results["layer"], judge))
    if "ways" in results:
        import ways_report

        parts.append(ways_report.write(results["ways"], judge))
    if "growth" in results:
        parts.append(_growth(results["growth"]))
    if "commands" in results:
        import commands_report

        parts.append(commands_report.write(results["commands"], judge))
    if "bad-cases" in results:
        import bad_cases_report

        parts.append(bad_cases_report.write(results["bad-cases"], judge))
    if "bad-files" in results:
        import bad_cases_report

        parts.append(bad_cases_report.write_files(results["bad-files"], judge))
    return "\n".join(parts), judge.problems
