# SPDX-License-Identifier: MIT OR Apache-2.0
"""A short run of the soak, in this process."""

import sys

import soak


def test_soak(monkeypatch):
    # pytest would keep all errors of finalizers.
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)
    run = soak.Soak(1, soak.load_probe())
    # Each costs more in debug mode.
    print(run.run(20_000 if soak.DEBUG else 100_000))
    run.forget()
    assert run.failures == []
