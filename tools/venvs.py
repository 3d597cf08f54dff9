"""Virtual environments without pip inside, and a pip that installs into them.

The pip is that of the Python which runs the tools. Where it has none (Debian
packages it apart) or too old a one, a wheel takes its place, unpacked into the
cache: ensurepip's, the machine's, one the old pip downloads, or Debian's.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Mapping, Sequence

import debian
from common import ToolError, cache_dir, clean_env, locked, run

if TYPE_CHECKING:
    from interpreters import Interpreter

# The first pip that can install into the environments of all our Pythons: it is the
# one that knows CPython 3.15 and still runs on 3.9.
_PIP_FIRST = (26, 0)
# What is fetched where there is only an older one.
_PIP_NEWER = "pip==26.0.1"
_OWN_PIP = (sys.executable, "-m", "pip")
# Where Debian and Fedora put wheels for environments.
_SYSTEM_WHEELS = (Path("/usr/share/python-wheels"), Path("/usr/share/python-pip-wheels"))


def _pip_version(command: Sequence[str]) -> tuple[int, ...] | None:
    try:
        match = re.match(r"pip (\d+)\.(\d+)", run([*command, "--version"], timeout=120))
    except ToolError:
        return None
    return tuple(map(int, match.groups())) if match else None


def _unpacked_pip() -> Path:
    """The folder of a pip out of a wheel, which any Python can run."""
    target = cache_dir() / "pip" / "pip"
    with locked("pip"):
        if not target.exists():
            wheels = [
                w for place in _SYSTEM_WHEELS for w in place.glob("pip-*.whl")
            ] + _ensurepip_wheels()
            wheels = [w for w in wheels if (_wheel_version(w) or (0,)) >= _PIP_FIRST]
            tree = target.parent.with_name("pip.partial")
            shutil.rmtree(tree, ignore_errors=True)
            if not wheels:
                wheels = _fetched_wheels(tree / "fetched")
            with zipfile.ZipFile(wheels[0]) as archive:
                archive.extractall(tree)
            shutil.rmtree(tree / "fetched", ignore_errors=True)
            tree.rename(target.parent)
    return target


def _fetched_wheels(folder: Path) -> list[Path]:
    """A wheel of pip out of PyPI, by an old pip, or out of Debian's archive."""
    if _pip_version(_OWN_PIP):
        fetch = (*_OWN_PIP, "download", "--quiet", "--no-deps", "--dest", str(folder))
        run([*fetch, _PIP_NEWER], timeout=300, attempts=2)
    else:
        debian.unpack("trixie", ["python3-pip-whl"], folder, closure=False)
    wheels = list(folder.rglob("pip-*.whl"))
    if not wheels:
        raise ToolError(f"found no pip: install it for {sys.executable}")
    return wheels


def _ensurepip_wheels() -> list[Path]:
    try:
        import ensurepip
    except ImportError:
        return []
    return list(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))


def _wheel_version(wheel: Path) -> tuple[int, ...] | None:
    match = re.match(r"pip-(\d+)\.(\d+)", wheel.name)
    return tuple(map(int, match.groups())) if match else None


@functools.lru_cache(maxsize=None)
def pip() -> tuple[str, ...]:
    """The command that runs a pip which knows `--python`."""
    if (_pip_version(_OWN_PIP) or (0,)) >= _PIP_FIRST:
        return _OWN_PIP
    return (sys.executable, str(_unpacked_pip()))


@functools.lru_cache(maxsize=None)
def pip_into(python: str) -> tuple[str, ...]:
    """The command that runs pip for the Python at `python`.

    A pip that is too new for that Python gives way to an older one.
    """
    usual = (*pip(), "--python", python)
    if _pip_version(usual):
        return usual
    if _pip_version((python, "-m", "pip")):
        return (python, "-m", "pip")
    run([python, "-m", "ensurepip", "--default-pip"], timeout=300)
    return (python, "-m", "pip")


def install(python: Path, *arguments: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run `pip install ARGUMENTS` for the environment of `python`; returns its output."""
    command = (*pip_into(str(python)), "install", "--quiet", *map(str, arguments))
    return run(command, env=clean_env(env), timeout=1200, attempts=2)


def uninstall(python: Path, *names: str) -> None:
    """Remove packages; those that are not installed do not matter."""
    run([*pip_into(str(python)), "uninstall", "--quiet", "--yes", *names], timeout=300)


def download(target: Path, *arguments: str) -> list[Path]:
    """Run `pip download ARGUMENTS` into `target`; returns the files there."""
    target.mkdir(parents=True, exist_ok=True)
    run(
        [*pip(), "download", "--quiet", "--no-deps", "--dest", str(target), *arguments],
        timeout=900,
        attempts=2,
    )
    return sorted(p for p in target.iterdir() if p.is_file())


def make(
    interpreter: Interpreter | None,
    name: str,
    requirements: Sequence[str | Path] = (),
    fresh: bool = False,
) -> Path:
    """A virtual environment `name` in the cache with `requirements`; returns its Python.

    `None` stands for the Python that runs the tools. A requirement given as a
    Path is a requirements file. The environment is made again when the
    interpreter, the requirements or its place differ from last time, or when it has to
    be `fresh`.
    """
    base = (
        interpreter.executable
        if interpreter
        else Path(getattr(sys, "_base_executable", sys.executable))
    )
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
        pip_into.cache_clear()
        arguments: list[str | Path] = []
        for requirement in requirements:
            arguments += (
                ["--requirement", requirement] if isinstance(requirement, Path) else [requirement]
            )
        if arguments:
            install(python, *arguments)
        stamp.write_text(digest)
    return python


def site_packages(python: Path) -> Path:
    """Where packages of the environment of `python` lie."""
    return Path(
        run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip()
    )
