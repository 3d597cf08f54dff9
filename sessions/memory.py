# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests with all accesses to memory looked at: under Valgrind, and with AddressSanitizer."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import build_wheel
import nox
import valgrind
import venvs
from common import ROOT, log_file, run as ask

from sessions import examples
from sessions.helpers import COMMON, HPY_TESTS, SOAK, files, installed, interpreter, run, run_pytest

BOTH = (
    *("values", "calls", "classes", "references"),
    *("slots", "slot_faults", "buffers", "finalizers"),
)
# Valgrind makes a process some thirty times slower, and a stack so deep takes for ever.
LEFT_OUT = "not long_chains and not recursion and not thread"
_OURS = re.compile(r"_cpython::|_cpython\.abi3\.so|\.hpy0\.so")
_TARGET = "x86_64-unknown-linux-gnu"
_MADE = ROOT / "target" / "asan"


def memcheck(session: nox.Session) -> None:
    """Fails where a test does, and where Valgrind finds an error with our code in its stack.

    What it finds in CPython alone, vectorized comparisons reading to the end of a word, is not
    ours. Leaks are tests/hpy/python/test_host_memory.py's.
    """
    program, more = valgrind.program()
    python = installed(session, "cpython3.12")
    log = log_file(session.name, ".valgrind")
    before = (program, f"--log-file={log}", "--num-callers=30")
    tests = files(HPY_TESTS, ("types", *BOTH))
    run_pytest(
        session, python, *tests, "-k", LEFT_OUT, before=before, PYTHONMALLOC="malloc", **more
    )
    text = re.sub(r"(?m)^==\d+== ?", "", log.read_text(errors="replace"))
    found = [part for part in text.split("\n\n") if _OURS.search(part) and "  at 0x" in part]
    if found:
        session.error("\n\n".join([f"Valgrind found {len(found)} errors in our code", *found]))


def asan(session: nox.Session) -> None:
    """Runs tests with all that is in Rust instrumented.

    The stable compiler has the sanitizer behind a flag that is for nightly ones, and links no
    runtime into a shared library: gcc's is preloaded. Leaks are not looked for: the soak does
    that. The C code of capsule_c is as always.
    """
    runtime = Path(ask(["gcc", "-print-file-name=libasan.so"]).strip()).resolve()
    if not runtime.is_absolute() or not runtime.exists():
        session.error("gcc has no libasan.so here")
    ours = build_wheel.build()
    wheels = [ours.host, ours.vermilion, *examples.build()]
    requirements = [COMMON / "requirements.txt"]
    found = interpreter(session, "cpython3.14")
    python = venvs.make(found, "asan-cpython3.14", requirements, fresh=True)
    venvs.install(python, *wheels)
    packages = venvs.site_packages(python)
    native, host = "vermilion/_native.hpy0.so", "hpy_host/_cpython.abi3.so"
    shutil.copy(_instrumented(session, "_native", "-p", "vermilion-native"), packages / native)
    shutil.copy(_instrumented(session, "_cpython", "-p", "hpy-host"), packages / host)
    for name, manifest in examples.crates().items():
        library = _instrumented(
            session, name, "--manifest-path", manifest, *examples.patch(manifest)
        )
        shutil.copy(library, packages / name / "_native.hpy0.so")
    probes = {}
    for crate, module in build_wheel.PROBES.items():
        made = _MADE / f"{module}.hpy0.so"
        shutil.copy(_instrumented(session, module, "-p", crate), made)
        probes[f"VERMILION_{module.upper()}"] = str(made)
    more = ("conversions", "exceptions", "protocols", "contextvars", "capsules")
    tests = [*files(HPY_TESTS, (*BOTH, *more)), *examples.tests(), SOAK]
    settings = {"LD_PRELOAD": str(runtime), "ASAN_OPTIONS": "detect_leaks=0"}
    # Within the memory that Python's own allocator hands out, ASan sees nothing.
    settings["PYTHONMALLOC"] = "malloc"
    run_pytest(session, python, *tests, **probes, **settings)


def _instrumented(session: nox.Session, library: str, *chosen: str | Path) -> Path:
    """Has cargo build a library with AddressSanitizer; returns it."""
    flags = {"RUSTC_BOOTSTRAP": "1", "RUSTFLAGS": "-Zsanitizer=address"}
    env = build_wheel.build_env(build_wheel.build_python(), CARGO_TARGET_DIR=str(_MADE), **flags)
    run(session, "cargo", "build", "--target", _TARGET, *chosen, env=env)
    return _MADE / _TARGET / "debug" / f"lib{library}.so"
