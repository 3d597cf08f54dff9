# SPDX-License-Identifier: MIT OR Apache-2.0
"""Native classes from which Python code derives."""

from __future__ import annotations

import abc
import copy
import gc
import weakref

import pytest
from harness import HOST, PYPY, derives, in_threads, nested_calls


def collect():
    for _ in range(5):
        gc.collect()


@pytest.fixture
def classes(probe):
    """A class, and one that derives from it again; checks that no value is left behind."""
    collect()
    before = probe.bases_alive()

    class Sub(probe.Base):
        def __init__(self, number=0, colour=None, **more):
            super().__init__()
            self.colour = colour

        def value(self):
            return super().value() + 1000

    class SubSub(Sub):
        __slots__ = ("slot",)

        def __len__(self):
            return 7

    yield Sub, SubSub
    collect()
    assert probe.bases_alive() == before


@pytest.mark.skipif(HOST != "hpy", reason="this host can have such objects")
def test_where_they_cannot_be_had(probe):
    with pytest.raises(TypeError):
        type("Sub", (probe.Base,), {})()
    assert probe.Base(3).ask() == 3


@derives
@nested_calls
def test_what_is_inherited(probe, classes):
    Sub, SubSub = classes
    a, b = Sub(5, colour="red"), SubSub(6)
    assert (a.number, a.colour, a.value(), len(a)) == (5, "red", 1005, 5)
    assert (a.ask(), b.ask(), probe.Base(1).ask()) == (1005, 1006, 1)
    a.number = 8
    b.slot = b.more = "s"
    assert (a.number, len(b), b.slot, b.more) == (8, 7, "s", "s")
    assert isinstance(b, probe.Base) and issubclass(SubSub, probe.Base) and type(b) is SubSub
    with pytest.raises(AttributeError):
        a.nothing


@derives
def test_natively_taken_as_one_of_the_class(probe, classes):
    Sub, SubSub = classes
    a, b, c = Sub(1), SubSub(2), probe.Base(4)
    assert (a.sum(b), c.sum(a), b.sum(c)) == (3, 5, 6)
    assert (a + b, a + c, c + b) == (3, 5, 6)
    with pytest.raises(TypeError):
        a.sum(object())
    same = a
    a += 10
    assert a is same and a.number == 11 and type(a) is Sub
    assert a.itself() is a and b.itself() is b


@derives
@nested_calls
def test_class_methods(probe, classes):
    Sub, SubSub = classes
    assert type(SubSub.of_class()) is SubSub
    assert type(probe.Base.of_class()) is probe.Base is type(probe.plain_base(3))


@derives
def test_classes_of_many_kinds(probe, classes):
    Sub, _ = classes

    class Mixin:
        def value(self):
            return -1

    class Abstract(probe.Base, abc.ABC):
        @abc.abstractmethod
        def must(self): ...

    class Meta(type):
        def __call__(cls, *args, **named):
            made = super().__call__(*args, **named)
            made.by_meta = True
            return made

    mixed = type("Mixed", (Mixin, Sub), {})(3)
    assert (mixed.value(), mixed.number, mixed.colour) == (-1, 3, None)
    assert type("Concrete", (Abstract,), {"must": lambda self: 1})(3).must() == 1
    assert Meta("WithMeta", (probe.Base,), {})(2).by_meta
    for bases in ((probe.Base, probe.Other), (probe.Other, probe.Base), (Sub, probe.Other)):
        with pytest.raises(TypeError):
            type("Both", bases, {})()
    if not PYPY:
        with pytest.raises(TypeError):
            type("Int", (probe.Base, int), {})
    named = type("New", (probe.Base,), {"__new__": lambda cls, n: probe.Base.__new__(cls, n * 2)})
    assert named(4).number == 8


@derives
def test_what_is_no_derived_class(probe):
    for wrong in (int, object, probe.Other, 3, None):
        with pytest.raises(TypeError):
            probe.Base.__new__(wrong)
    bare = type("Bare", (probe.Base,), {})
    try:
        made = object.__new__(bare)
    except TypeError:
        assert not PYPY  # which makes one without a value
    else:
        with pytest.raises(TypeError):
            made.value()
        with pytest.raises(TypeError):
            probe.Base(1).sum(made)


@derives
def test_references_and_cycles(probe, classes):
    Sub, SubSub = classes
    references = []
    for cls in (Sub, SubSub, probe.Base):
        for _ in range(10):
            made, other = cls(1), cls(2)
            made.kept, other.kept = other, made
            if cls is not probe.Base:
                made.itself = made
                references.append(weakref.ref(made))
    assert all(reference() for reference in references[-2:])
    del made, other
    collect()
    assert not any(reference() for reference in references)


@derives
def test_classes_are_collected(probe):
    def make():
        class Sub(probe.Base):
            pass

        Sub.instance = Sub(3)
        Sub.instance.kept = Sub
        return weakref.ref(Sub), weakref.ref(Sub.instance)

    references = [make() for _ in range(5)]
    collect()
    assert not any(reference() for pair in references for reference in pair)


@pytest.mark.skipif(HOST != "built in", reason="other hosts have finalizers")
def test_no_finalizers(probe):
    """PyPy 7.3 would abort where it calls one."""
    derived = type("Final", (probe.Base,), {"__del__": lambda self: None})
    for cls in (derived, type("More", (derived,), {}), type("Mine", (probe.FinalBase,), {})):
        with pytest.raises(TypeError, match="__del__"):
            cls()
    assert probe.FinalBase() is not None


@derives
@pytest.mark.skipif(HOST == "built in", reason="PyPy 7.3 would abort: they are refused")
def test_finalizers(probe, classes):
    Sub, _ = classes
    saved, seen = [], []
    before = probe.final_bases()
    type("Mine", (probe.FinalBase,), {})()
    collect()
    assert probe.final_bases() == before + 1

    class Final(Sub):
        def __del__(self):
            seen.append(self.number)
            if not saved:
                saved.append(self)

    Final(5)
    collect()
    assert seen == [5] and saved[0].number == 5 and saved[0].sum(saved[0]) == 10
    saved[0].kept = saved
    saved.append(1)
    del saved[0]
    collect()
    cycle = Final(6)
    cycle.kept = [cycle]
    del cycle
    collect()
    assert set(seen) == {5, 6}


@derives
def test_copies(probe, classes):
    Sub, _ = classes
    for act in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="pickle"):
            act(Sub(1))


@derives
def test_the_constructor_raises(probe, classes):
    Sub, _ = classes
    with pytest.raises(TypeError):
        Sub("no number")
    failing = type("Failing", (Sub,), {"__init__": lambda self, *_: 1 / 0})
    for _ in range(20):
        with pytest.raises(ZeroDivisionError):
            failing(1)


@derives
@pytest.mark.skipif(not PYPY, reason="CPython does not let objects change to another layout")
def test_class_assigned(probe, classes):
    Sub, SubSub = classes
    made = Sub(3)
    for cls in (probe.Base, probe.Other, probe.Counter, SubSub):
        try:
            made.__class__ = cls
        except TypeError:
            continue
        try:
            probe.Base.value(made)
        except TypeError:
            pass
    made.__class__ = Sub
    assert made.value() == 1003


@derives
def test_in_threads(probe):
    def work(number):
        cls = type("Sub%d" % number, (probe.Base,), {})
        made = [cls(index) for index in range(200)]
        for index, one in enumerate(made):
            one.next = one
            assert one.number == index
        del made
        gc.collect()

    in_threads(work)
