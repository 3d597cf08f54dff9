"""The hash function BLAKE3: that of the Rust crate blake3."""

import hpy_host

hpy_host.load_submodule("blake3._native")

from blake3._native import __version__, blake3  # noqa: E402

__all__ = ["__version__", "blake3"]
