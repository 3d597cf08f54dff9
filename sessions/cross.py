# SPDX-License-Identifier: GPL-2.0-or-later
"""Other systems than Linux with glibc: what is compiled for them here, linked, and run."""

from __future__ import annotations

import tempfile
from pathlib import Path

import build_wheel
import elsewhere
import mercurials
import musl
import nox
from common import ROOT, Word

from sessions import audit
from sessions.helpers import COMMON, HPY_TESTS, NONE, PYTHON_TESTS, Variables, run, run_pytest

_TARGET_DIR = ROOT / "target" / "cross"
MODULES = ("--lib", "-p", "vermilion-native", "-p", "hpy-host")


def check(session: nox.Session) -> None:
    """Compiles the modules, and the program where it is for the system; links Windows' host.

    Nothing is run. zig exports every symbol of a Windows library, and the native module has more of
    them than there may be; a linker for macOS's frameworks would have to know their names.
    """
    stubs = _TARGET_DIR / "stubs"
    stubs.mkdir(parents=True, exist_ok=True)
    # The linker is told to look in there, for what only other machines need.
    (stubs / "libssp_nonshared.a").write_bytes(b"!<arch>\n")
    env = {"RUSTFLAGS": f"-Lnative={stubs}"}
    _cargo(session, "check", elsewhere.WINDOWS, *MODULES, env=env)
    _cargo(session, "zigbuild", elsewhere.WINDOWS, "--lib", "-p", "hpy-host", env=env)
    for target in elsewhere.MACOS:
        _cargo(session, "check", target, *MODULES, "--bins", "-p", "vermilion-hg")


def musl_tests(session: nox.Session) -> None:
    """Runs the Rust tests of core and hg with musl, and the Python tests on a CPython with musl."""
    flags = ["-Ctarget-feature=-crt-static"]
    flags += [f"-Clink-arg=-Wl,--dynamic-linker={musl.loader()}"]
    env = {"RUSTFLAGS": " ".join(flags), "VERMILION_HG": str(mercurials.hg())}
    crates = ("-p", "vermilion-core", "-p", "vermilion-hg")
    _cargo(session, "test", musl.TRIPLE, "--no-fail-fast", *crates, env=env)
    machine = musl.machine()
    wheels, probes = build_wheel.build_for(machine), build_wheel.build_probes(machine)
    with tempfile.TemporaryDirectory(prefix="vermilion-audit-") as scratch:
        audit.check(session, Path(scratch), wheels)
    python = musl.environment(
        COMMON / "requirements-emulated.txt", [*wheels, mercurials.pure_wheel()]
    )
    names = ("VERMILION_PROBE", "VERMILION_GRAPH_PROBE")
    found = {"HGMODULEPOLICY": "py", **dict(zip(names, map(str, probes)))}
    run_pytest(session, python, HPY_TESTS, PYTHON_TESTS, **found)


def _cargo(
    session: nox.Session, command: str, target: str, *options: Word, env: Variables = NONE
) -> None:
    """Runs cargo for a target, with zig as C compiler and linker."""
    python = build_wheel.build_python()
    variables = {
        **elsewhere.compiler(),
        "CARGO_TARGET_DIR": str(_TARGET_DIR),
        "CARGO_TERM_COLOR": "never",
        # It is compiled to see that it can be.
        "CARGO_PROFILE_DEV_DEBUG": "false",
        "PYTHON": str(python),
        **env,
    }
    words = (python.with_name("cargo-zigbuild"), command, "--locked", "--target", target, *options)
    with session.chdir(ROOT):
        run(session, *words, env=build_wheel.build_env(python, **variables))
