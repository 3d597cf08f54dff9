# SPDX-License-Identifier: MIT OR Apache-2.0
"""Makes, builds and tests Python packages with native modules in Rust.

    python -m hpy_build new FOLDER         makes a package to start from, named after its folder
    python -m hpy_build cargo ARGUMENT …   cargo, with the crate hpy-bindings at hand
    python -m hpy_build stubs [--force]    writes _native.pyi of what is built and installed here
    python -m hpy_build test [--python PROGRAM] [--wheel FILE] [-- PYTEST ARGUMENT …]
                                           tests one wheel on every interpreter that is here

All but the first are for the folder of a package. Wheels and sdists are made by pip and by
PyPI's `build`, as of any package.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from setuptools.errors import BaseError

from hpy_build import _backend, _cargo, _interpreters, _project, _stubs


def _new(options: argparse.Namespace) -> int:
    _project.new(options.folder)
    print(f"made {options.folder}: README.md there tells how to go on")
    return 0


def _run_cargo(options: argparse.Namespace) -> int:
    command, *rest = options.arguments or ["help"]
    # Behind the command, as cargo does not hand what stands before it on to programs of others,
    # such as clippy. Rustfmt asks for no crate, and has an option of that name.
    patches = [] if command == "fmt" else _cargo.patches(Path.cwd())
    # What it runs as a build script looks for a Python with pip.
    env = {"PYTHON": sys.executable, **os.environ}
    return subprocess.run([_cargo.program(), command, *patches, *rest], env=env).returncode


def _write_stubs(options: argparse.Namespace) -> int:
    folder = Path.cwd()
    for name in _backend.settings(folder)["modules"]:
        importlib.import_module(name.rpartition(".")[0])
        text = _stubs.stub(importlib.import_module(name))
        path = Path(*name.split(".")).with_suffix(".pyi")
        places = [place / path for place in (folder / "python", folder / "src", folder)]
        target = next((place for place in places if place.parent.is_dir()), places[-1])
        if target.exists() and not options.force:
            print(f"{target.relative_to(folder)} is there already; --force writes it anew")
            continue
        target.write_text(text, "utf-8")
        print(f"wrote {target.relative_to(folder)}")
    return 0


def _test(options: argparse.Namespace) -> int:
    programs = options.python or _interpreters.found()
    given = options.wheel and options.wheel.resolve()
    pytest = [word for word in options.pytest if word != "--"]
    return min(_interpreters.test(Path.cwd(), programs, pytest, given), 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m hpy_build",
        usage="python -m hpy_build {new,cargo,stubs,test} …",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    new = commands.add_parser("new")
    new.add_argument("folder", type=Path)
    new.set_defaults(run=_new)
    cargo = commands.add_parser("cargo", add_help=False)
    cargo.add_argument("arguments", nargs=argparse.REMAINDER)
    cargo.set_defaults(run=_run_cargo)
    stubs = commands.add_parser("stubs")
    stubs.add_argument("--force", action="store_true", help="also where there is a stub already")
    stubs.set_defaults(run=_write_stubs)
    test = commands.add_parser("test")
    test.add_argument("--python", action="append", metavar="PROGRAM", help="may be repeated")
    test.add_argument("--wheel", type=Path, metavar="FILE", help="instead of one that is built")
    test.add_argument("pytest", nargs="*", metavar="PYTEST ARGUMENT")
    test.set_defaults(run=_test)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except (BaseError, ImportError, OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
