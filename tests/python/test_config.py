# SPDX-License-Identifier: GPL-2.0-or-later
"""What a repository is configured to, beside hg config."""

from __future__ import annotations

import os
import subprocess

import pytest
import vermilion
from hgcommand import HG, hg


@pytest.fixture
def repo(tmp_path, monkeypatch):
    for name in [*os.environ]:
        if name.startswith("HG") or name in ("EDITOR", "VISUAL", "PAGER"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".hgrc").write_text(
        "[ui]\nusername = Ä <a@b>\nverbose = yes\n%include more\n[some]\nflag = maybe\nlist = a, 'b c' \"d e\"\n"
    )
    (home / "more").write_text("[some]\nsize = 12\nlines = one\n  two\n[gone]\nx = 1\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("EDITOR", "ed")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    hg("init", tmp_path / "r")
    (tmp_path / "r" / ".hg" / "hgrc").write_text("[some]\nown = yes\n[gone]\n%unset x\n")
    return tmp_path / "r"


def test_as_hg_config(repo):
    config = vermilion.Repository(repo).config
    command = [HG, "config", "--source", "--encoding", "utf-8"]
    said = subprocess.run(command, cwd=repo, capture_output=True, check=True).stdout.decode()
    # The last is the bundled tools, which are Mercurial's own.
    theirs = [line for line in said.splitlines() if not line.startswith("resource:")]
    ours = [
        "%s: %s.%s=%s" % (config.source(section, name), section, name, value.replace("\n", "\\n"))
        for section in config.sections
        for name, value in config.items(section).items()
    ]
    assert ours == [line for line in theirs if not line.startswith("repo: ")]


def test_values(repo):
    config = vermilion.Repository(repo / ".hg").config
    assert config.get("ui", "username") == "Ä <a@b>"
    assert config.get("ui", "nothing") is config.get_list("ui", "nothing") is None
    assert config.get("ui", "nothing", "x") == "x"
    assert config.get_list("some", "list") == ["a", "'b", "c'", "d e"]
    assert config.get_int("some", "size") == 12 and config.get_int("some", "other", 7) == 7
    assert config.get_bool("some", "own") and not config.get_bool("some", "other")
    assert config.items("gone") == {} and config.items("never") == {}
    assert config.source("ui", "editor") == "$EDITOR"
    with pytest.raises(vermilion.ConfigError, match="some.flag is not a boolean .'maybe'."):
        config.get_bool("some", "flag")


def test_files_that_are_none(repo):
    file = repo / ".hg" / "hgrc"
    file.write_text("nonsense\n")
    with pytest.raises(vermilion.ConfigError, match=r"\.hg/hgrc:1: nonsense"):
        vermilion.Repository(repo).config  # noqa: B018
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(vermilion.ConfigError, match="not a file"):
        vermilion.Repository(repo).config  # noqa: B018


def test_plain(repo, monkeypatch):
    monkeypatch.setenv("HGPLAIN", "1")
    assert vermilion.Repository(repo).config.get("ui", "verbose") is None
    monkeypatch.setenv("HGRCPATH", "")
    assert vermilion.Repository(repo).config.sections == ["gone", "some", "ui"]


def test_refresh(repo):
    opened = vermilion.Repository(repo)
    assert opened.config is opened.config
    with (repo / ".hg" / "hgrc").open("a") as file:
        file.write("[new]\nitem = 1\n")
    assert opened.config.get("new", "item") is None
    opened.refresh()
    assert opened.config.get("new", "item") == "1"
