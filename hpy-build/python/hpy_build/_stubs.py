# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes stubs of native modules, by loading them and asking what they have.

A module tells names, parameters, defaults and docstrings, but no types: where Python itself or
a default does not say what it must be, the stub says `Incomplete`, which type checkers take for
anything, and which you replace.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

_HEAD = "from typing import final\n\nfrom _typeshed import Incomplete\n"
# What Python demands of these methods.
_RETURNS = {
    **dict.fromkeys(("__repr__", "__str__", "__format__"), "str"),
    **dict.fromkeys(("__len__", "__hash__", "__index__", "__int__", "__length_hint__"), "int"),
    **dict.fromkeys(("__bool__", "__contains__"), "bool"),
    **dict.fromkeys(("__delitem__", "__setitem__", "__init__"), "None"),
    "__bytes__": "bytes",
    "__float__": "float",
}
_COMPARISONS = {f"__{word}__" for word in ("eq", "ne", "lt", "le", "gt", "ge")}
_SPECIAL = {
    *_RETURNS,
    *("__abs__", "__call__", "__enter__", "__exit__", "__getitem__", "__invert__", "__iter__"),
    *("__missing__", "__neg__", "__next__", "__pos__", "__reversed__", "__round__"),
}
_OPERATORS = (
    *("add", "and", "divmod", "floordiv", "lshift", "matmul", "mod", "mul", "or", "pow", "rshift"),
    *("sub", "truediv", "xor"),
)
_BINARY = {f"__{kind}{word}__" for word in _OPERATORS for kind in ("", "r", "i")}
_ANYTHING = "(self, *args: Incomplete, **kwargs: Incomplete)"


def stub(module: ModuleType) -> str:
    """Returns the text of a stub for a module."""
    parts = []
    for name, value in sorted(vars(module).items(), key=lambda item: isinstance(item[1], type)):
        if name.startswith("__"):
            continue
        if isinstance(value, type):
            parts.append("\n".join(_class(name, value)))
        elif callable(value):
            parts.append("\n".join(_function(name, value)))
        else:
            parts.append(f"{name}: {_type_of(value)}")
    body = "\n\n".join(parts) + "\n"
    head = "\n".join(line for line in _HEAD.splitlines() if line.split()[-1:] != ["final"])
    if "@final" in body:
        head = _HEAD.strip()
    if "Incomplete" not in body:
        head = head.replace("from _typeshed import Incomplete", "").strip()
    return f"{head.strip()}\n\n{body}".lstrip()


def _class(name: str, cls: type) -> Iterator[str]:
    if _is_final(cls):
        yield "@final"
    bases = [base.__name__ for base in cls.__bases__ if base is not object]
    yield f"class {name}{'(' + ', '.join(bases) + ')' if bases else ''}:"
    body = [*_doc(cls), *_constructor(name, cls)]
    for member, value in vars(cls).items():
        body += _member(member, value, cls)
    yield from (f"    {line}" if line else "" for line in body or ["..."])


def _is_final(cls: type) -> bool:
    try:
        type("Sub", (cls,), {})
    except TypeError:
        return True
    return False


def _constructor(name: str, cls: type) -> Iterator[str]:
    if "__new__" not in vars(cls) or issubclass(cls, BaseException):
        return
    found = _signature(cls)
    inner = f"cls, {found[1:-1]}" if found not in (None, "()") else "cls"
    if found is None:
        inner = "cls, *args: Incomplete, **kwargs: Incomplete"
    yield f"def __new__({inner}) -> {name}: ..."


def _member(name: str, value: Any, cls: type) -> Iterator[str]:
    if isinstance(value, (staticmethod, classmethod)):
        yield f"@{type(value).__name__}"
        yield from _function(name, getattr(cls, name), "cls" * isinstance(value, classmethod))
    elif name in _COMPARISONS:
        yield f"def {name}(self, other: object, /) -> bool: ..."
    elif name in _BINARY:
        yield f"def {name}(self, other: Incomplete, /) -> Incomplete: ..."
    elif name == "__hash__" and value is None:
        yield "__hash__ = None  # type: ignore[assignment]"
    elif name.startswith("__") and name not in _SPECIAL:
        return
    elif inspect.isroutine(value):
        yield from _function(name, value, "self")
    elif hasattr(value, "__get__"):
        yield "@property"
        yield from _documented(f"def {name}(self) -> Incomplete:", value)
        if getattr(value, "fset", None) is not None:
            yield f"@{name}.setter"
            yield f"def {name}(self, value: Incomplete) -> None: ..."
    else:
        yield f"{name}: {_type_of(value)}"


def _function(name: str, value: Any, receiver: str = "") -> Iterator[str]:
    found = _signature(value, receiver)
    if found is None:
        found = _ANYTHING if receiver else _ANYTHING.replace("self, ", "")
        found = found.replace("self", receiver or "self")
    result = _RETURNS.get(name, "Incomplete")
    yield from _documented(f"def {name}{found} -> {result}:", value)


def _signature(value: Any, receiver: str = "") -> str | None:
    """Returns the parameters of a function, with the receiver of a method; None if nobody knows."""
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return None
    if receiver == "self" and parameters:
        parameters[0] = parameters[0].replace(name="self")
    elif receiver == "cls":
        parameters.insert(0, inspect.Parameter("cls", inspect.Parameter.POSITIONAL_OR_KEYWORD))
    words = []
    for parameter in parameters:
        default = parameter.default
        if parameter.name in ("self", "cls") and parameter is parameters[0] and receiver:
            words.append(parameter)
        elif default is parameter.empty:
            words.append(parameter.replace(annotation=_Word("Incomplete")))
        else:
            kind = _type_of(default) if default is not None else "Incomplete | None"
            words.append(parameter.replace(annotation=_Word(kind)))
    try:
        return str(inspect.Signature(words))
    except ValueError:  # a receiver that can be named before one that cannot
        return None


class _Word:
    """An annotation, which a signature shows as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _type_of(value: object) -> str:
    known = isinstance(value, (bool, int, float, str, bytes))
    return type(value).__name__ if known else "Incomplete"


def _documented(line: str, value: Any) -> Iterator[str]:
    doc = [f"    {text}" if text else "" for text in _doc(value)]
    if not doc:
        yield f"{line} ..."
    else:
        yield line
        yield from doc


def _doc(value: Any) -> list[str]:
    text = inspect.getdoc(value)
    # What every object says of such a method says nothing.
    if not text or text == getattr(
        getattr(object, getattr(value, "__name__", ""), None), "__doc__", 0
    ):
        return []
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    lines = f'"""{text}'.splitlines()
    return [*lines[:-1], f'{lines[-1]}"""'] if len(lines) == 1 else [*lines, '"""']
