# SPDX-License-Identifier: MIT OR Apache-2.0
"""Operators by name, and operands of several kinds, for the tests of slots."""

from __future__ import annotations

import operator

BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "matmul": operator.matmul,
    "floordiv": operator.floordiv,
    "truediv": operator.truediv,
    "mod": operator.mod,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}
IN_PLACE = {name: getattr(operator, "i" + name) for name in BINARY}
UNARY = {
    "neg": operator.neg,
    "pos": operator.pos,
    "abs": abs,
    "invert": operator.invert,
    "index": operator.index,
    "int": int,
    "float": float,
}
COMPARISONS = {
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
}


def expected(name, a, b):
    if name == "matmul":
        return a * 1000 + b
    return BINARY["floordiv" if name == "truediv" else name](a, b)


class Other:
    """Answers every operator by its name."""


def _answering(name):
    return lambda self, *others: (name, len(others))


for _name in [*BINARY, "divmod", "pow"]:
    setattr(Other, "__r%s__" % _name, _answering("r" + _name))
    setattr(Other, "__%s__" % _name, _answering(_name))


class Index:
    """An int that does something when it is asked for."""

    def __init__(self, value, action=lambda: None):
        self.value = value
        self.action = action

    def __index__(self):
        self.action()
        return self.value
