# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds the examples in hpy-bindings' documentation into one module, for tests to call.

An example is a whole module; what Python does with it stands behind, in comments:

    // >>> example.double(21)
    // 42

`cargo test` compiles each as any other. Here all of them that have such comments go into
one extension, build/doc-examples/example.hpy0.so; their names must differ, therefore. What
Python is to do is beside it, one file per example (test_doc_examples.py runs them).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import build_wheel
from common import ROOT, ToolError, run

CRATE = ROOT / "hpy-bindings"
PLACE = ROOT / "build" / "doc-examples"
MODULE = PLACE / "example.hpy0.so"
# All of them: else the end of one in another language would begin the next.
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_DOC = re.compile(r"^\s*//[/!] ?(.*)$")
# The example's own module, which is in the way of the one of all.
_EXPORT = re.compile(r"^(?:hpy_bindings::)?module!\(.*$", re.MULTILINE)
# One that a macro makes, of the `mod` in the group.
_MACRO = re.compile(r"#\[(?:hpy_bindings::)?pymodule\]\n(?=mod (\w+) )")

_FEATURES = """"anyhow", "arrow", "chrono", "eyre", "jiff", "log", "num-bigint", "serde", "sync", \
"tracing", "uuid\""""

_MANIFEST = f"""\
[package]
name = "example"
version = "0.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]

[dependencies]
hpy-bindings = {{ path = "{CRATE}", features = [{_FEATURES}] }}
arrow-array = {{ version = ">=57, <60", default-features = false }}
arrow-schema = {{ version = ">=57, <60", default-features = false }}
log = "0.4"
serde = "1.0"
tracing = {{ version = "0.1", default-features = false }}
tracing-subscriber = {{ version = "0.3", default-features = false, features = ["registry", "std"] }}

[workspace]
"""


def _documentation(file: Path) -> str:
    """Returns the Markdown in a source file's comments, or of a Markdown file."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".md":
        return text
    matches = map(_DOC.match, text.splitlines())
    return "\n".join(match.group(1) if match else "" for match in matches)


def find() -> Iterator[tuple[str, str, str]]:
    """Yields (name, Rust code, Python session) of each example that has a session."""
    for file in [CRATE / "README.md", *sorted((CRATE / "src").rglob("*.rs"))]:
        text = _documentation(file)
        for match in _FENCE.finditer(text):
            if match.group(1) not in ("", "rust"):
                continue
            lines = [re.sub(r"^#( |$)", "", line) for line in match.group(2).splitlines()]
            starts = [n for n, line in enumerate(lines) if line.startswith("// >>> ")]
            if starts:
                code, session = lines[: starts[0]], lines[starts[0] :]
                name = "_".join(file.relative_to(CRATE).with_suffix("").parts).lower()
                line = text.count("\n", 0, match.start()) + 1
                python = [line.removeprefix("//").removeprefix(" ") for line in session]
                yield f"{name}_{line}", "\n".join(code), "\n".join(python)


def build() -> Path:
    """Builds the module of all examples; returns it."""
    return build_wheel.once("doc-examples", (*build_wheel.BINDINGS, "tests/hpy/probe"), _build)[0]


def _build() -> list[Path]:
    code = ["//! All examples of the documentation.\n#![allow(unused)]\n"]
    calls = []
    shutil.rmtree(PLACE, ignore_errors=True)
    (PLACE / "src").mkdir(parents=True)
    for name, rust, python in find():
        rust = _EXPORT.sub("", rust)
        define = "define"
        if macro := _MACRO.search(rust):
            define = f"{macro.group(1)}::__define"
            rust = _MACRO.sub("#[hpy_bindings::pymodule(no_export)]\n", rust)
        elif "fn define(" not in rust:
            raise ToolError(f"the example {name} defines no module")
        reach = f"pub fn reach(m: &mut hpy_bindings::ModuleDef) {{ {define}(m) }}"
        code.append(f"mod {name} {{\n{rust}\n{reach}\n}}\n")
        calls.append(f"{name}::reach(module);")
        (PLACE / f"{name}.txt").write_text(python + "\n", encoding="utf-8")
    body = "\n    ".join(calls)
    code.append(f"fn define(module: &mut hpy_bindings::ModuleDef) {{\n    {body}\n}}\n")
    code.append('hpy_bindings::module!("example", define);\n')
    (PLACE / "src" / "lib.rs").write_text("\n".join(code), encoding="utf-8")
    (PLACE / "Cargo.toml").write_text(_MANIFEST)
    # the versions that all else is tested with
    shutil.copy(ROOT / "Cargo.lock", PLACE)
    target = ROOT / "target" / "examples"
    env = build_wheel.build_env(build_wheel.build_python(), CARGO_TARGET_DIR=str(target))
    run(["cargo", "build"], cwd=PLACE, env=env, timeout=900)
    shutil.copy(target / "debug" / "libexample.so", MODULE)
    return [MODULE]
