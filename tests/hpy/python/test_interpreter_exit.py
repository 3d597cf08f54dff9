# SPDX-License-Identifier: MIT OR Apache-2.0
"""Threads that are in native code while the interpreter ends."""

from __future__ import annotations

import daemons
import pytest
from harness import leaving_threads

pytestmark = leaving_threads

SETUP = "import hpy_host; probe = hpy_host.load('probe', os.environ['VERMILION_PROBE'])"
# What a thread does again and again.
WORK = {
    "leaves the interpreter": "probe.sleep(0)",
    "leaves it for long": "probe.sleep(300)",
    "calls": "probe.call(time.sleep, 0)",
    "asks for an attribute": "probe.attr_of(Lazy(), 'anything')",
    "drops an object": "probe.keep(Lazy()); probe.keep(None)",
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_threads_that_are_left_behind(python, work):
    daemons.leave_behind(python, SETUP, work)
