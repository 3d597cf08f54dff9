# SPDX-License-Identifier: MIT OR Apache-2.0
"""What makes native functions look like the interpreter's own: names, docstrings, checks."""

from __future__ import annotations

import __pypy__  # type: ignore[import-not-found]

from hpy_host._pypy import abi
from hpy_host._pypy.abi import METH
from hpy_host._pypy.calls import SIGNATURES, method, module_function
from hpy_host._pypy.frames import hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_is_subclass = type.__subclasscheck__


def split_doc(name: str, doc: str | None) -> tuple[str | None, str | None]:
    """A docstring and the signature that may stand in front of it, as CPython reads them."""
    own = name.rpartition(".")[2]
    if doc is not None and doc.startswith(own + "("):
        head, end, rest = doc.partition(")\n--\n\n")
        if end and "\n\n" not in head:
            return rest, head[len(own) :] + ")"
    return doc, None


def named(function: Any, name: str, qualname: str, module: str, doc: str | None) -> Any:
    """Gives a function its names and its docstring."""
    function.__name__ = name
    function.__qualname__ = qualname
    function.__module__ = module
    function.__doc__, signature = split_doc(name, doc)
    if signature is not None:
        function.__text_signature__ = signature
    return hidden(function)


def receiver_check(native: Any, name: str) -> Callable[[Any], None]:
    """Returns what raises TypeError for anything but an object of the type.

    It looks at the object's real type, whatever `__class__` says.
    """

    def check(self: Any) -> None:
        cls = native.cls
        if type(self) is not cls and not _is_subclass(cls, type(self)):
            raise TypeError(
                "descriptor %r for %r objects doesn't apply to a %r object"
                % (name, native.name, type(self).__name__)
            )

    return check


def _signature(definition: int) -> int:
    signature: int = METH.signature(definition)
    if signature not in SIGNATURES:
        raise ValueError("Unsupported HPyMeth signature")
    return signature


def for_module(definition: int, module: Any) -> tuple[str, Any]:
    """A module's function, which does not bind: its name, and itself."""
    name = abi.text(METH.name(definition)) or ""
    signature = _signature(definition)
    full_name = "%s.%s" % (module.__name__, name)
    function = module_function(full_name, METH.impl(definition), signature, module)
    named(function, name, name, module.__name__, abi.text(METH.doc(definition)))
    return name, __pypy__.builtinify(function)


def for_type(definition: int, native: Any, own_name: str, module: str) -> tuple[str, Any]:
    """A type's method: its name, and itself."""
    name = abi.text(METH.name(definition)) or ""
    signature = _signature(definition)
    qualname = "%s.%s" % (own_name, name)
    check = receiver_check(native, name)
    function = method(qualname, METH.impl(definition), signature, check)
    return name, named(function, name, qualname, module, abi.text(METH.doc(definition)))
