# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `vermilion`: questions about a repository's history and files, for scripts."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence
    from typing import Callable, NoReturn, TextIO

    from vermilion import Graph, Names, Status

EPILOG = """\
A revision is a number (-1 is null), `tip`, or a node's 40 hexadecimal digits.
Answers are revision numbers, one a line. Exit status: 0; 1 when a question cannot be
answered (the reason is on standard error); 2 for a wrong command line."""

STATUS_EPILOG = """\
Prints what `hg status` prints: a letter and a path for each file that is modified (M), added
(A), removed (R), missing (!), unknown (?), and with options ignored (I) or clean (C). Paths
are relative to the repository's root, or with PATH to the current directory. The
configuration, such as ui.ignore, is not read.
Exit status: 0; 1 when a question cannot be answered, or a file cannot be compared with the
first parent (the reason is on standard error); 2 for a wrong command line; 255 where hg gives
up, too: a file cannot be looked at, or what is recorded of the files is damaged."""

# Options of `status` that take no value: letter, name, what they do.
STATUS_FLAGS = (
    ("m", "modified", "list modified files only, or with other such options"),
    ("a", "added", "list added files"),
    ("r", "removed", "list removed files"),
    ("d", "deleted", "list missing files"),
    ("u", "unknown", "list files that are not tracked"),
    ("i", "ignored", "list ignored files"),
    ("c", "clean", "list files without changes"),
    ("A", "all", "list all of these, and what files are copies of"),
    ("C", "copies", "show what files are copies of"),
    ("n", "no-status", "leave the letters out"),
    ("0", "print0", "end paths with NUL instead of a newline"),
    ("", "json", "print an array of objects as hg status -T json does"),
)
_LETTERS = {letter: name for letter, name, _help in STATUS_FLAGS if letter}
_FLAGS = {name for _letter, name, _help in STATUS_FLAGS}

# The states in the order in which they are printed, and how many are printed by default.
STATES = (
    ("modified", b"M"),
    ("added", b"A"),
    ("removed", b"R"),
    ("deleted", b"!"),
    ("unknown", b"?"),
    ("ignored", b"I"),
    ("clean", b"C"),
)
DEFAULT_STATES = 5

# The exit status where hg gives up as well.
GIVEN_UP = 255


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(
        prog="vermilion",
        description="Mercurial's history graph and working copies in Rust.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    doctor = commands.add_parser("doctor", help="show what was loaded and what is accelerated")
    doctor.set_defaults(run=_doctor)

    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "-R",
        "--repository",
        metavar="PATH",
        default=None,
        help="a repository or an index file (default: the repository around here)",
    )
    shared.add_argument(
        "-n", "--nodes", action="store_true", help="print nodes instead of revision numbers"
    )

    def command(name: str, help: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=help,
            parents=[shared],
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    ancestors = command("ancestors", "list the ancestors of revisions, highest first")
    ancestors.add_argument("revs", nargs="+", metavar="REV")
    ancestors.add_argument(
        "-i", "--inclusive", action="store_true", help="count the revisions themselves"
    )
    ancestors.add_argument(
        "-l", "--limit", type=int, metavar="N", help="list no more than this many"
    )
    ancestors.set_defaults(run=_ancestors)

    heads = command("heads", "list the heads of the history or of some revisions")
    heads.add_argument("revs", nargs="*", metavar="REV")
    heads.set_defaults(run=_heads)

    only = command("only", "list what some revisions have that others lack")
    only.add_argument("include", nargs="+", metavar="REV", help="ancestors of these are listed")
    only.add_argument(
        "-x",
        "--exclude",
        action="append",
        default=[],
        metavar="REV",
        help="ancestors of this one are not (may be repeated)",
    )
    only.set_defaults(run=_only)

    status = commands.add_parser(
        "status",
        help="list the files that are not as in the first parent",
        epilog=STATUS_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for letter, name, text in STATUS_FLAGS:
        names = ["-" + letter] if letter else []
        status.add_argument(*names, "--" + name, action="store_true", help=text)
    status.add_argument(
        "-R",
        "--repository",
        metavar="PATH",
        default=None,
        help="a repository, or anything in it (default: the current directory)",
    )
    status.add_argument(
        "--ignore-file",
        action="append",
        default=[],
        metavar="FILE",
        help="a file of ignore rules beside .hgignore (may be repeated)",
    )
    status.add_argument("paths", nargs="*", metavar="PATH")
    status.set_defaults(run=lambda arguments: _status(_StatusArguments.of(arguments)))
    return parser


class _StatusArguments:
    """The command line of `status`."""

    __slots__ = ("flags", "repository", "ignore_file", "paths")

    def __init__(self) -> None:
        self.flags: set[str] = set()
        self.repository: str | None = None
        self.ignore_file: list[str] = []
        self.paths: list[str] = []

    @classmethod
    def of(cls, parsed: argparse.Namespace) -> _StatusArguments:
        """Returns what argparse made of a command line."""
        arguments = cls()
        arguments.flags = {name for name in _FLAGS if getattr(parsed, name.replace("-", "_"))}
        arguments.repository = parsed.repository
        arguments.ignore_file = parsed.ignore_file
        arguments.paths = parsed.paths
        return arguments

    @classmethod
    def quickly(cls, words: Sequence[str]) -> _StatusArguments | None:
        """A plain command line without argparse, whose import takes as long as a status.

        None for anything else: abbreviations, --help, mistakes.
        """
        arguments = cls()
        rest = iter(words)
        for word in rest:
            if word in ("-R", "--repository"):
                arguments.repository = next(rest, None)
                if arguments.repository is None or arguments.repository.startswith("-"):
                    return None
            elif not word.startswith("-"):
                arguments.paths.append(word)
            elif word[2:] in _FLAGS and word.startswith("--"):
                arguments.flags.add(word[2:])
            elif len(word) > 1 and _LETTERS.keys() >= set(word[1:]):
                arguments.flags.update(_LETTERS[letter] for letter in word[1:])
            else:
                return None
        return arguments


def _open(arguments: argparse.Namespace) -> Graph:
    from vermilion import Graph

    if arguments.repository is not None:
        return Graph.open(arguments.repository)
    here = os.getcwd()
    directory = here
    while not os.path.isdir(os.path.join(directory, ".hg")):
        parent = os.path.dirname(directory)
        if parent == directory:
            raise FileNotFoundError(2, "no Mercurial repository here or above", here)
        directory = parent
    return Graph.open(directory)


def _rev(graph: Graph, text: str) -> int:
    if text == "tip":
        return len(graph) - 1
    if len(text) == 40:
        try:
            return graph.rev(bytes.fromhex(text))
        except ValueError:
            pass
    try:
        return int(text)
    except ValueError:
        raise ValueError("%r is neither a revision number, nor tip, nor a node" % text) from None


def _revs(graph: Graph, texts: Iterable[str]) -> list[int]:
    return [_rev(graph, text) for text in texts]


def _stdout() -> TextIO:
    """Standard output; OSError where it was closed when Python started."""
    if sys.stdout is None:
        from errno import EBADF

        raise OSError(EBADF, os.strerror(EBADF), "standard output")
    return sys.stdout


def _print(graph: Graph, revs: Iterable[int], nodes: bool) -> None:
    write = _stdout().write
    for rev in revs:
        write("%s\n" % graph.node(rev).hex() if nodes else "%d\n" % rev)


def _ancestors(arguments: argparse.Namespace) -> None:
    from itertools import islice

    graph = _open(arguments)
    revs = _revs(graph, arguments.revs)
    found = graph.ancestors(revs, inclusive=arguments.inclusive)
    _print(graph, islice(found, arguments.limit), arguments.nodes)


def _heads(arguments: argparse.Namespace) -> None:
    graph = _open(arguments)
    revs = _revs(graph, arguments.revs)
    _print(graph, graph.heads(revs) if revs else graph.heads(), arguments.nodes)


def _only(arguments: argparse.Namespace) -> None:
    graph = _open(arguments)
    include = _revs(graph, arguments.include)
    _print(graph, graph.only(include, _revs(graph, arguments.exclude)), arguments.nodes)


def _status(arguments: _StatusArguments) -> int:
    from vermilion import CorruptDirstateError, CorruptIndexError
    from vermilion.workingcopy import WorkingCopy

    flags = arguments.flags
    shown = [state for state in STATES if state[0] in flags]
    if "all" in flags:
        shown = list(STATES)
    elif not shown:
        shown = list(STATES[:DEFAULT_STATES])
    names = {name for name, _letter in shown}
    ignore_files = [os.path.abspath(file) for file in arguments.ignore_file]
    working_copy = WorkingCopy(arguments.repository or ".", ignore_files=ignore_files)
    root = os.fsencode(working_copy.root)
    places = [_from_root(root, path) for path in arguments.paths] or None
    try:
        status = working_copy.status(
            places,
            tracked=not names <= {"unknown", "ignored"},
            unknown=bool(names & {"unknown", "ignored"}),
            ignored="ignored" in names,
            clean="clean" in names,
            copies=bool({"all", "copies"} & flags),
        )
    except (OSError, CorruptDirstateError, CorruptIndexError) as error:
        _say("vermilion: %s\n" % error)
        return GIVEN_UP
    # Asked for ignored files, hg reads the rules when it meets a file that is not tracked.
    judged = "ignored" not in names or status.unknown or status.ignored
    _complain(root, status, list(status.warnings) if judged else [])
    show: Callable[[bytes], bytes] = _identity
    if arguments.paths:
        show = _relative(root)
    if "json" in flags:
        _print_json(status, shown, "no-status" not in flags)
    else:
        _print_status(status, shown, flags, show)
    return 1 if status.unsure else 0


def _identity(path: bytes) -> bytes:
    return path


def _relative(root: bytes) -> Callable[[bytes], bytes]:
    """Returns how paths from the root are seen from here."""
    here = os.getcwdb()
    if here == root:
        return _identity
    return lambda path: os.path.relpath(os.path.join(root, path), here)


def _from_root(root: bytes, path: str) -> bytes:
    """A path from the root that is given as seen from here."""
    full = os.path.abspath(os.fsencode(path))
    relative = os.path.relpath(full, root)
    if relative.split(b"/", 1)[0] == b"..":
        # The way there may lead over symlinks.
        above, name = os.path.split(full)
        relative = os.path.relpath(os.path.join(os.path.realpath(above), name), root)
    if relative.split(b"/", 1)[0] == b"..":
        raise ValueError("%s is not below %s" % (path, os.fsdecode(root)))
    return relative


def _complain(root: bytes, status: Status, lines: list[bytes]) -> None:
    if status.bad:
        show = _relative(root)
        lines += [b"%s: %s" % (show(path), os.fsencode(reason)) for path, reason in status.bad]
    for path in status.unsure:
        lines.append(b"vermilion: %s cannot be compared with the first parent" % path)
    if status.unsure_reason is not None:
        lines.append(b"vermilion: " + os.fsencode(status.unsure_reason))
    if lines:
        _say(b"\n".join(lines) + b"\n")


def _say(text: str | bytes) -> None:
    """Writes to standard error, and lets nothing wait in a buffer.

    Where that cannot be written to, there is nowhere to say so.
    """
    stream = sys.stderr
    if stream is None:  # closed when Python started
        return
    try:
        if isinstance(text, str):
            stream.write(text)
        else:
            stream.flush()
            stream.buffer.write(text)
        stream.flush()
    except (OSError, ValueError):
        pass


def _print_status(
    status: Status,
    shown: list[tuple[str, bytes]],
    flags: set[str],
    show: Callable[[bytes], bytes],
) -> None:
    end = b"\0" if "print0" in flags else b"\n"
    letters = "no-status" not in flags
    shown = [(name, letter) for name, letter in shown if getattr(status, name)]
    if not shown:
        return
    _stdout().flush()
    write = sys.stdout.buffer.write
    for name, letter in shown:
        names: Names = getattr(status, name)
        prefix = letter + b" " if letters else b""
        if show is _identity and not (letters and status.copies):
            # All of them at once, without making the names.
            write(prefix + names.block[:-1].replace(b"\0", end + prefix) + end)
            continue
        for path in names:
            write(prefix + show(path) + end)
            if letters and path in status.copies:
                write(b"  " + show(status.copies[path]) + end)


def _print_json(status: Status, shown: list[tuple[str, bytes]], letters: bool) -> None:
    from json import dumps

    lines = []
    for name, letter in shown:
        for path in getattr(status, name):
            fields = {"itemtype": "file", "path": os.fsdecode(path)}
            if letters:
                fields["status"] = letter.decode("ascii")
            if letters and path in status.copies:
                fields["source"] = os.fsdecode(status.copies[path])
            lines.append(dumps(fields))
    _stdout().write("[%s]\n" % ",\n ".join(lines))


def _doctor(arguments: argparse.Namespace) -> None:
    from vermilion.doctor import report

    _stdout().write(report())


def _command(words: list[str]) -> Callable[[], int | None]:
    """Returns what the command line asks for. Ends the process where it is wrong."""
    if words[:1] == ["status"]:
        quick = _StatusArguments.quickly(words[1:])
        if quick is not None:
            return lambda: _status(quick)
    parsed = _parser().parse_args(words)
    run: Callable[[argparse.Namespace], int | None] = parsed.run
    return lambda: run(parsed)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command with `argv`, or the process's own arguments; returns its status."""
    run = _command(sys.argv[1:] if argv is None else list(argv))
    status: int | None = 0
    try:
        status = run()
        _flush()
    except BrokenPipeError:
        # Whoever read has seen enough.
        _give_up_output()
    except (ImportError, LookupError, OSError, ValueError) as error:
        _say("vermilion: %s\n" % error)
        status = 1
    except KeyboardInterrupt:
        _say("vermilion: interrupted\n")
        status = 130
    return status or 0


def _flush() -> None:
    """Sees to it that everything is written; raises OSError where it cannot be."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except OSError:
            # What is left in the buffer would fail again.
            _give_up_output()
            raise


def _give_up_output() -> None:
    """Lets standard output go nowhere: Python must not complain when it closes it."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        pass


def command() -> NoReturn:
    """Runs the command as the process that it is: does not return.

    Ends the process as soon as all is written. Python would take everything apart first,
    which takes as long as loading it did.
    """
    status = 1
    try:
        status = main()
        _flush()
    except SystemExit as exit:  # argparse has said what there is to say
        status = exit.code if isinstance(exit.code, int) else 1
    except OSError as error:
        _say("vermilion: %s\n" % error)
        status = status or 1
    except BaseException:
        import traceback

        _say(traceback.format_exc())
        status = 1
    _end(status)


def _end(status: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            status = status or 1
    os._exit(status)
