"""Runs HPy universal modules on interpreters without HPy of their own.

    python -m vermilion.hpy run MODULE.hpy0.so [-c CODE | SCRIPT [ARGUMENT ...]]

runs CODE or SCRIPT with the module importable under its name; without either, it
tells what the module is.
"""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from typing import Optional, Sequence

from vermilion.hpy import host, interpreter, load, provide


def _describe(module: object) -> None:
    name, path = getattr(module, "__name__"), getattr(module, "__file__")
    print("%s, loaded from %s" % (name, path))
    print("by %s, HPy host: %s, version %s" % (interpreter(), host().name, host().version))
    doc = getattr(module, "__doc__", None)
    if doc:
        print("\n" + doc.strip())
    names = [name for name in dir(module) if not name.startswith("_")]
    print("\n" + "\n".join("  %-20s %s" % (n, type(getattr(module, n)).__name__) for n in names))


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m vermilion.hpy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run code with an HPy module at hand")
    run.add_argument("module", metavar="MODULE.hpy0.so")
    run.add_argument("-c", dest="code", metavar="CODE", help="the program, as text")
    run.add_argument("script", nargs="?", metavar="SCRIPT", help="the program, as a file")
    run.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT")
    options = parser.parse_args(arguments)
    path = os.path.abspath(options.module)
    name = os.path.basename(path).split(".")[0]
    try:
        provide()
        module = sys.modules[name] = load(name, path)
    except ImportError as error:
        print("error: %s" % error, file=sys.stderr)
        return 1
    if options.code is not None:
        sys.argv = ["-c", *filter(None, [options.script]), *options.arguments]
        exec(compile(options.code, "<string>", "exec"), {"__name__": "__main__"})
    elif options.script:
        sys.argv = [options.script, *options.arguments]
        sys.path.insert(0, os.path.dirname(os.path.abspath(options.script)))
        runpy.run_path(options.script, run_name="__main__")
    else:
        _describe(module)
    return 0


if __name__ == "__main__":
    sys.exit(main())
