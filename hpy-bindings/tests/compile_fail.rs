// SPDX-License-Identifier: MIT OR Apache-2.0

//! Misuse of handles that the compiler refuses: each file in `ui` must not compile,
//! with the message beside it. After a change that is meant, write the messages anew
//! with `TRYBUILD=overwrite cargo test -p hpy-bindings --test compile_fail`.

use std::process::Command;

/// The compiler whose messages are kept; others word and place theirs differently.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn misuse_does_not_compile() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = version.map_or(String::new(), |output| {
        String::from_utf8_lossy(&output.stdout).into_owned()
    });
    if !version.starts_with(COMPILER) {
        eprintln!("left out: the messages are those of {COMPILER}x, this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
