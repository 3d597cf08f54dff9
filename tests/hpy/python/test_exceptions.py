# SPDX-License-Identifier: MIT OR Apache-2.0
"""hpy-bindings: exceptions that are caught, raised and chained, and warnings."""

from __future__ import annotations

import sys
import threading
import warnings

import pytest
from harness import HOST, OTHERS_DEBUG, PYPY, deep_calls, nested_calls


class Own(Exception):
    pass


@nested_calls
@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        Own(1, 2),
        StopIteration(3),
        KeyboardInterrupt(),
        SystemExit(3),
        GeneratorExit(),
        BaseException("base"),
        OSError(2, "no", "file"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_catch(probe, error):
    def fail():
        raise error

    caught, value = probe.catch(fail)
    assert caught is False
    assert value is error
    with pytest.raises(type(error)) as again:
        probe.raise_object(value)
    assert again.value is error


@nested_calls
def test_nothing_to_catch(probe):
    assert probe.catch("fine") == (True, "fine")
    assert probe.catch(lambda: None) == (True, None)
    assert probe.catch(lambda: ValueError) == (True, ValueError)
    assert probe.catch(lambda: probe.catch(lambda: probe.catch("inner"))) == (
        True,
        (True, (True, "inner")),
    )


@nested_calls
def test_catch_what_rust_raises(probe):
    (caught, error) = probe.catch("panic")
    assert type(error) is RuntimeError and "panicked" in str(error) and "while caught" in str(error)
    (caught, error) = probe.catch("os")
    assert type(error) is FileNotFoundError
    assert (error.errno, error.filename) == (2, "/a/b")
    (caught, error) = probe.catch("new")
    assert type(error) is KeyError and error.args == ("new",)
    (caught, error) = probe.catch("nested")
    assert type(error) is TypeError and str(error) == "outer"
    assert type(error.__cause__) is ValueError and str(error.__cause__) == "inner"
    assert probe.catch("caught inside") == (True, KeyError)


@nested_calls
def test_catch_while_an_exception_is_handled(probe):
    def fail():
        raise ValueError("second")

    try:
        raise KeyError("first")
    except KeyError as first:
        _, error = probe.catch(fail)
        assert error.__context__ is first
        assert sys.exc_info()[1] is first


@nested_calls
def test_catch_in_generators_and_threads(probe):
    def generator():
        yield probe.catch(lambda: next(iter(())))

    ((caught, error),) = generator()
    assert type(error) is StopIteration
    results = []

    def run(n):
        for _ in range(50):
            results.append(probe.catch(lambda: n)[1] == n)
            results.append(str(probe.catch(lambda: 1 // 0)[1]) != "")

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads if not OTHERS_DEBUG else ():
        thread.start()
    for thread in threads if not OTHERS_DEBUG else ():
        thread.join()
    assert all(results)


@deep_calls
def test_catch_in_catch(probe):
    def deeper(left):
        return probe.catch(lambda: deeper(left - 1)) if left else 1 // 0

    value = deeper(20)
    for _ in range(19):
        assert value[0]
        value = value[1]
    assert not value[0] and type(value[1]) is ZeroDivisionError


@deep_calls
@pytest.mark.skipif(
    PYPY and HOST == "built in",
    reason="PyPy 7.3 aborts where its stack ends within a function that cannot fail",
)
def test_catch_too_deep(probe):
    def deeper():
        return probe.catch(deeper)

    depth, value = 0, deeper()
    while isinstance(value, tuple):
        depth, value = depth + 1, value[1]
    assert depth > 3 and type(value) is RecursionError
    assert probe.catch("fine") == (True, "fine")


def test_the_native_function_is_hidden(probe):
    assert not [name for name in dir(probe) if "catch" in name and name != "catch"]


def test_raise_objects(probe):
    error = ValueError("same")
    with pytest.raises(ValueError) as caught:
        probe.raise_object(error)
    assert caught.value is error
    for value in (3, ValueError, None):
        with pytest.raises(TypeError, match="^expected an exception, got "):
            probe.raise_object(value)


def test_raise_from(probe):
    cause = Own("cause")
    with pytest.raises(ValueError, match="^message$") as caught:
        probe.raise_from("message", cause)
    assert caught.value.__cause__ is cause
    assert caught.value.__suppress_context__
    with pytest.raises(FileNotFoundError) as caught:
        probe.raise_os_from(cause)
    assert caught.value.__cause__ is cause
    with pytest.raises(ValueError) as caught:
        probe.raise_from("alone", None)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    with pytest.raises(TypeError, match="exception"):
        probe.raise_from("message", 3)


def fail_with_key_error():
    raise KeyError("pending")


def test_pending_exceptions_stay(probe):
    cause = Own()
    with pytest.raises(KeyError, match="pending") as caught:
        probe.pending_from(fail_with_key_error, cause)
    assert caught.value.__cause__ is None
    for first in (True, False):
        with pytest.raises(KeyError, match="pending"):
            probe.caused_by_pending(fail_with_key_error, first)


def chain(error):
    while error is not None:
        yield type(error), str(error)
        error = error.__cause__


def test_chains(probe):
    with pytest.raises(ValueError) as caught:
        probe.caused_by()
    assert list(chain(caught.value)) == [
        (ValueError, "first"),
        (KeyError, "'last'"),
        (PermissionError, "[Errno 13] os"),
    ]
    with pytest.raises(ValueError) as caught:
        probe.chained(0)
    links = list(chain(caught.value))
    assert links[:2] == [(ValueError, "top"), (ValueError, "middle")]
    assert links[2][0] is FileNotFoundError and len(links) == 3
    with pytest.raises(RuntimeError) as caught:
        probe.chained(1)
    assert [kind for kind, _ in chain(caught.value)] == [RuntimeError, FileNotFoundError]
    with pytest.raises(RuntimeError, match="^no number$"):
        probe.chained(2)


def test_classes(probe):
    for name in ("ValueError", "FileNotFoundError", "ArithmeticError", "StopIteration"):
        with pytest.raises(getattr(__import__("builtins"), name)) as caught:
            probe.raise_builtin(name, "text é\0")
        assert caught.value.args == ("text é\0",)
    with pytest.raises(KeyError, match="NoSuchError"):
        probe.raise_builtin("NoSuchError", "")


def test_what_class_a_pending_exception_has(probe):
    def fails_with(error, name):
        def fail():
            raise error

        return probe.fails_with(fail, name)

    for error in (KeyError(1), FileNotFoundError(2, ""), StopIteration(), ZeroDivisionError()):
        for name in (
            "KeyError",
            "LookupError",
            "OSError",
            "FileNotFoundError",
            "Exception",
            "StopIteration",
            "BaseException",
            "ArithmeticError",
        ):
            assert fails_with(error, name) == isinstance(
                error, getattr(__import__("builtins"), name)
            )
    assert probe.fails_with(lambda: 3, "KeyError") is None


def test_what_class_a_new_exception_has(probe):
    assert probe.new_is("KeyError", "LookupError")
    assert probe.new_is("KeyError", "KeyError")
    assert not probe.new_is("LookupError", "KeyError")
    assert not probe.new_is("KeyError", "NoSuchError")
    assert probe.new_is("os", "FileNotFoundError")
    assert probe.new_is("os", "OSError")
    assert not probe.new_is("os", "ValueError")
    assert probe.new_is("caused", "LookupError")
    assert not probe.new_is("caused", "ValueError")


def test_warnings(probe):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        probe.warn("UserWarning", "größe")
        probe.warn("DeprecationWarning", "old")
    assert [(w.category, str(w.message)) for w in seen] == [
        (UserWarning, "größe"),
        (DeprecationWarning, "old"),
    ]
    assert seen[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="error"):
            probe.warn("UserWarning", "an error")
    with pytest.raises(ValueError, match="null"):
        probe.warn("UserWarning", "a\0b")
