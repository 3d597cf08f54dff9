// SPDX-License-Identifier: GPL-2.0-or-later

//! Programs that a server has this process run: editors, hooks, merge tools, and the pager.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};

use rustix::stdio::{dup2_stderr, dup2_stdout};

/// A request of a server's: what kind, which command, where, in which environment.
pub(super) struct Request<'d> {
    pub(super) kind: &'d [u8],
    command: &'d OsStr,
    cwd: &'d OsStr,
    variables: Vec<(OsString, OsString)>,
}

impl<'d> Request<'d> {
    pub(super) fn parse(data: &'d [u8]) -> io::Result<Request<'d>> {
        let mut parts = data.split(|&byte| byte == 0);
        let mut next = || {
            parts
                .next()
                .ok_or_else(|| io::Error::other("a request that is cut off"))
        };
        let (kind, command, cwd) = (next()?, next()?, next()?);
        let variables = parts.filter_map(|part| {
            let equals = memchr::memchr(b'=', part)?;
            let own = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
            Some((own(&part[..equals]), own(&part[equals + 1..])))
        });
        Ok(Request {
            kind,
            command: OsStr::from_bytes(command),
            cwd: OsStr::from_bytes(cwd),
            variables: variables.collect(),
        })
    }

    fn shell(&self) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(self.command).current_dir(self.cwd);
        shell
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        shell
    }

    /// Runs it, and returns its status as Mercurial wants it: negative for a signal.
    pub(super) fn run(&self) -> io::Result<i32> {
        let status = self.shell().status()?;
        Ok(status
            .code()
            .unwrap_or_else(|| -status.signal().unwrap_or(255)))
    }
}

/// A pager that gets what is printed.
pub(super) struct Pager(Child);

impl Pager {
    /// Starts it, and puts it behind standard output, and behind standard errors if that is a
    /// terminal.
    pub(super) fn start(request: &Request<'_>) -> io::Result<Pager> {
        let (reader, writer) = io::pipe()?;
        let child = request.shell().stdin(Stdio::from(reader)).spawn()?;
        dup2_stdout(&writer)?;
        if io::stderr().is_terminal() {
            dup2_stderr(&writer)?;
        }
        Ok(Pager(child))
    }

    /// Lets it see the end of what is printed, and waits until its user has seen it, too.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null")?;
        dup2_stdout(&nowhere)?;
        dup2_stderr(&nowhere)?;
        self.0.wait().map(drop)
    }
}
