# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts Mercurial into virtual environments, as its users would have it.

As a program it prints the path of an `hg`, for the Rust tests where nothing names one.

On CPython it comes with its C parts, from PyPI's wheel or, where there is none, built
once and kept. PyPy loads no C extension of Mercurial: there it is pure Python.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path

import interpreters
import venvs
from common import ToolError, cache_dir, clean_env, locked, run, say

VERSION = "7.2.4"
# Older ones that the extension is for: the last release of each series, and those of Debian.
DEBIAN = ("6.3.2", "7.0.1")
OLDER = (*DEBIAN, "6.3.3", "6.4.5", "6.5.3", "6.6.3", "6.7.4", "6.8.2", "6.9.5", "7.0.3", "7.1.2")
EVOLVE = "12.0.0"
# Extensions that many people use, for the tests beside ours. evolve brings topic along.
BESIDE = (f"hg-evolve=={EVOLVE}", "hg-git==1.2.0", "dulwich==0.22.8")
# A pure Mercurial asks for its native modules unless told otherwise. The hook
# runs when the environment's Python starts, whatever starts it.
_POLICY_HOOK = "import os; os.environ.setdefault('HGMODULEPOLICY', 'py')\n"


def sdist(project: str = "mercurial", version: str = VERSION) -> Path:
    """Returns the folder with the unpacked source distribution of Mercurial or an extension."""
    target = cache_dir() / f"{project}-{version}"
    with locked(f"{project}-sdist"):
        if not target.exists():
            partial = target.with_name(f"{target.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            files = venvs.download(partial, f"--no-binary={project}", f"{project}=={version}")
            with tarfile.open(files[0]) as archive:
                # Pythons older than this filter know nothing of the attribute.
                archive.extraction_filter = getattr(tarfile, "data_filter", None)
                archive.extractall(partial)
            (unpacked,) = (path for path in partial.iterdir() if path.is_dir())
            unpacked.rename(target)
            shutil.rmtree(partial)
    return target


def install(python: Path, version: str = VERSION) -> None:
    """Sees to it that the environment of `python` has a working Mercurial."""
    if _answers(python, version):
        return
    pypy = run([python, "-c", "import sys; print(sys.implementation.name)"]).strip() == "pypy"
    if pypy:
        wheel = pure_wheel(version)
    else:
        wheel = _released_wheel(python, version) or _native_wheel(python, version)
    venvs.install(python, "--no-deps", wheel)
    if wheel.parent == _wheels("pure", version):
        (venvs.site_packages(python) / "mercurial_policy.pth").write_text(_POLICY_HOOK)
    demand(python, version)


def hg() -> Path:
    """Returns an `hg` in an environment of its own, of the Python that runs the tools."""
    python = venvs.make(None, "mercurial")
    with locked("install-mercurial"):
        install(python)
    return python.with_name("hg")


def _wheels(kind: str, version: str) -> Path:
    return cache_dir() / "wheels" / f"mercurial-{version}-{kind}"


def _tag(python: Path) -> str:
    """Returns the name of the binaries that the interpreter loads, such as "cpython-315-x86_64-linux-gnu"."""
    return run([python, "-c", "import sysconfig; print(sysconfig.get_config_var('SOABI'))"]).strip()


def _released_wheel(python: Path, version: str) -> Path | None:
    """Returns PyPI's wheel for the interpreter, if there is one."""
    wheels = _wheels(_tag(python), version)
    with locked("mercurial-released"):
        found = sorted(wheels.glob("mercurial-*.whl"))
        if not found:
            command = [*venvs.pip_into(python), "download", "--quiet", "--no-deps"]
            command += ["--dest", str(wheels), "--only-binary=mercurial", f"mercurial=={version}"]
            try:
                run(command, timeout=900)
            except ToolError:
                return None
            found = sorted(wheels.glob("mercurial-*.whl"))
    return found[0]


def _native_wheel(python: Path, version: str) -> Path:
    """Builds a wheel with C parts for the interpreter; returns a pure one where that fails."""
    wheels = _wheels(_tag(python), version)
    with locked("mercurial-native"):
        found = sorted(wheels.glob("mercurial-*.whl"))
        if found:
            return found[0]
        build = working_copy(sdist(version=version), "mercurial-native-build")
        say(f"building Mercurial {version} for {python}")
        command = [*venvs.pip_into(python), "wheel", "--quiet", "--no-deps"]
        # Only the present one is measured: others need not be fast, which takes minutes.
        env = clean_env({} if version == VERSION else {"CFLAGS": "-O0"})
        try:
            run([*command, "--wheel-dir", wheels, build], env=env, timeout=900)
            return next(wheels.glob("mercurial-*.whl"))
        except ToolError as error:
            say(f"Mercurial's C parts cannot be built for {python}; it will be pure: {error}")
        finally:
            shutil.rmtree(build)
    return pure_wheel(version)


def _answers(python: Path, version: str = VERSION) -> bool:
    """Tells whether there is an `hg` beside `python`, of the version wanted, that works."""
    hg = python.parent / "hg"
    if not hg.exists():
        return False
    env = clean_env({"HGRCPATH": os.devnull, "HGPLAIN": "1"})
    shown = run([hg, "version", "--quiet"], env=env)
    imported = run([python, "-c", "import mercurial.hg; print(mercurial.util.version())"], env=env)
    return version in shown and version in imported


def demand(python: Path, version: str = VERSION) -> None:
    """Raises ToolError where there is no such `hg`."""
    if not _answers(python, version):
        raise ToolError(f"{python.parent / 'hg'} is not Mercurial {version}")


def pure_wheel(version: str = VERSION) -> Path:
    """Returns a wheel of Mercurial without native code, which serves any Python."""
    wheels = _wheels("pure", version)
    source = sdist(version=version)
    with locked("mercurial-pure"):
        found = sorted(wheels.glob("mercurial-*.whl"))
        if not found:
            build = working_copy(source, "mercurial-pure-build")
            say(f"building a pure Mercurial {version}")
            command = (*venvs.pip(), "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels))
            run([*command, "--config-settings=--global-option=--pure", build], timeout=900)
            shutil.rmtree(build)
            found = sorted(wheels.glob("mercurial-*.whl"))
    return found[0]


def working_copy(source: Path, name: str) -> Path:
    """Copies the sources to build in, as building leaves files behind."""
    target = cache_dir() / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    return target


def rhg() -> Path | None:
    """Returns rhg, Mercurial's program in Rust, where it was built, or is named by VERMILION_RHG."""
    program = Path(os.environ.get("VERMILION_RHG") or cache_dir() / "rhg" / "release" / "rhg")
    return program if program.exists() else None


def chg() -> Path:
    """Returns chg, Mercurial's client of a warm server in C, which is built in seconds."""
    program = cache_dir() / f"chg-{VERSION}" / "contrib" / "chg" / "chg"
    with locked("chg"):
        if not program.exists():
            source = sdist() / "contrib" / "chg"
            place = cache_dir() / f"chg-{VERSION}"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(source, program.parent)
            run(["make", "-s", "chg"], cwd=program.parent, timeout=300)
    return program


def rust_extension_python() -> Path | None:
    """Returns the Python of the environment with Mercurial's own Rust, where there is one.

    VERMILION_HG_RUST may name another.
    """
    where = Path(os.environ.get("VERMILION_HG_RUST") or cache_dir() / "venvs" / "mercurial-rust")
    python = where / "bin" / "python"
    return python if python.exists() and _answers(python) else None


def build_rust() -> None:
    """Builds rhg and an environment with Mercurial `--rust`, which takes minutes each."""
    with locked("rhg"):
        say(f"building rhg of Mercurial {VERSION}")
        env = clean_env({"CARGO_TARGET_DIR": str(cache_dir() / "rhg")})
        command = ["nice", "cargo", "build", "--release", "--locked", "--package", "rhg"]
        run(command, cwd=sdist() / "rust", env=env, timeout=3600)
    if rust_extension_python():
        return
    python = venvs.make(interpreters.get("cpython3.11"), "mercurial-rust", fresh=True)
    with locked("mercurial-rust"):
        build = working_copy(sdist(), "mercurial-rust-build")
        say(f"building Mercurial {VERSION} with its Rust extension")
        env = {k: v for k, v in clean_env().items() if k != "CARGO_TARGET_DIR"}
        command = ["nice", *venvs.pip_into(python), "install", "--quiet", "--no-deps"]
        command.append("--config-settings=--global-option=--rust")
        run([*command, build], env=env, timeout=3600)
        shutil.rmtree(build)
        demand(python)
        env["HGMODULEPOLICY"] = "rust+c"
        run([python, "-c", "from mercurial import pyo3_rustext, ancestor"], env=env)
