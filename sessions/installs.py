# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways in which people add Vermilion to the hg that they have, as the README shows them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import build_wheel
import debian
import interpreters
import mercurials
import nox
import venvs
from common import ROOT, Word, cache_dir, clean_env, run as ask

from sessions.helpers import run

SUITE = "trixie"
CONFIGURATION = """
[ui]
username = somebody
[extensions]
vermilion =
[vermilion]
min-files = 0
"""


def check(session: nox.Session, scratch: Path) -> None:
    """Installs it in each way into the folder `scratch`, and looks whether hg uses it."""
    python = venvs.make(None, "installs", [ROOT / "tools" / "requirements-installs.txt"])
    host, _, vermilion = build_wheel.build()
    (scratch / "hgrc").write_text(CONFIGURATION)
    for name, hg, env in (
        _by_uv(session, python, scratch, [vermilion, host]),
        _by_pipx(session, python, scratch, [vermilion, host]),
        _by_pip(scratch, [vermilion, host]),
    ):
        env = {**clean_env(), **env, "HGRCPATH": str(scratch / "hgrc")}
        root, counts = scratch / name / "repository", scratch / name / "counts"
        ask([*hg, "init", root], env=env)
        (root / "file").write_text("text\n")
        told = ask([*hg, "status"], cwd=root, env={**env, "VERMILION_COUNTS": str(counts)})
        served = json.loads(counts.read_text())["served"]["status"]
        if told != "? file\n" or not served:
            session.error(f"hg installed by {name} says {told!r}, by Vermilion: {served}")
        version = ask([*hg, "version", "-q"], env=env).strip()
        session.log(f"{name}: {version} with Vermilion")


def _by_uv(
    session: nox.Session, python: Path, scratch: Path, wheels: Sequence[Path]
) -> tuple[str, list[Word], dict[str, str]]:
    place = scratch / "uv"
    env = {"UV_TOOL_DIR": str(place / "tools"), "UV_TOOL_BIN_DIR": str(place / "bin")}
    command: list[Word] = [python.with_name("uv"), "tool", "install", "--quiet"]
    command += [f"mercurial=={mercurials.VERSION}"]
    command += [word for wheel in wheels for word in ("--with", wheel)]
    run(session, *command, env={**env, "UV_CACHE_DIR": str(place / "cache")})
    return "uv", [place / "bin" / "hg"], {}


def _by_pipx(
    session: nox.Session, python: Path, scratch: Path, wheels: Sequence[Path]
) -> tuple[str, list[Word], dict[str, str]]:
    place = scratch / "pipx"
    env = {"PIPX_HOME": str(place / "home"), "PIPX_BIN_DIR": str(place / "bin")}
    pipx = python.with_name("pipx")
    run(session, pipx, "install", f"mercurial=={mercurials.VERSION}", env=env)
    run(session, pipx, "inject", "mercurial", *wheels, env=env)
    return "pipx", [place / "bin" / "hg"], {}


def _by_pip(scratch: Path, wheels: Sequence[Path]) -> tuple[str, list[Word], dict[str, str]]:
    """Installs it for a user of Debian's hg."""
    packages = ["mercurial", "mercurial-common"]
    tree = debian.kept(SUITE, packages, cache_dir() / f"mercurial-{SUITE}", closure=False)
    python = interpreters.get("cpython3.13").executable
    place = tree / "usr" / "lib" / "python3" / "dist-packages"
    env = {"PYTHONUSERBASE": str(scratch / "pip"), "PYTHONPATH": str(place)}
    command = [*venvs.pip_into(python), "install", "--quiet", "--user", "--break-system-packages"]
    ask([*command, *wheels], env=clean_env(env), timeout=600)
    return "pip", [python, tree / "usr" / "bin" / "hg"], env
