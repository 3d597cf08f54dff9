# SPDX-License-Identifier: MIT OR Apache-2.0
"""Gets HPy's own tests: out of hpy's source distribution, fetched with pip."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

import venvs
from common import ToolError, Word, cache_dir, clean_env, locked, run, say

VERSION = "0.9.0"
_SHA256 = "4545310f3a7f9ac249c0f19a80a9b05f46565afb62b7e9225b79493b7b6c70cc"

# What of the distribution has modules to build, with tests of their own, and what its tests
# need. The rest of the package `hpy` must not be importable: that is the host's.
PROJECTS = ("proof-of-concept", "docs/examples", "docs/porting-example")
_WANTED = ("test", "hpy/devel", *PROJECTS)

# pip does not hand out a source distribution before a build backend has described it.
# hpy's own asks git and would have setuptools fetched; this one knows the answer.
_BACKEND = f"""
import os

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    name = "hpy-{VERSION}.dist-info"
    os.mkdir(os.path.join(directory, name))
    with open(os.path.join(directory, name, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: hpy\\nVersion: {VERSION}\\n")
    return name
"""


def tree() -> Path:
    """The folder with hpy's tests, `hpy/devel` and examples in it, fetched if need be."""
    target = cache_dir() / "hpy-suite" / VERSION
    with locked("hpy-suite"):
        # One from before may have less.
        if not all((target / name).exists() for name in _WANTED):
            say(f"fetching the tests of hpy {VERSION}")
            partial = target.with_name("partial")
            shutil.rmtree(partial, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix="vermilion-hpy-") as scratch:
                _unpack(_download(Path(scratch)), Path(scratch) / "tree", partial)
            shutil.rmtree(target, ignore_errors=True)
            partial.rename(target)
    return target


def _download(scratch: Path) -> Path:
    """The source distribution, downloaded into `scratch` without building anything."""
    backend = scratch / "backend" / "setuptools"
    backend.mkdir(parents=True)
    (backend / "__init__.py").write_text("")
    (backend / "build_meta.py").write_text(_BACKEND)
    env = clean_env({"PYTHONPATH": str(backend.parent)})
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-binary", ":all:")
    place = scratch / "download"
    command: list[Word] = [*venvs.pip(), "download", *options, "--dest", place, f"hpy=={VERSION}"]
    run(command, env=env, timeout=600, attempts=2)
    (sdist,) = place.iterdir()
    digest = hashlib.sha256(sdist.read_bytes()).hexdigest()
    if digest != _SHA256:
        raise ToolError(f"{sdist.name} has SHA-256 {digest}, not {_SHA256}")
    return sdist


def _unpack(sdist: Path, scratch: Path, target: Path) -> None:
    # Its checksum is known, so that its paths can be trusted.
    with tarfile.open(sdist) as archive:
        archive.extractall(scratch)
    (root,) = scratch.iterdir()
    for name in _WANTED:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(root / name, target / name)
    for folder, _, files in os.walk(target):
        # pytest warns of files from the future, and caches by their time.
        for file in files:
            os.utime(os.path.join(folder, file))
