# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs at a terminal of their own."""

from __future__ import annotations

import os
import pty
import signal
import struct
import subprocess
import termios
import threading
import time
from fcntl import ioctl

# Before keys that are not shown.
SECRET = b"\0"


def at_a_terminal(words, cwd, env, columns=70, send=(), errors=None):
    """Runs a command at a terminal of its own; returns its status and what the terminal shows.

    `send` has pairs: what must be shown first, and the keys pressed then. Those after SECRET wait
    until the terminal no longer shows keys: who asks for a password throws away what was typed
    before that.
    """
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))

    def begin():
        ioctl(theirs, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    process = subprocess.Popen(
        words,
        cwd=cwd,
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs if errors is None else errors,
        start_new_session=True,
        preexec_fn=begin,
    )
    os.close(theirs)
    shown = []

    def read():
        while True:
            try:
                shown.append(os.read(ours, 1 << 16))
            except OSError:
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        for after, keys in send:
            secret = keys.startswith(SECRET)
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and not (
                after in b"".join(shown) and not (secret and shows_keys(ours))
            ):
                time.sleep(0.01)
            os.write(ours, keys.removeprefix(SECRET))
        status = process.wait(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise AssertionError(f"no end; shown: {b''.join(shown)!r}") from None
    reader.join()
    os.close(ours)
    return status, b"".join(shown)


def shows_keys(terminal):
    """Tells whether a terminal echoes what is typed."""
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
