"""The context: all implementations put in their places."""

from __future__ import annotations

from vermilion.hpy._pypy import abi

# Each of them registers what it implements.
from vermilion.hpy._pypy import capsules as _capsules  # noqa: F401
from vermilion.hpy._pypy import containers as _containers  # noqa: F401
from vermilion.hpy._pypy import misc as _misc  # noqa: F401
from vermilion.hpy._pypy import numbers as _numbers  # noqa: F401
from vermilion.hpy._pypy import objectapi as _objectapi  # noqa: F401
from vermilion.hpy._pypy import strings as _strings  # noqa: F401
from vermilion.hpy._pypy import types as _types  # noqa: F401
from vermilion.hpy._pypy.errors import set_pending
from vermilion.hpy._pypy.handles import constants
from vermilion.hpy._pypy.registry import functions

abi.fill_context(constants, functions, set_pending)
ADDRESS = abi.CONTEXT_ADDRESS
