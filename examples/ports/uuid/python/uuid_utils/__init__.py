"""UUIDs: those of the Rust crate uuid."""

import os
from uuid import SafeUUID

import hpy_host

hpy_host.load_submodule("uuid_utils._uuid_utils")

from uuid_utils._uuid_utils import (  # noqa: E402
    MAX,
    NAMESPACE_DNS,
    NAMESPACE_OID,
    NAMESPACE_URL,
    NAMESPACE_X500,
    NIL,
    RESERVED_FUTURE,
    RESERVED_MICROSOFT,
    RESERVED_NCS,
    RFC_4122,
    UUID,
    __version__,
    _uuid4_int as _uuid4_int,
    _uuid7_int as _uuid7_int,
    getnode,
    reseed as reseed_rng,
    uuid1,
    uuid3,
    uuid4,
    uuid5,
    uuid6,
    uuid7,
    uuid8,
)

# A child would make the UUIDs that its parent makes.
os.register_at_fork(after_in_child=reseed_rng)

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
    "SafeUUID",
    "__version__",
    "getnode",
    "reseed_rng",
    "uuid1",
    "uuid3",
    "uuid4",
    "uuid5",
    "uuid6",
    "uuid7",
    "uuid8",
]
