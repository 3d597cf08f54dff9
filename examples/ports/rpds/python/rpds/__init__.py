"""Persistent collections: those of the Rust crate rpds."""

import hpy_host

hpy_host.load_submodule("rpds._native")

from rpds._native import HashTrieMap, HashTrieSet, List, Queue, Stack  # noqa: E402

__all__ = ["HashTrieMap", "HashTrieSet", "List", "Queue", "Stack"]
