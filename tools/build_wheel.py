#!/usr/bin/env python3
"""Builds the one wheel into dist/, for Linux systems much older than this one.

zig's linker and headers, driven by cargo-zigbuild, make the binary for an old C
library; auditwheel then names the wheel by what the binary really needs, and
refuses when that is more than promised.

With --probe, it builds the small extension the tests of hpy-bindings load, by
the same means.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Sequence

import venvs
from common import ROOT, ToolError, Word, clean_env, locked, main_guard, run, say

# The oldest that Rust's standard library runs on.
GLIBC = "2.17"
DIST = ROOT / "dist"
PROBE = ROOT / "build" / "probe" / "probe.hpy0.so"
BUILD_REQUIREMENTS = ROOT / "tools" / "requirements-build.txt"


def build() -> Path:
    """Make dist/ hold exactly one wheel, of the sources as they are; returns it."""
    python = build_python()
    host = _host_target()
    with locked("wheel"), tempfile.TemporaryDirectory(prefix="vermilion-wheel-") as scratch:
        # setuptools would take up files that the sources no longer have.
        for stale in (ROOT / "build").glob("lib*"):
            shutil.rmtree(stale)
        raw = Path(scratch) / "raw"
        command: list[Word] = [python, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps"]
        say("building the wheel")
        _run_shown(["cargo", "fetch", "--locked"], clean_env())
        _run_shown([*command, "--wheel-dir", raw, ROOT], _build_env(python, host))
        (wheel,) = raw.glob("*.whl")
        platform = f"manylinux_{GLIBC.replace('.', '_')}_{host.split('-')[0]}"
        repaired = Path(scratch) / "repaired"
        env = clean_env({"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"})
        audit: list[Word] = [python, "-m", "auditwheel", "repair", "--plat", platform]
        run([*audit, "--wheel-dir", repaired, wheel], env=env)
        (wheel,) = repaired.glob("*.whl")
        if platform not in wheel.name or "-py3-none-" not in wheel.name:
            raise ToolError(f"the wheel is not for every Python on {platform}: {wheel.name}")
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir()
        return Path(shutil.copy(wheel, DIST))


def build_python() -> Path:
    """The Python of the environment with everything a build needs, pip included."""
    return venvs.make(None, "build", [BUILD_REQUIREMENTS])


def build_probe() -> Path:
    """Build the extension module of tests/probe; returns it."""
    host = _host_target()
    target_dir = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    with locked("wheel"):
        env = _build_env(build_python(), host)
        env.update(CARGO_TARGET_DIR=str(target_dir), PYTHON=str(build_python()))
        command = ["cargo", env["VERMILION_CARGO_BUILD"], "--target", env["VERMILION_CARGO_TARGET"]]
        # Not in ROOT, for the reason setup.py gives.
        _run_shown([*command, "--release", "--locked"], env, ROOT / "tests" / "probe")
        PROBE.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target_dir / host / "release" / "libprobe.so", PROBE)
    return PROBE


def _host_target() -> str:
    """The target triple of this machine's Rust."""
    try:
        text = run(["rustc", "-vV"])
    except ToolError as error:
        raise ToolError(f"building needs Rust with cargo ({error})") from None
    host = next(line.split()[1] for line in text.splitlines() if line.startswith("host:"))
    if not host.endswith("-linux-gnu"):
        raise ToolError(f"wheels are built on Linux with glibc, not on {host}")
    return host


def _build_env(python: Path, host: str) -> dict[str, str]:
    """The environment for cargo-zigbuild, which keeps this machine's paths out of the binary."""
    home = Path.home()
    cargo_home = Path(os.environ.get("CARGO_HOME") or home / ".cargo")
    # One folder per registry, named after its host. The last prefix that fits wins.
    crates = [(place, "/crates") for place in cargo_home.glob("registry/src/*")]
    prefixes = [(home, "/home"), (cargo_home, "/cargo"), *crates, (ROOT, "/vermilion")]
    env = clean_env({"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"})
    flags = _rust_flags(env) + [f"--remap-path-prefix={place}={name}" for place, name in prefixes]
    env["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags)
    c_flags = f"CFLAGS_{host.replace('-', '_')}"
    # What reads this variable splits it at every blank.
    mapped = [f"-ffile-prefix-map={p}={name}" for p, name in prefixes if " " not in str(p)]
    env[c_flags] = " ".join([env.get(c_flags, env.get("CFLAGS", "")), *mapped]).strip()
    env["VERMILION_CARGO_BUILD"] = "zigbuild"
    env["VERMILION_CARGO_TARGET"] = f"{host}.{GLIBC}"
    return env


def _rust_flags(env: dict[str, str]) -> list[str]:
    """The flags the caller wants rustc to have, as cargo reads them."""
    if "CARGO_ENCODED_RUSTFLAGS" in env:
        return list(filter(None, env["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")))
    return env.get("RUSTFLAGS", "").split()


def _run_shown(command: Sequence[Word], env: dict[str, str], cwd: Path = ROOT) -> None:
    """Run a long command whose output the user wants to see as it comes."""
    done = subprocess.run(
        [os.fspath(c) for c in command],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        cwd=cwd,
    )
    if done.returncode != 0:
        raise ToolError(f"the build failed with exit status {done.returncode}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--probe", action="store_true", help="build the tests' extension instead")
    built = build_probe() if parser.parse_args().probe else build()
    print(f"{built}  {built.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    main_guard(main)
