# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages of hpy-shim, hpy-macros and hpy-bindings, compiled alone, as a registry would hand them out."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import build_wheel
import interpreters
import nox
from common import ROOT, ToolError, cache_dir, locked, run as ask

from sessions.helpers import cargo, run

CRATES = ("hpy-shim", "hpy-macros", "hpy-bindings")
CHOSEN = tuple(word for crate in CRATES for word in ("-p", crate))
# The oldest Rust that their manifests name, and the suite of Debian that has it.
OLDEST, SUITE = "1.85", "trixie"
# All that has to be in a package.
EXPECTED = ("LICENSE-MIT", "LICENSE-APACHE", "README.md", "Cargo.toml", "src/lib.rs")
TARGET = ROOT / "target" / "crates"


def unpack(session: nox.Session, place: Path) -> None:
    """Packages the crates into `place`, where they then are a workspace of their own."""
    shutil.rmtree(TARGET / "package", ignore_errors=True)
    # What cargo only warns of, as a missing description, is an error of the registry.
    command = ("package", "--locked", "--allow-dirty", "--no-verify", "--target-dir", TARGET)
    said = cargo(session, *command, *CHOSEN, silent=True)
    if "warning" in said:
        session.error(f"cargo package warns:\n{said}")
    for crate in CRATES:
        (archive,) = (TARGET / "package").glob(f"{crate}-[0-9]*.crate")
        shutil.unpack_archive(archive, place, "gztar")
        (place / archive.stem).rename(place / crate)
        missing = [name for name in EXPECTED if not (place / crate / name).is_file()]
        if missing:
            session.error(f"the package {crate} lacks {', '.join(missing)}")
        if f'rust-version = "{OLDEST}"' not in (place / crate / "Cargo.toml").read_text():
            session.error(f"the manifest of {crate} does not name Rust {OLDEST}")
    manifest = f"[workspace]\nresolver = '2'\nmembers = {list(CRATES)}\n"
    # A published hpy-bindings finds the others in the registry.
    manifest += "[patch.crates-io]\n"
    manifest += "".join(f"{name} = {{ path = '{name}' }}\n" for name in CRATES[:-1])
    (place / "Cargo.toml").write_text(manifest)
    shutil.copy(ROOT / "Cargo.lock", place)


def oldest_rust() -> Path:
    """Returns the folder of rustc and cargo, fetched from Debian if needed."""
    final = cache_dir() / "rust" / f"{OLDEST}-{SUITE}"
    programs = ("usr/bin/rustc", "usr/bin/cargo")
    with locked("rust"):
        if not final.is_dir():
            interpreters.unpack(SUITE, ("rustc", "cargo"), programs, final)
    said = ask([final / programs[0], "--version"])
    if not said.startswith(f"rustc {OLDEST}."):
        raise ToolError(f"Debian {SUITE} has {said.strip()}, not {OLDEST}")
    return final / "usr" / "bin"


def check(session: nox.Session) -> None:
    """Compiles them with their tests, and has the oldest Rust compile them."""
    # Whoever runs this again compiles no dependency twice.
    new = {"CARGO_TARGET_DIR": str(TARGET), "CARGO_PROFILE_DEV_DEBUG": "0"}
    python = str(build_wheel.build_python())
    with tempfile.TemporaryDirectory(prefix="vermilion-crates-") as scratch:
        unpack(session, Path(scratch))
        with session.chdir(scratch):
            all_of_it = ("--workspace", "--all-features")
            # Whether something is missing in them; what they do, the workspace's tests say.
            cargo(session, "check", *all_of_it, "--all-targets", env=new)
            rust = oldest_rust()
            old = {"CARGO_TARGET_DIR": str(TARGET / OLDEST), "RUSTC": str(rust / "rustc")}
            run(session, rust / "cargo", "check", *all_of_it, env={**old, "PYTHON": python})
            # The next run has another place, and cargo would keep what it made of this one.
            for environment in (new, old):
                cargo(session, "clean", *CHOSEN, env=environment)
