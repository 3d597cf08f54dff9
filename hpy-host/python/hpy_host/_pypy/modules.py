# SPDX-License-Identifier: MIT OR Apache-2.0
"""Opens files with HPy modules and makes the modules."""

from __future__ import annotations

import os
import sys
from types import ModuleType

from hpy_host import LoadError
from hpy_host._pypy import abi
from hpy_host._pypy.abi import (
    ABI_VERSION,
    ABI_VERSION_MINOR,
    DEF,
    DEF_METH,
    DEF_SLOT,
    MODULE_DEF,
    SLOT,
    c_function,
    cffi,
)
from hpy_host._pypy.calls import done, result
from hpy_host._pypy.context import ADDRESS
from hpy_host._pypy.functions import for_module, split_doc
from hpy_host._pypy.gil import acquire, release
from hpy_host._pypy.handles import end_loan, lend
from hpy_host._pypy.slots import MOD_CREATE, MOD_EXEC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

# Files stay open, as their code may be called until the process ends: by the address of
# HPyInit_, since a file that is opened twice is there once.
_libraries: dict[int, Any] = {}


class _File:
    """A shared library that is to be an HPy module."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.stem = name.rpartition(".")[2].replace("-", "_")
        self.where = "HPy extension module %r at path %r: " % (self.stem, path)
        if not self.stem.isascii():
            self.refuse("the name has to be ASCII")
        self.check_whole()
        try:
            # A path without a slash would be looked for elsewhere.
            self.library = cffi.load_library(os.path.abspath(path), cffi.RTLD_NOW)
        except OSError as error:
            self.refuse("it cannot be opened: %s" % error)

    def refuse(self, reason: str) -> NoReturn:
        """Raises LoadError."""
        self.raise_error("%s%s" % (self.where, reason))

    def raise_error(self, message: str) -> NoReturn:
        """Raises LoadError with a message that names the file itself."""
        raise LoadError(message, name=self.name, path=self.path)

    def check_whole(self) -> None:
        """Refuses a file that does not hold all that its ELF header promises.

        The dynamic linker maps what the header says, and would die reading a file that is
        cut short. Any other file is left to it; it refuses what is no library.
        """
        try:
            with open(self.path, "rb") as file:
                length = os.fstat(file.fileno()).st_size
                start = file.read(4096)
        except OSError as error:
            self.refuse("it cannot be read: %s" % error)
        if len(start) < 64 or not start.startswith(b"\x7fELF\x02"):
            return
        # Offsets for 64 bits and this machine's byte order.
        table = _number(start[32:40])
        for index in range(_number(start[56:58])):
            segment = start[table + index * 56 :][:56]
            end = _number(segment[8:16]) + _number(segment[32:40])
            if len(segment) < 56 or end > length:
                self.refuse("the file is cut short")

    def symbol(self, prefix: str, c_type: Any) -> Any:
        """One of the functions that every HPy module exports."""
        symbol = prefix + self.stem
        try:
            return self.library.load_function(c_type, symbol)
        except AttributeError:
            self.refuse("it is no HPy module of this name, as it has no %s" % symbol)

    def check_version(self) -> None:
        """Refuses another version of the ABI."""
        minor = self.symbol("get_required_hpy_minor_version_", abi.VERSION)()
        major = self.symbol("get_required_hpy_major_version_", abi.VERSION)()
        requested = "%d.%d" % (major, minor)
        # The texts of these errors are what HPy's tests expect.
        if major != ABI_VERSION or minor > ABI_VERSION_MINOR:
            self.raise_error(
                "HPy extension module %r requires unsupported version of the HPy runtime. "
                "Requested version: %s. Current HPy version: %d.%d."
                % (self.stem, requested, ABI_VERSION, ABI_VERSION_MINOR)
            )
        tag = _abi_tag(os.path.basename(self.path))
        if not tag:
            self.raise_error(
                "%scould not find HPy ABI tag encoded in the filename. The extension claims to "
                "be compiled with HPy ABI version: %s." % (self.where, requested)
            )
        if int(tag) != major:
            self.raise_error(
                "%smismatch between the HPy ABI tag encoded in the filename and the major version "
                "requested by the HPy extension itself. Major version tag parsed from filename: "
                "%s. Requested version: %s." % (self.where, tag, requested)
            )


def _number(data: bytes) -> int:
    return int.from_bytes(data, sys.byteorder)


def _abi_tag(filename: str) -> str:
    """The digits behind ".hpy" in a file's name."""
    after = filename.partition(".hpy")[2]
    return after[: len(after) - len(after.lstrip("0123456789"))]


def load(name: str, path: str, spec: Any) -> ModuleType:
    """Loads the HPy module `name` from the file `path`."""
    path = os.fspath(path)
    file = _File(name, path)
    file.check_version()
    context_type = cffi.new_function_type((abi.LONG,), abi.TYPES["v"], False)
    set_context = file.symbol("HPyInitGlobalContext_", context_type)
    init = file.symbol("HPyInit_", abi.INIT)
    _libraries.setdefault(int(cffi.cast(abi.LONG, init)), file.library)
    interrupted = acquire()
    try:
        set_context(ADDRESS)
        definition = init()
    finally:
        release(interrupted)
    if not definition:
        file.refuse("HPyInit_%s returned no definition of a module" % file.stem)
    module: ModuleType = _Module(name, definition, spec).make()
    return module


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
        """Refuses what HPy does not allow in a module's definition."""
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
        for method in self.methods:
            name, function = for_module(method, module)
            setattr(module, name, function)
        for _, address in self.slots:
            execute = c_function(address, "ih")
            interrupted = acquire()
            handle = lend(module)
            try:
                done(execute(ADDRESS, handle), "execution of module %s" % self.name)
            finally:
                end_loan(handle)
                release(interrupted)
        return module

    def create(self, address: int) -> Any:
        """Returns what the slot HPy_mod_create makes."""
        call = c_function(address, "hh")
        where = "creation of module %s" % self.name
        interrupted = acquire()
        handle = lend(self.spec)
        try:
            made = result(call(ADDRESS, handle), where)
        finally:
            end_loan(handle)
            release(interrupted)
        if isinstance(made, ModuleType):
            raise SystemError(
                "HPy_mod_create slot returned a builtin module object. "
                "This is currently not supported."
            )
        return made
