# SPDX-License-Identifier: MIT OR Apache-2.0
"""Capsules: pointers of native code as objects."""

from __future__ import annotations

from hpy_host._pypy import abi
from hpy_host._pypy.abi import cffi
from hpy_host._pypy.gil import acquire, release
from hpy_host._pypy.handles import new, objects, set_constant
from hpy_host._pypy.registry import implements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_POINTER, _NAME, _CONTEXT, _DESTRUCTOR = range(4)
# HPyCapsule_Destructor: a trampoline and the function.
_DESTRUCTOR_STRUCT = abi.Struct("trampoline:p impl:p")


class _Content:
    """The content of a capsule. It refers to no object, so its end is the capsule's."""

    __slots__ = ("pointer", "name", "context", "destructor")

    def __init__(self, pointer: int, name: int) -> None:
        self.pointer = pointer
        self.name = name
        self.context = 0
        self.destructor = 0


class _ContentWithEnd(_Content):
    __slots__ = ()

    def __del__(self) -> None:
        if not self.destructor:
            return
        call = cffi.cast(abi.CAPSULE_DESTRUCTOR, self.destructor)
        interrupted = acquire(False)
        try:
            call(self.name, self.pointer, self.context)
        finally:
            release(interrupted)


class PyCapsule:
    """Wraps a pointer of native code."""

    __slots__ = ("_content", "__weakref__")

    def __new__(cls) -> PyCapsule:
        raise TypeError("cannot create 'PyCapsule' instances")

    def __init_subclass__(cls) -> None:
        raise TypeError("type 'PyCapsule' is not an acceptable base type")

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle 'PyCapsule' object")

    def __repr__(self) -> str:
        content = _get_content(self)
        name = '"%s"' % abi.text(content.name) if content.name else "NULL"
        return "<capsule object %s at 0x%x>" % (name, id(self))


PyCapsule.__module__ = "builtins"
set_constant("h_CapsuleType", PyCapsule)
_content_slot: Any = PyCapsule.__dict__["_content"]
_get_content = _content_slot.__get__
type.__delattr__(PyCapsule, "_content")


def _destructor_of(destructor: int) -> int:
    if not destructor:
        return 0
    impl: int = _DESTRUCTOR_STRUCT.impl(destructor)
    if not impl or not _DESTRUCTOR_STRUCT.trampoline(destructor):
        raise ValueError("Invalid HPyCapsule destructor")
    return impl


@implements("Capsule_New")
def _capsule_new(ctx: int, pointer: int, name: Any, destructor: int) -> int:
    impl = _destructor_of(destructor)
    if not pointer:
        raise ValueError("HPyCapsule_New called with null pointer")
    capsule = object.__new__(PyCapsule)
    content = (_ContentWithEnd if impl else _Content)(pointer, int(cffi.cast(abi.LONG, name)))
    content.destructor = impl
    _content_slot.__set__(capsule, content)
    return new(capsule)


def _content_of(handle: int, what: str) -> _Content:
    capsule = objects[handle]
    if type(capsule) is not PyCapsule:
        raise ValueError("%s called with invalid PyCapsule object" % what)
    content: _Content = _get_content(capsule)
    return content


def _same_name(content: _Content, name: Any) -> bool:
    if not content.name or not name:
        return not content.name and not name
    return abi.text(content.name) == abi.decode(name)


_GETTERS = ("HPyCapsule_GetPointer", "HPyCapsule_GetName", "HPyCapsule_GetContext")
_SETTERS = (
    "HPyCapsule_SetPointer",
    "HPyCapsule_SetName",
    "HPyCapsule_SetContext",
    "HPyCapsule_SetDestructor",
)


@implements("Capsule_Get")
def _capsule_get(ctx: int, handle: int, key: int, name: Any) -> int:
    if not 0 <= key < len(_GETTERS):
        raise ValueError("Invalid operation: get HPyCapsule_key_Destructor")
    content = _content_of(handle, _GETTERS[key])
    if key == _NAME:
        return content.name
    if key == _CONTEXT:
        return content.context
    if not _same_name(content, name):
        raise ValueError("HPyCapsule_GetPointer called with incorrect name")
    return content.pointer


@implements("Capsule_IsValid", failed=0)
def _capsule_is_valid(ctx: int, handle: int, name: Any) -> int:
    capsule = objects[handle]
    return 1 if type(capsule) is PyCapsule and _same_name(_get_content(capsule), name) else 0


@implements("Capsule_Set")
def _capsule_set(ctx: int, handle: int, key: int, value: int) -> int:
    content = _content_of(handle, _SETTERS[key])
    if key == _POINTER:
        if not value:
            raise ValueError("HPyCapsule_SetPointer called with null pointer")
        content.pointer = value
    elif key == _NAME:
        content.name = value
    elif key == _CONTEXT:
        content.context = value
    else:
        _set_destructor(objects[handle], content, _destructor_of(value))
    return 0


def _set_destructor(capsule: Any, content: _Content, impl: int) -> None:
    content.destructor = impl
    if impl and type(content) is _Content:
        # Only objects that are made with a finalizer have one.
        with_end = _ContentWithEnd(content.pointer, content.name)
        with_end.context = content.context
        with_end.destructor = impl
        _content_slot.__set__(capsule, with_end)
