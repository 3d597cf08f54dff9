# SPDX-License-Identifier: MIT OR Apache-2.0
"""The right to run native code, which one thread has at a time: HPy's GIL on PyPy.

cffi lets other threads run while it calls C, but an HPy function may believe that it is
alone until it calls something that runs Python code. So a thread holds a token while it
is in native code: it takes it when Python calls a native function, and gives it up while
a context function runs arbitrary Python code or after HPy_LeavePythonExecution.

Who has the token is the one item of the dict `_holder`. To set it where there is none, or
to delete it, is one step under PyPy's own GIL: at no moment a thread has the token and the
dict does not say so, although a finalizer may run between any two bytecodes, in the middle
of this module, and call native code.

PyPy runs signal handlers between any two bytecodes as well, and what they raise must not
come out of a context function, which may be one that cannot fail. So signals wait as long as
the main thread has the token.
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, get_ident

import __pypy__  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

stack_almost_full = __pypy__.stack_almost_full
_signals_on = __pypy__.thread._signals_enter
_signals_off = __pypy__.thread._signals_exit
# Where there are threads already, threading says which is the main one.
_threading = sys.modules.get("threading")
_main = [_threading.main_thread().ident if _threading is not None else get_ident()]

#: The error that native code of the token's changelog_graph has pending, if any.
error: list[BaseException | None] = [None]
#: That error, if a signal handler raised it where native code cannot have noticed.
unnoticed: list[BaseException | None] = [None]

# {_TOKEN: the thread that has it}, or empty.
_TOKEN = 0
_holder: dict[int, int] = {}
# How many of the main thread's takings found signals waiting already.
_nested = [0]
_waiters: list[_Waiter] = []
# Seconds after which a thread that waits looks by itself.
_LOOK = 0.05


class _Waiter:
    """A thread that waits for the token."""

    def __init__(self, ident: int) -> None:
        self.ident = ident
        self.lock = allocate_lock()
        self.lock.acquire()
        self.woken = False
        # It was woken in vain: while it is the first, nobody else may be faster.
        self.urgent = False


class Interrupted:
    """An exception that was pending when a finalizer or signal handler interrupted native code."""

    def __init__(self) -> None:
        self.error = error[0]
        error[0] = None


def _take() -> bool:
    """Takes the token; False if this thread has it already."""
    ident = get_ident()
    if _holder.get(_TOKEN) == ident:
        return False
    quiet = True
    if ident == _main[0]:
        # Signals wait already where a finalizer interrupted this very thread between here
        # and the next line but one, or in the middle of `_give`.
        try:
            _signals_off()
            quiet = False
        except RuntimeError:
            _nested[0] += 1
    if (_waiters and not _may_take(ident)) or _holder.setdefault(_TOKEN, ident) != ident:
        _wait(ident, quiet)
    return True


def _may_take(ident: int) -> bool:
    """Returns whether no other thread has waited for longer than is fair."""
    try:
        first = _waiters[0]
    except IndexError:
        return True
    return not first.urgent or first.ident == ident


def _give() -> None:
    del _holder[_TOKEN]
    if _waiters:
        _wake()
    if get_ident() == _main[0]:
        _loud()


def _loud() -> None:
    """Lets signals come again, unless `_take` found them waiting."""
    if _nested[0]:
        _nested[0] -= 1
    else:
        _signals_on()


def acquire(check: bool = True) -> Interrupted | None:
    """Takes the token to call native code; the result is for `release`.

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
        if _holder.get(_TOKEN) == get_ident():
            _give()
        raise
    return None if taken else Interrupted()


def release(interrupted: Interrupted | None) -> None:
    """Gives up what `acquire` took."""
    if interrupted is not None:
        error[0] = interrupted.error
    else:
        _give()


def leave() -> BaseException | None:
    """Gives up the token in the middle of native code; for `back`."""
    pending = error[0]
    error[0] = None
    _give()
    return pending


def back(pending: BaseException | None) -> None:
    """Takes the token again, in the middle of native code."""
    _take()
    if pending is not None:
        error[0] = pending


def hold(raised: BaseException | None = None) -> BaseException | None:
    """Makes sure that this thread has the token before it goes on in native code.

    Also where `raised` came out of a signal handler between two lines of the functions
    here. The result is what was raised last, `raised` or what a handler raised here.
    """
    while True:
        try:
            _take()
            return raised
        except BaseException as exception:
            raised = exception


def outside(function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls Python code that may do anything, without the token."""
    if stack_almost_full():
        raise RecursionError("maximum recursion depth exceeded in native code")
    pending = error[0]
    if unnoticed[0] is not None:
        interruption, unnoticed[0] = unnoticed[0], None
        if pending is interruption:
            raise interruption
    error[0] = None
    try:
        _give()
        return function(*arguments)
    finally:
        raised = hold()
        if pending is not None:
            error[0] = pending
        if raised is not None:
            raise raised


def _wait(ident: int, quiet: bool) -> None:
    """Waits for the token; unless `quiet`, with signals on.

    What signal handlers raise meanwhile is raised when the token is there.
    """
    waiter = _Waiter(ident)
    raised: list[BaseException] = []
    # Where a finalizer interrupted a thread that waits, this one is waited for first.
    again = any(other.ident == ident for other in _waiters)
    _waiters.insert(0 if again else len(_waiters), waiter)
    # Who has the token looks for waiters after giving it back, so look for the token after
    # becoming a waiter.
    try:
        while not (_may_take(ident) and _holder.setdefault(_TOKEN, ident) == ident):
            try:
                _sleep(waiter, quiet)
            except BaseException as exception:  # out of a signal handler
                raised.append(exception)
                if not quiet:
                    _quieten()
            if waiter.woken:
                waiter.woken = False
                waiter.urgent = True
    finally:
        _waiters.remove(waiter)
    if raised:
        raise raised[0]


def _sleep(waiter: _Waiter, quiet: bool) -> None:
    """Waits until the waiter is woken, or for some time, unless `quiet` with signals on."""
    if quiet:
        waiter.lock.acquire(True, _LOOK)
        return
    _signals_on()
    try:
        waiter.lock.acquire(True, _LOOK)
    finally:
        _signals_off()


def _quieten() -> None:
    """Lets signals wait, whether or not they did when a handler had its turn."""
    try:
        _signals_off()
    except RuntimeError:
        pass


def _wake() -> None:
    """Lets the thread that waits first try again."""
    try:
        waiter = _waiters[0]
    except IndexError:
        return  # nobody waits any more
    waiter.woken = True
    try:
        waiter.lock.release()
    except RuntimeError:
        pass  # it is awake


def _after_fork() -> None:
    # Only the thread that forked is left. It has the token only if a finalizer forked.
    del _waiters[:]
    _main[0] = get_ident()
    _nested[0] = 0
    if _holder.get(_TOKEN) != get_ident():
        _holder.clear()
        error[0] = None


os.register_at_fork(after_in_child=_after_fork)
