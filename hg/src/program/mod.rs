// SPDX-License-Identifier: GPL-2.0-or-later

//! The program `vermilion`, which is `hg` where it is called so.

mod allowed;
pub(crate) mod chosen;
pub(crate) mod colors;
mod completion;
pub(crate) mod copied;
mod diff_options;
pub(crate) mod differences;
mod doctor;
pub(crate) mod graph;
pub(crate) mod interrupt;
pub mod invocation;
mod line;
pub(crate) mod mercurial;
pub mod options;
pub mod output;
mod own;
mod pager;
pub mod printer;
mod questions;
mod real;
mod server;
mod settings;
mod shell_alias;
mod shim;
pub mod shown_paths;
pub mod streams;
pub(crate) mod subrepositories;
mod tree_status;

use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write as _};
use std::iter;
use std::path::Path;

use crate::config::Environment;
use crate::{Error, Result};
use clap::Parser as _;
use invocation::Invocation;
use output::Output;
use own::Own;
use real::Real;
use settings::Configured;
use shell_alias::ShellAlias;
use vermilion_core::error::system_words;

/// Exit status where hg gives up.
const GIVEN_UP: u8 = 255;
/// Exit status where a command of our own cannot do what it is asked.
const FAILED: u8 = 1;
/// Exit status for a wrong command line of our own.
const WRONG: u8 = 2;

/// Runs what the command line of this process says; returns the exit status.
#[must_use]
pub fn main() -> u8 {
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    let words: Vec<OsString> = words.collect();
    if Path::new(&name).file_name() == Some(OsStr::new("hg")) {
        return hg(&words);
    }
    run(&words)
}

/// Runs what the words behind the name `vermilion` say; returns the exit status.
fn run(words: &[OsString]) -> u8 {
    if words.first().is_some_and(|word| word == "hg") {
        let rest = &words[1..];
        if rest.first().is_some_and(|word| word == "--explain") {
            return ended(explain(&rest[1..]).map(|()| 0));
        }
        return hg(rest);
    }
    // Shells ask this, and nobody else.
    if words.first().is_some_and(|word| word == "complete") {
        return completion::run(&words[1..]);
    }
    let name = OsString::from("vermilion");
    match Own::try_parse_from(iter::once(&name).chain(words)) {
        Ok(command) => ended(streams::has_stdout().and_then(|()| command.run())),
        Err(error) => {
            let _ = error.print();
            // Asked for help, it has helped.
            if error.use_stderr() { WRONG } else { 0 }
        }
    }
}

/// Ends with an exit status, or says why nothing came of it.
fn ended(done: io::Result<u8>) -> u8 {
    match done {
        Ok(status) => status,
        // Whoever read has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            let _ = writeln!(io::stderr(), "vermilion: {error}");
            FAILED
        }
    }
}

fn say(text: &str) -> io::Result<()> {
    io::stdout().lock().write_all(text.as_bytes())
}

/// Is hg: answers, or has another one answer.
fn hg(words: &[OsString]) -> u8 {
    let real = match Real::find(words) {
        Ok(real) => real,
        Err(error) => {
            eprintln!("vermilion: {error}");
            return GIVEN_UP;
        }
    };
    let reason = match attempt(words, &real) {
        Ok(status) => {
            trace(words, "natively", "");
            return status;
        }
        Err(reason) => reason.to_string(),
    };
    interrupt::leave();
    if why_not_by_a_server(words, &real).is_none() {
        trace(words, "by a server", &reason);
        if let Ok(status) = server::run(real.path(), words) {
            return status;
        }
    }
    trace(words, "by hg", &reason);
    real.execute(words)
}

/// Appends which way a command line takes to the file that `$VERMILION_TRACE` names: an array of the
/// words, the way and the reason, a line each.
fn trace(words: &[OsString], way: &str, reason: &str) {
    let Some(file) = std::env::var_os("VERMILION_TRACE").filter(|file| !file.is_empty()) else {
        return;
    };
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let line = format!("{}\n", serde_json::json!([words, way, reason]));
    let opened = OpenOptions::new().create(true).append(true).open(file);
    // Nobody waits for this.
    let _ = opened.and_then(|mut file| file.write_all(line.as_bytes()));
}

/// Returns why a server is not to be asked.
fn why_not_by_a_server(words: &[OsString], real: &Real) -> Option<String> {
    if let Some(reason) = server::refusal(words) {
        return Some(reason.to_string());
    }
    match environment(real).and_then(|environment| settings::config(words, environment)) {
        Ok(config) => match config.bool("vermilion", "server", true) {
            Ok(true) => None,
            _ => Some("vermilion.server is no".to_string()),
        },
        Err(error) => Some(error.to_string()),
    }
}

fn attempt(words: &[OsString], real: &Real) -> Result<u8> {
    let configured = configured(words, real)?;
    if let Some(alias) = ShellAlias::of(words, &configured)? {
        return alias.run();
    }
    let mut invocation = Invocation::read(words, configured)?;
    // Where that fails, an interrupt ends us all the same, without a word.
    let _ = interrupt::watch(&invocation.colors);
    let status = match (invocation.command.run)(&mut invocation) {
        // Shells ask at each prompt, and most often where there is none.
        Err(Error::Abort {
            message,
            hint: None,
        }) => {
            let config = &invocation.config;
            let has_code = config.get("ui", "detailed-exit-code").is_some();
            if has_code || config.environment().is_translated() {
                return Err(Error::Abort {
                    message,
                    hint: None,
                });
            }
            invocation.colors.complain(&format!("abort: {message}"));
            return Ok(GIVEN_UP);
        }
        Err(error) if invocation.out.has_written() => {
            // Too late for another way.
            let said = format!("abort: {error}");
            let is_seen = !invocation.out.is_over();
            let said = is_seen.then_some(&said[..]);
            let _ = invocation.out.finish(&invocation.colors, said);
            return Ok(GIVEN_UP);
        }
        other => other?,
    };
    match invocation.out.finish(&invocation.colors, None) {
        Ok(()) => Ok(status),
        Err(error) => {
            // Whoever has seen enough is not told so, and of an interrupt is said all there is.
            if !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::Interrupted) {
                let words = format!("abort: {}", system_words(&error));
                invocation.colors.complain(&words);
            }
            Ok(GIVEN_UP)
        }
    }
}

fn configured(words: &[OsString], real: &Real) -> Result<Configured> {
    let environment = environment(real)?;
    allowed::environment(&environment)?;
    settings::configured(words, environment)
}

fn environment(real: &Real) -> Result<Environment> {
    let environment = Environment::of_process().map_err(Error::unsupported)?;
    Ok(environment.with_hg(Some(real.path().to_path_buf())))
}

/// Says which way a command line takes.
fn explain(words: &[OsString]) -> io::Result<()> {
    let real = Real::find(words)?;
    let explained = configured(words, &real).and_then(|configured| {
        if ShellAlias::of(words, &configured)?.is_some() {
            return Ok(());
        }
        let mut invocation = Invocation::read(words, configured)?;
        invocation.out = Output::nowhere();
        (invocation.command.run)(&mut invocation).map(|_| ())
    });
    match explained {
        Ok(_) | Err(Error::Abort { .. }) => say("natively\n"),
        Err(error) => {
            let hg = real.path().display();
            match why_not_by_a_server(words, &real) {
                None => say(&format!("by a server of {hg}: {error}\n")),
                Some(why) => say(&format!("by {hg}: {error}; no server: {why}\n")),
            }
        }
    }
}
