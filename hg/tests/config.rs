// SPDX-License-Identifier: GPL-2.0-or-later

//! Configuration beside `hg config`, where `VERMILION_HG` names an hg.

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use vermilion_hg::config::{Config, Environment};

/// Pieces of lines: those that mean something, whole or broken, and what may stand between.
const PIECES: [&str; 29] = [
    "[a]\n",
    "[b]\n",
    "[a",
    "[x]y]\n",
    "b = c\n",
    "b=\n",
    "d= e = f\n",
    " more\n",
    "\tmore \n",
    "\n",
    "  \n",
    "# no\n",
    "; no\n",
    " # value\n",
    "%unset b\n",
    "%unset d e\n",
    "%include other\n",
    "%include $F/other\n",
    "%include nothing\n",
    "\r",
    "\r\n",
    "b = \u{e9}\n",
    "é = \"q\n",
    "=",
    "%unset\n",
    "d : g\n",
    "[]\n",
    "%include .\n",
    "\u{feff}",
];

fn file() -> impl Strategy<Value = String> {
    // Most of what is made should be read to its end.
    let piece = prop_oneof![20 => 0..22_usize, 1 => 0..PIECES.len()];
    prop::collection::vec(piece, 0..14)
        .prop_map(|pieces| pieces.iter().map(|&piece| PIECES[piece]).collect())
}

fn hg(variables: &[(&str, &str)], cwd: &Path) -> Option<Command> {
    let mut command = Command::new(std::env::var_os("VERMILION_HG")?);
    command
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(cwd)
        .arg("config");
    Some(command)
}

fn printed(config: &Config) -> Vec<u8> {
    let mut lines = Vec::new();
    for section in config.sections().map(<[u8]>::to_vec).collect::<Vec<_>>() {
        let section = String::from_utf8(section).expect("the test's own");
        for (name, item) in config.items(&section) {
            let value = String::from_utf8_lossy(&item.value).replace('\n', "\\n");
            let source = String::from_utf8_lossy(&item.source);
            let name = String::from_utf8_lossy(name);
            lines.push(format!("{source}: {section}.{name}={value}\n"));
        }
    }
    lines.concat().into_bytes()
}

#[test]
fn files_as_mercurial_reads_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().canonicalize().expect("it exists");
    let place = folder.to_str().expect("the test's own");
    let first = folder.join("first");
    let second = folder.join("second");
    let paths = format!("{}:{}", first.display(), second.display());
    let variables = [
        ("HGRCPATH", paths.as_str()),
        ("F", place),
        ("HOME", place),
        ("PAGER", "p"),
        ("HGENCODING", "utf-8"),
    ];
    if hg(&variables, &folder).is_none() {
        assert!(std::env::var_os("CI").is_none(), "VERMILION_HG is not set");
        return;
    }
    let cases = if std::env::var_os("VERMILION_THOROUGH").is_some() {
        2000
    } else {
        40
    };
    let mut runner = TestRunner::new(Cases {
        cases,
        failure_persistence: None,
        ..Cases::default()
    });
    runner
        .run(&(file(), file(), file()), |(one, two, three)| {
            // What is included includes nothing of ours, so that no file includes itself.
            let leaf = three.replace("other", "nothing");
            for (name, content) in [("first", &one), ("second", &two), ("other", &leaf)] {
                fs::write(folder.join(name), content).expect("the folder is ours");
            }
            let done = hg(&variables, &folder)
                .expect("it is there")
                .arg("--source")
                .output()
                .expect("it runs");
            let ours = Environment::new(
                variables.map(|(name, value)| (name.into(), value.into())),
                folder.clone(),
            );
            let said = String::from_utf8_lossy(&done.stderr);
            match Config::of_user(ours) {
                Ok(config) => {
                    let (ours, theirs) = (printed(&config), done.stdout);
                    let [ours, theirs] =
                        [&ours, &theirs].map(|bytes| String::from_utf8_lossy(bytes));
                    prop_assert_eq!(ours, theirs, "{}", said);
                }
                Err(error) => prop_assert!(
                    said.trim_end().ends_with(&error.to_string()),
                    "{} / {}",
                    said,
                    error
                ),
            }
            Ok(())
        })
        .expect("they are alike");
}

fn read(dir: &Path) -> vermilion_hg::Result<Config> {
    let path = dir.join("rc0").into_os_string();
    Config::of_user(Environment::new([("HGRCPATH".into(), path)], dir.into()))
}

#[test]
fn files_that_include_each_other_twice_are_not_read_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..60 {
        let text = format!("%include rc{0}\n%include rc{0}\n", number + 1);
        fs::write(dir.path().join(format!("rc{number}")), text).unwrap();
    }
    fs::write(dir.path().join("rc60"), "[a]\nb = c\n").unwrap();
    let error = read(dir.path()).err().map(|error| error.to_string());
    assert!(error.unwrap().contains("included too deep"));
}

#[test]
fn a_value_of_many_lines_is_not_copied_for_each() {
    let dir = tempfile::tempdir().unwrap();
    // Copied for each, half a terabyte.
    let text = format!("[a]\nb = c\n{}", " d\n".repeat(1_000_000));
    fs::write(dir.path().join("rc0"), text).unwrap();
    let config = read(dir.path()).unwrap();
    assert_eq!(config.get("a", "b").map(<[u8]>::len), Some(2_000_001));
}
