# SPDX-License-Identifier: MIT OR Apache-2.0
"""Native objects that export a buffer."""

from __future__ import annotations

import gc
import operator

import pytest
from harness import DEBUG, HOST, PYPY, nested_calls

SAMPLES = {"U8": ("B", 1, [0, 1, 255]), "I16": ("h", 2, [-1, 0, 300]), "F64": ("d", 8, [0.5, -2.0])}


def settle():
    """Lets PyPy see that nobody has views any more."""
    for _ in range(3):
        gc.collect()


@pytest.mark.parametrize("name", SAMPLES)
def test_buffer(probe, name):
    form, size, items = SAMPLES[name]
    samples = getattr(probe, "Samples" + name)(items)
    view = memoryview(samples)
    assert view.tolist() == items
    assert (view.format, view.itemsize, view.ndim) == (form, size, 1)
    assert (view.shape, view.strides) == ((len(items),), (size,))
    assert view.nbytes == size * len(items)
    assert view.readonly
    assert view.obj is samples or PYPY
    with pytest.raises(TypeError):
        view[0] = items[0]
    assert view[1:].tolist() == items[1:]
    assert bytes(samples) == view.tobytes()
    assert bytes(view[::-1]) == bytes(samples)[::-1] or size > 1
    view.release()


def test_buffer_without_items(probe):
    samples = probe.SamplesF64([])
    view = memoryview(samples)
    assert (view.tolist(), view.shape, view.nbytes) == ([], (0,), 0)
    view.release()
    settle()
    samples.append(1.0)
    assert memoryview(samples).tolist() == [1.0]


def test_buffer_for_those_who_write(probe):
    samples = probe.SamplesU8([1, 2])
    with pytest.raises((TypeError, BufferError)):
        import io

        io.BytesIO(b"xx").readinto(samples)
    settle()
    samples.append(3)
    assert bytes(samples) == b"\1\2\3"


def test_views_keep_the_value_as_it_is(probe):
    samples = probe.SamplesU8([1, 2])
    first, second = memoryview(samples), memoryview(samples)
    for change in (lambda: samples.append(3), lambda: operator.iadd(samples, [3])):
        with pytest.raises(RuntimeError, match="in use"):
            change()
    assert len(samples) == 2
    first.release()
    settle()
    with pytest.raises(RuntimeError, match="in use"):
        samples.append(3)
    second.release()
    del first, second
    settle()
    samples.append(3)
    assert bytes(samples) == b"\1\2\3"
    settle()
    samples += [4]
    assert memoryview(samples).tolist() == [1, 2, 3, 4]


@nested_calls
def test_a_view_of_another_length_while_a_method_reads(probe):
    samples = probe.SamplesU8([1, 2])
    memoryview(samples).release()
    settle()
    samples.append(3)
    seen = []
    probe.set_hook(lambda: seen.append(memoryview(samples).tolist()))
    samples.call_hook()
    assert seen == [[1, 2, 3]]
    probe.set_hook(None)


def test_a_view_of_a_view_counts(probe):
    samples = probe.SamplesU8([1, 2, 3])
    view = memoryview(samples)[1:]
    settle()
    with pytest.raises(RuntimeError, match="in use"):
        samples.append(4)
    assert view.tolist() == [2, 3]
    view.release()
    del view
    settle()
    samples.append(4)


def test_a_view_keeps_the_object(probe):
    view = memoryview(probe.SamplesI16([1, 2, 3]))
    settle()
    garbage = [probe.SamplesI16([7] * 3) for _ in range(100)]
    assert view.tolist() == [1, 2, 3]
    assert len(garbage) == 100


@nested_calls
def test_many_views(probe):
    samples = probe.SamplesF64([1.0])
    for _ in range(2000):
        with memoryview(samples) as view:
            assert view[0] == 1.0
    del view
    settle()
    samples.append(2.0)


def test_buffer_panics(probe):
    broken = probe.BrokenRow("panic")
    with pytest.raises(RuntimeError, match="native code panicked.*: broken"):
        memoryview(broken)
    broken.change()


def test_buffer_while_it_changes(probe):
    broken = probe.BrokenRow("call")
    seen = []

    def look():
        try:
            memoryview(broken)
        except (RuntimeError, BufferError) as error:
            seen.append(type(error))

    if DEBUG and HOST == "built in":
        return
    probe.set_hook(look)
    broken[0] = 1
    probe.set_hook(None)
    assert seen == [RuntimeError]
    broken.change()
