# SPDX-License-Identifier: GPL-2.0-or-later
"""The wheels as the tools of others judge them that look after those of a package index."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import build_wheel
import nox
import venvs
from common import ROOT

from sessions.helpers import run

# Functions of a newer stable ABI are weak in the host, which does without them where they are
# missing; its tests run on 3.9.
ABI3 = "3.12"
PROJECTS = (".", "hpy-host", "hpy-build")
BEST = "10"


def check(session: nox.Session, scratch: Path, made: Sequence[Path]) -> None:
    """Has wheels and the projects checked, in the folder `scratch`."""
    python = venvs.make(None, "audit", [ROOT / "tools" / "requirements-audit.txt"])
    run(session, python.with_name("twine"), "check", "--strict", *made)
    with session.chdir(ROOT):
        run(session, python.with_name("check-wheel-contents"), *made)
        for project in PROJECTS:
            run(session, python.with_name("pyroma"), "--min", BEST, project)
    for wheel in made:
        tags = build_wheel.platforms(wheel)
        if tags != ["any"]:
            told = run(session, python.with_name("auditwheel"), "show", wheel, silent=True)
            (found,) = re.findall(r'platform tag:\s+"(\w+)"', told)
            if found not in tags:
                session.error(f"{wheel.name} is one for {found}")
        with zipfile.ZipFile(wheel) as archive:
            stable = [name for name in archive.namelist() if name.endswith(".abi3.so")]
            archive.extractall(scratch, stable)
        for name in stable:
            command = ("--strict", "--assume-minimum-abi3", ABI3, scratch / name)
            run(session, python.with_name("abi3audit"), *command)
