#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs sessions of noxfile.py, some at a time, and counts single tests: what `make test` does.

    python3 sessions/run_all.py                       all that have the tag `test`
    python3 sessions/run_all.py -k 'pytest and pypy'  others; the options are nox's

nox has no way of its own to run sessions beside each other. Each runs in a nox of its own,
its output in build/test-logs. The last line says "N passed, N failed".
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import interpreters  # noqa: E402
import venvs  # noqa: E402
from common import (  # noqa: E402
    LOGS,
    ROOT,
    Word,
    clean_env,
    kill_running,
    log_file,
    main_guard,
    run,
    run_logged,
    table,
)

# One more than there are processors, and four at most: tests also wait.
WORKERS = 1 + min(os.cpu_count() or 2, 3)
# Of a session that is a test; others may take hours.
TIMEOUT, LONG = 2400, 10_800
_TAIL = 120
# What builds for minutes: what needs a wheel is not to wait for one in the place of these.
_BUILDS = ("wheel", "rust")
# Sessions that are long on all interpreters; PyPy makes all of them so.
_MINUTES = ("program", "status", "older")
# Lines of cargo's, one for each program, and the last line of our own scripts.
_CARGO = re.compile(r"^test result: .* (\d+) passed; (\d+) failed; (\d+) ignored", re.MULTILINE)
_SCRIPT = re.compile(r"^(\d+) passed, (\d+) failed()$", re.MULTILINE)


@dataclass
class Outcome:
    """Tells how a session went, in single tests."""

    name: str
    word: str = "ok"
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


def _nox(*arguments: Word) -> list[Word]:
    return [venvs.nox_python(), "-m", "nox", "--noxfile", ROOT / "noxfile.py", *arguments]


def _sessions(options: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the sessions chosen: builds and other checks, what takes minutes, the rest."""
    chosen = run(_nox("--list", "--json", *options), cwd=ROOT, timeout=300).splitlines()[-1]
    sessions: list[dict[str, Any]] = json.loads(chosen)

    def rank(session: dict[str, Any]) -> tuple[bool, bool, bool]:
        name = session["session"]
        is_long = "(pypy" in name or name.startswith(_MINUTES)
        return "(" in name, name not in _BUILDS, not is_long

    return sorted(sessions, key=rank)


def _execute(session: dict[str, Any]) -> Outcome:
    outcome = Outcome(session["session"])
    log, report = (log_file(outcome.name, suffix) for suffix in (".log", ".xml"))
    result = log_file(outcome.name, ".json")
    command = _nox("--no-color", "-s", outcome.name, "--report", result)
    started = time.monotonic()
    timeout = TIMEOUT if "test" in session["tags"] else LONG
    # What cannot be built is tried once in a run; nothing is compiled a second time.
    env = clean_env({"VERMILION_RUN": str(os.getpid()), "CARGO_INCREMENTAL": "0"})
    status = run_logged(command, log, env, ROOT, timeout)
    outcome.seconds = time.monotonic() - started
    text = log.read_text(encoding="utf-8", errors="replace")
    try:
        _read_report(outcome, ElementTree.parse(report).getroot())
    except (FileNotFoundError, ElementTree.ParseError):
        for match in [*_CARGO.finditer(text), *list(_SCRIPT.finditer(text))[-1:]]:
            counts = [int(number or 0) for number in match.groups()]
            outcome.passed += counts[0]
            outcome.failed += counts[1]
            outcome.skipped += counts[2]
        # A check is one test.
        outcome.passed += status == 0 and not outcome.passed
    if status != 0:
        outcome.word = "FAILED"
        outcome.failed = outcome.failed or 1
        outcome.failures = outcome.failures or [f"exit status {status}: see {log}"]
    elif result.exists() and '"skipped"' in result.read_text():
        outcome.word, outcome.passed = "skipped", 0
    elif outcome.failed:
        outcome.word = "FAILED"
    _tell(outcome, text)
    return outcome


def _read_report(outcome: Outcome, root: ElementTree.Element) -> None:
    """Takes over what pytest wrote."""
    for case in root.iter("testcase"):
        wrong = [*case.iter("failure"), *case.iter("error")]
        skipped = case.find("skipped")
        where = f"{case.get('classname')}::{case.get('name')}"
        for what in wrong:
            first = (what.get("message") or "").partition("\n")[0][:200]
            outcome.failures.append(f"{where}: {first}")
        if skipped is not None:
            outcome.notes.append(f"skipped: {skipped.get('message')}")
        outcome.failed += bool(wrong)
        outcome.skipped += skipped is not None
        outcome.passed += not wrong and skipped is None
    outcome.notes = sorted(set(outcome.notes))


def _tell(outcome: Outcome, text: str) -> None:
    counts = f"{outcome.passed} passed, {outcome.failed} failed"
    lines = [f"{outcome.word:7} {outcome.name} ({outcome.seconds:.0f} s) {counts}"]
    if outcome.failed:
        tail = text.splitlines()[-_TAIL:]
        lines += [f"  --- the end of {log_file(outcome.name, '.log')}", *("  | " + t for t in tail)]
        lines.append("  ---")
    print("\n".join(lines), flush=True)


def _summary(outcomes: Sequence[Outcome]) -> str:
    """Returns the tables and lists behind all sessions; failures come last."""
    rows: list[tuple[str, ...]] = [("session", "result", "passed", "failed", "skipped", "seconds")]
    for o in outcomes:
        rows.append((o.name, o.word, *map(str, (o.passed, o.failed, o.skipped, round(o.seconds)))))
    lines = ["", table(rows)]
    notes = [f"  {o.name}: {note}" for o in outcomes for note in o.notes]
    lines += ["", "Notes", *notes] * bool(notes)
    words = {outcome.name: outcome.word for outcome in outcomes}
    states = []
    for name in interpreters.NAMES:
        found, word = interpreters.find(name), words.get(f"pytest({name})", "not selected")
        if found and word in ("ok", "FAILED"):
            states.append((name, "tested", f"{found}, {found.origin}: {found.executable}"))
        else:
            why = interpreters.missing(name) if word == "skipped" else word
            states.append((name, "not tested", why))
    lines += ["", "Interpreters", table(states)]
    failures = [f"  {o.name}: {what}" for o in outcomes for what in o.failures]
    lines += ["", "Failures", *failures] * bool(failures)
    return "\n".join(lines)


def main() -> int:
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    shutil.rmtree(LOGS, ignore_errors=True)
    with ThreadPoolExecutor(WORKERS) as workers:
        futures = [workers.submit(_execute, session) for session in _sessions(sys.argv[1:])]
        try:
            outcomes = [future.result() for future in futures]
        except BaseException:
            workers.shutdown(wait=False, cancel_futures=True)
            kill_running()
            raise
    print(_summary(outcomes))
    passed, failed = (sum(getattr(o, what) for o in outcomes) for what in ("passed", "failed"))
    print(f"\nIt took {(time.monotonic() - started) / 60:.1f} minutes; logs are in {LOGS}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    main_guard(main)
