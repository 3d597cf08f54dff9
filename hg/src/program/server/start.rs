// SPDX-License-Identifier: GPL-2.0-or-later

//! Starting a server, and waiting until it listens.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use super::channel::Channel;

/// A server that has not come up by then is given up.
const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(5);
/// For so long nobody tries again where a server would have something to say, which is to be
/// heard with each command.
const REFUSED: Duration = Duration::from_secs(600);

/// Starts a server that listens at an address, or at another one that begins like that, where
/// its configuration asks for it.
pub(super) fn start(hg: &Path, address: &Path, early: &[OsString]) -> io::Result<Channel> {
    let refused = suffixed(address, ".refused");
    let age = fs::metadata(&refused).and_then(|found| found.modified());
    let age = age
        .ok()
        .and_then(|then| SystemTime::now().duration_since(then).ok());
    if age.is_some_and(|age| age < REFUSED) {
        return Err(io::Error::other(
            "a server would print something when it starts",
        ));
    }
    let own = suffixed(address, &format!(".{}", std::process::id()));
    let said = suffixed(&own, ".log");
    let mut log = OpenOptions::new();
    let log = log.write(true).create_new(true).mode(0o600).open(&said)?;
    let started = spawn(hg, &own, early, log).and_then(|mut child| wait(&own, &mut child));
    let is_quiet = fs::metadata(&said).is_ok_and(|found| found.len() == 0);
    // Best effort: both are in the user's own directory.
    let _ = fs::remove_file(&said);
    match started {
        Ok(channel) if is_quiet => {
            fs::rename(&own, address)?;
            Ok(channel)
        }
        Ok(_) => {
            // Its real address is what the link says; without it, the server ends by itself.
            if let Ok(real) = fs::canonicalize(&own) {
                let _ = fs::remove_file(real);
            }
            let _ = fs::remove_file(&own);
            File::create(&refused)?;
            Err(io::Error::other(
                "the server had something to say when it started",
            ))
        }
        Err(error) => {
            let _ = fs::remove_file(&own);
            File::create(&refused)?;
            Err(error)
        }
    }
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut bytes = path.as_os_str().as_bytes().to_vec();
    bytes.extend_from_slice(suffix.as_bytes());
    PathBuf::from(OsString::from_vec(bytes))
}

fn spawn(hg: &Path, address: &Path, early: &[OsString], log: File) -> io::Result<Child> {
    let mut command = Command::new(hg);
    command.args([
        "serve",
        "--no-profile",
        "--cmdserver",
        "chgunix",
        "--address",
    ]);
    command
        .arg(address)
        .args(["--daemon-postexec", "chdir:/"])
        .args(early);
    // Says that this is no hg serve of the user's, and what the variable was before Python.
    command.env("CHGINTERNALMARK", "");
    match env::var_os("LC_CTYPE") {
        Some(value) => command.env("CHGORIG_LC_CTYPE", value),
        None => command.env("CHG_CLEAR_LC_CTYPE", ""),
    };
    let also = log.try_clone()?;
    command.stdin(Stdio::null()).stdout(log).stderr(also);
    command.spawn()
}

fn wait(address: &Path, child: &mut Child) -> io::Result<Channel> {
    let mut waited = Duration::ZERO;
    loop {
        if let Ok(channel) = Channel::connect(address) {
            return Ok(channel);
        }
        if let Some(status) = child.try_wait()? {
            return Err(io::Error::other(format!("the server ended with {status}")));
        }
        if waited > PATIENCE {
            let _ = child.kill();
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(STEP);
        waited += STEP;
    }
}
