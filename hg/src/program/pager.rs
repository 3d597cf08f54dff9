// SPDX-License-Identifier: GPL-2.0-or-later

//! The pager, through which people read what is printed (`hg help pager`).

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Child, Command, Stdio};

use rustix::stdio::dup2_stderr;

use super::colors::is_formatted;
use super::interrupt;
use super::options::Options;
use crate::Result;
use crate::config::{Config, parse_bool};

/// What is a pager where nothing is configured.
const FALLBACK: &[u8] = b"more";
/// What pagers are told, where the environment says nothing.
const VARIABLES: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];
/// Characters of which a shell has to make something.
const OF_SHELLS: &[u8] = b"|&;<>()$`\\\"' \t\n*?[#~=%";

/// A pager that is to be started.
#[derive(Clone, Debug)]
pub(crate) struct Pager {
    command: Vec<u8>,
    /// What it finds as `$HG`.
    hg: Option<Vec<u8>>,
}

/// A pager that runs.
pub(super) struct Running {
    child: Child,
    input: File,
    /// Standard errors as they were, if they go to the pager.
    errors: Option<OwnedFd>,
}

impl Pager {
    /// Returns the pager for a command, if there is to be one; `is_default` tells whether the
    /// command has one where nobody asks.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for what is no configuration.
    pub(super) fn of(
        config: &Config,
        options: &Options,
        command: &str,
        is_default: bool,
    ) -> Result<Option<Pager>> {
        let environment = config.environment();
        let option = options.value("pager").map(OsStr::as_bytes);
        let option = option.unwrap_or(b"auto");
        let is_forced = parse_bool(option) == Some(true);
        if !is_forced {
            let is_ignored = || {
                let ignored = config.list("pager", "ignore");
                ignored.iter().any(|name| name == command.as_bytes())
            };
            let is_wanted = option == b"auto"
                && is_default
                && !is_ignored()
                && config.bool("ui", "paginate", true)?
                && config.bool("pager", &format!("attend-{command}"), true)?
                && environment.var("TERM") != Some(b"dumb")
                && is_formatted(config)?;
            if !is_wanted {
                return Ok(None);
            }
        }
        let command = config.get("pager", "pager").unwrap_or(FALLBACK);
        // That shows no more than there is.
        if command.is_empty() || command == b"cat" {
            return Ok(None);
        }
        let hg = environment.var("HG").map(<[u8]>::to_vec);
        let hg = hg.or_else(|| Some(environment.hg()?.as_os_str().as_bytes().to_vec()));
        Ok(Some(Pager {
            command: command.to_vec(),
            hg,
        }))
    }

    /// Starts the pager; `None` where there is no such program, which is said.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn start(self) -> io::Result<Option<Running>> {
        let command = OsStr::from_bytes(&self.command);
        let is_for_shell = self.command.iter().any(|byte| OF_SHELLS.contains(byte));
        let mut pager = if is_for_shell {
            let mut shell = Command::new("/bin/sh");
            shell.arg("-c").arg(command);
            shell
        } else {
            Command::new(command)
        };
        for (name, value) in VARIABLES {
            if std::env::var_os(name).is_none() {
                pager.env(name, value);
            }
        }
        if let Some(hg) = self.hg {
            pager.env("HG", OsStr::from_bytes(&hg));
        }
        let mut child = match pager.stdin(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_for_shell => {
                let name = command.display();
                eprintln!("missing pager command '{name}', skipping pager");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let input = child.stdin.take().map(OwnedFd::from);
        let input = input.ok_or_else(|| io::Error::other("a pager without an input"))?;
        // Whoever presses Ctrl-C in a pager has both of us get it.
        interrupt::note();
        let stderr = io::stderr();
        let errors = if stderr.is_terminal() {
            let before = stderr.as_fd().try_clone_to_owned()?;
            dup2_stderr(&input)?;
            Some(before)
        } else {
            None
        };
        Ok(Some(Running {
            child,
            input: File::from(input),
            errors,
        }))
    }
}

impl Running {
    /// Waits until everything was seen.
    pub(super) fn wait(mut self) -> io::Result<()> {
        if let Some(errors) = &self.errors {
            dup2_stderr(errors)?;
        }
        drop(self.input);
        self.child.wait().map(|_| ())
    }
}

impl Write for Running {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.input.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.flush()
    }
}
