#!/usr/bin/env python3
"""Runs tests with all that is in Rust instrumented by AddressSanitizer: what `make asan` does.

The stable compiler has the sanitizer behind a flag that is for nightly ones, and links no
runtime into a shared library: gcc's is preloaded. Leaks are not looked for: the soak does
that. The C code of capsule_c is as always.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import build_wheel
import examples
import interpreters
import run_tests
import venvs
from common import ROOT, ToolError, Word, clean_env, main_guard, run, say

sys.path.insert(0, str(ROOT / "tests" / "conformance"))
import suite  # noqa: E402

INTERPRETER = "cpython3.14"
TESTS = (
    *("values", "calls", "classes", "references", "conversions", "exceptions"),
    *("protocols", "contextvars", "capsules"),
    *("slots", "slot_faults", "buffers", "finalizers"),
)
TARGET = "x86_64-unknown-linux-gnu"
MADE = ROOT / "target" / "asan"


def build(library: str, *arguments: Word) -> Path:
    """Have cargo build an instrumented library; returns it."""
    flags = {"RUSTC_BOOTSTRAP": "1", "RUSTFLAGS": "-Zsanitizer=address"}
    env = build_wheel.build_env(build_wheel.build_python(), CARGO_TARGET_DIR=str(MADE), **flags)
    say(f"building lib{library}.so with AddressSanitizer")
    run(["cargo", "build", "--target", TARGET, *arguments], cwd=ROOT, env=env, timeout=1200)
    return MADE / TARGET / "debug" / f"lib{library}.so"


def instrument(python: Path) -> Path:
    """Put instrumented libraries where the wheels have theirs; returns the probe."""
    packages = venvs.site_packages(python)
    native = build("_native", "-p", "vermilion-native")
    shutil.copy(native, packages / "vermilion" / "_native.hpy0.so")
    host = build("_cpython", "-p", "hpy-host")
    shutil.copy(host, packages / "vermilion" / "hpy" / "_cpython.abi3.so")
    for name in examples.names():
        manifest = examples.PLACE / name / "Cargo.toml"
        if manifest.exists():
            package = "my_ext" if name == "template" else name
            made = build(package, "--manifest-path", manifest)
            shutil.copy(made, packages / package / "_native.hpy0.so")
    probe = MADE / "probe.hpy0.so"
    shutil.copy(build("probe", "-p", "hpy-probe"), probe)
    return probe


def main() -> int:
    runtime = Path(run(["gcc", "-print-file-name=libasan.so"]).strip()).resolve()
    if not runtime.is_absolute() or not runtime.exists():
        raise ToolError("gcc has no libasan.so here")
    build_wheel.build()
    wheels = [*build_wheel.DIST.glob("*.whl"), *examples.build()]
    python = venvs.make(
        interpreters.get(INTERPRETER), f"asan-{INTERPRETER}", [run_tests.REQUIREMENTS], fresh=True
    )
    venvs.install(python, *wheels)
    env = clean_env(
        {
            "VERMILION_SOURCES": str(ROOT),
            "VERMILION_PROBE": str(instrument(python)),
            "VERMILION_HPY_INCLUDE": str(suite.tree() / "hpy" / "devel" / "include"),
            "LD_PRELOAD": str(runtime),
            "ASAN_OPTIONS": "detect_leaks=0",
            # Within the memory that Python's own allocator hands out, ASan sees nothing.
            "PYTHONMALLOC": "malloc",
            "RUST_BACKTRACE": "0",
        }
    )
    tests: list[Word] = [ROOT / "tests" / "python" / f"test_{name}.py" for name in TESTS]
    tests += [examples.PLACE / name / "tests" for name in examples.names()]
    command: list[Word] = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    with tempfile.TemporaryDirectory(prefix="vermilion-asan-") as scratch:
        command.append(ROOT / "tests" / "soak")
        return subprocess.run(command, cwd=scratch, env=env, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    main_guard(main)
