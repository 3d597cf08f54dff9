# SPDX-License-Identifier: GPL-2.0-or-later
"""Styles of people's own: map files, beside hg."""

from __future__ import annotations

import pytest
from beside import PROGRAM, check, committed, compared, explained, outcome
from conftest import made
from hgcommand import CommandServer, hg

# What a file is called, and what is in it; `base`, `inc` and `text` are beside them.
MAPS = {
    "map-plain": "changeset = '{rev}:{short}{tags}\\n'\nshort = '{node|short}'\ntag = \" <{tag}>\"\n",
    "map-modes": (
        "changeset = 'n{rev}\\n'\nchangeset_verbose = 'v{rev} {desc}\\n'\n"
        "changeset_quiet = 'q{rev}\\n'\nheader = 'h\\n'\nheader_verbose = 'hv\\n'\n"
        "footer = 'f\\n'\ndocheader = 'begin\\n'\ndocfooter = 'end\\n'\nseparator = '--\\n'\n"
    ),
    "map-lines": "# words\n[templates]\nchangeset = '{rev}\n  {node|short}'\n; more\n",
    "map-file": "changeset = text\nparent = text\n",
    "map-include": "%include inc\nchangeset = '{said}\\n'\n",
    "map-include-after": "changeset = '{said}\\n'\nsaid = 'x'\n%include inc\n",
    "map-base": "__base__ = base\nsaid = 'own {rev}'\n",
    "map-base-file": "__base__ = base\nchangeset = text\nsaid = text\n",
    "map-quoted-base": "__base__ = 'base'\nchangeset = '{__base__}{rev}\\n'\n",
    "map-alias": "changeset = '{twice(rev)}\\n'\n[templatealias]\ntwice(x) = x ~ x\n",
    "map-alias2": "changeset = '{twice(rev)}\\n'\n[templatealias]\ntwice(x) = '{x}{x}'\n",
    "map-based-alias": "__base__ = map-alias2\n[templatealias]\ntwice(x) = '{x}-{x}'\n",
    "map-unset": "%include inc\n%unset said\nchangeset = '{rev}{said}\\n'\n",
    "map-topics": "tags = '{tag} {rev}\\n'\nbranches = '{branch}\\n'\nstatus = '{path}\\n'\n",
    "map-stock": "%include map-cmdline.default\nchangeset = '{cset}{lfiles}'\n",
    "map-missing": "%include nothing-of-that-name\nchangeset = '{rev}\\n'\n",
    "map-no-base": "__base__ = ../nothing\nchangeset = '{rev}\\n'\n",
    "map-bad": "changeset '{rev}'\n",
    "map-quotes": "changeset = '{rev}\"\n",
    "map-empty": "changeset =\n",
    "map-one-quote": "changeset = '\n",
    "map-none": "other = '{rev}'\n",
    "map-syntax": "changeset = '{rev'\n",
    "map-unknown": "changeset = '{nosuch(rev)}'\n",
    "map-latin": "changeset = 'ä {rev}\\n'\n",
    "odd name": "changeset = 'odd {rev}\\n'\n",
    "inc": "said = 'inc {rev}'\nmore = text\n",
    "base": "changeset = 'base {said}\\n'\nsaid = 'nothing'\n",
    "text": "text {rev} {desc}\n",
}
NATIVE = (
    "map-plain map-modes map-lines map-file map-include map-include-after map-base map-base-file"
    " map-quoted-base map-alias2 map-based-alias map-latin"
).split()


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    root = committed(tmp_path_factory.mktemp("repo") / "r")
    hg("tag", "v1", "-d", "0 0", cwd=root)
    (root / "styles").mkdir()
    for name, text in MAPS.items():
        (root / "styles" / name).write_text(text)
    return root


@pytest.fixture(scope="module")
def same(repo, tmp_path_factory):
    """Compares with an hg that runs all the time; or, of what differs, with one that begins."""
    env = made(tmp_path_factory.mktemp("home"), VERMILION_SERVER="0")
    server = CommandServer(repo, env)

    def same(words, natively=False):
        if outcome([PROGRAM, "hg"], words, repo, env) != compared(*server.run(words)):
            check(words, repo, env)
        assert not natively or explained(words, repo, env) == "natively\n", words

    yield same
    server.close()


@pytest.mark.parametrize("name", [name for name in MAPS if " " in name or name.startswith("map-")])
def test_maps(name, repo, same):
    path = f"styles/{name}"
    lines = [["log", "--style", path], ["log", "-T", path, "-r", "0"], ["tip", "--style", path]]
    lines += [["log", "-v", "--style", path], ["log", "-q", "--style", f"./{path}"]]
    lines += [
        ["log", "--config", f"ui.style={path}"],
        ["log", "-l", "1", "--style", str(repo / path)],
    ]
    for words in lines:
        same(words, natively=name in NATIVE)
    for words in (["log", "-G", "-T", path], ["log", "--stat", "-T", path, "--encoding", "latin1"]):
        same(words)


def test_items(same):
    """Lists have the templates that are called like them."""
    for command in (
        "tags",
        "branches",
        "status -A",
        "bookmarks",
        "parents",
        "files",
        "cat styles/inc",
    ):
        for name in ("map-topics", "map-plain", "text"):
            same([*command.split(), "-T", f"styles/{name}"])
    same(["tags", "-T", "styles/map-topics"], natively=True)


def test_links_and_directories(repo, same):
    """A map is looked for where the link to it leads, if it is a template's name."""
    (repo / "link").mkdir(exist_ok=True)
    (repo / "link" / "map-include").symlink_to("../styles/map-include")
    (repo / "link" / "inc").write_text("said = 'of the link'\n")
    for option in ("-T", "--style"):
        same(["log", option, "link/map-include"], natively=True)
    for name in ("link", "styles", "nothing", "link/nothing"):
        same(["log", "--style", name])
        same(["log", "--style", f"{name}/"])
