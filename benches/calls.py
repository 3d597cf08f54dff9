# SPDX-License-Identifier: GPL-2.0-or-later
"""What costs how much between Python and native code: the same calls for each contender.

A contender is the same module made in another way: benches/ffi/hpy, loaded by one HPy
host or another, benches/ffi/pyo3, or benches/ffi/chpy. Started by worker.py.
"""

from __future__ import annotations

import gc
import importlib.machinery
import importlib.util
import itertools
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    # Does what is measured so many times.
    Loop = Callable[[int], None]

# How often a call is made, and how long a list is, between two looks at the clock.
CALLS, ITEMS = 20_000, 1_000_000
# PyPy compiles a loop after a while only: after fewer rounds than that, if they are long.
WARMUPS = {"cpython": 2, "pypy": 6}

_processor = time.process_time


class Contender:
    """The modules of one contender."""

    def __init__(self, name: str, folder: str) -> None:
        module, suffix, load = _CONTENDERS[name]
        path = os.path.join(folder, name, module + suffix)
        self.ffi = load(module, path)
        # The class of benches/ffi/hpy on the bare ABI is in a module of its own.
        self.value = (load("members", path) if module == "ffi_hpy" else self.ffi).Value


def _spec(name: str, path: str) -> Any:
    return importlib.machinery.ModuleSpec(
        name, importlib.machinery.ExtensionFileLoader(name, path), origin=path
    )


def _own(name: str, path: str) -> Any:
    from vermilion.hpy import universal

    return universal.load(name, path, _spec(name, path))


def _hpy(name: str, path: str) -> Any:
    from hpy import universal

    return universal.load(name, path, _spec(name, path))


def _pyo3(name: str, path: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _chosen(name: str, path: str) -> Any:
    import vermilion.hpy

    return vermilion.hpy.load(name, path)


# The module of each contender, how its file's name ends, and what loads it.
_CONTENDERS: dict[str, tuple[str, str, Callable[[str, str], Any]]] = {
    "own": ("ffi_hpy", ".hpy0.so", _own),
    "hpy": ("ffi_hpy", ".hpy0.so", _hpy),
    "builtin": ("ffi_hpy", ".hpy0.so", _hpy),
    "pyo3": ("ffi_pyo3", ".abi3.so", _pyo3),
    # on the host that vermilion.hpy chooses: hpy-bindings, and C with HPy's own macros
    "bindings": ("ffi_hpy", ".hpy0.so", _chosen),
    "c": ("ffi_chpy", ".hpy0.so", _chosen),
}


def _refused(error: type[Exception], function: Callable[..., Any], *arguments: Any) -> bool:
    try:
        function(*arguments)
    except error:
        return True
    return False


def check(contender: Contender) -> None:
    """Stops unless the contender does what all have to do."""
    ffi = contender.ffi
    number, value = ffi.Number(1000), contender.value()
    value.member = 7000
    right = (
        ffi.nothing() is None,
        ffi.add(1000, 2000) == 3000,
        ffi.total([1, 2, 3]) == 6,
        ffi.numbers(3) == [0, 1, 2],
        list(ffi.Countdown(3)) == [3, 2, 1],
        (number.value, number.plus(1, 2), number.plus_named(a=1, b=2)) == (1000, 1003, 1003),
        number.plus_named(1, b=2) == 1003,
        (value.member, value.getset) == (7000, 7000),
        (ffi.text_size("aé"), ffi.bytes_size(b"abc"), ffi.text())
        == (3, 3, "some text to make a str of"),
        _refused(ValueError, ffi.fail),
        _refused(TypeError, ffi.add, 1, "2"),
        _refused(TypeError, ffi.add, 1),
        _refused(TypeError, ffi.add, 1, 2.0),
        _refused(OverflowError, ffi.add, 1, 2**63),
        _refused(OverflowError, ffi.add, 1, 2**63 - 1),
        _refused(TypeError, ffi.total, [1, None]),
        _refused(TypeError, ffi.total, {1: 2}),
        _refused(TypeError, ffi.text_size, b"a"),
        _refused(TypeError, ffi.bytes_size, "a"),
        _refused(TypeError, ffi.Number),
        _refused(TypeError, lambda: number.plus_named(1, c=2)),
    )
    if not all(right):
        raise SystemExit("a contender does something else: %r" % (right,))


def _loops(contender: Contender, items: list[int]) -> dict[str, tuple[int, Loop]]:
    """What is measured, by the keys of bounds.CALLS: how often it is done, and what does it."""
    ffi = contender.ffi
    nothing, add, total, numbers = ffi.nothing, ffi.add, ffi.total, ffi.numbers
    text_size, bytes_size, text, fail = ffi.text_size, ffi.bytes_size, ffi.text, ffi.fail
    countdown, create = ffi.Countdown, ffi.Number
    number, value = create(1000), contender.value()
    value.member = 7000
    repeat = itertools.repeat

    def empty(times: int) -> None:
        for _ in repeat(None, times):
            pass

    def nothing_(times: int) -> None:
        for _ in repeat(None, times):
            nothing()

    def add_(times: int) -> None:
        for _ in repeat(None, times):
            add(1000, 2000)

    def iterate(times: int) -> None:
        for _ in countdown(times):
            pass

    def total_(times: int) -> None:
        total(items)

    def numbers_(times: int) -> None:
        numbers(times)

    def property_(times: int) -> None:
        for _ in repeat(None, times):
            number.value

    def getset(times: int) -> None:
        for _ in repeat(None, times):
            value.getset

    def member(times: int) -> None:
        for _ in repeat(None, times):
            value.member

    def create_(times: int) -> None:
        for _ in repeat(None, times):
            create(1000)

    def method(times: int) -> None:
        for _ in repeat(None, times):
            number.plus(1000, 2000)

    def keyword(times: int) -> None:
        for _ in repeat(None, times):
            number.plus_named(a=1000, b=2000)

    def text_size_(times: int) -> None:
        for _ in repeat(None, times):
            text_size("a short text")

    def bytes_size_(times: int) -> None:
        for _ in repeat(None, times):
            bytes_size(b"some bytes")

    def text_(times: int) -> None:
        for _ in repeat(None, times):
            text()

    def fail_(times: int) -> None:
        for _ in repeat(None, times):
            try:
                fail()
            except ValueError:
                pass

    return {
        "empty": (CALLS, empty),
        "nothing": (CALLS, nothing_),
        "add": (CALLS, add_),
        "iterate": (ITEMS, iterate),
        "total": (ITEMS, total_),
        "numbers": (ITEMS, numbers_),
        "create": (CALLS, create_),
        "property": (CALLS, property_),
        "getset": (CALLS, getset),
        "member": (CALLS, member),
        "method": (CALLS, method),
        "keyword": (CALLS, keyword),
        "text_size": (CALLS, text_size_),
        "bytes_size": (CALLS, bytes_size_),
        "text": (CALLS, text_),
        "fail": (CALLS, fail_),
    }


def calls(
    folder: str, contenders: list[str], rounds: int, only: list[str] | None = None
) -> dict[str, Any]:
    """Nanoseconds of the processor for each piece of work: a list for each row and contender.

    The contenders are visited in turn, and the one that starts changes with every round.
    """
    loops = {}
    items = list(range(ITEMS))
    for name in contenders:
        contender = Contender(name, folder)
        check(contender)
        loops[name] = _loops(contender, items)
    samples: dict[str, dict[str, list[float]]] = {}
    for key in only or loops[contenders[0]]:
        samples[key] = {name: [] for name in contenders}
        warmups = 2 if loops[contenders[0]][key][0] == ITEMS else WARMUPS[sys.implementation.name]
        gc.collect()
        for number in range(warmups + rounds):
            for name in contenders if number % 2 else reversed(contenders):
                times, loop = loops[name][key]
                start = _processor()
                loop(times)
                spent = _processor() - start
                if number >= warmups:
                    samples[key][name].append(spent / times * 1e9)
    return {"samples": samples, "interpreter": sys.version.replace("\n", " ")}
