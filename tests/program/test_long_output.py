# SPDX-License-Identifier: GPL-2.0-or-later
"""What takes long to print is shown as it is made, and not held back until the end."""

from __future__ import annotations

import subprocess

import pytest
from conftest import made
from hgcommand import hg

FILES, LINES = 30, 2_000


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """A repository whose first changeset cannot be shown as a patch; those behind it are long."""
    root = tmp_path_factory.mktemp("long") / "r"
    hg("init", root)
    for number in range(FILES):
        (root / f"f{number}").write_text(f"{number}\n" * LINES)
        hg("commit", "-qAm", f"change {number}", "-d", "0 0", "-u", "u", cwd=root)
    (root / ".hg/store/data/f0.i").write_bytes(b"")
    return root


@pytest.mark.parametrize("options", [(), ("-G",), ("-v",)])
def test_patches(program, damaged, tmp_path, options):
    expected = hg("log", "-p", *options, "-r", "reverse(1:)", cwd=damaged)
    # Whoever holds everything back until the end has nobody to leave it to.
    nobody = tmp_path / "nobody"
    nobody.write_text("#!/bin/sh\nexit 99\n")
    nobody.chmod(0o755)
    env = {**made(tmp_path, VERMILION_SERVER="0"), "VERMILION_HG": str(nobody)}
    words = [program, "hg", "log", "-p", *options]
    done = subprocess.run(words, cwd=damaged, env=env, stdout=subprocess.PIPE, check=False)
    most = len(expected) * 4 // 5
    assert done.stdout[:most] == expected[:most]
