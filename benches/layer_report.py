# SPDX-License-Identifier: GPL-2.0-or-later
"""The section on hpy-bindings beside C of the results, as tables to read."""

from __future__ import annotations

from typing import Any, Callable

import bounds
from report import interpreter_title, table

Judge = Callable[[bool, str], str]


def _row(
    call: bounds.Call, row: dict[str, Any], on_pypy: bool, title: str, judge: Judge
) -> tuple[str, ...]:
    found, digits = (row["ratio"], 2) if on_pypy else (row["added"], 1)
    shown = (
        call.title,
        f"{row['bindings']['median']:.1f}",
        f"{row['c']['median']:.1f}",
        f"{found['median']:.{digits}f}",
        f"{found['low']:.{digits}f} – {found['high']:.{digits}f}",
    )
    if call.key not in bounds.LAYER_BOUNDED:
        return (*shown, "–", "–")
    bound = bounds.LAYER_RATIO if on_pypy else bounds.LAYER_ADDS
    what = (
        f"{found['median']:.2f} times C's time"
        if on_pypy
        else f"{found['median']:.1f} ns more than in C"
    )
    holds = judge(
        found["low"] <= bound, f"the layer, {call.title}, {title}: {what}, at most {bound:.1f}"
    )
    return (*shown, f"{bound:.1f}", holds)


def write(results: dict[str, Any], judge: Judge) -> str:
    """What hpy-bindings adds to the bare ABI, a table for each interpreter."""
    text = (
        "### What the layer costs\n\n"
        "The module on `hpy-bindings` (benches/ffi/hpy) beside the same one in C with HPy's own macros\n"
        "(benches/ffi/chpy), which makes the same checks: of types, of ranges, of how many arguments.\n"
        "Both are loaded by `vermilion.hpy.load` into one process and take turns, with the host that is\n"
        "used on that interpreter. Times are ns, as in the section on hosts. What is added is the median\n"
        "of the differences within a round, on PyPy of the ratios, because its rounds differ more; a bound\n"
        "is broken when three quarters of the rounds are above it. The get-set of a bare type is the same\n"
        "code on both sides and shows the noise.\n\n"
        "Rows without a bound do not do the same on both sides. A new object of `hpy-bindings` is two\n"
        "allocations, as its value may be shared with others. A property is Python's own around a method.\n"
        "A `str` is checked to be UTF-8, because PyPy hands out what is not; its bytes are asked for where\n"
        "C only asks for their number, and one made in Rust goes to the host with its length. An error's\n"
        "message is a `String` first. HPy's own parser of named arguments is slower than ours.\n\n"
        f"Load at the start of this section: {results['load']}.\n"
    )
    if results["missing"]:
        text += "\nNot measured: " + "; ".join(results["missing"]) + ".\n"
    for name, found in results["calls"].items():
        title, on_pypy = interpreter_title(name, found["interpreter"]), name.startswith("pypy")
        rows = [
            _row(call, found["rows"][call.key], on_pypy, title, judge)
            for call in bounds.LAYER_CALLS
        ]
        more = "ratio" if on_pypy else "added"
        head = ("ns each", "hpy-bindings", "C", more, "quartiles", "at most", "holds")
        text += f"\n#### {title}, {bounds.LAYER_ON[name]} host\n\n{table(head, rows)}\n"
    return text
