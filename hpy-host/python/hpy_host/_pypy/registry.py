# SPDX-License-Identifier: MIT OR Apache-2.0
"""Where the modules of this package put their implementations of the context's functions."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])


#: name in the context, without ctx_: the function, and what it returns when it raises
#: (None: what its result type says)
functions: dict[str, tuple[Callable[..., Any], object]] = {}


def implements(*names: str, failed: object = None) -> Callable[[F], F]:
    """Declares a function to be these members of the context.

    It is called with the context's address and the C arguments. An exception that it
    raises becomes the pending error.
    """

    def register(function: F) -> F:
        for name in names:
            functions[name] = (function, failed)
        return function

    return register
