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


def at_a_terminal(words, cwd, env, columns=70, send=(), errors=None):
    """Runs a command at a terminal of its own; returns its status and what the terminal shows."""
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

    reader = threading.Thread(target=read)
    reader.start()
    for after, keys in send:
        deadline = time.monotonic() + 60
        while after not in b"".join(shown) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.write(ours, keys)
    status = process.wait(timeout=120)
    reader.join()
    os.close(ours)
    return status, b"".join(shown)
