# SPDX-License-Identifier: MIT OR Apache-2.0
"""HPyType_FromSpec: native types as Python classes."""

from __future__ import annotations

import itertools

from hpy_host._pypy import abi, buffers, calls, slots
from hpy_host._pypy.abi import (
    CALL_FUNCTION,
    DEF,
    DEF_GETSET,
    DEF_MEMBER,
    DEF_METH,
    DEF_SLOT,
    SLOT,
    TYPE_PARAM,
    TYPE_SPEC,
    c_function,
    cffi,
)
from hpy_host._pypy.frames import hidden
from hpy_host._pypy.functions import for_type, receiver_check, split_doc
from hpy_host._pypy.gil import outside
from hpy_host._pypy.handles import new, objects
from hpy_host._pypy.members import Attribute, getset, member
from hpy_host._pypy.registry import implements
from hpy_host._pypy.structs import (
    INT,
    LEGACY,
    SHAPES,
    TUPLE,
    NativeType,
    allocator,
    find_native,
    struct_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FLAG_HEAPTYPE, _FLAG_BASETYPE, _FLAG_HAVE_GC = 1 << 9, 1 << 10, 1 << 14
_PARAM_BASE, _PARAM_BASES, _PARAM_METACLASS = 1, 2, 3

# The slot of each type with a struct has a name of its own: so the interpreter takes the
# types for different in layout and refuses to assign one to an object's `__class__`.
_slot_names = itertools.count()


@implements("Type_FromSpec")
def _from_spec(ctx: int, spec: int, params: int) -> int:
    bases, metaclass = _parameters(abi.text(TYPE_SPEC.name(spec)) or "", params)
    return new(outside(_Maker(spec, bases, metaclass).make))


def _parameters(name: str, params: int) -> tuple[tuple[Any, ...], type | None]:
    bases: list[Any] = []
    tuples: list[Any] = []
    metaclasses: list[Any] = []
    while params and TYPE_PARAM.kind(params):
        kind, value = TYPE_PARAM.kind(params), objects[TYPE_PARAM.object(params)]
        if kind == _PARAM_BASE:
            bases.append(value)
        elif kind == _PARAM_BASES:
            tuples.append(value)
        elif kind == _PARAM_METACLASS:
            metaclasses.append(value)
        else:
            raise TypeError("unknown HPyType_SpecParam specification for %r" % name)
        params += TYPE_PARAM.total_size
    if len(tuples) > 1:
        raise TypeError("multiple specifications of HPyType_SpecParam_BasesTuple")
    if tuples and bases:
        raise TypeError(
            "cannot specify both HPyType_SpecParam_Base and HPyType_SpecParam_BasesTuple"
        )
    if len(metaclasses) > 1:
        raise ValueError("metaclass was specified multiple times")
    for metaclass in metaclasses:
        if not (isinstance(metaclass, type) and issubclass(metaclass, type)):
            raise TypeError("Metaclass '%r' is not a subclass of 'type'." % (metaclass,))
        if metaclass.__new__ is not type.__new__:
            raise TypeError("Metaclasses with custom tp_new are not supported.")
    found = tuples[0] if tuples else tuple(bases)
    return found, metaclasses[0] if metaclasses else None


class _Maker:
    """Makes one class from a spec."""

    def __init__(self, spec: int, bases: tuple[Any, ...], metaclass: type | None) -> None:
        self.spec = spec
        self.bases = bases
        self.metaclass = metaclass
        self.name = abi.text(TYPE_SPEC.name(spec)) or ""
        self.module, _, self.own_name = self.name.rpartition(".")
        self.flags = TYPE_SPEC.flags(spec)
        self.basicsize = TYPE_SPEC.basicsize(spec)
        self.slots: dict[int, int] = {}
        self.definitions: list[tuple[int, int]] = []
        for definition in abi.pointers(TYPE_SPEC.defines(spec)):
            kind = DEF.kind(definition)
            if kind == DEF_SLOT:
                self.slots[SLOT.slot(definition)] = SLOT.impl(definition)
            else:
                self.definitions.append((kind, definition))
        self.native = NativeType()
        self.namespace: dict[str, Any] = {}
        self.attributes: list[Attribute] = []

    def make(self) -> type:
        """The class."""
        native = self.native
        native.name = self.name
        native.shape = TYPE_SPEC.builtin_shape(self.spec)
        self.check()
        native.call = native.cls = native.member = None
        native.call_offset = -1
        native.sealed = not self.flags & _FLAG_BASETYPE
        self.add_definitions()
        self.add_slots()
        self.add_rest()
        cls = self.make_class()
        native.cls = cls
        self.finish(cls)
        return cls

    def check(self) -> None:
        """Refuses what HPy does not allow."""
        shape = self.native.shape
        if TYPE_SPEC.legacy_slots(self.spec) and shape != LEGACY:
            raise TypeError(
                "cannot specify .legacy_slots without setting "
                ".builtin_shape=HPyType_BuiltinShape_Legacy"
            )
        if self.flags & _FLAG_HAVE_GC and slots.TP_TRAVERSE not in self.slots:
            raise ValueError(
                "You must provide an HPy_tp_traverse slot if you specify HPy_TPFLAGS_HAVE_GC"
            )
        if shape == LEGACY:
            raise TypeError("%s: there are no legacy types in this interpreter" % self.name)
        if shape not in SHAPES:
            raise ValueError("invalid shape: %d" % shape)
        if slots.TP_CALL in self.slots:
            # Objects of a size of their own: other hosts have no room for the function there.
            if TYPE_SPEC.itemsize(self.spec) or shape in (INT, TUPLE):
                raise TypeError("Cannot use HPy call protocol with var objects")
        elif self.basicsize == 0 and any(kind == DEF_MEMBER for kind, _ in self.definitions):
            raise TypeError("Type claims to have basicsize==0 but defines members")
        for base in self.bases:
            if isinstance(base, type) and _is_sealed(base):
                raise TypeError("type %r is not an acceptable base type" % base.__name__)
        if self.basicsize:
            self.check_layout(SHAPES[shape])

    def check_layout(self, expected: type) -> None:
        """Refuses base types whose objects cannot have the struct where other hosts have it."""
        for base in self.bases:
            if not isinstance(base, type):
                raise TypeError("%s: base types have to be types, not %r" % (self.name, base))
            for cls in base.__mro__:
                if not cls.__flags__ & _FLAG_HEAPTYPE:
                    break
                if "__hpy_spec__" not in cls.__dict__ and cls.__dict__.get("__slots__"):
                    raise TypeError("%s: base type %r has slots" % (self.name, cls.__name__))
            if cls is not expected and cls is not object:
                raise TypeError(
                    "%s: the shape is that of %s, and base type %r that of %s"
                    % (self.name, expected.__name__, base.__name__, cls.__name__)
                )

    def add_definitions(self) -> None:
        """Methods, members, get/set descriptors."""
        for kind, definition in self.definitions:
            if kind == DEF_METH:
                name, function = for_type(
                    definition, self.native, self.own_name, self.module or "builtins"
                )
                self.namespace[name] = function
            elif kind == DEF_MEMBER:
                self.add_member(definition)
            elif kind == DEF_GETSET:
                attribute = getset(definition, self.own_name)
                self.attributes.append(attribute)
                self.namespace[attribute.__name__] = attribute
            else:
                raise SystemError("type %r: a definition of unknown kind %d" % (self.name, kind))

    def add_member(self, definition: int) -> None:
        """A member, among them the special one that says where the call function is."""
        attribute = member(definition)
        if attribute.__name__ == "__vectorcalloffset__":
            if slots.TP_CALL in self.slots:
                raise TypeError(
                    "Cannot have HPy_tp_call and explicit member '__vectorcalloffset__'. "
                    "Specify just one of them."
                )
            self.native.call_offset = abi.MEMBER.offset(definition)
            return
        self.attributes.append(attribute)
        self.namespace[attribute.__name__] = attribute

    def add_slots(self) -> None:
        """Special methods for the slots."""
        native, namespace = self.native, self.namespace
        done = (
            slots.BF_GETBUFFER,
            slots.BF_RELEASEBUFFER,
            slots.TP_CALL,
            slots.TP_NEW,
            slots.TP_TRAVERSE,
            slots.TP_DESTROY,
        )
        ordinary = [slot for slot in self.slots if slot not in done]
        # The sequence slots first: the number and mapping slots for the same method win.
        ordinary.sort(key=lambda slot: not 39 <= slot <= 46)
        for slot in ordinary:
            for name, function in slots.methods(slot, self.slots[slot], native).items():
                function.__name__ = name
                function.__qualname__ = "%s.%s" % (self.own_name, name)
                namespace[name] = hidden(function)
        if slots.BF_GETBUFFER in self.slots:
            release = self.slots.get(slots.BF_RELEASEBUFFER, 0)
            namespace["__buffer__"] = hidden(
                buffers.method(self.slots[slots.BF_GETBUFFER], release, native)
            )
        if slots.TP_NEW in self.slots:
            namespace["__new__"] = staticmethod(
                hidden(_constructor(self.slots[slots.TP_NEW], native))
            )
        if slots.TP_CALL in self.slots:
            native.call = c_function(self.slots[slots.TP_CALL], "hhaLh")
        if native.call is not None or native.call_offset >= 0:
            namespace["__call__"] = hidden(_caller(native))

    def add_rest(self) -> None:
        """Returns what every native type has."""
        namespace = self.namespace
        doc = abi.text(TYPE_SPEC.doc(self.spec))
        namespace["__doc__"] = split_doc(self.own_name, doc)[0]
        namespace["__module__"] = self.module or "builtins"
        if self.native.sealed:
            namespace["__init_subclass__"] = classmethod(_refuse_subclass)

    def make_class(self) -> type:
        """The class itself, with a slot for the struct where it has one."""
        native, namespace = self.native, self.namespace
        has_struct = (
            self.basicsize > 0
            or slots.TP_DESTROY in self.slots
            or native.call is not None
            or native.call_offset >= 0
        )
        slot_name = "hpy_struct_%d" % next(_slot_names)
        namespace["__slots__"] = (slot_name,) if has_struct else ()
        if has_struct and "__getstate__" not in namespace:
            namespace["__getstate__"] = _no_state
        if self.metaclass is None:
            cls = type(self.own_name, self.bases, namespace)
        else:
            cls = type.__new__(self.metaclass, self.own_name, self.bases, namespace)
        type.__delattr__(cls, "__slots__")
        member = None
        if has_struct:
            member = cls.__dict__[slot_name]
            type.__delattr__(cls, slot_name)
        native.member = member
        return cls

    def finish(self, cls: Any) -> None:
        """Returns what can be said only when there is a class."""
        native = self.native
        for attribute in self.attributes:
            attribute.__objclass__ = cls
        base = None
        for parent in cls.__mro__[1:]:
            base = parent.__dict__.get("__hpy_type__")
            if base is not None:
                break
        native.base = base
        size = self.basicsize
        destroys: tuple[Any, ...] = ()
        if slots.TP_DESTROY in self.slots:
            destroys = (cffi.cast(abi.DESTROY, self.slots[slots.TP_DESTROY]),)
        if base is not None:
            # One struct, which starts with the base type's.
            size = max(size, base.size)
            destroys += base.destroys
            if native.call is None and native.call_offset < 0:
                native.call, native.call_offset = base.call, base.call_offset
            native.member = base.member if native.member is not None else None
        native.size = max(size, 1)
        native.destroys = destroys
        native.allocate = allocator(cls)
        type.__setattr__(cls, "__hpy_spec__", native)
        if native.member is not None:
            native.get = native.member.__get__
            type.__setattr__(cls, "__hpy_type__", native)
        if destroys and slots.TP_NEW not in self.slots and "__new__" not in cls.__dict__:
            if base is None or not base.destroys:
                type.__setattr__(cls, "__new__", staticmethod(_eager_constructor(cls, native)))


def _is_sealed(cls: type) -> bool:
    native = cls.__dict__.get("__hpy_spec__")
    return native is not None and native.sealed


def _refuse_subclass(cls: Any, /, **kwargs: Any) -> None:
    for base in cls.__mro__[1:]:
        if _is_sealed(base):
            raise TypeError("type %r is not an acceptable base type" % base.__name__)


def _no_state(self: Any) -> Any:
    cls = type(self)
    if hasattr(cls, "__getnewargs__") or hasattr(cls, "__getnewargs_ex__"):
        return object.__getstate__(self)
    raise TypeError("cannot pickle %r object" % cls.__name__)


def _constructor(address: int, native: NativeType) -> Any:
    call = c_function(address, "hhaLh")

    def __new__(*args: Any, **kwargs: Any) -> Any:
        if not args:
            raise TypeError("%s.__new__(): not enough arguments" % native.name)
        cls = args[0]
        if cls is not native.cls:
            if not isinstance(cls, type):
                raise TypeError(
                    "%s.__new__(X): X is not a type object (%s)" % (native.name, type(cls).__name__)
                )
            if native.cls not in cls.__mro__:
                raise TypeError(
                    "%s.__new__(%s): %s is not a subtype of %s"
                    % (native.name, cls.__name__, cls.__name__, native.name)
                )
        return calls.construct(call, "__new__", cls, args[1:], kwargs)

    return __new__


def _eager_constructor(owner: Any, native: NativeType) -> Any:
    """For a type that has to be told of the end of objects it did not make itself."""

    def __new__(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
        construct = super(owner, cls).__new__
        if construct is not object.__new__:
            obj = construct(cls, *args, **kwargs)
        else:
            if (args or kwargs) and cls.__init__ is object.__init__:
                raise TypeError("%s() takes no arguments" % cls.__name__)
            obj = construct(cls)
        if isinstance(obj, owner):
            struct_of(obj)
        return obj

    return __new__


def _caller(native: NativeType) -> Any:
    check = receiver_check(native, "__call__")
    name = native.name

    def __call__(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        check(self)
        struct = struct_of(self)
        call = struct.function
        if call is None:
            call = native.call
            if call is None:
                call = _explicit_call(native, struct.address)
        return calls.call_keywords(call, name, self, args, kwargs)

    return __call__


def _explicit_call(native: NativeType, address: int) -> Any:
    function = CALL_FUNCTION.impl(address + native.call_offset)
    if not function:
        raise TypeError("%r object has no call function set" % native.name)
    return c_function(function, "hhaLh")


@implements("SetCallFunction")
def _set_call_function(ctx: int, handle: int, function: int) -> int:
    obj = objects[handle]
    native = find_native(type(obj))
    if native is None or (native.call is None and native.call_offset < 0):
        raise TypeError(
            "type '%.50s' does not implement the HPy call protocol" % type(obj).__name__
        )
    struct = struct_of(obj)
    impl = CALL_FUNCTION.impl(function)
    if native.call_offset >= 0:
        place = cffi.cast(abi.LONG_P, struct.address + native.call_offset)
        place[0] = CALL_FUNCTION.trampoline(function)
        place[1] = impl
    else:
        struct.function = c_function(impl, "hhaLh")
    return 0


@implements("Type_GetBuiltinShape", failed=-2)
def _get_builtin_shape(ctx: int, handle: int) -> int:
    cls = objects[handle]
    if not isinstance(cls, type):
        raise TypeError("arg must be a type")
    native = cls.__dict__.get("__hpy_spec__")
    return LEGACY if native is None else native.shape


@implements("Type_GetName")
def _get_name(ctx: int, handle: int) -> int:
    name = objects[handle].__name__
    if name not in _names:
        _names[name] = name.encode("utf-8")
    return abi.address_of(_names[name])


_names: dict[str, bytes] = {}


@implements("Type_IsSubtype", failed=0)
def _is_subtype(ctx: int, sub: int, cls: int) -> int:
    return 1 if type.__subclasscheck__(objects[cls], objects[sub]) else 0
