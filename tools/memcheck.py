#!/usr/bin/env python3
"""Runs the tests of the CPython host under Valgrind: what `make memcheck` does.

Fails where a test does, and where Valgrind finds an error whose stack has a function of the
host or of an HPy module in it. What it finds in CPython alone, vectorized comparisons
reading to the end of a word, is not ours. Leaks are tests/python/test_host_memory.py's.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import build_wheel
import debian
import interpreters
import run_tests
import venvs
from common import ROOT, ToolError, cache_dir, clean_env, locked, main_guard, run, say

sys.path.insert(0, str(ROOT / "tests" / "conformance"))
import suite  # noqa: E402

INTERPRETER = "cpython3.12"
TESTS = (
    *("types", "values", "calls", "classes", "references"),
    *("slots", "slot_faults", "buffers", "finalizers"),
)
# Valgrind makes a process some thirty times slower, and a stack so deep takes for ever.
LEFT_OUT = "not long_chains and not recursion and not thread"
OURS = re.compile(r"_cpython::|_cpython\.abi3\.so|\.hpy0\.so")


def valgrind() -> tuple[str, dict[str, str]]:
    """The program and what has to be in its environment; fetched where there is none."""
    found = shutil.which("valgrind")
    if found:
        return found, {}
    tree = cache_dir() / "valgrind"
    with locked("valgrind"):
        if not tree.exists():
            partial = tree.with_name("valgrind.partial")
            shutil.rmtree(partial, ignore_errors=True)
            # The C library's names must be those of the library that runs.
            codename = run(["sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME"]).strip()
            debian.unpack(codename, ["valgrind", "libc6-dbg"], partial, closure=False)
            partial.rename(tree)
    return str(tree / "usr/bin/valgrind.bin"), {"VALGRIND_LIB": str(tree / "usr/libexec/valgrind")}


def errors(log: str) -> list[str]:
    """The reports of Valgrind that are about our code."""
    text = re.sub(r"(?m)^==\d+== ?", "", log)
    return [report for report in text.split("\n\n") if OURS.search(report) and "  at 0x" in report]


def main() -> int:
    program, more = valgrind()
    python = venvs.make(interpreters.get(INTERPRETER), f"test-{INTERPRETER}", [run_tests.REQUIREMENTS])
    build_wheel.build()
    build_wheel.build_probe()
    (wheel,) = build_wheel.DIST.glob("*.whl")
    venvs.uninstall(python, "vermilion")
    venvs.install(python, "--no-deps", wheel)
    env = clean_env(
        {
            **more,
            "PYTHONMALLOC": "malloc",
            "VERMILION_SOURCES": str(ROOT),
            "VERMILION_PROBE": str(build_wheel.PROBE),
            "VERMILION_HPY_INCLUDE": str(suite.tree() / "hpy" / "devel" / "include"),
        }
    )
    with tempfile.TemporaryDirectory(prefix="vermilion-memcheck-") as scratch:
        log = Path(scratch) / "valgrind.log"
        command = [program, f"--log-file={log}", "--num-callers=30"]
        command += [os.fspath(python), "-m", "pytest", "-q"]
        command += ["-p", "no:cacheprovider", "-k", LEFT_OUT]
        command += [os.fspath(ROOT / "tests" / "python" / f"test_{name}.py") for name in TESTS]
        say(f"running {', '.join(TESTS)} of {INTERPRETER} under Valgrind")
        print(run(command, cwd=Path(scratch), env=env, timeout=3000).strip())
        found = errors(log.read_text(errors="replace"))
    for report in found[:20]:
        print(f"\n{report}")
    if found:
        raise ToolError(f"Valgrind found {len(found)} errors in our code")
    print("Valgrind found no error in our code")
    return 0


if __name__ == "__main__":
    main_guard(main)
