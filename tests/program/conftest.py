# SPDX-License-Identifier: GPL-2.0-or-later
"""Environments for the program: a home of its own, and servers that end with the test."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest
from hgcommand import HG, hg


@pytest.fixture(scope="session")
def program():
    return os.environ["VERMILION_PROGRAM"]


def made(home, **more):
    """Returns an environment with this home, and the folder of its sockets."""
    (home / ".hgrc").write_text("[ui]\nusername = me\n[phases]\npublish = no\n")
    env = {name: value for name, value in os.environ.items() if not name.startswith("HG")}
    # Sockets have short names.
    sockets = tempfile.mkdtemp(prefix="vermilion-")
    env.pop("XDG_RUNTIME_DIR", None)
    env.update(HOME=str(home), LC_ALL="C.UTF-8", VERMILION_HG=HG, TMPDIR=sockets)
    # Nobody is there to edit.
    env.update(PYTHONDONTWRITEBYTECODE="1", EDITOR="true", VISUAL="true", **more)
    return env


@pytest.fixture(scope="module", params=["server", "no server"])
def environment(request, tmp_path_factory):
    """An environment in which what is not native is answered by a server, or by hg itself."""
    more = {} if request.param == "server" else {"VERMILION_SERVER": "0"}
    env = made(tmp_path_factory.mktemp("home"), **more)
    yield env
    # A server ends when its socket is gone.
    shutil.rmtree(env["TMPDIR"])


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """An environment in which what is not native is answered by hg itself."""
    env = made(tmp_path_factory.mktemp("home"), VERMILION_SERVER="0")
    yield env
    shutil.rmtree(env["TMPDIR"])


@pytest.fixture
def repo(tmp_path):
    """A repository with a changeset, where a module has none of its own."""
    root = tmp_path / "r"
    hg("init", root)
    (root / "a").write_text("one\n")
    hg("commit", "-qAm", "first", "-u", "u", "-d", "0 0", cwd=root)
    return root


@pytest.fixture
def served(tmp_path):
    """An environment with servers of its own."""
    home = tmp_path / "home"
    home.mkdir()
    env = made(home)
    yield env
    shutil.rmtree(env["TMPDIR"])
