# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes wide working copies to measure status in: many files, some of them changed.

The same count gives the same tree, with time stamps of long ago. It is committed once; the trees
in other formats and states and for git share the contents of its files by hard links.
"""

from __future__ import annotations

import functools
import os
import random
import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

from common import cache_dir, clean_env, run, say
from places import Place

LONG_AGO = 1_500_000_000
FILES_A_DIRECTORY = 12
_SYLLABLES = [onset + nucleus for onset in "bcdfghklmnprstvw" for nucleus in ("a", "ei", "o", "u")]
_ENDINGS = ".c .h .py .py .rs .js .ts .html .css .json .md .txt .toml .png".split()
# What is ignored: of these patterns, git has the globs, and hg also knows regular expressions.
_GLOBS = "*.o *.so *.py[co] *.class *.log *~ .venv *.egg-info".split()
_HG_IGNORE = "\n".join(
    ["syntax: glob", *_GLOBS, "**/__pycache__/**", "**/.cache/**", "out/**", "syntax: regexp"]
    + [r"(^|/)generated/[^/]*\.(c|h)$", r"(^|/)\.#[^/]*$", "^coverage-[0-9]+/", r"\.sw[a-z]$"]
)
_GIT_IGNORE = "\n".join(
    [*_GLOBS, "__pycache__/", ".cache/", "/out/", "generated/*.[ch]", ".#*"]
    + ["/coverage-[0-9]*/", "*.sw[a-z]", ""]
)


def names(count: int) -> list[str]:
    """Returns the paths of `count` files, sorted; `.hgignore` is the first.

    Directories hang below earlier ones, mostly below those near the root, seven levels
    deep at most; most have a few files, some have hundreds.
    """
    rng = random.Random(7)

    def word() -> str:
        return "".join(rng.choices(_SYLLABLES, k=rng.choice((1, 2, 2, 3, 4))))

    directories = {"": None}
    listed = [""]
    while len(listed) < max(8, count // FILES_A_DIRECTORY):
        above = listed[int(len(listed) * rng.random() ** 1.4)]
        path = f"{above}{word()}/"
        if path not in directories and path.count("/") <= 7:
            directories[path] = None
            listed.append(path)
    sizes = [rng.lognormvariate(0, 1) for _ in listed]
    files = {".hgignore"}
    while len(files) < count:
        for directory in rng.choices(listed, sizes, k=count - len(files)):
            files.add(f"{directory}{word()}_{word()}{rng.choice(_ENDINGS)}")
    return sorted(files)


def _write(folder: Path, paths: Sequence[str], *, empty: bool = False) -> None:
    """Writes the files, most of 100 to 4,000 bytes, with time stamps of long ago."""
    rng = random.Random(7)
    lines = [" ".join(rng.choices(_SYLLABLES, k=rng.randrange(5, 16))) for _ in range(4000)]
    for directory in sorted({path.rpartition("/")[0] for path in paths}):
        (folder / directory).mkdir(parents=True, exist_ok=True)
    for path in paths:
        start, length = rng.randrange(len(lines)), min(120, 3 + int(rng.expovariate(1 / 20)))
        text = "" if empty else "\n".join([path, *lines[start : start + length], ""])
        where = f"{folder}/{path}"
        with open(where, "wb", buffering=0) as file:
            file.write((_HG_IGNORE if path == ".hgignore" else text).encode())
        os.utime(where, (LONG_AGO, LONG_AGO))


def empty(tree: Path, count: int, place: Place) -> Path:
    """Makes a repository of empty files, with a dirstate v1 that has no parents; returns it."""
    env = {**place.env, "HGRCPATH": os.devnull}
    run([*place.hg, "init", "--config", "format.use-dirstate-v2=no", tree], env=env)
    paths = names(count)
    _write(tree, paths, empty=True)
    with open(tree / ".hg" / "dirstate", "wb") as file:
        file.write(bytes(40))
        for path in paths:
            size = os.lstat(tree / path).st_size
            file.write(struct.pack(">cllll", b"n", 0o100644, size, LONG_AGO, len(path)))
            file.write(path.encode())
    return tree


def changes(paths: Sequence[str], state: str) -> dict[str, list[str]]:
    """Returns what the state stands for: one file in a hundred modified, some come and gone.

    One in ten modified files keeps its size.
    """
    rng = random.Random(state)
    tracked = [path for path in paths if path != ".hgignore"]
    if state != "changed":
        return {"modified": rng.sample(tracked, 5)} if state == "few" else {}
    one, some = max(1, len(paths) // 100), max(1, len(paths) // 1000)
    picked = rng.sample(tracked, one + 2 * some)
    directories = sorted({path.rpartition("/")[0] + "/" for path in tracked if "/" in path})

    def new(count: int, pattern: str) -> list[str]:
        return [d + pattern.format(n) for n, d in enumerate(rng.choices(directories, k=count))]

    ignored = [*new(one // 2, "__pycache__/new{}.pyc"), *new(one - one // 2, "new{}.o")]
    ignored += [f"out/package{number % 40}/new{number}.js" for number in range(some)]
    gone = {"rm": picked[one : one + some], "deleted": picked[one + some :]}
    come = {"add": new(some, "added{}.py"), "unknown": new(2 * some, "new{}.py") + ignored}
    return {"modified": picked[:one], **gone, **come}


class Wide:
    """The trees of one number of files, kept in the cache; each is made when asked for."""

    def __init__(self, files: int, place: Place) -> None:
        self.files = files
        self._folder = cache_dir() / "bench" / f"wide-{files}"
        # Without its Rust, Mercurial asks whether one means it.
        self._hg = [*place.hg, "--config", "storage.dirstate-v2.slow-path=allow"]
        self._env = {**place.env, "HGRCPATH": os.devnull, "HGPLAIN": "1", "HGUSER": "bench"}

    @functools.cached_property
    def paths(self) -> list[str]:
        """What is committed."""
        return names(self.files)

    def get(self, form: str, state: str) -> Path:
        """Returns the tree of this format in this state."""
        tree = self._folder / f"{form}-{state}"
        stamp = self._folder / f"{form}-{state}.complete"
        if not stamp.exists():
            shutil.rmtree(tree, ignore_errors=True)
            say(f"making {self.files:,} files: {form}, {state}")
            make = self._commit if (form, state) == ("v1", "clean") else self._derive
            make(tree, form, state)
            stamp.touch()
        return tree

    def _run_hg(self, tree: Path, *words: str) -> None:
        run([*self._hg, "--cwd", tree, *words], env=self._env)

    def _commit(self, tree: Path, form: str, state: str) -> None:
        tree.mkdir(parents=True)
        self._run_hg(tree, "init", "--config", "format.use-dirstate-v2=no")
        _write(tree, self.paths)
        self._run_hg(tree, "commit", "--quiet", "--addremove", "--message", "wide", "--date", "0 0")

    def _derive(self, tree: Path, form: str, state: str) -> None:
        # All of it is replaced, not written to, by whoever changes it.
        run(["cp", "-al", self.get("v1", "clean"), tree])
        if form == "git":
            shutil.rmtree(tree / ".hg")
            self._git(tree)
        elif form == "v2":
            upgrade = ("debugupgraderepo", "--run", "--no-backup", "--quiet")
            self._run_hg(tree, *upgrade, "--config", "format.use-dirstate-v2=yes")
        self._change(tree, changes(self.paths, state), form)

    def _git(self, tree: Path) -> None:
        self._run_git(tree, "init", "--quiet")
        (tree / ".git" / "info").mkdir(exist_ok=True)
        (tree / ".git" / "info" / "exclude").write_text(_GIT_IGNORE)
        for setting in GIT_SETTINGS.split():
            self._run_git(tree, "config", *setting.split("="))
        self._run_git(tree, "add", "--all")
        self._run_git(tree, "commit", "--quiet", "--message", "wide")

    def _run_git(self, tree: Path, *words: str, names: Sequence[str] | None = None) -> None:
        words = ("git", "-C", str(tree), *words)
        given = None if names is None else "\0".join(names).encode()
        subprocess.run(words, input=given, check=True, env=git_env(), stdout=subprocess.DEVNULL)

    def _change(self, tree: Path, made: dict[str, list[str]], form: str) -> None:
        for number, path in enumerate(made.get("modified", ())):
            text = (tree / path).read_bytes()
            # A new file instead of new contents, as the old one is shared between trees.
            (tree / path).unlink()
            (tree / path).write_bytes(b"%" + text[1:] if number % 10 == 0 else text + b"changed\n")
        for path in made.get("add", []) + made.get("unknown", []):
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(b"new\n")
        for verb in {"add", "rm"} & set(made):
            paths = made[verb]
            if form == "git":
                listed = ("--pathspec-from-file=-", "--pathspec-file-nul")
                self._run_git(tree, verb, *listed, names=paths)
            else:
                listing = tree.with_name(f"{tree.name}.listing")
                listing.write_text("\n".join(paths))
                self._run_hg(tree, verb, "--quiet", f"listfile:{listing}")
        for path in made.get("deleted", ()):
            (tree / path).unlink()


# As somebody sets git up who wants it fast: it lists single files, as hg does, and keeps
# what it knows of directories.
GIT_SETTINGS = """
core.untrackedCache=true status.showUntrackedFiles=all core.trustctime=false
feature.manyFiles=true core.fsmonitor=false gc.auto=0 maintenance.auto=false
diff.renames=false user.name=bench user.email=bench@localhost
"""


def git_env() -> dict[str, str]:
    """Returns the environment of git without the user's settings."""
    return clean_env({"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"})
