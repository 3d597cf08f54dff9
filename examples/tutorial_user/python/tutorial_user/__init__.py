"""An extension that uses the capsule of another one."""

import tutorial  # noqa: F401  # The native module finds it there.
import vermilion.hpy

vermilion.hpy.load_submodule("tutorial_user._native")

from tutorial_user._native import twins  # noqa: E402

__all__ = ["twins"]
