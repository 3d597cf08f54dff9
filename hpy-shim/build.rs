// SPDX-License-Identifier: MIT OR Apache-2.0

//! Finds hpy's headers and a libclang, generates the raw layer and compiles the shim.
//!
//! Headers: `HPY_DEVEL` (a folder with `include/`), else hpy's wheel, fetched by pip.
//! The wheel for CPython 3.11 serves whatever Python builds, as only its headers are read.
//! libclang: the machine's, else the one in PyPI's `libclang` wheel.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const HPY: &str = "hpy==0.9.0";
const LIBCLANG_VAR: &str = "LIBCLANG_PATH";
const LIBCLANG: &str = "libclang==18.1.1";

fn main() {
    // Not PYTHON: whichever Python's pip fetches them, the files are the same.
    for var in ["HPY_DEVEL", LIBCLANG_VAR] {
        println!("cargo:rerun-if-env-changed={var}");
    }
    for file in ["shim.h", "shim.c"] {
        println!("cargo:rerun-if-changed={file}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let include = hpy_include(&out);
    if clang_sys::load().is_err() {
        // A program cannot change its own environment safely.
        let dir = unpacked(&out, LIBCLANG, &[]).join("clang/native");
        if env::var_os(LIBCLANG_VAR).as_deref() != Some(dir.as_os_str()) {
            let this = env::current_exe().expect("the system tells");
            return run(Command::new(this).env(LIBCLANG_VAR, dir));
        }
    }

    let mut builder = bindgen::Builder::default()
        .header("shim.h")
        .clang_arg(format!("-I{}", include.display()))
        .allowlist_type("_?HPy.*|cpy_.*")
        .allowlist_var("HPY_ABI_.*|HPy_TPFLAGS_.*")
        .allowlist_recursively(true)
        .default_enum_style(bindgen::EnumVariation::Consts)
        .prepend_enum_name(false)
        .derive_default(true)
        .generate_comments(false)
        .layout_tests(true);
    if let Some(dir) = compiler_include() {
        // PyPI's libclang comes without the compiler's own headers (stddef.h …).
        builder = builder.clang_arg(format!("-idirafter{}", dir.display()));
    }
    builder
        .generate()
        .expect("bindgen cannot read hpy's headers")
        .write_to_file(out.join("raw.rs"))
        .expect("cannot write the generated layer");

    cc::Build::new()
        .file("shim.c")
        .include(&include)
        .flag_if_supported("-fvisibility=hidden")
        .flag_if_supported("-fasynchronous-unwind-tables")
        .warnings(false)
        .compile("hpy_shim");
}

fn hpy_include(out: &Path) -> PathBuf {
    let devel = match env::var_os("HPY_DEVEL") {
        Some(dir) => PathBuf::from(dir),
        None => {
            let python = ["--implementation", "cp", "--python-version", "3.11"];
            unpacked(out, HPY, &python).join("hpy/devel")
        }
    };
    let include = devel.join("include");
    if !include.join("hpy.h").is_file() {
        panic!(
            "{}: no hpy.h here (set HPY_DEVEL to hpy's devel folder)",
            include.display()
        );
    }
    include
}

/// Has pip install one wheel's files into a folder below `out`, once.
fn unpacked(out: &Path, requirement: &str, more: &[&str]) -> PathBuf {
    let dir = out.join(requirement.replace("==", "-"));
    if dir.is_dir() {
        return dir;
    }
    let partial = dir.with_extension("partial");
    let _ = std::fs::remove_dir_all(&partial);
    let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    run(Command::new(python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
        ])
        .arg("--target")
        .arg(&partial)
        .args(more)
        .arg(requirement));
    std::fs::rename(&partial, &dir).expect("cannot move the unpacked wheel into place");
    dir
}

fn run(command: &mut Command) {
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("{command:?}: {status}"),
        Err(error) => panic!("{command:?}: {error}"),
    }
}

/// The machine's C compiler's own header folder.
fn compiler_include() -> Option<PathBuf> {
    let out = Command::new("cc")
        .arg("-print-file-name=include")
        .output()
        .ok()?;
    let dir = PathBuf::from(String::from_utf8(out.stdout).ok()?.trim());
    dir.is_absolute().then_some(dir)
}
