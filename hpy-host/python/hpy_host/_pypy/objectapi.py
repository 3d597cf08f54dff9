# SPDX-License-Identifier: MIT OR Apache-2.0
"""Objects: attributes, items, comparison, calls, and handles themselves."""

from __future__ import annotations

import operator

from hpy_host._pypy.abi import decode
from hpy_host._pypy.gil import outside
from hpy_host._pypy.handles import FIRST, close, new, objects
from hpy_host._pypy.registry import implements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@implements("Dup")
def _dup(ctx: int, handle: int) -> int:
    if handle < FIRST:
        return handle
    return new(objects[handle])


@implements("Close")
def _close(ctx: int, handle: int) -> None:
    close(handle)


@implements("Is", failed=0)
def _is(ctx: int, left: int, right: int) -> int:
    return 1 if objects[left] is objects[right] else 0


@implements("Type")
def _type(ctx: int, handle: int) -> int:
    return new(type(objects[handle]))


@implements("TypeCheck", failed=0)
def _type_check(ctx: int, handle: int, cls: int) -> int:
    actual = type(objects[handle])
    expected = objects[cls]
    return 1 if actual is expected or type.__subclasscheck__(expected, actual) else 0


@implements("IsTrue")
def _is_true(ctx: int, handle: int) -> int:
    value = objects[handle]
    if value is True:
        return 1
    if value is False or value is None:
        return 0
    return 1 if outside(operator.truth, value) else 0


@implements("Length")
def _length(ctx: int, handle: int) -> int:
    value = objects[handle]
    cls = type(value)
    if cls is list or cls is tuple or cls is str or cls is bytes or cls is dict:
        return len(value)
    length: int = outside(len, value)
    return length


@implements("Callable_Check", failed=0)
def _callable_check(ctx: int, handle: int) -> int:
    return 1 if callable(objects[handle]) else 0


# Attributes


@implements("GetAttr")
def _get_attr(ctx: int, handle: int, name: int) -> int:
    return new(outside(getattr, objects[handle], objects[name]))


@implements("GetAttr_s")
def _get_attr_s(ctx: int, handle: int, name: Any) -> int:
    return new(outside(getattr, objects[handle], decode(name)))


@implements("HasAttr", failed=0)
def _has_attr(ctx: int, handle: int, name: int) -> int:
    return 1 if outside(_has, objects[handle], objects[name]) else 0


@implements("HasAttr_s", failed=0)
def _has_attr_s(ctx: int, handle: int, name: Any) -> int:
    return 1 if outside(_has, objects[handle], decode(name)) else 0


def _has(obj: Any, name: Any) -> bool:
    try:
        getattr(obj, name)
    except Exception:  # CPython's C function too takes every error for "no"
        return False
    return True


def _set(obj: Any, name: Any, value: int) -> None:
    if value:
        outside(setattr, obj, name, objects[value])
    else:
        outside(delattr, obj, name)


@implements("SetAttr")
def _set_attr(ctx: int, handle: int, name: int, value: int) -> int:
    _set(objects[handle], objects[name], value)
    return 0


@implements("SetAttr_s")
def _set_attr_s(ctx: int, handle: int, name: Any, value: int) -> int:
    _set(objects[handle], decode(name), value)
    return 0


# Items


@implements("GetItem")
def _get_item(ctx: int, handle: int, key: int) -> int:
    return new(outside(operator.getitem, objects[handle], objects[key]))


@implements("GetItem_i")
def _get_item_i(ctx: int, handle: int, index: int) -> int:
    value = objects[handle]
    if type(value) is list or type(value) is tuple:
        return new(value[index])
    return new(outside(operator.getitem, value, index))


@implements("GetItem_s")
def _get_item_s(ctx: int, handle: int, key: Any) -> int:
    return new(outside(operator.getitem, objects[handle], decode(key)))


@implements("SetItem")
def _set_item(ctx: int, handle: int, key: int, value: int) -> int:
    outside(operator.setitem, objects[handle], objects[key], objects[value])
    return 0


@implements("SetItem_i")
def _set_item_i(ctx: int, handle: int, index: int, value: int) -> int:
    target = objects[handle]
    if type(target) is list:
        target[index] = objects[value]
    else:
        outside(operator.setitem, target, index, objects[value])
    return 0


@implements("SetItem_s")
def _set_item_s(ctx: int, handle: int, key: Any, value: int) -> int:
    outside(operator.setitem, objects[handle], decode(key), objects[value])
    return 0


@implements("DelItem")
def _del_item(ctx: int, handle: int, key: int) -> int:
    outside(operator.delitem, objects[handle], objects[key])
    return 0


@implements("DelItem_i")
def _del_item_i(ctx: int, handle: int, index: int) -> int:
    outside(operator.delitem, objects[handle], index)
    return 0


@implements("DelItem_s")
def _del_item_s(ctx: int, handle: int, key: Any) -> int:
    outside(operator.delitem, objects[handle], decode(key))
    return 0


@implements("Contains")
def _contains(ctx: int, handle: int, key: int) -> int:
    return 1 if outside(operator.contains, objects[handle], objects[key]) else 0


# Conversions and comparison


@implements("Repr")
def _repr(ctx: int, handle: int) -> int:
    return new(outside(repr, objects[handle]))


@implements("Str")
def _str(ctx: int, handle: int) -> int:
    value = objects[handle]
    return new(value if type(value) is str else outside(str, value))


@implements("ASCII")
def _ascii(ctx: int, handle: int) -> int:
    return new(outside(ascii, objects[handle]))


@implements("Bytes")
def _bytes(ctx: int, handle: int) -> int:
    return new(outside(_to_bytes, objects[handle]))


def _to_bytes(value: Any) -> bytes:
    if isinstance(value, int) and not hasattr(type(value), "__bytes__"):
        # bytes(3) makes three null bytes.
        raise TypeError("cannot convert %r object to bytes" % type(value).__name__)
    return bytes(value)


_COMPARISONS = (
    operator.lt,
    operator.le,
    operator.eq,
    operator.ne,
    operator.gt,
    operator.ge,
)
_EQ, _NE = 2, 3


@implements("RichCompare")
def _rich_compare(ctx: int, left: int, right: int, operation: int) -> int:
    return new(outside(_COMPARISONS[operation], objects[left], objects[right]))


@implements("RichCompareBool")
def _rich_compare_bool(ctx: int, left: int, right: int, operation: int) -> int:
    a = objects[left]
    b = objects[right]
    if a is b:
        if operation == _EQ:
            return 1
        if operation == _NE:
            return 0
    return 1 if outside(_compared, operation, a, b) else 0


def _compared(operation: int, a: Any, b: Any) -> bool:
    return bool(_COMPARISONS[operation](a, b))


@implements("Hash")
def _hash(ctx: int, handle: int) -> int:
    value: int = outside(hash, objects[handle])
    return value


# Calls


@implements("CallTupleDict")
def _call_tuple_dict(ctx: int, handle: int, args: int, kwargs: int) -> int:
    function = objects[handle]
    values: Any = objects[args] if args else ()
    if not isinstance(values, tuple):
        raise TypeError("HPy_CallTupleDict requires args to be a tuple or null handle")
    if not kwargs:
        return new(outside(function, *values))
    named = objects[kwargs]
    if not isinstance(named, dict):
        raise TypeError("HPy_CallTupleDict requires kw to be a dict or null handle")
    return new(outside(_call, function, values, named))


def _call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return function(*args, **kwargs)


@implements("Call")
def _call_array(ctx: int, handle: int, args: Any, nargs: int, names: int) -> int:
    function = objects[handle]
    if not names:
        if nargs == 1:
            return new(outside(function, objects[args[0]]))
        return new(outside(function, *[objects[args[index]] for index in range(nargs)]))
    values = tuple([objects[args[index]] for index in range(nargs)])
    return new(outside(_call, function, values, _keywords(args, nargs, objects[names])))


def _keywords(args: Any, nargs: int, names: Any) -> dict[str, Any]:
    return {name: objects[args[nargs + index]] for index, name in enumerate(names)}


@implements("CallMethod")
def _call_method(ctx: int, name: int, args: Any, nargs: int, names: int) -> int:
    subject = objects[args[0]]
    values = tuple([objects[args[index]] for index in range(1, nargs)])
    named = _keywords(args, nargs, objects[names]) if names else {}
    return new(outside(_called_method, subject, objects[name], values, named))


def _called_method(subject: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return getattr(subject, name)(*args, **kwargs)
