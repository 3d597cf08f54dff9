# SPDX-License-Identifier: MIT OR Apache-2.0
"""The C structs of native objects: their memory, their fields, their end.

An object of a native type has a slot for a `Struct`, which Python code cannot name. The
memory goes with the Struct. Where the type has an HPy_tp_destroy, an `End` calls it; it
refers to nothing that could refer to the object, so it cannot be called as long as
anything can reach the object, cycles and weak references included.
"""

from __future__ import annotations

import __pypy__  # type: ignore[import-not-found]

from hpy_host._pypy import abi
from hpy_host._pypy.abi import cffi
from hpy_host._pypy.gil import acquire, release
from hpy_host._pypy.handles import new, objects
from hpy_host._pypy.registry import implements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

lookup_special = __pypy__.lookup_special

LEGACY, OBJECT, TYPE, INT, FLOAT, STR, TUPLE, LIST = range(-1, 7)
#: the built-in types behind the shapes
SHAPES = {OBJECT: object, TYPE: type, INT: int, FLOAT: float, STR: str, TUPLE: tuple, LIST: list}


_FLAG_HEAPTYPE = 1 << 9


_void = abi.TYPES["v"]
_libc = cffi.load_library(None, 0)
_calloc = _libc.load_function(
    cffi.new_function_type((abi.ULONG, abi.ULONG), abi.LONG, False), "calloc"
)
_free = _libc.load_function(cffi.new_function_type((abi.LONG,), _void, False), "free")


class End:
    """Calls HPy_tp_destroy on a struct when nothing refers to its object any more."""

    __slots__ = ("address", "destroy")

    address: int
    destroy: Any

    def __del__(self) -> None:
        interrupted = acquire(False)
        try:
            self.destroy(self.address)
        finally:
            release(interrupted)
        _free(self.address)


class Ends(End):
    """Calls those of several types, a type's own before its base types'."""

    __slots__ = ()

    def __del__(self) -> None:
        interrupted = acquire(False)
        try:
            for destroy in self.destroy:
                destroy(self.address)
        finally:
            release(interrupted)
        _free(self.address)


class Struct:
    """The struct of one object."""

    __slots__ = ("address", "memory", "fields", "function")

    #: where it is
    address: int
    #: what frees the memory: an End, or a cdata object
    memory: object
    #: what its HPyFields refer to: a field's value is an index into this list, whose first
    #: item is the list of the indexes that are not in use
    fields: list[Any] | None
    #: what HPy_SetCallFunction set
    function: Any


class NativeType:
    """The knowledge of the host about a type that HPyType_FromSpec made.

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
    base: NativeType | None
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
        """Gives an object its struct, with zeros."""
        struct = Struct()
        destroys = self.destroys
        if destroys:
            address = _calloc(1, self.size)
            if not address:
                raise MemoryError
            end = Ends() if len(destroys) > 1 else End()
            end.address = address
            end.destroy = destroys if len(destroys) > 1 else destroys[0]
            struct.address = address
            struct.memory = end
        else:
            memory = cffi.newp(abi.CHARS, self.size)
            struct.address = memory + 0 - abi.NULL
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
        return native.get(obj)
    except AttributeError:
        return native.make_struct(obj)


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
    if not isinstance(cls, type):
        raise TypeError("HPy_New arg 1 must be a type")
    native = find_native(cls)
    if native is None:
        raise TypeError("HPy_New: %r is not a type with an HPy struct" % cls.__name__)
    obj = native.allocate(cls)
    data[0] = native.make_struct(obj).address
    return new(obj)


_get_class_attribute = type.__getattribute__
_is_subclass = type.__subclasscheck__


def find_native(cls: Any) -> NativeType | None:
    """Returns what is known of the first type with a struct among a type and its base types."""
    try:
        native = _get_class_attribute(cls, "__hpy_type__")
    except AttributeError:
        return None
    if native.cls is cls or _is_subclass(native.cls, cls):
        return native  # type: ignore[no-any-return]
    return None  # it is the metaclass's


@implements("Type_GenericNew")
def _generic_new(ctx: int, cls_handle: int, args: Any, nargs: int, kw: int) -> int:
    cls = objects[cls_handle]
    if not isinstance(cls, type):
        raise TypeError("HPy_Type_GenericNew arg 1 must be a type")
    native = find_native(cls)
    if native is None:
        return new(allocator(cls)(cls))
    obj = native.allocate(cls)
    native.make_struct(obj)
    return new(obj)


def allocator(cls: Any) -> Callable[..., Any]:
    """Returns what makes bare objects of a class: `__new__` of the interpreter's type behind it."""
    for base in cls.__mro__:
        if "__new__" in base.__dict__ and not base.__flags__ & _FLAG_HEAPTYPE:
            return base.__new__  # type: ignore[no-any-return]
    return object.__new__


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
    """Changes what a field refers to."""
    assert struct.fields is not None
    struct.fields[index] = value


def remove_field(struct: Struct, index: int) -> None:
    """Forgets what a field refers to; the field is to become NULL."""
    assert struct.fields is not None
    struct.fields[index] = None
    struct.fields[0].append(index)


def load_field(struct: Struct, index: int) -> Any:
    """Returns what a field refers to."""
    if struct.fields is None or index <= 0:
        raise SystemError("an HPyField that is not set, or of another object")
    return struct.fields[index]


@implements("Field_Load")
def _field_load(ctx: int, source: int, field: int) -> int:
    return new(load_field(struct_of(objects[source]), field))
