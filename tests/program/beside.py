# SPDX-License-Identifier: GPL-2.0-or-later
"""The program and hg itself, one after the other: what both print and how they end."""

from __future__ import annotations

import os
import re
import subprocess

from hgcommand import HG, hg

PROGRAM = os.environ["VERMILION_PROGRAM"]
NOW = re.compile(rb"\w{3} \w{3} \d\d \d\d:\d\d:\d\d 20\d\d [+-]\d{4}")
THOROUGH = os.environ.get("VERMILION_THOROUGH") == "1"


def outcome(program, words, cwd, env):
    done = subprocess.run(
        [*program, *words],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
    )
    return compared(done.returncode, done.stdout, done.stderr)


def compared(status, stdout, stderr):
    # What is changed now has the date of now.
    return status, NOW.sub(b"now", stdout), stderr


def committed(root):
    """Makes a repository with a changeset of one file."""
    hg("init", root)
    (root / "a").write_text("0\n")
    hg("commit", "-qAm", "0", "-u", "u", cwd=root)
    return root


def explained(words, cwd, env):
    return outcome([PROGRAM, "hg", "--explain"], words, cwd, env)[1].decode()


def check(words, cwd, env):
    ours = outcome([PROGRAM, "hg"], words, cwd, env)
    assert ours == outcome([HG], words, cwd, env), (words, cwd)
