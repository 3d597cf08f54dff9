"""What the pages of docs/tutorial say of each step."""

import array
import sys
import threading
import time

import pytest
import tutorial
import vermilion

PYPY = sys.implementation.name == "pypy"


# 1: a function


def add_two(a, b):
    acc = 0
    for _ in range(1000):
        acc += a + b
    return acc


@pytest.mark.parametrize("a, b", [(1, 2), (-7, 3), (0, 0), (True, 0), (2**63 - 1, -(2**63))])
def test_function(a, b):
    assert tutorial.add_two(a, b) == add_two(a, b)
    assert "a thousand times" in tutorial.add_two.__doc__


@pytest.mark.parametrize("limit", [2**63 - 1, -(2**63)], ids=["largest", "smallest"])
def test_function_up_to_the_limit(limit):
    fitting, sign = abs(limit) // 1000, limit // abs(limit)
    assert tutorial.add_two(sign * fitting, 0) == sign * fitting * 1000
    # Too large after a thousand additions, after two, and at once.
    for a, b in ((sign * fitting, sign), (limit // 2, sign), (limit, sign)):
        with pytest.raises(RuntimeError, match="native code panicked.*overflow"):
            tutorial.add_two(a, b)


@pytest.mark.parametrize("value", ["40", 40.0, None, [40]], ids=repr)
def test_function_of_no_int(value):
    with pytest.raises(TypeError):
        tutorial.add_two(value, 2)
    with pytest.raises(TypeError):
        tutorial.add_two(2, value)


def test_function_of_wrong_arguments():
    for a, b in ((2**63, 0), (0, -(2**63) - 1)):
        with pytest.raises(OverflowError):
            tutorial.add_two(a, b)
    for arguments in ((), (1,), (1, 2, 3)):
        with pytest.raises(TypeError):
            tutorial.add_two(*arguments)
    with pytest.raises(TypeError):
        tutorial.add_two(1, b=2)


# 2: keyword arguments and errors


def test_keywords():
    assert tutorial.clamp(130) == tutorial.clamp(130, 0) == 100
    assert tutorial.clamp(130, high=120) == tutorial.clamp(high=120, value=130, low=1) == 120
    assert tutorial.clamp(-1, -0.5) == -0.5
    with pytest.raises(ValueError, match="low is 9, but high is only 3"):
        tutorial.clamp(5, low=9, high=3)


@pytest.mark.parametrize(
    "args, keywords",
    [((), {}), ((1, 2, 3, 4), {}), ((1,), {"value": 1}), ((1,), {"step": 2}), (("1",), {})],
)
def test_wrong_arguments(args, keywords):
    with pytest.raises(TypeError):
        tutorial.clamp(*args, **keywords)


def test_errors_of_the_system(tmp_path):
    file = tmp_path / "lines"
    file.write_text("one\ntwo\n")
    assert tutorial.count_lines(str(file)) == tutorial.count_lines(str(file).encode()) == 2
    with pytest.raises(FileNotFoundError):
        tutorial.count_lines(str(tmp_path / "nothing"))
    with pytest.raises(IsADirectoryError):
        tutorial.count_lines(str(tmp_path))
    file.write_bytes(b"\xff")
    with pytest.raises(RuntimeError, match="UTF-8"):
        tutorial.count_lines(str(file))
    with pytest.raises(TypeError):
        tutorial.count_lines(7)


# 3: all cores


def test_parallel():
    assert [tutorial.count_primes(n) for n in (0, 2, 3, 4, 30)] == [0, 0, 1, 2, 10]
    assert tutorial.count_primes(10_000) == 1229
    with pytest.raises(OverflowError):
        tutorial.count_primes(-1)


def test_other_threads_go_on():
    span = []

    def work():
        span.append(time.perf_counter())
        tutorial.count_primes(500_000)
        span.append(time.perf_counter())

    thread = threading.Thread(target=work)
    thread.start()
    ticks = []
    while thread.is_alive():
        ticks.append(time.perf_counter())
        time.sleep(0.001)
    thread.join()
    begin, end = span
    # In the middle half of the call; not at its edges, where the interpreter is held.
    quarter = (end - begin) / 4
    assert any(begin + quarter < tick < end - quarter for tick in ticks)


# 4: a class


def test_class():
    door = tutorial.Rectangle(2, height=1.5)
    assert repr(door) == "Rectangle(2.0, 1.5)"
    assert (door.width, door.area) == (2, 3)
    door.width = 3
    assert door.area == 4.5
    assert repr(tutorial.Rectangle(2)) == "Rectangle(2.0, 2.0)"


def test_bad_lengths():
    door = tutorial.Rectangle(2)
    for bad in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="is no length"):
            door.width = bad
        with pytest.raises(ValueError):
            tutorial.Rectangle(1, bad)
        with pytest.raises(ValueError):
            door.scaled(bad)
    with pytest.raises(TypeError):
        door.width = "2"
    with pytest.raises(AttributeError):
        del door.width
    with pytest.raises(AttributeError):
        door.area = 5
    assert door == tutorial.Rectangle(2)


def test_comparison():
    door = tutorial.Rectangle(2, 1)
    assert door == door == tutorial.Rectangle(2, 1) == tutorial.Rectangle(1, 0.5).scaled(2)
    assert door != tutorial.Rectangle(1, 2)
    assert door != "door"
    with pytest.raises(TypeError):
        door < tutorial.Rectangle(3)
    with pytest.raises(TypeError):
        hash(door)


def test_sealed():
    with pytest.raises(TypeError):
        type("Square", (tutorial.Rectangle,), {})(1)


def test_attributes_of_its_own():
    door = tutorial.Rectangle(2)
    if vermilion.runtime().host == "built in":
        door.colour = "red"
        assert door.colour == "red"
    else:
        with pytest.raises(AttributeError):
            door.colour = "red"


# 5: iteration


def test_native_iterator():
    assert list(tutorial.Collatz(6)) == [6, 3, 10, 5, 16, 8, 4, 2, 1]
    numbers = tutorial.Collatz(2)
    assert iter(numbers) is numbers
    assert [next(numbers), next(numbers), next(numbers, None), next(numbers, None)] == [
        2,
        1,
        None,
        None,
    ]
    with pytest.raises(ValueError, match="0 never becomes 1"):
        tutorial.Collatz(0)
    with pytest.raises(OverflowError, match="too large"):
        list(tutorial.Collatz(2**64 - 1))


def test_python_iterables():
    assert tutorial.mean([1, 2.5]) == tutorial.mean(n for n in (1, 2.5)) == 1.75
    assert tutorial.mean({1: "one", 2: "two"}) == tutorial.mean(range(1, 3)) == 1.5
    with pytest.raises(ValueError, match="nothing has no mean"):
        tutorial.mean([])
    with pytest.raises(TypeError):
        tutorial.mean(["one"])
    with pytest.raises(TypeError):
        tutorial.mean(5)
    with pytest.raises(TypeError):
        tutorial.mean(1, 2)


def test_an_iterable_that_fails():
    def numbers():
        yield 1
        raise KeyError("two")

    with pytest.raises(KeyError, match="two"):
        tutorial.mean(numbers())


# 6: an exception class


def test_exception():
    assert tutorial.parse_place(" 48.2, 16.4") == (48.2, 16.4)
    assert issubclass(tutorial.PlaceError, ValueError)
    with pytest.raises(tutorial.PlaceError, match="a place has 2 numbers, not 3"):
        tutorial.parse_place("1,2,3")
    for text in ("91, 0", "0, -181", "nan, 0"):
        with pytest.raises(tutorial.PlaceError, match="not on the globe"):
            tutorial.parse_place(text)


def test_cause():
    with pytest.raises(tutorial.PlaceError, match="that is no number") as caught:
        tutorial.parse_place("north, east")
    cause = caught.value.__cause__
    assert type(cause) is ValueError and str(cause) == "invalid float literal"


# 7: a collection


def test_collection():
    names = tutorial.Names(["Ada", "Bob"])
    names.append("Eve")
    assert list(names) == list(names) == ["Ada", "Bob", "Eve"]
    assert len(names) == 3 and "Eve" in names and "Mallory" not in names
    assert (names[0], names[-1]) == ("Ada", "Eve")
    for index in (3, -4):
        with pytest.raises(IndexError):
            names[index]
    with pytest.raises(TypeError):
        names.append(5)
    assert len(tutorial.Names()) == 0


def test_changed_during_iteration():
    names = tutorial.Names(["Ada", "Bob"])
    iterator = iter(names)
    assert next(iterator) == "Ada"
    names.append("Eve")
    with pytest.raises(RuntimeError, match="the names changed during iteration"):
        next(iterator)
    assert list(names) == ["Ada", "Bob", "Eve"]


def test_an_iterator_keeps_the_names():
    iterator = iter(tutorial.Names(["Ada"]))
    assert list(iterator) == ["Ada"]
    with pytest.raises(TypeError):
        tutorial.Names(["Ada", 5])
    with pytest.raises(TypeError):
        type(iterator)()


# 8: a class in Python


def test_team():
    team = tutorial.Team("red", ["Ada", "Bob"])
    team.append("Eve")
    team.captain = "Ada"
    assert (team.title, team.captain) == ("red", "Ada")
    assert list(team) == ["Ada", "Bob", "Eve"] and len(team) == 3
    assert "Bob" in team and 5 not in team
    assert (team[-1], team[1:]) == ("Eve", ["Bob", "Eve"])
    # what it has of its base class
    assert list(reversed(team)) == ["Eve", "Bob", "Ada"]
    assert (team.index("Bob"), team.count("Bob")) == (1, 1)
    with pytest.raises(IndexError):
        team[3]


def test_subclass_of_team():
    class Squad(tutorial.Team):
        motto = "all or none"

    squad = Squad("blue")
    squad.append("Ada")
    assert repr(squad) == "Squad('blue', ['Ada'])"
    assert squad.motto == "all or none"


# 9: blocks


def test_blocks():
    block = tutorial.packed_primes(12)
    primes = array.array("I", block)
    assert primes.tolist() == memoryview(block).cast("I").tolist() == [2, 3, 5, 7, 11]
    assert tutorial.sum_packed(block) == tutorial.sum_packed(primes.tobytes()) == 28
    assert tutorial.sum_packed(b"") == 0
    with pytest.raises(ValueError, match="cut off"):
        tutorial.sum_packed(block[:-1])
    with pytest.raises(TypeError, match="expected bytes"):
        tutorial.sum_packed(bytearray(block))


def test_buffer():
    sieve = tutorial.Sieve(8)
    with memoryview(sieve) as view:
        assert view.tolist() == [0, 0, 1, 1, 0, 1, 0, 1]
        assert view.readonly
        with pytest.raises(RuntimeError, match="in use"):
            sieve.grow(10)
    del view


@pytest.mark.skipif(PYPY, reason="a view lives there until the collector runs")
def test_a_view_that_is_released():
    sieve = tutorial.Sieve(8)
    with memoryview(sieve):
        pass
    sieve.grow(12)
    assert bytes(sieve)[8:] == b"\0\0\0\1"
