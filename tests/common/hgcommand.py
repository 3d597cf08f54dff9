# SPDX-License-Identifier: GPL-2.0-or-later
"""The hg that makes the repositories of tests, with the options that all of them have."""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

HG = os.environ["VERMILION_HG"]
CONFIG = {
    "ui.username": "me",
    "phases.publish": "no",
    "experimental.evolution": "all",
    "extensions.facts": Path(__file__).with_name("hgfacts.py"),
}


def hg(*arguments, cwd=None):
    """Runs hg, which must succeed; returns what it prints."""
    options = [f"--config={name}={value}" for name, value in CONFIG.items()]
    env = {key: value for key, value in os.environ.items() if not key.startswith("HG")}
    env.update(HGRCPATH=os.devnull, HGENCODING="utf-8", HGPLAIN="1")
    command = [HG, *options, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class CommandServer:
    """An hg that runs one command after the other, without starting anew.

    It speaks Mercurial's own protocol: a request is the word `runcommand` and the arguments with
    NULs between them; what comes back are channels, `o` and `e` for both outputs, `r` at the end.
    """

    def __init__(self, cwd, env):
        command = [HG, "serve", "--cmdserver", "pipe"]
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(command, cwd=cwd, env=env, stdin=pipe, stdout=pipe)
        self._channel()

    def _channel(self):
        channel, length = struct.unpack(">cI", self._server.stdout.read(5))
        return channel, self._server.stdout.read(length)

    def run(self, words):
        """Runs a command; returns its exit status and what it prints on both outputs."""
        request = b"\0".join(os.fsencode(word) for word in words)
        self._server.stdin.write(b"runcommand\n" + struct.pack(">I", len(request)) + request)
        self._server.stdin.flush()
        said = {b"o": [], b"e": []}
        while True:
            channel, data = self._channel()
            if channel == b"r":
                (status,) = struct.unpack(">i", data)
                return status & 0xFF, b"".join(said[b"o"]), b"".join(said[b"e"])
            said[channel].append(data)

    def close(self):
        """Ends it."""
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait()
