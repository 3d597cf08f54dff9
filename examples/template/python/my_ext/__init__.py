"""A native module in Rust, for CPython and PyPy.

>>> import my_ext
>>> my_ext.count("one two one", "one")
2
"""

import hpy_host

hpy_host.load_submodule("my_ext._native")

from my_ext._native import Counter, count  # noqa: E402

__all__ = ["Counter", "count"]
