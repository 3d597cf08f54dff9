# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes stubs of native modules, by loading them and asking what they have.

A module that the macros of hpy-bindings made tells types, too. Where nothing says what something
must be, as with objects of any class, the stub says `Incomplete`, which type checkers take for
anything, and which you replace.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from hpy_build._types import IMPORTS, UNKNOWN, Typed, Types

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
    types, parts = Types(module), []
    for name, value in sorted(vars(module).items(), key=lambda item: isinstance(item[1], type)):
        if name.startswith("__"):
            continue
        if isinstance(value, type):
            parts.append("\n".join(_class(name, value, types)))
        elif callable(value):
            parts.append("\n".join(_function(name, value, types)))
        else:
            parts.append(f"{name}: {_type_of(value)}")
    body = "\n\n".join(parts) + "\n"
    return "\n".join([*_imports(body), body]).lstrip()


def _imports(body: str) -> Iterator[str]:
    """Returns the lines that bring in what a stub uses."""
    code = re.sub(r'(?s)""".*?"""', "", body)
    places = {**IMPORTS, "final": "typing", UNKNOWN: "_typeshed"}
    found: dict[str, list[str]] = {}
    for word, place in sorted(places.items()):
        if re.search(rf"(?<!def )(?<![\w.]){word}\b(?!:)", code):
            found.setdefault(place, []).append(word)
    for place in sorted(set(found) - {"_typeshed"}):
        yield f"from {place} import {', '.join(found[place])}"
    if "_typeshed" in found:
        yield from ([""] if len(found) > 1 else [])
        yield f"from _typeshed import {UNKNOWN}"
    if found:
        yield ""


def _class(name: str, cls: type, types: Types) -> Iterator[str]:
    if _is_final(cls):
        yield "@final"
    bases = [base.__name__ for base in cls.__bases__ if base is not object]
    yield f"class {name}{'(' + ', '.join(bases) + ')' if bases else ''}:"
    body = [*_doc(cls), *_constructor(name, cls, types)]
    for member, value in vars(cls).items():
        body += _member(member, value, cls, types)
    yield from (f"    {line}" if line else "" for line in body or ["..."])


def _is_final(cls: type) -> bool:
    try:
        type("Sub", (cls,), {})
    except TypeError:
        return True
    return False


def _constructor(name: str, cls: type, types: Types) -> Iterator[str]:
    if "__new__" not in vars(cls) or issubclass(cls, BaseException):
        return
    if types.knows(name) and not types.of("__new__", name).shown:
        return  # only native code makes objects
    found = _signature(cls, types.of("__new__", name))
    inner = f"cls, {found[1:-1]}" if found not in (None, "()") else "cls"
    if found is None:
        inner = "cls, *args: Incomplete, **kwargs: Incomplete"
    yield f"def __new__({inner}) -> {name}: ..."


def _member(name: str, value: Any, cls: type, types: Types) -> Iterator[str]:
    own = cls.__name__
    typed = types.of(name, own)
    if isinstance(value, (staticmethod, classmethod)):
        yield f"@{type(value).__name__}"
        receiver = "cls" * isinstance(value, classmethod)
        yield from _function(name, getattr(cls, name), types, receiver, own)
    elif name in _COMPARISONS:
        yield f"def {name}(self, other: object, /) -> bool: ..."
    elif name in _BINARY:
        other = next(iter(typed.parameters.values()), UNKNOWN)
        yield f"def {name}(self, other: {other}, /) -> {typed.result}: ..."
    elif name == "__hash__" and value is None:
        yield "__hash__ = None  # type: ignore[assignment]"
    elif name.startswith("__") and name not in _SPECIAL:
        return
    elif inspect.isroutine(value):
        yield from _function(name, value, types, "self", own)
    elif hasattr(value, "__get__"):
        yield "@property"
        yield from _documented(f"def {name}(self) -> {typed.result}:", value)
        if getattr(value, "fset", None) is not None:
            yield f"@{name}.setter"
            yield f"def {name}(self, value: {typed.result}) -> None: ..."
    else:
        yield f"{name}: {_type_of(value, typed.result)}"


def _function(
    name: str, value: Any, types: Types, receiver: str = "", owner: str = ""
) -> Iterator[str]:
    typed = types.of(name, owner)
    found = _signature(value, typed, receiver)
    if found is None:
        found = _ANYTHING if receiver else _ANYTHING.replace("self, ", "")
        found = found.replace("self", receiver or "self")
    result = _RETURNS.get(name, typed.result)
    yield from _documented(f"def {name}{found} -> {result}:", value)


def _signature(value: Any, typed: Typed, receiver: str = "") -> str | None:
    """Returns the parameters of a function, with the receiver of a method; None if nobody knows."""
    parameters = _parameters(value, typed.shown)
    if parameters is None:
        return None
    if receiver == "self" and parameters:
        parameters[0] = parameters[0].replace(name="self")
    elif receiver == "cls" and (not parameters or parameters[0].name != "cls"):
        parameters.insert(0, inspect.Parameter("cls", inspect.Parameter.POSITIONAL_OR_KEYWORD))
    words = []
    for parameter in parameters:
        default, kind = parameter.default, typed.parameters.get(parameter.name, UNKNOWN)
        if parameter.name in ("self", "cls") and parameter is parameters[0] and receiver:
            words.append(parameter)
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            kind = UNKNOWN
        elif kind == UNKNOWN and default is not parameter.empty:
            kind = "Incomplete | None" if default is None else _type_of(default)
        words.append(parameter.replace(annotation=_Word(kind)))
    try:
        return str(inspect.Signature(words)).replace(" = Ellipsis", " = ...")
    except ValueError:  # a receiver that can be named before one that cannot
        return None


def _parameters(value: Any, shown: str) -> list[inspect.Parameter] | None:
    # As the code has them: not every interpreter tells.
    if shown:
        scope: dict[str, Any] = {}
        try:
            exec(f"def said{shown.replace('$self', 'self', 1)}: pass", scope)
            value = scope["said"]
        except SyntaxError:  # written by hand, for people
            pass
    try:
        return list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return None


class _Word:
    """An annotation, which a signature shows as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _type_of(value: object, otherwise: str = UNKNOWN) -> str:
    known = isinstance(value, (bool, int, float, str, bytes))
    return type(value).__name__ if known else otherwise


def _documented(line: str, value: Any) -> Iterator[str]:
    doc = [f"    {text}" if text else "" for text in _doc(value)]
    if not doc:
        yield f"{line} ..."
    else:
        yield line
        yield from doc


def _doc(value: Any) -> list[str]:
    text = inspect.getdoc(value)
    # CPython hides the line that says what the parameters are.
    text = text and re.sub(r"\A\w+\(.*\)\n--(\n+|\Z)", "", text)
    # What every object says of such a method says nothing.
    if not text or text == getattr(
        getattr(object, getattr(value, "__name__", ""), None), "__doc__", 0
    ):
        return []
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    lines = f'"""{text}'.splitlines()
    return [*lines[:-1], f'{lines[-1]}"""'] if len(lines) == 1 else [*lines, '"""']
