// SPDX-License-Identifier: GPL-2.0-or-later

//! Commands by a server: a process of Mercurial's that is there already, as for chg.

mod address;
mod channel;
mod children;
mod signals;
mod start;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::process::umask;

use super::{options, streams};
use channel::Channel;
use children::{Pager, Request};

/// Servers that one command is sent to, one after the other, before it is given up.
const REDIRECTIONS: usize = 10;

/// Returns the address of the server for a program hg; others, for another configuration, begin
/// like that.
///
/// # Errors
/// Where there is no directory for it that only the user gets into.
pub(super) fn address_of(hg: &Path) -> io::Result<PathBuf> {
    address::of(hg)
}

/// Has a server run a command line, and returns the exit status; the server is started if there
/// is none.
///
/// # Errors
/// The reason why no server can be had. Nothing was done then.
pub(super) fn run(hg: &Path, words: &[OsString]) -> io::Result<u8> {
    let mut channel = match connected(hg, words)? {
        Connected::Ready(channel) => channel,
        Connected::Ended(status) => return Ok(status),
    };
    // From here on something may have been done, and is not to be done again.
    let mut pager = None;
    let status = command(&mut channel, words, &mut pager).unwrap_or_else(|error| {
        signals::end_like_server();
        eprintln!("vermilion: the server for hg was lost: {error}");
        255
    });
    if let Some(pager) = pager {
        // Its user may have ended it long ago.
        let _ = Pager::finish(pager);
    }
    Ok(status)
}

/// Tells whether a server can run a command line; why not, if it cannot.
pub(super) fn refusal(words: &[OsString]) -> Option<&'static str> {
    if env::var_os("VERMILION_SERVER").is_some_and(|value| value == "0") {
        return Some("VERMILION_SERVER=0");
    }
    if env::var_os("CHGINTERNALMARK").is_some() {
        return Some("this is a server's own start");
    }
    if env::var_os("HG_PENDING").is_some() {
        return Some("a hook in a transaction");
    }
    if streams::is_any_closed() {
        return Some("a closed standard stream");
    }
    // A daemon of the user's own would keep the server's process.
    let options = words.iter().take_while(|word| *word != "--");
    let mut is_serve = false;
    for word in options {
        is_serve |= word == "serve";
        let bytes = word.as_bytes();
        let is_daemon = bytes.starts_with(b"--d")
            || bytes.starts_with(b"-") && !bytes.starts_with(b"--") && bytes.contains(&b'd');
        if is_serve && is_daemon {
            return Some("hg serve --daemon");
        }
    }
    None
}

enum Connected {
    /// To a server that is as the command line and the environment want it.
    Ready(Channel),
    /// The configuration cannot be read, and the server has said so.
    Ended(u8),
}

fn connected(hg: &Path, words: &[OsString]) -> io::Result<Connected> {
    let cwd = env::current_dir()?;
    let base = address::of(hg)?;
    let early = options::early(words);
    let mut address = base.clone();
    for _ in 0..REDIRECTIONS {
        let mut channel = match Channel::connect(&address) {
            Ok(channel) => channel,
            Err(_) => start::start(hg, &base, &early)?,
        };
        channel.attach()?;
        channel.request_with("chdir", cwd.as_os_str().as_bytes())?;
        // There is no way to ask without changing it.
        let mask = umask(Mode::empty());
        umask(mask);
        channel.request_with("setumask2", &mask.bits().to_be_bytes())?;
        let variables: Vec<OsString> = env::vars_os()
            .map(|(name, value)| [name.as_bytes(), value.as_bytes()].join(&b'='))
            .map(OsString::from_vec)
            .collect();
        channel.request_of("setenv", variables.iter().map(OsString::as_os_str))?;
        channel.request_of("validate", words.iter().map(OsString::as_os_str))?;
        match instructions(&channel.result()?, &base) {
            Next::Run => return Ok(Connected::Ready(channel)),
            Next::End(status) => return Ok(Connected::Ended(status)),
            Next::Connect(next) => address = next.unwrap_or_else(|| base.clone()),
        }
    }
    Err(io::Error::other("no server is as this command wants it"))
}

enum Next {
    Run,
    End(u8),
    Connect(Option<PathBuf>),
}

/// Does what a server says before it runs a command.
fn instructions(said: &[u8], base: &Path) -> Next {
    let mut next = Next::Run;
    for instruction in said.split(|&byte| byte == 0) {
        let space = memchr::memchr(b' ', instruction).unwrap_or(instruction.len());
        let (word, rest) = (
            &instruction[..space],
            instruction.get(space + 1..).unwrap_or_default(),
        );
        // Only in the directory of the sockets, whatever it says.
        let path = || {
            let path = PathBuf::from(OsStr::from_bytes(rest));
            (path.parent() == base.parent()).then_some(path)
        };
        match word {
            b"unlink" => {
                if let Some(path) = path() {
                    let _ = fs::remove_file(path);
                }
            }
            b"redirect" => next = Next::Connect(path()),
            b"reconnect" if matches!(next, Next::Run) => next = Next::Connect(None),
            b"exit" => {
                let status = std::str::from_utf8(rest)
                    .ok()
                    .and_then(|text| text.parse().ok());
                return Next::End(status.unwrap_or(255));
            }
            _ => {}
        }
    }
    next
}

/// Has the server run the command; does what it asks for meanwhile; returns the exit status.
fn command(channel: &mut Channel, words: &[OsString], pager: &mut Option<Pager>) -> io::Result<u8> {
    signals::forward(channel.pid, channel.group)?;
    channel.request_of("runcommand", words.iter().map(OsString::as_os_str))?;
    loop {
        let block = channel.read()?;
        match block.kind {
            b'r' => {
                let status: [u8; 4] = block
                    .data
                    .try_into()
                    .map_err(|_| io::Error::other("a status of another length"))?;
                // As the system cuts off what a process returns.
                return Ok(i32::from_be_bytes(status).to_be_bytes()[3]);
            }
            b'S' => {
                let request = Request::parse(&block.data)?;
                if request.kind == b"pager" {
                    *pager = Some(Pager::start(&request)?);
                    channel.attach()?;
                    channel.answer(b"\n")?;
                } else {
                    let status = request.run()?;
                    let answer = [4_u32.to_be_bytes(), status.to_be_bytes()].concat();
                    channel.answer(&answer)?;
                }
            }
            b'o' | b'e' | b'd' => {}
            kind if kind.is_ascii_lowercase() => {}
            kind => return Err(io::Error::other(format!("a block {}", char::from(kind)))),
        }
    }
}
