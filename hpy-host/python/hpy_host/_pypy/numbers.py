# SPDX-License-Identifier: MIT OR Apache-2.0
"""Numbers: conversions to and from C, and the operators."""

from __future__ import annotations

import operator

from hpy_host._pypy.gil import outside
from hpy_host._pypy.handles import FALSE, TRUE, new, objects
from hpy_host._pypy.registry import functions, implements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


@implements(
    "Long_FromInt32_t",
    "Long_FromUInt32_t",
    "Long_FromInt64_t",
    "Long_FromUInt64_t",
    "Long_FromSize_t",
    "Long_FromSsize_t",
    "Float_FromDouble",
)
def _from_c(ctx: int, value: Any) -> int:
    return new(value)


@implements("Bool_FromBool")
def _from_bool(ctx: int, value: Any) -> int:
    return TRUE if value else FALSE


def _as_int(value: Any) -> int:
    """The int that C code makes of an object: it asks for `__index__`."""
    if isinstance(value, int):
        return value
    made: int = outside(operator.index, value)
    return made


def _exact_int(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError("an integer is required, not %s" % type(value).__name__)
    return value


def _too_large(name: str) -> OverflowError:
    return OverflowError("Python int too large to convert to C %s" % name)


@implements("Long_AsInt64_t")
def _as_int64(ctx: int, handle: int) -> int:
    value = objects[handle]
    if type(value) is not int:
        value = _as_int(value)
    if -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF:
        return value
    raise _too_large("long")


@implements("Long_AsInt32_t")
def _as_int32(ctx: int, handle: int) -> int:
    value = objects[handle]
    if type(value) is not int:
        value = _as_int(value)
    if -0x80000000 <= value <= 0x7FFFFFFF:
        return value
    raise _too_large("int32_t")


@implements("Long_AsSsize_t")
def _as_ssize(ctx: int, handle: int) -> int:
    value = _exact_int(objects[handle])
    if -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF:
        return value
    raise _too_large("ssize_t")


def _unsigned(value: int, limit: int, name: str) -> int:
    if 0 <= value <= limit:
        return value
    if value < 0:
        raise OverflowError("can't convert negative value to unsigned int")
    raise _too_large(name)


@implements("Long_AsUInt64_t")
def _as_uint64(ctx: int, handle: int) -> int:
    return _unsigned(_exact_int(objects[handle]), 2**64 - 1, "unsigned long")


@implements("Long_AsSize_t")
def _as_size(ctx: int, handle: int) -> int:
    return _unsigned(_exact_int(objects[handle]), 2**64 - 1, "size_t")


@implements("Long_AsUInt32_t")
def _as_uint32(ctx: int, handle: int) -> int:
    return _unsigned(_exact_int(objects[handle]), 2**32 - 1, "uint32_t")


@implements("Long_AsUInt64_tMask")
def _as_uint64_mask(ctx: int, handle: int) -> int:
    return _as_int(objects[handle]) & 0xFFFFFFFFFFFFFFFF


@implements("Long_AsUInt32_tMask")
def _as_uint32_mask(ctx: int, handle: int) -> int:
    return _as_int(objects[handle]) & 0xFFFFFFFF


@implements("Long_AsVoidPtr")
def _as_void_ptr(ctx: int, handle: int) -> int:
    value = _exact_int(objects[handle])
    if not -(2**63) <= value < 2**64:
        raise OverflowError("int too big to convert")
    return value - 2**64 if value >= 2**63 else value


@implements("Long_AsDouble")
def _long_as_double(ctx: int, handle: int) -> float:
    return float(_exact_int(objects[handle]))


def _to_float(value: Any) -> float:
    cls = type(value)
    if not (isinstance(value, float) or hasattr(cls, "__float__") or hasattr(cls, "__index__")):
        raise TypeError("must be real number, not %s" % cls.__name__)
    return float(value)


@implements("Float_AsDouble")
def _float_as_double(ctx: int, handle: int) -> float:
    value = objects[handle]
    if type(value) is float:
        return value
    made: float = outside(_to_float, value)
    return made


@implements("Number_Check", failed=0)
def _number_check(ctx: int, handle: int) -> int:
    cls = type(objects[handle])
    if cls is int or cls is float:
        return 1
    names = "__index__", "__int__", "__float__"
    return 1 if any(hasattr(cls, name) for name in names) or issubclass(cls, complex) else 0


def _unary(function: Callable[[Any], Any]) -> Callable[[int, int], int]:
    def operation(ctx: int, handle: int) -> int:
        value = objects[handle]
        if type(value) is int or type(value) is float:
            return new(function(value))
        return new(outside(function, value))

    return operation


def _binary(function: Callable[[Any, Any], Any]) -> Callable[[int, int, int], int]:
    def operation(ctx: int, left_handle: int, right_handle: int) -> int:
        left = objects[left_handle]
        right = objects[right_handle]
        if type(left) is int and type(right) is int:
            return new(function(left, right))
        return new(outside(function, left, right))

    return operation


def _ternary(function: Callable[..., Any]) -> Callable[[int, int, int, int], int]:
    def operation(ctx: int, left: int, right: int, modulus: int) -> int:
        third = objects[modulus]
        return new(outside(function, objects[left], objects[right], third))

    return operation


_ipow: Any = operator.ipow


def _inplace_power(left: Any, right: Any, modulus: Any) -> Any:
    if modulus is None or hasattr(type(left), "__ipow__"):
        return _ipow(left, right)  # the method gets no modulus
    return pow(left, right, modulus)


def _long(value: Any) -> int:
    return int(value)


def _float(value: Any) -> float:
    return float(value)


_unary_operators: dict[str, Callable[[Any], Any]] = {
    "Negative": operator.neg,
    "Positive": operator.pos,
    "Absolute": abs,
    "Invert": operator.invert,
    "Index": operator.index,
    "Long": _long,
    "Float": _float,
}
for _name, _function in _unary_operators.items():
    functions[_name] = (_unary(_function), None)

for _name, _binary_function in {
    "Add": operator.add,
    "Subtract": operator.sub,
    "Multiply": operator.mul,
    "MatrixMultiply": operator.matmul,
    "FloorDivide": operator.floordiv,
    "TrueDivide": operator.truediv,
    "Remainder": operator.mod,
    "Divmod": divmod,
    "Lshift": operator.lshift,
    "Rshift": operator.rshift,
    "And": operator.and_,
    "Xor": operator.xor,
    "Or": operator.or_,
    "InPlaceAdd": operator.iadd,
    "InPlaceSubtract": operator.isub,
    "InPlaceMultiply": operator.imul,
    "InPlaceMatrixMultiply": operator.imatmul,
    "InPlaceFloorDivide": operator.ifloordiv,
    "InPlaceTrueDivide": operator.itruediv,
    "InPlaceRemainder": operator.imod,
    "InPlaceLshift": operator.ilshift,
    "InPlaceRshift": operator.irshift,
    "InPlaceAnd": operator.iand,
    "InPlaceXor": operator.ixor,
    "InPlaceOr": operator.ior,
}.items():
    functions[_name] = (_binary(_binary_function), None)

functions["Power"] = (_ternary(pow), None)
functions["InPlacePower"] = (_ternary(_inplace_power), None)
