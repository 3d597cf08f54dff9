# SPDX-License-Identifier: MIT OR Apache-2.0
"""Judges a run of HPy's tests: against what hpy itself passes, and the exceptions."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common import ToolError

HERE = Path(__file__).resolve().parent
EXPECTED = HERE / "expected.txt"
EXCEPTIONS = HERE / "exceptions.txt"
# More would be a host that is not done.
MOST_EXCEPTIONS = 5


def expected() -> list[str]:
    """The ids of the tests that hpy 0.9.0 passes on CPython."""
    return EXPECTED.read_text(encoding="utf-8").split()


def record(ids: Iterable[str]) -> None:
    """Make these the expected ones."""
    EXPECTED.write_text("".join(f"{test}\n" for test in sorted(ids)), encoding="utf-8")


def exceptions() -> dict[str, dict[str, str]]:
    """For each interpreter the tests that may fail there, and why.

    Raises ToolError when there are too many, or some that cannot be.
    """
    known = set(expected())
    found: dict[str, dict[str, str]] = {}
    for number, line in enumerate(EXCEPTIONS.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            interpreter, test, reason = line.split(None, 2)
        except ValueError:
            raise ToolError(f"{EXCEPTIONS}:{number}: not 'interpreter test reason'") from None
        if test not in known or test in found.get(interpreter, {}):
            raise ToolError(f"{EXCEPTIONS}:{number}: no such expected test, or twice: {test}")
        if interpreter.startswith("cpython"):
            raise ToolError(f"{EXCEPTIONS}:{number}: CPython has no exceptions")
        found.setdefault(interpreter, {})[test] = reason
    for interpreter, tests in found.items():
        if len(tests) > MOST_EXCEPTIONS:
            raise ToolError(f"{EXCEPTIONS}: more than {MOST_EXCEPTIONS} for {interpreter}")
    return found


def matching(ids: Iterable[str], pattern: str | None) -> list[str]:
    """The ids that contain `pattern`, or match it where it has wildcards."""
    if pattern is None:
        return list(ids)
    # Brackets belong to the ids.
    glob = pattern if "*" in pattern or "?" in pattern else f"*{pattern}*"
    return [test for test in ids if fnmatch.fnmatchcase(test, glob.replace("[", "[[]"))]


@dataclass
class Results:
    """What a run of the suite on one interpreter gave, out of the plugin's events."""

    outcomes: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    binaries: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, events: Path) -> Results:
        """The results so far; a test that began and did not end is "unfinished"."""
        results = cls()
        lines = events.read_text(encoding="utf-8").splitlines() if events.exists() else []
        for line in lines:
            results._add(json.loads(line))
        return results

    def _add(self, event: dict[str, Any]) -> None:
        if event["event"] == "begin":
            self.outcomes[event["test"]] = "unfinished"
        elif event["event"] == "end":
            self.outcomes[event["test"]] = event["outcome"]
            self.reasons[event["test"]] = event["reason"]
        elif event["event"] == "binary":
            self.binaries.add(event["key"])
        elif event["event"] == "host":
            self.hosts.add(event["version"])

    def having(self, outcome: str) -> list[str]:
        """The tests with that outcome."""
        return [test for test, o in self.outcomes.items() if o == outcome]


def judge(
    interpreter: str, results: Results, wanted: Iterable[str], excepted: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """What is wrong with a run, and what else is worth telling; a sentence each.

    `wanted` are the tests that should have run. PyPy may skip what the suite itself
    skips where references are not counted.
    """
    wrong, notes = [], []
    fine = {"passed"} if interpreter.startswith("cpython") else {"passed", "skipped"}
    for test in wanted:
        outcome = results.outcomes.get(test, "not run")
        reason = results.reasons.get(test, "")
        if test in excepted and outcome == "failed":
            notes.append(f"exception: {test}: {excepted[test]}")
        elif test in excepted:
            if outcome == "passed":
                wrong.append(f"{test} passes: no exception any more")
            else:
                wrong.append(f"{test}: {outcome}, which no exception covers")
        elif outcome not in fine:
            wrong.append(f"{test}: {outcome}: {reason}".rstrip(": "))
    for test in sorted(set(results.outcomes) - set(wanted)):
        outcome = results.outcomes[test]
        if outcome == "crashed":
            wrong.append(f"{test}: crashed: {results.reasons.get(test, '')}")
        elif outcome == "failed":
            notes.append(f"fails with hpy too: {test}: {results.reasons.get(test, '')}")
    return wrong, notes
