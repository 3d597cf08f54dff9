# SPDX-License-Identifier: MIT OR Apache-2.0
"""The debug mode: looks at every context and handle that native code uses.

Members of the context are wrapped, and so are native functions: each call has a context of its
own, a copy, so that one that is kept is noticed. A mistake ends the process.
"""

from __future__ import annotations

from _thread import _local, get_ident
from collections import deque

from hpy_host._pypy import abi, gil, handles
from hpy_host._pypy.abi import CONTEXT_ADDRESS, CONTEXT_SIZE, LONG, LONGS, WORD, cffi
from hpy_host._pypy.checked import CONSTANT, Misuse
from hpy_host._pypy.frames import hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Functions = dict[str, tuple[Callable[..., Any], object]]

# A context is used again once so many others have been.
_RESTING = 64
# What HPy's functions begin with whose names say what they are about.
_SUBJECTS = set(
    "Long Float Bool Number Callable Err Type Bytes Unicode List Dict Tuple Import ListBuilder "
    "TupleBuilder Tracker Field Global Capsule ContextVar Slice".split()
)
# Handles that stand for something else, by the functions that make and use them.
_MADE = {
    "ListBuilder_New": "list builder",
    "TupleBuilder_New": "tuple builder",
    "Tracker_New": "tracker",
    "LeavePythonExecution": "thread state",
}
_USED = {
    **{"ListBuilder_%s" % end: "list builder" for end in ("Set", "Build", "Cancel")},
    **{"TupleBuilder_%s" % end: "tuple builder" for end in ("Set", "Build", "Cancel")},
    **{"Tracker_%s" % end: "tracker" for end in ("Add", "ForgetAll", "Close")},
}


class _Thread(_local):
    """The context of the innermost call in this thread."""

    innermost = 0


_thread = _Thread()
_memory: list[Any] = []  # of all contexts
_ended: deque[int] = deque()
_lasting: set[int] = set()
_left: set[int] = set()


def fatal(who: str, message: str) -> None:
    """Ends the process with a message and Python's traceback."""
    from hpy_host._pypy import misc

    misc.fatal("HPy's debug mode", "%s %s" % (who, message))


def _context() -> int:
    if len(_ended) > _RESTING:
        return _ended.popleft()
    made = cffi.newp(LONGS, CONTEXT_SIZE // WORD)
    made[0 : CONTEXT_SIZE // WORD] = list(abi.context)
    _memory.append(made)
    return int(cffi.cast(LONG, made))


def calling(function: Any) -> Callable[..., Any]:
    """Returns a native function that gets a context of its own at each call."""

    def call(_: int, *arguments: Any) -> Any:
        context = _context()
        _lasting.add(context)
        outer, _thread.innermost = _thread.innermost, context
        try:
            return function(context, *arguments)
        finally:
            _thread.innermost = outer
            _lasting.discard(context)
            _ended.append(context)

    return hidden(call)  # type: ignore[no-any-return]


def _look_at(context: int, member: str) -> None:
    """Ends the process unless the context may be used here and now."""
    if context == CONTEXT_ADDRESS:
        if gil._holder.get(gil._TOKEN) != get_ident():
            fatal(member, "was called without the GIL")
    elif context not in _lasting:
        ended = "was called with the context of a call that has ended: a context must not be kept"
        fatal(member, ended)
    elif context != _thread.innermost:
        wrong = "was called with a wrong context: that of another call, or of another thread's"
        fatal(member, wrong)
    elif context in _left:
        between = "after HPy_LeavePythonExecution and before HPy_ReenterPythonExecution"
        fatal(member, "was called %s" % between)


def _shown(name: str) -> str:
    """A function's name as HPy's documentation has it."""
    first, _, more = name.partition("_")
    return "HPy%s%s" % ("" if more and first in _SUBJECTS else "_", name)


def member(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a member of the context that looks at what it gets."""
    table = handles.table
    assert table is not None
    shown, made, used = _shown(name), _MADE.get(name), _USED.get(name)
    gives_handle = any(one.startswith(name + ":h") for one in abi.CONTEXT)

    def call(context: int, *arguments: Any) -> Any:
        if name == "ReenterPythonExecution":
            _left.discard(context)
        else:
            _look_at(context, shown)
        table.member = shown
        try:
            if used and arguments[0] and table.entry(arguments[0]).kind != used:
                raise Misuse("cannot use what is no %s" % used)
            if name == "Tracker_Add":
                table.entry(arguments[1])
            result = function(context, *arguments)
            if name.endswith("Builder_Build"):
                # The function returns the builder itself.
                table.member = shown
                result = table.new(table.take(result))
        except Misuse as misuse:
            fatal(shown, str(misuse))
        if gives_handle and result:
            if table.entry(result).kind is CONSTANT:  # of what is so much used
                result = table.new(table[result])
            entry = table.entry(result)
            entry.opened_by = shown
            entry.kind = made or entry.kind
        if name == "LeavePythonExecution" and context != CONTEXT_ADDRESS:
            _left.add(context)
        return result

    return hidden(call)  # type: ignore[no-any-return]


def members(functions: Functions) -> Functions:
    """All members of the context, each wrapped."""
    return {
        name: (member(name, function), failed) for name, (function, failed) in functions.items()
    }


def result(handle: int, name: str) -> Any:
    """The object that the native function `name` returned; `calls.result` has looked at errors."""
    table = handles.table
    assert table is not None
    table.member = "the return from %s" % name
    try:
        return table.take(handle)
    except Misuse as misuse:
        fatal("the interpreter, as a result of native code, %s," % name, str(misuse))
