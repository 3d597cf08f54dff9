# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages of examples/ports: which releases they are written after, and their wheels.

Each is one wheel for all interpreters.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import build_wheel
import sdists
from common import ROOT

from sessions import examples

PLACE = ROOT / "build" / "ports"


class Upstream(NamedTuple):
    """The release whose interface a port has."""

    name: str
    version: str
    sha256: str


# By the folders of the ports.
PORTS = {
    "rpds": Upstream(
        "rpds-py",
        "2026.9.1",
        "4793ef7f78268b124b73fa933440f01d258bbae01de9fa53e9080c9ab0425a12",
    ),
    "blake3": Upstream(
        "blake3",
        "1.0.11",
        "d73c0a87304d41045f6753a922113bede3ab09eda2d20371566a5bbe357c3deb",
    ),
    "uuid": Upstream(
        "uuid-utils",
        "1.2.0",
        "8a8bd1120a8bc5a6656a1c580d66a050af430b05d017da526ec0b0a06715bf70",
    ),
    "nh3": Upstream(
        "nh3",
        "0.3.8",
        "5c5a315abc2e9d5d78ce1ba6b592a1ef8cbc7e535dfb1e641966768e87870fe3",
    ),
}


def build() -> list[Path]:
    """Builds a wheel of each port; returns them."""
    sources = (*build_wheel.BINDINGS, "examples/ports", "sessions/port_wheels.py")
    return build_wheel.once("ports", sources, lambda: wheels(PLACE, examples.variables()))


def wheels(place: Path, env: Mapping[str, str]) -> list[Path]:
    """Builds them in a folder, outside of the source tree."""
    shutil.rmtree(place, ignore_errors=True)
    copies = [examples.copy(f"ports/{name}", place / name) for name in PORTS]
    return examples.wheels(copies, place / "wheels", env)


def manifests() -> list[Path]:
    """Returns the manifests of the ports as they were built."""
    return [PLACE / name / "Cargo.toml" for name in PORTS]


def tests(port: str) -> Path:
    """Returns the folder with upstream's tests."""
    found = PORTS[port]
    wanted = sdists.Sdist(found.name, found.version, found.sha256, "maturin", ("tests",))
    return sdists.tree(wanted) / "tests"
