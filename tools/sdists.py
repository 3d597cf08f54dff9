# SPDX-License-Identifier: GPL-2.0-or-later
"""Source distributions of others, for the tests in them: fetched with pip, without their tools."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import venvs
from common import ToolError, Word, cache_dir, clean_env, locked, run, say

# pip does not hand out a source distribution before a build backend has described it. The
# project's own may want a compiler, or ask git; this one knows the answer.
_BACKEND = """
import os

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    with open("PKG-INFO") as file:
        text = file.read()
    known = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    name = f"{known['Name'].replace('-', '_')}-{known['Version']}.dist-info"
    os.mkdir(os.path.join(directory, name))
    with open(os.path.join(directory, name, "METADATA"), "w") as file:
        file.write(f"Metadata-Version: 2.1\\nName: {known['Name']}\\nVersion: {known['Version']}\\n")
    return name
"""


class Sdist(NamedTuple):
    """A release, its build backend ("" for one in its own tree), and what of it is wanted."""

    name: str
    version: str
    sha256: str
    backend: str
    wanted: Sequence[str]


def tree(sdist: Sdist) -> Path:
    """Returns the folder with what is wanted, fetched if need be."""
    target = cache_dir() / f"{sdist.name}-suite" / sdist.version
    with locked(f"{sdist.name}-suite"):
        # One from before may have less.
        if not all((target / name).exists() for name in sdist.wanted):
            say(f"fetching the tests of {sdist.name} {sdist.version}")
            partial = target.with_name("partial")
            shutil.rmtree(partial, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix="vermilion-sdist-") as scratch:
                file = _download(sdist, Path(scratch))
                _unpack(sdist, file, Path(scratch) / "tree", partial)
            shutil.rmtree(target, ignore_errors=True)
            partial.rename(target)
    return target


def _download(sdist: Sdist, scratch: Path) -> Path:
    """Downloads the distribution into `scratch` without building anything."""
    options = ["--quiet", "--no-deps", "--no-binary", sdist.name]
    env = clean_env()
    if sdist.backend:
        package, _, module = sdist.backend.partition(".")
        backend = scratch / "backend" / package
        backend.mkdir(parents=True)
        (backend / "__init__.py").write_text("" if module else _BACKEND)
        if module:
            (backend / f"{module}.py").write_text(_BACKEND)
        env = clean_env({"PYTHONPATH": str(backend.parent)})
        options.append("--no-build-isolation")
    wanted = f"{sdist.name}=={sdist.version}"
    place = scratch / "download"
    command: list[Word] = [*venvs.pip(), "download", *options, "--dest", place, wanted]
    run(command, env=env, timeout=600, attempts=2)
    (file,) = place.iterdir()
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if digest != sdist.sha256:
        raise ToolError(f"{file.name} has SHA-256 {digest}, not {sdist.sha256}")
    return file


def _unpack(sdist: Sdist, file: Path, scratch: Path, target: Path) -> None:
    # Its checksum is known, so that its paths can be trusted.
    with tarfile.open(file) as archive:
        archive.extractall(scratch)
    (root,) = scratch.iterdir()
    for name in sdist.wanted:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(root / name, target / name)
    for folder, _, files in os.walk(target):
        # pytest warns of files from the future, and caches by their time.
        for name in files:
            os.utime(os.path.join(folder, name))
