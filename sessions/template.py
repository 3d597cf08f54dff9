# SPDX-License-Identifier: GPL-2.0-or-later
"""A new package, as a user makes it who has the wheels of hpy-build and hpy-host, and no checkout."""

from __future__ import annotations

import tempfile
from pathlib import Path

import build_wheel
import nox
import venvs
from common import run as ask

from sessions import examples
from sessions.helpers import interpreter, run

NAME = "fast_words"
# The one line of its Rust code that is changed, and what Python then sees.
BEFORE, AFTER = "Ok(text.matches(word).count())", "Ok(text.matches(word).count() + 40)"
SHOW = f"import {NAME}; print({NAME}.count('one two one', 'one'))"


def test(session: nox.Session, name: str) -> None:
    """Makes a package outside of the checkout; installs, tests, changes, packs and stubs it."""
    wheels = build_wheel.build()
    links = {"PIP_FIND_LINKS": str(build_wheel.DIST), **examples.variables()}
    with tempfile.TemporaryDirectory(prefix="vermilion-template-") as scratch:
        place = Path(scratch)
        project = place / NAME
        python = venvs.make(interpreter(session, name), f"template-{name}", fresh=True)
        venvs.install(python, wheels.build, "build", "pytest")
        command = (python, "-m", "hpy_build")
        run(session, *command, "new", project)
        with session.chdir(project):
            run(session, *venvs.pip_into(python), "install", "--editable", ".[test]", env=links)
            run(session, python, "-m", "pytest")
            says(session, python, "2")
            source = Path("src/lib.rs")
            source.write_text(source.read_text().replace(BEFORE, AFTER))
            run(session, *venvs.pip_into(python), "install", "--editable", ".", env=links)
            says(session, python, "42")
            source.write_text(source.read_text().replace(AFTER, BEFORE))
            run(session, *command, "cargo", "fmt", "--check", env=links)
            stubs(session, python)
            # The wheel comes out of the sdist.
            run(session, python, "-m", "build", env=links)
            (wheel,) = Path("dist").glob(f"{NAME}-0.1.0-py3-none-linux_*.whl")
            if not list(Path("dist").glob(f"{NAME}-0.1.0.tar.gz")):
                session.error("there is no sdist")
            test_on = (*command, "test", "--python", python, "--wheel", wheel)
            run(session, *test_on, env=links)


def says(session: nox.Session, python: Path, wanted: str) -> None:
    """Fails where the package says something else."""
    said = ask([python, "-c", SHOW]).strip()
    if said != wanted:
        session.error(f"{SHOW}: {said}, not {wanted}")


def stubs(session: nox.Session, python: Path) -> None:
    """Has the stub written anew, which must name what there is."""
    stub = Path("python", NAME, "_native.pyi")
    run(session, python, "-m", "hpy_build", "stubs", "--force")
    text = stub.read_text()
    compile(text, str(stub), "exec")
    wanted = ["Counts the occurrences", "class Counter:", "    @property"]
    wanted += ["def count(text: str, word: str) -> int:", "    def total(self) -> int:"]
    wanted += ["__new__(cls, start: int = 0) -> Counter: ...", "add(self, number: int) -> int:"]
    missing = [line for line in wanted if line not in text]
    if missing:
        session.error(f"the stub lacks {missing}:\n{text}")
