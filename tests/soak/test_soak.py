"""A short run of the soak, in this process."""

import sys

import soak


def test_soak(monkeypatch):
    # pytest would keep all errors of finalizers.
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    run = soak.Soak(1, soak.load_probe())
    print(run.run(100_000))
    run.forget()
    assert run.failures == []
