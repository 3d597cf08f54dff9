# SPDX-License-Identifier: GPL-2.0-or-later
"""The one rule for text: what people read is str, in UTF-8, and loses nothing.

Bytes that are not UTF-8 become lone surrogates, as with `os.fsdecode`; `encode` gives them back.
Paths, contents and nodes are bytes everywhere.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Path = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]


def decode(text: bytes) -> str:
    """The text that people read."""
    return text.decode("utf-8", "surrogateescape")


def encode(text: str | bytes) -> bytes:
    """The bytes of a text."""
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def path_bytes(path: Path) -> bytes:
    """The bytes of a path in a repository, without a slash at its end."""
    return os.fsencode(path).rstrip(b"/")
