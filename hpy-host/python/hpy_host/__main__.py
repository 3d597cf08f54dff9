# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs HPy universal modules on interpreters without HPy of their own.

    python -m hpy_host run MODULE.hpy0.so [-c CODE | SCRIPT [ARGUMENT ...]]

runs CODE or SCRIPT with the module importable under its name; without either, it
tells what the module is.
"""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from collections.abc import Sequence
from types import ModuleType

from hpy_host import host, interpreter, load, provide


def _describe(module: ModuleType) -> None:
    name, path = module.__name__, module.__file__
    print("%s, loaded from %s" % (name, path))
    print("by %s, HPy host: %s, version %s" % (interpreter(), host().name, host().version))
    doc = getattr(module, "__doc__", None)
    if doc:
        print("\n" + doc.strip())
    names = [name for name in dir(module) if not name.startswith("_")]
    print("\n" + "\n".join("  %-20s %s" % (n, type(getattr(module, n)).__name__) for n in names))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m hpy_host",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run code with an HPy module at hand")
    run.add_argument("module", metavar="MODULE.hpy0.so")
    # argparse would take "-c" and what follows for options of its own
    run.add_argument("program", nargs=argparse.REMAINDER, metavar="-c CODE | SCRIPT [ARGUMENT ...]")
    options = parser.parse_args(arguments)
    path = os.path.abspath(options.module)
    name = os.path.basename(path).split(".")[0]
    try:
        provide()
        module = sys.modules[name] = load(name, path)
    except ImportError as error:
        print("error: %s" % error, file=sys.stderr)
        return 1
    if options.program[:1] == ["-c"]:
        if len(options.program) == 1:
            parser.error("-c needs the program's text")
        _, code, *sys.argv[1:] = options.program
        sys.argv[0] = "-c"
        exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
    elif options.program:
        sys.argv = options.program
        sys.path.insert(0, os.path.dirname(os.path.abspath(options.program[0])))
        runpy.run_path(options.program[0], run_name="__main__")
    else:
        _describe(module)
    return 0


if __name__ == "__main__":
    sys.exit(main())
