# SPDX-License-Identifier: MIT OR Apache-2.0
"""The examples in the documentation of hpy-bindings do what stands there."""

from __future__ import annotations

import doctest
import os
import re
from pathlib import Path

import hpy_host
import pytest
from harness import derives, leaving_threads, nested_calls

# Where tests/hpy/probe/doc_examples.py put them.
PLACE = os.environ.get("VERMILION_DOC_EXAMPLES")
SESSIONS = sorted(Path(PLACE).glob("*.txt")) if PLACE else []
# Files of the crate whose examples have native calls within native calls, or in several threads.
NESTED = ("src_awaitable_", "src_mutex_")


def _marked(session):
    marks = [nested_calls, leaving_threads] if session.stem.startswith(NESTED) else []
    if re.search(r"class \w+\(example\.", session.read_text(encoding="utf-8")):
        marks += [nested_calls, derives]
    return pytest.param(session, id=session.stem, marks=marks)


@pytest.fixture(scope="module")
def example():
    return hpy_host.load("example", os.path.join(PLACE, "example.hpy0.so"))


def test_there_are_some():
    assert len(SESSIONS) >= 20, "VERMILION_DOC_EXAMPLES must name the folder of the examples"


@pytest.mark.parametrize("session", [_marked(session) for session in SESSIONS])
def test_session(example, session):
    text = session.read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {"example": example}, session.stem, None, 0)
    assert test.examples
    said = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)
