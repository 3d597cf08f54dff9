# SPDX-License-Identifier: GPL-2.0-or-later
"""`vermilion hg log --graph` on random histories, beside hg itself."""

from __future__ import annotations

import os
import random
import subprocess

import pytest
from conftest import made
from hgcommand import CommandServer, hg

PROGRAM = os.environ["VERMILION_PROGRAM"]
THOROUGH = os.environ.get("VERMILION_THOROUGH") == "1"
# One line, two, and more than the graph has by itself.
TEXTS = (r"{rev}\n", r"{rev}\n{node}\n", r"{rev}\na\n\nb\nc\n", "")


def history(chooser, size):
    """Returns a history as `hg debugbuilddag` reads it."""
    parts = ["+1"]
    for rev in range(1, size):
        back = chooser.randrange(1, min(rev, 12) + 1)
        merge = f"*1/{back}" if back > 1 else "+1"
        parts.append(chooser.choice(["+1", f"*{back}", f"*{back}", merge, merge, "$+1"]))
    return "".join(parts)


@pytest.mark.parametrize("seed", range(40 if THOROUGH else 4))
def test_random_histories(seed, tmp_path):
    chooser = random.Random(seed)
    size = chooser.randrange(5, 60)
    root = tmp_path / "r"
    hg("init", root)
    hg("debugbuilddag", history(chooser, size), cwd=root)
    home = tmp_path / "home"
    home.mkdir()
    env = made(home, VERMILION_SERVER="0")
    server = CommandServer(root, env)
    for _ in range(30):
        words = ["log", "-G"]
        text = chooser.choice(TEXTS)
        if text:
            words += ["-T", text]
        how = chooser.randrange(4)
        if how:
            # Of few, most edges lead to ancestors or end.
            some = chooser.sample(range(size), min(size, chooser.randrange(1, size // how + 2)))
            words += ["-r", "+".join(f"rev({rev})" for rev in some)]
        if chooser.random() < 0.2:
            words += ["-l", str(chooser.randrange(1, size))]
        told = subprocess.run([PROGRAM, "hg", "--explain", *words], cwd=root, env=env, stdout=-1)
        assert told.stdout == b"natively\n", words
        ours = subprocess.run([PROGRAM, "hg", *words], cwd=root, env=env, stdout=-1, stderr=-1)
        assert (ours.returncode, ours.stdout, ours.stderr) == server.run(words), words
    server.close()
