# SPDX-License-Identifier: MIT OR Apache-2.0
"""Has cargo build crates, with hpy-bindings at hand and for the systems asked for."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from setuptools.errors import ExecError

_HERE = Path(__file__).resolve().parent
_CARRIED = _HERE / "crates"
# The folder that has the crates where there is no such folder: that of a checkout.
_CHECKOUT = _HERE.parents[2]
#: The crate that extensions are written with; what it needs itself lies beside it.
BINDINGS = "hpy-bindings"
_MUSL = "-linux-musl"
# Words of Rust for machines, and Python's.
_MACHINES = {"armv7": "armv7l", "powerpc64le": "ppc64le", "riscv64gc": "riscv64"}


def _metadata(folder: Path) -> dict[str, Any]:
    text = run(["metadata", "--no-deps", "--format-version=1"], folder, dict(os.environ))
    found: dict[str, Any] = json.loads(text)
    return found


def packages(folder: Path) -> dict[str, dict[str, Any]]:
    """Returns what `cargo metadata` says about the crates of the workspace in `folder`, by name."""
    return {package["name"]: package for package in _metadata(folder)["packages"]}


def patches(folder: Path) -> list[str]:
    """Returns options by which cargo, in `folder`, takes hpy-bindings from this package.

    None where no crate there names a version of it.
    """
    found = _metadata(folder)
    wanted = [d for package in found["packages"] for d in package["dependencies"]]
    if not any(d["name"] == BINDINGS and not d.get("path") for d in wanted):
        return []
    place = json.dumps(str(_crates(Path(found["target_directory"])) / BINDINGS))
    return ["--config", f"patch.crates-io.{BINDINGS}.path={place}"]  # a string of TOML as well


def _crates(target: Path) -> Path:
    """Returns the folder of the crates, which cargo then finds at the same place in every build.

    pip has this package in another folder each time, and cargo would compile the crates again.
    """
    if not _CARRIED.is_dir():
        return _CHECKOUT
    digest = hashlib.sha256()
    for file in sorted(file for file in _CARRIED.rglob("*") if file.is_file()):
        digest.update(str(file.relative_to(_CARRIED)).encode() + b"\0" + file.read_bytes())
    place = target / "hpy-build" / digest.hexdigest()[:16]
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=place.parent))
        shutil.copytree(_CARRIED, scratch / "crates")
        # Another build may have been quicker.
        with contextlib.suppress(FileExistsError):
            (scratch / "crates").rename(place)
        shutil.rmtree(scratch)
    return place


def build(folder: Path, crates: Sequence[str], options: Sequence[str] = ()) -> dict[str, Path]:
    """Has cargo build crates of the workspace in `folder`.

    Returns their files by the crates' names: shared libraries, or programs.
    """
    known = packages(folder)
    env = {**os.environ, "PYTHON": sys.executable}
    command = ["build"]
    if promised():
        command = ["zigbuild", f"--target={target()}{glibc() and '.' + glibc()}"]
        env.update(_portable(folder, crates[0], env))
    command += [f"--manifest-path={folder / 'Cargo.toml'}", *patches(folder)]
    command += ["--message-format=json-render-diagnostics"]
    command += [f"--profile={os.environ.get('HPY_PROFILE') or 'release'}", *options]
    command += [f"--package={crate}" for crate in crates]
    # Not in the folder itself: zig gives relative names to headers below the working
    # directory, and the build scripts that get them run elsewhere.
    output = run(command, Path(known[crates[0]]["targets"][0]["src_path"]).parent, env)
    names = {package["manifest_path"]: name for name, package in known.items()}
    made = {}
    for line in output.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("reason") != "compiler-artifact":
            continue
        files = [message["executable"]] if "bin" in message["target"]["kind"] else []
        if "cdylib" in message["target"]["kind"]:
            files = [file for file in message["filenames"] if file.endswith(".so")]
        made.update({names.get(message["manifest_path"], ""): Path(file) for file in files})
    missing = [crate for crate in crates if crate not in made]
    if missing:
        raise ExecError(f"cargo built nothing for {missing}: no crate-type cdylib, no program")
    return made


def program() -> str:
    """Returns the cargo program."""
    return os.environ.get("CARGO") or "cargo"


def run(arguments: Sequence[str], cwd: Path, env: dict[str, str]) -> str:
    """Runs cargo; returns what it printed, and lets its messages through."""
    command = [program(), *arguments]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    try:
        done = subprocess.run(command, cwd=cwd, env=env, stdin=null, stdout=pipe, text=True)
    except FileNotFoundError:
        message = f"this is partly written in Rust, but there is no {command[0]}: install Rust"
        raise ExecError(message) from None
    if done.returncode != 0:
        raise ExecError(f"{' '.join(command)} failed with exit status {done.returncode}")
    return done.stdout


def glibc() -> str:
    """Returns the oldest glibc the wheel is for; nothing for this machine's."""
    return os.environ.get("HPY_GLIBC", "")


def promised() -> str:
    """Returns the platform that the wheel is for, by name; nothing for one as new as this machine."""
    if os.environ.get("CARGO_BUILD_TARGET", "").endswith(_MUSL):
        return f"musllinux_1_2_{machine()}"
    return f"manylinux_{glibc().replace('.', '_')}_{machine()}" if glibc() else ""


def target() -> str:
    """Returns the target triple: cargo's own variable, or this machine's Rust."""
    triple = os.environ.get("CARGO_BUILD_TARGET", "")
    if not triple:
        command = ["rustc", "-vV"]
        text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        triple = next(line.split()[1] for line in text.splitlines() if line.startswith("host:"))
    if not triple.endswith("-linux-gnu") and (glibc() or not triple.endswith(_MUSL)):
        raise ExecError(f"HPY_GLIBC and CARGO_BUILD_TARGET are for Linux, not {triple}")
    return triple


def machine() -> str:
    """Returns the machine of the target as wheels name it, such as x86_64."""
    word = target().split("-")[0]
    return _MACHINES.get(word, word)


def _portable(folder: Path, name: str, env: Mapping[str, str]) -> dict[str, str]:
    """Returns variables by which compilers write `name` for `folder`, and no path of here."""
    home = Path.home()
    cargo_home = Path(env.get("CARGO_HOME") or home / ".cargo")
    # One folder per registry, named after its host. The last prefix that fits wins.
    prefixes = [(home, "/home"), (cargo_home, "/cargo")]
    prefixes += [(place, "/crates") for place in cargo_home.glob("registry/src/*")]
    if _CARRIED.is_dir():
        place = _crates(Path(_metadata(folder)["target_directory"]))
        prefixes += [(folder, f"/{name}"), (place, "/crates")]
    else:
        prefixes += [(_CHECKOUT, "/crates"), (folder, f"/{name}")]
    if "CARGO_ENCODED_RUSTFLAGS" in env:
        flags = list(filter(None, env["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")))
    else:
        flags = env.get("RUSTFLAGS", "").split()
    flags += [f"--remap-path-prefix={place}={word}" for place, word in prefixes]
    if target().endswith(_MUSL):
        # Else there would be no shared libraries.
        flags.append("-Ctarget-feature=-crt-static")
    # What reads the C compiler's flags splits them at every blank.
    mapped = [f"-ffile-prefix-map={p}={word}" for p, word in prefixes if " " not in str(p)]
    c_flags = f"CFLAGS_{target().replace('-', '_')}"
    before = env.get(c_flags, env.get("CFLAGS", ""))
    return {
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        c_flags: " ".join([before, *mapped]).strip(),
    }
