# SPDX-License-Identifier: GPL-2.0-or-later
"""The Rust that compiles for other systems: Linux with musl, Windows and macOS.

Compiler and cargo are Debian's, with the sources of the standard library, which cargo builds for
whatever target is asked for; zig is C compiler and linker. All of it is unpacked into the cache.
"""

from __future__ import annotations

from pathlib import Path

import interpreters
from common import cache_dir, locked

# The suite whose Rust is new enough.
SUITE = "forky"
WINDOWS = "x86_64-pc-windows-gnu"
MACOS = ("aarch64-apple-darwin", "x86_64-apple-darwin")
_OBJECTS = (
    *("usr/bin/rustc", "usr/bin/cargo"),
    *("usr/lib/*/librustc_driver*.so*", "usr/lib/*/libLLVM*.so*"),
)


def _rust() -> Path:
    """Returns the folder with compiler, cargo and the standard library's sources."""
    final = cache_dir() / "rust" / f"sources-{SUITE}"
    with locked("rust-sources"):
        if not final.exists():
            interpreters.unpack(SUITE, ("rustc", "cargo", "rust-src"), _OBJECTS, final)
    return final


def compiler() -> dict[str, str]:
    """Returns the variables by which cargo builds for these systems, standard library included."""
    programs = _rust() / "usr" / "bin"
    return {
        "CARGO": str(programs / "cargo"),
        "RUSTC": str(programs / "rustc"),
        # Debian's is a stable one, and building the standard library is for nightly ones.
        "RUSTC_BOOTSTRAP": "1",
        "CARGO_UNSTABLE_BUILD_STD": "std,panic_unwind",
    }
