# SPDX-License-Identifier: MIT OR Apache-2.0
"""The buffer protocol: `memoryview` of a native object.

PyPy asks a type's `__buffer__` for a memoryview, and tells nobody when that is released.
So HPy_bf_releasebuffer is called when the memory's last view is collected; and before an
object may refuse another export because of an old one, the garbage is collected.
"""

from __future__ import annotations

import gc

import __pypy__  # type: ignore[import-not-found]

from hpy_host._pypy import abi
from hpy_host._pypy.abi import BUFFER, CHAR_P, CONTEXT_ADDRESS, LONG, c_function, cffi
from hpy_host._pypy.calls import done
from hpy_host._pypy.errors import unraisable
from hpy_host._pypy.functions import receiver_check
from hpy_host._pypy.gil import acquire, error, release
from hpy_host._pypy.handles import close, end_loan, lend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def method(getbuffer: int, releasebuffer: int, native: Any) -> Callable[..., Any]:
    """`__buffer__` for a type with these slots; the second may be 0."""
    get = c_function(getbuffer, "ihpi")
    let_go = c_function(releasebuffer, "vhp") if releasebuffer else None
    check = receiver_check(native, "__buffer__")
    exports = [0]

    def export(self: Any, flags: int) -> Any:
        buffer = cffi.newp(abi.CHARS, BUFFER.total_size)
        address = int(cffi.cast(LONG, buffer))
        interrupted = acquire()
        subject = lend(self)
        try:
            done(get(CONTEXT_ADDRESS, subject, address, flags), "__buffer__")
        finally:
            end_loan(subject)
            release(interrupted)
        exports[0] += 1

        def end(pointer: object) -> None:
            exports[0] -= 1
            _release(let_go, self, buffer)

        start = cffi.cast(CHAR_P, BUFFER.buf(address))
        return _view(cffi.gcp(start, end), address)

    def __buffer__(self: Any, flags: int, /) -> Any:
        check(self)
        try:
            return export(self, flags)
        except BufferError:
            if not exports[0]:
                raise
        gc.collect()
        return export(self, flags)

    return __buffer__


def _release(let_go: Any, self: Any, buffer: Any) -> None:
    address = int(cffi.cast(LONG, buffer))
    interrupted = acquire(False)
    subject = lend(self)
    try:
        if let_go is not None:
            let_go(CONTEXT_ADDRESS, subject, address)
        close(BUFFER.obj(address))
        pending = error[0]
        error[0] = None
    finally:
        end_loan(subject)
        release(interrupted)
    if pending is not None:
        unraisable(pending, self)


def _view(pointer: Any, address: int) -> memoryview:
    length = BUFFER.len(address)
    itemsize = BUFFER.itemsize(address) or 1
    ndim = BUFFER.ndim(address)
    if BUFFER.suboffsets(address):
        raise BufferError("a buffer with suboffsets cannot be exported")
    view = memoryview(cffi.buffer(pointer, length))
    if BUFFER.readonly(address):
        view = view.toreadonly()
    shape = _numbers(BUFFER.shape(address), ndim)
    if shape is None:
        shape = (length // itemsize,)
    strides = _numbers(BUFFER.strides(address), ndim)
    if strides is None:
        steps = [itemsize]
        for extent in reversed(shape[1:]):
            steps.insert(0, steps[0] * extent)
        strides = tuple(steps)
    text = abi.text(BUFFER.format(address)) or "B"
    if ndim == 0 and length != itemsize:
        raise BufferError("a buffer without dimensions has to have the size of one item")
    if ndim == 0:
        shape = strides = ()
    made: memoryview = __pypy__.newmemoryview(view, itemsize, text, shape, strides)
    return made


def _numbers(address: int, count: int) -> Any:
    if not address:
        return None
    array = cffi.cast(abi.LONG_P, address)
    return tuple(array[index] for index in range(count))
