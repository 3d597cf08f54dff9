# SPDX-License-Identifier: MIT OR Apache-2.0
"""The types of a module's functions, as its Rust code has them, in the words of Python.

A binary that the macros of hpy-bindings made says them, by `hpy_bindings_types`: a line for each
function or member of a class, with the class, the name, the parameters as Python shows them, the
type of the result, and names and types of parameters, between tabs.
"""

from __future__ import annotations

import ctypes
import re
from types import ModuleType
from typing import NamedTuple

UNKNOWN = "Incomplete"
# Types whose name alone tells what they are in Python, as a parameter and as a result.
_PLAIN = {
    **dict.fromkeys("i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize BigInt".split(), "int"),
    **dict.fromkeys(("f32", "f64"), "float"),
    **dict.fromkeys(("str", "String", "char"), "str"),
    "bool": "bool",
    "Bytes": "bytes",
    "Uuid": "UUID",
    **dict.fromkeys(("NaiveDate", "Date"), "date"),
    **dict.fromkeys(("NaiveTime", "Time"), "time"),
    **dict.fromkeys(("NaiveDateTime", "DateTime", "Timestamp", "Zoned"), "datetime"),
    **dict.fromkeys(("TimeDelta", "SignedDuration", "Duration"), "timedelta"),
}
# Those of any object: a parameter takes what there is.
_OBJECTS = ("Borrowed", "Handle", "Object", "Anything", "PyAny")
# What stands around another type and says nothing of it.
_AROUND = ("Box", "Shared", "New", "Ref", "RefMut", "Cow", "OrNotImplemented", "This")
_FOLDERS = "str | bytes | PathLike[str] | PathLike[bytes]"
# Where the words come from.
IMPORTS = {
    "PathLike": "os",
    "UUID": "uuid",
    **dict.fromkeys(("date", "datetime", "time", "timedelta"), "datetime"),
}


class Typed(NamedTuple):
    """What the code says of a function: its parameters as shown, and types in Python's words."""

    shown: str
    result: str
    parameters: dict[str, str]


class Types:
    """What a module says of its types; nothing, if it was not made by the macros."""

    def __init__(self, module: ModuleType) -> None:
        self._members: dict[tuple[str, str], Typed] = {}
        lines = [line.split("\t") for line in _said(module).splitlines()]
        # Classes may have another name in Python than in Rust.
        self._classes = {rust: name for name, member, _, rust, *_ in lines if name and not member}
        for name, member, shown, result, *rest in lines:
            if member:
                pairs = zip(rest[::2], rest[1::2])
                parameters = {key: self._python(rust, False) for key, rust in pairs}
                typed = Typed(shown, self._python(result, True), parameters)
                self._members[name, member] = typed

    def of(self, name: str, owner: str = "") -> Typed:
        """Returns what is known of a function, or of a member of a class."""
        return self._members.get((owner, name)) or Typed("", UNKNOWN, {})

    def knows(self, owner: str) -> bool:
        """Returns whether a class is one of those whose types are known."""
        return owner in self._classes.values()

    def _python(self, rust: str, is_result: bool) -> str:
        words = re.findall(r"'\w+|\w+|->|::|\S", rust)
        found = _Reader(words, self._classes, is_result).type()
        return UNKNOWN if UNKNOWN in found else found


def _said(module: ModuleType) -> str:
    try:
        ask = ctypes.CDLL(str(module.__file__)).hpy_bindings_types
    except (OSError, AttributeError):
        return ""
    ask.restype = ctypes.c_char_p
    text: bytes = ask() or b""
    return text.decode()


class _Reader:
    """Reads one type of Rust's."""

    def __init__(self, words: list[str], classes: dict[str, str], is_result: bool) -> None:
        self._words = words[::-1]
        self._classes, self._is_result = classes, is_result

    def _next(self) -> str:
        return self._words.pop() if self._words else ""

    def _takes(self, *words: str) -> bool:
        if self._words and self._words[-1] in words:
            self._words.pop()
            return True
        return False

    def type(self) -> str:
        word = self._next()
        if word == "&":
            while self._words and (self._words[-1] == "mut" or self._words[-1][0] == "'"):
                self._next()
            return self.type()
        if word == "(":
            return self._tuple()
        if word == "[":
            item = self.type()
            fixed = self._takes(";")
            while not self._takes("]", ""):
                self._next()
            if item == "int" and not fixed:
                return "bytes"
            return self._list(item)
        if word[:1].isalpha() or word == "_":
            while self._takes("::"):
                word = self._next()
            return self._path(word, self._arguments() if self._takes("<") else [])
        return UNKNOWN

    def _tuple(self) -> str:
        items = []
        while not self._takes(")"):
            items.append(self.type())
            if not (self._takes(",") or self._words[-1:] == [")"]):
                return UNKNOWN
        return f"tuple[{', '.join(items)}]" if items else "None"

    def _arguments(self) -> list[str]:
        found = []
        while self._words and not self._takes(">"):
            if self._words[-1][0] == "'":
                self._next()
            else:
                found.append(self.type())
            if not (self._takes(",") or self._words[-1:] == [">"]):
                return [UNKNOWN]
        return found

    def _path(self, name: str, inner: list[str]) -> str:
        first = inner[0] if inner else UNKNOWN
        if name in self._classes:
            return self._classes[name]
        if name in _PLAIN:
            return _PLAIN[name]
        if name in _OBJECTS:
            return UNKNOWN if self._is_result else "object"
        if name in ("PyResult", "Result", *_AROUND):
            return first
        if name == "Option":
            return f"{first} | None"
        if name in ("Vec", "List"):
            return self._list(first)
        if name in ("HashMap", "BTreeMap") and len(inner) >= 2:
            return f"dict[{inner[0]}, {inner[1]}]"
        if name in ("HashSet", "BTreeSet"):
            return f"set[{first}]"
        if name in ("PathBuf", "Path"):
            return "str" if self._is_result else _FOLDERS
        return UNKNOWN

    def _list(self, item: str) -> str:
        return f"list[{item}]" if self._is_result else f"list[{item}] | tuple[{item}, ...]"
