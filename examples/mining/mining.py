#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Mines many Mercurial repositories at once: who commits and when, and which files are large.

    python mining.py REPOSITORY ... [--workers N] [--plot FILE]

A `vermilion.Repository` pickles as its path and its last changeset, so that Dask sends it to
wherever a task runs, and a repository that has changed meanwhile is noticed. Each task takes some
thousand changesets as columns, without an object for each.
"""

from __future__ import annotations

import argparse
import heapq
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone

from dask.distributed import Client, Future, LocalCluster, progress
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from vermilion import Repository

# Changesets that a task takes, and large files and authors that are told.
CHANGESETS = 5_000
MOST = 10


@dataclass
class Facts:
    """What is known of some changesets, or of some repositories."""

    #: commits by month, as "2024-01"
    months: Counter[str] = field(default_factory=Counter)
    #: commits by who made them
    authors: Counter[str] = field(default_factory=Counter)
    #: the largest files of tips: size in bytes, repository, path
    files: list[tuple[int, str, str]] = field(default_factory=list)

    def __add__(self, other: Facts) -> Facts:
        largest = heapq.nlargest(MOST, self.files + other.files)
        return Facts(self.months + other.months, self.authors + other.authors, largest)


def history(repository: Repository, revs: array[int]) -> Facts:
    """Returns what some changesets of a repository tell."""
    some = repository.changesets(revs, descriptions=False, files=False)
    users, facts = some.users, Facts()
    for seconds, offset in zip(some.seconds, some.offsets):
        # as whoever committed saw it
        local = datetime.fromtimestamp(seconds - offset, timezone.utc)
        facts.months[local.strftime("%Y-%m")] += 1
    for number, commits in Counter(users.rows).items():
        facts.authors[_person(users.values[number])] += commits
    return facts


def largest(repository: Repository) -> Facts:
    """Returns the largest files of a repository's tip."""
    found = (
        (len(content), repository.root, file.path.decode("utf-8", "replace"))
        for file, content in repository["tip"].tree.contents()
    )
    return Facts(files=heapq.nlargest(MOST, found))


def tasks(client: Client, repositories: Iterable[Repository]) -> Iterator[Future]:
    """Begins what there is to do; yields what will have the `Facts`."""
    for repository in repositories:
        revs = array("i", repository.revs())
        yield client.submit(largest, repository)
        for start in range(0, len(revs), CHANGESETS):
            yield client.submit(history, repository, revs[start : start + CHANGESETS])


def mine(client: Client, paths: Iterable[str]) -> Facts:
    """Returns what is known of repositories, and shows how far it is."""
    begun = list(tasks(client, map(Repository, paths)))
    progress(begun)
    return sum(client.gather(begun), Facts())


def plot(facts: Facts) -> Figure:
    """Draws commits by month and by author, and the largest files."""
    figure = Figure(figsize=(9, 9), layout="constrained")
    months, authors, files = figure.subplots(3)
    named = sorted(facts.months.items())
    months.bar(range(len(named)), [commits for _, commits in named])
    step = max(1, len(named) // 12)
    months.set_xticks(range(0, len(named), step), [month for month, _ in named[::step]])
    months.tick_params(axis="x", rotation=45)
    months.set_title("commits by month")
    _bars(authors, facts.authors.most_common(MOST), "commits by author")
    sizes = [(path, size / 1024) for size, _, path in facts.files]
    _bars(files, sizes, "largest files, KiB")
    return figure


def _bars(axes: Axes, named: Sequence[tuple[str, float]], title: str) -> None:
    # By number: two may have the same name.
    axes.barh(range(len(named)), [value for _, value in named])
    axes.set_yticks(range(len(named)), [name for name, _ in named])
    axes.invert_yaxis()
    axes.set_title(title)


def _person(user: str) -> str:
    """Returns the name of a user without the address."""
    return user.split(" <")[0].strip() or user


def main() -> int:
    """Runs what the command line says."""
    parser = argparse.ArgumentParser(description="Mines Mercurial repositories.")
    parser.add_argument("repositories", nargs="+", metavar="REPOSITORY")
    parser.add_argument("--workers", type=int, help="processes (default: one for each processor)")
    parser.add_argument("--plot", metavar="FILE", help="a picture of it, such as commits.svg")
    arguments = parser.parse_args()
    # One thread each: what is long in a task uses all processors by itself.
    with (
        LocalCluster(
            n_workers=arguments.workers, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        facts = mine(client, arguments.repositories)
    print()
    for author, commits in facts.authors.most_common(MOST):
        print(f"{commits:8} {author}")
    for size, root, path in facts.files:
        print(f"{size:8} {root}: {path}")
    if arguments.plot:
        plot(facts).savefig(arguments.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
