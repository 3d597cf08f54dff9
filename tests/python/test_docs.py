# SPDX-License-Identifier: GPL-2.0-or-later
"""The documentation: its links lead somewhere, and its examples run."""

from __future__ import annotations

import doctest
import os
import re
from pathlib import Path

import pytest
import vermilion
from hgcommand import hg
from test_repositories import repository

SOURCES = Path(os.environ["VERMILION_SOURCES"])
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "*/README.md", "examples/**/*.md")
    for path in SOURCES.glob(pattern)
    if not {"build", "target", "node_modules"} & set(path.relative_to(SOURCES).parts)
)
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_INCLUDE = re.compile(r"^\{\{#include (\S+)\}\}$", re.MULTILINE)


def anchors(page):
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_lead_somewhere():
    assert len(PAGES) > 20
    dead, seen = [], 0
    for page in PAGES:
        text = _FENCE.sub("", page.read_text())
        for link in [*_LINK.findall(text), *_INCLUDE.findall(text)]:
            if re.match(r"[a-z]+:", link):
                continue  # somebody else's
            seen += 1
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                dead.append(f"{page.relative_to(SOURCES)}: {link}")
    assert not dead
    assert seen > 50


def test_every_page_is_in_the_book():
    docs = SOURCES / "docs"
    listed = set(_LINK.findall((docs / "SUMMARY.md").read_text()))
    pages = {str(path.relative_to(docs)) for path in docs.rglob("*.md")}
    assert listed == pages - {"SUMMARY.md"}


@pytest.mark.parametrize("number", [0, 1])
def test_examples_of_the_page_for_tools(number, tmp_path, monkeypatch):
    page = (SOURCES / "docs" / "tools.md").read_text()
    examples = re.findall(r"^```python\n([^>].*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(examples) == 2
    line = [(rev - 1, -1) for rev in range(2500)]
    for name in ("path/to/repository", "path/in/a/repository"):
        path = tmp_path / name
        path.mkdir(parents=True)
        repository(path, parents=line)
    monkeypatch.chdir(tmp_path)
    names = {"vermilion": vermilion}
    exec(compile(examples[number], "tools.md", "exec"), names)
    assert len(names["new"]) == 1000 if number == 0 else names["status"].modified == []


def project(path):
    """The repository that docs/recipes.md speaks of."""

    def commit(who, day, message, branch=None, **files):
        for name, content in files.items():
            file = path / NAMES[name]
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
            if name == "main":
                file.chmod(0o755)
        if branch is not None:
            hg("branch", "-q", branch, cwd=path)
        date = f"2024-01-{day:02} 10:00 +0100"
        hg("commit", "-qA", "-m", message, "-u", who, "-d", date, cwd=path)

    ann, bob = "Ann <ann@example.org>", "Bob <bob@example.org>"
    hg("init", path)
    commit(ann, 1, "First version", readme=b"project\n", main=b"print('hi')\n")
    hg("tag", "1.0", "-u", ann, "-d", "2024-01-02 10:00 +0100", cwd=path)
    commit(bob, 3, "Import the library", main=b"import lib\nmain()\n")
    commit(bob, 4, "Fix it", readme=b"A project\n")
    commit(bob, 5, "Fix it, on stable", "stable", main=b"import lib\nmain(1)\n")
    hg("update", "-q", "3", cwd=path)
    commit(ann, 6, "Add a library", lib=b"x = 1\n")
    hg("bookmark", "work", "-i", cwd=path)


NAMES = {"readme": "README", "main": "src/main.py", "lib": "src/lib.py"}


@pytest.mark.parametrize(("name", "least"), [("recipes", 25), ("revsets", 5), ("tools", 5)])
def test_sessions(name, least, tmp_path, monkeypatch):
    project(tmp_path / "project")
    monkeypatch.chdir(tmp_path)
    page = SOURCES / "docs" / f"{name}.md"
    text = page.read_text()
    examples = re.findall(r"^```python\n(>>>.*?)^```", text, re.DOTALL | re.MULTILINE)
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
    said = []
    test = parser.get_doctest("".join(examples), {}, page.name, str(page), 0)
    runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)
    assert runner.tries >= least
