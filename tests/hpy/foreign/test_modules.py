# SPDX-License-Identifier: MIT OR Apache-2.0
"""hpy's example modules beside what Python itself says, and the host that they have found."""

from __future__ import annotations

import gc
import math
import sys

import builtin_type
import hpycall
import pof
import pofcpp
import pytest
import simple
import simple_type
import step_03_hpy_final
from harness import FOREIGN_HOST, PYPY

INTS = (0, 1, -1, 41, -(2**31), 2**31, 2**62)


def test_the_host():
    universal = sys.modules["hpy.universal"]
    assert (universal.__name__ == "hpy_host.universal") == (FOREIGN_HOST == "own")
    assert sys.modules["hpy"].universal is universal


@pytest.mark.parametrize("module", [pof, pofcpp, simple, hpycall, step_03_hpy_final])
def test_the_file(module):
    # The binary's, which took the stub's place.
    assert module.__file__.endswith(module.__name__ + ".hpy0.so")
    assert sys.modules[module.__name__] is module


@pytest.mark.parametrize("module", [pof, pofcpp])
@pytest.mark.parametrize("x", INTS)
def test_ints(module, x):
    for y in INTS:
        if abs(x + y) < 2**63:
            assert module.add_ints(x, y) == module.add_ints_kw(b=y, a=x) == x + y
    assert module.double(x) == 2 * x
    assert simple.myabs(x) == abs(x)


@pytest.mark.parametrize("module", [pof, pofcpp])
def test_wrong_arguments(module):
    for arguments in ((), (1,), (1, 2, 3), (1, "2")):
        with pytest.raises(TypeError):
            module.add_ints(*arguments)
    with pytest.raises(OverflowError):
        module.add_ints(1, 2**64)
    with pytest.raises(TypeError):
        module.add_ints_kw(a=1, c=2)
    with pytest.raises(TypeError):
        module.do_nothing(1)


@pytest.mark.parametrize("module", [pof, pofcpp])
def test_many_objects(module):
    points = [module.Point(i, -i / 4) for i in range(1000)]
    gc.collect()
    for i, point in enumerate(points):
        assert repr(point) == "Point(%g, %g)" % (i, -i / 4)


def test_calls():
    vector = hpycall.EuclideanVector(3, -5)
    for x in INTS[:5]:
        assert vector(x, y1=7) == 3 * x - 35
    with pytest.raises(TypeError):
        vector(1)


def test_a_type_that_derives_from_str():
    text = builtin_type.Language("grüß Gott")
    text.lang = "de-\N{LATIN SMALL LETTER SHARP S}"
    assert text.lang == "de-ß"
    assert isinstance(text, str)
    assert (text.upper(), text[:4], len(text)) == ("GRÜSS GOTT", "grüß", 9)
    assert {text: 1}["grüß Gott"] == 1
    with pytest.raises(TypeError):
        text.lang = 1


def test_members():
    point = simple_type.Point(4, 5)
    point.x += 1
    assert (point.x, point.y) == (5, 5)
    with pytest.raises(TypeError):
        point.x = "1"


def test_floats_and_fields():
    point, other = step_03_hpy_final.Point(1.5, 2), step_03_hpy_final.Point(y=-3)
    assert point.norm() == math.hypot(1.5, 2)
    assert step_03_hpy_final.dot(point, other) == -6

    class Tracked:
        alive = 0

        def __init__(self):
            Tracked.alive += 1

        def __del__(self):
            Tracked.alive -= 1

    # The type has no part in the collection of cycles, but keeps and releases its object.
    points = [step_03_hpy_final.Point(0, 0, Tracked()) for _ in range(100)]
    gc.collect()
    assert Tracked.alive == 100
    assert all(isinstance(p.obj, Tracked) for p in points)
    points.clear()
    for _ in range(5 if PYPY else 1):
        gc.collect()
    assert Tracked.alive == 0
