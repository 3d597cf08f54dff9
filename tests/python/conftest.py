# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures for the tests of Vermilion's own interface, which are the common ones."""

from harness import (  # noqa: F401
    no_handle_leaks,
    pytest_collection_finish,
    pytest_configure,
    python,
)
