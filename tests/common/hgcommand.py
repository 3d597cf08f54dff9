# SPDX-License-Identifier: GPL-2.0-or-later
"""The hg that makes the repositories of tests, with the options that all of them have."""

from __future__ import annotations

import os
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
