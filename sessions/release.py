# SPDX-License-Identifier: GPL-2.0-or-later
"""All files of a release, made twice, and what goes with them.

The wheels are built from two clones of the last commit, in folders of different names, with the
commit's date: who builds that commit with the same compilers gets the same bytes.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import nox
from common import ROOT, Word, cache_dir

from sessions import audit
from sessions.helpers import cargo_tool, run

CYCLONEDX = "0.5.9"
# By machine: what builds its wheels, in a clone's folder `tools`.
MACHINES = {
    "x86_64": "build_wheel.build()",
    "aarch64": "build_wheel.build_for(emulated.machine())",
}
# Of these crates there are programs or modules in the wheels.
BUILT = ("native", "hg", "hpy-host")
CHECKSUMS = "SHA256SUMS"


def make(session: nox.Session, scratch: Path, folder: Path, machines: list[str]) -> None:
    """Makes the wheels for some machines twice, and puts them into `folder` with the rest."""
    if run(session, "git", "-C", ROOT, "status", "--porcelain", silent=True):
        session.error("there are changes that are in no commit")
    date = run(session, "git", "-C", ROOT, "log", "-1", "--format=%ct", silent=True).strip()
    places = scratch / "one", scratch / "another" / "place"
    made = [_wheels(session, place, date, machines) for place in places]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for one, other in zip(*made, strict=True):
        if one.name != other.name or one.read_bytes() != other.read_bytes():
            session.error(f"{one} and {other} are not the same")
        shutil.copy(one, folder)
    wheels = sorted(folder.iterdir())
    audit.check(session, scratch / "audit", wheels)
    _bills(session, places[0], date, folder)
    sums = ((hashlib.sha256(file.read_bytes()).hexdigest(), file.name) for file in _all(folder))
    (folder / CHECKSUMS).write_text("".join(f"{digest}  {name}\n" for digest, name in sums))
    session.log(f"{folder}: {', '.join(file.name for file in _all(folder))}")


def _all(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.name != CHECKSUMS)


def _wheels(session: nox.Session, place: Path, date: str, machines: list[str]) -> list[Path]:
    """Clones the project and builds its wheels, all of them with one date."""
    run(session, "git", "clone", "--quiet", "--no-hardlinks", ROOT, place)
    builds = ", ".join(f"*{MACHINES[machine]}" for machine in machines)
    code = f"import build_wheel, emulated\nprint(*({builds},), sep='\\n')"
    env = {"SOURCE_DATE_EPOCH": date, "VERMILION_CACHE": str(cache_dir())}
    env["PYTHONPATH"] = str(place / "tools")
    with session.chdir(place):
        lines = run(session, sys.executable, "-c", code, env=env, silent=True).splitlines()
    return [Path(line) for line in lines if line.endswith(".whl")]


def _bills(session: nox.Session, place: Path, date: str, folder: Path) -> None:
    """Writes a CycloneDX bill of materials for each crate that is in the wheels."""
    program = cargo_tool(session, "cargo-cyclonedx", CYCLONEDX)
    options: tuple[Word, ...] = ("--format", "json", "--spec-version", "1.5")
    with session.chdir(place):
        command = (program / "cargo-cyclonedx", "cyclonedx", *options)
        run(session, *command, env={"SOURCE_DATE_EPOCH": date})
    for crate in BUILT:
        (bill,) = (place / crate).glob("*.cdx.json")
        shutil.copy(bill, folder)
