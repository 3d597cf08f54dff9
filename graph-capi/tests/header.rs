// SPDX-License-Identifier: MIT OR Apache-2.0

//! The C header says what the Rust table is.

use std::fmt::Write as _;
use std::io::Write as _;
use std::mem::size_of;
use std::process::{Command, Stdio};

use hpy_bindings::{Header, Payload as _};
use vermilion_graph_capi::{GraphError, Table};

/// The functions, in the order of the table.
const FUNCTIONS: [&str; 6] = [
    "length",
    "parents",
    "is_ancestor",
    "ancestors",
    "heads",
    "message",
];

/// A program whose compilation tells whether header and table agree.
fn assertions() -> String {
    let head = Header::of::<Table>(Header::STATIC);
    let mut text = String::from("#include <vermilion_graph.h>\n");
    let mut is = |what: &str, value: u64| {
        writeln!(
            text,
            "_Static_assert({what} == UINT64_C({value}), \"{what}: {value:#x}\");"
        )
        .expect("a string takes all");
    };
    is("VERMILION_GRAPH_MAGIC", head.magic);
    is("VERMILION_GRAPH_VERSION", head.version.into());
    is("sizeof(vermilion_graph_api)", head.size.into());
    is("offsetof(vermilion_graph_api, magic)", 0);
    is("offsetof(vermilion_graph_api, version)", 8);
    is("offsetof(vermilion_graph_api, size)", 12);
    for (position, name) in FUNCTIONS.iter().enumerate() {
        let offset = size_of::<Header>() + position * size_of::<usize>();
        is(
            &format!("offsetof(vermilion_graph_api, {name})"),
            offset as u64,
        );
    }
    let name = Table::NAME.to_bytes();
    is("sizeof(VERMILION_GRAPH_CAPSULE) - 1", name.len() as u64);
    for (error, code) in [
        (GraphError::Gone, "GONE"),
        (GraphError::OutOfRange, "OUT_OF_RANGE"),
        (GraphError::BufferTooSmall(0), "BUFFER"),
        (GraphError::Internal, "INTERNAL"),
    ] {
        is(&format!("VERMILION_GRAPH_{code}"), error.code() as u64);
    }
    text
}

#[test]
fn the_header_is_the_table() {
    let include = concat!(env!("CARGO_MANIFEST_DIR"), "/include");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    for standard in ["-std=c11", "-std=gnu2x"] {
        let mut command = Command::new(&compiler);
        command.args([standard, "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]);
        command.args(["-xc", "-", "-I", include]);
        let mut compiling = command
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a C compiler");
        let mut input = compiling.stdin.take().expect("it is piped");
        input.write_all(assertions().as_bytes()).expect("it reads");
        drop(input);
        let done = compiling.wait_with_output().expect("it ends");
        let messages = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{messages}");
    }
}
