# SPDX-License-Identifier: MIT OR Apache-2.0
"""Members and get/set descriptors of native types."""

from __future__ import annotations

from hpy_host._pypy import abi
from hpy_host._pypy.abi import CONTEXT_ADDRESS, GETSET, MEMBER, c_function, cffi
from hpy_host._pypy.calls import done, result
from hpy_host._pypy.frames import hidden
from hpy_host._pypy.gil import acquire, release
from hpy_host._pypy.handles import end_loan, lend
from hpy_host._pypy.structs import (
    add_field,
    load_field,
    remove_field,
    store_field,
    struct_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    Getter = Callable[[Any], Any]
    Setter = Optional[Callable[[Any, Any], None]]
    Accessors = tuple[Getter, Setter, Optional[Callable[[Any], None]]]

_INTEGERS = {
    0: ("short", "short"),
    1: ("int", "int"),
    2: ("long", "long"),
    8: ("signed char", "char"),
    9: ("unsigned char", "unsigned char"),
    10: ("unsigned short", "unsigned short"),
    11: ("unsigned int", "unsigned int"),
    12: ("unsigned long", "unsigned long"),
    17: ("long long", "long"),
    18: ("unsigned long long", "unsigned long"),
    19: ("ssize_t", "long"),
}
_FLOATS = {3: "float", 4: "double"}
_STRING, _OBJECT, _CHAR, _STRING_INPLACE, _BOOL, _OBJECT_EX, _NONE = 5, 6, 7, 13, 14, 16, 20


class Attribute:
    """A data descriptor, as types written in C have them."""

    def __init__(self, kind: str, name: str, doc: str | None, get: Getter, set: Setter) -> None:
        self._kind = kind
        self.__name__ = name
        self.__doc__ = doc
        self._get = get
        self._set = set
        self._delete: Callable[[Any], None] | None = None
        self.__objclass__: Any = None

    @hidden  # type: ignore[untyped-decorator]
    def __get__(self, obj: Any, cls: Any = None) -> Any:
        if obj is None:
            return self
        self._check(obj)
        return self._get(obj)

    @hidden  # type: ignore[untyped-decorator]
    def __set__(self, obj: Any, value: Any) -> None:
        self._check(obj)
        if self._set is None:
            self._readonly(obj)
        else:
            self._set(obj, value)

    def __delete__(self, obj: Any) -> None:
        self._check(obj)
        if self._set is None:
            self._readonly(obj)
        if self._delete is None:
            raise TypeError("can't delete numeric/char attribute")
        self._delete(obj)

    def _readonly(self, obj: Any) -> None:
        if self._kind == "member":
            raise AttributeError("readonly attribute")
        raise AttributeError(
            "attribute %r of %r objects is not writable"
            % (self.__name__, self.__objclass__.__name__)
        )

    def _check(self, obj: Any) -> None:
        cls = self.__objclass__
        if type(obj) is not cls and cls not in type(obj).__mro__:
            raise TypeError(
                "descriptor %r for %r objects doesn't apply to a %r object"
                % (self.__name__, cls.__name__, type(obj).__name__)
            )

    def __repr__(self) -> str:
        return "<%s %r of %r objects>" % (self._kind, self.__name__, self.__objclass__.__name__)


def member(definition: int) -> Attribute:
    """The descriptor for a member of a struct."""
    name = abi.text(MEMBER.name(definition)) or ""
    kind = MEMBER.type(definition)
    offset = MEMBER.offset(definition)
    get, set, delete = _accessors(name, kind, offset)
    readonly = MEMBER.readonly(definition)
    doc = abi.text(MEMBER.doc(definition))
    attribute = Attribute("member", name, doc, get, None if readonly else set)
    attribute._delete = delete
    return attribute


def _accessors(name: str, kind: int, offset: int) -> Accessors:
    if kind in _INTEGERS:
        return _integer(offset, *_INTEGERS[kind])
    if kind in _FLOATS:
        return _float(offset, _FLOATS[kind])
    if kind in (_OBJECT, _OBJECT_EX):
        return _field(name, offset, kind == _OBJECT_EX)
    if kind == _BOOL:
        return _bool(offset)
    if kind == _CHAR:
        return _char(offset)
    if kind == _STRING:

        def string(obj: Any) -> str | None:
            return abi.text(cffi.cast(abi.LONG_P, struct_of(obj).address + offset)[0])

        return string, _string_set, None
    if kind == _STRING_INPLACE:
        return (lambda obj: abi.text(struct_of(obj).address + offset)), _string_set, None
    if kind == _NONE:
        return (lambda obj: None), _none_set, None
    raise SystemError("member %r has an unknown type: %d" % (name, kind))


def _string_set(obj: Any, value: Any) -> None:
    raise TypeError("readonly attribute")


def _none_set(obj: Any, value: Any) -> None:
    raise SystemError("bad memberdescr type")


def _pointer(c_type: str) -> Any:
    return cffi.new_pointer_type(cffi.new_primitive_type(c_type))


def _integer(offset: int, c_type: str, name: str) -> Accessors:
    pointer = _pointer(c_type)
    bits = 8 * cffi.sizeof(cffi.new_primitive_type(c_type))
    unsigned = c_type.startswith("unsigned")
    whole_word = c_type in ("long", "unsigned long", "long long", "unsigned long long", "ssize_t")
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    def get(obj: Any) -> int:
        value: int = cffi.cast(pointer, struct_of(obj).address + offset)[0]
        return value

    def set(obj: Any, value: Any) -> None:
        if not isinstance(value, int):
            value = _index(value)
        if not low <= value <= high:
            value = _out_of_range(value, unsigned, whole_word, bits, name)
        cffi.cast(pointer, struct_of(obj).address + offset)[0] = value

    return get, set, None


def _index(value: Any) -> int:
    index = getattr(type(value), "__index__", None)
    if index is None:
        raise TypeError("%r object cannot be interpreted as an integer" % type(value).__name__)
    made: int = index(value)
    return made


def _out_of_range(value: int, unsigned: bool, whole_word: bool, bits: int, name: str) -> int:
    """Returns what CPython makes of a number that does not fit: it warns and truncates."""
    if whole_word and not (unsigned and -(2**63) <= value < 0):
        kind = "C unsigned long" if unsigned else "C long"
        raise OverflowError("Python int too large to convert to %s" % kind)
    if not whole_word and not -(2**63) <= value < 2**64:
        raise OverflowError("Python int too large to convert to C long")
    import warnings

    if unsigned and value < 0:
        message = "Writing negative value into unsigned field"
    else:
        message = "Truncation of value to %s" % name
    warnings.warn(message, RuntimeWarning, stacklevel=4)
    value &= 2**bits - 1
    if not unsigned and value >= 2 ** (bits - 1):
        value -= 2**bits
    return value


def _float(offset: int, c_type: str) -> Accessors:
    pointer = _pointer(c_type)

    def get(obj: Any) -> float:
        value: float = cffi.cast(pointer, struct_of(obj).address + offset)[0]
        return value

    def set(obj: Any, value: Any) -> None:
        if isinstance(value, (str, bytes, bytearray)):
            raise TypeError("must be real number, not %s" % type(value).__name__)
        cffi.cast(pointer, struct_of(obj).address + offset)[0] = float(value)

    return get, set, None


def _bool(offset: int) -> Accessors:
    pointer = _pointer("unsigned char")

    def get(obj: Any) -> bool:
        return bool(cffi.cast(pointer, struct_of(obj).address + offset)[0])

    def set(obj: Any, value: Any) -> None:
        if type(value) is not bool:
            raise TypeError("attribute value type must be bool")
        cffi.cast(pointer, struct_of(obj).address + offset)[0] = int(value)

    return get, set, None


def _char(offset: int) -> Accessors:
    pointer = _pointer("char")

    def get(obj: Any) -> str:
        value: bytes = cffi.cast(pointer, struct_of(obj).address + offset)[0]
        return value.decode("utf-8")

    def set(obj: Any, value: Any) -> None:
        if not isinstance(value, str):
            raise TypeError("bad argument type for built-in operation")
        encoded = value.encode("utf-8")
        if len(encoded) != 1:
            raise TypeError("bad argument type for built-in operation")
        cffi.cast(pointer, struct_of(obj).address + offset)[0] = encoded

    return get, set, None


def _field(name: str, offset: int, required: bool) -> Accessors:
    def get(obj: Any) -> Any:
        struct = struct_of(obj)
        index = cffi.cast(abi.LONG_P, struct.address + offset)[0]
        if index == 0:
            if required:
                raise AttributeError("%r object has no attribute %r" % (type(obj).__name__, name))
            return None
        return load_field(struct, index)

    def set(obj: Any, value: Any) -> None:
        struct = struct_of(obj)
        field = cffi.cast(abi.LONG_P, struct.address + offset)
        if field[0]:
            store_field(struct, field[0], value)
        else:
            field[0] = add_field(struct, value)

    def delete(obj: Any) -> None:
        struct = struct_of(obj)
        field = cffi.cast(abi.LONG_P, struct.address + offset)
        index = field[0]
        if index == 0:
            if required:
                raise AttributeError(name)
            return
        field[0] = 0
        remove_field(struct, index)

    return get, set, delete


def getset(definition: int, owner: str) -> Attribute:
    """The descriptor for a pair of a getter and a setter, of which one may be missing."""
    name = abi.text(GETSET.name(definition)) or ""
    closure = GETSET.closure(definition)
    full_name = "%s.%s" % (owner, name)
    getter = c_function(GETSET.getter(definition), "hhp") if GETSET.getter(definition) else None
    setter = c_function(GETSET.setter(definition), "ihhp") if GETSET.setter(definition) else None

    def get(obj: Any) -> Any:
        if getter is None:
            raise AttributeError(
                "attribute %r of %r objects is not readable" % (name, type(obj).__name__)
            )
        interrupted = acquire()
        subject = lend(obj)
        try:
            return result(getter(CONTEXT_ADDRESS, subject, closure), full_name)
        finally:
            end_loan(subject)
            release(interrupted)

    def set(obj: Any, value: Any) -> None:
        _call_setter(obj, lend(value))

    def delete(obj: Any) -> None:
        _call_setter(obj, 0)

    def _call_setter(obj: Any, handle: int) -> None:
        interrupted = acquire()
        subject = lend(obj)
        try:
            assert setter is not None
            done(setter(CONTEXT_ADDRESS, subject, handle, closure), full_name)
        finally:
            end_loan(subject)
            end_loan(handle)
            release(interrupted)

    hidden(get)
    hidden(_call_setter)
    doc = abi.text(GETSET.doc(definition))
    attribute = Attribute("attribute", name, doc, get, set if setter is not None else None)
    attribute._delete = delete if setter is not None else None
    return attribute
