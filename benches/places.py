# SPDX-License-Identifier: GPL-2.0-or-later
"""Interpreters with Mercurial and Vermilion to measure in, and the histories to measure on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# Histories are made as the tests make them; tests/hpy/conformance knows where hpy's sources are.
sys.path[:0] = [str(ROOT / "tools"), str(ROOT)]
sys.path += [str(ROOT / "tests" / name) for name in ("python", "hpy/conformance")]

import build_wheel  # noqa: E402
import histories  # noqa: E402
import interpreters  # noqa: E402
import mercurials  # noqa: E402
import venvs  # noqa: E402
from common import ToolError, Word, cache_dir, clean_env, run, say  # noqa: E402

# Where real histories are looked for; none is part of the project.
DATA = ROOT.parent / "shared" / "data"
PARENTS, BUNDLE = DATA / "pypy.parents.csv.gz", DATA / "hist.hg"
SYNTHETIC_COUNT = 95_391
# What Mercurial on PyPy needs to open a default repository where our extension is not on.
REPAIR = ROOT / "tests" / "hg" / "repair.py"
# Which environment stands for an interpreter where Mercurial does not matter.
INTERPRETERS = {"CPython": "c", "PyPy": "pure"}


def order(program: Sequence[Word], given: dict[str, Any], env: dict[str, str]) -> Any:
    """Gives a program that measures its order, and returns what it found."""
    words = [str(word) for word in program]
    text = json.dumps(given)
    done = subprocess.run(words, input=text, stdout=subprocess.PIPE, env=env, text=True)
    if done.returncode != 0:
        raise ToolError(f"{' '.join(words)} failed")
    return json.loads(done.stdout)


def in_turns(rows: dict[str, Any], rounds: int, warmups: int = 1) -> dict[str, Any]:
    """Runs whole programs in turn: see spawn.py."""
    program = [sys.executable, "-I", "-S", HERE / "spawn.py"]
    found = order(program, {"rows": rows, "rounds": rounds, "warmups": warmups}, clean_env())
    return {row: one["samples"] for row, one in found["rows"].items()}


@contextlib.contextmanager
def scratch(where: Path | None = None) -> Iterator[Path]:
    """Makes a folder that is gone afterwards; large ones belong into the cache."""
    with tempfile.TemporaryDirectory(prefix="vermilion-bench-", dir=where) as made:
        yield Path(made)


class Place(NamedTuple):
    """An environment with a Python, and the environment variables it needs."""

    python: Path
    env: dict[str, str]

    @property
    def hg(self) -> list[str]:
        """The command that runs its Mercurial."""
        return [str(self.python), str(self.python.parent / "hg")]

    @property
    def needs(self) -> dict[str, str]:
        """The extensions that its Mercurial needs where ours is not on."""
        return {"repair": str(REPAIR)} if self.env.get("HGMODULEPOLICY") == "py" else {}

    def work(self, sides: dict[str, Any], rows: dict[str, Any], **more: Any) -> Any:
        """Has worker.py ask its questions here."""
        program = [self.python, "-B", HERE / "worker.py"]
        return order(program, {"sides": sides, "rows": rows, **more}, self.env)


def hgrc(extensions: dict[str, str]) -> str:
    """Returns the settings that enable extensions."""
    return "\n".join(["[extensions]", *(f"{n} = {path}" for n, path in extensions.items()), ""])


class Places:
    """Makes the environments, with our wheel; each is made when first asked for."""

    def __init__(self) -> None:
        self._wheels = build_wheel.build()
        self._made: dict[str, Place | None] = {}
        self.missing: list[str] = []

    def miss(self, what: object) -> None:
        """Puts down what cannot be measured."""
        say(str(what))
        self.missing.append(str(what).splitlines()[0])

    def get(self, peer: str) -> Place | None:
        """Returns the environment of a key of bounds.PEERS; None where it cannot be had."""
        if peer not in self._made and peer == "rust":
            self._made[peer] = self._rust()
        elif peer not in self._made:
            name, env = {"c": ("cpython3.11", {}), "pure": ("pypy", {"HGMODULEPOLICY": "py"})}[peer]
            python = venvs.make(interpreters.get(name), f"bench-{name}")
            mercurials.install(python)
            self._made[peer] = self._with_package(python, env)
        return self._made[peer]

    def demand(self, peer: str) -> Place:
        """Returns that of a peer that there always is."""
        return cast(Place, self.get(peer))

    def _with_package(self, python: Path, env: dict[str, str]) -> Place:
        venvs.uninstall(python, "vermilion", "hpy-host")
        venvs.install(python, self._wheels.host, self._wheels.vermilion)
        return Place(python, clean_env(env))

    def bare(self, kind: str, name: str, requirements: Sequence[Path] = ()) -> Place | None:
        """Returns the interpreter `name` with our package and requirements, but no Mercurial."""
        key = f"{kind}-{name}"
        if key not in self._made:
            try:
                python = venvs.make(interpreters.get(name), f"bench-{key}", requirements)
                self._made[key] = self._with_package(python, {})
            except ToolError as error:
                self._made[key] = self.miss(f"nothing on {name}: {error}")
        return self._made[key]

    def _rust(self) -> Place | None:
        """Mercurial's own Rust takes minutes to build, so it is only used where it is."""
        python = mercurials.rust_extension_python()
        if python is None:
            return self.miss("no Mercurial with its own Rust: nox -s rhg")
        # That environment is somebody else's: our package comes to it from outside.
        extra = cache_dir() / "bench-rust-packages"
        shutil.rmtree(extra, ignore_errors=True)
        extra.mkdir()
        site = venvs.site_packages(self.demand("c").python)
        for name in ("hpy_host", "vermilion"):
            (extra / name).symlink_to(site / name)
        return Place(python, clean_env({"PYTHONPATH": str(extra), "HGMODULEPOLICY": "rust+c"}))


class History(NamedTuple):
    """A repository to ask about, and a bundle or repository for whole commands, if any."""

    name: str
    repository: Path
    facts: dict[str, int]
    changes: Path | None


def history(given: str | None, unbundler: Place) -> History:
    """Returns that of a repository, bundle or csv file of parents, or the real one, or makes one."""
    source = Path(given) if given else PARENTS if PARENTS.exists() else None
    changes = BUNDLE if BUNDLE.exists() else None
    if source and not source.exists():
        raise ToolError(f"there is no history {source}")
    if source and source.is_dir():
        return History(f"the repository {source.name}", source.resolve(), {}, source.resolve())
    if source and source.suffix == ".hg":
        digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
        where = cache_dir() / "bench" / f"unbundled-{digest}"
        if not (where / "complete").exists():
            shutil.rmtree(where, ignore_errors=True)
            env = {**unbundler.env, "HGRCPATH": os.devnull}
            where.parent.mkdir(exist_ok=True)
            form = "--config=format.use-dirstate-v2=no"
            run([*unbundler.hg, "clone", form, "-U", source, where], env=env, timeout=1200)
            (where / "complete").touch()
        return History(f"the bundle {source.name}", where, {}, source.resolve())
    name = source.name if source else "a synthetic history, shaped like that of a large project"
    parents = histories.read(source) if source else histories.like_a_project(SYNTHETIC_COUNT)
    digest = hashlib.sha256(parents.tobytes()).hexdigest()[:16]
    repository = cache_dir() / "bench" / f"index-{digest}"
    if not (repository / "complete").exists():
        shutil.rmtree(repository, ignore_errors=True)
        histories.write_repository(parents, repository)
        (repository / "complete").touch()
    return History(name, repository, histories.statistics(parents), changes)


def load() -> str:
    """Returns the load of the machine."""
    return f"{os.getloadavg()[0]:.1f}"


def describe_machine() -> str:
    """Returns what the figures depend on, as far as the system tells."""
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()) or ["unknown"]
    system = f"{os.uname().sysname} {os.uname().machine}"
    return f"{models[0]}, {os.cpu_count()} threads, {system}"
