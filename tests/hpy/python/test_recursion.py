# SPDX-License-Identifier: MIT OR Apache-2.0
"""Native functions that call themselves until no stack is left: tests/hpy/probe/src/recursion.rs."""

from __future__ import annotations

import pytest
from harness import nested_calls

PROGRAM = """
import os, sys, threading
import hpy_host

probe = hpy_host.load("probe", os.environ["VERMILION_PROBE"])
m = probe.Mirror()
m.face(m)
probe.set_mirror(m)
asked = {
    "repr": lambda: repr(m), "str": lambda: str(m), "hash": lambda: hash(m),
    "len": lambda: len(m), "bool": lambda: bool(m), "int": lambda: int(m),
    "index": lambda: [][m], "float": lambda: float(m), "neg": lambda: -m,
    "iter": lambda: iter(m), "get": lambda: m["x"], "set": lambda: m.__setitem__("x", 1),
    "del": lambda: m.__delitem__("x"), "in": lambda: 3 in m, "eq": lambda: m == 5,
    "add": lambda: m + 5, "method": m.again, "arguments": lambda: m.with_arguments(1),
    "property": lambda: m.attribute,
    "call": lambda: probe.call_with_itself(probe.call_with_itself),
    "make": lambda: probe.make_with_itself(probe.make_with_itself),
}

def ask():
    for name, question in asked.items():
        for _ in range(2):
            try:
                print(name, question())
            except RecursionError:
                pass
            except BaseException as error:
                print(name, type(error), error)
    # And none of it is left behind.
    assert probe.add(1, 1) == 2

def in_thread():
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()

how, number = sys.argv[1], int(sys.argv[2])
if how != "stack":
    asked["large frames"] = m.large
if how == "limit":
    sys.setrecursionlimit(number)
    ask()
elif how == "limits":
    ask()
    sys.setrecursionlimit(number)
    ask()
else:
    threading.stack_size(number)
    in_thread()
    ask()
    in_thread()
print("done")
"""


@nested_calls
@pytest.mark.parametrize(
    ("how", "number"),
    [
        ("limit", 200),
        ("limit", 1000),
        ("limit", 1_000_000),
        ("limits", 200),
        ("stack", 256 << 10),
        ("stack", 4096 << 10),
    ],
)
def test_calls_of_themselves(python, how, number):
    assert python(PROGRAM, how, number) == "done"
