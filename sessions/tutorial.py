# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts the files of the examples into the pages of docs/tutorial, each as it is tested.

A page names a file in a comment, and shows all of it in the block behind that:

    <!-- examples/tutorial/src/function.rs -->
    ```rust
    ```

Blocks without such a line are sessions (`pycon`), which the tests run, or commands (`sh`).
Links to other pages of the repository are looked up too.
"""

from __future__ import annotations

import re
from pathlib import Path

from common import ROOT, ToolError, say

PAGES = ROOT / "docs" / "tutorial"
# A fenced block, the line before it, what is in it.
_BLOCK = re.compile(r"^(.*)\n```(\w*)\n((?:(?!```).*\n)*)```$", re.MULTILINE)
_MARK = re.compile(r"<!-- (\S+) -->")
_LINK = re.compile(r"\]\(([^)#]+\.md)[^)]*\)")
# Languages of blocks that are no files.
_FREE = ("pycon", "sh")


def rewritten(page: Path) -> str:
    """Returns the text of a page with its blocks as the files are."""

    def block(match: re.Match[str]) -> str:
        line, language, _ = match.groups()
        mark = _MARK.fullmatch(line)
        if not mark:
            if language in _FREE:
                return match[0]
            raise ToolError(f"{page.name}: a block of {language or 'text'} names no file")
        file = ROOT / mark[1]
        if not file.is_file():
            raise ToolError(f"{page.name}: there is no {mark[1]}")
        return f"{line}\n```{language}\n{file.read_text(encoding='utf-8')}```"

    text = page.read_text(encoding="utf-8")
    for link in _LINK.findall(text):
        if "://" not in link and not (page.parent / link).exists():
            raise ToolError(f"{page.name}: the link to {link} leads nowhere")
    return _BLOCK.sub(block, text)


def update(write: bool) -> None:
    """Rewrites the pages, or raises ToolError where one differs from its files."""
    for page in sorted(PAGES.glob("*.md")):
        text = rewritten(page)
        if text == page.read_text(encoding="utf-8"):
            continue
        if not write:
            raise ToolError(f"{page.name} does not show its files: nox -s tutorial -- --write")
        page.write_text(text, encoding="utf-8")
        say(f"wrote {page.relative_to(ROOT)}")
