# SPDX-License-Identifier: MIT OR Apache-2.0
"""Gets HPy's own tests: out of hpy's source distribution, fetched with pip."""

from __future__ import annotations

from pathlib import Path

import sdists

VERSION = "0.9.0"
_SHA256 = "4545310f3a7f9ac249c0f19a80a9b05f46565afb62b7e9225b79493b7b6c70cc"

# What of the distribution has modules to build, with tests of their own, and what its tests
# need. The rest of the package `hpy` must not be importable: that is the host's.
PROJECTS = ("proof-of-concept", "docs/examples", "docs/porting-example")
_HPY = sdists.Sdist(
    "hpy", VERSION, _SHA256, "setuptools.build_meta", ("test", "hpy/devel", *PROJECTS)
)


def tree() -> Path:
    """Returns the folder with hpy's tests, `hpy/devel` and examples in it, fetched if need be."""
    return sdists.tree(_HPY)
