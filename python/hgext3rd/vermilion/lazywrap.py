# SPDX-License-Identifier: GPL-2.0-or-later

# lazywrap.py - wrap what is not loaded yet
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""wrap what is not loaded yet"""

from __future__ import annotations

import sys
import types


class _WrapWhenLoaded:
    """The loader of a module that is still lazy, plus wrapping it.

    A lazy module executes through the loader in its spec at the first access
    to an attribute. This stands in for that loader once.
    """

    def __init__(self, spec, wrap):
        self._spec = spec
        self._loader = spec.loader
        self._wrap = wrap
        spec.loader = self

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def exec_module(self, module):
        self._spec.loader = self._loader
        self._loader.exec_module(module)
        self._wrap(module)


def whenloaded(module, wrap):
    marker = '_vermilion_wrapped'

    def once(module):
        if marker not in module.__dict__:
            module.__dict__[marker] = True
            wrap(module)

    # type(), as reading any attribute of a lazy module loads it
    if type(module) is types.ModuleType:
        once(module)
        return
    try:
        spec = object.__getattribute__(module, '__spec__')
        _WrapWhenLoaded(spec, once)
    except AttributeError:
        # some other kind of lazy module: load it now
        once(sys.modules[module.__name__])
