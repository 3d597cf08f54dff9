# SPDX-License-Identifier: GPL-2.0-or-later
"""The one list of the project's commands: `nox -l` shows them, `nox -s NAME` runs one.

`python3 tools/bootstrap.py` is a nox that fetches itself into build/. Sessions with the tag
`test` are what `make test` runs, some at a time (sessions/run_all.py); the others are for those
who ask for them by name. Each makes, or waits for, what it needs and nobody has made yet.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
OURS = [str(ROOT / place) for place in ("", "tools", "tests/hpy/conformance", "tests/hpy/probe")]
sys.path[:0] = OURS

import build_wheel  # noqa: E402
import doc_examples  # noqa: E402
import emulated  # noqa: E402
import interpreters  # noqa: E402
import mercurials  # noqa: E402
import venvs  # noqa: E402
from common import Word  # noqa: E402

from sessions import (  # noqa: E402
    audit as audited,
    clients as backends,
    cross as crossed,
    examples,
    foreign as foreign_modules,
    installs as installed_by,
    memory,
    packages,
    port_wheels,
    ports as ported,
    release as released,
    template as new_package,
    tutorial as pages,
)
from sessions.helpers import (  # noqa: E402
    ALL,
    BESIDE_ON,
    COMMON,
    DEBUG_BUILD,
    HPY_TESTS,
    PYTHON_TESTS,
    SOAK,
    TESTS,
    cargo,
    cargo_tool,
    files,
    files_but,
    installed,
    interpreter,
    on,
    run,
    run_pytest,
    with_wheels,
)

nox.needs_version = ">=2025.11.12"
nox.options.tags = ["test"]

# The interpreters on which hpy-host's own host serves, and those of them, one for each of its
# files, on which HPy's own tests run every time.
OWN_HOST = ("pypy8", *(f"cpython3.{minor}" for minor in range(9, 16)))
CONFORMANCE_ON = ("pypy8", "cpython3.12")
# Tests of what is the same in all interpreters that share a host: on one of them or two; on
# the others where one asks for it.
SAME_EVERYWHERE = (
    *("archive", "config", "endless_files", "forks", "forks_graph", "graph", "graph_capi", "grep"),
    *("index", "oracle", "repositories", "repository", "revset", "revset_language", "verify"),
    *("working_copy_faults", "workingcopy", "worst"),
)
# Of these, those of the core alone, which has nothing of an interpreter: on CPython.
CORE_TESTS = (
    *("archive", "config", "endless_files", "grep", "oracle", "repositories", "revset_language"),
    *("verify", "working_copy_faults", "worst"),
)
BORDER_ONLY_ON = ("pypy8", *(f"cpython3.{minor}" for minor in (9, 10, 12, 13, 14, 15)))
# Of these, those between others that have the same file of the host, or on which the debug mode
# runs: the bindings' tests run on those.
BETWEEN = ("cpython3.10", "cpython3.12", "cpython3.13", "cpython3.14")
MERCURIAL_ON = ("cpython3.11",)
MERCURIAL_KNOWS = [n for n in ALL if n not in ("cpython3.9", "cpython3.10", DEBUG_BUILD)]
# Debug modes: ours; where one asks for it PyPy 7.3's own and that of PyPI's package hpy, too, which
# is the host on this interpreter and nowhere else.
PACKAGE_HPY_ON = "cpython3.11"
DEBUG_MODE = ("cpython3.12",)
DEBUG_MODE_KNOWN = [n for n in ALL if n != DEBUG_BUILD]
# The tests of the Mercurial extension for all hosts; the others, which run hundreds of
# commands about the working copy, are for one of each kind, and have more extensions beside.
EXTENSION_ON = ("pypy", "cpython3.11")
EXTENSION_TESTS = ("hgext", "zstandard", "diff", "graph", "graph_changes", "status_model")
# Of those, what stands in for a package that CPython's Mercurial brings: on the interpreters that
# have none, and on a CPython where one asks for it.
ZSTANDARD_ON = ("pypy", "pypy8", "cpython3.12")
# Those that run with other Mercurials as well.
OLDER_TESTS = ("hgext", "diff", "graph", "graph_changes", "status_model", "manifests")
# Of the others, what depends on the system or on Mercurial, not on the interpreter: minutes on
# PyPy.
SYSTEM_TESTS = ("archive", "overrides", "status_faults", "status_systems", "stores", "update")
# Other people's modules run on our hosts: on PyPy 8 and the oldest CPython, and on PyPy 7.3, which
# has a host built in that would crash them.
FOREIGN_ON = ("pypy", "pypy8", "cpython3.9")
# The examples' tests, on one interpreter for each file of a host.
EXAMPLES_ON = ("pypy", "pypy8", "cpython3.9", "cpython3.12", "cpython3.15")
# The ports' tests are upstream's: on one interpreter for each host of ours.
PORTS_ON = ("pypy8", "cpython3.12")
# The interpreters on which the template is built and installed as a user would do it.
TEMPLATE_ON = ("cpython3.11",)
# The release whose reader fits what Rust 1.95 tells of a crate.
SEMVER_CHECKS = "0.51.0"
MDBOOK = "0.5.4"
DENY = "0.20.2"

HG_TESTS = TESTS / "hg"
FUZZ = ROOT / "fuzz" / "Cargo.toml"
LINTERS = ROOT / "tools" / "requirements-lint.txt"
CLIPPY = ("--all-targets", "--", "-D", "warnings")


def python_tests(name: str) -> list[Path]:
    """Returns the Python tests for an interpreter: all, or those of the border."""
    if name == DEBUG_BUILD:
        return [HPY_TESTS]
    left_out = SAME_EVERYWHERE if name in BORDER_ONLY_ON else CORE_TESTS if name == "pypy" else ()
    tests = files_but(PYTHON_TESTS, left_out)
    return tests if name in BETWEEN else [HPY_TESTS, *tests]


test = nox.session(python=False, tags=["test"])
# Where the parameters say which are tests.
asked_for = nox.session(python=False)


# Sources, builds and everything in Rust.


@test
def wheel(session: nox.Session) -> None:
    """Builds the wheels into dist/: hpy-host, hpy-build and vermilion."""
    for made in build_wheel.build():
        session.log(f"{made} has {made.stat().st_size} bytes")


@test
def audit(session: nox.Session) -> None:
    """Has the wheels checked by the tools that look after those of a package index."""
    with tempfile.TemporaryDirectory(prefix="vermilion-audit-") as scratch:
        audited.check(session, Path(scratch), build_wheel.build())


@test
def installs(session: nox.Session) -> None:
    """Adds the wheels to an hg by uv, by pipx and by pip beside Debian's, as users would."""
    with tempfile.TemporaryDirectory(prefix="vermilion-installs-") as scratch:
        installed_by.check(session, Path(scratch))


@test
def fmt(session: nox.Session) -> None:
    """Checks the format of all Rust code."""
    run(session, "cargo", "fmt", "--all", "--check")
    run(session, "cargo", "fmt", "--manifest-path", FUZZ, "--check")


@test
def ruff(session: nox.Session) -> None:
    """Checks the format and the style of all Python code."""
    program = venvs.make(None, "lint", [LINTERS]).with_name("ruff")
    run(session, program, "format", "--check", "--no-cache", ROOT)
    run(session, program, "check", "--no-cache", ROOT)


@test
def typos(session: nox.Session) -> None:
    """Checks the spelling of all files."""
    # Its configuration has paths as seen from here.
    run(session, venvs.make(None, "lint", [LINTERS]).with_name("typos"), ".")


@test
def tutorial(session: nox.Session) -> None:
    """Puts the examples' files into docs/tutorial; as a test, says which differ."""
    pages.update(write="--write" in session.posargs)


@test
def clippy(session: nox.Session) -> None:
    """Runs clippy on the workspace, and rustdoc on what others will build with."""
    cargo(session, "clippy", "--workspace", "--locked", *CLIPPY)
    strict = {"RUSTDOCFLAGS": "-D warnings"}
    cargo(session, "doc", "--no-deps", "--all-features", "--locked", *packages.CHOSEN, env=strict)


@test
def rust(session: nox.Session) -> None:
    """Runs the Rust tests of the workspace, some of them beside the real Mercurial."""
    beside = {"VERMILION_HG": str(mercurials.hg())}
    command = ("test", "--workspace", "--locked", "--no-fail-fast")
    cargo(session, *command, *session.posargs, env=beside)


@test
def probe(session: nox.Session) -> None:
    """Builds what the Python tests load: two test extensions, the doc examples."""
    session.log(" ".join(map(str, [*build_wheel.build_probes(), doc_examples.build()])))


@test
def fuzz(session: nox.Session) -> None:
    """Checks that the fuzz targets compile."""
    # No libFuzzer, which is in C++: it is only looked for when a target is linked.
    without = {"CUSTOM_LIBFUZZER_PATH": "/nonexistent/libFuzzer.a"}
    # Where dependencies are that have been checked already.
    place = ("--target-dir", ROOT / "target")
    cargo(session, "check", "--locked", "--manifest-path", FUZZ, *place, env=without)


@test
def example_wheels(session: nox.Session) -> None:
    """Builds wheels of all examples and ports, which must be formatted and without warnings."""
    examples.build()
    port_wheels.build()
    for manifest in (*examples.crates().values(), *port_wheels.manifests()):
        chosen: tuple[Word, ...] = ("--manifest-path", manifest)
        run(session, "cargo", "fmt", "--check", *chosen)
        command: tuple[Word, ...] = ("clippy", *examples.patch(manifest), *chosen, *CLIPPY)
        cargo(session, *command, env=examples.variables())


@asked_for
def crates(session: nox.Session) -> None:
    """Compiles the packages of hpy-shim, hpy-macros and hpy-bindings alone, also with the oldest Rust."""
    packages.check(session)


@test
def mypy(session: nox.Session) -> None:
    """Checks the types of the package, the examples and the tools."""
    python = installed(session, "cpython3.11", *examples.build())
    requirements = [TESTS / "requirements-mypy.txt"]
    checker = venvs.make(interpreter(session, "cpython3.11"), "mypy", requirements)
    command: list[Word] = [checker, "-m", "mypy", "--strict"]
    command += ["--config-file", ROOT / "pyproject.toml", "--python-executable"]
    packages = [
        word for name in ("hpy_host", "vermilion", *examples.packages()) for word in ("-p", name)
    ]
    ours = [ROOT / name for name in ("noxfile.py", "sessions", "tools", "hpy-build/python")]
    with tempfile.TemporaryDirectory(prefix="vermilion-mypy-") as scratch, session.chdir(scratch):
        run(session, *command, python, "--cache-dir", scratch, *packages)
        run(session, *command, venvs.nox_python(), *ours, env={"MYPYPATH": ":".join(OURS)})
        # The checker imports the native module where it is installed.
        place = {"PYTHONPATH": str(venvs.site_packages(python))}
        stubtest = (checker, "-m", "mypy.stubtest", "--concise", "vermilion._native")
        run(session, *stubtest, env=place)


# Tests on interpreters.


@asked_for
@on(BESIDE_ON)
def status(session: nox.Session, name: str) -> None:
    """Tests commands about the working copy, with the Mercurial extension and without."""
    others = EXTENSION_TESTS if name != "pypy" else (*EXTENSION_TESTS, *SYSTEM_TESTS)
    run_pytest(session, installed(session, name), *files_but(HG_TESTS, others))


@asked_for
@on(ALL)
def pytest(session: nox.Session, name: str) -> None:
    """Runs the Python tests, or those of the border where others cover the rest."""
    run_pytest(session, installed(session, name), *python_tests(name))


@asked_for
@on((), (*BORDER_ONLY_ON, "pypy"))
def same_everywhere(session: nox.Session, name: str) -> None:
    """Runs the tests that `pytest` and `status` leave out on some interpreters."""
    tests = files(PYTHON_TESTS, CORE_TESTS if name == "pypy" else SAME_EVERYWHERE)
    if name == "pypy":
        tests += files(HG_TESTS, SYSTEM_TESTS)
    elif name in BETWEEN:
        tests.append(HPY_TESTS)
    run_pytest(session, installed(session, name), *tests)


@asked_for
@on(DEBUG_MODE, DEBUG_MODE_KNOWN)
def pytest_debug(session: nox.Session, name: str) -> None:
    """Runs the Python tests in HPy's debug mode."""
    theirs = name == PACKAGE_HPY_ON
    env = {"HPY": "debug", **({"HPY_HOST": "hpy"} if theirs else {})}
    tests = {HPY_TESTS, *python_tests(name)}
    run_pytest(session, installed(session, name, hpy=theirs), *sorted(tests), **env)


@asked_for
@on(MERCURIAL_ON, MERCURIAL_KNOWS)
def mercurial(session: nox.Session, name: str) -> None:
    """Runs Mercurial's own tests with the extension on."""
    command = (HG_TESTS / "run.py", "--python", installed(session, name))
    run(session, sys.executable, *command, "--sdist", mercurials.sdist(), *session.posargs)


@asked_for
@on(mercurials.DEBIAN, mercurials.OLDER)
def older(session: nox.Session, name: str) -> None:
    """Tests the extension with an older Mercurial, and with some of that one's own tests."""
    python = installed(session, "cpython3.11", mercurial=name)
    run_pytest(session, python, *files(HG_TESTS, OLDER_TESTS))
    command = (HG_TESTS / "run.py", "--python", python)
    its = mercurials.sdist(version=name)
    run(session, sys.executable, *command, "--sdist", its, *session.posargs)


@asked_for
@on((), BESIDE_ON)
def evolve(session: nox.Session, name: str) -> None:
    """Runs the tests of Mercurial's extension evolve, with ours beside it: up to two hours."""
    command = (HG_TESTS / "run.py", "--python", installed(session, name))
    its = ("--suite", mercurials.sdist("hg-evolve", mercurials.EVOLVE))
    run(session, sys.executable, *command, "--sdist", mercurials.sdist(), *its, *session.posargs)


@asked_for
@on(EXTENSION_ON, [n for n in ALL if n != DEBUG_BUILD])
def extension(session: nox.Session, name: str) -> None:
    """Tests the Mercurial extension; zstd beside a Mercurial that has it."""
    beside = {"VERMILION_HG": str(mercurials.hg())}
    chosen = [t for t in EXTENSION_TESTS if t != "zstandard" or name in ZSTANDARD_ON]
    run_pytest(session, installed(session, name), *files(HG_TESTS, chosen), **beside)


@asked_for
@on(("cpython3.11",), BESIDE_ON)
def program(session: nox.Session, name: str) -> None:
    """Tests the program `vermilion` beside the hg of an interpreter."""
    python = installed(session, name)
    hg = mercurials.hg() if name != "pypy" else python.with_name("hg")
    beside = {"VERMILION_PROGRAM": str(python.with_name("vermilion")), "VERMILION_HG": str(hg)}
    run_pytest(session, python, TESTS / "program", **beside)


@asked_for
def peer(session: nox.Session) -> None:
    """Runs Mercurial's own tests with the program as hg, for hours (-- --server, --list FILE)."""
    python = installed(session, "cpython3.11")
    command = (HG_TESTS / "run.py", "--python", mercurials.hg().with_name("python"))
    ours = ("--sdist", mercurials.sdist(), "--program", python.with_name("vermilion"))
    run(session, sys.executable, *command, *ours, *session.posargs)


@asked_for
@on(EXAMPLES_ON, ALL)
def example_tests(session: nox.Session, name: str) -> None:
    """Tests the examples, and a short soak of them."""
    python = installed(session, name, *examples.build())
    run_pytest(session, python, *examples.tests(), SOAK)


@asked_for
@on(("pypy", "cpython3.12"), DEBUG_MODE_KNOWN)
def example_tests_debug(session: nox.Session, name: str) -> None:
    """Tests the examples in HPy's debug mode; none may leak a handle."""
    python = installed(session, name, *examples.build())
    leaks = {"HPY": "debug", "PYTEST_PLUGINS": "leaks", "PYTHONPATH": str(COMMON)}
    run_pytest(session, python, *examples.tests(), SOAK, **leaks)


@test
def mining(session: nox.Session) -> None:
    """Runs examples/mining, as a program and as a notebook, beside hg."""
    folder = ROOT / "examples" / "mining"
    needed = [folder / "requirements.txt", folder / "requirements-test.txt"]
    python = with_wheels(session, "mining", *needed)
    run_pytest(session, python, folder)


@test
def clients(session: nox.Session) -> None:
    """Tests examples/clients with the tests of the tools that they are backends for."""
    backends.test(session)


@asked_for
@on(TEMPLATE_ON)
def template(session: nox.Session, name: str) -> None:
    """Makes, builds and tests a package of the template, as a user would."""
    new_package.test(session, name)


@asked_for
@on(CONFORMANCE_ON, OWN_HOST)
def conformance(session: nox.Session, name: str) -> None:
    """Runs HPy's own tests on our HPy hosts."""
    interpreter(session, name)
    build_wheel.build()
    command = (TESTS / "hpy" / "conformance" / "run.py", "--python", name)
    run(session, sys.executable, *command, *session.posargs)


@asked_for
@on(FOREIGN_ON, [n for n in ALL if n != DEBUG_BUILD])
def foreign(session: nox.Session, name: str) -> None:
    """Tests HPy modules of others on the host that `provide` gives them."""
    foreign_modules.test(session, name)


@asked_for
@on(PORTS_ON, [n for n in ALL if n != DEBUG_BUILD])
def ports(session: nox.Session, name: str) -> None:
    """Tests examples/ports with the tests of the packages that they write anew."""
    ported.test(session, name)


# For those who ask.


@asked_for
@on((), tuple(emulated.PYTHONS))
def arm(session: nox.Session, name: str) -> None:
    """Builds the wheels for 64-bit ARM and runs the Python tests on an emulated interpreter."""
    other = emulated.machine()
    wheels, probes = build_wheel.build_for(other), build_wheel.build_probes(other)
    wheels.append(mercurials.pure_wheel())
    python = emulated.python(name, COMMON / "requirements-emulated.txt", wheels)
    names = ("VERMILION_PROBE", "VERMILION_GRAPH_PROBE")
    found = {"HGMODULEPOLICY": "py", **dict(zip(names, map(str, probes)))}
    run_pytest(session, python, HPY_TESTS, PYTHON_TESTS, **found)


@asked_for
def cross(session: nox.Session) -> None:
    """Compiles for Windows and macOS what there is for them; runs nothing of it."""
    crossed.check(session)


@asked_for
def musl(session: nox.Session) -> None:
    """Builds the wheels for Linux with musl, and runs Rust's and Python's tests with it."""
    crossed.musl_tests(session)


@asked_for
@on((), ALL)
def soak(session: nox.Session, name: str) -> None:
    """Does random operations on all examples (-- --operations 10000000)."""
    python = installed(session, name, *examples.build())
    probe, _ = build_wheel.build_probes()
    env = {"VERMILION_PROBE": str(probe)}
    run(session, python, SOAK / "soak.py", *session.posargs, env=env)


@asked_for
def memcheck(session: nox.Session) -> None:
    """Runs the tests of the CPython host under Valgrind."""
    memory.memcheck(session)


@asked_for
def asan(session: nox.Session) -> None:
    """Runs tests with all that is in Rust under AddressSanitizer."""
    memory.asan(session)


@asked_for
def licences(session: nox.Session) -> None:
    """Checks licences and origins of all crates; known faults, too, with `-- advisories`."""
    program = cargo_tool(session, "cargo-deny", DENY) / "cargo-deny"
    run(session, program, "check", *(session.posargs or ("licenses", "bans", "sources")))


@asked_for
def release(session: nox.Session) -> None:
    """Makes the files of a release, twice, into build/release (-- x86_64: for that machine)."""
    machines = session.posargs or list(released.MACHINES)
    with tempfile.TemporaryDirectory(prefix="vermilion-release-") as scratch:
        released.make(session, Path(scratch), ROOT / "build" / "release", machines)


@asked_for
def semver(session: nox.Session) -> None:
    """Says what changed in hpy-bindings' public interface since the baseline."""
    programs = cargo_tool(session, "cargo-semver-checks", SEMVER_CHECKS)
    # The revision named there is that of the last release.
    baseline = (ROOT / "hpy-bindings" / "semver-baseline").read_text().strip()
    command = ("-p", "hpy-bindings", "--all-features", "--baseline-rev", baseline)
    path = f"{programs}:{os.environ['PATH']}"
    cargo(session, "semver-checks", *command, *session.posargs, env={"PATH": path})


@asked_for
def docs(session: nox.Session) -> None:
    """Builds the documentation as one site, build/book."""
    run(session, cargo_tool(session, "mdbook", MDBOOK) / "mdbook", "build", ROOT)


@asked_for
def demo(session: nox.Session) -> None:
    """Builds and installs on CPython and PyPy, and shows it at work with Mercurial."""
    run(session, sys.executable, ROOT / "demo" / "demo.py")


@asked_for
def bench(session: nox.Session) -> None:
    """Measures, beside Mercurial itself; draws docs/bench."""
    run(session, sys.executable, ROOT / "benches" / "run.py", *session.posargs)


@asked_for
def rhg(session: nox.Session) -> None:
    """Builds Mercurial's own Rust, which `bench` measures where it is: takes minutes."""
    mercurials.build_rust()


@asked_for
def pythons(session: nox.Session) -> None:
    """Says which interpreters there are and which can be fetched; fetches those named behind --."""
    for name in session.posargs:
        interpreters.fetch(name)
    print(interpreters.listing())
