#!/usr/bin/env python3
"""All tests, on every interpreter there is: what `make test` runs.

The wheel is built once and installed into a fresh environment for each
interpreter; the tests run where the source tree cannot be imported. The last
line printed counts single tests: "N passed, N failed".
"""

from __future__ import annotations

import argparse
import fnmatch
import re
import shutil
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Callable, Iterable, Sequence

import build_wheel
import doc_examples
import examples
import interpreters
import mercurials
import venvs
from common import ROOT, ToolError, Word, clean_env, main_guard
from steps import Log, Outcome, Runner, Step, table

CONFORMANCE = ROOT / "tests" / "conformance"
sys.path.append(str(CONFORMANCE))
import suite  # noqa: E402

# Where Vermilion's own host serves.
OWN_HOST = ("pypy8", *(f"cpython3.{minor}" for minor in range(12, 16)))
# A debug build of CPython, which counts all references: for the tests of that host.
DEBUG_BUILD = "cpython3.14d"
HOST_TESTS = (
    *("values", "calls", "classes", "references"),
    *("hosts", "host_memory", "import", "types"),
)
# What is the same in all interpreters that share a host, and is tested on one of them or two;
# on the others where one asks for it.
SAME_EVERYWHERE = (
    *("forks", "forks_graph", "graph", "graph_capi", "index", "oracle", "repositories", "revset"),
    *("working_copy_faults", "workingcopy", "worst"),
)
BORDER_ONLY_ON = ("cpython3.10", "cpython3.13", "cpython3.14")
# Mercurial's own tests run on the oldest and the newest interpreter that it knows, and on PyPy;
# on the others where one asks for them.
MERCURIAL_ON = ("pypy", "cpython3.11", "cpython3.15")
WITHOUT_MERCURIAL = ("cpython3.9", "cpython3.10", DEBUG_BUILD)
# Where HPy has a debug mode.
DEBUG_MODE = ("pypy", "cpython3.11")
# The tests of the Mercurial extension for all hosts; the others, which run hundreds of
# commands about the working copy, are for one of each kind.
EXTENSION_ON = ("pypy", "pypy8", "cpython3.9", "cpython3.11", "cpython3.12", "cpython3.15")
EXTENSION_TESTS = ("hgext", "graph", "status_model")
STATUS_TESTS_ON = ("pypy", "cpython3.11")
# Where the template is built and installed as a user would do it.
TEMPLATE_ON = ("pypy", "cpython3.11")
LOGS = ROOT / "build" / "test-logs"
PYTHON_TESTS = ROOT / "tests" / "python"
HG_TESTS = ROOT / "tests" / "hg"
REQUIREMENTS = PYTHON_TESTS / "requirements.txt"
TYPE_CHECKER = ROOT / "tests" / "requirements-mypy.txt"
_COUNTS = re.compile(r"(\d+) passed[;,] (\d+) failed(?:[;,] (\d+) (?:skipped|ignored))?")


def _check(log: Log, *commands: Sequence[str | Path], env: dict[str, str] | None = None) -> Outcome:
    """One check: all commands must succeed."""
    for command in commands:
        status, _ = log.run(command, cwd=ROOT, env=env)
        if status != 0:
            return Outcome(failed=1, failures=[f"exit status {status}"])
    return Outcome(passed=1)


def _cargo_env() -> dict[str, str]:
    # The raw HPy layer's build script needs a Python that has pip.
    # `cargo check` of the fuzz targets then compiles no libFuzzer, which is in
    # C++: the library is only looked for when a target is linked.
    env = {
        "PYTHON": str(build_wheel.build_python()),
        "CARGO_TERM_COLOR": "never",
        "CUSTOM_LIBFUZZER_PATH": "/nonexistent/libFuzzer.a",
    }
    return clean_env(env)


def _cargo_test(log: Log) -> Outcome:
    command = ["cargo", "test", "--workspace", "--locked", "--no-fail-fast"]
    # A busy machine takes long to compile the tests.
    status, text = log.run(command, cwd=ROOT, env=_cargo_env(), timeout=2400)
    return _counted(status, _COUNTS.finditer(text))


def _counted(status: int, matches: Iterable[re.Match[str]]) -> Outcome:
    """An outcome out of every "N passed, N failed, N skipped" a program printed."""
    outcome = Outcome()
    for match in matches:
        passed, failed, skipped = (int(n or 0) for n in match.groups())
        outcome.passed += passed
        outcome.failed += failed
        outcome.skipped += skipped
    if status != 0 and not outcome.failed:
        outcome.failed = 1
        outcome.notes.append(f"exit status {status}")
    elif outcome.passed + outcome.failed == 0:
        outcome.failed = 1
        outcome.notes.append("no test ran")
    return outcome


def _wheel(log: Log) -> Outcome:
    return _check(log, [sys.executable, ROOT / "tools" / "build_wheel.py"])


def _probe(log: Log) -> Outcome:
    """What the Python tests of hpy-bindings load: its test extension and its examples."""
    probe: list[Word] = [sys.executable, ROOT / "tools" / "build_wheel.py", "--probe"]
    outcome = _check(log, probe, [sys.executable, ROOT / "tools" / "doc_examples.py"])
    return replace(outcome, passed=0)


def _crates(log: Log) -> Outcome:
    """The crates' packages, alone."""
    status, text = log.run([sys.executable, ROOT / "tools" / "crates.py"], cwd=ROOT)
    return _counted(status, list(_COUNTS.finditer(text))[-1:])


def _examples(log: Log) -> Outcome:
    """Wheels of all examples, which must be formatted and without warnings."""
    outcome = _check(log, [sys.executable, ROOT / "tools" / "examples.py"])
    commands: list[list[Word]] = []
    for manifest in (examples.PLACE / name / "Cargo.toml" for name in examples.names()):
        if not manifest.exists():
            continue  # in C
        commands.append(["cargo", "fmt", "--check", "--manifest-path", manifest])
        clippy: list[Word] = ["cargo", "clippy", "--all-targets", "--manifest-path", manifest]
        commands.append([*clippy, "--", "-D", "warnings"])
    env = {**_cargo_env(), **examples.variables()}
    return outcome if outcome.failed else _check(log, *commands, env=env)


def _template(name: str) -> Callable[[Log], Outcome]:
    """A copy of the template, built by pip and tested in a fresh environment."""

    def action(log: Log) -> Outcome:
        with examples.template_beside_the_crates() as project:
            python = venvs.make(interpreters.get(name), f"template-{name}", fresh=True)
            env = examples.variables()
            log.write(venvs.install(python, _wheel_file(), f"{project}[test]", env=env))
            return _pytest(name, project / "tests", python=python)(log)

    return action


def _wheel_file() -> Path:
    (wheel,) = build_wheel.DIST.glob("*.whl")
    return wheel


def _environment(name: str) -> Path:
    """The test environment of interpreter `name`, without the wheel; its Python."""
    return venvs.make(interpreters.get(name), f"test-{name}", [REQUIREMENTS])


def _prepare(name: str) -> Callable[[Log], Outcome]:
    def action(log: Log) -> Outcome:
        python = _environment(name)
        if name != DEBUG_BUILD:
            mercurials.install(python)
        if name in STATUS_TESTS_ON:
            mercurials.install_beside(python)
        log.write(f"{python} is ready")
        return Outcome()

    return action


def _install(name: str) -> Callable[[Log], Outcome]:
    """The wheel, and those of the examples that could be built."""

    def action(log: Log) -> Outcome:
        python = _environment(name)
        wheels = [_wheel_file(), *sorted(examples.WHEELS.glob("*.whl"))]
        venvs.uninstall(python, *(wheel.name.split("-")[0] for wheel in wheels))
        log.write(venvs.install(python, *wheels))
        return Outcome()

    return action


def _pytest(
    name: str, *tests: Path, python: Path | None = None, **variables: str
) -> Callable[[Log], Outcome]:
    """Tests in the environment of interpreter `name`, or that of `python`."""

    def action(log: Log) -> Outcome:
        env = clean_env(
            {
                "PYTHONDONTWRITEBYTECODE": "1",
                "VERMILION_SOURCES": str(ROOT),
                "VERMILION_PROBE": str(build_wheel.PROBE),
                "VERMILION_DOC_EXAMPLES": str(doc_examples.PLACE),
                "VERMILION_HPY_INCLUDE": str(suite.tree() / "hpy" / "devel" / "include"),
                "VERMILION_MERCURIAL": "1",
                # A panic that looks for the names of functions takes a millisecond and memory.
                "RUST_BACKTRACE": "0",
                **variables,
            }
        )
        with tempfile.TemporaryDirectory(prefix="vermilion-test-") as scratch:
            report = Path(scratch) / "report.xml"
            command: list[Word] = [
                python or _environment(name),
                "-m",
                "pytest",
                *tests,
                "-q",
                "-p",
                "no:cacheprovider",
            ]
            status, _ = log.run(
                [*command, "-r", "fEs", f"--junit-xml={report}"], cwd=Path(scratch), env=env
            )
            return _judge_pytest(status, report)

    return action


def _judge_pytest(status: int, report: Path) -> Outcome:
    outcome = Outcome()
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            count = {k: int(suite.get(k, "0")) for k in ("tests", "failures", "errors", "skipped")}
            outcome.failed += count["failures"] + count["errors"]
            outcome.skipped += count["skipped"]
            outcome.passed += count["tests"] - sum(v for k, v in count.items() if k != "tests")
            reasons = {s.get("message", "") for s in suite.iter("skipped")}
            outcome.notes += [f"skipped: {reason}" for reason in sorted(reasons)]
            for case in suite.iter("testcase"):
                for what in [*case.iter("failure"), *case.iter("error")]:
                    first = (what.get("message") or "").partition("\n")[0][:200]
                    where = f"{case.get('classname')}::{case.get('name')}"
                    outcome.failures.append(f"{where}: {first}")
    if status != 0 and not outcome.failed:
        outcome.failed = 1
        outcome.failures.append(f"pytest ended with status {status}")
    return outcome


def _mypy(log: Log) -> Outcome:
    installed = _environment("cpython3.11")
    python = venvs.make(interpreters.get("cpython3.11"), "mypy", [TYPE_CHECKER])
    with tempfile.TemporaryDirectory(prefix="vermilion-mypy-") as scratch:
        command: list[Word] = [python, "-m", "mypy", "--strict", "--cache-dir", scratch]
        command += ["--config-file", ROOT / "pyproject.toml"]
        command += ["--python-executable", installed]
        for package in ("vermilion", *examples.packages()):
            command += ["-p", package]
        status, _ = log.run(command, cwd=Path(scratch))
    return Outcome(passed=1) if status == 0 else Outcome(failed=1)


def _mercurial(name: str, extension: bool = False) -> Callable[[Log], Outcome]:
    """Mercurial's own tests, with the extension, or instead those of the extension evolve."""

    def action(log: Log) -> Outcome:
        command: list[Word] = [sys.executable, HG_TESTS / "run.py", "--python", _environment(name)]
        command += ["--sdist", mercurials.sdist()]
        if extension:
            command += ["--suite", mercurials.sdist("hg-evolve", mercurials.EVOLVE)]
        # On PyPy, where each of many processes starts cold, it takes longest of all.
        status, text = log.run(command, cwd=ROOT, timeout=7200 if extension else 2400)
        return _counted(status, list(_COUNTS.finditer(text))[-1:])

    return action


def _conformance(names: Sequence[str]) -> Callable[[Log], Outcome]:
    """HPy's own tests against our hosts."""

    def action(log: Log) -> Outcome:
        command: list[Word] = [sys.executable, CONFORMANCE / "run.py"]
        for name in names:
            command += ["--python", name]
        status, text = log.run(command, cwd=ROOT, timeout=2400)
        return _counted(status, list(_COUNTS.finditer(text))[-1:])

    return action


def _why_not(name: str) -> str:
    """Why `name` cannot be tested on this machine; empty if it can."""
    if interpreters.find(name) or interpreters.can_fetch(name):
        return ""
    return interpreters.missing(name)


def _steps(names: Sequence[str]) -> list[Step]:
    manifest = ROOT / "fuzz" / "Cargo.toml"
    clippy = ["cargo", "clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]
    tutorial: list[Word] = [sys.executable, ROOT / "tools" / "tutorial.py", "--check"]
    fuzz: tuple[list[Word], ...] = (
        ["cargo", "fmt", "--manifest-path", manifest, "--check"],
        ["cargo", "check", "--locked", "--manifest-path", manifest],
    )
    steps = [
        Step("cargo fmt", lambda log: _check(log, ["cargo", "fmt", "--all", "--check"])),
        Step("tutorial", lambda log: _check(log, tutorial)),
        Step("wheel", _wheel),
        Step("probe", _probe, after=("wheel",)),
        Step("examples", _examples, after=("probe",)),
        Step("clippy", lambda log: _check(log, clippy, env=_cargo_env()), after=("cargo fmt",)),
        Step("cargo test", _cargo_test, after=("clippy",)),
        Step("crates", _crates, after=("cargo test",)),
        Step("fuzz targets", lambda log: _check(log, *fuzz, env=_cargo_env()), after=("clippy",)),
    ]
    steps += [Step(f"environment {name}", _prepare(name)) for name in names]
    own = [n for n in names if n in OWN_HOST]
    for name in names:
        ready = f"install {name}"
        steps.append(Step(ready, _install(name), (f"environment {name}", "wheel"), ("examples",)))
        steps += _example_steps(name, ready)
        if name == DEBUG_BUILD:
            files = _test_files(PYTHON_TESTS, HOST_TESTS)
            steps.append(Step(f"pytest {name}", _pytest(name, *files), (ready, "probe")))
            continue
        if name in MERCURIAL_ON:
            steps.append(Step(f"mercurial {name}", _mercurial(name), (ready,)))
        tests = [PYTHON_TESTS]
        if name in BORDER_ONLY_ON:
            tests = _test_files_but(PYTHON_TESTS, SAME_EVERYWHERE)
        steps.append(Step(f"pytest {name}", _pytest(name, *tests), (ready, "probe")))
        if name in DEBUG_MODE:
            debug = _pytest(name, PYTHON_TESTS, HPY="debug")
            steps.append(Step(f"pytest {name} HPY=debug", debug, (ready, "probe")))
        if name in EXTENSION_ON:
            steps.append(_extension(name))
        if name in STATUS_TESTS_ON:
            tests = _test_files_but(HG_TESTS, EXTENSION_TESTS)
            steps.append(Step(f"status {name}", _pytest(name, *tests), (ready,)))
    steps.append(Step("conformance", _conformance(own), ("wheel",)))
    steps.append(Step("mypy", _mypy, ("install cpython3.11", "examples")))
    return steps


def _test_files(folder: Path, rooms: Iterable[str]) -> list[Path]:
    return [folder / f"test_{room}.py" for room in rooms]


def _test_files_but(folder: Path, rooms: Iterable[str]) -> list[Path]:
    return sorted(set(folder.glob("test_*.py")) - set(_test_files(folder, rooms)))


def _extension(name: str) -> Step:
    tests = _test_files(HG_TESTS, EXTENSION_TESTS)
    return Step(f"extension {name}", _pytest(name, *tests), (f"install {name}",))


def _long_steps(names: Sequence[str]) -> list[Step]:
    """Steps that only run where they are asked for by name, as they take long."""
    rest = [n for n in names if n not in (*MERCURIAL_ON, *WITHOUT_MERCURIAL)]
    steps = [Step(f"mercurial {n}", _mercurial(n), (f"install {n}",)) for n in rest]
    steps += [_extension(n) for n in names if n not in (*EXTENSION_ON, DEBUG_BUILD)]
    for name in BORDER_ONLY_ON:
        if name in names:
            same = _pytest(name, *_test_files(PYTHON_TESTS, SAME_EVERYWHERE))
            needs = (f"install {name}", "probe")
            steps.append(Step(f"pytest {name}, the rest", same, needs))
    for name in STATUS_TESTS_ON:
        if name in names:
            evolve = _mercurial(name, extension=True)
            steps.append(Step(f"evolve {name}", evolve, (f"install {name}",)))
    return steps


def _example_steps(name: str, ready: str) -> list[Step]:
    tests = [examples.PLACE / example / "tests" for example in examples.names()]
    tests.append(ROOT / "tests" / "soak")
    steps = [Step(f"examples {name}", _pytest(name, *tests), (ready, "examples"))]
    if name in DEBUG_MODE:
        leaks = str(PYTHON_TESTS)
        debug = _pytest(name, *tests, HPY="debug", PYTEST_PLUGINS="leaks", PYTHONPATH=leaks)
        steps.append(Step(f"examples {name} HPY=debug", debug, (ready, "examples")))
    if name in TEMPLATE_ON:
        steps.append(Step(f"template {name}", _template(name), ("wheel",), ("examples",)))
    return steps


def _selected(steps: list[Step], patterns: Sequence[str]) -> list[Step]:
    """The steps whose names match a pattern, and what they need."""
    by_name = {step.name: step for step in steps}
    wanted = [name for name in by_name if any(fnmatch.fnmatchcase(name, p) for p in patterns)]
    if not wanted:
        raise ToolError("no such step; there are: " + ", ".join(by_name))
    for name in wanted:
        wanted += [need for need in by_name[name].needs if need not in wanted]
    return [
        replace(step, after=tuple(name for name in step.after if name in wanted))
        for step in steps
        if step.name in wanted
    ]


def _report(steps: Sequence[Step], outcomes: dict[str, Outcome], reasons: dict[str, str]) -> None:
    rows = [("step", "result", "passed", "failed", "skipped", "seconds")]
    for step in steps:
        o = outcomes[step.name]
        rows.append(
            (step.name, o.word, str(o.passed), str(o.failed), str(o.skipped), f"{o.seconds:.0f}")
        )
    print("\n" + table(rows))
    notes = [f"  {step.name}: {note}" for step in steps for note in outcomes[step.name].notes]
    if notes:
        print("\nNotes\n" + "\n".join(notes))
    states = []
    for name, reason in reasons.items():
        outcome = outcomes.get(f"pytest {name}")
        if reason:
            states.append((name, "not tested", reason))
        elif outcome is None or not outcome.ran:
            why = outcome.notes[0] if outcome else "not selected"
            states.append((name, "not tested", why))
        else:
            found = interpreters.get(name)
            states.append((name, "tested", f"{found}, {found.origin}: {found.executable}"))
    print("\nInterpreters\n" + table(states))
    # Last, as it is what one looks for first.
    failures = []
    for step in steps:
        o = outcomes[step.name]
        whats = o.failures or ([f"{o.failed} failed"] if o.failed else [])
        failures += [f"  {step.name}: {what}" for what in whats]
    if failures:
        print("\nFailures\n" + "\n".join(failures))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", action="append", metavar="PATTERN", help="run only steps of such names"
    )
    parser.add_argument("--list", action="store_true", help="print the names of the steps")
    arguments = parser.parse_args()
    reasons = {name: _why_not(name) for name in interpreters.NAMES}
    # PyPy's steps take longest, so they come first.
    testable = [name for name, reason in reasons.items() if not reason]
    testable.sort(key=lambda name: not name.startswith("pypy"))
    steps = _steps(testable)
    if arguments.only:
        steps = _selected(steps + _long_steps(testable), arguments.only)
    if arguments.list:
        print("\n".join(step.name for step in steps))
        return 0
    started = time.monotonic()
    shutil.rmtree(LOGS, ignore_errors=True)
    outcomes = Runner(steps, LOGS).run()
    _report(steps, outcomes, reasons)
    passed = sum(o.passed for o in outcomes.values())
    failed = sum(o.failed for o in outcomes.values())
    print(f"\nAll steps took {(time.monotonic() - started) / 60:.1f} minutes; logs are in {LOGS}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    main_guard(main)
