"""The same functions, which return objects of the module uuid."""

from uuid import (
    NAMESPACE_DNS,
    NAMESPACE_OID,
    NAMESPACE_URL,
    NAMESPACE_X500,
    RESERVED_FUTURE,
    RESERVED_MICROSOFT,
    RESERVED_NCS,
    RFC_4122,
    UUID,
    SafeUUID,
    getnode,
)

import uuid_utils
from uuid_utils import __version__, _uuid4_int, _uuid7_int

NIL = UUID(int=0)
MAX = UUID(int=(1 << 128) - 1)


def _of(number):
    # The constructor would look at the number again.
    made = object.__new__(UUID)
    object.__setattr__(made, "int", number)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made


def uuid1(node=None, clock_seq=None):
    """A UUID of a machine and a time."""
    return _of(uuid_utils.uuid1(node, clock_seq).int)


def uuid3(namespace, name):
    """A UUID of a name, by MD5."""
    return _of(uuid_utils.uuid3(uuid_utils.UUID(int=namespace.int), name).int)


def uuid4():
    """A random UUID."""
    return _of(_uuid4_int())


def uuid5(namespace, name):
    """A UUID of a name, by SHA-1."""
    return _of(uuid_utils.uuid5(uuid_utils.UUID(int=namespace.int), name).int)


def uuid6(node=None, clock_seq=None):
    """A UUID of a machine and a time, in the order of time."""
    return _of(uuid_utils.uuid6(node, clock_seq).int)


def uuid7(*, nanoseconds=None):
    """A UUID of a time and random bits, in the order of time."""
    return _of(_uuid7_int(nanoseconds=nanoseconds))


def uuid8(a=None, b=None, c=None):
    """A UUID of three numbers, of 48, 12 and 62 bits."""
    return _of(uuid_utils.uuid8(a, b, c).int)


__all__ = [
    "MAX",
    "NAMESPACE_DNS",
    "NAMESPACE_OID",
    "NAMESPACE_URL",
    "NAMESPACE_X500",
    "NIL",
    "RESERVED_FUTURE",
    "RESERVED_MICROSOFT",
    "RESERVED_NCS",
    "RFC_4122",
    "UUID",
    "__version__",
    "getnode",
    "uuid1",
    "uuid3",
    "uuid4",
    "uuid5",
    "uuid6",
    "uuid7",
    "uuid8",
]
