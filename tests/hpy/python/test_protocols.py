# SPDX-License-Identifier: MIT OR Apache-2.0
"""hpy-bindings: what can be done with objects."""

from __future__ import annotations

import collections
import operator
import types

import operators
import pytest
from hypothesis import given, strategies as st

BINARY = "add sub mul floordiv truediv mod lshift rshift and_ or_ xor".split()
COMPARISONS = ["lt", "le", "eq", "ne", "gt", "ge"]
small = st.integers(-300, 300)
texts = st.text(max_size=8)


def outcome(function, *args):
    """What a call returns, or what it raises."""
    try:
        return function(*args)
    except Exception as error:
        return type(error)


class Operand:
    """Tells which method was called."""

    def __matmul__(self, other):
        return ("matmul", other)

    def __rmatmul__(self, other):
        return ("rmatmul", other)

    def __imatmul__(self, other):
        return ("imatmul", other)

    def __ipow__(self, other):
        return ("ipow", other)


# Numbers


@given(st.sampled_from(BINARY), small, small)
def test_operators(probe, name, a, b):
    assert outcome(probe.operate, name, a, b) == outcome(getattr(operator, name), a, b)
    assert outcome(probe.number, name, a, b) == outcome(getattr(operator, name), a, b)
    assert outcome(probe.operate, "i" + name, a, b) == outcome(getattr(operator, name), a, b)


@given(small, small)
def test_divmod_and_power(probe, a, b):
    assert outcome(probe.operate, "divmod", a, b) == outcome(divmod, a, b)
    assert outcome(probe.number, "divmod", a, b) == outcome(divmod, a, b)
    assert outcome(probe.operate, "idivmod", a, b) == outcome(divmod, a, b)
    assert outcome(probe.operate, "pow", a, b) == outcome(pow, a, b)
    assert outcome(probe.operate, "ipow", a, b) == outcome(pow, a, b)


@given(st.integers(0, 10**30), st.integers(0, 10**30), st.integers(-(10**9), 10**9))
def test_power_with_a_modulus(probe, a, b, modulus):
    assert outcome(probe.power, a, b, modulus) == outcome(pow, a, b, modulus)


def test_operators_of_python_classes(probe):
    a = Operand()
    assert probe.operate("matmul", a, 2) == ("matmul", 2)
    assert probe.operate("matmul", 2, a) == ("rmatmul", 2)
    assert probe.operate("imatmul", a, 2) == ("imatmul", 2)
    assert probe.operate("ipow", a, 2) == ("ipow", 2)
    with pytest.raises(TypeError):
        probe.operate("add", a, 2)


def test_in_place(probe):
    values = [1]
    assert probe.operate("iadd", values, [2]) is values
    assert values == [1, 2]
    assert probe.operate("add", values, [3]) == [1, 2, 3]
    assert probe.operate("imul", values, 2) is values == [1, 2, 1, 2]


@pytest.mark.parametrize("name", ["iand_", "ior_", "isub", "ixor"])
def test_in_place_of_sets(probe, name):
    a, b = {1, 2, 3}, {2, 9}
    wanted = getattr(operator, name[1:])(set(a), b)
    assert probe.operate(name, a, b) is a
    assert a == wanted


UNARY = {
    **operators.UNARY,
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "hash": hash,
    "truth": bool,
    "len": len,
    "type": type,
    "callable": callable,
    "negative": operator.neg,
}
VALUES = [
    0,
    1,
    -7,
    2**70,
    1.5,
    -0.0,
    True,
    "",
    "aé\ud800",
    "12",
    b"x",
    [],
    [1],
    {},
    {1: 2},
    None,
    len,
    int,
]


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_one_operand(probe, name, value):
    assert outcome(probe.unary, name, value) == outcome(UNARY[name], value)


def test_is_number(probe):
    # PyPy 7.3 says that complex numbers are none.
    numbers = [probe.unary("number", v) for v in (1, 1.5, "1", None, [])]
    assert numbers == [True, True, False, False, False]


# Comparisons


@given(st.sampled_from(COMPARISONS), small | texts, small | texts)
def test_comparisons(probe, name, a, b):
    assert outcome(probe.compare, name, a, b) == outcome(getattr(operator, name), a, b)
    assert probe.equals(a, b) == (a == b)


def test_an_object_equals_itself(probe):
    nan = float("nan")
    assert probe.equals(nan, nan)
    other = float("nan")
    # On PyPy, floats of the same bits are the same object.
    assert probe.equals(nan, other) == (nan is other)

    class Broken:
        def __eq__(self, other):
            raise KeyError("eq")

        def __hash__(self):
            raise KeyError("hash")

        def __bool__(self):
            raise KeyError("bool")

        def __len__(self):
            return -1

        def __repr__(self):
            return 3

        def __index__(self):
            raise KeyError("index")

    for call in (
        lambda: probe.equals(Broken(), Broken()),
        lambda: probe.unary("hash", Broken()),
        lambda: probe.unary("truth", Broken()),
        lambda: probe.unary("index", Broken()),
        lambda: probe.as_i128(Broken()),
        lambda: probe.as_bigint(Broken()),
    ):
        with pytest.raises(KeyError):
            call()
    with pytest.raises(ValueError):
        probe.unary("len", Broken())
    with pytest.raises(TypeError):
        probe.unary("repr", Broken())


# Containers


@pytest.mark.parametrize("container", [[1, 2, 3], (1, 2, 3), {0: 1, "a": 2}, "text", {1}, 5, None])
@pytest.mark.parametrize("key", [0, -1, 7, "a", slice(0, 2), None, []])
def test_subscripts(probe, container, key):
    def delete(a, key):
        del a[key]

    def copy():
        return container.copy() if hasattr(container, "copy") else container

    def after(function, *args):
        a = copy()
        return outcome(function, a, *args), a

    assert outcome(probe.get, copy(), key) == outcome(operator.getitem, copy(), key)
    assert after(probe.set, key, [9]) == after(operator.setitem, key, [9])
    assert after(probe.delete, key) == after(delete, key)
    assert outcome(probe.contains, copy(), key) == outcome(lambda a, k: k in a, copy(), key)


def test_items_by_index(probe):
    values = [10, 11, 12]
    assert probe.item(values, 1, "x") == (11, True)
    assert values == [10, 12]
    mapping = {3: "three"}
    assert probe.item(mapping, 3, 3) == ("three", True)
    assert mapping == {}
    for container, error in [([], IndexError), ({}, KeyError), (3, TypeError)]:
        with pytest.raises(error):
            probe.item(container, 1, None)


def test_append(probe):
    values = []
    probe.append(values, values)
    assert len(values) == 1 and values[0] is values
    with pytest.raises(TypeError, match="^expected list, got tuple$"):
        probe.append((), 1)


def test_containers_are_made(probe):
    made = probe.make("a", 2)
    assert made == (["a", 2], ("a", 2), {"a", 2}, {"a": 2, "more": (1, "two")}, slice(-5, None, 2))
    with pytest.raises(TypeError):
        probe.make([], 1)


def test_dicts(probe):
    class Dict(dict):
        def keys(self):
            raise KeyError("not asked")

    for given in ({}, {1: 2, "a": []}, Dict({3: 4}), collections.OrderedDict([(2, 1), (1, 2)])):
        assert probe.unary("dict_keys", given) == list(dict.keys(given))
        copy = probe.unary("dict_copy", given)
        assert copy == given and copy is not given
    for name in "dict_keys", "dict_copy":
        with pytest.raises(TypeError, match="^expected dict, got list$"):
            probe.unary(name, [])


bounds = st.none() | st.integers(-12, 12)


@given(bounds, bounds, bounds.filter(lambda step: step != 0), st.integers(0, 10))
def test_slices(probe, start, stop, step, length):
    given = slice(start, stop, step)
    assert probe.slice_indices(given, length) == given.indices(length)


def test_bad_slices(probe):
    with pytest.raises(TypeError, match="^expected slice, got range$"):
        probe.slice_indices(range(3), 1)
    with pytest.raises(TypeError):
        probe.slice_indices(slice("a"), 1)
    with pytest.raises(ValueError):
        probe.slice_indices(slice(None, None, 0), 1)


# Attributes, calls, iteration, types


def test_attributes(probe):
    thing = types.SimpleNamespace()
    assert probe.attributes(thing) == (False, True, 84, False)
    assert probe.attr_of("", "join")(["a"]) == "a"
    assert probe.attr_of(types.SimpleNamespace(**{"größe": 4}), "größe") == 4
    with pytest.raises(AttributeError):
        probe.attr_of(thing, "x")
    with pytest.raises(TypeError):
        probe.attr_of(thing, 3)
    with pytest.raises(AttributeError):
        probe.delete_x(thing)
    with pytest.raises((AttributeError, TypeError)):
        probe.attributes(3)


def test_calls_by_name(probe):
    def function(*args, **kwargs):
        return args, kwargs

    assert probe.call_named(function, "v") == ((1,), {"key": "v", "größe": "v"})
    with pytest.raises(TypeError):
        probe.call_named(lambda a: a, 1)
    with pytest.raises(TypeError):
        probe.call_named(3, 1)
    thing = types.SimpleNamespace(method=lambda value: value + 1)
    assert probe.call_method(thing, 3) == 4
    with pytest.raises(AttributeError):
        probe.call_method(3, 3)


def test_exactly(probe):
    with pytest.raises(TypeError, match="^expected 2 arguments, got 3$"):
        probe.equals(1, 2, 3)
    with pytest.raises(TypeError, match="^expected 1 argument, got 0$"):
        probe.iterate()
    with pytest.raises(TypeError, match="^expected 3 arguments, got 0$"):
        probe.operate()


@given(st.lists(small))
def test_iteration(probe, values):
    assert probe.iterate(values) == values
    assert probe.iterate(tuple(values)) == values
    assert probe.iterate(iter(values)) == values
    assert probe.iterate(value for value in values) == values
    assert probe.iterate(dict.fromkeys(values)) == list(dict.fromkeys(values))


def test_iteration_that_fails(probe):
    def generator():
        yield 1
        raise KeyError("in between")

    class Old:
        def __getitem__(self, index):
            return [1, 2, 3][index]

    with pytest.raises(KeyError, match="in between"):
        probe.iterate(generator())
    with pytest.raises(TypeError):
        probe.iterate(3)
    assert probe.iterate(Old()) == [1, 2, 3]
    changed = {1: 1, 2: 2}

    def change():
        for key in changed:
            yield key
            changed[len(changed) + 5] = 1

    with pytest.raises(RuntimeError):
        probe.iterate(change())


def test_instances(probe):
    assert probe.is_instance(True, int)
    assert not probe.is_instance(1, bool)
    assert probe.unary("type", probe.unary("type", 3)) is type
