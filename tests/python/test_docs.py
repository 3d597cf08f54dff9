# SPDX-License-Identifier: GPL-2.0-or-later
"""The documentation: its links lead somewhere, and its examples run."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import vermilion
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
    examples = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
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
