"""Every session that docs/tutorial shows, as it stands there."""

import doctest
import os
import re
from pathlib import Path

import pytest

ROOT = os.environ.get("VERMILION_SOURCES") or Path(__file__).parents[3]
PAGES = sorted(Path(ROOT, "docs", "tutorial").glob("[0-9]*.md"))


def test_all_pages_are_here():
    assert len(PAGES) == 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_sessions(page):
    # Without the fences, which would be taken for output; lines keep their numbers.
    text = re.sub("^```.*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    assert test.examples
    complaints = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=complaints.append)
    assert not complaints, "".join(complaints)
