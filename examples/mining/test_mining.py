# SPDX-License-Identifier: GPL-2.0-or-later
"""The example, run as its README says, beside what hg prints of the same repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

HERE = Path(__file__).parent
HG = os.environ["VERMILION_HG"]


def hg(*words: object) -> str:
    env = {**os.environ, "HGRCPATH": os.devnull, "HGPLAIN": "1"}
    return subprocess.run([HG, *map(str, words)], env=env, check=True, stdout=-1, text=True).stdout


@pytest.fixture(scope="module")
def repositories(tmp_path_factory):
    """Three repositories, of different length."""
    made = []
    for number in range(3):
        root = tmp_path_factory.mktemp("fleet") / f"r{number}"
        hg("init", root)
        for commit in range(4 + 3 * number):
            (root / f"file {commit % 3}").write_text("x" * (100 * commit + number))
            user = ("Ann <ann@example.org>", "Bob", "Ann <other@example.org>")[commit % 3]
            date = f"2024-{commit + 1:02}-01 00:30 +0200"
            hg("-R", root, "commit", "-qA", "-m", f"{commit}", "-u", user, "-d", date)
        made.append(str(root))
    return made


def expected(repositories):
    authors, months = Counter(), Counter()
    for root in repositories:
        lines = hg("-R", root, "log", "-T", r"{date(date, '%Y-%m')}\t{user|person}\n").splitlines()
        for line in lines:
            month, person = line.split("\t")
            months[month] += 1
            authors[person] += 1
    return authors, months


def test_as_the_readme_says(repositories, tmp_path):
    picture = tmp_path / "commits.svg"
    command = [sys.executable, HERE / "mining.py", *repositories, "--workers", "2"]
    done = subprocess.run([*command, "--plot", picture], cwd=tmp_path, stdout=-1, text=True)
    assert done.returncode == 0
    # Behind the progress bar.
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    lines = [line for line in lines if len(line) == 2 and line[0].isdigit()]
    told = Counter({line[1]: int(line[0]) for line in lines if line[-1] in ("Ann", "Bob")})
    assert told == expected(repositories)[0]
    sizes = [int(line[0]) for line in lines if ": file" in line[-1]]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) == 9
    assert sizes[0] == max(path.stat().st_size for r in repositories for path in Path(r).glob("f*"))
    assert picture.read_text().count("<svg") == 1


def test_the_notebook(repositories, monkeypatch):
    monkeypatch.setenv("REPOSITORIES", os.pathsep.join(repositories))
    notebook = nbformat.read(HERE / "mining.ipynb", as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(HERE)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    texts = [output["data"]["text/plain"] for output in outputs if "data" in output]
    authors, _months = expected(repositories)
    assert repr(authors.most_common(10)) in texts
    assert any("image/png" in output.get("data", {}) for output in outputs)


def test_parts_make_a_whole(repositories, monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    import mining
    from vermilion import Repository

    authors, months = expected(repositories)
    facts = mining.Facts()
    for root in repositories:
        repository = Repository(root)
        for rev in repository.revs():
            facts += mining.history(repository, [rev])
    assert (facts.authors, facts.months) == (authors, months)
