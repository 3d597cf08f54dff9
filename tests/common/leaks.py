# SPDX-License-Identifier: MIT OR Apache-2.0
"""A pytest plugin: in HPy's debug mode, no test may leave a handle open."""

from __future__ import annotations

import os

import pytest

DEBUG = "debug" in os.environ.get("HPY", "")


def open_handles(since):
    """The handles opened since a generation began, and not closed."""
    from hpy_host import debug

    return debug.get_open_handles(since)


def new_generation():
    """Begins a generation of handles, for `open_handles`."""
    from hpy_host import debug

    return debug.new_generation()


@pytest.fixture(autouse=True)
def no_handle_leaks(request):
    """In debug mode, fails a test after which a handle is open that was not before."""
    if not DEBUG or request.node.get_closest_marker("leaks"):
        yield
        return
    generation = new_generation()
    yield
    leaks = open_handles(generation)
    assert not leaks, "%d handles leaked: %r" % (len(leaks), leaks[:10])
