# SPDX-License-Identifier: GPL-2.0-or-later
"""Interpreters with Mercurial and Vermilion to measure in, and the history to measure on."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
sys.path.append(str(ROOT / "tests" / "conformance"))  # knows where hpy's sources are

import build_wheel  # noqa: E402
import histories  # noqa: E402
import interpreters  # noqa: E402
import mercurials  # noqa: E402
import venvs  # noqa: E402
from common import ToolError, cache_dir, clean_env, run, say  # noqa: E402

# Where a real history is looked for; none is part of the project.
REAL = ROOT.parent / "shared" / "data" / "pypy.parents.csv.gz"
SYNTHETIC_COUNT = 95_391


@dataclass(frozen=True)
class Place:
    """An environment with one Mercurial, and the environment variables it needs."""

    python: Path
    env: dict[str, str]


class Places:
    """Makes the environments; each is made when first asked for.

    `package` is a folder with the package to measure; without one, the wheel is
    built and installed as its users do it.
    """

    def __init__(self, package: Path | None) -> None:
        self._package = package
        self._wheel = None if package else build_wheel.build()
        self._made: dict[str, Place | None] = {}
        self._ways: dict[str, Place] = {}

    def get(self, peer: str) -> Place | None:
        """The environment of a key of bounds.PEERS; None where it cannot be had."""
        if peer not in self._made:
            make = {"c": self._c, "pure": self._pure, "rust": self._rust}[peer]
            self._made[peer] = make()
        return self._made[peer]

    def _c(self) -> Place:
        return self._usual("cpython3.11")

    def _pure(self) -> Place:
        return self._usual("pypy", HGMODULEPOLICY="py")

    def _usual(self, name: str, **variables: str) -> Place:
        python = venvs.make(interpreters.get(name), f"bench-{name}")
        mercurials.install(python)
        return self._with_package(python, name, variables)

    def _with_package(self, python: Path, name: str, variables: dict[str, str]) -> Place:
        """Our package, as its users have it, with hpy where it needs that."""
        if self._wheel:
            venvs.uninstall(python, "vermilion")
            venvs.install(python, self._wheel)
            return Place(python, clean_env(variables))
        if name in ("cpython3.9", "cpython3.10", "cpython3.11"):
            venvs.install(python, "hpy==0.9.0")
        return Place(python, clean_env({**variables, "PYTHONPATH": str(self._package)}))

    def layer(self, name: str, host: str) -> Place:
        """The interpreter `name` with our package, which is to use the host `host`."""
        python = venvs.make(interpreters.get(name), f"bench-layer-{name}")
        return self._with_package(python, name, {"VERMILION_HPY_HOST": host})

    def ways(self, name: str) -> Place:
        """The interpreter `name` with our package and the tools of benches/ways."""
        if name not in self._ways:
            requirements = Path(__file__).resolve().parent / "ways" / "requirements.txt"
            python = venvs.make(interpreters.get(name), f"bench-ways-{name}", [requirements])
            self._ways[name] = self._with_package(python, name, {})
        return self._ways[name]

    def host(self, name: str, *, vermilion: bool) -> Place:
        """The interpreter `name` with our package, if asked for, and nothing else."""
        python = venvs.make(interpreters.get(name), f"bench-hosts-{name}")
        if vermilion and self._wheel:
            venvs.uninstall(python, "vermilion")
            venvs.install(python, "--no-deps", self._wheel)
        if vermilion and self._package:
            return Place(python, clean_env({"PYTHONPATH": str(self._package)}))
        return Place(python, clean_env())

    def add_hpy(self, place: Place) -> None:
        """Install hpy 0.9.0 there, which needs a C compiler where PyPI has no wheel."""
        venvs.install(place.python, "hpy==0.9.0")

    def _rust(self) -> Place | None:
        """Mercurial's own Rust takes minutes to build, so it is only used where it is."""
        given = os.environ.get("VERMILION_HG_RUST")
        where = Path(given) if given else cache_dir() / "venvs" / "mercurial-rust"
        python = where / "bin" / "python"
        if not python.exists() or not (given or (where / "complete").exists()):
            say("Mercurial with its own Rust extension is not there (benches/rhg.py --extension)")
            return None
        # That environment is somebody else's: our package comes to it from outside.
        ours = self._c()
        extra = cache_dir() / "bench-rust-packages"
        shutil.rmtree(extra, ignore_errors=True)
        extra.mkdir()
        site = venvs.site_packages(ours.python)
        for name, place in (("hpy", site), ("vermilion", self._package or site)):
            (extra / name).symlink_to(place / name)
        return Place(python, clean_env({"PYTHONPATH": str(extra), "HGMODULEPOLICY": "rust+c"}))


@dataclass(frozen=True)
class History:
    """A repository to measure on, and what it is."""

    name: str
    repository: Path
    facts: dict[str, int]


def history(given: str | None) -> History:
    """The history named by the user, or the real one, or a synthetic one."""
    source = given or os.environ.get("VERMILION_HISTORY") or (str(REAL) if REAL.exists() else None)
    if source and Path(source).is_dir():
        return History(f"the repository {Path(source).resolve().name}", Path(source).resolve(), {})
    if source:
        if not Path(source).exists():
            raise ToolError(f"there is no history {source}")
        name, parents = Path(source).name, histories.read(Path(source))
    else:
        name = "a synthetic history, shaped like that of a large project"
        parents = histories.like_a_project(SYNTHETIC_COUNT)
    digest = hashlib.sha256(parents.tobytes()).hexdigest()[:16]
    repository = cache_dir() / "bench" / f"history-{digest}"
    if not (repository / "complete").exists():
        shutil.rmtree(repository, ignore_errors=True)
        say(f"writing a repository of {len(parents) // 2:,} revisions")
        histories.write_repository(parents, repository)
        (repository / "complete").touch()
    return History(name, repository, histories.statistics(parents))


def describe_machine() -> dict[str, str]:
    """What the figures depend on, as far as the system tells."""
    with open("/proc/cpuinfo") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": f"{models[0] if models else 'unknown'}, {os.cpu_count()} threads",
        "system": f"{os.uname().sysname} {os.uname().machine}",
        "rust": run(["rustc", "--version"]).strip() if shutil.which("rustc") else "",
        "load": f"{os.getloadavg()[0]:.1f}",
    }
