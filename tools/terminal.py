"""Output for people at a terminal: colours, numbered steps, tables."""
from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import Iterator, Sequence

_COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _paint(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m" if _COLOUR else text


def bold(text: str) -> str:
    """Bold text, where there are colours."""
    return _paint(text, "1")


def faint(text: str) -> str:
    """Text that is less important."""
    return _paint(text, "2")


def good(text: str) -> str:
    """Text about a success."""
    return _paint(text, "32")


def show(text: str = "", indent: int = 2) -> None:
    """Print lines, indented."""
    for line in text.splitlines() or [""]:
        print(" " * indent + line, flush=True)


class Steps:
    """Numbers the steps and tells how long each took."""

    def __init__(self) -> None:
        self.times: list[tuple[str, float]] = []

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce a step, and say at its end how long it took."""
        show("\n" + _paint(f"{len(self.times) + 1}. {title}", "1;31"), indent=0)
        started = time.monotonic()
        yield
        self.times.append((title, time.monotonic() - started))
        show(faint(f"({self.times[-1][1]:.1f} s)"))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows in aligned columns, the first to the left and the others to the right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]
        )

    return "\n".join([bold(line(head)), *map(line, rows)])
