"""The C structs of native objects: their memory, their fields, their end.

An object of a native type has a slot for a `Struct`, which Python code cannot name. The
memory goes with the Struct. Where the type has an HPy_tp_destroy, an `End` calls it; it
refers to nothing that could refer to the object, so it cannot be called as long as
anything can reach the object, cycles and weak references included.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

import _cffi_backend as cffi  # type: ignore[import-not-found]
import __pypy__  # type: ignore[import-not-found]

from vermilion.hpy._pypy.abi import CHARS, LONG
from vermilion.hpy._pypy.gil import acquire, release
from vermilion.hpy._pypy.handles import new, objects
from vermilion.hpy._pypy.registry import implements

lookup_special = __pypy__.lookup_special

LEGACY, OBJECT, TYPE, INT, FLOAT, STR, TUPLE, LIST = range(-1, 7)
#: the built-in types behind the shapes
SHAPES = {OBJECT: object, TYPE: type, INT: int, FLOAT: float, STR: str, TUPLE: tuple, LIST: list}


class End:
    """Calls HPy_tp_destroy on a struct when nothing refers to its object any more."""

    __slots__ = ("memory", "address", "destroys")

    def __init__(self, memory: Any, address: int, destroys: tuple[Any, ...]) -> None:
        self.memory = memory
        self.address = address
        self.destroys = destroys

    def __del__(self) -> None:
        interrupted = acquire()
        try:
            for destroy in self.destroys:
                destroy(self.address)
        finally:
            release(interrupted)


class Struct:
    """The struct of one object."""

    __slots__ = ("address", "memory", "fields", "function")

    #: where it is
    address: int
    #: what keeps the memory: a cdata object, or an End with one
    memory: object
    #: what its HPyFields refer to: a field's value is an index into this list, whose first
    #: item is the list of the indexes that are not in use
    fields: Optional[list[Any]]
    #: what HPy_SetCallFunction set
    function: Any


class NativeType:
    """What the host knows of a type that HPyType_FromSpec made.

    It is the attribute `__hpy_type__` of the types that have a struct, and inherited by
    their subclasses.
    """

    __slots__ = (
        "name",
        "cls",
        "shape",
        "size",
        "base",
        "member",
        "get",
        "destroys",
        "allocate",
        "sealed",
        "call",
        "call_offset",
    )

    #: the name for messages, with the module
    name: str
    cls: Any
    shape: int
    #: of the struct, in bytes, with that of the base types
    size: int
    base: Optional[NativeType]
    #: the descriptor of the slot that holds the Struct
    member: Any
    get: Callable[[Any], Struct]
    #: HPy_tp_destroy of the type and its base types, in this order
    destroys: tuple[Any, ...]
    #: makes a bare object: `__new__` of the built-in base type
    allocate: Callable[..., Any]
    #: whether Python code may not make subclasses
    sealed: bool
    #: HPy_tp_call, or None
    call: Any
    #: offset of the HPyCallFunction in the struct, or -1
    call_offset: int

    def make_struct(self, obj: Any) -> Struct:
        """Give an object its struct, with zeros."""
        struct = Struct()
        memory = cffi.newp(CHARS, self.size)
        address = struct.address = int(cffi.cast(LONG, memory))
        if self.destroys:
            struct.memory = End(memory, address, self.destroys)
        else:
            struct.memory = memory
        struct.fields = None
        struct.function = None
        self.member.__set__(obj, struct)
        return struct


def struct_of(obj: Any) -> Struct:
    """The struct of an object, made now if the object came about without one."""
    native = lookup_special(obj, "__hpy_type__")
    if native.__class__ is not NativeType:
        raise TypeError("%r object has no HPy struct" % type(obj).__name__)
    try:
        return native.get(obj)  # type: ignore[no-any-return]
    except AttributeError:
        return native.make_struct(obj)  # type: ignore[no-any-return]


@implements(
    "AsStruct_Object",
    "AsStruct_Type",
    "AsStruct_Long",
    "AsStruct_Float",
    "AsStruct_Unicode",
    "AsStruct_Tuple",
    "AsStruct_List",
)
def _as_struct(ctx: int, handle: int) -> int:
    return struct_of(objects[handle]).address


@implements("AsStruct_Legacy")
def _as_struct_legacy(ctx: int, handle: int) -> int:
    raise SystemError("there are no legacy objects in this interpreter")


@implements("New")
def _new(ctx: int, cls_handle: int, data: Any) -> int:
    cls = objects[cls_handle]
    data[0] = 0
    obj = create(cls)
    data[0] = struct_of(obj).address
    return new(obj)


def create(cls: Any) -> Any:
    """A bare object of a native type or of a subclass of one."""
    if not isinstance(cls, type):
        raise TypeError("HPy_New arg 1 must be a type")
    native = find_native(cls)
    if native is None:
        raise TypeError("HPy_New: %r is not a type with an HPy struct" % cls.__name__)
    obj = native.allocate(cls)
    native.make_struct(obj)
    return obj


def find_native(cls: type) -> Optional[NativeType]:
    """What is known of the first type with a struct among a type and its base types."""
    for base in cls.__mro__:
        native = base.__dict__.get("__hpy_type__")
        if native is not None:
            return native  # type: ignore[no-any-return]
    return None


@implements("Type_GenericNew")
def _generic_new(ctx: int, cls_handle: int, args: Any, nargs: int, kw: int) -> int:
    cls = objects[cls_handle]
    if not isinstance(cls, type):
        raise TypeError("HPy_Type_GenericNew arg 1 must be a type")
    if find_native(cls) is not None:
        return new(create(cls))
    return new(bare(cls))


def bare(cls: Any) -> Any:
    """A bare object of a type without a struct."""
    for base in cls.__mro__:
        if base in _ALLOCATORS:
            return base.__new__(cls)
    return object.__new__(cls)


_ALLOCATORS = frozenset((object, int, float, str, tuple, list, bytes, dict, type))


@implements("Field_Store")
def _field_store(ctx: int, target: int, field: Any, handle: int) -> None:
    index = field[0]
    if handle == 0:
        if index:
            field[0] = 0
            remove_field(struct_of(objects[target]), index)
        return
    struct = struct_of(objects[target])
    if index:
        store_field(struct, index, objects[handle])
    else:
        field[0] = add_field(struct, objects[handle])


def add_field(struct: Struct, value: object) -> int:
    """A new field's value, which refers to the object `value`."""
    fields = struct.fields
    if fields is None:
        fields = struct.fields = [[]]
    if fields[0]:
        index: int = fields[0].pop()
        fields[index] = value
        return index
    fields.append(value)
    return len(fields) - 1


def store_field(struct: Struct, index: int, value: object) -> None:
    """Change what a field refers to."""
    assert struct.fields is not None
    struct.fields[index] = value


def remove_field(struct: Struct, index: int) -> None:
    """Forget what a field refers to; the field is to become NULL."""
    assert struct.fields is not None
    struct.fields[index] = None
    struct.fields[0].append(index)


def load_field(struct: Struct, index: int) -> Any:
    """What a field refers to."""
    if struct.fields is None or index <= 0:
        raise SystemError("an HPyField that is not set, or of another object")
    return struct.fields[index]


@implements("Field_Load")
def _field_load(ctx: int, source: int, field: int) -> int:
    return new(load_field(struct_of(objects[source]), field))
