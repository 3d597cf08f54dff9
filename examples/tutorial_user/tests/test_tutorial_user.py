"""What the last page of docs/tutorial says of capsules."""

import pytest
import tutorial
import tutorial_user


def test_capsule():
    assert tutorial_user.twins(20) == [(3, 5), (5, 7), (11, 13), (17, 19)]
    assert tutorial_user.twins(0) == []
    assert type(tutorial.primes_capsule).__name__ == "PyCapsule"


def test_no_such_capsule(monkeypatch):
    monkeypatch.setattr(tutorial, "primes_capsule", 5)
    with pytest.raises(
        TypeError, match="expected a capsule named tutorial.primes_capsule, got int"
    ):
        tutorial_user.twins(20)
    monkeypatch.delattr(tutorial, "primes_capsule")
    with pytest.raises(AttributeError):
        tutorial_user.twins(20)
