# SPDX-License-Identifier: MIT OR Apache-2.0
"""Lists, tuples, dicts, slices; builders and trackers."""

from __future__ import annotations

import itertools

from hpy_host._pypy.gil import outside
from hpy_host._pypy.handles import close, new, objects, take
from hpy_host._pypy.registry import implements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@implements("List_Check", failed=0)
def _list_check(ctx: int, handle: int) -> int:
    return 1 if isinstance(objects[handle], list) else 0


@implements("List_New")
def _list_new(ctx: int, length: int) -> int:
    if length < 0:
        raise SystemError("a negative length was passed to HPyList_New")
    return new([None] * length)


@implements("List_Append")
def _list_append(ctx: int, handle: int, item: int) -> int:
    target = objects[handle]
    if not isinstance(target, list):
        raise SystemError("bad argument to HPyList_Append: %s" % type(target).__name__)
    list.append(target, objects[item])
    return 0


@implements("Tuple_Check", failed=0)
def _tuple_check(ctx: int, handle: int) -> int:
    return 1 if isinstance(objects[handle], tuple) else 0


@implements("Tuple_FromArray")
def _tuple_from_array(ctx: int, items: Any, length: int) -> int:
    if length == 0:
        return new(())
    if length == 1:
        return new((objects[items[0]],))
    if length == 2:
        return new((objects[items[0]], objects[items[1]]))
    if length < 0:
        raise SystemError("a negative length was passed to HPyTuple_FromArray")
    return new(tuple([objects[items[index]] for index in range(length)]))


@implements("Dict_Check", failed=0)
def _dict_check(ctx: int, handle: int) -> int:
    return 1 if isinstance(objects[handle], dict) else 0


@implements("Dict_New")
def _dict_new(ctx: int) -> int:
    return new({})


def _dict(handle: int) -> dict[Any, Any]:
    value = objects[handle]
    if not isinstance(value, dict):
        raise SystemError("a dict was expected, not %s" % type(value).__name__)
    return value


@implements("Dict_Keys")
def _dict_keys(ctx: int, handle: int) -> int:
    return new(list(dict.keys(_dict(handle))))


@implements("Dict_Copy")
def _dict_copy(ctx: int, handle: int) -> int:
    return new(dict(dict.items(_dict(handle))))


_BIGGEST = 2**63 - 1


def _bounds(value: slice) -> tuple[int, int, int]:
    """Returns what PySlice_Unpack makes of a slice, whatever it is a slice of."""
    step = 1 if value.step is None else _clipped(value.step)
    if step == 0:
        raise ValueError("slice step cannot be zero")
    step = max(step, -_BIGGEST)
    if value.start is None:
        start = _BIGGEST if step < 0 else 0
    else:
        start = _clipped(value.start)
    if value.stop is None:
        stop = -_BIGGEST - 1 if step < 0 else _BIGGEST
    else:
        stop = _clipped(value.stop)
    return start, stop, step


def _clipped(value: Any) -> int:
    if not hasattr(type(value), "__index__"):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    index: int = type(value).__index__(value)
    return max(-_BIGGEST - 1, min(_BIGGEST, index))


@implements("Slice_Unpack")
def _slice_unpack(ctx: int, handle: int, start: Any, stop: Any, step: Any) -> int:
    value = objects[handle]
    if not isinstance(value, slice):
        raise SystemError("a slice was expected, not %s" % type(value).__name__)
    start[0], stop[0], step[0] = outside(_bounds, value)
    return 0


# A builder is the handle of the list that grows to be its result.


@implements("ListBuilder_New", "TupleBuilder_New")
def _builder_new(ctx: int, size: int) -> int:
    if size < 0 or size > _BIGGEST // 8:
        return 0  # building it is then a MemoryError
    try:
        return new([None] * size)
    except MemoryError:
        return 0


@implements("ListBuilder_Set", "TupleBuilder_Set")
def _builder_set(ctx: int, builder: int, index: int, item: int) -> None:
    if builder:
        objects[builder][index] = objects[item]


@implements("ListBuilder_Build")
def _list_builder_build(ctx: int, builder: int) -> int:
    if not builder:
        raise MemoryError
    return builder


@implements("TupleBuilder_Build")
def _tuple_builder_build(ctx: int, builder: int) -> int:
    if not builder:
        raise MemoryError
    objects[builder] = tuple(objects[builder])
    return builder


@implements("ListBuilder_Cancel", "TupleBuilder_Cancel")
def _builder_cancel(ctx: int, builder: int) -> None:
    close(builder)


# A tracker is the handle of a list of handles.


@implements("Tracker_New")
def _tracker_new(ctx: int, size: int) -> int:
    return new([])


@implements("Tracker_Add")
def _tracker_add(ctx: int, tracker: int, handle: int) -> int:
    objects[tracker].append(handle)
    return 0


@implements("Tracker_ForgetAll")
def _tracker_forget_all(ctx: int, tracker: int) -> None:
    del objects[tracker][:]


@implements("Tracker_Close")
def _tracker_close(ctx: int, tracker: int) -> None:
    for handle in take(tracker):
        close(handle)


# A global's value is an index into this table; what is replaced is let go.
_globals: dict[int, Any] = {}
_global_numbers = itertools.count(1)


@implements("Global_Store")
def _global_store(ctx: int, place: Any, handle: int) -> None:
    number = place[0]
    if handle == 0:
        place[0] = 0
        _globals.pop(number, None)
        return
    if number not in _globals:
        number = place[0] = next(_global_numbers)
    _globals[number] = objects[handle]


@implements("Global_Load")
def _global_load(ctx: int, number: int) -> int:
    try:
        return new(_globals[number])
    except KeyError:
        raise SystemError("HPyGlobal_Load of a global that is not set") from None
