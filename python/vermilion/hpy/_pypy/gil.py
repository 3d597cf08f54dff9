"""The right to run native code, which one thread has at a time: HPy's GIL on PyPy.

cffi lets other threads run while it calls C, but an HPy function may believe that it is
alone until it calls something that runs Python code. So a thread holds a token while it
is in native code: it takes it when Python calls a native function, and gives it up while
a context function runs arbitrary Python code or after HPy_LeavePythonExecution.

The token is the one item of the list `_free`. Its pop and append are atomic under
PyPy's own GIL, which makes taking and giving it a matter of a few nanoseconds.

PyPy runs signal handlers between any two bytecodes, and what they raise must not come out
of a context function, which may be one that cannot fail. So signals wait as long as the
main thread has the token.
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, get_ident

import __pypy__  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

stack_almost_full = __pypy__.stack_almost_full
_signals_on = __pypy__.thread._signals_enter
_signals_off = __pypy__.thread._signals_exit
# Where there are threads already, threading says which is the main one.
_threading = sys.modules.get("threading")
_main = [_threading.main_thread().ident if _threading is not None else get_ident()]

#: The error that native code of the token's holder has pending, if any.
error: list[Optional[BaseException]] = [None]

_free = [1]
_owner = [0]
# How many of the main thread's takings found signals waiting already.
_nested = [0]
_waiters: list[_Waiter] = []
# How long the owner may stay unknown before a thread believes that it is the one.
_UNKNOWN = 0.05


class _Waiter:
    """A thread that waits for the token."""

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.lock.acquire()
        # It was woken in vain: the next one who has the token hands it over.
        self.urgent = False
        self.woken = False
        self.handed = False


class Interrupted:
    """What was pending in the native code that a finalizer or signal handler interrupted."""

    def __init__(self) -> None:
        self.error = error[0]
        error[0] = None


def _take() -> bool:
    """Take the token; False if this thread has it already."""
    ident = get_ident()
    if _owner[0] == ident:
        return False
    if ident == _main[0]:
        # Signals wait already where a finalizer interrupted this very thread between here
        # and the line that makes it the token's owner, or in the middle of `_give`.
        try:
            _signals_off()
        except RuntimeError:
            _nested[0] += 1
    try:
        _free.pop()
    except IndexError:
        if not _wait():
            if ident == _main[0]:
                _loud()
            return False
    _owner[0] = ident
    return True


def _give() -> None:
    _owner[0] = 0
    _free.append(1)
    if _waiters:
        _wake()
    if get_ident() == _main[0]:
        _loud()


def _loud() -> None:
    """Let signals come again, unless `_take` found them waiting."""
    if _nested[0]:
        _nested[0] -= 1
    else:
        _signals_on()


def acquire(check: bool = True) -> Optional[Interrupted]:
    """Take the token to call native code; the result is for `release`.

    Raises RecursionError while it still can, unless `check` is false: at the very end of
    the stack, nothing could be called any more that puts things in order.

    This thread has it already when a finalizer or a signal handler runs in the middle of
    a context function. What is pending there is put aside until `release`.
    """
    if check and stack_almost_full():
        raise RecursionError("maximum recursion depth exceeded in native code")
    try:
        taken = _take()
    except BaseException:
        if _owner[0] == get_ident():
            _give()
        raise
    return None if taken else Interrupted()


def release(interrupted: Optional[Interrupted]) -> None:
    """Give up what `acquire` took."""
    if interrupted is not None:
        error[0] = interrupted.error
    else:
        _give()


def leave() -> Optional[BaseException]:
    """Give up the token in the middle of native code; for `back`."""
    pending = error[0]
    error[0] = None
    _give()
    return pending


def back(pending: Optional[BaseException]) -> None:
    """Take the token again, in the middle of native code."""
    _take()
    if pending is not None:
        error[0] = pending


def outside(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call Python code that may do anything, without the token."""
    if stack_almost_full():
        raise RecursionError("maximum recursion depth exceeded in native code")
    pending = error[0]
    error[0] = None
    raised = None
    try:
        _give()
        return function(*arguments)
    finally:
        while True:
            try:
                _take()
                break
            except BaseException as exception:  # out of a signal handler, before or meanwhile
                raised = exception
        if pending is not None:
            error[0] = pending
        if raised is not None:
            raise raised


def _wait() -> bool:
    """Wait for the token; False if it turns out that this thread has it.

    What signal handlers raise meanwhile is raised when the token is there.
    """
    waiter = _Waiter()
    unknown = 0
    raised: list[BaseException] = []
    while True:
        _waiters.append(waiter)
        # Who has the token looks for waiters after giving it back, so look for the
        # token after becoming a waiter.
        try:
            _free.pop()
        except IndexError:
            pass
        else:
            _forget(waiter)
            break
        _sleep(waiter, _UNKNOWN, raised)
        if not waiter.woken and not _forget(waiter):  # it is just being woken
            while not waiter.woken:
                _sleep(waiter, 0.001, raised)
        if waiter.handed:
            break
        if waiter.woken:
            waiter.woken = False
            waiter.urgent = True
            unknown = 0
            continue
        unknown = unknown + 1 if _owner[0] == 0 and not _free else 0
        if unknown > 1 and _interrupted_here():
            return False
    if raised:
        _owner[0] = get_ident()
        raise raised[0]
    return True


def _sleep(waiter: _Waiter, timeout: float, raised: list[BaseException]) -> None:
    """Wait until the waiter is woken, or for some time, with signals on."""
    main = get_ident() == _main[0]
    try:
        if main:
            _signals_on()
        waiter.lock.acquire(True, timeout)
    except BaseException as exception:
        raised.append(exception)
    while main:
        try:
            _signals_off()
            return
        except BaseException as exception:
            raised.append(exception)


def _forget(waiter: _Waiter) -> bool:
    try:
        _waiters.remove(waiter)
    except ValueError:
        return False
    return True


def _interrupted_here() -> bool:
    """Whether this thread was interrupted between taking the token and saying so."""
    frame = sys._getframe(3)  # behind _wait, and the _take that waits
    codes = _take.__code__, _give.__code__
    while frame is not None:
        if frame.f_code in codes:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _wake() -> None:
    """Let a thread that waits try again; one that did so in vain gets the token."""
    try:
        urgent = _waiters[0].urgent
        if urgent:
            _free.pop()
    except IndexError:
        return  # nobody waits any more, or who has the token comes here again
    try:
        waiter = _waiters.pop(0)
    except IndexError:
        if urgent:
            _free.append(1)
        return
    waiter.handed = urgent
    waiter.woken = True
    if waiter.lock.locked():
        waiter.lock.release()


def _after_fork() -> None:
    # Only the thread that forked is left. It has the token only if a finalizer forked.
    del _waiters[:]
    _main[0] = get_ident()
    _nested[0] = 0
    if _owner[0] != get_ident():
        _free[:] = [1]
        _owner[0] = 0
        error[0] = None


os.register_at_fork(after_in_child=_after_fork)
