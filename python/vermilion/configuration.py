# SPDX-License-Identifier: GPL-2.0-or-later
"""`Config`: what hg is configured to in a repository."""

from __future__ import annotations

import os
from shutil import which

from vermilion import _native
from vermilion._text import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vermilion._text import Path


class Config:
    """The configuration that `hg` would have in a repository, read as Mercurial 7.2 reads it.

    From all its places (`hg help config`): the system's, the user's or those in `HGRCPATH`, the
    repository's and, where it is shared, its source's; with `%include`, `%unset`, `HGPLAIN` and
    `$EDITOR`. Files of users who are not trusted count for nothing but `untrusted`. What comes
    with Mercurial itself, the section merge-tools, is not there.

    Text is str, in UTF-8, as everywhere. Raises `ConfigError`, which is a ValueError, for a file
    that is none, naming it and the line, and OSError where there is no repository.

    >>> config = vermilion.Repository(".").config                           # doctest: +SKIP
    >>> config.get("ui", "username"), config.get_list("trusted", "users")       # doctest: +SKIP
    ('Alice <alice@example.org>', [])
    """

    def __init__(self, path: Path = ".") -> None:
        variables = list(os.environb.items())
        hg = which("hg")
        self._native = _native.read_config(os.path.abspath(os.fsdecode(path)), variables, hg)

    @property
    def sections(self) -> list[str]:
        """The names of all sections, sorted."""
        return [decode(name) for name in self._native.sections()]

    def get(self, section: str, name: str, default: str | None = None) -> str | None:
        """The value of an item, lines separated by newlines; `default` if it is not set."""
        item = self._native.item(section, name)
        return default if item is None else decode(item[0])

    def untrusted(self, section: str, name: str) -> str | None:
        """The same, also from files of users who are not trusted: not for what may do harm."""
        value = self._native.untrusted(section, name)
        return None if value is None else decode(value)

    def source(self, section: str, name: str) -> str | None:
        """Where an item is set: "FILE:LINE", or a variable such as "$EDITOR"; None if it is not."""
        item = self._native.item(section, name)
        return None if item is None else decode(item[1])

    def items(self, section: str) -> dict[str, str]:
        """The items of a section, those set last at the end; none if there is no such section."""
        return {decode(name): decode(value) for name, value, _ in self._native.items(section)}

    def get_bool(self, section: str, name: str, default: bool = False) -> bool:
        """Whether an item says yes; `ConfigError` if it says neither yes nor no."""
        return self._native.get_bool(section, name, default)

    def get_int(self, section: str, name: str, default: int = 0) -> int:
        """The number that an item says; `ConfigError` if it is none."""
        return self._native.get_int(section, name, default)

    def get_list(self, section: str, name: str) -> list[str] | None:
        """The members of a list, which commas or spaces separate; None if it is not set."""
        members = self._native.get_list(section, name)
        return None if members is None else [decode(member) for member in members]

    @property
    def warnings(self) -> list[str]:
        """What hg would say on standard error about files that it does not trust."""
        return [decode(line).rstrip("\n") for line in self._native.warnings()]
