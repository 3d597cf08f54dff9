# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the wheels into dist/, for Linux systems much older than this one, and probes.

They are those of the hosts, hpy-host; of hpy-build, which builds extensions; and of vermilion,
which needs the hosts.

How that is done, and what names the wheels, stands in hpy-build/python/hpy_build. The
probes are small extensions that tests load, built by the same means.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Callable, NamedTuple, TextIO

import venvs
from common import ROOT, ToolError, Word, clean_env, locked, say

# The oldest that Rust's standard library runs on.
GLIBC = "2.17"
MANYLINUX, MUSLLINUX = f"manylinux_{GLIBC.replace('.', '_')}_", "musllinux_1_2_"
DIST = ROOT / "dist"
# By distribution: what `build` makes wheels of.
PROJECTS = {
    "hpy_host": ROOT / "hpy-host",
    "hpy_build": ROOT / "hpy-build",
    "vermilion": ROOT,
}
# Modules by crate: of the bindings' tests, and of those of the graph as other native modules ask it.
PROBES = {"hpy-probe": "probe", "graph-probe": "graph_probe"}
# The folder of hpy_build, which does the building.
HELPER = ROOT / "hpy-build" / "python"
BUILD_REQUIREMENTS = ROOT / "tools" / "requirements-build.txt"
# All that native code is built of, and what the wheels have besides.
BINDINGS = (
    "Cargo.toml",
    "Cargo.lock",
    "hpy-shim",
    "hpy-macros",
    "hpy-bindings",
    "graph-capi",
    "hpy-build",
)
SOURCES = (
    *(*BINDINGS, "core", "hg", "native", "hpy-host", "python", "setup.py", "pyproject.toml"),
    *("README.md", "MANIFEST.in", "tools/requirements-build.txt", "examples/template"),
)
_MADE = ("__pycache__", "target", "build")


class Machine(NamedTuple):
    """A machine that programs are compiled for here: its target triple, and what compiles for it."""

    name: str
    triple: str
    compiler: Mapping[str, str]

    @property
    def variables(self) -> dict[str, str]:
        """The variables that cargo and hpy_build need for it."""
        target = str(ROOT / "target" / self.name)
        libc = {} if self.triple.endswith("-musl") else {"HPY_GLIBC": GLIBC}
        found = {"CARGO_BUILD_TARGET": self.triple, "CARGO_TARGET_DIR": target}
        return {**libc, **found, **self.compiler}

    @property
    def platform(self) -> str:
        """The beginning of the platform that its wheels are for."""
        return MUSLLINUX if self.triple.endswith("-musl") else MANYLINUX


class Wheels(NamedTuple):
    """The wheels that `build` makes."""

    host: Path
    build: Path
    vermilion: Path


def build() -> Wheels:
    """Makes dist/ hold exactly the wheels of the sources as they are; returns them."""
    return Wheels(*once("wheel", SOURCES, _build))


def build_for(other: Machine) -> list[Path]:
    """Makes the wheels with native code for another machine; returns them."""
    projects = {name: PROJECTS[name] for name in ("hpy_host", "vermilion")}
    dist = ROOT / "build" / "wheels" / other.name
    return once(f"wheel-{other.name}", SOURCES, lambda: _build(projects, dist, other))


def _build(
    projects: Mapping[str, Path] = PROJECTS,
    dist: Path = DIST,
    other: Machine | None = None,
) -> list[Path]:
    python = build_python()
    with tempfile.TemporaryDirectory(prefix="vermilion-wheel-") as scratch:
        # setuptools would take up files that the sources no longer have.
        for folder in projects.values():
            for stale in (folder / "build").glob("lib*"):
                shutil.rmtree(stale)
        say(f"building wheels into {dist.relative_to(ROOT)}")
        _run_shown(["cargo", "fetch", "--locked"], clean_env())
        command: list[Word] = [python, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps"]
        command += ["--wheel-dir", scratch, *projects.values()]
        variables = other.variables if other else {"HPY_GLIBC": GLIBC}
        _run_shown(command, build_env(python, **variables))
        platform = other.platform if other else MANYLINUX
        wheels = [next(Path(scratch).glob(f"{name}-*.whl")) for name in projects]
        for wheel in wheels:
            native = wheel.name.partition("-")[0] != "hpy_build"
            if (platform in wheel.name) != native or "-py3-none-" not in wheel.name:
                raise ToolError(f"a wheel is not for every Python on {platform}: {wheel.name}")
        shutil.rmtree(dist, ignore_errors=True)
        dist.mkdir(parents=True)
        return [Path(shutil.copy(wheel, dist)) for wheel in wheels]


def platforms(wheel: Path) -> list[str]:
    """Returns the platforms that the name of a wheel tells."""
    return wheel.stem.split("-")[-1].split(".")


def build_python() -> Path:
    """Returns the Python of the environment with everything a build needs, pip included."""
    return venvs.make(None, "build", [BUILD_REQUIREMENTS])


def build_env(python: Path, **variables: str) -> dict[str, str]:
    """Returns the variables with which `python`, that of `build_python`, finds its programs."""
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    return clean_env({"PATH": path, **variables})


def build_probes(other: Machine | None = None) -> list[Path]:
    """Builds the extension modules `probe` and `graph_probe`, maybe for another machine; returns them."""
    sources = (*BINDINGS, "tests/hpy/probe", "tests/python/graph-probe")
    name = f"probe-{other.name}" if other else "probe"
    return once(name, sources, lambda: _build_probes(ROOT / "build" / name, other))


def _build_probes(folder: Path, other: Machine | None) -> list[Path]:
    python = build_python()
    code = f"import hpy_build, pathlib\ncrates = {list(PROBES)}\n"
    code += "made = hpy_build.build(pathlib.Path.cwd(), crates, ['--locked'])\n"
    code += "print(*(made[crate] for crate in crates), sep='\\n')"
    env = build_env(python, HPY_PROFILE="probe", PYTHONPATH=str(HELPER))
    env.update(other.variables if other else {"HPY_GLIBC": GLIBC})
    say("building the probes")
    made = _run_shown([python, "-c", code], env, stdout=subprocess.PIPE)
    probes = [folder / f"{module}.hpy0.so" for module in PROBES.values()]
    folder.mkdir(parents=True, exist_ok=True)
    for file, probe in zip(made.splitlines(), probes):
        # Whoever has the one before in memory keeps it.
        new = probe.with_suffix(".new")
        shutil.copyfile(file, new)
        new.replace(probe)
    return probes


def once(name: str, sources: Sequence[str], make: Callable[[], list[Path]]) -> list[Path]:
    """Returns what `make` makes of some files and folders; it is called where they changed.

    Several processes may ask at the same time: one makes it, the others wait. What failed is
    not tried again in the same run of all tests (VERMILION_RUN).
    """
    stamp = ROOT / "build" / f"{name}.json"
    with locked(name):
        state = hashlib.sha256(str(_state(sources)).encode()).hexdigest()
        failed = {"failed": f"{os.environ.get('VERMILION_RUN')} {state}"}
        try:
            known = json.loads(stamp.read_text())
        except (OSError, ValueError):
            known = {}
        if known == failed and "VERMILION_RUN" in os.environ:
            raise ToolError(f"{name} could not be built")
        made = [ROOT / file for file in known.get("made", ())]
        if known.get("sources") != state or not all(file.is_file() for file in made):
            stamp.parent.mkdir(exist_ok=True)
            stamp.write_text(json.dumps(failed))
            made = make()
            files = [str(file.relative_to(ROOT)) for file in made]
            stamp.write_text(json.dumps({"sources": state, "made": files}))
        return made


def _state(sources: Sequence[str]) -> list[tuple[str, int, int]]:
    """Returns name, size and time of all files in `sources`, without what tools left there."""
    found = []
    for source in sources:
        place = ROOT / source
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            inner = file.relative_to(ROOT)
            made = any(part in _MADE or part.endswith(".egg-info") for part in inner.parts)
            if file.is_file() and not made:
                facts = file.stat()
                found.append((str(inner), facts.st_size, facts.st_mtime_ns))
    return found


def _run_shown(
    command: Sequence[Word], env: dict[str, str], stdout: int | TextIO = sys.stderr
) -> str:
    """Runs a long command whose messages the user wants to see as they come."""
    done = subprocess.run(
        [os.fspath(c) for c in command],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        cwd=ROOT,
        text=True,
    )
    if done.returncode != 0:
        raise ToolError(f"the build failed with exit status {done.returncode}")
    return done.stdout or ""
