# SPDX-License-Identifier: MIT OR Apache-2.0
"""Types made from HPy specs by our own hosts: structs, lifetimes, inheritance, calls.

The types are made to order by shapes.c: of every shape, with every mix of slots.
"""

from __future__ import annotations

import gc
import random
import sys
import weakref

import hpy_host
import pytest

PYPY = sys.implementation.name == "pypy"
pytestmark = pytest.mark.skipif(
    hpy_host.host().name != "own",
    reason="other hosts crash on some of it (docs/hpy.md)",
)

OBJECT, TYPE, LONG, FLOAT, UNICODE, TUPLE, LIST = range(7)
# shape: (base, what to make instances from)
SHAPES = {
    OBJECT: (object, [()]),
    LONG: (int, [(0,), (1,), (-1,), (2**30 - 1,), (2**30,), (-(2**200),), (3**5000,)]),
    FLOAT: (float, [(0.5,), (float("inf"),)]),
    UNICODE: (str, [("",), ("abc",), ("gr\xfc\xdfe",), ("\U0001f40d" * 50,)]),
    TUPLE: (tuple, [((),), ((1,),), ((1, 2),), (tuple(range(99)),)]),
    LIST: (list, [((),), (range(50),)]),
}
NAMES = ["object", "type", "int", "float", "str", "tuple", "list"]


@pytest.fixture(scope="module")
def shapes(compiled):
    return hpy_host.load("shapes", compiled("shapes"))


@pytest.fixture(autouse=True)
def begin(shapes):
    collect()
    shapes.counts()
    shapes.when_finalized(lambda instance: None)


def collect():
    for _ in range(3 if PYPY else 1):
        gc.collect()


@pytest.mark.parametrize("options", ["b", "bd", "bgd", "bgdm", "bm", "bgdfm"])
@pytest.mark.parametrize("shape", SHAPES, ids=NAMES.__getitem__)
def test_structs(shapes, shape, options):
    base, values = SHAPES[shape]
    native = shapes.make("m.Native", shape, (base,), options)
    assert shapes.shape(native) == shape
    assert native.__name__ == "Native" and native.__module__ == "m"
    assert native.__mro__ == tuple(dict.fromkeys([native, base, object]))

    class Derived(native):
        pass

    for value in values:
        for cls in (native, Derived):
            check_structs(shapes, shape, cls, value, options)
    collect()
    destroyed, finalized, serials = shapes.counts()
    count = 2 * len(values)
    assert (destroyed, serials) == ((5 * count, 15 * count) if "d" in options else (0, 0))
    assert finalized == (5 * count if "f" in options else 0)


def check_structs(shapes, shape, cls, value, options):
    """Fills the structs of five instances, looks at them in several ways, and lets go of them."""
    base, derived = SHAPES[shape][0], cls.__name__ == "Derived"
    ref = ["referred to"]
    made = [cls(*value) for _ in range(5)]
    for number, instance in enumerate(made):
        assert shapes.look(instance, shape) == (0, None, 0, True)
        shapes.fill(instance, shape, number + 1, ref if "g" in options else None)
        if derived:
            instance.attribute = number
    for number, instance in enumerate(made):
        serial, seen, check, aligned = shapes.look(instance, shape)
        assert (serial, check, aligned) == (number + 1, ~(number + 1), True)
        assert seen is (ref if "g" in options else None)
        if "m" in options:
            assert (instance.serial, instance.check) == (serial, check)
            instance.check = -(2**63)
            assert shapes.look(instance, shape)[2] == -(2**63)
            with pytest.raises((AttributeError, TypeError)):
                instance.serial = 5
        if shape != OBJECT:
            assert instance == base(*value)
            assert hash(instance) == hash(base(*value)) if shape != LIST else True
        if derived:
            assert instance.attribute == number


def test_a_list_s_items_are_released(shapes):
    native = shapes.make("m.List", LIST, (list,), "bd")
    item = {1}.union()
    box = weakref.ref(item)
    made = native([item, item])
    made.append(item)
    del item
    assert box() is not None
    del made
    collect()
    assert box() is None
    assert shapes.counts()[0] == 1


@pytest.mark.parametrize("options", ["bt", "btd", "bg", "bgd"])
def test_fields_are_released(shapes, options):
    native = shapes.make("m.Native", OBJECT, (object,), options)
    for cls in (native, type("Derived", (native,), {})):
        item = {1}.union()
        box = weakref.ref(item)
        made = cls()
        shapes.fill(made, OBJECT, 1, item)
        del item
        collect()
        assert box() is not None and shapes.look(made, OBJECT)[1] == {1}
        del made
        collect()
        assert box() is None


def test_metaclasses_have_structs(shapes):
    meta = shapes.make("m.Meta", TYPE, (type,), "bd")

    class Class(metaclass=meta):
        x = 1

    shapes.fill(Class, TYPE, 7, None)
    assert shapes.look(Class, TYPE) == (7, None, ~7, True)
    assert type(Class) is meta and Class().x == 1
    del Class
    collect()
    assert shapes.counts()[::2] == (1, 7)


def test_a_hierarchy_of_native_types(shapes):
    first = shapes.make("m.First", OBJECT, (object,), "bd")
    second = shapes.make("m.Second", OBJECT, (first,), "bgd")

    class Third(second):
        __slots__ = ("a", "__weakref__")

    for cls in (second, Third):
        made = cls()
        shapes.fill(made, OBJECT, 10, made)
        assert shapes.look(made, OBJECT)[0] == 10
        del made
        collect()
        # each of the two native types destroys it
        assert shapes.counts() == (2, 0, 20)


def test_python_code_may_derive_only_where_allowed(shapes):
    sealed = shapes.make("m.Sealed", OBJECT, (object,), "d")
    with pytest.raises(TypeError):
        type("Derived", (sealed,), {})
    one = shapes.make("m.One", OBJECT, (object,), "b")
    two = shapes.make("m.Two", OBJECT, (object,), "b")
    with pytest.raises(TypeError):
        type("Both", (one, two), {})
    with pytest.raises(TypeError):
        one().__class__ = two


# CPython before 3.12 keeps an object's dict and weak references where the struct would be.
beside_a_dict = PYPY or sys.version_info >= (3, 12)


@pytest.mark.skipif(beside_a_dict, reason="this interpreter can have such objects")
def test_not_derived_from_a_class_in_python(shapes):
    for parent in (type("Parent", (), {}), type("Slotted", (), {"__slots__": ("slot",)})):
        for members in ("", "bd"):
            with pytest.raises(TypeError, match="overlap what instances of"):
                shapes.make("m.Native", OBJECT, (parent,), members)
    bare = type("Bare", (), {"__slots__": (), "hello": lambda self: "hello"})
    native = shapes.make("m.Native", OBJECT, (bare,), "bd")
    made = type("Derived", (native,), {})()
    made.more = made
    shapes.fill(made, OBJECT, 3, None)
    assert (made.hello(), shapes.look(made, OBJECT)[0]) == ("hello", 3)


@pytest.mark.skipif(not beside_a_dict, reason="such objects cannot be had here")
def test_derived_from_a_class_in_python(shapes):
    class Parent:
        def __init__(self, thing=None):
            self.thing = thing

        def hello(self):
            return "hello", self.thing

    class Child(Parent):
        pass

    for parent in (Parent, Child):
        native = shapes.make("m.Native", OBJECT, (parent,), "bd")
        derived = type("Derived", (native,), {})
        for cls in (native, derived):
            thing = {1}.union()
            box = weakref.ref(thing)
            made = cls()
            made.thing = thing
            shapes.fill(made, OBJECT, 3, None)
            gone = weakref.ref(made)
            assert shapes.look(made, OBJECT)[0] == 3
            if parent is Parent:
                assert made.hello() == ("hello", thing)
            del thing
            collect()
            assert box() is not None
            del made
            collect()
            assert box() is None and gone() is None
            assert shapes.counts() == (1, 0, 3)


def test_cycles_are_collected(compiled):
    # Counts of its own: what PyPy remembers here would end in another test.
    shapes = hpy_host.load("shapes", compiled("shapes", name="cycles.hpy0.so"))
    native = shapes.make("m.Native", OBJECT, (object,), "bgd")

    def scene():
        class Derived(native):
            pass

        a, b, c = native(), Derived(), Derived()
        shapes.fill(a, OBJECT, 1, b)
        shapes.fill(b, OBJECT, 1, c)
        c.first = a
        shapes.fill(c, OBJECT, 1, [a, Derived])
        Derived.last = c

    made = alive = 0
    for scenes in (100, 900):
        for _ in range(scenes):
            scene()
        collect()
        destroyed, finalized, serials = shapes.counts()
        made += 3 * scenes
        alive += 3 * scenes - destroyed
        # PyPy's caches of attributes remember a few classes, and what is in the cycle with them.
        assert alive <= (made // 20 if PYPY else 0)
        assert (finalized, serials) == (0, destroyed)


def test_members_of_a_type_that_the_interpreter_fills(shapes):
    plain = shapes.make("m.Plain", OBJECT, (object,), "gd")
    with pytest.raises(AttributeError):
        plain().anything = 1
    if PYPY:
        return  # what __weaklistoffset__ and __dictoffset__ say is for CPython
    with pytest.raises(TypeError):
        weakref.ref(plain())
    native = shapes.make("m.Native", OBJECT, (object,), "gdwD")
    made, thing = native(), {1}.union()
    box, gone = weakref.ref(thing), []
    ref = weakref.ref(made, gone.append)
    made.thing, made.self = thing, made
    del thing
    assert made.thing == {1} and ref() is made
    del made
    collect()
    assert ref() is None and box() is None and gone == [ref]
    assert shapes.counts()[0] == 3  # with the two plain ones


@pytest.mark.parametrize("options", ["bgdf", "bdf"])
def test_finalizers(shapes, options):
    native = shapes.make("m.Native", OBJECT, (object,), options)

    class Derived(native):
        pass

    for cls in (native, Derived):
        kept = []
        shapes.when_finalized(kept.append)
        made = cls()
        shapes.fill(made, OBJECT, 4, None)
        del made
        collect()
        (back,) = kept  # its finalizer brought it back, whole
        assert shapes.look(back, OBJECT)[0] == 4
        assert shapes.counts() == (0, 1, 0)
        kept.clear()
        shapes.when_finalized(lambda instance: None)
        del back
        collect()
        destroyed, finalized, serials = shapes.counts()
        assert (destroyed, serials) == (1, 4)
        assert finalized <= 1  # once in all for collected types, as CPython has it


def test_finalizers_that_fail_are_reported(shapes, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: seen.append(report.exc_type))
    native = shapes.make("m.Native", OBJECT, (object,), "df")
    shapes.when_finalized(lambda instance: 1 / 0)
    native()
    collect()
    assert seen == [ZeroDivisionError]
    assert shapes.counts() == (1, 1, 0)


def test_calls(shapes):
    native = shapes.make("m.Native", OBJECT, (object,), "bdcn")
    inheriting = shapes.make("m.Inheriting", OBJECT, (native,), "b")
    without_new = shapes.make("m.Other", OBJECT, (object,), "bc")

    class Derived(native):
        pass

    class Overriding(native):
        def __call__(self, *args):
            return "overridden", args

    class Cooperative(without_new):
        def __call__(self, *args):
            return "super", super().__call__(*args)

    for cls in (native, inheriting, without_new, Derived):
        instance = cls()
        assert instance(1, "two") == (1, "two")
        assert instance() == ()
        shapes.set_call(instance)
        assert instance(1, 2, 3) == 3
        assert cls()(5) == (5,)
    assert Overriding()(1) == ("overridden", (1,))
    assert Cooperative()(1) == ("super", (1,))
    with pytest.raises(TypeError):
        shapes.set_call(object())
    with pytest.raises(TypeError):
        shapes.set_call(shapes.make("m.NotCalled", OBJECT, (object,), ""))


def test_long_chains_are_released(shapes):
    native = shapes.make("m.Native", OBJECT, (object,), "bgd")

    class Derived(native):
        pass

    length = 20_000 if PYPY else 200_000
    chain = None
    for number in range(length):
        link = (native, Derived)[number % 3 == 0]()
        shapes.fill(link, OBJECT, 1, chain)
        chain = link
    del link, chain
    collect()
    assert shapes.counts() == (length, 0, length)


def test_specs_that_are_refused(shapes):
    with pytest.raises(ValueError, match="shape"):
        shapes.make("m.T", 77, (object,), "")
    with pytest.raises(TypeError):
        shapes.make("m.T", OBJECT, (3,), "")
    with pytest.raises(TypeError):
        shapes.make("m.T", OBJECT, (bool,), "")
    with pytest.raises(TypeError):
        shapes.make("m.T", TUPLE, (tuple,), "c")
    slotted = type("Slotted", (), {"__slots__": ("a", "b")})
    for shape, base in ((OBJECT, slotted), (OBJECT, list), (FLOAT, list), (LONG, type)):
        with pytest.raises(TypeError):
            shapes.make("m.T", shape, (base,), "")


def test_types_come_and_go(shapes):
    """Addresses are used again: by other native types, and by classes in Python."""
    keep = shapes.make("m.Keep", OBJECT, (object,), "bd")
    expected = 0
    for number in range(300 if PYPY else 3000):
        native = shapes.make("m.T", OBJECT, (object,), ("bd", "bgd", "b")[number % 3])
        classes = [native, type("Derived", (native,), {}), type("Other", (keep,), {})]
        made = [cls() for cls in classes]
        for instance in made:
            shapes.fill(instance, OBJECT, 1, None)
        expected += (3, 3, 1)[number % 3]
        del native, classes, made, instance
        if number % 100 == 0:
            gc.collect()
    collect()
    assert shapes.counts()[::2] == (expected, expected)


def test_random_scenes(shapes):
    """Instances of random types with random references: in the end, all are destroyed."""
    rng = random.Random(7)
    options = ["bd", "bgd", "bgdf", "bgdm", "bdf"]
    scenes, total = (10, 0) if PYPY else (60, 0)
    for _ in range(scenes):
        pool = []
        for _ in range(6):
            shape = rng.choice(list(SHAPES))
            base = SHAPES[shape][0]
            chosen = rng.choice(options)
            native = shapes.make("m.T", shape, (base,), chosen)
            pool.append((native, shape, chosen))
            if rng.random() < 0.5:
                pool.append((type("D", (native,), {}), shape, chosen))
        made = []
        for _ in range(120):
            cls, shape, chosen = rng.choice(pool)
            instance = cls(*rng.choice(SHAPES[shape][1]))
            ref = rng.choice(made)[0] if made and rng.random() < 0.8 else pool
            shapes.fill(instance, shape, 1, ref if "g" in chosen else None)
            if hasattr(instance, "__dict__"):
                instance.attribute = rng.choice(made) if made else None
            made.append((instance, shape))
            total += 1
            if rng.random() < 0.1:
                del made[rng.randrange(len(made))]
        for instance, shape in made:
            assert shapes.look(instance, shape)[0] == 1
        del pool, made, instance, cls, native, ref
    # PyPy finalizes a chain of objects one layer a collection.
    for _ in range(60 if PYPY else 1):
        gc.collect()
    destroyed, _, serials = shapes.counts()
    assert (destroyed, serials) == (total, total)
