# SPDX-License-Identifier: MIT OR Apache-2.0
"""Slots of native types: the special methods that call them."""

from __future__ import annotations

from hpy_host._pypy import calls
from hpy_host._pypy.abi import c_function
from hpy_host._pypy.functions import receiver_check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Methods = dict[str, Callable[..., Any]]

BF_GETBUFFER, BF_RELEASEBUFFER = 1, 2
TP_CALL, TP_NEW, TP_TRAVERSE, TP_DESTROY = 50, 65, 71, 1000
MOD_CREATE, MOD_EXEC = 2000, 2001

#: slot: the special method; object -> object
_UNARY = {
    6: "__abs__",
    11: "__float__",
    13: "__index__",
    26: "__int__",
    27: "__invert__",
    30: "__neg__",
    32: "__pos__",
    66: "__repr__",
    70: "__str__",
}
#: two objects -> object, with a reflected form
_BINARY = {
    7: "add",
    8: "and",
    10: "divmod",
    12: "floordiv",
    28: "lshift",
    29: "mul",
    31: "or",
    34: "mod",
    35: "rshift",
    36: "sub",
    37: "truediv",
    38: "xor",
    75: "matmul",
}
#: two objects -> object
_PLAIN_BINARY = {
    5: "__getitem__",
    14: "__iadd__",
    15: "__iand__",
    16: "__ifloordiv__",
    17: "__ilshift__",
    18: "__imul__",
    19: "__ior__",
    21: "__imod__",
    22: "__irshift__",
    23: "__isub__",
    24: "__itruediv__",
    25: "__ixor__",
    40: "__add__",
    42: "__iadd__",
    76: "__imatmul__",
}
_COMPARISONS = ("__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__")


def methods(slot: int, address: int, native: Any) -> Methods:
    """The special methods for a slot; empty for one that has none or is no slot of types."""
    if slot in _UNARY:
        return _unary(_UNARY[slot], address, native)
    if slot in _BINARY:
        return _binary(_BINARY[slot], address, native)
    if slot in _PLAIN_BINARY:
        return _plain_binary(_PLAIN_BINARY[slot], address, native)
    maker = _OTHERS.get(slot)
    if maker is None:
        raise SystemError("type %r: unknown slot %d" % (native.name, slot))
    return maker(address, native)


def _unary(name: str, address: int, native: Any) -> Methods:
    call, check = c_function(address, "hh"), receiver_check(native, name)
    run = calls.unary

    def method(self: Any, /) -> Any:
        check(self)
        return run(call, name, self)

    return {name: method}


def _binary(own: str, address: int, native: Any) -> Methods:
    name, reflected = "__%s__" % own, "__r%s__" % own
    call, check = c_function(address, "hhh"), receiver_check(native, name)
    run = calls.binary

    def method(self: Any, other: Any, /) -> Any:
        check(self)
        return run(call, name, self, other)

    def reflected_method(self: Any, other: Any, /) -> Any:
        check(self)
        return run(call, reflected, other, self)

    return {name: method, reflected: reflected_method}


def _plain_binary(name: str, address: int, native: Any) -> Methods:
    call, check = c_function(address, "hhh"), receiver_check(native, name)
    run = calls.binary

    def method(self: Any, other: Any, /) -> Any:
        check(self)
        return run(call, name, self, other)

    return {name: method}


def _power(address: int, native: Any) -> Methods:
    call, check = c_function(address, "hhhh"), receiver_check(native, "__pow__")

    def power(self: Any, other: Any, modulus: Any = None, /) -> Any:
        check(self)
        return calls.ternary(call, "__pow__", self, other, modulus)

    def reflected(self: Any, other: Any, modulus: Any = None, /) -> Any:
        check(self)
        return calls.ternary(call, "__rpow__", other, self, modulus)

    return {"__pow__": power, "__rpow__": reflected}


def _inplace_power(address: int, native: Any) -> Methods:
    call, check = c_function(address, "hhhh"), receiver_check(native, "__ipow__")

    def method(self: Any, other: Any, modulus: Any = None, /) -> Any:
        check(self)
        return calls.ternary(call, "__ipow__", self, other, modulus)

    return {"__ipow__": method}


def _bool(address: int, native: Any) -> Methods:
    call, check = c_function(address, "ih"), receiver_check(native, "__bool__")

    def method(self: Any, /) -> bool:
        check(self)
        return calls.number(call, "__bool__", self) != 0

    return {"__bool__": method}


def _len(address: int, native: Any) -> Methods:
    call, check = c_function(address, "nh"), receiver_check(native, "__len__")

    def method(self: Any, /) -> int:
        check(self)
        return calls.number(call, "__len__", self)

    return {"__len__": method}


def _hash(address: int, native: Any) -> Methods:
    call, check = c_function(address, "nh"), receiver_check(native, "__hash__")

    def method(self: Any, /) -> int:
        check(self)
        return calls.number(call, "__hash__", self)

    return {"__hash__": method}


def _contains(address: int, native: Any) -> Methods:
    call, check = c_function(address, "ihh"), receiver_check(native, "__contains__")

    def method(self: Any, item: Any, /) -> bool:
        check(self)
        return calls.contains(call, "__contains__", self, item) != 0

    return {"__contains__": method}


def _mapping_assign(address: int, native: Any) -> Methods:
    call, check = c_function(address, "ihhh"), receiver_check(native, "__setitem__")

    def setitem(self: Any, key: Any, value: Any, /) -> None:
        check(self)
        calls.assign(call, "__setitem__", self, key, (value,))

    def delitem(self: Any, key: Any, /) -> None:
        check(self)
        calls.assign(call, "__delitem__", self, key, ())

    return {"__setitem__": setitem, "__delitem__": delitem}


def _index(self: Any, key: Any) -> int:
    """A sequence's index as C code gets it: negative ones count from the end."""
    cls = type(key)
    if cls is int:
        index: int = key
    elif hasattr(cls, "__index__"):
        index = cls.__index__(key)
    else:
        raise TypeError("sequence index must be integer, not %r" % cls.__name__)
    if index < 0 and hasattr(type(self), "__len__"):
        index += len(self)
    if not -(2**63) <= index < 2**63:
        raise IndexError("cannot fit %r into an index-sized integer" % cls.__name__)
    return index


def _sequence_item(address: int, native: Any) -> Methods:
    call, check = c_function(address, "hhn"), receiver_check(native, "__getitem__")

    def method(self: Any, key: Any, /) -> Any:
        check(self)
        return calls.with_number(call, "__getitem__", self, _index(self, key))

    return {"__getitem__": method}


def _sequence_assign(address: int, native: Any) -> Methods:
    call, check = c_function(address, "ihnh"), receiver_check(native, "__setitem__")

    def setitem(self: Any, key: Any, value: Any, /) -> None:
        check(self)
        calls.assign_at(call, "__setitem__", self, _index(self, key), (value,))

    def delitem(self: Any, key: Any, /) -> None:
        check(self)
        calls.assign_at(call, "__delitem__", self, _index(self, key), ())

    return {"__setitem__": setitem, "__delitem__": delitem}


def _count(value: Any) -> Any:
    cls = type(value)
    if cls is int:
        return value
    if not hasattr(cls, "__index__"):
        return NotImplemented
    return cls.__index__(value)


def _repeat(address: int, native: Any) -> Methods:
    return _repetition(address, native, "__mul__", "__rmul__")


def _inplace_repeat(address: int, native: Any) -> Methods:
    return _repetition(address, native, "__imul__")


def _repetition(address: int, native: Any, *names: str) -> Methods:
    call, check = c_function(address, "hhn"), receiver_check(native, names[0])

    def method(self: Any, value: Any, /) -> Any:
        check(self)
        count = _count(value)
        if count is NotImplemented:
            return count
        if not -(2**63) <= count < 2**63:
            raise OverflowError("cannot fit %r into an index-sized integer" % type(value).__name__)
        return calls.with_number(call, names[0], self, count)

    return {name: method for name in names}


def _richcompare(address: int, native: Any) -> Methods:
    call = c_function(address, "hhhi")
    made: Methods = {}

    def comparison(name: str, operation: int) -> Callable[..., Any]:
        check = receiver_check(native, name)
        run = calls.compare

        def method(self: Any, other: Any, /) -> Any:
            check(self)
            return run(call, name, self, other, operation)

        return method

    for operation, name in enumerate(_COMPARISONS):
        made[name] = comparison(name, operation)
    return made


def _init(address: int, native: Any) -> Methods:
    call, check = c_function(address, "ihaLh"), receiver_check(native, "__init__")

    def method(self: Any, /, *args: Any, **kwargs: Any) -> None:
        check(self)
        calls.initialize(call, "__init__", self, args, kwargs)

    return {"__init__": method}


def _finalize(address: int, native: Any) -> Methods:
    call, check = c_function(address, "vh"), receiver_check(native, "__del__")

    def method(self: Any, /) -> None:
        check(self)
        calls.finalize(call, "__del__", self)

    return {"__del__": method}


_OTHERS: dict[int, Callable[[int, Any], Methods]] = {
    3: _mapping_assign,
    4: _len,
    9: _bool,
    20: _inplace_power,
    33: _power,
    39: _sequence_assign,
    41: _contains,
    43: _inplace_repeat,
    44: _sequence_item,
    45: _len,
    46: _repeat,
    59: _hash,
    60: _init,
    67: _richcompare,
    80: _finalize,
}
