# SPDX-License-Identifier: GPL-2.0-or-later

# overrides.py - notice what others have put in the place of Mercurial's own code
#
# Copyright 2026 the Vermilion authors
#
# This software may be used and distributed according to the terms of the
# GNU General Public License version 2 or any later version.

"""notice what others have put in the place of Mercurial's own code"""

# How it works
# ------------
#
# A seam that answers for a method answers for all that this method calls as well: a status
# for the walk, the rules of what is ignored and so on. Other extensions replace these in
# several ways: by a subclass, by a wrapper, by an attribute of a class, a module or a
# single object, before or after this extension is loaded. So it is looked at, whenever it
# matters, what stands there now.
#
# A function is Mercurial's own if its global variables are those of one of Mercurial's
# modules, which no decorator can pretend, and if all functions that it encloses or binds
# are Mercurial's own. Those of this extension count as such: what they wrap is enclosed.

from __future__ import annotations

import functools
import types

from mercurial import scmutil, util

# Modules that make functions of others: what those enclose counts.
_DECORATORS = frozenset(('contextlib', 'functools'))
# On PyPy, methods written in C are plain functions, which are looked at as such.
_IN_C = {types.BuiltinFunctionType, types.GetSetDescriptorType, types.MethodDescriptorType}
_BUILTIN = tuple(_IN_C - {types.FunctionType})
_FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial)
_MISSING = object()


def isown(value):
    """Returns whether a function, property or class is Mercurial's own, or missing."""
    if value is _MISSING:
        return True
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    elif isinstance(value, (util.propertycache, scmutil.filecache)):
        return isown(type(value)) and isown(value.func)
    if isinstance(value, property):
        return _allown((value.fget, value.fset, value.fdel))
    if isinstance(value, type):
        return _ismercurials(value.__module__)
    if isinstance(value, functools.partial):
        return isown(value.func) and _allown(value.args) and _allown(value.keywords.values())
    if isinstance(value, _BUILTIN):
        # a function of a module, or a method or attribute of a type, that is written in C
        owner = getattr(value, '__self__', None)
        return owner is None or isinstance(owner, types.ModuleType)
    if not isinstance(value, types.FunctionType):
        return False
    variables = value.__globals__
    home = variables.get('__name__', '')
    if (
        not _ismercurials(home)
        and home not in _DECORATORS
        and variables.get('__package__') != __package__
    ):
        return False
    return _allown(map(_content, value.__closure__ or ()))


def _allown(values):
    for value in values:
        if isinstance(value, tuple):
            if not _allown(value):
                return False
        elif isinstance(value, _FUNCTIONS) and not isown(value):
            return False
    return True


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return None  # nothing in it yet


def _ismercurials(module):
    return module == 'mercurial' or module.startswith('mercurial.')


def find(owner, name):
    """Returns what an attribute of a class or a module is, without asking a property, or an
    object that is nobody's."""
    if not isinstance(owner, type):
        return owner.__dict__.get(name, _MISSING)
    for cls in owner.__mro__:
        if name in cls.__dict__:
            return cls.__dict__[name]
    return _MISSING


def _looked_up(owner, name):
    """Yields where an attribute is looked up, up to where it is: variables, its name, and what
    these have of that name."""
    for place in owner.__mro__ if isinstance(owner, type) else (owner,):
        value = place.__dict__.get(name, _MISSING)
        yield place.__dict__, name, value
        if value is not _MISSING:
            return


class Check:
    """A check that what a seam answers for is Mercurial's own; quick when asked again."""

    def __init__(self):
        self._names = self._verdict = None
        self._seen = self._orders = ()

    def holds(self, *names):
        """Returns whether functions are Mercurial's own, or not there at all.

        Takes pairs of a class or a module and names of attributes."""
        if self._names == names and self._isasbefore():
            return self._verdict
        pairs = [(owner, name) for owner, attributes in names for name in attributes]
        self._names = names
        self._orders = [(owner, owner.__mro__) for owner, _ in names if isinstance(owner, type)]
        self._seen = [seen for owner, name in pairs for seen in _looked_up(owner, name)]
        self._verdict = all(isown(find(owner, name)) for owner, name in pairs)
        return self._verdict

    def _isasbefore(self):
        for variables, name, value in self._seen:
            if variables.get(name, _MISSING) is not value:
                return False
        for owner, order in self._orders:
            if owner.__mro__ is not order:
                return False
        return True


def foreign(obj, names):
    """Returns the first attribute of an object that is not Mercurial's own, or None.

    That of its class is looked at, and whether the object has one of its own. Values that
    properties have left in the object are not looked at."""
    attributes = object.__getattribute__(obj, '__dict__')
    for name in names:
        value = find(type(obj), name)
        if not isown(value):
            return name
        if name in attributes and isinstance(value, types.FunctionType):
            return name
    return None
