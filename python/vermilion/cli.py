"""The command `vermilion`: questions about a repository's history, for scripts."""

from __future__ import annotations

import argparse
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vermilion import Graph

EPILOG = """\
A revision is a number (-1 is null), `tip`, or a node's 40 hexadecimal digits.
Answers are revision numbers, one a line. Exit status: 0; 1 when a question cannot be
answered (the reason is on standard error); 2 for a wrong command line."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vermilion",
        description="Mercurial's history graph in Rust.",
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
    return parser


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


def _print(graph: Graph, revs: Iterable[int], nodes: bool) -> None:
    write = sys.stdout.write
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


def _doctor(arguments: argparse.Namespace) -> None:
    from vermilion.doctor import report

    sys.stdout.write(report())


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command with `argv`, or the process's own arguments; returns its status."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has seen enough; Python must not complain when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ImportError, LookupError, OSError, ValueError) as error:
        sys.stderr.write("vermilion: %s\n" % error)
        return 1
    return 0
