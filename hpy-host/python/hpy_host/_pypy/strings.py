# SPDX-License-Identifier: MIT OR Apache-2.0
"""bytes and str.

Pointers into them stay good as long as the object lives: see `abi.address_of`.
"""

from __future__ import annotations

import os
import sys

from hpy_host._pypy.abi import address_of, cffi, decode
from hpy_host._pypy.gil import outside
from hpy_host._pypy.handles import new, objects
from hpy_host._pypy.registry import implements

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@implements("Bytes_Check", failed=0)
def _bytes_check(ctx: int, handle: int) -> int:
    return 1 if isinstance(objects[handle], bytes) else 0


def _bytes(handle: int) -> bytes:
    value = objects[handle]
    if not isinstance(value, bytes):
        raise TypeError("expected bytes, %s found" % type(value).__name__)
    return value


@implements("Bytes_Size", "Bytes_GET_SIZE")
def _bytes_size(ctx: int, handle: int) -> int:
    return bytes.__len__(_bytes(handle))


@implements("Bytes_AsString", "Bytes_AS_STRING")
def _bytes_as_string(ctx: int, handle: int) -> int:
    return address_of(_bytes(handle))


@implements("Bytes_FromString")
def _bytes_from_string(ctx: int, chars: Any) -> int:
    return new(cffi.string(chars))


def _size(size: int) -> int:
    if size < 0:
        raise SystemError("a negative size was passed to a function of HPy")
    return size


@implements("Bytes_FromStringAndSize")
def _bytes_from_string_and_size(ctx: int, chars: Any, size: int) -> int:
    if not chars:
        raise ValueError("NULL char * passed to HPyBytes_FromStringAndSize")
    return new(cffi.buffer(chars, _size(size))[:])


@implements("Unicode_Check", failed=0)
def _unicode_check(ctx: int, handle: int) -> int:
    return 1 if isinstance(objects[handle], str) else 0


def _str(handle: int) -> str:
    value = objects[handle]
    if not isinstance(value, str):
        raise TypeError("bad argument type for built-in operation")
    return value


@implements("Unicode_FromString")
def _from_string(ctx: int, chars: Any) -> int:
    return new(decode(chars))


@implements("Unicode_AsASCIIString")
def _as_ascii(ctx: int, handle: int) -> int:
    return new(str.encode(_str(handle), "ascii"))


@implements("Unicode_AsLatin1String")
def _as_latin1(ctx: int, handle: int) -> int:
    return new(str.encode(_str(handle), "latin-1"))


@implements("Unicode_AsUTF8String")
def _as_utf8(ctx: int, handle: int) -> int:
    return new(str.encode(_str(handle), "utf-8"))


@implements("Unicode_AsUTF8AndSize")
def _as_utf8_and_size(ctx: int, handle: int, size: Any) -> int:
    encoded = str.encode(_str(handle), "utf-8")
    if size:
        size[0] = len(encoded)
    return address_of(encoded)


@implements("Unicode_FromWideChar")
def _from_wide_char(ctx: int, chars: Any, size: int) -> int:
    if not chars:
        if size == 0:
            return new("")
        raise SystemError("NULL wchar_t * passed to HPyUnicode_FromWideChar")
    if size == -1:
        size = 0
        while chars[size]:
            size += 1
    return new("".join([chr(chars[index]) for index in range(_size(size))]))


@implements("Unicode_DecodeFSDefault")
def _decode_fs(ctx: int, chars: Any) -> int:
    return new(os.fsdecode(cffi.string(chars)))


@implements("Unicode_DecodeFSDefaultAndSize")
def _decode_fs_and_size(ctx: int, chars: Any, size: int) -> int:
    return new(os.fsdecode(cffi.buffer(chars, _size(size))[:]))


@implements("Unicode_EncodeFSDefault")
def _encode_fs(ctx: int, handle: int) -> int:
    encoding, errors = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
    return new(str.encode(_str(handle), encoding, errors))


@implements("Unicode_ReadChar")
def _read_char(ctx: int, handle: int, index: int) -> int:
    value = _str(handle)
    if not 0 <= index < str.__len__(value):
        raise IndexError("string index out of range")
    return ord(str.__getitem__(value, index))


def _errors(errors: Any) -> str:
    return decode(errors) if errors else "strict"


@implements("Unicode_DecodeASCII")
def _decode_ascii(ctx: int, chars: Any, size: int, errors: Any) -> int:
    data = cffi.buffer(chars, _size(size))[:]
    return new(outside(bytes.decode, data, "ascii", _errors(errors)))


@implements("Unicode_DecodeLatin1")
def _decode_latin1(ctx: int, chars: Any, size: int, errors: Any) -> int:
    data = cffi.buffer(chars, _size(size))[:]
    return new(outside(bytes.decode, data, "latin-1", _errors(errors)))


@implements("Unicode_FromEncodedObject")
def _from_encoded_object(ctx: int, handle: int, encoding: Any, errors: Any) -> int:
    if not handle:
        raise SystemError("NULL passed to HPyUnicode_FromEncodedObject")
    name = decode(encoding) if encoding else None
    return new(outside(_decoded, objects[handle], name, _errors(errors)))


def _decoded(value: Any, encoding: str | None, errors: str) -> str:
    if isinstance(value, str):
        raise TypeError("decoding str is not supported")
    try:
        return str(value, encoding or "utf-8", errors)
    except TypeError as error:
        if isinstance(value, (bytes, bytearray, memoryview)):
            raise
        raise TypeError(
            "decoding to str: need a bytes-like object, %s found" % type(value).__name__
        ) from error


@implements("Unicode_Substring")
def _substring(ctx: int, handle: int, start: int, end: int) -> int:
    value = _str(handle)
    if start < 0 or end < 0:
        raise IndexError("string index out of range")
    return new(str.__getitem__(value, slice(start, end)))
