# SPDX-License-Identifier: GPL-2.0-or-later
"""Revision sets: values for them, and what may be wrong with them."""

from __future__ import annotations

from vermilion._text import encode
from vermilion.changeset import Changeset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class RevsetError(ValueError):
    """A revision set that Mercurial does not take either."""

    def __init__(self, message: str, position: int | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        #: what is wrong, in Mercurial's words
        self.message = message
        #: the byte at which it was seen, None where that is not known
        self.position = position
        #: what Mercurial advises, None if nothing
        self.hint = hint

    def __str__(self) -> str:
        place = "" if self.position is None else "at %d: " % self.position
        return place + self.message

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message, self.position, self.hint)


class UnsupportedRevsetError(ValueError):
    """A revision set that Mercurial may answer, but Vermilion does not."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        #: the predicate that is not answered, or what else it is
        self.what = what

    def __str__(self) -> str:
        return "not supported: %s" % self.what


def argument(value: object) -> object:
    """What the native code takes for a value: an int, bytes, or a list of these."""
    if isinstance(value, (int, bytes)):
        return value
    if isinstance(value, str):
        return encode(value)
    if isinstance(value, Changeset):
        return value.rev
    if isinstance(value, (set, frozenset)):
        return [argument(item) for item in sorted(value)]
    try:
        items: Iterable[object] = iter(value)  # type: ignore[call-overload]
    except TypeError:
        raise TypeError("%r is not a value for a revision set" % (value,)) from None
    return [argument(item) for item in items]


def error(wrong: tuple[bool, str, int | None, str | None]) -> ValueError:
    """The error for what native code says is wrong."""
    unsupported, message, position, hint = wrong
    return UnsupportedRevsetError(message) if unsupported else RevsetError(message, position, hint)


__all__ = ["RevsetError", "UnsupportedRevsetError", "argument", "error"]
