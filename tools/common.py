# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts that the project's tools share: places, locks, and running programs.

Only the standard library is used, on Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Callable, Union

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "test-logs"

# Variables of the caller that would change what a child interpreter imports, how it
# loads HPy modules, how fast it starts, or what a child cargo or nox believes about its parent.
_UNWANTED = (
    "HGRCPATH",
    "HGMODULEPOLICY",
    "HGPLAIN",
    "HPY",
    "HPY_HOST",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "NOXSESSION",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSAFEPATH",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
)


# One word of a command line.
Word = Union[str, Path]


class ToolError(Exception):
    """Says in one message, without a traceback, what the user has to know of."""


def cache_dir() -> Path:
    """Returns the folder that keeps fetched interpreters and environments between runs."""
    configured = os.environ.get("VERMILION_CACHE")
    path = Path(configured).expanduser().resolve() if configured else ROOT / "build" / "cache"
    path.mkdir(parents=True, exist_ok=True)
    return path


def log_file(session: str, suffix: str) -> Path:
    """Returns the file for a kind of record of a session of noxfile.py."""
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / (re.sub(r"[^\w.]+", "-", session).strip("-") + suffix)


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Holds the lock `name` of the cache; other processes wait for it.

    The kernel lets go of the lock when its holder dies, so a killed run leaves
    nothing to clean up.
    """
    directory = cache_dir() / "locks"
    directory.mkdir(exist_ok=True)
    with open(directory / name, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that prepares {name}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def say(message: str) -> None:
    """Tells the user about progress (on stderr: stdout is for answers)."""
    print(message, file=sys.stderr, flush=True)


def clean_env(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Returns the caller's environment without what would leak into child interpreters."""
    env = {k: v for k, v in os.environ.items() if k not in _UNWANTED}
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    env["PIP_ROOT_USER_ACTION"] = "ignore"
    env["PIP_NO_INPUT"] = "1"
    env.update(extra or {})
    return env


def shown(command: Sequence[Word]) -> str:
    """Returns a command as one could type it."""
    return " ".join(shlex.quote(os.fspath(part)) for part in command)


def run(
    command: Sequence[Word],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    attempts: int = 1,
) -> str:
    """Runs a program without a terminal and returns what it printed.

    Raises ToolError with the command and the end of its output when it fails.
    `attempts` above one is for commands that talk to the network.
    """
    for attempt in range(1, attempts + 1):
        try:
            done = subprocess.run(
                [os.fspath(part) for part in command],
                cwd=cwd,
                env=dict(clean_env() if env is None else env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=timeout,
            )
        except FileNotFoundError as error:
            raise ToolError(f"cannot run {command[0]}: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise ToolError(f"no end after {timeout:.0f} s: {shown(command)}") from None
        if done.returncode == 0:
            return done.stdout
        if attempt < attempts:
            time.sleep(2 * attempt)
    tail = "\n".join(done.stdout.splitlines()[-40:])
    raise ToolError(f"exit status {done.returncode}: {shown(command)}\n{tail}")


_running: set[int] = set()


def run_logged(
    command: Sequence[Word], log: Path, env: Mapping[str, str], cwd: Path, timeout: float
) -> int:
    """Runs a program with its output at the end of a file; returns its exit status.

    It is killed, with all that it started, after `timeout` seconds and by `kill_running`.
    """
    with open(log, "ab") as file:
        process = subprocess.Popen(
            [os.fspath(part) for part in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _running.add(process.pid)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            kill_running(process.pid)
            file.write(f"killed: no end after {timeout:.0f} s\n".encode())
            return process.wait()
        finally:
            _running.discard(process.pid)


def kill_running(*pids: int) -> None:
    """Kills these programs of `run_logged`, or all, with what they started."""
    for pid in pids or tuple(_running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Returns rows in aligned columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in rows)


def main_guard(main: Callable[[], int]) -> None:
    """Runs a tool's `main` and turns ToolError into a message and exit status 2."""
    try:
        sys.exit(main())
    except ToolError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
