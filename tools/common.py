"""What the project's tools share: places, locks, and running programs.

Only the standard library is used, on Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Iterator, Mapping, Sequence, Union

ROOT = Path(__file__).resolve().parent.parent

# Variables of the caller that would change what a child interpreter imports, how it
# loads HPy modules, how fast it starts, or what a child cargo believes about its parent.
_UNWANTED = (
    "HGRCPATH",
    "HGMODULEPOLICY",
    "HGPLAIN",
    "HPY",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSAFEPATH",
    "VERMILION_HPY_HOST",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
)


# One word of a command line.
Word = Union[str, Path]


class ToolError(Exception):
    """Something the user has to know of, said in one message without a traceback."""


def cache_dir() -> Path:
    """Where fetched interpreters and virtual environments are kept between runs."""
    configured = os.environ.get("VERMILION_CACHE")
    path = Path(configured).expanduser().resolve() if configured else ROOT / "build" / "cache"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock `name` of the cache; other processes wait for it.

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
    """Tell the user about progress (on stderr: stdout is for answers)."""
    print(message, file=sys.stderr, flush=True)


def clean_env(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without what would leak into child interpreters."""
    env = {k: v for k, v in os.environ.items() if k not in _UNWANTED}
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    env["PIP_ROOT_USER_ACTION"] = "ignore"
    env["PIP_NO_INPUT"] = "1"
    env.update(extra or {})
    return env


def shown(command: Sequence[Word]) -> str:
    """A command as one could type it."""
    return " ".join(shlex.quote(os.fspath(part)) for part in command)


def run(
    command: Sequence[Word],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    attempts: int = 1,
) -> str:
    """Run a program without a terminal and return what it printed.

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


def main_guard(main: Callable[[], int]) -> None:
    """Run a tool's `main` and turn ToolError into a message and exit status 2."""
    try:
        sys.exit(main())
    except ToolError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
