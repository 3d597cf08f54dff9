# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual environments without pip inside, and the pip and nox that serve them.

Both are in an environment of their own, which the Python that runs the tools makes. Its pip is
put there by whatever can: ensurepip, a pip of that Python, a wheel that the system keeps, or
one out of Debian's archive, as Debian packages pip and ensurepip apart.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import debian
from common import ROOT, ToolError, cache_dir, clean_env, locked, run

if TYPE_CHECKING:
    from interpreters import Interpreter

_REQUIREMENTS = ROOT / "tools" / "requirements-nox.txt"
# Where Debian and Fedora put wheels for environments.
_SYSTEM_WHEELS = (Path("/usr/share/python-wheels"), Path("/usr/share/python-pip-wheels"))


def _some_pip(python: Path) -> Iterator[Sequence[str]]:
    """Yields commands that may be a pip which installs into the environment of `python`."""
    try:
        run([python, "-m", "ensurepip"], timeout=300)
        yield (str(python), "-m", "pip")
    except ToolError:
        pass
    yield (sys.executable, "-m", "pip", "--python", str(python))
    # A wheel of pip can be run as it is.
    for folder in _SYSTEM_WHEELS:
        for wheel in sorted(folder.glob("pip-*.whl"), reverse=True):
            yield (str(python), str(wheel / "pip"))
    debian.unpack("trixie", ["python3-pip-whl"], python.parent.parent / "debian", closure=False)
    for wheel in python.parent.parent.glob("debian/usr/share/python-wheels/pip-*.whl"):
        yield (str(python), str(wheel / "pip"))


def _install_first(python: Path) -> None:
    """Puts pip and nox into a fresh environment by the first pip that can."""
    problems = []
    for pip_command in _some_pip(python):
        try:
            command = (*pip_command, "install", "--quiet", "--requirement", str(_REQUIREMENTS))
            run(command, timeout=600, attempts=2)
            return
        except ToolError as error:
            problems.append(str(error))
    raise ToolError("\n".join([f"no pip works for {sys.executable}", *problems]))


@functools.cache
def nox_python() -> Path:
    """Returns the Python of the environment with nox and the pip that serves all others."""
    return make(None, "nox", [_REQUIREMENTS])


def pip_into(python: str | Path) -> tuple[str, ...]:
    """Returns the command that runs pip for the Python at `python`."""
    return (*pip(), "--python", str(python))


def pip() -> tuple[str, ...]:
    """Returns the command that runs a pip which knows `--python`."""
    return (str(nox_python()), "-m", "pip")


def install(python: Path, *arguments: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Runs `pip install ARGUMENTS` for the environment of `python`; returns its output."""
    command = (*pip_into(python), "install", "--quiet", *map(str, arguments))
    return run(command, env=clean_env(env), timeout=1200, attempts=2)


def uninstall(python: Path, *names: str) -> None:
    """Removes packages; those that are not installed do not matter."""
    run([*pip_into(python), "uninstall", "--quiet", "--yes", *names], timeout=300)


def download(target: Path, *arguments: str) -> list[Path]:
    """Runs `pip download ARGUMENTS` into `target`; returns the files there."""
    target.mkdir(parents=True, exist_ok=True)
    command = (*pip(), "download", "--quiet", "--no-deps", "--dest", str(target), *arguments)
    run(command, timeout=900, attempts=2)
    return sorted(p for p in target.iterdir() if p.is_file())


def make(
    interpreter: Interpreter | None,
    name: str,
    requirements: Sequence[str | Path] = (),
    fresh: bool = False,
) -> Path:
    """Makes the virtual environment `name` in the cache with `requirements`; returns its Python.

    `None` stands for the Python that runs the tools. A requirement given as a
    Path is a requirements file. The environment is made again when the
    interpreter, the requirements or its place differ from last time, or when it has to
    be `fresh`.
    """
    running = getattr(sys, "_base_executable", sys.executable)
    base = interpreter.executable if interpreter else running
    where = cache_dir() / "venvs" / name
    texts = [r.read_text() if isinstance(r, Path) else r for r in requirements]
    identity = run([base, "-c", "import sys; print(sys.version, sys.base_prefix)"])
    wanted = json.dumps([str(where), identity, texts])
    stamp = where / "complete"
    digest = hashlib.sha256(wanted.encode()).hexdigest()
    python = where / "bin" / "python"
    with locked(f"venv-{name}"):
        if not fresh and stamp.exists() and stamp.read_text() == digest:
            return python
        shutil.rmtree(where, ignore_errors=True)
        run([base, "-m", "venv", "--without-pip", where], timeout=300)
        if name == "nox":
            _install_first(python)
        elif requirements:
            arguments: list[str | Path] = []
            for requirement in requirements:
                arguments += ["--requirement"] * isinstance(requirement, Path) + [requirement]
            install(python, *arguments)
        stamp.write_text(digest)
    return python


def site_packages(python: Path) -> Path:
    """Returns the folder of the packages of the environment of `python`."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(run([python, "-c", code]).strip())
