import my_ext
import pytest


def test_count():
    assert my_ext.count("one two one", word="one") == 2
    with pytest.raises(ValueError, match="the word is empty"):
        my_ext.count("one", "")


def test_counter():
    counter = my_ext.Counter(40)
    assert counter.add(2) == 42
    assert counter.total == 42
    with pytest.raises(OverflowError):
        counter.add(2**63 - 1)
    assert counter.total == 42
    with pytest.raises(TypeError):
        counter.add("1")
