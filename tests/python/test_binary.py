# SPDX-License-Identifier: GPL-2.0-or-later
"""The binaries and the sources: handles only, and nothing of the interpreter's own ABI.

The crate hpy-host is the other side of that border: it makes handles out of CPython's
objects, and every function of it is unsafe for the reason that its first page gives.
Crates that only measure calls cross it at will.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from importlib import metadata
from pathlib import Path

import hpy_host
import pytest
import vermilion
from elftools.elf.elffile import ELFFile

# Where raw pointers, or `unsafe` for another reason, may be.
TRAMPOLINES = "hpy-bindings/src/trampoline/cpython.rs"
HOST_CRATE = "hpy-host/"
# What calls cost, through HPy and without it; ours among these has to obey.
MEASURED = ("hpy-bindings/benches/", "examples/ways/c/", "examples/ways/pyo3/")
UNSAFE = {
    "core/src/platform/mmap.rs",
    "hg/src/main.rs",
    "hpy-shim/src/lib.rs",
    "hpy-shim/src/calls.rs",
}
# Crates that name in lib.rs the modules in which it may be.
NAMING = ("hpy-bindings/src/", "graph-capi/src/")
FORBIDDEN = re.compile(
    r"\b(FORBIDDEN_\w+|cpy_(?!trampoline\b)\w+|PyObject|PyTypeObject|PyModuleDef|_object|_typeobject|"
    r"Py_(?:INCREF|DECREF|XINCREF|XDECREF)|Python\.h)\b"
)


@pytest.fixture(scope="session")
def sources():
    """The source tree."""
    path = os.environ.get("VERMILION_SOURCES")
    if not path:
        pytest.fail("VERMILION_SOURCES must name the source tree")
    return path


@pytest.fixture(scope="module")
def source_files(sources):
    """Every Rust, C and C++ file, by its path from the root."""
    root = Path(sources)
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and name not in ("target", "build", "dist", "node_modules")
        ]
        for name in names:
            if name.endswith((".rs", ".c", ".h", ".cc", ".cpp", ".hpp")):
                path = Path(folder, name)
                found[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    assert len(found) > 40
    assert {TRAMPOLINES, "hpy-shim/shim.c", "core/src/lib.rs", "native/src/lib.rs"} <= set(found)
    host = {path for path in found if path.startswith(HOST_CRATE)}
    assert HOST_CRATE + "src/lib.rs" in host
    return {
        path: text
        for path, text in found.items()
        if path not in host and not path.startswith(MEASURED)
    }


def without_comments(text):
    """Code without comments and strings, line by line as before."""
    pattern = re.compile(
        r"""//[^\n]*|/\*.*?\*/|b?r(\#*)".*?"\1|[bc]?"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])'""",
        re.DOTALL,
    )
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def test_comments_and_strings_are_no_code():
    code = 'a // unsafe\nb /* x\nunsafe */ c("unsafe \\" unsafe") r#"unsafe"# \'"\' unsafe'
    assert re.findall("unsafe", without_comments(code)) == ["unsafe"]
    assert without_comments(code).count("\n") == code.count("\n")


def test_object_pointers_are_spelled_in_the_trampolines_only(source_files):
    spelled = {
        path: sorted({match[0] for match in FORBIDDEN.finditer(without_comments(text))})
        for path, text in source_files.items()
    }
    spelled = {path: words for path, words in spelled.items() if words}
    assert set(spelled) == {TRAMPOLINES}, spelled
    assert set(spelled[TRAMPOLINES]) == {
        "cpy_PyObject",
        "cpy_PyCFunction",
        "cpy_Py_buffer",
        "cpy_visitproc",
    }


def may_be_unsafe(path, source_files):
    """Whether it is one of the few files, or lies in a module that its crate allows it."""
    if path in UNSAFE:
        return True
    for crate in NAMING:
        allowed = re.findall(
            r"#\[allow\(unsafe_code\)\]\s+mod (\w+);", source_files[crate + "lib.rs"]
        )
        if path.startswith(crate) and re.split("[/.]", path[len(crate) :])[0] in allowed:
            return True
    return False


def test_unsafe_code_is_where_it_may_be(source_files):
    found = {
        path
        for path, text in source_files.items()
        if path.endswith(".rs") and re.search(r"\bunsafe\b", without_comments(text))
    }
    found = {path for path in found if not path.startswith(("core/tests/", "core/benches/"))}
    assert not {path for path in found if not may_be_unsafe(path, source_files)}


def test_the_c_api_is_used_by_the_host_only(sources, source_files):
    using = {
        path
        for path, text in source_files.items()
        if re.search(r"\bpyo3|Python\.h", without_comments(text))
    }
    assert not using
    for manifest in Path(sources).glob("*/Cargo.toml"):
        uses = "pyo3" in manifest.read_text(encoding="utf-8")
        assert uses is (manifest.parent.name + "/" == HOST_CRATE), manifest


def test_crates_deny_unsafe_code_elsewhere(source_files):
    assert re.search(r"#!\[(deny|forbid)\(unsafe_code\)\]", source_files["core/src/lib.rs"])
    assert "#![forbid(unsafe_code)]" in source_files["native/src/lib.rs"]
    for crate in NAMING:
        assert "#![deny(unsafe_code)]" in source_files[crate + "lib.rs"]
    for path in source_files:
        # What declares an interface has a macro make an `unsafe impl`, where it has checked all.
        if re.match(r"examples/[^/]+/src/lib\.rs", path) and "payload!" not in source_files[path]:
            assert "#![forbid(unsafe_code)]" in source_files[path]


def test_every_unsafe_block_says_why_it_is_sound(source_files):
    silent = []
    for path, text in source_files.items():
        if not path.endswith(".rs"):
            continue
        lines = text.splitlines()
        for number, code in enumerate(without_comments(text).splitlines()):
            if re.search(r"\bunsafe\b(?!\s*(extern|fn|trait)\b|_|\()", code):
                # the comment is above the statement that the block belongs to
                above = "\n".join(lines[max(0, number - 8) : number + 1])
                if "SAFETY:" not in above:
                    silent.append("%s:%d" % (path, number + 1))
            elif re.search(r"\bpub(\(\w+\))? unsafe (fn|trait)\b", code):
                above = "\n".join(lines[max(0, number - 12) : number])
                if "# Safety" not in above:
                    silent.append("%s:%d" % (path, number + 1))
    assert not silent


# -- the binary ----------------------------------------------------------------


def symbols(path):
    """(undefined, exported) names of a shared library."""
    undefined, exported = set(), set()
    with open(path, "rb") as file:
        for symbol in ELFFile(file).get_section_by_name(".dynsym").iter_symbols():
            if not symbol.name:
                continue
            if symbol["st_shndx"] == "SHN_UNDEF":
                undefined.add(symbol.name)
            elif symbol["st_info"]["bind"] in ("STB_GLOBAL", "STB_WEAK"):
                exported.add(symbol.name)
    return undefined, exported


def entry_points(stem):
    return {
        "HPyInit_" + stem,
        "HPyInitGlobalContext_" + stem,
        "get_required_hpy_major_version_" + stem,
        "get_required_hpy_minor_version_" + stem,
        "hpy_bindings_find_the_layout",
        "hpy_bindings_types",
    }


@pytest.mark.parametrize("which", ["_native", "probe"])
def test_symbols(which):
    path = vermilion.runtime().path if which == "_native" else os.environ["VERMILION_PROBE"]
    undefined, exported = symbols(path)
    assert exported == entry_points(which)
    of_the_interpreter = {
        name for name in undefined if re.match("_?(Py|HPy|_hpy|pypy)", name, re.I)
    }
    assert not of_the_interpreter
    assert undefined  # the C library's at least: the table was really read


HOST_BINARY = Path(hpy_host.__file__).with_name("_cpython.abi3.so")
# What the stable ABI has of names that begin with an underscore.
STABLE = {
    "_PyObject_GC_New",
    "_PyObject_GC_NewVar",
    "_PyObject_New",
    "_PyObject_NewVar",
    "_Py_CheckRecursiveCall",
    "_Py_Dealloc",
    "_Py_DecRef",
    "_Py_EllipsisObject",
    "_Py_FalseStruct",
    "_Py_IncRef",
    "_Py_NoneStruct",
    "_Py_NotImplementedStruct",
    "_Py_TrueStruct",
}


def test_the_host_keeps_to_the_stable_abi():
    undefined, exported = symbols(HOST_BINARY)
    assert exported == {"PyInit__cpython"}
    assert {name for name in undefined if name.startswith("_Py")} <= STABLE
    # of the limited API's exceptions, objects and functions, some at least
    assert {"PyErr_SetString", "PyType_FromSpecWithBases", "PyExc_TypeError"} <= undefined
    # what CPython 3.9 to 3.11 lack is looked up
    assert not {"PyType_FromMetaclass", "PyType_GetName", "PyObject_Vectorcall"} & undefined


@pytest.mark.parametrize("path", [vermilion.runtime().path, HOST_BINARY], ids=["module", "host"])
def test_libraries_that_are_needed(path):
    with open(path, "rb") as file:
        dynamic = ELFFile(file).get_section_by_name(".dynamic")
        needed = {tag.needed for tag in dynamic.iter_tags("DT_NEEDED")}
        paths = [tag for kind in ("DT_RPATH", "DT_RUNPATH") for tag in dynamic.iter_tags(kind)]
    assert needed <= {
        "libc.so.6",
        "libm.so.6",
        "libgcc_s.so.1",
        "libpthread.so.0",
        "libdl.so.2",
        "librt.so.1",
        "ld-linux-x86-64.so.2",
    }
    assert not paths


# -- the installed package -----------------------------------------------------


def test_runtime_names_the_loaded_file():
    runtime = vermilion.runtime()
    path = Path(runtime.path)
    assert path.samefile(Path(vermilion.__file__).with_name("_native.hpy0.so"))
    assert runtime.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert runtime.abi == "hpy0"
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        assert any(line.rstrip().endswith(os.path.realpath(path)) for line in maps)


def expected_host():
    """The host that serves here unless another is asked for."""
    forced = os.environ.get("HPY_HOST")
    if forced:
        return {"builtin": "built in"}.get(forced, forced)
    if sys.implementation.name == "pypy":
        return "built in" if sys.implementation.version < (8,) else "own"
    return "own"


def test_runtime_names_the_interpreter():
    runtime = vermilion.runtime()
    pypy = sys.implementation.name == "pypy"
    assert runtime.implementation == sys.implementation.name
    assert runtime.host == expected_host()
    assert runtime.host == hpy_host.host().name
    assert runtime.host_version.startswith("0.9")
    version = sys.implementation.version if pypy else sys.version_info
    assert runtime.version == "%d.%d.%d" % tuple(version[:3])
    assert runtime.threads >= 1
    for field in runtime.__slots__:
        assert "%s=%r" % (field, getattr(runtime, field)) in repr(runtime)


def test_wheel_holds_one_module():
    files = [str(file) for file in metadata.distribution("vermilion").files]
    binaries = {name for name in files if re.search(r"\.(so|pyd|dll|dylib|a|o)(\.|$)", name)}
    assert binaries == {"vermilion/_native.hpy0.so"}
    assert "vermilion/py.typed" in files
    assert "vermilion/_native.pyi" in files
    # a namespace package has no file of its own
    assert "hgext3rd/vermilion/__init__.py" in files
    assert "hgext3rd/__init__.py" not in files
    assert not [name for name in files if name.startswith(("tests", "tools", "core"))]


def test_the_hosts_are_a_distribution_of_their_own():
    distribution = metadata.distribution("hpy-host")
    files = [str(file) for file in distribution.files]
    assert {name for name in files if name.endswith(".so")} == {"hpy_host/_cpython.abi3.so"}
    assert "hpy_host/_pypy/__init__.py" in files
    assert "hpy_host/py.typed" in files
    # It serves people who have nothing to do with Mercurial, or with its licence.
    assert distribution.metadata["License-Expression"] == "MIT OR Apache-2.0"
    for file in distribution.files:
        if file.suffix in (".py", ".pyi"):
            assert "MIT OR Apache-2.0" in file.read_text(), file
            assert "import vermilion" not in file.read_text(), file


def test_versions_agree():
    assert metadata.version("vermilion") == vermilion.__version__
    assert metadata.version("hpy-host") == hpy_host.__version__


def test_type_annotations_name_what_there_is():
    import ast

    stub = Path(vermilion.__file__).with_name("_native.pyi")
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    from vermilion import _native

    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            native = getattr(_native, node.name)
            for member in getattr(node, "body", []) if isinstance(node, ast.ClassDef) else []:
                if isinstance(member, ast.FunctionDef) and member.name != "__init__":
                    assert hasattr(native, member.name), (node.name, member.name)
    declared = {node.name for node in tree.body if hasattr(node, "name")}
    declared |= {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    hidden = {"AncestorsChunks", "RevSetIterator"}
    public = {name for name in dir(_native) if not name.startswith("__")}
    assert public - hidden <= declared
