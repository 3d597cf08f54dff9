"""An extension that uses the capsule of another one."""

import hpy_host
import tutorial  # noqa: F401  # The native module finds it there.

hpy_host.load_submodule("tutorial_user._native")

from tutorial_user._native import twins  # noqa: E402

__all__ = ["twins"]
