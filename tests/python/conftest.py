# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures for the tests of Vermilion's own interface, which are the common ones."""

from harness import no_handle_leaks, pytest_configure, python  # noqa: F401
