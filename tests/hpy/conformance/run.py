#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""HPy's own test suite, run against the hosts of hpy-host: `make conformance`.

    python3 tests/hpy/conformance/run.py                       all interpreters
    python3 tests/hpy/conformance/run.py --python pypy8 --tests test_tracker
    python3 tests/hpy/conformance/run.py --host hpy --python cpython3.12 --record

The tests are those of hpy 0.9.0's source distribution that use the universal ABI.
Each of their C modules is compiled once and loaded by every interpreter. Each file
of tests runs in a process of its own; when a test kills it, the others are run by
another. The last line says "N passed, N failed".
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tools"))

import build_wheel  # noqa: E402
import interpreters  # noqa: E402
import suite  # noqa: E402
import venvs  # noqa: E402
import verdict  # noqa: E402
from common import (  # noqa: E402
    ROOT,
    ToolError,
    Word,
    cache_dir,
    clean_env,
    kill_running,
    main_guard,
    run_logged,
    table,
)

DEFAULT = (*(f"cpython3.{minor}" for minor in range(9, 16)), "pypy8")
HOSTS = ("own", "hpy", "builtin")
LOGS = ROOT / "build" / "test-logs" / "hpy-suite"
REQUIREMENTS = HERE / "requirements.txt"
# Of a whole file of tests; the slowest takes a tenth of it.
TIMEOUT = 300.0


@dataclass(frozen=True)
class Plan:
    """What to run."""

    host: str
    wheel: Path | None
    package: Path | None
    pattern: str | None
    stop: bool
    expected: list[str]
    exceptions: dict[str, dict[str, str]]
    results: dict[str, verdict.Results] = field(default_factory=dict)


@dataclass
class Outcome:
    """The tests on one interpreter, counted."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


def environment(name: str, plan: Plan) -> Path:
    """An environment in which `hpy.universal` is the host to be tested; its Python."""
    interpreter = interpreters.get(name)
    requirements: list[str | Path] = [REQUIREMENTS]
    if plan.host == "hpy":
        if interpreter.is_pypy:
            raise ToolError("the package hpy is for CPython")
        requirements.append(f"hpy=={suite.VERSION}")
    elif plan.host == "builtin" and name != "pypy":
        raise ToolError(f"{interpreter} has no HPy built in")
    python = venvs.make(interpreter, f"conformance-{plan.host}-{name}", requirements)
    (site,) = python.parent.parent.glob("lib/*/site-packages")
    hook = site / "conformance.pth"
    # A host that does not work must not disturb the installation of the next.
    hook.unlink(missing_ok=True)
    # The folder for hpy.devel, whose names the tests use; the host also in the
    # processes that tests start.
    lines = [str(suite.tree())]
    if plan.host == "own":
        _install(python, site, plan)
        lines.append("import hpy_host; hpy_host.provide()")
    hook.write_text("".join(f"{line}\n" for line in lines))
    return python


def _install(python: Path, site: Path, plan: Plan) -> None:
    """Make `hpy_host` the one of the plan, and nothing that it would bring along."""
    stamp = site / "conformance-installed"
    if plan.package:
        venvs.uninstall(python, "hpy-host")
        stamp.unlink(missing_ok=True)
        shutil.rmtree(site / "hpy_host", ignore_errors=True)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(plan.package, site / "hpy_host", ignore=ignored)
        return
    assert plan.wheel is not None
    digest = hashlib.sha256(plan.wheel.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        venvs.uninstall(python, "hpy-host")
        shutil.rmtree(site / "hpy_host", ignore_errors=True)
        venvs.install(python, "--no-deps", plan.wheel)
        stamp.write_text(digest)


def _variables(name: str, plan: Plan, events: Path) -> dict[str, str]:
    """The environment of the processes that run tests."""
    env = clean_env(
        {
            "HPY_SUITE_EVENTS": str(events),
            "HPY_SUITE_CACHE": str(cache_dir() / "hpy-suite" / "binaries"),
            "PYTHONPATH": str(HERE),
            # Compiled files are worth keeping, but not among the sources; and two PyPys
            # give theirs the same names.
            "PYTHONPYCACHEPREFIX": str(cache_dir() / "hpy-suite" / "pycache" / name),
        }
    )
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env.pop("HPY_HOST", None)
    if plan.host == "own":
        env["HPY_HOST"] = "own"
    return env


def _run_file(log: Path, name: str, python: Path, file: Path, plan: Plan, scratch: Path) -> None:
    """Run a file's tests, however many processes they kill."""
    events = scratch / "events"
    env = _variables(name, plan, events)
    if plan.pattern is not None:
        env["HPY_SUITE_ONLY"] = json.dumps(verdict.matching(plan.expected, plan.pattern))
    command: list[Word] = [python, "-m", "pytest", "-p", "hpy_suite", "-p", "no:cacheprovider"]
    command += ["-q", "--tb=short", "--no-header", "-rN", "--disable-warnings"]
    command += [f"--rootdir={file.parent.parent}", f"--basetemp={scratch / 'tmp'}"]
    if plan.stop:
        command.append("-x")
    while True:
        before = len(verdict.Results.read(events).outcomes)
        status = run_logged([*command, file], log, env, scratch, TIMEOUT)
        results = verdict.Results.read(events)
        killed = results.having("unfinished")
        # 5 says that none of the file's tests was chosen.
        if status in (0, 1, 5) and not killed:
            return
        for test in killed or [f"{file.name}::(outside of the tests)"]:
            _note_crash(events, test, status)
        if plan.stop or len(results.outcomes) == before:
            return


def _note_crash(events: Path, test: str, status: int) -> None:
    if status == -signal.SIGKILL:
        reason = f"killed, after {TIMEOUT:.0f} s for the file if not by others"
    else:
        reason = signal.Signals(-status).name if status < 0 else f"exit status {status}"
    event = {"event": "end", "test": test, "outcome": "crashed", "reason": reason}
    with open(events, "a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def _conformance(plan: Plan, name: str) -> Outcome:
    """Run the tests on one interpreter and judge."""
    started = time.monotonic()
    log = LOGS / f"{name}.log"
    python = environment(name, plan)
    wanted = verdict.matching(plan.expected, plan.pattern)
    files = sorted((suite.tree() / "test").glob("test_*.py"))
    if plan.pattern is not None:
        files = [f for f in files if any(test.startswith(f.name + "::") for test in wanted)]
    with tempfile.TemporaryDirectory(prefix="vermilion-conformance-") as scratch:
        for file in files:
            _run_file(log, name, python, file, plan, Path(scratch))
            results = verdict.Results.read(Path(scratch) / "events")
            if not results.hosts:
                return Outcome(failed=1, notes=["hpy.universal could not be imported"])
            if plan.stop and set(results.outcomes.values()) & {"failed", "crashed"}:
                break
    plan.results[name] = results
    if plan.stop:
        wanted = [test for test in wanted if test in results.outcomes]
    excepted = plan.exceptions.get(name, {}) if plan.host == "own" else {}
    wrong, notes = verdict.judge(name, results, wanted, excepted)
    if any(("hpy-host" in version) != (plan.host == "own") for version in results.hosts):
        wrong.append(f"the host was {', '.join(sorted(results.hosts))}")
    with open(log, "a", encoding="utf-8") as end:
        end.writelines(f"{line}\n" for line in [*notes, *wrong])
    return Outcome(
        seconds=time.monotonic() - started,
        passed=len(results.having("passed")),
        failed=len(wrong),
        skipped=len(results.having("skipped")),
        notes=wrong + notes,
    )


def _summary(plan: Plan, names: Sequence[str], outcomes: dict[str, Outcome]) -> str:
    head = ("interpreter", "result", "passed", "failed", "skipped", "crashed", "excepted")
    rows: list[tuple[str, ...]] = [(*head, "binaries", "host", "seconds")]
    for name in names:
        outcome, results = outcomes[name], plan.results.get(name, verdict.Results())
        excepted = sum(note.startswith("exception: ") for note in outcome.notes)
        numbers = (outcome.passed, outcome.failed, outcome.skipped)
        more = (len(results.having("crashed")), excepted, len(results.binaries))
        rows.append(
            (
                str(interpreters.find(name) or name),
                "FAILED" if outcome.failed else "ok",
                *map(str, (*numbers, *more)),
                ", ".join(sorted(results.hosts)),
                f"{outcome.seconds:.0f}",
            )
        )
    lines = [table(rows)]
    loaded = [results.binaries for results in plan.results.values()]
    if len(loaded) > 1:
        shared = len(set.intersection(*loaded))
        lines.append(
            f"\n{len(set.union(*loaded))} binaries, {shared} of them loaded by every interpreter"
        )
    notes = [f"  {name}: {note}" for name in names for note in outcomes[name].notes]
    if notes:
        lines += ["\nNotes", *notes]
    return "\n".join(lines)


def _wheel(argument: Path | None) -> Path:
    """The wheel to test; built if there is none."""
    if argument:
        return argument.resolve()
    wheels = list(build_wheel.DIST.glob("hpy_host-*.whl"))
    return wheels[0] if len(wheels) == 1 else build_wheel.build().host


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--python",
        action="append",
        metavar="NAME",
        choices=interpreters.NAMES,
        help=f"an interpreter (may be repeated; default: {' '.join(DEFAULT)})",
    )
    parser.add_argument("--tests", metavar="PATTERN", help="only expected tests of such ids")
    parser.add_argument("-x", dest="stop", action="store_true", help="stop at the first failure")
    parser.add_argument("--wheel", type=Path, metavar="FILE", help="instead of the one in dist/")
    parser.add_argument(
        "--package", type=Path, metavar="DIR", help="the folder of a package hpy_host, not a wheel"
    )
    parser.add_argument(
        "--host",
        choices=HOSTS,
        default="own",
        help="ours (default), PyPI's package hpy, or the one built into PyPy 7.3",
    )
    parser.add_argument("--jobs", type=int, default=2, help="interpreters at a time (default: 2)")
    parser.add_argument(
        "--record",
        action="store_true",
        help=f"write the tests that pass to {verdict.EXPECTED.name}; with --host hpy only",
    )
    arguments = parser.parse_args()
    if arguments.record and (arguments.host != "hpy" or len(arguments.python or ()) != 1):
        parser.error("--record goes with --host hpy and one --python")
    if arguments.record and (arguments.tests or arguments.stop):
        parser.error("--record is for whole runs")
    return arguments


def main() -> int:
    arguments = _arguments()
    names = list(dict.fromkeys(arguments.python or DEFAULT))
    if shutil.which(os.environ.get("CC", "cc").split()[0]) is None:
        raise ToolError("HPy's tests are in C: there is no compiler `cc`")
    wheel = None
    if arguments.host == "own" and not arguments.package:
        wheel = _wheel(arguments.wheel)
    expected = [] if arguments.record else verdict.expected()
    plan = Plan(
        host=arguments.host,
        wheel=wheel,
        package=arguments.package and arguments.package.resolve(),
        pattern=arguments.tests,
        stop=arguments.stop,
        expected=expected,
        exceptions={} if arguments.record else verdict.exceptions(),
    )
    if arguments.tests and not verdict.matching(expected, arguments.tests):
        raise ToolError(f"no expected test is called like {arguments.tests}")
    suite.tree()
    started = time.monotonic()
    LOGS.mkdir(parents=True, exist_ok=True)
    for name in names:
        (LOGS / f"{name}.log").write_text("")
    with ThreadPoolExecutor(arguments.jobs) as threads:
        try:
            work = threads.map(functools.partial(_conformance, plan), names)
            outcomes = dict(zip(names, work))
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            kill_running()
            raise
    print("\n" + _summary(plan, names, outcomes))
    if arguments.record and names[0] in plan.results:
        verdict.record(plan.results[names[0]].having("passed"))
        print(f"\nrecorded in {verdict.EXPECTED}")
    passed = sum(o.passed for o in outcomes.values())
    failed = sum(o.failed for o in outcomes.values())
    minutes = (time.monotonic() - started) / 60
    print(f"\nIt took {minutes:.1f} minutes; logs are in {LOGS}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    main_guard(main)
