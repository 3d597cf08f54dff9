# SPDX-License-Identifier: GPL-2.0-or-later
"""Running programs in sessions, and the environments that tests run in."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Callable

import build_wheel
import doc_examples
import interpreters
import mercurials
import nox
import suite
import venvs
from common import ROOT, Word, cache_dir, clean_env, locked, log_file

# PyPy's sessions take longest, so they come first.
ALL = sorted(interpreters.NAMES, key=lambda name: not name.startswith("pypy"))
# A debug build of CPython, which counts all references: for the tests of our host there. It
# has no Mercurial.
DEBUG_BUILD = "cpython3.14d"
# Where extensions that people use are installed beside ours.
BESIDE_ON = ("pypy", "cpython3.11")
TESTS = ROOT / "tests"
# The tests of Vermilion's own interface, those of the bindings and the hosts, and what both need.
PYTHON_TESTS, HPY_TESTS, COMMON = TESTS / "python", TESTS / "hpy" / "python", TESTS / "common"
SOAK = TESTS / "hpy" / "soak"

Variables = Mapping[str, str]
NONE: Variables = {}
Session = Callable[..., None]


def on(tested: Iterable[str], known: Iterable[str] = ()) -> Callable[[Session], Session]:
    """Parametrizes a session by the interpreters known; `make test` runs it on those tested."""
    tags = {name: ["test"] if name in tested else [] for name in known or tested}
    return nox.parametrize("name", [nox.param(n, id=n, tags=t) for n, t in tags.items()])


def run(session: nox.Session, *command: Word, env: Variables = NONE, silent: bool = False) -> str:
    """Runs a program with the variables that the project's tools get; returns what was silent."""
    words = [str(word) for word in command]
    all_of_it = clean_env(env)
    said = session.run(*words, env=all_of_it, include_outer_env=False, external=True, silent=silent)
    return said if isinstance(said, str) else ""


def cargo(session: nox.Session, *command: Word, env: Variables = NONE, silent: bool = False) -> str:
    """Runs cargo; the raw HPy layer's build script needs a Python that has pip."""
    needed = {"PYTHON": str(build_wheel.build_python()), "CARGO_TERM_COLOR": "never"}
    return run(session, "cargo", *command, env={**needed, **env}, silent=silent)


def cargo_tool(session: nox.Session, name: str, version: str) -> Path:
    """Returns the folder of a program that cargo installs, which is done once."""
    place = cache_dir() / f"{name}-{version}"
    with locked(name):
        if not (place / "bin").exists():
            # It is used once in a while: not worth a long optimisation.
            quick = {"CARGO_PROFILE_RELEASE_OPT_LEVEL": "1", "CARGO_PROFILE_RELEASE_LTO": "off"}
            cargo(session, "install", "--locked", f"{name}@{version}", "--root", place, env=quick)
    return place / "bin"


def interpreter(session: nox.Session, name: str) -> interpreters.Interpreter:
    """Returns an interpreter, fetched if need be; skips the session where there is none."""
    if not interpreters.find(name) and not interpreters.can_fetch(name):
        session.skip(interpreters.missing(name))
    return interpreters.get(name)


def installed(
    session: nox.Session,
    name: str,
    *more: Path,
    hpy: bool = False,
    mercurial: str = mercurials.VERSION,
) -> Path:
    """Returns the Python of a test environment: Mercurial, Vermilion and more wheels are there.

    With `hpy`, it is one that has PyPI's package hpy as well, which nothing of ours needs.
    """
    found = interpreter(session, name)
    made = build_wheel.build()
    wheels = [made.host, made.vermilion, *more]
    kind = "test"
    requirements: list[str | Path] = [COMMON / "requirements.txt"]
    if hpy:
        kind = "test-hpy"
        requirements.append(f"hpy=={suite.VERSION}")
    if mercurial != mercurials.VERSION:
        kind = f"{kind}-hg{mercurial}"
    python = venvs.make(found, f"{kind}-{name}", requirements)
    folder = python.parent.parent
    with locked(f"install-{kind}-{name}"):
        beside = mercurials.BESIDE if name in BESIDE_ON and mercurial == mercurials.VERSION else ()
        wanted = "\n".join([mercurial, *beside])
        if name != DEBUG_BUILD and _differs(folder / "mercurial.installed", wanted):
            mercurials.install(python, mercurial)
            if beside:
                venvs.install(python, *beside)
            (folder / "mercurial.installed").write_text(wanted)
        digests = {wheel: hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels}
        stamps = {wheel: folder / f"{wheel.name.split('-')[0]}.installed" for wheel in wheels}
        new = [wheel for wheel in wheels if _differs(stamps[wheel], digests[wheel])]
        if new:
            venvs.uninstall(python, *(stamps[wheel].stem for wheel in new))
            venvs.install(python, *new)
        for wheel in new:
            stamps[wheel].write_text(digests[wheel])
    return python


def with_wheels(session: nox.Session, kind: str, *requirements: Word) -> Path:
    """Returns the Python of an environment with requirements and our wheels, on CPython 3.11."""
    made = build_wheel.build()
    python = venvs.make(interpreter(session, "cpython3.11"), kind, requirements)
    venvs.uninstall(python, "vermilion", "hpy-host")
    venvs.install(python, made.host, made.vermilion)
    return python


def _differs(stamp: Path, text: str) -> bool:
    return not stamp.exists() or stamp.read_text() != text


def variables() -> dict[str, str]:
    """Returns the variables that the Python tests ask for (tests/common/harness.py)."""
    probe, graph_probe = map(str, build_wheel.build_probes())
    return {
        "PYTHONDONTWRITEBYTECODE": "1",
        "VERMILION_SOURCES": str(ROOT),
        "VERMILION_PROBE": probe,
        "VERMILION_GRAPH_PROBE": graph_probe,
        "VERMILION_DOC_EXAMPLES": str(doc_examples.build().parent),
        "VERMILION_HPY_INCLUDE": str(suite.tree() / "hpy" / "devel" / "include"),
        "VERMILION_MERCURIAL": "1",
        "VERMILION_HG": str(mercurials.hg()),
        # A panic that looks for the names of functions takes a millisecond and memory.
        "RUST_BACKTRACE": "0",
    }


def run_pytest(
    session: nox.Session, python: Path, *tests: Word, before: Iterable[Word] = (), **more: str
) -> None:
    """Runs tests where the source tree cannot be imported; the program `before` may run pytest."""
    report = log_file(session.name, ".xml")
    command = [*before, python, "-m", "pytest", *tests, "-q", "-p", "no:cacheprovider", "-rfEs"]
    command += [f"--junit-xml={report}", *session.posargs]
    with tempfile.TemporaryDirectory(prefix="vermilion-test-") as scratch, session.chdir(scratch):
        run(session, *command, env={**variables(), **more})


def run_upstream(
    session: nox.Session,
    python: Path,
    tests: Sequence[Path],
    root: Path,
    left_out: Iterable[str],
    options: Sequence[Word] = (),
    env: Variables = NONE,
) -> None:
    """Runs tests of others, but for some names, in an empty folder and without our settings."""
    with tempfile.TemporaryDirectory(prefix="vermilion-upstream-") as scratch:
        # Else pytest would find ours above the tests.
        settings = Path(scratch) / "pytest.ini"
        settings.write_text("[pytest]\n")
        command: list[Word] = [python, "-m", "pytest", *tests, "-q", "-rfEs", *options]
        command += ["-p", "no:cacheprovider", "-c", settings, f"--rootdir={root}"]
        command += ["-k", " and ".join(f"not {name}" for name in left_out)]
        with session.chdir(scratch):
            run(session, *command, *session.posargs, env=env)


def files(folder: Path, rooms: Iterable[str]) -> list[Path]:
    """Returns the files with tests of some rooms."""
    return [folder / f"test_{room}.py" for room in rooms]


def files_but(folder: Path, rooms: Iterable[str]) -> list[Path]:
    """Returns the files with tests of all other rooms."""
    return sorted(set(folder.glob("test_*.py")) - set(files(folder, rooms)))
