# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes wide working copies to measure status in: many files, some of them changed.

The same count gives the same tree, whose files have a time stamp of long ago. It is
committed with Mercurial once; the other trees, in other formats and states and for git,
share the contents of its files by hard links.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from common import cache_dir, clean_env, run, say
from places import Place

# Formats of the dirstate, and git's index.
FORMATS = ("v1", "v2", "git")
# What was done to the files since the commit: nothing, five changed, one in a hundred.
STATES = ("clean", "few", "changed")
LONG_AGO = 1_500_000_000
FILES_A_DIRECTORY = 12
# PyPy has no zstd.
ZLIB = ("--config", "format.revlog-compression=zlib")
_ONSETS = "b c d f g h k l m n p r s t v w st tr pl".split()
_NUCLEI = "a e i o u ai ea io".split()
_ENDINGS = (
    "c",
    "h",
    "py",
    "py",
    "rs",
    "js",
    "ts",
    "html",
    "css",
    "json",
    "md",
    "txt",
    "toml",
    "png",
    "",
)
# Both say the same of the files made here; git has no regular expressions.
HG_IGNORE = r"""syntax: glob
*.o
*.so
*.py[co]
*.class
*.log
*~
**/__pycache__/**
**/.cache/**
out/**
.venv
*.egg-info
syntax: regexp
(^|/)generated/[^/]*\.(c|h)$
(^|/)\.#[^/]*$
^coverage-[0-9]+/
\.sw[a-z]$
"""
GIT_IGNORE = """*.o
*.so
*.py[co]
*.class
*.log
*~
__pycache__/
.cache/
/out/
.venv
*.egg-info
generated/*.[ch]
.#*
/coverage-[0-9]*/
*.sw[a-z]
"""


def names(count: int, seed: int = 7) -> list[str]:
    """The paths of `count` files, sorted; `.hgignore` is the first.

    Directories hang below earlier ones, mostly below those near the root, seven levels
    deep at most; most have a few files, some have hundreds.
    """
    rng = random.Random(seed)

    def word() -> str:
        return "".join(
            rng.choice(_ONSETS) + rng.choice(_NUCLEI) for _ in range(rng.choice((1, 2, 2, 3, 4)))
        )

    directories = [""]
    known = set(directories)
    while len(directories) < max(8, count // FILES_A_DIRECTORY):
        above = (
            directories[int(len(directories) * rng.random() ** 1.4)] if rng.random() < 0.98 else ""
        )
        path = f"{above}{word()}/"
        if path not in known and path.count("/") <= 7:
            known.add(path)
            directories.append(path)
    sizes = [rng.lognormvariate(0, 1) for _ in directories]
    files: set[str] = {".hgignore"}
    while len(files) < count:
        for directory in rng.choices(directories, sizes, k=count - len(files)):
            ending = rng.choice(_ENDINGS)
            name = f"{word()}_{word()}" + (f".{ending}" if ending else "")
            if f"{directory}{name}/" not in known:
                files.add(directory + name)
    return sorted(files)


def _contents(paths: Sequence[str], seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """Text for each file, most of it 100 to 4,000 bytes long and no two alike."""
    rng = random.Random(seed)
    words = [f"{rng.choice(_ONSETS)}{rng.choice(_NUCLEI)}{number}" for number in range(500)]
    lines = [" ".join(rng.choices(words, k=rng.randrange(3, 10))) for _ in range(4000)]
    for path in paths:
        start, length = rng.randrange(len(lines)), min(120, 3 + int(rng.expovariate(1 / 20)))
        yield path, "\n".join([path, *lines[start : start + length], ""]).encode()


def write_files(folder: Path, paths: Sequence[str], *, empty: bool = False) -> None:
    """Writes the files, with time stamps of long ago."""
    for directory in sorted({path.rpartition("/")[0] for path in paths}):
        (folder / directory).mkdir(parents=True, exist_ok=True)
    for path, text in ((path, b"") for path in paths) if empty else _contents(paths):
        where = f"{folder}/{path}"
        with open(where, "wb", buffering=0) as file:
            file.write(HG_IGNORE.encode() if path == ".hgignore" else text)
        os.utime(where, (LONG_AGO, LONG_AGO))


def write_dirstate(repository: Path, paths: Sequence[str]) -> None:
    """A dirstate in the format v1, of empty files of long ago, that has no parents."""
    with open(repository / ".hg" / "dirstate", "wb") as file:
        file.write(bytes(40))
        for path in paths:
            name = path.encode()
            size = os.lstat(repository / path).st_size
            file.write(struct.pack(">cllll", b"n", 0o100644, size, LONG_AGO, len(name)) + name)


@dataclass(frozen=True)
class Changes:
    """What is done to a tree, by paths. One in ten modified files keeps its size."""

    modified: list[str]
    removed: list[str]
    deleted: list[str]
    added: list[str]
    unknown: list[str]
    ignored: list[str]


def changes(paths: Sequence[str], state: str) -> Changes:
    """What the state stands for: one file in a hundred modified, some come and gone."""
    rng = random.Random(state)
    tracked = [path for path in paths if path != ".hgignore"]
    if state != "changed":
        return Changes(rng.sample(tracked, 5) if state == "few" else [], [], [], [], [], [])
    one, some = max(1, len(paths) // 100), max(1, len(paths) // 1000)
    picked = rng.sample(tracked, one + 2 * some)
    directories = sorted({path.rpartition("/")[0] + "/" for path in tracked if "/" in path})

    def new(count: int, pattern: str) -> list[str]:
        return [d + pattern.format(n) for n, d in enumerate(rng.choices(directories, k=count))]

    ignored = [*new(one // 2, "__pycache__/new{}.pyc"), *new(one - one // 2, "new{}.o")]
    ignored += [f"out/package{number % 40}/new{number}.js" for number in range(some)]
    return Changes(
        modified=picked[:one],
        removed=picked[one : one + some],
        deleted=picked[one + some :],
        added=new(some, "added{}.py"),
        unknown=new(2 * some, "new{}.py"),
        ignored=ignored,
    )


def _replace(path: Path, text: bytes) -> None:
    # A new file instead of new contents, as the old one is shared between trees.
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(text)
    partial.replace(path)


class Wide:
    """The trees of one number of files, kept in the cache; each is made when asked for."""

    def __init__(self, files: int, place: Place) -> None:
        self.files = files
        self._folder = cache_dir() / "bench" / f"wide-{files}"
        self._hg = [str(place.python), str(place.python.parent / "hg")]
        self._env = clean_env(
            {**place.env, "HGRCPATH": os.devnull, "HGPLAIN": "1", "HGUSER": "bench"}
        )
        # Without its Rust, Mercurial asks whether one means it.
        self._hg += ["--config", "storage.dirstate-v2.slow-path=allow"]
        self._paths: list[str] = []

    @property
    def paths(self) -> list[str]:
        """What is committed."""
        self._paths = self._paths or names(self.files)
        return self._paths

    def get(self, form: str, state: str) -> Path:
        """The tree of this format in this state."""
        tree = self._folder / f"{form}-{state}"
        stamp = self._folder / f"{form}-{state}.complete"
        if not stamp.exists():
            shutil.rmtree(tree, ignore_errors=True)
            say(f"making {self.files:,} files: {form}, {state}")
            if (form, state) == ("v1", "clean"):
                self._commit(tree)
            else:
                self._derive(tree, form, state)
            stamp.touch()
        return tree

    def _run_hg(self, tree: Path, *words: str) -> None:
        run([*self._hg, "--cwd", str(tree), *words], env=self._env)

    def _commit(self, tree: Path) -> None:
        tree.mkdir(parents=True)
        self._run_hg(tree, "init", *ZLIB, "--config", "format.use-dirstate-v2=no")
        write_files(tree, self.paths)
        self._run_hg(tree, "commit", "--quiet", "--addremove", "--message", "wide", "--date", "0 0")

    def _derive(self, tree: Path, form: str, state: str) -> None:
        base = self.get("v1", "clean")
        for directory in sorted({path.rpartition("/")[0] for path in self.paths}):
            (tree / directory).mkdir(parents=True, exist_ok=True)
        for path in self.paths:
            os.link(f"{base}/{path}", f"{tree}/{path}")
        if form == "git":
            self._git(tree)
        else:
            self._mercurial(base, tree, form)
        self._change(tree, changes(self.paths, state), form)

    def _mercurial(self, base: Path, tree: Path, form: str) -> None:
        """Its own dirstate, and the store of the first tree, which nobody writes to."""
        skipped = shutil.ignore_patterns("store", "wcache")
        shutil.copytree(base / ".hg", tree / ".hg", symlinks=True, ignore=skipped)
        (tree / ".hg" / "store").symlink_to(base / ".hg" / "store")
        if form == "v2":
            upgrade = ("debugupgraderepo", "--run", "--no-backup", "--quiet", *ZLIB)
            self._run_hg(tree, *upgrade, "--config", "format.use-dirstate-v2=yes")

    def _git(self, tree: Path) -> None:
        self._run_git(tree, "init", "--quiet")
        (tree / ".git" / "info").mkdir(exist_ok=True)
        (tree / ".git" / "info" / "exclude").write_text(GIT_IGNORE)
        for key, value in GIT_SETTINGS.items():
            self._run_git(tree, "config", key, value)
        self._run_git(tree, "add", "--all")
        self._run_git(tree, "commit", "--quiet", "--message", "wide")

    def _run_git(self, tree: Path, *words: str, names: Sequence[str] | None = None) -> None:
        words = ("git", "-C", str(tree), *words)
        given = None if names is None else "\0".join(names).encode()
        subprocess.run(words, input=given, check=True, env=git_env(), stdout=subprocess.DEVNULL)

    def _change(self, tree: Path, made: Changes, form: str) -> None:
        for number, path in enumerate(made.modified):
            text = (tree / path).read_bytes()
            _replace(tree / path, b"%" + text[1:] if number % 10 == 0 else text + b"changed\n")
        for path in made.added + made.unknown + made.ignored:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(b"new\n")
        for verb, paths in (("add", made.added), ("rm", made.removed)):
            if paths and form == "git":
                listed = ("--pathspec-from-file=-", "--pathspec-file-nul")
                self._run_git(tree, verb, *listed, names=paths)
            elif paths:
                listing = tree.with_name(f"{tree.name}.listing")
                listing.write_text("\n".join(paths))
                self._run_hg(tree, verb, "--quiet", f"listfile:{listing}")
        for path in made.deleted:
            (tree / path).unlink()


# As somebody sets git up who wants it fast: it lists single files, as hg does, and keeps
# what it knows of directories.
GIT_SETTINGS = {
    "core.untrackedCache": "true",
    "status.showUntrackedFiles": "all",
    "core.trustctime": "false",
    "feature.manyFiles": "true",
    "core.fsmonitor": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "diff.renames": "false",
    "user.name": "bench",
    "user.email": "bench@localhost",
}


def git_env() -> dict[str, str]:
    """git without the user's settings."""
    return clean_env({"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"})
