"""Opens files with HPy modules and makes the modules."""

from __future__ import annotations

import os
import re
from types import ModuleType
from typing import Any, NoReturn

import _cffi_backend as cffi  # type: ignore[import-not-found]

from vermilion.hpy import LoadError
from vermilion.hpy._pypy import abi
from vermilion.hpy._pypy.abi import (
    ABI_VERSION,
    ABI_VERSION_MINOR,
    DEF,
    DEF_METH,
    DEF_SLOT,
    MODULE_DEF,
    SLOT,
    c_function,
)
from vermilion.hpy._pypy.calls import done, result
from vermilion.hpy._pypy.context import ADDRESS
from vermilion.hpy._pypy.functions import for_module, split_doc
from vermilion.hpy._pypy.gil import acquire, release
from vermilion.hpy._pypy.handles import close, new, permanent
from vermilion.hpy._pypy.slots import MOD_CREATE, MOD_EXEC

# Files stay open: their code may be called until the process ends.
_libraries: list[Any] = []


class _File:
    """A shared library that is to be an HPy module."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.stem = name.rpartition(".")[2].replace("-", "_")
        if not self.stem.isascii():
            raise UnicodeEncodeError("ascii", self.stem, 0, len(self.stem), "not an ASCII name")
        try:
            if os.path.getsize(path) == 0:
                self.refuse("the file is empty")
            self.library = cffi.load_library(path, cffi.RTLD_NOW)
        except OSError as error:
            self.refuse(str(error))

    def refuse(self, reason: str) -> NoReturn:
        """Raise LoadError."""
        message = "%s cannot be loaded from %s: %s" % (self.name, self.path, reason)
        raise LoadError(message, name=self.name, path=self.path)

    def symbol(self, prefix: str, c_type: Any) -> Any:
        """One of the functions that every HPy module exports."""
        symbol = prefix + self.stem
        try:
            return self.library.load_function(c_type, symbol)
        except AttributeError:
            self.refuse("it is no HPy module of this name: it does not export %s" % symbol)

    def check_version(self) -> None:
        """Refuse another version of the ABI."""
        minor = self.symbol("get_required_hpy_minor_version_", abi.VERSION)()
        major = self.symbol("get_required_hpy_major_version_", abi.VERSION)()
        if major != ABI_VERSION or minor > ABI_VERSION_MINOR:
            self.refuse(
                "it requires HPy ABI version %d.%d, and this host has %d.%d"
                % (major, minor, ABI_VERSION, ABI_VERSION_MINOR)
            )
        tag = re.search(r"\.hpy(\d+)", os.path.basename(self.path))
        if tag is None:
            self.refuse("the file's name has no tag .hpy%d for its ABI version" % major)
        if int(tag.group(1)) != major:
            self.refuse(
                "the file's name says HPy ABI version %s, the file itself %d" % (tag.group(1), major)
            )


def load(name: str, path: str, spec: Any) -> ModuleType:
    """Load the HPy module `name` from the file `path`."""
    path = os.fspath(path)
    file = _File(name, path)
    file.check_version()
    context_type = cffi.new_function_type((abi.LONG,), abi.TYPES["v"], False)
    set_context = file.symbol("HPyInitGlobalContext_", context_type)
    init = file.symbol("HPyInit_", abi.INIT)
    _libraries.append(file.library)
    interrupted = acquire()
    try:
        set_context(ADDRESS)
        definition = init()
    finally:
        release(interrupted)
    if not definition:
        file.refuse("HPyInit_%s returned NULL" % file.stem)
    return _Module(name, definition, spec).make()


class _Module:
    """Makes one module from its definition."""

    def __init__(self, name: str, definition: int, spec: Any) -> None:
        self.name = getattr(spec, "name", name)
        self.definition = definition
        self.spec = spec
        self.methods: list[int] = []
        self.slots: list[tuple[int, int]] = []
        for one in abi.pointers(MODULE_DEF.defines(definition)):
            kind = DEF.kind(one)
            if kind == DEF_METH:
                self.methods.append(one)
            elif kind == DEF_SLOT:
                self.slots.append((SLOT.slot(one), SLOT.impl(one)))
        self.others = len(abi.pointers(MODULE_DEF.defines(definition))) > len(self.slots)
        self.check()

    def check(self) -> None:
        """Refuse what HPy does not allow in a module's definition."""
        definition = self.definition
        size = MODULE_DEF.size(definition)
        if size < 0:
            raise SystemError("HPy does not permit HPyModuleDef.size < 0")
        if size > 0:
            raise SystemError(
                "Module state is not supported yet in HPy, set HPyModuleDef.size = 0 "
                "if module state is not needed"
            )
        if MODULE_DEF.legacy_methods(definition):
            raise SystemError("module %s has legacy methods, which need a PyObject" % self.name)
        creates = [slot for slot, _ in self.slots if slot == MOD_CREATE]
        if len(creates) > 1:
            raise SystemError(
                "Multiple definitions of the HPy_mod_create slot in HPyModuleDef.defines."
            )
        for slot, _ in self.slots:
            if slot not in (MOD_CREATE, MOD_EXEC):
                raise SystemError("Unsupported slot in HPyModuleDef.defines (value: %d)." % slot)
        if not creates:
            return
        if len(self.slots) > 1 or self.others:
            raise SystemError(
                "HPyModuleDef defines a HPy_mod_create slot and some other slots or methods. "
                "What such a slot returns is no module of the interpreter, so nothing else in "
                "the definition can apply to it."
            )
        if MODULE_DEF.doc(definition) or MODULE_DEF.globals(definition):
            raise SystemError(
                "HPyModuleDef defines a HPy_mod_create slot and some of the other fields are "
                "not set to their default value. What such a slot returns is no module of the "
                "interpreter, so nothing else in the definition can apply to it."
            )

    def make(self) -> Any:
        """The module, with its exec slots run."""
        for slot, address in self.slots:
            if slot == MOD_CREATE:
                return self.create(address)
        module = ModuleType(self.name)
        doc = abi.text(MODULE_DEF.doc(self.definition))
        module.__doc__ = split_doc(self.name, doc)[0]
        handle = permanent(module)
        for method in self.methods:
            name, function = for_module(method, self.name, handle)
            setattr(module, name, function)
        for _, address in self.slots:
            interrupted = acquire()
            try:
                execute = c_function(address, "ih")
                done(execute(ADDRESS, handle), "execution of module %s" % self.name)
            finally:
                release(interrupted)
        return module

    def create(self, address: int) -> Any:
        """What the slot HPy_mod_create makes."""
        call = c_function(address, "hh")
        where = "creation of module %s" % self.name
        interrupted = acquire()
        handle = new(self.spec)
        try:
            made = result(call(ADDRESS, handle), where)
        finally:
            close(handle)
            release(interrupted)
        if isinstance(made, ModuleType):
            raise SystemError(
                "HPy_mod_create slot returned a builtin module object. "
                "This is currently not supported."
            )
        return made
