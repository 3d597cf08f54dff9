"""Runs named steps, several at a time, and tells how they went.

What a step prints goes into a log file of its own; the end of that log is shown
when the step fails.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Mapping, Sequence

from common import ToolError, Word, clean_env, shown

_TAIL = 120


@dataclass
class Outcome:
    """How a step went, in single tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    ran: bool = True

    @property
    def word(self) -> str:
        """The outcome in a word, for a table."""
        if not self.ran:
            return "not run"
        return "FAILED" if self.failed else "ok"


@dataclass(frozen=True)
class Step:
    """`action` gets a Log to run its programs with.

    It starts once the steps it `needs` have succeeded and those it comes `after`
    have ended, however they ended.
    """

    name: str
    action: Callable[[Log], Outcome]
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Log:
    """Runs a step's programs with their output in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")

    def write(self, text: str) -> None:
        """Add a line."""
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def run(
        self,
        command: Sequence[Word],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 1200,
    ) -> tuple[int, str]:
        """Run a program; returns its exit status and what it printed."""
        self.write(f"$ {shown(command)}")
        start = self.path.stat().st_size
        with open(self.path, "ab") as file:
            process = subprocess.Popen(
                [os.fspath(part) for part in command],
                cwd=cwd,
                env=dict(clean_env() if env is None else env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            _running.add(process.pid)
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                _kill(process.pid)
                status = process.wait()
                self.write(f"killed: no end after {timeout:.0f} s")
            finally:
                _running.discard(process.pid)
        return status, self.path.read_bytes()[start:].decode("utf-8", "replace")


_running: set[int] = set()


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Runner:
    """Executes steps on `workers` threads, in the order given where they may."""

    def __init__(self, steps: Sequence[Step], logs: Path, workers: int = 2) -> None:
        self._waiting = list(steps)
        self._logs = logs
        self._workers = workers
        self._changed = threading.Condition()
        self._stopping = False
        self.outcomes: dict[str, Outcome] = {}

    def run(self) -> dict[str, Outcome]:
        """Execute all steps; returns their outcomes by name.

        When told to stop (SIGINT or SIGTERM), the steps' programs are killed.
        """
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self._workers)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.5)
        except KeyboardInterrupt:
            self._stopping = True
            for pid in list(_running):
                _kill(pid)
            raise
        return self.outcomes

    def _next(self) -> Step | None:
        """The next step to execute; waits for one, and returns None after the last."""
        with self._changed:
            while self._waiting and not self._stopping:
                for step in self._waiting:
                    if all(name in self.outcomes for name in (*step.needs, *step.after)):
                        self._waiting.remove(step)
                        return step
                self._changed.wait()
            return None

    def _work(self) -> None:
        while True:
            step = self._next()
            if step is None:
                return
            bad = [name for name in step.needs if self.outcomes[name].failed]
            if bad:
                outcome = Outcome(failed=1, notes=[f"needs {', '.join(bad)}"], ran=False)
            else:
                outcome = self._execute(step)
            with self._changed:
                self.outcomes[step.name] = outcome
                self._changed.notify_all()

    def _execute(self, step: Step) -> Outcome:
        log = Log(self._logs / (step.name.replace(" ", "-").replace("=", "-") + ".log"))
        started = time.monotonic()
        try:
            outcome = step.action(log)
        except (ToolError, OSError, subprocess.SubprocessError) as error:
            log.write(f"error: {error}")
            outcome = Outcome(failed=1, failures=[str(error).splitlines()[0]])
        outcome.seconds = time.monotonic() - started
        counts = (
            f"{outcome.passed} passed, {outcome.failed} failed"
            if outcome.passed or outcome.failed
            else ""
        )
        text = f"{outcome.word:7} {step.name} ({outcome.seconds:.0f} s) {counts}".rstrip()
        if outcome.failed:
            tail = log.path.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]
            text = "\n".join(
                [text, f"  --- the end of {log.path}", *("  | " + line for line in tail), "  ---"]
            )
        with self._changed:
            print(text, flush=True)
        return outcome


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows in aligned columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in rows)
