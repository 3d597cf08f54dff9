# SPDX-License-Identifier: MIT OR Apache-2.0
"""Operations of the test extension, which has what the examples do not use."""

from __future__ import annotations

import operator

from operations import operation

KINDS = "counting countdown row samples pair number capsule token".split()
OPERATIONS = []
CONVERSIONS = """i8 u8 i16 u16 i32 u32 i64 u64 isize usize f64 bool bytes str path ints pairs option
triple i128 u128 bigint f32 char cow map ordered nested bools set ordered_set sets three none box
place inner places date time datetime duration timestamp""".split()
BINARY = "add sub mul matmul floordiv truediv mod lshift rshift and_ or_ xor pow".split()
UNARY = "neg pos abs invert index int float str repr ascii hash truth len type callable".split()
MAPPINGS = (
    {"name": "Oslo", "at": (59.9, 10.7), "tags": ["a", "b"], "type": {"n": 3}},
    {"name": "x", "at": (1, "two")},
    {1: 2, None: "x"},
    {"a": 1, "b": 2},
)


def probed(*exceptions, says="panicked"):
    return operation(*exceptions, says=says, into=OPERATIONS)


def _hook(v):
    return v.random.choice(("panic", "refuse", "hook"))


class Probe:
    """The loaded module, for the operations."""

    module = None


@probed(AttributeError)
def conversions(v):
    convert = getattr(Probe.module, "as_" + v.random.choice(CONVERSIONS))
    values = (v.bad, v.int, v.float, v.text, v.ints, v.texts, lambda: v.random.choice(MAPPINGS))
    convert(v.random.choice(values)())


@probed(AttributeError, IndexError, KeyError, Exception)
def calls(v):
    p, f = Probe.module, v.callback()
    kind = v.random.randrange(9)
    if kind == 0:
        p.call(f, v.bad())
    elif kind == 1:
        p.call_or(f, v.bad())
    elif kind == 2:
        p.call_for_better(f)
    elif kind == 3:
        p.caused_by_pending(f, v.chance(2))
    elif kind == 4:
        p.pending_from(f, v.bad())
    elif kind == 5:
        p.look_at(v.bad())
    elif kind == 6 and v.nested:
        p.catch(v.random.choice(("panic", "os", "new", "nested", "caught inside", f)))
    elif kind == 7:
        p.iterate(v.random.choice((v.generator(), [1, 2], v.bad())))
    else:
        p.make(v.bad(), v.bad())


@probed(AttributeError, ZeroDivisionError)
def operators(v):
    # No shift or power of such a size that it would never end.
    a, b = v.bad(), v.random.choice((v.few(), v.bad()))
    if v.chance(2):
        Probe.module.unary(v.random.choice(UNARY), a)
    elif not isinstance(b, (str, bytes)):
        Probe.module.operate(v.random.choice(BINARY), a, b)


@probed(IndexError, says="Counter changed|panicked.*overflow")
def counters(v):
    p = Probe.module
    c = v.one("counting", lambda: p.Counter(v.limit()))
    kind = v.random.randrange(7)
    if kind == 0:
        c += v.few()
    elif kind == 1:
        c.set_field(v.random.randrange(2), v.random.choice((c, None, v.bad())))
    elif kind == 2:
        c.get_field(v.random.randrange(2))
    elif kind == 3 and v.nested:
        v.random.choice((c.try_add_while_reading, c.call_while_changing))(v.callback())
    elif kind == 4:
        c.scaled(v.int(), plus=v.int())
    elif kind == 5:
        v.keep("countdown", iter(p.Counter(20)))
    return c + v.one("counting", lambda: p.Counter(5)), len(c), v.int() in c, bool(c), repr(c)


@probed(StopIteration, says="Counter changed")
def countdowns(v):
    next(v.one("countdown", lambda: iter(Probe.module.Counter(5))))


@probed(IndexError)
def rows(v):
    row = v.one("row", lambda: Probe.module.Row(v.ints()))
    kind = v.random.randrange(6)
    if kind == 0:
        row[v.int()] = v.int()
    elif kind == 1:
        del row[v.int()]
    elif kind == 2 and len(row) < 50:
        row += v.ints()
    elif kind == 3:
        row * v.few(), row + row
    elif kind == 4:
        return row == v.bad()
    return row[v.int()]


@probed(BufferError)
def samples(v):
    p = Probe.module
    types = (p.SamplesU8, p.SamplesI16, p.SamplesF64)
    s = v.one("samples", lambda: v.random.choice(types)(v.ints()))
    if v.chance(3):
        v.keep("view", memoryview(s))
    if len(s) < 50:
        s.append(v.int())


@probed(AttributeError)
def pairs(v):
    p = Probe.module
    pair = v.one("pair", p.Pair)
    pair.partner = v.random.choice((pair, v.one("pair", p.Pair), v.bad()))
    if v.nested and v.chance(5):
        # Called when it goes, which may be in the middle of anything.
        pair.last_wish = v.random.choice((v.callback(), None))
    pair.partner, pair.friend
    pair.same(v.one("pair", p.Pair))


@probed(ZeroDivisionError, AttributeError)
def numbers(v):
    p = Probe.module
    n = v.one("number", lambda: p.Number(v.few(), note=v.text()))
    kind = v.random.randrange(4)
    if kind == 0:
        n.value = v.random.choice((v.few(), 13, 666, v.bad()))
    elif kind == 1:
        n.note = v.text()
    elif kind == 2:
        hash(n), n < v.int(), n == v.bad(), n(v.int(), y=v.int()), str(n)
    name = v.random.choice(("add", "sub", "floordiv", "mod", "and_", "or_", "xor"))
    getattr(operator, name)(n, v.random.choice((v.few(), n, v.bad())))


@probed(AttributeError, KeyError)
def broken(v):
    b = Probe.module.Broken(_hook(v))
    kind = v.random.randrange(5)
    if kind == 0:
        hash(b)
    elif kind == 1:
        b[v.bad()] = v.bad()
    elif kind == 2:
        b += v.bad()
    elif kind == 3:
        return b == v.bad(), b()
    elif v.nested and v.chance(4):
        Probe.module.BrokenRow(_hook(v) + " at last")
    return int(b)


@probed(ImportError)
def capsules(v):
    p = Probe.module
    kinds = ("api", "later", "larger", "unsigned", "other")
    capsule = v.one("capsule", lambda: p.make_capsule(v.random.choice(kinds)))
    kind = v.random.randrange(4)
    if kind == 0:
        p.keep_api(capsule)
    elif kind == 1:
        p.drop_api()
    elif kind == 2:
        v.keep("capsule", p.new_from_kept())
    p.kept_api()
    p.take_capsule(v.random.choice(kinds), capsule if v.chance(2) else v.bad())
